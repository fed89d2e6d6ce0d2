"""Reads the two sides of a comparison. Every mistake of both is listed."""

import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from verifier.cli.inputs.exclusions import unused_excludes
from verifier.cli.inputs.helmvalues import unused_values
from verifier.cli.inputs.inputs import (
    Attempts,
    how_to_read,
    is_something,
    read_switches,
    read_to_switches,
    read_universe,
    refuse_unrendered,
    texts_at,
)
from verifier.cli.inputs.oneprofile import alike
from verifier.cli.inputs.settings import Settings
from verifier.errors import Diagnostic, InputError, Severity, UsageError
from verifier.ir.universe import OPEN, Universe
from verifier.manifests.documents.contexts import Told, untold
from verifier.manifests.documents.files import STDIN, nothing

if TYPE_CHECKING:
    from verifier.manifests.documents.refs import Target
    from verifier.manifests.kubernetes.load import Loaded, Texts


class Sides(Struct, frozen=True):
    """What is compared, under what. `diagnostics`: warnings and notes. `seconds`: how long the manifests took.
    `to_switches`: those of the new side; None: the same."""

    old: "Loaded"
    new: "Loaded"
    universe: Universe
    switches: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...]
    seconds: float
    to_switches: Mapping[str, str] | None = None


def read_sides(
    settings: Settings, old: Sequence["str | Target"], new: Sequence["str | Target"], told: Told = untold
) -> Sides:
    """Staged policies of the new side are read as if they were promoted where the settings want that. told: is told
    what takes its time. Raises InputError with everything that is wrong with the input, or where neither side holds
    anything."""
    from verifier.engine.diff.believed import told_roots

    once = old == new and (settings.is_of_two or settings.staged)
    if STDIN in old and STDIN in new and not once:
        raise UsageError("`-` stands on both sides", "standard input can be read once only")
    attempts = Attempts()
    universe = attempts.make(lambda: read_universe(settings))
    switches = attempts.make(lambda: read_switches(settings, universe or OPEN))
    started = time.monotonic()
    texts = [attempts.make(partial(texts_at, paths, settings, told)) for paths in ((old,) if once else (old, new))]
    texts = texts * 2 if once else texts
    to_switches = attempts.make(lambda: read_to_switches(settings, universe or OPEN)) if settings.is_of_two else None
    both = (switches, switches if to_switches is None else to_switches)
    ways = [
        partial(_read, each, settings, own or {}, staged=staged)
        for each, own, staged in zip(texts, both, (False, settings.staged), strict=True)
    ]
    before = attempts.make(ways[0])
    after = attempts.make(partial(ways[1], settings.to_profile))
    if universe is None or switches is None or before is None or after is None or attempts.mistakes:
        raise InputError(tuple(dict.fromkeys(attempts.mistakes)))
    if settings.to_profile is None:
        before, after = alike(before, after, *ways)
    switches = read_switches(settings, universe, before.cluster.profile)
    if to_switches is not None:
        to_switches = read_to_switches(settings, universe, after.cluster.profile)
    seconds = time.monotonic() - started
    told_of = (*before.diagnostics, *after.diagnostics)
    unused = (*unused_excludes(settings, [before, after]), *unused_values(settings, told_of))
    found = tuple(dict.fromkeys((*told_of, *unused)))
    empty = [paths for paths, loaded in ((old, before), (new, after)) if not is_something(loaded)]
    if len(empty) == 2:
        raise InputError((*found, nothing(tuple(dict.fromkeys(map(str, (*old, *new)))))))
    found = (*found, *(_empty(paths) for paths in empty), *told_roots(before.cluster, after.cluster))
    return Sides(before, after, universe, switches, found, seconds, to_switches)


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
    loaded = load_texts(texts, how_to_read(settings, switches, profile, staged))
    refuse_unrendered(loaded, settings)
    return loaded


def _empty(paths: Sequence["str | Target"]) -> Diagnostic:
    message = f"neither a policy nor a workload in {' '.join(map(str, paths))}: there, everything counts as allowed"
    return Diagnostic("nothing-to-compare", message, severity=Severity.WARNING)
