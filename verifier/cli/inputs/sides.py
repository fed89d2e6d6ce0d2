"""Reads the two sides of a comparison. Every mistake of both is listed."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from verifier.cli.inputs.exclusions import unused_excludes
from verifier.cli.inputs.inputs import (
    Attempts,
    how_to_read,
    is_something,
    read_switches,
    read_universe,
    texts_at,
)
from verifier.cli.inputs.oneprofile import alike
from verifier.cli.inputs.settings import Settings
from verifier.errors import Diagnostic, InputError, Severity, UsageError
from verifier.ir.universe import OPEN, Universe
from verifier.manifests.documents.files import STDIN, nothing

if TYPE_CHECKING:
    from verifier.manifests.documents.refs import Target
    from verifier.manifests.kubernetes.load import Loaded, Texts


class Sides(Struct, frozen=True):
    """What is compared, under what. `diagnostics`: warnings and notes. `seconds`: how long the manifests took."""

    old: "Loaded"
    new: "Loaded"
    universe: Universe
    switches: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...]
    seconds: float


def read_sides(settings: Settings, old: Sequence["str | Target"], new: Sequence["str | Target"]) -> Sides:
    """Staged policies of the new side are read as if they were promoted where the settings want that. Raises InputError
    with everything that is wrong with the input, or where neither side holds anything."""
    if STDIN in old and STDIN in new:
        raise UsageError("`-` stands on both sides", "standard input can be read once only")
    attempts = Attempts()
    universe = attempts.make(lambda: read_universe(settings))
    switches = attempts.make(lambda: read_switches(settings, universe or OPEN))
    started = time.monotonic()
    texts = [attempts.make(partial(texts_at, paths, settings)) for paths in (old, new)]
    promoted = (False, settings.staged)
    before, after = (
        attempts.make(partial(_read, each, settings, switches or {}, staged=staged))
        for each, staged in zip(texts, promoted, strict=True)
    )
    if universe is None or switches is None or before is None or after is None:
        raise InputError(tuple(dict.fromkeys(attempts.mistakes)))
    again = (
        partial(_read, each, settings, switches, staged=staged) for each, staged in zip(texts, promoted, strict=True)
    )
    before, after = alike(before, after, *again)
    switches = read_switches(settings, universe, after.cluster.profile)
    seconds = time.monotonic() - started
    unused = unused_excludes(settings, [before, after])
    found = tuple(dict.fromkeys((*before.diagnostics, *after.diagnostics, *unused)))
    empty = [paths for paths, loaded in ((old, before), (new, after)) if not is_something(loaded)]
    if len(empty) == 2:
        raise InputError((*found, nothing(tuple(dict.fromkeys(map(str, (*old, *new)))))))
    return Sides(before, after, universe, switches, (*found, *(_empty(paths) for paths in empty)), seconds)


def _read(
    texts: "Texts | None",
    settings: Settings,
    switches: Mapping[str, str],
    profile: str | None = None,
    *,
    staged: bool = False,
) -> "Loaded":
    from verifier.manifests.kubernetes.load import load_texts

    if texts is None:
        raise InputError(())
    return load_texts(texts, how_to_read(settings, switches, profile, staged))


def _empty(paths: Sequence["str | Target"]) -> Diagnostic:
    message = f"neither a policy nor a workload in {' '.join(map(str, paths))}: there, everything counts as allowed"
    return Diagnostic("nothing-to-compare", message, severity=Severity.WARNING)
