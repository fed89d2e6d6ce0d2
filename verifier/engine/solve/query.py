"""Assert, solve, decode, REPLAY: the one place where solver answers become facts.

Takes a problem; gives answers, and witnesses that hold in `verifier.semantics`. One that does not is a bug of ours.
"""

import time
from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.decode import Decoded, Reader
from verifier.encoding.header import BROKEN, PREMISE, SURELY_BROKEN
from verifier.encoding.problem import Obligation, Outcome, Problem
from verifier.encoding.question import encode
from verifier.encoding.variables import World
from verifier.engine.problem.admission import admits
from verifier.engine.solve.asker import Asker, Setting
from verifier.errors import ReplayError
from verifier.ir.endpoint import Connection
from verifier.ir.policy import Direction
from verifier.ir.switches import concrete
from verifier.ir.view import View
from verifier.semantics import decide, holds, isolated
from verifier.smt.solver import Limits


class Found(Struct, frozen=True):
    """A replayed witness: the obligation that it meets, and the full setting of the switches."""

    connection: Connection
    obligation: Obligation
    setting: Mapping[str, str]


class Query(Asker):
    """A problem that is being asked about; of a property all questions are always asked in the same order."""

    def __init__(self, problem: Problem, limits: Limits, beside: "Query | None" = None) -> None:
        began = time.monotonic()
        question = encode(problem)
        goals = question.goals
        meanings = {**dict.fromkeys(goals.premises, PREMISE), goals.surely_broken: SURELY_BROKEN, goals.broken: BROKEN}
        super().__init__(
            problem, question.script, question.world, limits, meanings=meanings, beside=beside, began=began
        )
        self.problem = problem
        self.goals = goals

    @property
    def world(self) -> World:
        """The variables of the question."""
        return self._world

    def scripts(self, name: str) -> Iterator[tuple[str, str]]:
        """The questions that a verdict rests on, each under `name` and what it asks."""
        yield name, self.script(self.goals.broken)
        if self.goals.surely_broken != self.goals.broken:
            yield f"{name}.surely-broken", self.script(self.goals.surely_broken)
        for number, premise in enumerate(self.goals.premises):
            yield f"{name}.premise-{number}", self.script(premise)

    def witness(self, setting: Setting = (), surely: bool = True) -> Found | None:
        """A minimal, replayed connection that breaks the property, surely or perhaps, under `setting` where one is
        given; None: there is none, or the solver cannot say."""
        model = self.simplest(self.goals.surely_broken if surely else self.goals.broken, setting=setting)
        if model is None:
            return None
        return replayed(Reader(self.problem, self._world, model).decode(), self.problem, surely)


def replayed(decoded: Decoded, problem: Problem, surely: bool) -> Found:
    """The connection, which meets an obligation of the problem. Raises ReplayError where it meets none."""
    setting = concrete(problem.switches, decoded.switches)
    for obligation in problem.obligations:
        if admits(decoded.connection, problem, setting) and breaks(
            decoded.connection, obligation, problem, setting, surely
        ):
            return Found(decoded.connection, obligation, setting)
    raise ReplayError(f"the solver's witness does not replay: {decoded}")


def breaks(
    connection: Connection, obligation: Obligation, problem: Problem, setting: Mapping[str, str], surely: bool = True
) -> bool:
    """True iff, read concretely, the connection meets the obligation under `setting`, surely or perhaps."""
    plain = replace(connection, seen=None)
    source, destination = View(plain, Direction.EGRESS, setting), View(plain, Direction.INGRESS, setting)
    return (
        holds(obligation.source, source)
        and holds(obligation.destination, destination)
        and holds(obligation.both, destination)
        and not (obligation.exempt is not None and holds(obligation.exempt, destination))
        and not (obligation.accepted is not None and holds(obligation.accepted, destination))
        and _has_outcome(connection, obligation.outcome, problem, setting, surely)
    )


def _has_outcome(
    connection: Connection, outcome: Outcome, problem: Problem, setting: Mapping[str, str], surely: bool
) -> bool:
    match outcome:
        case Outcome.ALLOWED:
            decision = decide(problem.all_policies, connection, setting)
            return decision.allowed if surely else decision.possible
        case Outcome.DENIED:
            decision = decide(problem.all_policies, connection, setting)
            return not (decision.possible if surely else decision.allowed)
        case Outcome.NO_INGRESS_ISOLATION:
            return not isolated(problem.all_policies, connection.destination, Direction.INGRESS, setting, not surely)
        case Outcome.NO_EGRESS_ISOLATION:
            return not isolated(problem.all_policies, connection.source, Direction.EGRESS, setting, not surely)
