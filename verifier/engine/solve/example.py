"""A connection that meets some literals of a script, made simple, decoded and held against the universe: what a finding
shows. Whoever asks for it replays in `verifier.semantics` what the connection is to be an example of."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from verifier.encoding.decode import Reader
from verifier.encoding.problem import Scene
from verifier.encoding.world import World
from verifier.engine.problem.admission import admits
from verifier.engine.results.check import Witness
from verifier.engine.solve.minimize import simplest_model
from verifier.errors import ReplayError, Undecided
from verifier.ir.endpoint import Connection
from verifier.ir.switches import concrete
from verifier.semantics import PODLIKE, Decision, decide
from verifier.smt.solver import Solver


class Example(Struct, frozen=True):
    """A connection of the universe, a full setting of the switches, and what the policies make of the connection."""

    connection: Connection
    setting: Mapping[str, str]
    decision: Decision

    @property
    def witness(self) -> Witness:
        ends = (self.connection.source, self.connection.destination)
        return Witness(
            source=ends[0],
            destination=ends[1],
            protocol=self.connection.protocol,
            port=self.connection.port,
            allowed=self.decision.allowed,
            hypothetical=any(end.kind in PODLIKE and end.workload is None for end in ends),
            egress=self.decision.egress,
            ingress=self.decision.ingress,
            connection=self.connection,
        )


def example(solver: Solver, scene: Scene, world: World, literals: Sequence[str]) -> Example:
    """An example of what the literals stand for, of which the solver has said that there is one. Raises Undecided where
    it gives up, ReplayError where the connection cannot exist."""
    model = simplest_model(solver, scene, world, (*world.assumptions, *literals))
    if model is None:
        raise Undecided("a limit while looking for an example")
    decoded = Reader(scene, world, model).decode()
    setting = concrete(scene.switches, decoded.switches)
    if not admits(decoded.connection, scene, setting):
        raise ReplayError(f"an example cannot exist: {decoded}")
    return Example(decoded.connection, setting, decide(scene.all_policies, decoded.connection, setting))
