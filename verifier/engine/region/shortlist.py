"""Few boxes for all that meets a goal: the plain ones, or wide ones of which something is taken out, where that is
shorter. What was found stays found: where the solver gives up, a list ends there."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from verifier.engine.region.box import Box
from verifier.engine.region.boxes import Boxes, Found
from verifier.engine.region.merging import merged
from verifier.errors import Undecided

T = TypeVar("T")

_MANY_REGIONS, _MANY_WIDE, _SHORTER = 6, 40, 2
"""From so many boxes on it is tried to say the same with what is taken out of wider ones, of which there are so many at
most; they are listed where the plain ones are so many times as many."""


class Attempts:
    """Questions of which some may get no answer; the first reason why is kept."""

    def __init__(self) -> None:
        self.given_up: Undecided | None = None
        self.failed = 0

    def make(self, ask: Callable[[], T]) -> T | None:
        """The answer; None: the solver gave up."""
        try:
            return ask()
        except Undecided as undecided:
            self.given_up = self.given_up or undecided
            self.failed += 1
            return None


def found_of(asked: Boxes, goal: str, opposite: str, limit: int | None, attempts: Attempts) -> list[Found]:
    """Boxes whose union is all that meets the goal, unless they are as many as the limit, or an attempt failed.
    opposite: the goal's negation."""
    found: list[Found] = []
    few = _MANY_REGIONS if limit is None else min(limit, _MANY_REGIONS)
    before = attempts.failed
    attempts.make(lambda: found.extend(asked.enumerate(goal, opposite, few)))
    if len(found) < few or attempts.failed != before:
        return found
    short = _covered(asked, goal, opposite)
    most = limit if short is None else _least(limit, _SHORTER * _weight(short))
    if most != few:
        found = []
        attempts.make(lambda: found.extend(asked.enumerate(goal, opposite, most)))
    if short is None or most is None:
        return found
    is_whole = len(found) < most
    return found if is_whole and len(_merged(asked, found)) < _SHORTER * _weight(short) else short


def _covered(asked: Boxes, goal: str, opposite: str) -> list[Found] | None:
    """All that meets the goal, as wide boxes of which some is taken out; None: too many, or the solver gives up."""
    try:
        found = list(asked.cover(goal, opposite, _MANY_WIDE))
    except Undecided:
        return None
    return asked.irredundant(found, goal) if len(found) < _MANY_WIDE else None


def shortened(asked: Boxes, found: Sequence[Found]) -> list[tuple[Box, Found]]:
    """The boxes with the same union, those joined that are one box together, each with one that went into it."""
    if any(one.taken for one in found):
        return merged([(f.box, f) for f in found])
    return _merged(asked, found)


def _merged(asked: Boxes, found: Sequence[Found]) -> list[tuple[Box, Found]]:
    return merged([(f.box, f) for f in asked.irredundant(found)])


def _weight(found: Sequence[Found]) -> int:
    return sum(one.weight for one in found)


def _least(limit: int | None, other: int) -> int:
    return other if limit is None else min(limit, other)
