"""Assert, solve, decode, REPLAY: the one place where solver answers become facts.

Takes a scene; gives answers, and witnesses that hold in `verifier.semantics`. One that does not is a bug of ours.
"""

import time
from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.decode import Decoded, Reader
from verifier.encoding.header import BROKEN, PREMISE, SURELY_BROKEN
from verifier.encoding.problem import Demand, Outcome, Scene
from verifier.encoding.question import encode
from verifier.engine.problem.admission import admits
from verifier.engine.solve.asker import Asker, Setting
from verifier.errors import ReplayError
from verifier.ir.endpoint import PODLIKE, Connection
from verifier.ir.policy import Direction
from verifier.ir.switches import concrete
from verifier.semantics import View, decide, holds, isolated
from verifier.smt.solver import Limits


class Found(Struct, frozen=True):
    """A replayed witness: the demand that it meets, and the full setting of the switches."""

    connection: Connection
    demand: Demand
    setting: Mapping[str, str]


class Query(Asker):
    """A scene that is being asked about; of a property all questions are always asked in the same order."""

    def __init__(self, scene: Scene, limits: Limits, beside: "Query | None" = None) -> None:
        began = time.monotonic()
        question = encode(scene)
        goals = question.goals
        meanings = {**dict.fromkeys(goals.premises, PREMISE), goals.surely_broken: SURELY_BROKEN, goals.broken: BROKEN}
        super().__init__(scene, question.script, question.world, limits, meanings=meanings, beside=beside, began=began)
        self.scene = scene
        self.goals = goals

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
        return self._replayed(Reader(self.scene, self._world, model).decode(), surely)

    def _replayed(self, decoded: Decoded, surely: bool) -> Found:
        setting = concrete(self.scene.switches, decoded.switches)
        for demand in self.scene.demands:
            if admits(decoded.connection, self.scene, setting) and breaks(
                decoded.connection, demand, self.scene, setting, surely
            ):
                return Found(decoded.connection, demand, setting)
        raise ReplayError(f"the solver's witness does not replay: {decoded}")


def breaks(
    connection: Connection, demand: Demand, scene: Scene, setting: Mapping[str, str], surely: bool = True
) -> bool:
    """True iff, read concretely, the connection meets the demand under `setting`, surely or perhaps."""
    plain = replace(connection, seen=None)
    source, destination = View(plain, Direction.EGRESS, setting), View(plain, Direction.INGRESS, setting)
    pod = connection.destination.kind in PODLIKE
    return (
        holds(demand.source, source)
        and holds(demand.destination, destination)
        and holds(demand.both, destination)
        and (pod or holds(demand.protects, source))
        and not (demand.exempt is not None and holds(demand.exempt, source))
        and not (demand.accepted is not None and holds(demand.accepted, destination))
        and _has_outcome(connection, demand.outcome, scene, setting, surely)
    )


def _has_outcome(
    connection: Connection, outcome: Outcome, scene: Scene, setting: Mapping[str, str], surely: bool
) -> bool:
    match outcome:
        case Outcome.ALLOWED:
            decision = decide(scene.all_policies, connection, setting)
            return decision.allowed if surely else decision.possible
        case Outcome.DENIED:
            decision = decide(scene.all_policies, connection, setting)
            return not (decision.possible if surely else decision.allowed)
        case Outcome.NO_INGRESS_ISOLATION:
            return not isolated(scene.all_policies, connection.destination, Direction.INGRESS, setting, not surely)
        case Outcome.NO_EGRESS_ISOLATION:
            return not isolated(scene.all_policies, connection.source, Direction.EGRESS, setting, not surely)
