"""The comment on a pull request: headline and tables first, then the details, within what the hosts accept.

What the change did stands apart from what was so before: without that split teams switch gates off.
"""

from collections.abc import Iterator, Sequence

from verifier.engine.diff import outcome
from verifier.engine.results.check import CheckReport, Result, Verdict
from verifier.engine.results.diff import Change, Difference, GateReport, Judged, Region
from verifier.engine.results.lint import LintReport
from verifier.engine.results.passedover import left_unread
from verifier.errors import Diagnostic
from verifier.fleet.result import FleetReport
from verifier.ir.acceptance import Acceptance
from verifier.ir.cluster import PassedOver
from verifier.ir.origin import Origin
from verifier.ir.prose import number
from verifier.report.findings.finding import of_result
from verifier.report.findings.findings import diagnostics_of, errors_in, warnings_in
from verifier.report.findings.lintfinding import sentences, summary
from verifier.report.markdown.markup import block, code, folded, html, plain, table
from verifier.report.text.diff import GONE, NEW, TURNED, example, today, turn
from verifier.report.words import coverage
from verifier.report.words import region as words
from verifier.report.words.cause import Cause, now
from verifier.report.words.coverage import Coverage, coverage_of
from verifier.report.words.gate import advice, changes, passed_over, results_of, said
from verifier.report.words.headline import completeness, headline
from verifier.report.words.place import place, place_of_diagnostic
from verifier.report.words.result import block_of, depends, touched
from verifier.report.words.tally import fleet_tally, tally

BUDGET = 60_000
"""Characters; GitHub refuses a comment of more than 65,536."""

_MOST_WARNINGS = 20
"""Warnings that are listed before the rest is only counted."""

_ROOM = 4_000
"""Characters of what is not covered, and of what is assumed, before the rest is only counted."""

_NOTICE = "*{} left out: this comment would be too long. The text report has everything.*"

