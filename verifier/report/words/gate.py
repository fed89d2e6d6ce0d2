"""What is said of a gate: its tally, its acceptances, how its terms changed, what can be done."""

from collections.abc import Iterator

from verifier.engine.diff import outcome
from verifier.engine.results.check import Result
from verifier.engine.results.diff import Change, GateReport
from verifier.ir.acceptance import Acceptance
from verifier.ir.cluster import PassedOver
from verifier.ir.origin import Origin

TITLES = {
    Change.NEWLY_VIOLATED: "Newly violated",
    Change.STILL_VIOLATED: "Violated as before",
    Change.UNDECIDED: "Undecided",
    Change.ACCEPTED: "Accepted",
    Change.FIXED: "Fixed",
    Change.GONE: "Gone with their namespaces",
}
"""Every change that is shown, in the order in which it is."""


def changes(report: GateReport) -> Iterator[str]:
    """A line for each way in which the terms changed."""
    for change in report.terms:
        where = f" ({_file_and_line(change.origin)})" if change.origin is not None else ""
        yield f"{change.text}{where}"


def judged_tally(report: GateReport) -> str:
    """`1 newly violated, 0 violated as before, ..., against main`."""
    counts = {change: sum(judged.change is change for judged in report.judged) for change in Change}
    shown = ", ".join(
        f"{counts[change]} {title.lower()}"
        for change, title in TITLES.items()
        if change is not Change.GONE or counts[change]
    )
    return f"{shown}, {counts[Change.HOLDS]} proved (against {outcome.base_of(report)})"


def passed_over(report: GateReport) -> tuple[PassedOver, ...]:
    """What decides about traffic and is not understood, of either side."""
    parts = (report.head, report.base, report.difference)
    return tuple(dict.fromkeys(each for part in parts for each in part.passed_over))


def results_of(report: GateReport) -> dict[str, Result]:
    """The results of the head, by the property's name."""
    return {result.property.name: result for result in report.head.results}


def said(acceptance: Acceptance) -> str:
    """Who accepted what, and for how long."""
    where = ""
    if acceptance.origin is not None:
        position = acceptance.origin.position
        where = f" ({position.file}:{position.line})"
    flows = "; ".join(flow.text for flow in acceptance.flows)
    return f"{flows}, until {acceptance.expires.isoformat()}, owner {acceptance.owner}: {acceptance.reason}{where}"


def advice(report: GateReport) -> Iterator[list[str]]:
    """Why something counts as opened that no policy opens, how it can be accepted, and whose labels changed."""
    if report.forgotten and report.difference.added:
        names = ", ".join(f"`{name}`" for name in report.forgotten)
        yield [
            f"The manifests do not say any more which labels these namespaces have: {names}.",
            "So they may have any, and what policies allow by labels of namespaces may be more than before.",
        ]
    if report.relabelled and not report.turned_by:
        yield [
            "Labels, networks or Nodes changed: policies and claims may mean others:",
            *(f"  {line}" for line in report.relabelled),
        ]
    if report.gone and report.difference.added:
        names = ", ".join(f"`{name}`" for name in report.gone)
        flows = ", ".join(f"'* -> {name}/*'" for name in report.gone)
        yield [
            f"Nothing is left here of {names}, which may still run.",
            f"Once nothing does, accept it on {report.base_name} first, in netpol.accept.yaml:",
            f"  - {{flows: [{flows}], reason: decommissioned, owner: ..., expires: YYYY-MM-DD}}",
        ]


def _file_and_line(origin: Origin) -> str:
    return f"{origin.position.file}:{origin.position.line}"
