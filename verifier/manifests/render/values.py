"""What the user gives to charts."""

import os
from collections.abc import Sequence

from msgspec import Struct

from verifier.errors import Diagnostic, InputError
from verifier.manifests.documents.links import home_of
from verifier.manifests.documents.source import shown


class Values(Struct, frozen=True):
    """What the user gives to charts. namespace: what a chart is installed into."""

    files: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    namespace: str = "default"


def refuse_outside(files: Sequence[str], said_in: str) -> None:
    """Raises InputError where a file of values that a configuration names is not of its repository, else of its
    directory. said_in: that configuration."""
    home = home_of(os.path.dirname(said_in) or ".")  # noqa: PTH120
    for name in files:
        real = os.path.realpath(name)
        if not real.startswith(f"{home.rstrip('/')}/") or f"{real}/".startswith(f"{os.path.join(home, '.git')}/"):  # noqa: PTH118
            message = f"`{shown(name)}`, given as values for charts, lies outside of the repository"
            raise InputError(Diagnostic("helm-values", message, said_in, hint="put it beside the file that names it"))
