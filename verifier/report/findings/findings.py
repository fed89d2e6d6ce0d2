"""The findings of a whole run, in the order in which they matter, and what was wrong with its input."""

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.diff import outcome
from verifier.engine.results.check import CheckReport, Result
from verifier.engine.results.diff import Change, Difference, GateReport, Judged, Relation
from verifier.engine.results.lint import LintReport
from verifier.errors import Diagnostic, Severity
from verifier.fleet.result import FleetReport
from verifier.ir.prose import number
from verifier.report.findings.finding import (
    CLOSED,
    COMPARISON,
    GONE_WORKLOAD,
    NEW_WORKLOAD,
    OPENED,
    TERMS,
    Finding,
    Rule,
    accepted,
    apart,
    fingerprint_of,
    incomplete,
    of_blocked,
    of_region,
    of_result,
    of_terms,
    of_workload,
    rule_of,
    undecided,
)
from verifier.report.findings.lintfinding import of_smell, summary
from verifier.report.findings.lintfinding import rule_of as rule_named
from verifier.report.words import coverage
from verifier.report.words.coverage import Coverage, coverage_of
from verifier.report.words.gate import judged_tally, results_of
from verifier.report.words.headline import completeness, headline
from verifier.report.words.tally import fleet_tally, tally

_ORDER = tuple(Severity)
_OF_CHANGES = (OPENED, CLOSED, NEW_WORKLOAD, GONE_WORKLOAD, COMPARISON)


class Findings(Struct, frozen=True):
    """command: `check`, `diff`, `gate`, `fleet`, `lint`, `fix` or `coverage`. rules: all that was asked, found wanting
    or not. summary: the whole run in one sentence. coverage: what it rests on and does not cover."""

    command: str
    rules: tuple[Rule, ...]
    items: tuple[Finding, ...]
    diagnostics: tuple[Diagnostic, ...]
    summary: str
    coverage: Coverage = Coverage()

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """What was wrong with the input, so that the run did not finish."""
        return errors_in(self.diagnostics)

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """What makes the answers less than they could be."""
        return warnings_in(self.diagnostics)

    def worst(self) -> Severity | None:
        """The severity of the run as a whole; None where nothing was found."""
        found = {finding.severity for finding in self.items} | {error.severity for error in self.errors}
        return min(found, key=_ORDER.index, default=None)


