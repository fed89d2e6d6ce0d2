"""SMT-LIB 2 scripts as text: one script serves every solver, `--dump-smt2`, and the reader who audits it."""

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

from msgspec import Struct, field

TRUE = "true"
FALSE = "false"


@lru_cache(2**16)
def symbol(name: str) -> str:
    """`name` as an SMT-LIB symbol: quoted where it has blanks or brackets."""
    plain = all(c.isalnum() or c in "~!@$%^&*_-+=<>.?/" for c in name) and name.isascii() and not name[:1].isdigit()
    return name if plain else f"|{name.replace('|', '!').replace(chr(92), '!')}|"


def comments(text: str) -> list[str]:
    """The lines of `text` as comments; nothing in it can end one."""
    return [f"; {''.join(c if c.isprintable() else '?' for c in line)}".rstrip() for line in text.splitlines()]


def conj(terms: Iterable[str]) -> str:
    """True iff all `terms` are."""
    kept = [t for t in dict.fromkeys(terms) if t != TRUE]
    if FALSE in kept:
        return FALSE
    return kept[0] if len(kept) == 1 else f"(and {' '.join(kept)})" if kept else TRUE


def disj(terms: Iterable[str]) -> str:
    """True iff one of `terms` is."""
    kept = [t for t in dict.fromkeys(terms) if t != FALSE]
    if TRUE in kept:
        return TRUE
    return kept[0] if len(kept) == 1 else f"(or {' '.join(kept)})" if kept else FALSE


def neg(term: str) -> str:
    if term in (TRUE, FALSE):
        return FALSE if term == TRUE else TRUE
    return term[5:-1] if term.startswith("(not ") else f"(not {term})"


def implies(premise: str, conclusion: str) -> str:
    return disj((neg(premise), conclusion))


def xor(one: str, other: str) -> str:
    """True iff one of both is true and the other is not."""
    if other in (TRUE, FALSE):
        return neg(one) if other == TRUE else one
    return f"(xor {one} {other})"


def ite(condition: str, then: str, otherwise: str) -> str:
    """`then` iff `condition`, else `otherwise`, over Booleans."""
    if condition in (TRUE, FALSE):
        return then if condition == TRUE else otherwise
    if then == otherwise:
        return then
    if then == TRUE:
        return disj((condition, otherwise))
    if then == FALSE:
        return conj((neg(condition), otherwise))
    if otherwise == TRUE:
        return disj((neg(condition), then))
    if otherwise == FALSE:
        return conj((condition, then))
    return f"(ite {condition} {then} {otherwise})"


class Var(Struct, frozen=True):
    """A bit-vector that takes the values 0 .. size-1. One of size 1 is no variable at all: its only value is 0; one of
    size 0 has none, and no term says that it has."""

    name: str
    size: int

    @property
    def width(self) -> int:
        return max(1, (self.size - 1).bit_length())

    def literal(self, value: int) -> str:
        return f"#b{value:0{self.width}b}"

    def equals(self, value: int) -> str:
        """True iff the variable has this value."""
        return self._is(value)

    def _is(self, value: int) -> str:
        if not 0 <= value < self.size:
            return FALSE
        return TRUE if self.size == 1 else f"(= {self.name} {self.literal(value)})"

    def same(self, other: "Var") -> str:
        """True iff both variables, of one size, have the same value."""
        return TRUE if self.size <= 1 else f"(= {self.name} {other.name})"

    def within(self, ranges: Iterable[tuple[int, int]]) -> str:
        """True iff the value lies in one of these inclusive ranges."""
        return disj(self._between(low, high) for low, high in joined(ranges))

    def among(self, values: Iterable[int]) -> str:
        """True iff the value is one of `values`."""
        return self.within((v, v) for v in values)

    def _between(self, low: int, high: int) -> str:
        high = min(high, self.size - 1)
        if low > high:
            return FALSE
        if low == high:
            return self._is(low)
        bounds = []
        if low > 0:
            bounds.append(f"(bvule {self.literal(low)} {self.name})")
        if high < self.size - 1:
            bounds.append(f"(bvule {self.name} {self.literal(high)})")
        return conj(bounds)


class Told(Var, frozen=True):
    """A variable that keeps what is said of it: the sets of values that it is held against, each as ascending ranges,
    and the variables that it is compared with (`verifier.smt.alike`)."""

    sets: list[tuple[tuple[int, int], ...]] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def equals(self, value: int) -> str:
        self.sets.append(((value, value),))
        return super().equals(value)

    def same(self, other: Var) -> str:
        self.others.append(other.name)
        return super().same(other)

    def within(self, ranges: Iterable[tuple[int, int]]) -> str:
        found = joined(ranges)
        self.sets.append(tuple(found))
        return super().within(found)


AnyVar = TypeVar("AnyVar", bound=Var)


def joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ascending ranges, adjacent ones joined."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


class Script(Struct):
    """A script under construction: declarations, definitions and asserts, in order."""

    lines: list[str] = field(default_factory=list)
    variables: dict[str, Var | None] = field(default_factory=dict)
    """Declared constants: bit-vectors, or None for a Boolean."""
    _names: dict[str, int] = field(default_factory=dict)

    def comment(self, text: str) -> None:
        self.lines += comments(text)

    def bits(self, name: str, size: int) -> Var:
        """Declares a bit-vector with values 0 .. size-1, the bound asserted."""
        return self._declared(Var(symbol(name), size))

    def told(self, name: str, size: int) -> "Told":
        """Declares the same, which keeps what is said of it."""
        return self._declared(Told(symbol(name), size))

    def _declared(self, var: AnyVar) -> AnyVar:
        if var.size > 1:
            self.variables[var.name] = var
            self.lines.append(f"(declare-const {var.name} (_ BitVec {var.width}))")
            if var.size != 1 << var.width:
                self.lines.append(f"(assert (bvule {var.name} {var.literal(var.size - 1)}))")
        return var

    def boolean(self, name: str) -> str:
        name = symbol(name)
        self.variables[name] = None
        self.lines.append(f"(declare-const {name} Bool)")
        return name

    def define(self, name: str, term: str) -> str:
        """Names a term, so that it is written once and a script can be read; short terms stay as they are."""
        if len(term) <= 24:
            return term
        count = self._names[name] = self._names.get(name, 0) + 1
        unique = symbol(name if count == 1 else f"{name} #{count}")
        self.lines.append(f"(define-fun {unique} () Bool {term})")
        return unique

    def require(self, term: str) -> None:
        """Asserts a term for every question of the script."""
        if term != TRUE:
            self.lines.append(f"(assert {term})")

    def goal(self, name: str, term: str) -> str:
        """A literal under which `term` is asserted: assume it to ask."""
        literal = self.boolean(name)
        self.lines.append(f"(assert (=> {literal} {term}))")
        return literal

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    def asking(self, terms: Iterable[str]) -> str:
        """A script that any solver can be given as it is: whether all `terms` can hold, besides the asserts."""
        asserts = "".join(f"(assert {term})\n" for term in terms)
        return f"(set-logic QF_BV)\n{self.text()}{asserts}(check-sat)\n"
