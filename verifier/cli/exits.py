"""Exit codes (docs/cli.md)."""

from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING

from verifier.engine.results.check import CheckReport, Result, Verdict
from verifier.errors import Severity
from verifier.ir.property import PropertySeverity

if TYPE_CHECKING:
    from verifier.engine.results.coverage import CoverageReport
    from verifier.engine.results.diff import Difference
    from verifier.fleet.result import FleetReport


class Exit(IntEnum):
    OK = 0
    VIOLATED = 1
    """A property is violated, or what is compared differs."""
    INPUT = 2
    """Usage, configuration or input is at fault, or a property is vacuous."""
    UNDECIDED = 3
    INTERNAL = 4


_PRECEDENCE = (Exit.INTERNAL, Exit.INPUT, Exit.VIOLATED, Exit.UNDECIDED, Exit.OK)


def worst(codes: Iterable[Exit]) -> Exit:
    """The one that stands for all: 4 over 2 over 1 over 3 over 0."""
    return min(codes, key=_PRECEDENCE.index, default=Exit.OK)


def of_report(report: CheckReport) -> Exit:
    codes = [of_result(result) for result in report.results]
    if any(diagnostic.severity is Severity.ERROR for diagnostic in report.diagnostics):
        codes.append(Exit.INPUT)
    return worst(codes)


def of_coverage(report: "CoverageReport") -> Exit:
    """A share that is too small fails the run; where what is undecided could make up for it, or a property of which
    nobody knows whether it is proved, that is undecided. Where no share is wanted, it has to be known."""
    if any(diagnostic.severity is Severity.ERROR for diagnostic in report.diagnostics):
        return Exit.INPUT
    if report.fails:
        return Exit.VIOLATED
    is_open = not report.is_known if report.fail_under is None else report.may_fail
    return Exit.UNDECIDED if is_open else Exit.OK


def of_fleet(report: "FleetReport") -> Exit:
    """The worst of all clusters; what failed inside is never less than that."""
    codes = [of_report(each.report) for each in report.clusters]
    codes += [Exit.INTERNAL for each in report.clusters if each.failures]
    return worst(codes)


def of_difference(difference: "Difference", fail_on: str) -> Exit:
    """fail_on: which differences count: `any`, `added` (by new workloads, too), `removed` (and by those that are
    gone) or `none`. What is undecided is never OK; what counts under every setting of the open switches is decided,
    whatever ran out later."""
    codes = []
    if any(diagnostic.severity is Severity.ERROR for diagnostic in difference.diagnostics):
        codes.append(Exit.INPUT)
    if difference.given_up:
        codes.append(Exit.UNDECIDED)
    added, removed = fail_on in ("any", "added"), fail_on in ("any", "removed")
    one_sided = (added and difference.workloads_more) or (removed and difference.workloads_less)
    if one_sided or difference.surely(added=added, removed=removed):
        codes.append(Exit.VIOLATED)
    elif difference.perhaps(added=added, removed=removed):
        codes.append(Exit.UNDECIDED)
    return worst(codes)


def of_result(result: Result) -> Exit:
    """A property of severity `warning` never fails the run, nor does an optional one that is vacuous."""
    if result.property.severity is PropertySeverity.WARNING:
        return Exit.OK
    match result.verdict:
        case Verdict.PROVED | Verdict.ACCEPTED:
            return Exit.OK
        case Verdict.VIOLATED:
            return Exit.VIOLATED
        case Verdict.UNKNOWN:
            return Exit.UNDECIDED
        case Verdict.VACUOUS:
            return Exit.OK if result.property.optional else Exit.INPUT
