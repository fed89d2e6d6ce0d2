"""The report of `gate` for people: what the change breaks, what was broken before, what it opens, and the exit code."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from verifier.engine.diff import outcome
from verifier.engine.results.check import Result
from verifier.engine.results.diff import Change, GateReport, Judged
from verifier.ir.prose import number
from verifier.report.findings.finding import cause_of
from verifier.report.text.diff import blocks_of
from verifier.report.words.acceptance import said
from verifier.report.words.coverage import coverage_of
from verifier.report.words.gate import TITLES, advice, changes, judged_tally, passed_over, results_of
from verifier.report.words.paint import PLAIN, Paint
from verifier.report.words.result import REGIONS, block_of, footer, said_of, uncovered

_SHOWN_IN_FULL = (Change.NEWLY_VIOLATED, Change.STILL_VIOLATED, Change.UNDECIDED)


class _Detail(Struct, frozen=True):
    """How much is said."""

    quiet: bool
    verbose: bool


def gate(
    report: GateReport, paint: Paint = PLAIN, quiet: bool = False, fail_on: str = "added", verbose: bool = False
) -> str:
    """The whole report: the sentence that one needs, what was opened and closed, then the properties. `quiet`: only
    what fails the gate, and the tally. `verbose`: each property in full, whatever rules decide it."""
    detail = _Detail(quiet, verbose)
    blocks = [list(_opening(report, paint, fail_on)), *_terms(report, paint), *_blocked(report, paint)]
    if report.other is None:
        if report.judged or not report.blocked:
            blocks += _judged(report, paint, detail, list(_traffic(report, paint, quiet)))
    else:
        first, second = sorted((report, report.other), key=lambda each: each.under or "")
        blocks += _both(first, second, paint, detail)
    result = outcome.of_gate(report, fail_on)
    blocks.append([paint(f"{result}", "bold", "green" if result.code == 0 else "red")])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


_WORDS = {0: ("PASSES", "green"), 1: ("FAILS", "red"), 2: ("INVALID", "red"), 3: ("UNDECIDED", "yellow")}


def _opening(report: GateReport, paint: Paint, fail_on: str) -> Iterator[str]:
    """What becomes of the change and why, and how much of it follows."""
    result = outcome.of_gate(report, fail_on)
    word, colour = _WORDS[result.code]
    yield f"{paint(word, 'bold', colour)}  {paint(result.why(), 'bold')}"
    both = [report] if report.other is None else [report, report.other]
    counts = [(len(each.difference.added), len(each.difference.removed)) for each in both]
    opened, closed = (max(some) for some in zip(*counts, strict=True))
    listed = f"{number(opened, 'region')} opened, {closed} closed"
    more = "" if all(each.difference.complete for each in both) else ", or more"
    asked = number(len(report.judged), "property", "properties")
    yield paint(f"{listed}{more}; {asked}; against {outcome.base_of(report)}", "dim")


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


def _both(first: GateReport, second: GateReport, paint: Paint, detail: _Detail) -> Iterator[list[str]]:
    """By the terms of either side; what they permit is told once where it is the same."""
    traffic, again = (list(_traffic(each, paint, detail.quiet)) for each in (first, second))
    yield [paint(_title(first), "bold")]
    yield from _judged(first, paint, detail, traffic)
    yield [paint(_title(second), "bold")]
    yield from _judged(second, paint, detail, again if again != traffic else [["Permitted traffic: as above"]])


def _judged(report: GateReport, paint: Paint, detail: _Detail, traffic: Iterable[list[str]]) -> Iterator[list[str]]:
    """What comes of a change under the terms of one side; last, what all of it rests on."""
    yield from traffic
    yield from _verdicts(report, paint, detail)
    yield from filter(None, [list(_about(report, paint, detail.quiet))])


def _verdicts(report: GateReport, paint: Paint, detail: _Detail) -> Iterator[list[str]]:
    """What became of the properties."""
    yield from _properties(report, paint, detail)
    if report.turned_by:
        lines = (f"  {paint(line)}" for line in report.turned_by)
        yield ["No connection was opened. What else this change changes:", *lines]
    yield [paint(judged_tally(report), "bold")]


def _traffic(report: GateReport, paint: Paint, quiet: bool) -> Iterator[list[str]]:
    """What was opened and closed."""
    if not outcome.errors(report):
        yield from _difference(report, paint)
    yield from ([f"Acceptance no longer needed: {paint(said(unused))}"] for unused in report.unused if not quiet)


def _properties(report: GateReport, paint: Paint, detail: _Detail) -> Iterator[list[str]]:
    results = results_of(report)
    for change, title in TITLES.items():
        chosen = [judged for judged in report.judged if judged.change is change]
        if not chosen or (detail.quiet and change in (Change.ACCEPTED, Change.FIXED, Change.GONE)):
            continue
        yield [paint(f"{title} ({len(chosen)})", "bold")]
        if change in _SHOWN_IN_FULL:
            yield from _in_full([results[j.property.name] for j in chosen if j.property.name in results], paint, detail)
        else:
            yield [line for judged in chosen for line in _short(judged, paint)]


def _in_full(found: Sequence[Result], paint: Paint, detail: _Detail) -> Iterator[list[str]]:
    """The first of those that the same policies and rules decide, and of the others the name and what is wrong."""
    if detail.verbose:
        yield from (list(block_of(result, paint)) for result in found)
        return
    alike: dict[object, list[Result]] = {}
    for result in found:
        alike.setdefault(cause_of(result), []).append(result)
    for first, *others in alike.values():
        yield list(block_of(first, paint, most=REGIONS))
        if others:
            told = (line for other in others for line in _same(other, paint))
            yield [f"  {number(len(others), 'more')} that the same rules decide (-v: in full):", *told]


def _same(result: Result, paint: Paint) -> Iterator[str]:
    yield f"    {paint(result.property.name, 'bold')}  {paint(said_of(result))}"


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
        return uncovered(not_covered, paint, found.assumptions)
    return footer(report.head.universe, found.assumptions, not_covered, paint, passed_over(report))
