"""Repairs in words: what they close and open, on what they build, how many there are."""

from collections.abc import Iterator

from verifier.ir.prose import listed, number
from verifier.mending.result import FixReport, Outcome, Repair
from verifier.report.words.region import line

EFFECTS = ("closes", "opens")
_MOST = 5
"""Names that are listed before the rest is only counted."""


def regions_of(repair: Repair, word: str) -> Iterator[str]:
    """What it closes, or opens, a line each. word: one of `EFFECTS`."""
    difference = repair.difference
    yield from map(line, difference.removed if word == "closes" else difference.added)


def built_on(repair: Repair) -> str:
    """With which other repairs it was proved."""
    return f"builds on what repairs {listed(repair.builds_on, _MOST)}"


def others_found(outcome: Outcome, wanted: int) -> str:
    """That there are fewer repairs than were asked for; empty where there are as many."""
    if len(outcome.repairs()) >= wanted:
        return ""
    more = len(outcome.alternatives)
    found = number(more, "other repair") if more else "no other repair"
    return f"{found} found, of {wanted - 1} asked for"


def headline(report: FixReport) -> str:
    """The whole run in one sentence."""
    wrong = [outcome for outcome in report.outcomes if outcome.repaired_with or not outcome.holds]
    mended = sum(1 for outcome in wrong if outcome.repair is not None or outcome.repaired_with)
    if not wrong:
        asked = number(len(report.outcomes), "property holds", "properties hold")
        return asked if report.outcomes else "nothing was asked"
    not_holding = number(len(wrong), "property that does not hold", "properties that do not hold")
    return f"{mended} repaired, of {not_holding}"
