"""A change, judged under the terms of one side or of both: both sides read and asked, and the worse of two answers.

Under its own terms what cannot be read or may not exist is a mistake in the input. Under the other side's it is what
the change does to the terms: then one of the two has to change first, and the gate says which.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from verifier.cli.inputs.gatereading import Accepted, Reading, Trial
from verifier.cli.inputs.gateterms import Side
from verifier.cli.inputs.gitbase import STRAY
from verifier.cli.inputs.settings import Settings, jobs_of
from verifier.cli.inputs.unjudged import CODE as NOT_JUDGED
from verifier.cli.run import Run
from verifier.engine.check.check import Wanted
from verifier.engine.diff.gate import gate
from verifier.engine.diff.outcome import order
from verifier.engine.diff.partial import with_elsewhere
from verifier.engine.results.check import CheckReport
from verifier.engine.results.diff import Difference, GateReport, Relation, TermsOf
from verifier.errors import Diagnostic, InputError
from verifier.manifests.kubernetes.load import Loaded
from verifier.manifests.specs.acceptances import expired

_UNUSABLE = frozenset({"not-at-base", "not-named", "nothing-at-base", STRAY, NOT_JUDGED})
"""What is said where the base lacks something, the head is elsewhere, or nobody can judge it: no terms can make up for
that."""


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
    both = reading.both(side)
    if both.head is None or both.of_base or both.of_head:
        return _refused(trial, under, both.of_base, both.of_head)
    base, head = both.base, both.head
    diagnostics = dict.fromkeys((*trial.found, *both.found, *head.diagnostics, *(base.diagnostics if base else ())))
    settings = this.settings
    try:
        with this.waiting("asking") as watcher:
            report = gate(
                None if base is None else base.cluster,
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
                retired=trial.retired if under is TermsOf.BASE else (),
                templates=trial.templates,
                wanted=Wanted(settings.limit.value, unselected=trial.flags["baseline"] is None),
            )
    except InputError as error:
        of_base = set() if base is None else _files(base) - _files(head)
        mine = [d for d in error.diagnostics if d.file in of_base]
        return _refused(trial, under, mine, [d for d in error.diagnostics if d not in mine])
    difference = with_elsewhere(report.difference, both.elsewhere)
    return replace(report, commit=trial.base.revision.short, under=under, difference=difference)


def _files(loaded: Loaded) -> set[str]:
    """The names of the files that hold what was read."""
    return {each.document.source.name for each in loaded.objects}


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
