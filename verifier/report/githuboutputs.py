"""What a run found as outputs of a GitHub step: lines `NAME=VALUE`, to be added to the file that `GITHUB_OUTPUT` names.

Every value is a number, `true` or `false`, so that no text of the input can become an output.
"""

from collections.abc import Mapping

from verifier.engine.difference import Change, GateReport
from verifier.engine.result import CheckReport, Verdict


def check(report: CheckReport) -> str:
    tally = report.tally()
    return _lines({"violated": tally[Verdict.VIOLATED], "unknown": tally[Verdict.UNKNOWN], "grew": False})


def gate(report: GateReport) -> str:
    violated = (Change.NEWLY_VIOLATED, Change.STILL_VIOLATED)
    return _lines(
        {
            "violated": sum(judged.change in violated for judged in report.judged),
            "unknown": sum(judged.change is Change.UNDECIDED for judged in report.judged),
            "grew": report.grew,
        }
    )


def _lines(outputs: Mapping[str, int | bool]) -> str:
    return "".join(f"{name}={str(value).lower()}\n" for name, value in outputs.items())
