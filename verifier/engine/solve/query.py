"""Assert, solve, decode, REPLAY: the one place where solver answers become facts.

Takes a scene; gives answers, and witnesses that hold in `verifier.semantics`. One that does not is a bug of ours.
"""

import time
from collections.abc import Iterator, Mapping
from itertools import product

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.decode import Decoded, Reader
from verifier.encoding.header import BROKEN, PREMISE, SURELY_BROKEN, Asked, legend, said, terms
from verifier.encoding.problem import Demand, Outcome, Scene
from verifier.encoding.question import encode
from verifier.engine.problem.admission import admits
from verifier.engine.results.check import Opinion
from verifier.engine.solve.crosscheck import CrossCheck
from verifier.engine.solve.minimize import simplest_model
from verifier.errors import ReplayError, Undecided
from verifier.ir.endpoint import Connection, Kind
from verifier.ir.policy import Direction
from verifier.ir.switches import SWITCHES, concrete
from verifier.semantics import View, decide, holds, isolated
from verifier.smt.script import Var
from verifier.smt.solver import Answer, Limits, Solver

Setting = tuple[tuple[str, str], ...]
"""Values of the open switches that matter, in the order of their names."""


class Found(Struct, frozen=True):
    """A replayed witness: the demand that it meets, and the full setting of the switches."""

    connection: Connection
    demand: Demand
    setting: Mapping[str, str]


class Query:
    """A scene that is being asked about.

    Life cycle: made (encoded and loaded) once, asked any number of times. `beside`: another question about the same
    property, which this one may share a solver's context with: of a property all questions are always asked in the
    same order, so its result stays the same whatever else a run asks.
    """

    def __init__(self, scene: Scene, limits: Limits, beside: "Query | None" = None) -> None:
        started = time.monotonic()
        self.scene = scene
        self._question = encode(scene)
        self._solver: Solver = Solver(self._question.script, limits, None if beside is None else beside._solver)
        self._second = CrossCheck(limits)
        self.encoding_seconds = time.monotonic() - started
        self.goals = self._question.goals
        self.assumptions = self._question.world.assumptions

    # Facts about the run

    @property
    def solving_seconds(self) -> float:
        return self._solver.seconds

    @property
    def queries(self) -> int:
        return self._solver.queries

    @property
    def script_bytes(self) -> int:
        return len(self.text())

    @property
    def opinions(self) -> tuple[Opinion, ...]:
        """What both solvers said to what was to be known for sure, where a cross-check was wanted."""
        return self._second.opinions

    def text(self) -> str:
        return self._question.script.text()

    def script(self, goal: str, setting: Setting = ()) -> str:
        """A script that asks whether the goal can be met, for any solver and for readers."""
        world = self._question.world
        script = self._question.script.asking((*self.assumptions, *terms(setting, world.switches), goal))
        return legend(self.scene.title, self._asked(goal), setting, world, script) + script

    def scripts(self, name: str) -> Iterator[tuple[str, str]]:
        """The questions that a verdict rests on, each under `name` and what it asks."""
        yield name, self.script(self.goals.broken)
        if self.goals.surely_broken != self.goals.broken:
            yield f"{name}.surely-broken", self.script(self.goals.surely_broken)
        for number, premise in enumerate(self.goals.premises):
            yield f"{name}.premise-{number}", self.script(premise)

    def _asked(self, goal: str) -> Asked:
        if goal == self.goals.broken:
            return BROKEN
        return SURELY_BROKEN if goal == self.goals.surely_broken else PREMISE

    # Questions

    def ask(self, goal: str, setting: Setting = ()) -> Answer:
        """Whether the goal can be met, under `setting` where one is given."""
        return self._solver.ask((*self.assumptions, *self._fixed(setting), goal))

    def sure(self, goal: str, setting: Setting = ()) -> bool:
        """True iff the goal can be met; raises Undecided where the solver cannot say."""
        before = self._solver.seconds
        found = self._solver.sure((*self.assumptions, *self._fixed(setting), goal))
        if self._second.is_wanted:
            answer, seconds = Answer.SAT if found else Answer.UNSAT, self._solver.seconds - before
            self._second.confirm(said(goal, setting), self.script(goal, setting), answer, seconds)
        return found

    def needed_assumptions(self, goal: str, setting: Setting = ()) -> tuple[str, ...]:
        """What a goal that cannot be met, under `setting` where one is given, rests on."""
        return needed_assumptions(self._solver, self.assumptions, *self._fixed(setting), goal)

    def open_switches(self) -> tuple[str, ...]:
        """The switches left open that the question mentions."""
        switches = self._question.world.switches
        return tuple(sorted(name for name, value in switches.items() if not isinstance(value, str)))

    def settings(self) -> Iterator[Setting]:
        """Every setting of the open switches."""
        names = self.open_switches()
        for values in product(*(SWITCHES[name].values for name in names)):
            yield tuple(zip(names, values, strict=True))

    def witness(self, setting: Setting = (), surely: bool = True) -> Found | None:
        """A minimal, replayed connection that breaks the property, surely or perhaps, under `setting` where one is
        given; None: there is none, or the solver cannot say."""
        goals = (*self.assumptions, *self._fixed(setting), self.goals.surely_broken if surely else self.goals.broken)
        model = simplest_model(self._solver, self.scene, self._question.world, goals)
        if model is None:
            return None
        return self._replayed(Reader(self.scene, self._question.world, model).decode(), surely)

    def _fixed(self, setting: Setting) -> Iterator[str]:
        """Literals that say the setting."""
        switches = self._question.world.switches
        for name, value in setting:
            variable = switches.get(name)
            if isinstance(variable, Var):
                yield self._solver.equals(variable.name, SWITCHES[name].values.index(value))

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
    pod = connection.destination.kind in (Kind.POD, Kind.HOSTPOD)
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


def needed_assumptions(solver: Solver, assumptions: Mapping[str, str], *goals: str) -> tuple[str, ...]:
    """Of `assumptions` (literals, and what each stands for), those that goals which cannot be met rest on: none of
    them can be left out. Raises Undecided where the solver cannot say."""
    kept = list(assumptions)
    if solver.ask((*kept, *goals)) is not Answer.UNSAT:
        raise Undecided(solver.reason)
    core = solver.core()
    kept = [a for a in kept if a in core]
    for literal in list(kept):
        without = [a for a in kept if a != literal]
        if solver.ask((*without, *goals)) is Answer.UNSAT:
            kept = without
    return tuple(assumptions[a] for a in kept)
