"""Things counted, in words."""

from collections.abc import Mapping

from verifier.engine.results.check import CheckReport, Counts, Verdict
from verifier.fleet.result import FleetReport
from verifier.ir.prose import number


def tally(report: CheckReport) -> str:
    """`3 proved, 1 violated`."""
    return _counted(report.tally())


def fleet_tally(report: FleetReport) -> str:
    """`3 clusters: 3 proved, 1 violated`."""
    missing = f"; {number(report.not_read, 'cluster')} not read" if report.not_read else ""
    return f"{number(len(report.clusters), 'cluster')}: {_counted(report.tally())}{missing}"


def read(counts: Counts, *more: str) -> str:
    """`3 policies, 2 workloads, 1 namespace`, and what else there is to be counted."""
    return ", ".join(
        (
            number(counts.policies, "policy", "policies"),
            number(counts.workloads, "workload"),
            number(counts.namespaces, "namespace"),
            *more,
        )
    )


def _counted(found: Mapping[Verdict, int]) -> str:
    """The verdicts that there are: no line says `proved` where nothing is."""
    return ", ".join(f"{count} {verdict}" for verdict, count in found.items() if count) or f"0 {Verdict.PROVED}"
