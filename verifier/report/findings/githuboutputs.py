"""What a run found as outputs of a GitHub step: lines `NAME=VALUE`, to be added to the file that `GITHUB_OUTPUT` names.

Every value is a number, `true` or `false`, or empty where nobody knows: no text of the input can become an output.
"""

from collections.abc import Mapping

from verifier.engine.results.check import CheckReport, Verdict
from verifier.engine.results.diff import Change, GateReport, Relation


def check(report: CheckReport) -> str:
    """Nothing was compared, so that it says of no traffic whether it grew."""
    tally = report.tally()
    return _lines(
        {"violated": tally[Verdict.VIOLATED], "unknown": tally[Verdict.UNKNOWN], "grew": None, "terms-changed": None}
    )


def gate(report: GateReport) -> str:
    """The worse of what comes of either side's terms."""
    both = [report] if report.other is None else [report, report.other]
    return _lines(
        {
            "violated": max(_count(each, Change.NEWLY_VIOLATED, Change.STILL_VIOLATED) for each in both),
            "unknown": max(_count(each, Change.UNDECIDED) for each in both),
            "grew": True if any(each.grew for each in both) else None if any(map(_is_open, both)) else False,
            "terms-changed": bool(report.terms),
        }
    )


def _is_open(report: GateReport) -> bool:
    """True iff nobody knows what the change does."""
    return report.difference.relation is Relation.UNKNOWN


def _count(report: GateReport, *changes: Change) -> int:
    return sum(judged.change in changes for judged in report.judged)


def _lines(outputs: Mapping[str, int | bool | None]) -> str:
    shown = {name: "" if value is None else str(value).lower() for name, value in outputs.items()}
    return "".join(f"{name}={value}\n" for name, value in shown.items())
