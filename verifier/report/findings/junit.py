"""JUnit XML as GitLab and Jenkins read it: a test case for each property, and two for what a change opens and closes.

The element's text carries everything, since some readers leave out the `message` attribute.
"""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.diff import outcome
from verifier.engine.lint.rules import RULES
from verifier.engine.results.check import CheckReport, Result, Verdict
from verifier.engine.results.diff import Change, Difference, GateReport, Judged, Relation
from verifier.engine.results.lint import LintReport
from verifier.errors import Diagnostic, Severity
from verifier.fleet.result import FleetReport
from verifier.ir.property import Property
from verifier.ir.prose import number
from verifier.report.findings.finding import Finding, Sort, of_region, of_result, of_workload, rule_of
from verifier.report.findings.findings import errors_in, remark, warnings_in
from verifier.report.findings.lintfinding import of_smell
from verifier.report.words import coverage
from verifier.report.words.coverage import Coverage, coverage_of
from verifier.report.words.gate import changes, results_of
from verifier.report.words.headline import completeness, headline
from verifier.report.words.paint import visible
from verifier.report.words.place import place
from verifier.report.words.steering import in_xml


class Fault(Struct, frozen=True):
    """Why a test case did not pass. element: `failure` or `error`."""

    element: str
    type: str
    message: str
    text: str


class Case(Struct, frozen=True):
    """A test case; it passed iff there is no fault. file: where its property stands. note: what is to be said though
    it passed."""

    group: str
    name: str
    file: str | None = None
    fault: Fault | None = None
    note: str | None = None


def check(report: CheckReport) -> str:
    cases = (_property(result) for result in report.results)
    return _render((*_input(report.diagnostics), *cases, *_covered(coverage_of(report))))


def fleet(report: FleetReport) -> str:
    """The cases of each cluster, whose name goes before their groups."""
    return _render(
        (
            *_input(report.diagnostics),
            *(
                replace(case, group=f"{each.name}: {case.group}")
                for each in report.clusters
                for case in (
                    *_input(each.report.diagnostics),
                    *(_failure(failure.message) for failure in each.failures),
                    *(_property(result) for result in each.report.results),
                    *_covered(coverage_of(each.report)),
                )
            ),
        )
    )


def _failure(message: str) -> Case:
    return Case("netpol", f"run: {message}", None, Fault("error", "failure", message, message))


def diff(difference: Difference) -> str:
    opened, closed = difference.surely(added=True), difference.surely(removed=True)
    cases = (*_input(difference.diagnostics), *_changes(difference, opened, closed))
    workloads = _workloads(difference, came=True, went=True)
    return _render((*cases, *workloads, *_covered(coverage_of(difference))))


def gate(report: GateReport, fail_on: str = "added") -> str:
    cases = [*_input(outcome.diagnostics(report)), *_of_terms(report)]
    for each in (report,) if report.other is None else (report, report.other):
        cases += (_by_terms(each, case) for case in _cases(each, fail_on))
    return _render((*cases, *_covered(coverage.of_gate(report))))


def _cases(report: GateReport, fail_on: str) -> Iterator[Case]:
    """What comes of a change under the terms of one side."""
    results = results_of(report)
    yield from (_judged(judged, results.get(judged.property.name), report.base_name) for judged in report.judged)
    opened, closed = outcome.grew(report, fail_on), outcome.shrank(report, fail_on)
    yield from _changes(report.difference, opened, closed)
    yield from _workloads(report.difference, came=outcome.came(report, fail_on), went=outcome.went(report, fail_on))


def _by_terms(report: GateReport, case: Case) -> Case:
    """The case, its group by whose terms it goes where that makes a difference: a name counts once."""
    return case if report.under is None else replace(case, group=f"{case.group} ({outcome.by_terms(report)})")


def _of_terms(report: GateReport) -> Iterator[Case]:
    if not report.terms:
        return
    lines = "\n".join(changes(report))
    if report.blocked:
        text = "\n".join(str(diagnostic) for diagnostic in report.blocked)
        yield Case("netpol", "terms", None, Fault("failure", "terms", report.blocked[0].message, f"{lines}\n{text}"))
    elif report.fail_on_terms and any(change.weakens for change in report.terms):
        yield Case("netpol", "terms", None, Fault("failure", "terms", "the terms are weakened", lines))
    else:
        yield Case("netpol", "terms", None, note=lines)


def lint(report: LintReport) -> str:
    """A test case for each rule; findings that fail the run fail it."""
    cases = (_rule(name, report) for name in report.rules)
    return _render((*_input(report.diagnostics), *cases, *_covered(coverage_of(report))))


def _rule(name: str, report: LintReport) -> Case:
    found = [of_smell(smell) for smell in report.smells if smell.rule == name]
    undecided = "it could not be decided whether there are more" if found else "it could not be decided"
    text = "\n\n".join(f"{finding.place or ''}\n{finding.detail}".strip() for finding in found)
    bad = [finding for finding in found if finding.severity in report.failing()]
    if not bad and name in report.undecided and RULES[name].severity in report.failing():
        return Case("netpol.lint", name, None, Fault("error", "unknown", undecided, text or undecided))
    if not bad:
        return Case("netpol.lint", name, note=text or None)
    return Case("netpol.lint", name, None, Fault("failure", name, bad[0].message, text))


