"""Reads the two sides of a comparison. Every mistake of both is listed."""

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from verifier.cli.inputs.exclusions import unused_excludes
from verifier.cli.inputs.inputs import Attempts, is_something, read_manifests, read_switches, read_universe
from verifier.cli.inputs.settings import Settings
from verifier.errors import Diagnostic, InputError, Severity, UsageError
from verifier.ir.universe import OPEN, Universe
from verifier.manifests.documents.files import STDIN, nothing

if TYPE_CHECKING:
    from verifier.manifests.documents.refs import Target
    from verifier.manifests.kubernetes.load import Loaded


class Sides(Struct, frozen=True):
    """What is compared, under what. `diagnostics`: warnings and notes. `seconds`: how long the manifests took."""

    old: "Loaded"
    new: "Loaded"
    universe: Universe
    switches: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...]
    seconds: float


def read_sides(settings: Settings, old: Sequence["str | Target"], new: Sequence["str | Target"]) -> Sides:
    """Raises InputError with everything that is wrong with the input, or where neither side holds anything."""
    if STDIN in old and STDIN in new:
        raise UsageError("`-` stands on both sides", "standard input can be read once only")
    attempts = Attempts()
    universe = attempts.make(lambda: read_universe(settings))
    switches = attempts.make(lambda: read_switches(settings, universe or OPEN))
    started = time.monotonic()
    before = attempts.make(lambda: read_manifests(old, settings, switches or {}))
    after = attempts.make(lambda: read_manifests(new, settings, switches or {}))
    seconds = time.monotonic() - started
    if universe is None or switches is None or before is None or after is None:
        raise InputError(tuple(dict.fromkeys(attempts.mistakes)))
    unused = unused_excludes(settings, [before, after])
    found = tuple(dict.fromkeys((*before.diagnostics, *after.diagnostics, *unused)))
    empty = [paths for paths, loaded in ((old, before), (new, after)) if not is_something(loaded)]
    if len(empty) == 2:
        raise InputError((*found, nothing(tuple(dict.fromkeys(map(str, (*old, *new)))))))
    return Sides(before, after, universe, switches, (*found, *(_empty(paths) for paths in empty)), seconds)


def _empty(paths: Sequence["str | Target"]) -> Diagnostic:
    message = f"neither a policy nor a workload in {' '.join(map(str, paths))}: there, everything counts as allowed"
    return Diagnostic("nothing-to-compare", message, severity=Severity.WARNING)
