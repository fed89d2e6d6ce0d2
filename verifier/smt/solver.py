"""Asking Z3. The only importer of z3; knows scripts and literals, and no Kubernetes."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum

from verifier.errors import Undecided
from verifier.smt.library import z3
from verifier.smt.limits import Limits as Limits
from verifier.smt.script import Script

Model = Mapping[str, int]
"""A value for every declared constant: that of its bits, or 0 and 1 for a Boolean."""


def solver_version() -> str:
    """The solver that is really loaded."""
    return f"Z3 {z3.get_full_version()}"


class Answer(StrEnum):
    SAT = "sat"
    UNSAT = "unsat"
    UNKNOWN = "unknown"


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
    `reason` after unknown. `beside`: another solver, of whose context this one makes use, since a context costs more
    than most questions; so what it answers may hang on what was asked there before, as its own answers may.
    """

    def __init__(self, script: Script, limits: Limits = _NO_LIMITS, beside: "Solver | None" = None) -> None:
        self._limits = limits
        self._variables = dict(script.variables)
        self._constants: dict[str, z3.ExprRef] = {}
        self._declarations: dict[str, z3.FuncDeclRef] = {}
        self._literals: dict[str, z3.BoolRef] = {}
        self._context: z3.Context = z3.Context() if beside is None else beside._context
        self._solver = z3.SolverFor("QF_FD", ctx=self._context)
        if limits.rlimit is not None:
            self._solver.set("rlimit", limits.rlimit)
        with _enough_memory():
            self._solver.from_string(script.text())
        self._depth = 0
        self._bounds: dict[str, int] = {}
        self._forbidden: dict[tuple[str, ...], z3.BoolRef] = {}
        """The terms of `forbid`: lists of regions forbid the same again and again."""
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
            result = self._check(literals)
        self.queries += 1
        self.seconds += time.monotonic() - started
        if result == z3.sat:
            return Answer.SAT
        if result == z3.unsat:
            return Answer.UNSAT
        self.reason = self._why(self._solver.reason_unknown())
        return Answer.UNKNOWN

    def _check(self, literals: Iterable[str]) -> z3.CheckSatResult:
        """As z3's `Solver.check`, which looks anew at the sort of every literal: of hundreds that takes longer than the
        answer."""
        terms = [self._literal(name).ast for name in literals]
        array = (z3.Ast * len(terms))(*terms)
        found = z3.Z3_solver_check_assumptions(self._context.ref(), self._solver.solver, len(terms), array)
        return z3.CheckSatResult(found)

    def sure(self, literals: Iterable[str]) -> bool:
        """True iff the script's asserts and all `literals` can hold together; raises Undecided where nobody can say."""
        answer = self.ask(literals)
        if answer is Answer.UNKNOWN:
            raise Undecided(self.reason)
        return answer is Answer.SAT

    def push(self) -> None:
        """Opens a scope: what `forbid` adds from here on goes with the matching `pop`."""
        with _enough_memory():
            self._solver.push()
        self._depth += 1

    def pop(self) -> None:
        self._solver.pop()
        self._depth -= 1
        for name in [name for name, depth in self._bounds.items() if depth > self._depth]:
            del self._bounds[name]

    def equals(self, variable: str, value: int) -> str:
        """A literal that holds iff a declared constant has this value."""
        if self._variables[variable] is None:
            return variable if value else f"!{variable}"
        return self._bound(f"={value} {variable}", lambda: self._constant(variable) == value)

    def at_most(self, variable: str, high: int) -> str:
        """A literal that holds iff a declared bit-vector is `high` at most."""
        return self._bound(f"<={high} {variable}", lambda: z3.ULE(self._constant(variable), high))

    def _bound(self, name: str, term: Callable[[], z3.BoolRef]) -> str:
        """A literal that holds iff the term does; defined anew when the scope that defined it is closed.

        INVARIANT: `name` is no name of a script: none begins with `=` or `<`, nor does any stand in bars here.
        """
        if name not in self._bounds:
            self._bounds[name] = self._depth
            with _enough_memory():
                self._solver.add(self._literal(name) == term())
        return name

    def forbid(self, literals: Iterable[str]) -> None:
        """Asserts, in the current scope, that not all of `literals` hold."""
        together = tuple(literals)
        if together not in self._forbidden:
            self._forbidden[together] = z3.Not(z3.And(*(self._literal(name) for name in together)))
        self._solver.add(self._forbidden[together])

    def model(self) -> Model:
        """The model of the last sat."""
        return _Values(self._variables, self._declared, self._solver.model())

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

    def _declared(self, name: str) -> z3.FuncDeclRef:
        if name not in self._declarations:
            self._declarations[name] = self._constant(name).decl()
        return self._declarations[name]

    def _constant(self, name: str) -> z3.ExprRef:
        if name not in self._constants:
            var = self._variables[name]
            plain = _plain(name)
            self._constants[name] = (
                z3.Bool(plain, self._context) if var is None else z3.BitVec(plain, var.width, self._context)
            )
        return self._constants[name]


class _Values(Mapping[str, int]):
    """The values of a model, each read when it is asked for: most of them never are."""

    def __init__(self, names: Collection[str], declared: Callable[[str], z3.FuncDeclRef], model: z3.ModelRef) -> None:
        self._names, self._declared, self._model = names, declared, model
        self._read: dict[str, int] = {}

    def __getitem__(self, name: str) -> int:
        if name not in self._read:
            if name not in self._names:
                raise KeyError(name)
            self._read[name] = self._value(self._declared(name))
        return self._read[name]

    def _value(self, declared: z3.FuncDeclRef) -> int:
        """What the model says of a constant, in Z3's C interface, which makes no expression of Python to read one
        value. The model, which is alive, holds what it hands out."""
        context = self._model.ctx.ref()
        found = z3.Z3_model_get_const_interp(context, self._model.model, declared.ast)
        if not found:
            return 0
        if declared.range().kind() == z3.Z3_BV_SORT:
            return int(z3.Z3_get_numeral_string(context, found))
        return int(z3.Z3_get_bool_value(context, found) == z3.Z3_L_TRUE)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def _written(literal: z3.BoolRef) -> str:
    return f"!{literal.arg(0).decl().name()}" if z3.is_not(literal) else literal.decl().name()


def _plain(name: str) -> str:
    return name[1:-1] if name.startswith("|") else name
