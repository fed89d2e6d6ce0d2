"""The report of `gate` for people: what the change breaks, what was broken before, what it opens, and the exit code."""

from collections.abc import Iterable, Iterator

from verifier.engine.diff import outcome
from verifier.engine.results.diff import Change, GateReport, Judged
from verifier.ir.prose import number
from verifier.report.text.diff import blocks_of
from verifier.report.words.coverage import coverage_of
from verifier.report.words.gate import TITLES, advice, changes, judged_tally, passed_over, results_of, said
from verifier.report.words.paint import PLAIN, Paint
from verifier.report.words.result import block_of, footer, uncovered

_SHOWN_IN_FULL = (Change.NEWLY_VIOLATED, Change.STILL_VIOLATED, Change.UNDECIDED)


def gate(report: GateReport, paint: Paint = PLAIN, quiet: bool = False, fail_on: str = "added") -> str:
    """The whole report; `quiet`: only what fails the gate, and the tally."""
    blocks = [*_terms(report, paint), *_blocked(report, paint)]
    if report.other is None:
        if report.judged or not report.blocked:
            blocks += [*_verdicts(report, paint, quiet), *_traffic(report, paint, quiet)]
    else:
        first, second = sorted((report, report.other), key=lambda each: each.under or "")
        blocks += _both(first, second, paint, quiet)
    result = outcome.of_gate(report, fail_on)
    blocks.append([paint(f"{result}", "bold", "green" if result.code == 0 else "red")])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _title(report: GateReport) -> str:
    text = outcome.by_terms(report)
    return f"-- {text[:1].upper()}{text[1:]} --"


def _terms(report: GateReport, paint: Paint) -> Iterator[list[str]]:
    """How the terms changed, and that both count."""
    if report.terms:
        yield [paint(f"Terms changed ({len(report.terms)})", "bold"), *(f"  {paint(line)}" for line in changes(report))]


def _blocked(report: GateReport, paint: Paint) -> Iterator[list[str]]:
    if report.blocked:
        yield [
            paint("The terms and the manifests have to change one after the other", "bold"),
            *(f"  {paint(line)}" for diagnostic in report.blocked for line in str(diagnostic).split("\n")),
        ]


def _both(first: GateReport, second: GateReport, paint: Paint, quiet: bool) -> Iterator[list[str]]:
    """By the terms of either side; what they permit is told once where it is the same."""
    traffic = list(_traffic(first, paint, quiet))
    yield [paint(_title(first), "bold")]
    yield from _verdicts(first, paint, quiet)
    yield from traffic
    yield [paint(_title(second), "bold")]
    yield from _verdicts(second, paint, quiet)
    again = list(_traffic(second, paint, quiet))
    yield from [["Permitted traffic: as above"], *again[-1:]] if again[:-1] == traffic[:-1] else again


def _verdicts(report: GateReport, paint: Paint, quiet: bool) -> Iterator[list[str]]:
    """What became of the properties."""
    yield from _properties(report, paint, quiet)
    if report.turned_by:
        lines = (f"  {paint(line)}" for line in report.turned_by)
        yield ["No connection was opened. What else this change changes:", *lines]
    yield [paint(judged_tally(report), "bold")]


def _traffic(report: GateReport, paint: Paint, quiet: bool) -> Iterator[list[str]]:
    """What was opened and closed; last, what all of it rests on."""
    if not outcome.errors(report):
        yield from _difference(report, paint)
    yield from ([f"Acceptance no longer needed: {paint(said(unused))}"] for unused in report.unused if not quiet)
    yield from filter(None, [list(_about(report, paint, quiet))])


def _properties(report: GateReport, paint: Paint, quiet: bool) -> Iterator[list[str]]:
    results = results_of(report)
    for change, title in TITLES.items():
        chosen = [judged for judged in report.judged if judged.change is change]
        if not chosen or (quiet and change in (Change.ACCEPTED, Change.FIXED, Change.GONE)):
            continue
        yield [paint(f"{title} ({len(chosen)})", "bold")]
        if change in _SHOWN_IN_FULL:
            yield from (list(block_of(results[j.property.name], paint)) for j in chosen if j.property.name in results)
        else:
            yield [line for judged in chosen for line in _short(judged, paint)]


def _short(judged: Judged, paint: Paint) -> Iterator[str]:
    before = f"was {judged.base}" if judged.base is not None else "not asked before"
    now = "no longer asked" if judged.change is Change.GONE else str(judged.head)
    yield f"  {paint(judged.property.name, 'bold')}  {paint(f'{now}, {before}')}"
    yield from (f"    {paint(said(acceptance))}" for acceptance in judged.accepted)


def _difference(report: GateReport, paint: Paint) -> Iterator[list[str]]:
    yield [paint(f"Permitted traffic, compared with {outcome.base_of(report)}", "bold")]
    yield from blocks_of(report.difference, paint)
    yield from ([paint(line) for line in block] for block in advice(report))
    if report.growth:
        accepted = number(len(report.growth), "acceptance")
        yield [
            f"Left out of what was opened, by {accepted}:",
            *(f"  {paint(said(acceptance))}" for acceptance in report.growth),
        ]


def _about(report: GateReport, paint: Paint, quiet: bool) -> Iterable[str]:
    found = coverage_of(report.head, report.difference, report.base)
    not_covered = (*found.not_covered, *found.unread)
    if quiet:
        return uncovered(not_covered, paint)
    return footer(report.head.universe, found.assumptions, not_covered, paint, passed_over(report))
