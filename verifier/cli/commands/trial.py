"""A change, judged under the terms of one side or of both: both sides read and asked, and the worse of two answers.

Under its own terms what cannot be read or may not exist is a mistake in the input. Under the other side's it is what
the change does to the terms: then one of the two has to change first, and the gate says which.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from verifier.cli.inputs.gateterms import Side
from verifier.cli.inputs.gitbase import STRAY, Base, find_targets, refuse_strays
from verifier.cli.inputs.inputs import Attempts, how_to_read, is_something, paths_of, read_manifests
from verifier.cli.inputs.settings import Settings, jobs_of
from verifier.cli.inputs.unjudged import CODE as NOT_JUDGED
from verifier.cli.inputs.unjudged import unjudged
from verifier.cli.run import Run
from verifier.engine.diff.gate import gate
from verifier.engine.diff.outcome import order
from verifier.engine.diff.partial import as_far_as_read
from verifier.engine.results.check import CheckReport
from verifier.engine.results.diff import Difference, GateReport, Relation, TermChange, TermsOf
from verifier.errors import Diagnostic, InputError, Severity
from verifier.ir.acceptance import Acceptance
from verifier.manifests.documents.files import nothing
from verifier.manifests.documents.places import Place, counterpart, place_of
from verifier.manifests.documents.refs import Revision
from verifier.manifests.kubernetes.load import Loaded
from verifier.manifests.specs.acceptances import expired, in_force

_UNUSABLE = frozenset({"not-at-base", "not-named", "nothing-at-base", STRAY, NOT_JUDGED})
"""What is said where the base lacks something, the head is elsewhere, or nobody can judge it: no terms can make up for
that."""

Value = TypeVar("Value")


class Trial(Struct, frozen=True):
    """What is judged.

    merged: what the head is, if it is no work tree. sides: the terms, each with whose they are; None: both sides have
    the same. changes: how they differ. found: what was found about the base and its acceptances.
    """

    flags: Mapping[str, Any]
    base: Base
    merged: Revision | None
    sides: tuple[tuple[TermsOf | None, Side], ...]
    changes: tuple[TermChange, ...]
    found: tuple[Diagnostic, ...]


class Accepted(Struct, frozen=True):
    """What the base accepts today, what it did until a day that is past, and what of that the head prolongs."""

    current: tuple[Acceptance, ...]
    expired: tuple[Acceptance, ...]
    prolonged: tuple[Acceptance, ...]


def accepted_on(base: Base, day: date) -> Accepted:
    """What counts on a day."""
    current, past = in_force(base.acceptances, day)
    lapsed = {_what(acceptance) for acceptance in past}
    longer = in_force(base.of_head or (), day)[0]
    return Accepted(current, past, tuple(a for a in longer if _what(a) in lapsed))


def _what(acceptance: Acceptance) -> tuple[str | None, tuple[str, ...]]:
    """What an acceptance excuses, whoever says so and until when."""
    return acceptance.property, tuple(flow.text for flow in acceptance.flows)


class Reading(Struct):
    """The manifests of either side, each read once however often it is asked for. head: those of the head, as they were
    read last. seconds: how long all of it took."""

    trial: Trial
    head: Loaded | None = None
    seconds: float = 0.0
    _known: dict[object, Loaded | InputError] = field(default_factory=dict)

    def of_base(self, side: Side, paths: Sequence[str]) -> Loaded | None:
        """None where all of it is new. Raises InputError where the base lacks manifests, or they cannot be read."""
        trial, exclude = self.trial, side.settings.exclude.value
        revision, new = trial.base.revision, trial.flags["new"]
        targets = find_targets(revision, paths, exclude, new)
        if not targets:
            return None
        loaded = self._read(targets, side)
        if not is_something(loaded) and not new:
            where = " ".join(map(str, targets))
            message = f"neither a policy nor a workload in {where}, so that everything would count as allowed before"
            raise InputError(Diagnostic("nothing-at-base", message, hint="are they new? then say so with `--new`"))
        return loaded

    def of_head(self, side: Side, paths: Sequence[str]) -> Loaded:
        merged = self.trial.merged
        if merged is None:
            refuse_strays(self.trial.base.revision, paths)
        loaded = self._read([_in(merged, path) for path in paths], side)
        if not is_something(loaded):
            raise InputError((*loaded.diagnostics, nothing(paths)))
        self.head = loaded
        return loaded

    def _read(self, places: Sequence[Place], side: Side) -> Loaded:
        key = tuple(places), how_to_read(side.settings, side.terms.switches)
        if key not in self._known:
            started = time.monotonic()
            try:
                self._known[key] = read_manifests(places, side.settings, side.terms.switches)
            except InputError as error:
                self._known[key] = error
            self.seconds += time.monotonic() - started
        found = self._known[key]
        if isinstance(found, InputError):
            raise found
        return found


def _in(merged: Revision | None, path: str) -> Place:
    """A path of the head; of what a merge gives, where the head is that."""
    place = place_of(path)
    if merged is None or not isinstance(place, str):
        return place
    return counterpart(place, merged) or place


def judge(trial: Trial, reading: Reading, this: Run, accepted: Accepted) -> GateReport:
    """The report of the worse answer, with the other one. Raises InputError where the sides cannot be judged."""
    reports: list[GateReport] = []
    blocked: list[Diagnostic] = []
    for under, side in trial.sides:
        answer = _judge(trial, reading, this, under, side, accepted)
        if isinstance(answer, GateReport):
            reports.append(answer)
        else:
            blocked += answer
    report = _told(trial, reports, tuple(dict.fromkeys(blocked)))
    overdue = [a for each in reports for a in each.expired if trial.base.of_head is None or a in trial.base.of_head]
    if overdue:
        mistakes = tuple(dict.fromkeys(expired(acceptance) for acceptance in overdue))
        report = replace(report, diagnostics=(*report.diagnostics, *mistakes))
    return report


def _told(trial: Trial, reports: Sequence[GateReport], blocked: tuple[Diagnostic, ...]) -> GateReport:
    ordered = sorted(reports, key=lambda report: order(report, trial.flags["fail_on"]))
    report = ordered[0] if ordered else nothing_judged(trial.base.revision.name, trial.sides[0][1].settings, ())
    return replace(
        report,
        commit=trial.base.revision.short,
        terms=trial.changes,
        fail_on_terms=trial.flags["fail_on_terms"],
        other=ordered[1] if len(ordered) > 1 else None,
        blocked=blocked,
    )


def nothing_judged(name: str, settings: Settings, mistakes: Sequence[Diagnostic]) -> GateReport:
    """The report of a gate that came to no answer."""
    universe = settings.universe.value
    return GateReport(
        base_name=name,
        base=CheckReport(universe, ()),
        head=CheckReport(universe, (), diagnostics=tuple(mistakes)),
        difference=Difference(Relation.UNKNOWN, complete=False, universe=universe),
        judged=(),
        grew=False,
        diagnostics=tuple(mistakes),
    )


def _judge(
    trial: Trial, reading: Reading, this: Run, under: TermsOf | None, side: Side, accepted: Accepted
) -> GateReport | tuple[Diagnostic, ...]:
    """The report under these terms, or why there is none: what has to change first. Raises InputError where not the
    terms are at fault."""
    paths = _paths(trial, side)
    attempts = Attempts()
    base = _attempt(attempts, lambda: (reading.of_base(side, paths),))
    of_base = list(attempts.mistakes)
    head = _attempt(attempts, lambda: reading.of_head(side, paths))
    of_head = attempts.mistakes[len(of_base) :]
    found: list[Diagnostic] = []
    if base is not None and head is not None:
        found = list(unjudged(trial.base.revision, trial.merged, base[0], head))
        of_base += [d for d in found if d.severity is Severity.ERROR]
    if of_base or of_head or base is None or head is None:
        return _refused(trial, under, of_base, of_head)
    diagnostics = dict.fromkeys((*trial.found, *found, *head.diagnostics, *(base[0].diagnostics if base[0] else ())))
    gone = {c.name for c in side.terms.properties} - _names(trial, TermsOf.HEAD) if under is TermsOf.BASE else set()
    settings = this.settings
    try:
        with this.waiting("asking") as watcher:
            report = gate(
                None if base[0] is None else base[0].cluster,
                head.cluster,
                side.terms.properties,
                accepted.current,
                side.terms.universe,
                side.terms.switches,
                this.limits(),
                base_name=trial.base.revision.name,
                limit=settings.limit.value,
                diagnostics=tuple(diagnostics),
                dump_to=None if this.dump_to is None else this.dump_to / under if under else this.dump_to,
                jobs=jobs_of(settings),
                watcher=watcher,
                expired=accepted.expired,
                prolonged=accepted.prolonged,
                retired=gone,
            )
    except InputError as error:
        mine = [d for d in error.diagnostics if _is_of_base(trial, d)]
        return _refused(trial, under, mine, [d for d in error.diagnostics if d not in mine])
    before = {} if base[0] is None else base[0].not_understood
    difference = as_far_as_read(report.difference, before, head.not_understood)
    return replace(report, commit=trial.base.revision.short, under=under, difference=difference)


def _attempt(attempts: Attempts, read: Callable[[], Value]) -> Value | None:
    return attempts.make(read)


def _paths(trial: Trial, side: Side) -> tuple[str, ...]:
    """The manifests that these terms name, else those of the head."""
    if side.settings.manifests.value:
        return side.settings.manifests.value
    return paths_of(trial.sides[-1][1].settings)


def _names(trial: Trial, whose: TermsOf) -> set[str]:
    return {claimed.name for under, side in trial.sides if under is whose for claimed in side.terms.properties}


def _is_of_base(trial: Trial, diagnostic: Diagnostic) -> bool:
    return (diagnostic.file or "").startswith(f"{trial.base.revision.name}:")


def _refused(
    trial: Trial, under: TermsOf | None, of_base: Sequence[Diagnostic], of_head: Sequence[Diagnostic]
) -> tuple[Diagnostic, ...]:
    """What has to change first. Raises InputError where a side cannot be read by its own terms."""
    theirs = of_head if under is TermsOf.BASE else of_base
    own = [d for d in (*of_base, *of_head) if d not in theirs]
    unusable = [d for d in theirs if d.code in _UNUSABLE]
    if under is None:
        raise InputError(tuple(dict.fromkeys((*of_base, *of_head))))
    if own or unusable:
        raise InputError(tuple(dict.fromkeys((*own, *unusable))))
    return tuple(_first(trial, under, diagnostic) for diagnostic in theirs)


def _first(trial: Trial, under: TermsOf, diagnostic: Diagnostic) -> Diagnostic:
    """The diagnostic as what keeps the change from being judged under the terms of one side."""
    name = trial.base.revision.name
    if under is TermsOf.BASE:
        message = f"by the terms of `{name}`: {diagnostic.message}"
        hint = "two steps: first a change of the terms alone (netpol.yaml, universe, properties), then of the manifests"
    else:
        message = f"by the terms of this change: {diagnostic.message}"
        hint = "two steps: first the change of the manifests, then of the terms (netpol.yaml, universe, properties)"
    return replace(diagnostic, message=message, hint=hint)
