"""What a run found as outputs of a GitHub step: lines `NAME=VALUE`, to be added to the file that `GITHUB_OUTPUT` names.

Every value is a number, `true` or `false`, so that no text of the input can become an output.
"""

from collections.abc import Mapping

from verifier.engine.results.check import CheckReport, Verdict
from verifier.engine.results.diff import Change, GateReport


def check(report: CheckReport) -> str:
    tally = report.tally()
    return _lines(
        {"violated": tally[Verdict.VIOLATED], "unknown": tally[Verdict.UNKNOWN], "grew": False, "terms-changed": False}
    )


def gate(report: GateReport) -> str:
    """The worse of what comes of either side's terms."""
    both = [report] if report.other is None else [report, report.other]
    return _lines(
        {
            "violated": max(_count(each, Change.NEWLY_VIOLATED, Change.STILL_VIOLATED) for each in both),
            "unknown": max(_count(each, Change.UNDECIDED) for each in both),
            "grew": any(each.grew for each in both),
            "terms-changed": bool(report.terms),
        }
    )


def _count(report: GateReport, *changes: Change) -> int:
    return sum(judged.change in changes for judged in report.judged)


def _lines(outputs: Mapping[str, int | bool]) -> str:
    return "".join(f"{name}={str(value).lower()}\n" for name, value in outputs.items())