def _input(diagnostics: tuple[Diagnostic, ...]) -> Iterator[Case]:
    wrong, warned = errors_in(diagnostics), warnings_in(diagnostics)
    if wrong or warned:
        text = "\n".join(map(str, wrong))
        fault = Fault("error", "input", wrong[0].message, text) if wrong else None
        yield Case("netpol", "input", None, fault, "\n".join(map(str, warned)) or None)


def _covered(found: Coverage) -> Iterator[Case]:
    """A case that always passes: its output says what the answers do not cover and what they rest on."""
    if lines := found.lines():
        yield Case("netpol", "coverage", note="\n".join(lines))


def _property(result: Result) -> Case:
    found = of_result(result)
    if found is None:
        return _case(result.property)
    excused = result.verdict is Verdict.ACCEPTED or (result.verdict is Verdict.VACUOUS and result.property.optional)
    if excused or rule_of(result).severity is not Severity.ERROR:
        return _case(result.property, note=found.detail)
    return _case(result.property, _fault(found))


def _judged(judged: Judged, result: Result | None, base_name: str) -> Case:
    note = None if judged.change is Change.HOLDS else f"{judged.change.capitalize()}. {remark(judged, base_name)}"
    if result is None or judged.change in (Change.HOLDS, Change.FIXED, Change.ACCEPTED, Change.GONE):
        return _case(judged.property, note=note)
    case = _property(result)
    if case.fault is None:
        return replace(case, note=f"{case.note}\n\n{note}" if case.note is not None else note)
    said = replace(case.fault, message=f"{case.fault.message} {note}", text=f"{case.fault.text}\n\n{note}")
    return replace(case, fault=said)


def _case(claimed: Property, fault: Fault | None = None, note: str | None = None) -> Case:
    """The case of a property; its group is the file that it stands in, wherever that is."""
    file = claimed.origin.position.file if claimed.origin is not None else "command line"
    where = place(claimed.origin)
    return Case(file, claimed.name, where.file if where is not None else None, fault, note)


def _fault(found: Finding) -> Fault:
    element = "failure" if found.sort is Sort.VIOLATED else "error"
    return Fault(element, found.sort, found.message, found.detail)


def _changes(difference: Difference, opened: bool, closed: bool) -> Iterator[Case]:
    """opened, closed: whether such a change is a failure."""
    if errors_in(difference.diagnostics):
        return
    whole = completeness(difference)
    regions = (("opened", difference.added, opened), ("closed", difference.removed, closed))
    for word, found, fails in regions:
        fault = None
        if found and fails:
            lines = [of_region(region, word == "opened", Severity.ERROR).message for region in found]
            fault = Fault("failure", word, headline(difference), "\n".join(lines))
        yield Case("netpol.diff", f"nothing is {word}", None, fault, None if difference.complete else whole)
    if difference.given_up or difference.relation is Relation.UNKNOWN:
        why = difference.reason or headline(difference)
        yield Case("netpol.diff", "the comparison is decided", None, Fault("error", "unknown", why, why))


def _workloads(difference: Difference, *, came: bool, went: bool) -> Iterator[Case]:
    """came, went: whether it is a failure that workloads are new, or gone."""
    for word, found, fails in (("new", difference.new_workloads, came), ("gone", difference.gone_workloads, went)):
        lines = "\n".join(of_workload(each, word == "new", Severity.NOTE).message for each in found)
        fault = Fault("failure", word, f"{number(len(found), 'workload')} {word}", lines) if found and fails else None
        if found:
            yield Case("netpol.diff", f"no workload is {word}", None, fault, None if fault else lines)


def _render(cases: tuple[Case, ...]) -> str:
    """`time` is zero: the same input gives the same bytes."""
    failures = sum(case.fault is not None and case.fault.element == "failure" for case in cases)
    errors = sum(case.fault is not None and case.fault.element == "error" for case in cases)
    counts = f'tests="{len(cases)}" failures="{failures}" errors="{errors}" skipped="0" time="0.0"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="netpol" {counts}>',
        f'  <testsuite name="netpol" {counts}>',
        *(line for case in cases for line in _element(case)),
        "  </testsuite>",
        "</testsuites>",
    ]
    return in_xml("\n".join(lines)) + "\n"


def _element(case: Case) -> Iterator[str]:
    file = f" file={_attribute(case.file)}" if case.file is not None else ""
    head = f'    <testcase classname={_attribute(case.group)} name={_attribute(case.name)}{file} time="0.0"'
    if case.fault is None and case.note is None:
        yield f"{head}/>"
        return
    yield f"{head}>"
    if case.fault is not None:
        fault = case.fault
        what = f"type={_attribute(fault.type)} message={_attribute(fault.message)}"
        yield f"      <{fault.element} {what}>{_text(fault.text)}</{fault.element}>"
    if case.note is not None:
        yield f"      <system-out>{_text(case.note)}</system-out>"
    yield "    </testcase>"


def _attribute(text: str) -> str:
    return quoteattr(visible(text))


def _text(text: str) -> str:
    """What XML 1.0 cannot hold, however it is written, is among what `visible` shows as escapes."""
    return escape("\n".join(visible(line) for line in text.split("\n")))
