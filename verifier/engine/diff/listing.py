"""The lists of a difference: the boxes of either side, as many as are wanted and as the solver gets to.

What was found stays found: where the solver gives up, a list ends there, and says so.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.pair import PairScene
from verifier.engine.diff.box import Box
from verifier.engine.diff.merging import merged
from verifier.engine.diff.regions import Comparison, Found, Replayed
from verifier.errors import InternalError, Undecided
from verifier.smt.solver import Limits

T = TypeVar("T")

_MANY_ATOMS, _MANY_BOXES = 120, 16
"""Beyond so many the policies of the end that did not change are not spelled out in each region."""


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


class Listed(Struct, frozen=True):
    """What is listed of one side. asked: what the boxes were read from. complete: nothing else is there."""

    asked: Comparison
    added: bool
    boxes: tuple[tuple[Box, Found], ...]
    complete: bool

    def replayed(self, found: Found) -> Replayed:
        """A connection of a box, as both sides have it."""
        goals = self.asked.pair.goals
        goal = goals.added if self.added else goals.removed
        replayed = self.asked.witness(goal, found.literals, self.added, found.model)
        if replayed is None:
            raise InternalError("a box without a connection")
        return replayed


def listed(
    comparison: Comparison, problem: PairScene, limits: Limits, limit: int | None, attempts: Attempts
) -> tuple[Listed, Listed]:
    """What was added, and what was removed. comparison: has been asked whether there is any. limit: how many are looked
    for on either side."""
    asked, before = comparison, attempts.failed
    if problem.unchanged and len(comparison.pair.atoms) > _MANY_ATOMS:
        asked = Comparison(replace(problem, whole_legs=problem.unchanged), limits)
    elif problem.unchanged:
        some = [_found(comparison, added, _MANY_BOXES + 1, attempts) for added in (True, False)]
        if attempts.failed != before:
            return _listed(comparison, True, some[0][:limit], False), _listed(comparison, False, some[1][:limit], False)
        if any(len(found) > _MANY_BOXES for found in some):
            asked = Comparison(replace(problem, whole_legs=problem.unchanged), limits)
    return _side(asked, comparison, True, limit, attempts), _side(asked, comparison, False, limit, attempts)


def _side(asked: Comparison, first: Comparison, added: bool, limit: int | None, attempts: Attempts) -> Listed:
    """first: what was asked first; where the solver gives up at once, the connection that it knows is listed."""
    before = attempts.failed
    found = _found(asked, added, None if limit is None else limit + 1, attempts)
    complete = attempts.failed == before and (limit is None or len(found) <= limit)
    if found or complete:
        return _listed(asked, added, found[:limit], complete)
    return _listed(first, added, [], complete)


def _found(asked: Comparison, added: bool, limit: int | None, attempts: Attempts) -> list[Found]:
    goals = asked.pair.goals
    goal, opposite = (goals.added, goals.not_added) if added else (goals.removed, goals.not_removed)
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


def _covered(asked: Comparison, goal: str, opposite: str) -> list[Found] | None:
    """All that meets the goal, as wide boxes of which some is taken out; None: too many, or the solver gives up."""
    try:
        found = list(asked.cover(goal, opposite, _MANY_WIDE))
    except Undecided:
        return None
    return asked.irredundant(found, goal) if len(found) < _MANY_WIDE else None


def _merged(asked: Comparison, found: Sequence[Found]) -> list[tuple[Box, Found]]:
    return merged([(f.box, f) for f in asked.irredundant(found)])


def _weight(found: Sequence[Found]) -> int:
    return sum(one.weight for one in found)


def _least(limit: int | None, other: int) -> int:
    return other if limit is None else min(limit, other)


def _listed(asked: Comparison, added: bool, found: Sequence[Found], complete: bool) -> Listed:
    goals = asked.pair.goals
    if not found and not complete:
        known = asked.seen(goals.added if added else goals.removed)
        found = [] if known is None else [known]
    plain = not any(one.taken for one in found)
    boxes = _merged(asked, found) if plain else merged([(f.box, f) for f in found])
    return Listed(asked, added, tuple(boxes), complete)