_ICONS = {Verdict.PROVED: "✅", Verdict.VIOLATED: "❌", Verdict.UNKNOWN: "❔", Verdict.VACUOUS: "⚠️"}
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
    return _assemble(
        tag,
        f"### Network policy check: {head}",
        [
            *_errors(wrong),
            *_unread(report.passed_over),
            *([table(("", "property", "verdict", "where"), proper)] if proper else []),
            *_warnings(report.diagnostics),
            *(_details(result) for result in found),
        ],
        (_universe(report.universe),),
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
    return _assemble(
        tag,
        f"### Network policy check of a fleet: {plain(fleet_tally(report))}",
        [
            *_errors(wrong),
            *(f"In {code(each.name)}: {line}" for each in report.clusters for line in _unread(each.report.passed_over)),
            *(["\n".join(failures)] if failures else []),
            *([table(("", "cluster", "property", "verdict", "where"), rows)] if rows else []),
            *([f"{number(proved, 'verdict is', 'verdicts are')} *proved*."] if proved else []),
            *_warnings((*report.diagnostics, *diagnostics_of(report))),
            *(_details(result, name) for name, result in found),
        ],
        tuple(map(_universe, universes)),
        coverage.of_fleet(report),
    )


def diff(difference: Difference, tag: str = "diff") -> str:
    return _assemble(
        tag,
        f"### Network policy difference: {plain(headline(difference))}",
        [
            *_errors(errors_in(difference.diagnostics)),
            *_unread(difference.passed_over),
            *_difference(difference, "before"),
            *_warnings(difference.diagnostics),
        ],
        (_universe(difference.universe),),
        coverage_of(difference),
    )


def gate(report: GateReport, tag: str = "gate", fail_on: str = "added") -> str:
    wrong = outcome.errors(report)
    sections = [*_errors(wrong), *_unread(passed_over(report)), *_terms(report)]
    if report.other is None:
        sections += _sections(report, wrong) if report.judged or not report.blocked else ()
    else:
        first, second = sorted((report, report.other), key=lambda each: each.under or "")
        sections += (f"#### {_title(first)}", *(mine := list(_sections(first, wrong))))
        sections += (f"#### {_title(second)}", *(s for s in _sections(second, wrong) if s not in mine))
    sections += _warnings(outcome.diagnostics(report))
    return _assemble(
        tag,
        f"### Network policy check: {_gate_headline(report, wrong)}",
        sections,
        (
            _universe(report.head.universe),
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
        yield "\n".join((f"**Terms changed ({len(report.terms)})** - judged by those of both sides", "", *lines))
    if report.blocked:
        rows = [(_error(diagnostic), _place(diagnostic)) for diagnostic in report.blocked]
        yield table(("the terms and the manifests have to change one after the other", "where"), rows)


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
    return _assemble(
        tag,
        f"### Network policy lint: {head}",
        [
            *_errors(wrong),
            *_unread(report.passed_over),
            *([table(("", "rule", "finding", "where"), rows)] if rows else []),
            *_warnings(report.diagnostics),
            *([folded("Suppressed", "\n".join(silenced))] if silenced else []),
        ],
        (_universe(report.universe), number(len(report.rules), "rule")),
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
            verdict = f"**violated**, {before} on {base}"
        case Change.STILL_VIOLATED:
            verdict = f"violated, as on {base}"
        case Change.ACCEPTED:
            until = (f"accepted until {a.expires.isoformat()} (owner: {plain(a.owner)})" for a in judged.accepted)
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
    return f"**{result.verdict}**{f'<br>{plain(told)}' if told is not None else ''}"


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
            rows = [_region(region, opened) for region in regions]
            yield f"**{title} ({len(regions)})** - {was} {before}\n\n{table(('from', 'to', 'ports', 'by'), rows)}"
    whole = completeness(difference)
    if whole is not None:
        yield whole
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


def _region(region: Region, opened: bool) -> tuple[str, ...]:
    causes = "<br>".join(_cause(cause) for cause in now(region, opened))
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


def _errors(errors: Sequence[Diagnostic]) -> Iterator[str]:
    if errors:
        rows = [(_error(error), _place(error)) for error in errors]
        yield table(("error", "where"), rows)


def _unread(passed_over: Sequence[PassedOver]) -> Iterator[str]:
    yield from (f"Not covered: {plain(text)}." for text in left_unread(passed_over))


def _warnings(diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
    found = warnings_in(diagnostics)
    rows = [(_error(each), _place(each)) for each in found[:_MOST_WARNINGS]]
    if rows:
        more = f"\n\nand {len(found) - len(rows)} more" if len(found) > len(rows) else ""
        yield folded(number(len(found), "warning"), table(("warning", "where"), rows) + more)


def _error(error: Diagnostic) -> str:
    hint = f"<br>hint: {plain(error.hint)}" if error.hint is not None else ""
    return f"{plain(error.message)}{hint}"


def _place(error: Diagnostic) -> str:
    where = place_of_diagnostic(error)
    if where is not None:
        return code(str(where))
    return code(error.file) if error.file is not None else ""


def _universe(name: str) -> str:
    return f"universe {code(name)}"


def _covered(found: Coverage) -> Iterator[str]:
    """What the answers do not cover and what they rest on, a line each; what was passed over stands at the top."""
    for title, entries in (("not covered", found.not_covered), ("assumed", found.assumptions)):
        shown, room = [], _ROOM
        for entry in map(plain, entries):
            room -= len(entry)
            if room >= 0:
                shown.append(entry)
        more = [f"{len(entries) - len(shown)} more"] if len(shown) < len(entries) else []
        if entries:
            yield f"{title}: {'; '.join([*shown, *more])}"


def _assemble(tag: str, head: str, sections: Sequence[str], about: Sequence[str], found: Coverage) -> str:
    """The comment; sections that do not fit are left out as a whole, and counted. What is not covered stays."""
    marker = f"<!-- netpol:comment tag={tag} -->"
    first = " · ".join(("netpol", *about))
    foot = f"<sub>{'<br>'.join((first, *_covered(found)))}</sub>"
    room = BUDGET - len(marker) - len(head) - len(foot) - len(_NOTICE) - 100
    kept: list[str] = []
    for section in sections:
        if len(section) + 2 <= room:
            kept.append(section)
            room -= len(section) + 2
    left_out = len(sections) - len(kept)
    notice = [_NOTICE.format(number(left_out, "section"))] if left_out else []
    return "\n\n".join((f"{marker}\n{head}", *kept, *notice, foot)) + "\n"
