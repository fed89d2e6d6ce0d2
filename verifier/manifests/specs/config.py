"""netpol.yaml and the `NETPOL_*` variables: what is said once for all runs of a project.

Takes the directory to start from (or a file) and the environment; gives a `Config` in which what nobody said is None.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from verifier.ir.property import Property
from verifier.ir.universe import Universe
from verifier.manifests.documents.refs import Revision

if TYPE_CHECKING:
    from verifier.manifests.documents.revision import Target

FILE = "netpol.yaml"

VARIABLES = {
    "NETPOL_UNIVERSE": "universe",
    "NETPOL_NAMESPACE": "namespace",
    "NETPOL_PROFILE": "profile",
    "NETPOL_SET": "switches",
    "NETPOL_EXCLUDE": "exclude",
    "NETPOL_SKIP_UNKNOWN": "skip_unknown",
    "NETPOL_OUTPUT": "output",
    "NETPOL_COLOR": "color",
    "NETPOL_TIMEOUT": "timeout",
    "NETPOL_RLIMIT": "rlimit",
    "NETPOL_LIMIT": "limit",
    "NETPOL_JOBS": "jobs",
}
"""Which field of `Config` a variable sets. An empty variable says nothing."""


class LintChoice(Struct, frozen=True):
    """What the file says about `netpol lint`: the only rules asked (None: all), those left out, the severity that fails
    a run."""

    rules: tuple[str, ...] | None = None
    no_rules: tuple[str, ...] = ()
    fail_on: str | None = None


class Config(Struct, frozen=True):
    """Settings, each None where neither netpol.yaml nor the environment says it.

    manifests, universe: paths are relative to the working directory.
    switches: those that are set; further ones may come from the universe and the command line.
    properties: of the documents of kind Properties.
    universe_spec: of the document of kind Universe; it holds where `universe` is None.
    file: the configuration file that was read, as it is cited. at: the revision at which it was read, and at which the
        files that it names stand, but for the manifests; None: in the work tree.
    """

    manifests: tuple[str, ...] | None = None
    universe: str | None = None
    namespace: str | None = None
    profile: str | None = None
    switches: Mapping[str, str] = field(default_factory=dict)
    exclude: tuple[str, ...] | None = None
    skip_unknown: bool | None = None
    output: tuple[str, ...] | None = None
    color: str | None = None
    timeout: float | None = None
    rlimit: int | None = None
    limit: int | None = None
    jobs: int | str | None = None
    lint: LintChoice = LintChoice()
    properties: tuple[Property, ...] = ()
    universe_spec: Universe | None = None
    file: str | None = None
    at: Revision | None = None


def load_config(
    name: str | None, start: Path, environment: Mapping[str, str] | None = None, *, no_file: bool = False
) -> Config:
    """The settings of the file `name` (None: of the one that NETPOL_CONFIG names, or `find_config` finds) and those of
    the environment (None: the process's own), which beat the file's. no_file: those of the environment alone.
    Raises InputError with every mistake."""
    environment = os.environ if environment is None else environment
    named = name or environment.get("NETPOL_CONFIG")
    if no_file:
        return _settings(None, environment)
    if named is None:
        return _settings(find_config(start), environment)
    from verifier.manifests.documents.places import place_of

    return _settings(place_of(named), environment)


def load_config_at(revision: Revision, name: str | None, environment: Mapping[str, str] | None = None) -> Config:
    """The same as it stands at a revision: of the file that lies there where `name` does, or else where `find_config`
    would look. A name that means a revision of its own, or a file outside of the repository, means what it always
    does; a file that is missing at the revision says nothing."""
    from verifier.manifests.documents.places import counterpart, place_of
    from verifier.manifests.documents.revision import read_text

    environment = os.environ if environment is None else environment
    named = name or environment.get("NETPOL_CONFIG")
    if named is None:
        found = (counterpart(str(place), revision) for place in places_of_config(Path.cwd()))
        there = (target for target in found if target is not None and read_text(target) is not None)
        return _settings(next(there, None), environment)
    place = place_of(named)
    if isinstance(place, str):
        target = counterpart(place, revision)
        if target is not None:
            return _settings(None if read_text(target) is None else target, environment)
    return _settings(place, environment)


def _settings(place: "str | Target | None", environment: Mapping[str, str]) -> Config:
    said = {variable: environment[variable] for variable in VARIABLES if environment.get(variable)}
    if place is None and not said:
        return Config()
    from verifier.manifests.specs.configfile import (  # pydantic only where there is something to read
        overlay,
        read_config,
    )

    config = Config() if place is None else read_config(place)
    return overlay(config, said) if said else config


def find_config(start: Path) -> str | None:
    """The netpol.yaml of `start` or of the nearest directory above it, up to the root of the git work tree; None: there
    is none. Outside a work tree only `start` is looked at."""
    found = next((place for place in places_of_config(start) if _is_there(place)), None)
    return None if found is None else os.path.relpath(found)


def _is_there(place: Path) -> bool:
    """True iff something has that name that is no directory: a link that leads nowhere, or to a device, is no reason to
    go on as if there were no configuration."""
    return os.path.lexists(place) and not place.is_dir()


def places_of_config(start: Path) -> list[Path]:
    """Where `find_config` looks, in this order."""
    here = start.resolve()
    places = [here, *here.parents]
    root = next((i for i, place in enumerate(places) if (place / ".git").exists()), 0)
    return [place / FILE for place in places[: root + 1]]
