"""Asking Z3. The only importer of z3; knows scripts and literals, and no Kubernetes."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum

import z3
from msgspec import Struct

from verifier.errors import Undecided
from verifier.smt.script import Script

Model = Mapping[str, int]
"""A value for every declared constant: that of its bits, or 0 and 1 for a Boolean."""


class Answer(StrEnum):
    SAT = "sat"
    UNSAT = "unsat"
    UNKNOWN = "unknown"


class Limits(Struct, frozen=True):
    """rlimit: Z3's resource units for each query (reproducible). deadline: `time.monotonic()` at which the run ends.
    cross_check: cvc5 is asked too whatever a verdict rests on.
    """

    rlimit: int | None = None
    deadline: float | None = None
    cross_check: bool = False


_NO_LIMITS = Limits()


@contextmanager
def _enough_memory() -> Iterator[None]:
    """Makes of Z3's complaint that there is no more memory what it is: no answer."""
    try:
        yield
    except z3.Z3Exception as error:
        if "out of memory" in str(error):
            raise Undecided("the memory limit") from error
        raise


class Solver:
    """A script, loaded, of which questions are asked under assumptions; raises Undecided for want of memory.

    Life cycle: made from a script; `ask` any number of times; `model` is valid after sat, `core` after unsat and
    `reason` after unknown.
    """

    def __init__(self, script: Script, limits: Limits = _NO_LIMITS) -> None:
        self._limits = limits
        self._variables = dict(script.variables)
        self._literals: dict[str, z3.BoolRef] = {}
        self._context = z3.Context()  # of its own: an answer must not hang on what was asked before
        self._solver = z3.SolverFor("QF_FD", ctx=self._context)
        if limits.rlimit is not None:
            self._solver.set("rlimit", limits.rlimit)
        with _enough_memory():
            self._solver.from_string(script.text())
        self.queries = 0
        self.seconds = 0.0
        self.reason = ""

    def ask(self, literals: Iterable[str]) -> Answer:
        """Whether the script's asserts and all `literals` (names of Booleans, `!name` for the negation) can
        hold together."""
        started = time.monotonic()
        if self._limits.deadline is not None:
            left = self._limits.deadline - started
            if left <= 0:
                self.reason = "the time limit of the run"
                return Answer.UNKNOWN
            self._solver.set("timeout", max(1, int(left * 1000)))
        with _enough_memory():
            result = self._solver.check(*(self._literal(name) for name in literals))
        self.queries += 1
        self.seconds += time.monotonic() - started
        if result == z3.sat:
            return Answer.SAT
        if result == z3.unsat:
            return Answer.UNSAT
        self.reason = self._why(self._solver.reason_unknown())
        return Answer.UNKNOWN

    def push(self) -> None:
        """Opens a scope: what `fix` adds from here on goes with the matching `pop`."""
        with _enough_memory():
            self._solver.push()

    def pop(self, scopes: int = 1) -> None:
        self._solver.pop(scopes)

    def fix(self, variable: str, value: int) -> None:
        """Asserts, in the current scope, that a declared constant has this value."""
        var = self._variables[variable]
        if var is None:
            constant = z3.Bool(_plain(variable), self._context)
            self._solver.add(constant if value else z3.Not(constant))
        else:
            self._solver.add(z3.BitVec(_plain(variable), var.width, self._context) == value)

    def limit(self, variable: str, high: int) -> None:
        """Asserts, in the current scope, that a declared constant is `high` at most."""
        var = self._variables[variable]
        if var is None and high == 0:
            self.fix(variable, 0)
        elif var is not None:
            self._solver.add(z3.ULE(z3.BitVec(_plain(variable), var.width, self._context), high))

    def forbid(self, literals: Iterable[str]) -> None:
        """Asserts, in the current scope, that not all of `literals` hold."""
        self._solver.add(z3.Not(z3.And(*(self._literal(name) for name in literals))))

    def model(self) -> Model:
        """The model of the last sat."""
        return self._read()

    def core(self) -> frozenset[str]:
        """Of the literals of the last `ask`, as written there, some that cannot hold together with the asserts."""
        return frozenset(_written(literal) for literal in self._solver.unsat_core())

    def _why(self, text: str) -> str:
        """Why Z3 has no answer; it often does not say which limit it reached."""
        if "memory" in text or "memout" in text:
            return "the memory limit"
        deadline = self._limits.deadline
        left = None if deadline is None else deadline - time.monotonic()
        if "timeout" in text or (left is not None and (left < 0.01 or self._limits.rlimit is None)):
            return "the time limit of the run"
        return text if self._limits.rlimit is None else "the resource limit of a query"

    def _literal(self, name: str) -> z3.BoolRef:
        if name not in self._literals:
            constant = z3.Bool(_plain(name.removeprefix("!")), self._context)
            self._literals[name] = z3.Not(constant) if name.startswith("!") else constant
        return self._literals[name]

    def _read(self) -> Model:
        model = self._solver.model()
        found: dict[str, int] = {}
        for declaration in model.decls():
            value = model[declaration]
            found[declaration.name()] = value.as_long() if z3.is_bv_value(value) else int(z3.is_true(value))
        return {name: found.get(_plain(name), 0) for name in self._variables}


def _written(literal: z3.BoolRef) -> str:
    return f"!{literal.arg(0).decl().name()}" if z3.is_not(literal) else literal.decl().name()


def _plain(name: str) -> str:
    return name[1:-1] if name.startswith("|") else name
