"""What a fleet gets for an answer: plain data, a report for each cluster."""

from collections.abc import Mapping

from msgspec import Struct

from verifier.engine.results.check import CheckReport, Verdict
from verifier.errors import Diagnostic


class Reading(Struct, frozen=True):
    """How much was read, and in how many seconds; for `-v` only."""

    files: int = 0
    bytes: int = 0
    seconds: float = 0.0


class Failure(Struct, frozen=True):
    """The run failed through our own fault, or the machinery's. `details`: for a person who looks into it."""

    message: str
    details: str = ""


class ClusterReport(Struct, frozen=True):
    """`report`: as `netpol check` gives it; without results where the input was at fault. `failures`: what went wrong
    inside; the properties that it hit are unknown. `starter`: nobody said what to ask."""

    name: str
    report: CheckReport
    failures: tuple[Failure, ...] = ()
    starter: bool = False
    reading: Reading = Reading()


class FleetReport(Struct, frozen=True):
    """A whole run, the clusters in the order of the fleet. `diagnostics`: what is wrong with the fleet itself. `told`:
    so many findings are told in full to people; None: all."""

    name: str
    clusters: tuple[ClusterReport, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    told: int | None = None

    def tally(self) -> Mapping[Verdict, int]:
        tallies = [each.report.tally() for each in self.clusters]
        return {verdict: sum(tally[verdict] for tally in tallies) for verdict in Verdict}

    @property
    def not_read(self) -> int:
        """How many clusters have no verdicts, since their input is at fault."""
        return sum(not each.report.results for each in self.clusters)
