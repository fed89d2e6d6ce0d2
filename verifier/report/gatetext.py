"""The report of `gate` for people: what the change breaks, what was broken before, what it opens, and the exit code."""

from collections.abc import Iterator

from verifier.engine.difference import Change, GateReport, Judged
from verifier.engine.result import Result
from verifier.ir.acceptance import Acceptance
from verifier.report import outcome
from verifier.report.difftext import blocks_of
from verifier.report.paint import PLAIN, Paint
from verifier.report.tally import number
from verifier.report.text import block_of, footer

TITLES = {
    Change.NEWLY_VIOLATED: "Newly violated",
    Change.STILL_VIOLATED: "Violated as before",
    Change.UNDECIDED: "Undecided",
    Change.ACCEPTED: "Accepted",
    Change.FIXED: "Fixed",
}
"""Every change that is shown, in the order in which it is."""

_SHOWN_IN_FULL = (Change.NEWLY_VIOLATED, Change.STILL_VIOLATED, Change.UNDECIDED)


def gate(report: GateReport, paint: Paint = PLAIN, quiet: bool = False, fail_on: str = "added") -> str:
    """The whole report; `quiet`: only what fails the gate, and the tally."""
    blocks = list(_properties(report, paint, quiet))
    blocks.append([paint(judged_tally(report), "bold")])
    if not outcome.errors(report):
        blocks += _difference(report, paint)
    blocks += [[f"Acceptance no longer needed: {paint(said(unused))}"] for unused in report.unused if not quiet]
    if not quiet:
        blocks.append(list(_about(report, paint)))
    result = outcome.of_gate(report, fail_on)
    blocks.append([paint(f"{result}", "bold", "green" if result.code == 0 else "red")])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def judged_tally(report: GateReport) -> str:
    """`1 newly violated, 0 violated as before, ..., against main`."""
    counts = {change: sum(judged.change is change for judged in report.judged) for change in Change}
    shown = ", ".join(f"{counts[change]} {title.lower()}" for change, title in TITLES.items())
    return f"{shown}, {counts[Change.HOLDS]} proved (against {report.base_name})"


def _properties(report: GateReport, paint: Paint, quiet: bool) -> Iterator[list[str]]:
    results = results_of(report)
    for change, title in TITLES.items():
        chosen = [judged for judged in report.judged if judged.change is change]
        if not chosen or (quiet and change in (Change.ACCEPTED, Change.FIXED)):
            continue
        yield [paint(f"{title} ({len(chosen)})", "bold")]
        if change in _SHOWN_IN_FULL:
            yield from (list(block_of(results[j.property.name], paint)) for j in chosen if j.property.name in results)
        else:
            yield [line for judged in chosen for line in _short(judged, paint)]


def results_of(report: GateReport) -> dict[str, Result]:
    """The results of the head, by the property's name."""
    return {result.property.name: result for result in report.head.results}


def _short(judged: Judged, paint: Paint) -> Iterator[str]:
    before = f"was {judged.base}" if judged.base is not None else "not asked before"
    yield f"  {paint(judged.property.name, 'bold')}  {paint(f'{judged.head}, {before}')}"
    yield from (f"    {paint(said(acceptance))}" for acceptance in judged.accepted)


def said(acceptance: Acceptance) -> str:
    """Who accepted what, and for how long."""
    where = ""
    if acceptance.origin is not None:
        position = acceptance.origin.position
        where = f" ({position.file}:{position.line})"
    flows = "; ".join(flow.text for flow in acceptance.flows)
    return f"{flows}, until {acceptance.expires.isoformat()}, owner {acceptance.owner}: {acceptance.reason}{where}"


def _difference(report: GateReport, paint: Paint) -> Iterator[list[str]]:
    yield [paint(f"Permitted traffic, compared with {report.base_name}", "bold")]
    yield from blocks_of(report.difference, paint)
    if report.growth:
        accepted = number(len(report.growth), "acceptance")
        yield [
            f"Left out of what was opened, by {accepted}:",
            *(f"  {paint(said(acceptance))}" for acceptance in report.growth),
        ]


def _about(report: GateReport, paint: Paint) -> Iterator[str]:
    parts = (report.head, report.difference)
    assumptions = tuple(dict.fromkeys(entry for part in parts for entry in part.assumptions))
    not_covered = tuple(dict.fromkeys(entry for part in parts for entry in part.not_covered))
    return footer(report.head.universe, assumptions, not_covered, paint)
