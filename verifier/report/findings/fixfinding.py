"""What `fix` found wrong, with its repairs as a program can apply them."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from verifier.engine.results.check import Verdict
from verifier.ir.prose import number
from verifier.mending.hunks import hunks, in_place
from verifier.mending.result import Change, FixReport, Outcome, Repair
from verifier.report.findings.finding import Finding, Fix, Replacement, apart, of_result, rule_of
from verifier.report.findings.findings import Findings, errors_in
from verifier.report.words.coverage import coverage_of
from verifier.report.words.place import Place, in_repository
from verifier.report.words.repairs import built_on, headline


def of_fix(report: FixReport) -> Findings:
    """A finding for each property that does not hold in the files as they are."""
    items: list[Finding] = []
    last: Repair | None = None
    for outcome in report.outcomes:
        found = None if outcome.found is None else of_result(outcome.found)
        if found is not None:
            items.append(_with_repairs(found, outcome, last))
        last = outcome.repair or last
    rules = tuple(rule_of(outcome.found) for outcome in report.outcomes if outcome.found is not None)
    wrong = errors_in(report.diagnostics)
    summary = f"{number(len(wrong), 'error')} in the input" if wrong else headline(report)
    return Findings("fix", rules, apart(items), report.diagnostics, summary, coverage_of(report))


def _with_repairs(finding: Finding, outcome: Outcome, last: Repair | None) -> Finding:
    """The finding with what mends it. last: the repair before it, which may do that besides."""
    repairs = outcome.repairs() if not outcome.repaired_with or last is None else (last,)
    fixes = tuple(fix for repair in repairs if (fix := _fix(repair)) is not None)
    told = _told(outcome, repairs, len(fixes))
    return replace(finding, message=f"{finding.message} {told}".rstrip(), fixes=fixes)


def _told(outcome: Outcome, repairs: Sequence[Repair], carried: int) -> str:
    if outcome.repaired_with:
        return "It holds once those before it are repaired."
    if repairs:
        aside = "" if carried == len(repairs) else " (it makes a new file: see the patch of `netpol fix`)"
        return f"Proved repair: {'; '.join(repairs[0].edits)}{aside}."
    violated = outcome.found is not None and outcome.found.verdict is Verdict.VIOLATED
    return f"No repair: {outcome.why}." if violated else ""


def _fix(repair: Repair) -> Fix | None:
    """None: a program that applies lines to files could not make it, since it makes a file, or one elsewhere."""
    replaced = [_replacements(change) for change in repair.changes]
    if not replaced or any(each is None for each in replaced):
        return None
    text = "; ".join(repair.edits) + (f" ({built_on(repair)})" if repair.builds_on else "")
    return Fix(text, tuple(one for each in replaced for one in each or ()))


def _replacements(change: Change) -> tuple[Replacement, ...] | None:
    file = in_repository(change.file)
    if file is None or change.before is None:
        return None
    return tuple(_of_hunks(change, file))


def _of_hunks(change: Change, file: str) -> Iterator[Replacement]:
    """Whole lines, up to the end of the last one; up to the begin of the one after it where no line takes its place."""
    for hunk in (in_place(each, change) for each in hunks(change)):
        before, after = hunk.before, hunk.after
        if before.endswith("\n") and after.endswith("\n"):
            before, after = before[:-1], after[:-1]
        lines = before.split("\n")
        place = Place(file, hunk.line, 1, hunk.line + len(lines) - 1, len(lines[-1]) + 1)
        yield Replacement(place, after)
