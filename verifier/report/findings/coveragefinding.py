"""What no property notices, as the entries of reports for programs."""

from verifier.engine.results.coverage import CoverageReport, Fate, Judged
from verifier.errors import Severity
from verifier.ir.prose import number
from verifier.report.findings.finding import Finding, Rule, Sort, apart, fingerprint_of
from verifier.report.findings.findings import Findings, errors_in
from verifier.report.words.coverage import coverage_of
from verifier.report.words.edits import edit, effect, headline
from verifier.report.words.place import place

UNNOTICED = Rule(
    "unnoticed-edit",
    "A property notices each edit of a policy",
    "A line of a policy could be gone or wider, and every property that is proved today would still be.",
    Severity.NOTE,
    "docs/coverage.md",
)
UNDECIDED = Rule(
    "undecided-edit",
    "It is known whether a property notices an edit of a policy",
    "Whether a property breaks under the edit hangs on an open switch, or a limit was reached.",
    Severity.NOTE,
    "docs/coverage.md",
)


def of_coverage(report: CoverageReport) -> Findings:
    wrong = errors_in(report.diagnostics)
    items = [_of_edit(each, UNNOTICED) for each in report.of(Fate.UNNOTICED)]
    items += [_of_edit(each, UNDECIDED) for each in report.of(Fate.UNDECIDED)]
    summary = f"{number(len(wrong), 'error')} in the input" if wrong else headline(report)
    rules = (UNNOTICED, UNDECIDED)
    return Findings("coverage", rules, apart(items), report.diagnostics, summary, coverage_of(report))


def _of_edit(each: Judged, rule: Rule) -> Finding:
    told = [f"{'No property notices' if rule is UNNOTICED else 'Undecided'}: {edit(each)}."]
    if each.effect is not None:
        told.append(f"It {effect(each.effect)}.")
    if each.suggestion is not None:
        told.append(f"Proved today, and would notice it: {each.suggestion}.")
    message = " ".join(told)
    fingerprint = fingerprint_of(rule.id, str(each.edit.policy), each.edit.text)
    return Finding(rule, Sort.COVERAGE, Severity.NOTE, message, message, place(each.edit.origin), fingerprint)
