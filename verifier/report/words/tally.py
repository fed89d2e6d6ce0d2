"""Things counted, in words."""

from verifier.engine.results.check import CheckReport
from verifier.fleet.result import FleetReport
from verifier.ir.prose import number


def tally(report: CheckReport) -> str:
    """`3 proved, 1 violated, 0 unknown, 0 vacuous`."""
    return ", ".join(f"{count} {verdict}" for verdict, count in report.tally().items())


def fleet_tally(report: FleetReport) -> str:
    """`3 clusters: 3 proved, 1 violated, 0 unknown, 0 vacuous`."""
    counts = ", ".join(f"{count} {verdict}" for verdict, count in report.tally().items())
    missing = f"; {number(report.not_read, 'cluster')} not read" if report.not_read else ""
    return f"{number(len(report.clusters), 'cluster')}: {counts}{missing}"
