"""The lists of a difference: the boxes of either side, as many as are wanted and as the solver gets to.

What was found stays found: where the solver gives up, a list ends there, and says so.
"""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.pair import PairScene
from verifier.engine.diff.comparison import Comparison, Replayed
from verifier.engine.region.apart import fewest
from verifier.engine.region.box import Box
from verifier.engine.region.boxes import Found
from verifier.engine.region.shortlist import Attempts, found_of, shortened
from verifier.errors import InternalError
from verifier.smt.solver import Limits

_MANY_ATOMS, _MANY_BOXES = 120, 16
"""Beyond so many the policies of the end that did not change are not spelled out in each region."""


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

    def fewest(self) -> int | None:
        """So many regions has every complete list at least; None: nobody knows."""
        goals = self.asked.pair.goals
        opposite = goals.not_added if self.added else goals.not_removed
        return fewest(self.asked, [found for _, found in self.boxes], opposite)


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
    return found_of(asked, goal, opposite, limit, attempts)


def _listed(asked: Comparison, added: bool, found: Sequence[Found], complete: bool) -> Listed:
    goals = asked.pair.goals
    if not found and not complete:
        known = asked.seen(goals.added if added else goals.removed)
        found = [] if known is None else [known]
    return Listed(asked, added, tuple(shortened(asked, found)), complete)
