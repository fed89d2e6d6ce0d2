"""All that breaks a property, as regions: one witness says that there is something, these say what."""

from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.breach import Breach, encode_breach
from verifier.encoding.claimed import Claimed
from verifier.encoding.decode import Reader
from verifier.encoding.header import MISTOLD, SURELY_BROKEN
from verifier.encoding.problem import NOT_ISOLATED, Problem
from verifier.engine.problem.problem import Context
from verifier.engine.region.apart import fewest
from verifier.engine.region.box import ALL_PORTS, Box
from verifier.engine.region.boxes import Boxes, Found
from verifier.engine.region.members import breadth
from verifier.engine.region.region import claimed, region_of
from verifier.engine.region.shortlist import Attempts, found_of, shortened
from verifier.engine.results.check import Opinion
from verifier.engine.results.region import EndRegion, Region
from verifier.engine.results.witness import Witness
from verifier.engine.solve.query import replayed
from verifier.engine.solve.witness import witness_of
from verifier.errors import InternalError
from verifier.ir.endpoint import Kind
from verifier.ir.policy import Direction
from verifier.smt.solver import Limits

_DIRECTIONS = {outcome: direction for direction, outcome in NOT_ISOLATED.items()}


class Breaches(Struct, frozen=True):
    """complete: these are all (proved at the end). opinions: what a second solver said to that. fewest: a complete list
    has so many at least; None: nobody knows."""

    regions: tuple[Region, ...]
    complete: bool
    opinions: tuple[Opinion, ...] = ()
    fewest: int | None = None


def breaches(
    context: Context, problem: Problem, limits: Limits, limit: int | None, *, unselected: bool = True
) -> Breaches:
    """What surely breaks the property under some setting of the open switches, in at most `limit` regions. unselected:
    a region may speak of pods that no policy isolates. Where the solver gives up, what was found until then."""
    found: list[Region] = []
    opinions: list[Opinion] = []
    complete, least = True, list[int | None]()
    for part, ends in _parts(problem):
        left = None if limit is None else limit - len(found)
        asked = _Asked(part, ends, limits, unselected=unselected)
        boxes, whole = asked.listed(left)
        complete = complete and whole
        widest_first = sorted(boxes, key=lambda each: (-breadth(each[0], context), len(each[1].literals)))
        told: list[tuple[Box, Found]] = []
        for each, one in widest_first:
            box = _of_pods(each, part)
            if all(box != other for other, _ in told):
                told.append((box, one))
        found += [region_of(box, asked.witness(one), context) for box, one in told]
        if whole:
            proof = _Asked(part, ends, limits, tuple(claimed(box) for box, _ in boxes), unselected=unselected)
            complete = complete and proof.proves() is not None
            opinions += proof.opinions
        least.append(asked.fewest([one for _, one in told]) if complete else None)  # last: it may turn witnesses
    known = [count for count in least if count is not None]
    bound = sum(known) if complete and len(known) == len(least) else None
    return Breaches(tuple(found), complete, tuple(opinions), bound)


def _parts(problem: Problem) -> Iterator[tuple[Problem, tuple[str, ...]]]:
    """What is asked about at once, and which ends are told: of isolation each direction alone, and the pod alone unless
    what becomes of its connections can let it off."""
    for obligation in problem.obligations:
        if obligation.outcome not in _DIRECTIONS:
            yield problem, ("src", "dst")
            return
        end = "dst" if _DIRECTIONS[obligation.outcome] is Direction.INGRESS else "src"
        yield replace(problem, obligations=(obligation,)), ((end,) if obligation.accepted is None else ("src", "dst"))


def _of_pods(box: Box, part: Problem) -> Box:
    """Of pods that are not isolated the box of these alone: whatever the other end of a connection is."""
    direction = _DIRECTIONS.get(part.obligations[0].outcome)
    if direction is None:
        return box
    anything, free = EndRegion(frozenset(Kind)), frozenset({direction})
    alone = Box(box.source, anything, ALL_PORTS, switches=box.switches, unselected=box.unselected & free)
    return alone if direction is Direction.EGRESS else replace(alone, source=anything, destination=box.destination)


class _Asked(Boxes):
    """What breaks a property, being asked about."""

    def __init__(
        self,
        problem: Problem,
        ends: Sequence[str],
        limits: Limits,
        said: tuple[Claimed, ...] = (),
        *,
        unselected: bool,
    ) -> None:
        self.breach: Breach = encode_breach(problem, ends, said, unselected=unselected)
        self.problem = problem
        goals = self.breach.goals
        super().__init__(
            problem,
            self.breach.script,
            self.breach.world,
            limits,
            atoms=self.breach.atoms,
            kinds=self.breach.kinds,
            meanings={goals.broken: SURELY_BROKEN, goals.misdescribed: MISTOLD},
        )

    def listed(self, limit: int | None) -> tuple[list[tuple[Box, Found]], bool]:
        """Boxes of what breaks the property, and whether they may be all."""
        goals = self.breach.goals
        attempts = Attempts()
        found = found_of(self, goals.broken, goals.not_broken, None if limit is None else limit + 1, attempts)
        complete = attempts.given_up is None and (limit is None or len(found) <= limit)
        return shortened(self, found[:limit]), complete

    def witness(self, found: Found) -> Witness:
        """A connection of a box, as simple as can be, replayed."""
        model = self.simplest(self.breach.goals.broken, *found.literals)
        decoded = Reader(self.problem, self.breach.world, found.model if model is None else model).decode()
        return witness_of(replayed(decoded, self.problem, surely=True), self.problem)

    def fewest(self, found: Sequence[Found]) -> int | None:
        """No complete list of boxes is shorter than this; None: nobody knows."""
        return fewest(self, found, self.breach.goals.not_broken)

    def proves(self) -> bool | None:
        """True: what is claimed is all that breaks it; None: the solver gives up."""
        wrong = Attempts().make(lambda: self.sure(self.breach.goals.misdescribed))
        if wrong:
            raise InternalError("the regions are not what breaks the property")
        return None if wrong is None else True
