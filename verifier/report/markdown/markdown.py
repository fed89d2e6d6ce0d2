"""The comment on a pull request: headline and tables first, then the details, within what the hosts accept.

What the change did stands apart from what was so before: without that split teams switch gates off.
"""

from collections.abc import Iterator, Sequence

from verifier.engine.diff import outcome
from verifier.engine.results.check import CheckReport, Result, Verdict
from verifier.engine.results.diff import Change, Difference, GateReport, Judged, Settings
from verifier.engine.results.lint import LintReport
from verifier.engine.results.region import Region
from verifier.errors import Diagnostic
from verifier.fleet.result import FleetReport
from verifier.ir.acceptance import Acceptance
from verifier.ir.origin import Origin
from verifier.ir.prose import number
from verifier.report.findings.finding import of_result
from verifier.report.findings.findings import diagnostics_of, errors_in
from verifier.report.findings.lintfinding import sentences, summary
from verifier.report.markdown.comment import assemble, told_errors, told_universe, told_unread, told_warnings
from verifier.report.markdown.markup import block, code, folded, html, plain, table
from verifier.report.text.diff import GONE, INSTEAD, NEW, TURNED, example, today, turn
from verifier.report.words import coverage
from verifier.report.words import region as words
from verifier.report.words.acceptance import said
from verifier.report.words.cause import Cause, now
from verifier.report.words.coverage import coverage_of
from verifier.report.words.gate import advice, all_passed_over, by_whose_terms, changes, results_of
from verifier.report.words.headline import completeness, headline
from verifier.report.words.place import place
from verifier.report.words.result import block_of, depends, touched
from verifier.report.words.settings import instead, since, under
from verifier.report.words.tally import fleet_tally, tally

_ICONS = {
    Verdict.PROVED: "✅",
    Verdict.VIOLATED: "❌",
    Verdict.UNKNOWN: "❔",
    Verdict.VACUOUS: "⚠️",
    Verdict.ACCEPTED: "⚠️",
}
_BROKEN = (Change.NEWLY_VIOLATED, Change.STILL_VIOLATED, Change.ACCEPTED)
_CHANGES = {
    Change.NEWLY_VIOLATED: "❌",
    Change.STILL_VIOLATED: "❌",
    Change.UNDECIDED: "❔",
    Change.ACCEPTED: "⚠️",
    Change.FIXED: "✅",
    Change.GONE: "⚠️",
}


def check(report: CheckReport, tag: str = "check") -> str:
    """`tag` tells the comments of several jobs on one pull request apart."""
    wrong = errors_in(report.diagnostics)
    found = [result for result in report.results if result.verdict is not Verdict.PROVED]
    if wrong:
        head = f"{number(len(wrong), 'error')} in the input"
    elif found:
        head = tally(report)
    else:
        head = f"{number(len(report.results), 'property', 'properties')} proved"
    rows = [(_ICONS[r.verdict], code(r.property.name), _verdict(r), _where(r)) for r in report.results]
    proper = sorted(rows, key=lambda row: row[0] == _ICONS[Verdict.PROVED])
    return assemble(
        tag,
        f"### Network policy check: {head}",
        [
            *told_errors(wrong),
            *told_unread(report.passed_over),
            *([table(("", "property", "verdict", "where"), proper)] if proper else []),
            *told_warnings(report.diagnostics),
            *(_details(result) for result in found),
        ],
        (told_universe(report.universe),),
        coverage_of(report),
    )


def fleet(report: FleetReport, tag: str = "fleet") -> str:
    """A row for each property of each cluster that is not proved; what is proved is only counted."""
    wrong = errors_in((*report.diagnostics, *diagnostics_of(report)))
    found = [(each.name, r) for each in report.clusters for r in each.report.results if r.verdict is not Verdict.PROVED]
    rows = [(_ICONS[r.verdict], code(name), code(r.property.name), _verdict(r), _where(r)) for name, r in found]
    failures = [
        f"- {code(each.name)} failed: {plain(failure.message)}" for each in report.clusters for failure in each.failures
    ]
    proved = report.tally()[Verdict.PROVED]
    universes = dict.fromkeys(each.report.universe for each in report.clusters)
    return assemble(
        tag,
        f"### Network policy check of a fleet: {plain(fleet_tally(report))}",
        [
            *told_errors(wrong),
            *(
                f"In {code(each.name)}: {line}"
                for each in report.clusters
                for line in told_unread(each.report.passed_over)
            ),
            *(["\n".join(failures)] if failures else []),
            *([table(("", "cluster", "property", "verdict", "where"), rows)] if rows else []),
            *([f"{number(proved, 'verdict is', 'verdicts are')} *proved*."] if proved else []),
            *told_warnings((*report.diagnostics, *diagnostics_of(report))),
            *(_details(result, name) for name, result in found),
        ],
        tuple(map(told_universe, universes)),
        coverage.of_fleet(report),
    )


