"""What is said of a gate: its tally, its acceptances, how its terms changed, what can be done."""

from collections.abc import Iterator

from verifier.engine.diff import outcome
from verifier.engine.results.check import Result
from verifier.engine.results.diff import Change, GateReport
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


def by_whose_terms(report: GateReport) -> str | None:
    """Whose terms a change is judged by of which they differ; None: no answer hangs on how they do."""
    if report.other is not None or report.blocked:
        return "judged by those of both sides"
    return None if report.under is None else f"judged {outcome.by_terms(report)}"


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
    """What decides about traffic and is not understood, of either side, under these terms."""
    parts = (report.head, report.base, report.difference)
    return tuple(dict.fromkeys(each for part in parts for each in part.passed_over))


def all_passed_over(report: GateReport) -> tuple[PassedOver, ...]:
    """The same under the terms of either side."""
    others = () if report.other is None else passed_over(report.other)
    return tuple(dict.fromkeys((*passed_over(report), *others)))


def results_of(report: GateReport) -> dict[str, Result]:
    """The results of the head, by the property's name."""
    return {result.property.name: result for result in report.head.results}


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
    return origin.position.place
