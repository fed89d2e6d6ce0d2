"""Things counted, in words."""

from verifier.engine.result import CheckReport


def number(count: int, one: str, many: str | None = None) -> str:
    """`1 policy`, `2 policies`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def tally(report: CheckReport) -> str:
    """`3 proved, 1 violated, 0 unknown, 0 vacuous`."""
    return ", ".join(f"{count} {verdict}" for verdict, count in report.tally().items())