def diff(difference: Difference, tag: str = "diff") -> str:
    return assemble(
        tag,
        f"### Network policy difference: {plain(headline(difference))}",
        [
            *told_errors(errors_in(difference.diagnostics)),
            *told_unread(difference.passed_over),
            *_difference(
                difference, "before" if difference.settings is None else f"under {under(difference.settings)[0]}"
            ),
            *told_warnings(difference.diagnostics),
        ],
        (told_universe(difference.universe),),
        coverage_of(difference),
    )


def gate(report: GateReport, tag: str = "gate", fail_on: str = "added") -> str:
    wrong = outcome.errors(report)
    sections = [*told_errors(wrong), *told_unread(all_passed_over(report)), *_terms(report)]
    if report.other is None:
        sections += _sections(report, wrong) if report.judged or not report.blocked else ()
    else:
        first, second = sorted((report, report.other), key=lambda each: each.under or "")
        sections += (f"#### {_title(first)}", *(mine := list(_sections(first, wrong))))
        sections += (f"#### {_title(second)}", *(s for s in _sections(second, wrong) if s not in mine))
    sections += told_warnings(outcome.diagnostics(report))
    return assemble(
        tag,
        f"### Network policy check: {_gate_headline(report, wrong)}",
        sections,
        (
            told_universe(report.head.universe),
            f"base {code(outcome.base_of(report))}",
            plain(str(outcome.of_gate(report, fail_on))),
        ),
        coverage.of_gate(report),
    )


def _title(report: GateReport) -> str:
    text = outcome.by_terms(report)
    return plain(f"{text[:1].upper()}{text[1:]}")


def _terms(report: GateReport) -> Iterator[str]:
    """How the terms changed, and what keeps the change from being judged under those of one side."""
    if report.terms:
        lines = (f"- {plain(line)}" for line in changes(report))
        title = f"**Terms changed ({len(report.terms)})**"
        judged = by_whose_terms(report)
        yield "\n".join((title if judged is None else f"{title} - {plain(judged)}", "", *lines))
    yield from told_errors(report.blocked, "the terms and the manifests have to change one after the other")


def _sections(report: GateReport, wrong: Sequence[Diagnostic]) -> Iterator[str]:
    """What comes of a change under the terms of one side."""
    results = results_of(report)
    shown = [judged for change in _CHANGES for judged in report.judged if judged.change is change]
    rows = [_row(judged, results.get(judged.property.name), report.base_name) for judged in shown]
    held = sum(judged.change is Change.HOLDS for judged in report.judged)
    if rows:
        yield table(("", "property", "verdict", "where"), rows)
    if report.turned_by:
        lines = (f"- {plain(line)}" for line in report.turned_by)
        yield "\n".join(("No connection was opened. What else this change changes:", "", *lines))
    if held:
        yield f"{number(held, 'other property holds', 'other properties hold')}."
    if not wrong:
        yield from _difference(report.difference, f"on {code(report.base_name)}")
        yield from ("<br>".join(map(plain, block)) for block in advice(report))
        yield from _acceptances("Left out of what was opened", report.growth)
        yield from _acceptances("Acceptances no longer needed", report.unused)
    broken = (j for j in shown if j.head is not Verdict.PROVED and j.change is not Change.GONE)
    yield from (_details(results[j.property.name]) for j in broken if j.property.name in results)


def lint(report: LintReport, tag: str = "lint") -> str:
    wrong = errors_in(report.diagnostics)
    head = f"{number(len(wrong), 'error')} in the input" if wrong else summary(report)
    rows = [
        (f"**{smell.severity}**", code(smell.rule), plain("; ".join(sentences(smell))), _at(smell.origin))
        for smell in report.smells
    ]
    silenced = [
        f"- {code(each.smell.rule)} {plain(f'{each.smell.about}: {each.silence.reason}')}" for each in report.silenced
    ]
    return assemble(
        tag,
        f"### Network policy lint: {head}",
        [
            *told_errors(wrong),
            *told_unread(report.passed_over),
            *([table(("", "rule", "finding", "where"), rows)] if rows else []),
            *told_warnings(report.diagnostics),
            *([folded("Suppressed", "\n".join(silenced))] if silenced else []),
        ],
        (told_universe(report.universe), number(len(report.rules), "rule")),
        coverage_of(report),
    )


def _at(origin: Origin | None) -> str:
    where = place(origin)
    return code(str(where)) if where is not None else ""


def _gate_headline(report: GateReport, wrong: Sequence[Diagnostic]) -> str:
    if wrong:
        return f"{number(len(wrong), 'error')} in the input"
    counts = {change: sum(judged.change is change for judged in report.judged) for change in Change}
    parts = []
    if counts[Change.NEWLY_VIOLATED]:
        parts.append(f"{number(counts[Change.NEWLY_VIOLATED], 'property', 'properties')} violated by this change")
    if counts[Change.STILL_VIOLATED]:
        parts.append(f"{number(counts[Change.STILL_VIOLATED], 'property', 'properties')} violated as before")
    if counts[Change.UNDECIDED]:
        parts.append(f"{number(counts[Change.UNDECIDED], 'property', 'properties')} undecided")
    if report.blocked:
        parts.append("terms and manifests have to change one after the other")
    if report.judged or not report.blocked:
        parts.append(plain(headline(report.difference)))
    return ", ".join(parts)


