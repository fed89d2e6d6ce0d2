"""A connection that meets some literals of a script, made simple, decoded and held against the universe: what a finding
shows. Whoever asks for it replays in `verifier.semantics` what the connection is to be an example of."""

from collections.abc import Mapping

from msgspec import Struct

from verifier.encoding.decode import Reader
from verifier.encoding.problem import Problem
from verifier.encoding.variables import World
from verifier.engine.problem.admission import admits
from verifier.engine.results.witness import Witness
from verifier.engine.solve.asker import Asker
from verifier.errors import ReplayError, Undecided
from verifier.ir.endpoint import Connection
from verifier.ir.switches import concrete
from verifier.ir.trace import Decision
from verifier.semantics import decide


class Example(Struct, frozen=True):
    """A connection of the universe, a full setting of the switches, and what the policies make of the connection."""

    connection: Connection
    setting: Mapping[str, str]
    decision: Decision

    @property
    def witness(self) -> Witness:
        return Witness.of(self.connection, self.decision)


def example(asker: Asker, problem: Problem, world: World, *goals: str) -> Example:
    """An example of what meets the goals, of which the asker has said that there is one. Raises Undecided where the
    solver gives up, ReplayError where the connection cannot exist."""
    model = asker.simplest(*goals)
    if model is None:
        raise Undecided("a limit while looking for an example")
    decoded = Reader(problem, world, model).decode()
    setting = concrete(problem.switches, decoded.switches)
    if not admits(decoded.connection, problem, setting):
        raise ReplayError(f"an example cannot exist: {decoded}")
    return Example(decoded.connection, setting, decide(problem.all_policies, decoded.connection, setting))
