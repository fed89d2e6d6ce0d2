"""A solver that is asked under assumptions: the one way in which anything here is asked.

Takes a script and the world that it speaks of; gives answers, models and cores. Whatever was to be known for sure is
put to a second solver too where the limits want that, and kept as a file where a folder is given.
"""

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from pathlib import Path

from verifier.encoding.header import ANY, Asked, legend, said, terms
from verifier.encoding.problem import Problem
from verifier.encoding.variables import World
from verifier.engine.results.check import Opinion, Stats
from verifier.engine.solve.crosscheck import CrossCheck
from verifier.engine.solve.minimize import simplest_model
from verifier.engine.solve.smt2files import dump
from verifier.errors import Undecided
from verifier.ir.switches import switch_called
from verifier.smt.script import Script, Var
from verifier.smt.solver import Answer, Limits, Model, Solver

Setting = tuple[tuple[str, str], ...]
"""Values of the open switches that matter, in the order of their names."""


class Asker:
    """A script that is being asked, always under the assumptions of its world.

    Goals are literals of the script, `!name` for the negation. Of what is asked for sure, the files are named by
    `dump_to` (a folder and a beginning), and the opinions by `name`; `meanings` say what each goal asks.

    Life cycle: made (loaded) once, asked any number of times; `model` and `core` are of the last answer. `beside`:
    another asker about the same thing, which this one may share a solver's context with: both are always asked in the
    same order, so that answers stay the same whatever else a run asks. `began`: when the script was begun, by
    `time.monotonic()`.
    """

    def __init__(
        self,
        problem: Problem,
        script: Script,
        world: World,
        limits: Limits,
        *,
        meanings: Mapping[str, Asked] | None = None,
        name: str = "",
        dump_to: Path | None = None,
        beside: "Asker | None" = None,
        began: float | None = None,
    ) -> None:
        began = time.monotonic() if began is None else began
        self._scene = problem
        self._script = script
        self._world = world
        self._meanings = meanings or {}
        self._name = name
        self._dump_to = dump_to
        self._solver: Solver = Solver(script, limits, None if beside is None else beside._solver)
        self._second = CrossCheck(limits)
        self.encoding_seconds = time.monotonic() - began

    # Facts about the run

    @property
    def queries(self) -> int:
        return self._solver.queries

    @property
    def opinions(self) -> tuple[Opinion, ...]:
        """What both solvers said to what was to be known for sure, where a cross-check was wanted."""
        return self._second.opinions

    def stats(self, policies: int = 0) -> Stats:
        """Sizes and seconds up to now, for a report about so many policies."""
        return Stats(
            encoding=self.encoding_seconds,
            solving=self._solver.seconds,
            queries=self._solver.queries,
            script_bytes=len(self.text()),
            policies=policies,
            opinions=self.opinions,
        )

    def text(self) -> str:
        return self._script.text()

    def script(self, *goals: str, setting: Setting = ()) -> str:
        """A script that asks whether the goals can be met, for any solver and for readers."""
        world = self._world
        asserted = (f"(not {goal[1:]})" if goal.startswith("!") else goal for goal in goals)
        script = self._script.asking((*world.assumptions, *terms(setting, world.switches), *asserted))
        meaning = self._meanings.get(goals[0], ANY) if len(goals) == 1 else ANY
        return legend(self._scene.title, meaning, setting, world, script) + script

    # Questions

    def ask(self, *goals: str, setting: Setting = ()) -> Answer:
        """Whether the goals can be met together, under `setting` where one is given."""
        return self._solver.ask(self._assuming(goals, setting))

    def sure(self, *goals: str, setting: Setting = ()) -> bool:
        """True iff the goals can be met together; raises Undecided where the solver cannot say, and Disagreement where
        another one says something else."""
        before = self._solver.seconds
        found = self._solver.sure(self._assuming(goals, setting))
        seconds = self._solver.seconds - before
        if self._dump_to is not None:
            self._dump(self._dump_to, goals, setting)
        if self._second.is_wanted:
            question = f"{self._name}: {said(goals, setting)}" if self._name else said(goals, setting)
            answer = Answer.SAT if found else Answer.UNSAT
            self._second.confirm(question, self.script(*goals, setting=setting), answer, seconds)
        return found

    def model(self) -> Model:
        """The model of the last question, whose goals can be met."""
        return self._solver.model()

    def simplest(self, *goals: str, setting: Setting = ()) -> Model | None:
        """A model of the goals, as simple as can be; None: there is none, or the solver cannot say."""
        return simplest_model(self._solver, self._scene, self._world, self._assuming(goals, setting))

    def core(self) -> frozenset[str]:
        """Of the last question, whose goals cannot be met, some goals and assumptions that cannot hold together."""
        return self._solver.core()

    def needed_assumptions(self, *goals: str, setting: Setting = ()) -> tuple[str, ...]:
        """What goals that cannot be met, under `setting` where one is given, rest on: none of these can be left out.
        Raises Undecided where the solver cannot say."""
        fixed = self._fixed(setting)
        if self._solver.ask((*self._world.assumptions, *fixed, *goals)) is not Answer.UNSAT:
            raise Undecided(self._solver.reason)
        core = self._solver.core()
        kept = [assumption for assumption in self._world.assumptions if assumption in core]
        for literal in list(kept):
            without = [assumption for assumption in kept if assumption != literal]
            if self._solver.ask((*without, *fixed, *goals)) is Answer.UNSAT:
                kept = without
        return tuple(self._world.assumptions[assumption] for assumption in kept)

    def pinned(self, variable: Var, value: int) -> str:
        """A literal that holds iff the variable, which can have several, has the value."""
        return self._solver.equals(variable.name, value)

    def values(self, variable: Var, *goals: str, setting: Setting = (), besides: Iterable[int] = ()) -> Iterator[int]:
        """Every value that the variable can have where the goals are met, under `setting` where one is given, but for
        those of `besides`; raises Undecided where the solver cannot say. `model` is of the value that came last."""
        self._solver.push()
        try:
            for value in besides:
                self._solver.forbid((self.pinned(variable, value),))
            while self._solver.sure(self._assuming(goals, setting)):
                value = self.model().get(variable.name, 0)
                yield value
                if variable.size == 1:
                    return
                self._solver.forbid((self.pinned(variable, value),))
        finally:
            self._solver.pop()

    def possible(self, *goals: str) -> bool:
        """True iff the goals, literals of `pinned` among them, can be met together; raises Undecided where the solver
        cannot say. What rests on it is counted, and no verdict: nothing is dumped or put to a second solver."""
        return self._solver.sure(self._assuming(goals, ()))

    # Settings

    def open_switches(self) -> tuple[str, ...]:
        """The switches left open that the script mentions."""
        return tuple(sorted(name for name, value in self._world.switches.items() if isinstance(value, Var)))

    def settings(self) -> Iterator[Setting]:
        """Every setting of the open switches."""
        names = self.open_switches()
        for values in product(*(switch_called(name).values for name in names)):
            yield tuple(zip(names, values, strict=True))

    def _assuming(self, goals: tuple[str, ...], setting: Setting) -> tuple[str, ...]:
        return (*self._world.assumptions, *self._fixed(setting), *goals)

    def _fixed(self, setting: Setting) -> tuple[str, ...]:
        """Literals that say the setting."""
        found = []
        for name, value in setting:
            variable = self._world.switches.get(name)
            if isinstance(variable, Var):
                found.append(self._solver.equals(variable.name, switch_called(name).values.index(value)))
        return tuple(found)

    def _dump(self, to: Path, goals: tuple[str, ...], setting: Setting) -> None:
        words = re.sub(r"[^A-Za-z0-9]+", "-", said(goals, setting)).strip("-")
        dump(to.parent, {f"{to.name}.{words}": self.script(*goals, setting=setting)})