def errors_in(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(d for d in diagnostics if d.severity is Severity.ERROR)


def warnings_in(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(d for d in diagnostics if d.severity is Severity.WARNING)


def of_check(report: CheckReport) -> Findings:
    found = (of_result(result) for result in report.results)
    wrong = errors_in(report.diagnostics)
    summary = f"{number(len(wrong), 'error')} in the input" if wrong else tally(report)
    rules = tuple(rule_of(result) for result in report.results)
    items = _sorted(f for f in found if f is not None)
    return Findings("check", rules, items, report.diagnostics, summary, coverage_of(report))


def of_diff(difference: Difference) -> Findings:
    items = _sorted(_changes(difference, _ByChange(Severity.WARNING, Severity.NOTE, Severity.WARNING, Severity.NOTE)))
    summary = f"{difference.relation}: {headline(difference)}"
    return Findings("diff", _OF_CHANGES, items, difference.diagnostics, summary, coverage_of(difference))


def of_gate(report: GateReport, fail_on: str = "added") -> Findings:
    both = [report] if report.other is None else [report, report.other]
    items = [*_of_terms(report)]
    for each in both:
        known = {item.fingerprint for item in items}
        items += (_by_terms(each, item) for item in _items(each, fail_on) if item.fingerprint not in known)
    rules = [rule_of(result) for each in both for result in each.head.results]
    rules += (*_OF_CHANGES, *((TERMS,) if report.terms or report.blocked else ()))
    known_rules = tuple({rule.id: rule for rule in reversed(rules)}.values())[::-1]
    summary = f"{judged_tally(report)}; {headline(report.difference)}; {outcome.of_gate(report, fail_on)}"
    return Findings("gate", known_rules, _sorted(items), outcome.diagnostics(report), summary, coverage.of_gate(report))


def _items(report: GateReport, fail_on: str) -> Iterator[Finding]:
    """What comes of a change under the terms of one side."""
    severities = _ByChange(
        opened=Severity.ERROR if outcome.grew(report, fail_on) else Severity.WARNING,
        closed=Severity.ERROR if outcome.shrank(report, fail_on) else Severity.NOTE,
        came=Severity.ERROR if outcome.came(report, fail_on) else Severity.NOTE,
        went=Severity.ERROR if outcome.went(report, fail_on) else Severity.NOTE,
    )
    yield from _judged(report, results_of(report))
    yield from _changes(report.difference, severities)


def _by_terms(report: GateReport, finding: Finding) -> Finding:
    """The finding, with whose terms it goes by where that makes a difference."""
    if report.under is None:
        return finding
    text = outcome.by_terms(report)
    return replace(finding, message=f"{finding.message} ({text[:1].upper()}{text[1:]}.)")


def _of_terms(report: GateReport) -> Iterator[Finding]:
    for change in report.terms:
        fails = report.fail_on_terms and change.weakens
        severity = Severity.ERROR if fails else Severity.WARNING if change.weakens else Severity.NOTE
        yield of_terms(change.text, change.origin, severity)
    yield from map(of_blocked, report.blocked)


def of_lint(report: LintReport) -> Findings:
    rules = tuple(rule_named(name) for name in report.rules)
    wrong = errors_in(report.diagnostics)
    told = f"{number(len(wrong), 'error')} in the input" if wrong else summary(report)
    items = _sorted(map(of_smell, report.smells))
    return Findings("lint", rules, items, report.diagnostics, told, coverage_of(report))


def of_fleet(report: FleetReport) -> Findings:
    """Of each cluster what `of_check` says; its name goes before that of the property, and before the finding."""
    found = [(each.name, of_check(each.report)) for each in report.clusters]
    rules = tuple(in_cluster(rule, name) for name, findings in found for rule in findings.rules)
    items = (
        replace(
            finding,
            rule=in_cluster(finding.rule, name),
            message=f"In {name}: {finding.message}",
            fingerprint=fingerprint_of(name, finding.fingerprint),
        )
        for name, findings in found
        for finding in findings.items
    )
    failed = (
        Diagnostic("failure", f"In {each.name}: {failure.message}")
        for each in report.clusters
        for failure in each.failures
    )
    diagnostics = (*report.diagnostics, *diagnostics_of(report), *failed)
    return Findings("fleet", rules, _sorted(items), diagnostics, fleet_tally(report), coverage.of_fleet(report))


def in_cluster(rule: Rule, name: str) -> Rule:
    return replace(rule, id=f"{name}/{rule.id}")


def diagnostics_of(report: FleetReport) -> Iterator[Diagnostic]:
    """What was found about the input of the clusters, each named in the message."""
    for each in report.clusters:
        for diagnostic in each.report.diagnostics:
            yield replace(diagnostic, message=f"In {each.name}: {diagnostic.message}")


def _judged(report: GateReport, results: dict[str, Result]) -> Iterator[Finding]:
    for judged in report.judged:
        result = results.get(judged.property.name)
        found = of_result(result) if result is not None else None
        if found is not None and judged.change not in (Change.HOLDS, Change.FIXED, Change.GONE):
            severity = Severity.NOTE if judged.change is Change.ACCEPTED else found.severity
            yield replace(found, severity=severity, message=f"{found.message} {remark(judged, report.base_name)}")


def remark(judged: Judged, base_name: str) -> str:
    """How it was before the change, or who accepted it."""
    if judged.change is Change.ACCEPTED:
        return accepted(judged.accepted)
    if judged.base is None:
        return f"It was not asked on {base_name}."
    return f"On {base_name} it was {judged.base}."


class _ByChange(Struct, frozen=True):
    """How severe it is that traffic is opened, or closed, that workloads are new, or gone."""

    opened: Severity
    closed: Severity
    came: Severity
    went: Severity


def _changes(difference: Difference, severities: _ByChange) -> Iterator[Finding]:
    for region in difference.added:
        yield of_region(region, opened=True, severity=severities.opened)
    for region in difference.removed:
        yield of_region(region, opened=False, severity=severities.closed)
    for workload in difference.new_workloads:
        yield of_workload(workload, new=True, severity=severities.came)
    for workload in difference.gone_workloads:
        yield of_workload(workload, new=False, severity=severities.went)
    if errors_in(difference.diagnostics):
        return
    if difference.relation is Relation.UNKNOWN:
        yield undecided(headline(difference))
    elif not difference.complete and (whole := completeness(difference)) is not None:
        yield incomplete(whole)


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(apart(findings), key=lambda finding: _ORDER.index(finding.severity)))