def _row(judged: Judged, result: Result | None, base_name: str) -> tuple[str, ...]:
    base = code(base_name)
    match judged.change:
        case Change.NEWLY_VIOLATED:
            before = "holds" if judged.base is Verdict.PROVED else str(judged.base or "not asked")
            before = "within what is accepted" if judged.was_accepted else before
            verdict = f"**violated**, {before} on {base}"
        case Change.STILL_VIOLATED:
            verdict = f"violated, as on {base}{', **and by more**' if judged.more else ''}"
        case Change.ACCEPTED:
            until = map(_until, judged.accepted)
            verdict = "; ".join(("violated", *until))
        case Change.GONE:
            verdict = "gone with its namespaces"
        case Change.FIXED:
            verdict = f"fixed: {judged.head}, {judged.base} on {base}"
        case _:
            verdict = f"**{judged.head if result is None else result.verdict}**"
    where = _where(result) if result is not None else ""
    told = touched(result) if result is not None and judged.change in _BROKEN else None
    verdict += f"<br>{plain(told)}" if told is not None else ""
    return _CHANGES[judged.change], code(judged.property.name), verdict, where


def _verdict(result: Result) -> str:
    told = touched(result)
    verdict = "<br>".join(map(_until, result.accepted)) or f"**{result.verdict}**"
    return f"{verdict}{f'<br>{plain(told)}' if told is not None else ''}"


def _until(acceptance: Acceptance) -> str:
    return f"accepted until {acceptance.expires.isoformat()} (owner: {plain(acceptance.owner)})"


def _where(result: Result) -> str:
    found = of_result(result)
    return code(str(found.place)) if found is not None and found.place is not None else ""


def _difference(difference: Difference, before: str) -> Iterator[str]:
    """`before`: where what is opened was not possible."""
    if difference.depends_on:
        yield "\n".join(f"- {plain(advice)}" for advice in depends(difference.depends_on))
    if difference.notes:
        yield "\n".join(f"- note: {plain(note)}" for note in difference.notes)
    lists = (("Opened", "not possible", difference.added, True), ("Closed", "possible", difference.removed, False))
    for title, was, regions, opened in lists:
        if regions:
            rows = [_region(region, opened, difference.settings) for region in regions]
            yield f"**{title} ({len(regions)})** - {was} {before}\n\n{table(('from', 'to', 'ports', 'by'), rows)}"
    whole = completeness(difference)
    if whole is not None:
        yield whole
    better = [f"- {code(switch)}: {plain(text)}" for switch, text in instead(difference)]
    if better:
        yield "\n".join((f"**{INSTEAD}**", "", *better))
    for title, workloads in ((NEW, difference.new_workloads), (GONE, difference.gone_workloads)):
        if workloads:
            rows = [(code(str(each)), "<br>".join(words.reach_lines(each, code))) for each in workloads]
            yield f"**{title} ({len(workloads)})**\n\n{table(('workload', 'reach'), rows)}"
    if difference.turned_workloads:
        rows = [(code(str(each)), turn(each)) for each in difference.turned_workloads]
        yield f"**{TURNED} ({len(rows)})**\n\n{table(('workload', 'network'), rows)}"
    examples = [_example(region) for region in (*difference.added, *difference.removed)]
    if examples:
        yield folded("Example packets", "\n".join(examples))


def _region(region: Region, opened: bool, settings: Settings | None) -> tuple[str, ...]:
    lines = [*(_cause(cause) for cause in now(region, opened)), *(f"since {plain(s)}" for s in since(region, settings))]
    causes = "<br>".join(lines)
    numbers = words.ports(region, code) + words.condition(region, code) + words.one_sided(region, code)
    return (
        words.source(region, code),
        words.destination(region, code),
        "<br>but not ".join((numbers, *words.excluding(region, code))),
        causes,
    )


def _cause(cause: Cause) -> str:
    where = place(cause.origin)
    return f"{plain(cause.text)}{f' {code(str(where))}' if where is not None else ''}"


def _example(region: Region) -> str:
    now_there = "".join(f"; today: {plain(line)}" for line in today(region))
    return f"- {plain(example(region.witness))}{now_there}"


def _details(result: Result, cluster: str | None = None) -> str:
    where = f" in {html(cluster)}" if cluster is not None else ""
    return folded(
        f"{result.verdict.capitalize()}{where}: {html(result.property.name)}", block("\n".join(block_of(result)))
    )


def _acceptances(title: str, acceptances: Sequence[Acceptance]) -> Iterator[str]:
    if acceptances:
        yield "\n".join((f"{title}:", "", *(f"- {plain(said(acceptance))}" for acceptance in acceptances)))
