"""What the exit code of `netpol gate` will be, and why."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.results.check import Verdict
from verifier.engine.results.diff import Change, GateReport, Judged, TermsOf
from verifier.errors import Diagnostic, Severity
from verifier.ir.property import PropertySeverity
from verifier.ir.prose import number

_ADDED = ("added", "new-workloads", "any")
"""What `fail_on` says where traffic that was added fails the gate."""
_ORDER = (2, 1, 3, 0)
"""Of several codes the first counts."""


class Outcome(Struct, frozen=True):
    """The exit code, and the reasons for it in a few words each (none where nothing is worth a word)."""

    code: int
    reasons: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"exit {self.code}: {self.why()}"

    def why(self) -> str:
        """The reasons in one sentence."""
        return ", ".join(self.reasons) or "nothing newly violated, nothing opened"


def of_gate(report: GateReport, fail_on: str = "added") -> Outcome:
    """The worse of what comes of either side's terms. fail_on: which changes of the permitted traffic fail the gate:
    `added`, `new-workloads` (those that were added, too), `any` or `none`."""
    found = list(_all_reasons(report, fail_on))
    code = _worst(found)
    if code == 0:
        return Outcome(0, tuple(_remarks(report)))
    return Outcome(code, tuple(dict.fromkeys(reason for other, reason in found if other == code)))


def _remarks(report: GateReport) -> Iterator[str]:
    """What did not fail the gate and was found all the same; none where nothing was."""
    both = [report] if report.other is None else [report, report.other]
    broken = any(judged.change is Change.NEWLY_VIOLATED for each in both for judged in each.judged)
    opened = any(each.difference.added for each in both)
    if broken or opened:
        yield "what is newly violated only warns" if broken else "nothing newly violated"
        yield "what was opened does not count" if opened else "nothing opened"


def order(report: GateReport, fail_on: str = "added") -> int:
    """By which reports are sorted, the one with the worst code first."""
    return _ORDER.index(_worst(list(_reasons(report, fail_on))))


def _worst(found: list[tuple[int, str]]) -> int:
    return next(code for code in _ORDER if code == 0 or any(code == other for other, _ in found))


def _all_reasons(report: GateReport, fail_on: str) -> Iterator[tuple[int, str]]:
    """The reasons of both answers; those that only one gives are said to be so."""
    mine = list(_reasons(report, fail_on))
    theirs = [] if report.other is None else list(_reasons(report.other, fail_on))
    for each, reasons, others in ((report, mine, theirs), (report.other, theirs, mine)):
        for code, reason in reasons:
            alone = report.other is not None and each is not None and (code, reason) not in others
            yield code, f"{reason} ({by_terms(each)})" if alone and each is not None else reason
    if report.blocked:
        yield 1, "the terms and the manifests have to change one after the other"
    if report.fail_on_terms and any(change.weakens for change in report.terms):
        yield 1, "the terms are weakened"


def by_terms(report: GateReport) -> str:
    """Whose terms a report goes by: `by the terms of main`."""
    return f"by the terms of {'this change' if report.under is TermsOf.HEAD else report.base_name}"


def base_of(report: GateReport) -> str:
    """The base as it was typed, and the commit that it stood for."""
    if not report.commit or report.base_name.startswith(report.commit):
        return report.commit or report.base_name
    return f"{report.base_name} ({report.commit})"


def errors(report: GateReport) -> tuple[Diagnostic, ...]:
    return tuple(d for d in diagnostics(report) if d.severity is Severity.ERROR)


def diagnostics(report: GateReport) -> tuple[Diagnostic, ...]:
    """All that was found about the input of both sides, each once."""
    parts = (report.diagnostics, report.head.diagnostics, report.base.diagnostics, report.difference.diagnostics)
    others = () if report.other is None else diagnostics(report.other)
    return tuple(dict.fromkeys((*(diagnostic for part in parts for diagnostic in part), *others)))


def counts(judged: Judged) -> bool:
    """True iff the verdict about this property can fail the run."""
    return judged.property.severity is PropertySeverity.ERROR


def grew(report: GateReport, fail_on: str) -> bool:
    """True iff traffic was added outside the accepted flows whatever the open switches are, and that fails the gate."""
    return report.grew and fail_on in _ADDED and report.difference.surely(added=True)


def shrank(report: GateReport, fail_on: str) -> bool:
    return fail_on == "any" and report.difference.surely(removed=True)


def came(report: GateReport, fail_on: str) -> bool:
    """True iff workloads are new, and that fails the gate."""
    return fail_on in ("new-workloads", "any") and bool(report.difference.new_workloads)


def went(report: GateReport, fail_on: str) -> bool:
    return fail_on == "any" and bool(report.difference.gone_workloads)


def turned(report: GateReport, fail_on: str) -> bool:
    return fail_on == "any" and bool(report.difference.turned_workloads)


def _reasons(report: GateReport, fail_on: str) -> Iterator[tuple[int, str]]:
    wrong = len([d for d in diagnostics(replace(report, other=None)) if d.severity is Severity.ERROR])
    if wrong:
        yield 2, f"{number(wrong, 'error')} in the input"
    judged = [judged for judged in report.judged if counts(judged) and judged.change is not Change.GONE]
    vacuous = sum(j.head is Verdict.VACUOUS and not j.property.optional for j in judged)
    if vacuous:
        yield 2, f"{number(vacuous, 'property', 'properties')} vacuous"
    for change in (Change.NEWLY_VIOLATED, Change.STILL_VIOLATED):
        if broken := sum(j.change is change for j in judged):
            yield 1, f"{number(broken, 'property', 'properties')} {change}"
    if grew(report, fail_on):
        yield 1, "traffic was opened that nobody accepted"
    if shrank(report, fail_on):
        yield 1, "traffic was closed"
    if came(report, fail_on):
        yield 1, "workloads are new"
    if went(report, fail_on):
        yield 1, "workloads are gone"
    if turned(report, fail_on):
        yield 1, "workloads use another network"
    undecided = sum(j.change is Change.UNDECIDED and j.head is not Verdict.VACUOUS for j in judged)
    if undecided:
        yield 3, f"{number(undecided, 'property', 'properties')} undecided"
    if not wrong and _is_open(report, fail_on):
        yield 3, "the comparison is undecided"


def _is_open(report: GateReport, fail_on: str) -> bool:
    """True iff nobody knows, or an open switch decides, whether there is a change that counts."""
    if report.difference.given_up:
        return fail_on != "none"
    perhaps = report.difference.perhaps(added=fail_on in _ADDED, removed=fail_on == "any")
    return perhaps and not (grew(report, fail_on) or shrank(report, fail_on))
