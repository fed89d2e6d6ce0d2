"""What an answer can hang on: switches that are open, and facts of the world that nobody has said."""

from collections.abc import Hashable, Mapping, Sequence
from itertools import islice, permutations
from typing import TypeVar

from msgspec import Struct

from verifier.ir.endpoint import Workload
from verifier.ir.labels import Requirement
from verifier.ir.network import AddressSet

T = TypeVar("T", bound=Hashable)

ORDERS = 24
"""Orders of the forks that are tried for the shortest list of branches."""


class Setting(Struct, frozen=True):
    """Iff the switch has this value."""

    switch: str
    value: str


class NamespaceHas(Struct, frozen=True):
    """Iff the labels of the namespace meet all `requirements`, as they do where `key` has `value` (None: is absent)."""

    namespace: str
    key: str
    value: str | None
    requirements: tuple[Requirement, ...]


class AddressAt(Struct, frozen=True):
    """Iff the address of this end ("source" or "destination") is one of these. `span`: all that it can have."""

    end: str
    addresses: AddressSet
    span: AddressSet


class SeenAt(Struct, frozen=True):
    """Iff the outside source shows one of these addresses; None: its own."""

    addresses: AddressSet | None


class OnOneNode(Struct, frozen=True):
    """Iff both ends run on one node, or on different ones."""

    same: bool


class PortCalled(Struct, frozen=True):
    """Iff the destination calls the port so, or does not."""

    name: str
    called: bool


class DefinedAs(Struct, frozen=True):
    """Iff this end is as this definition of its workload has it, of several."""

    end: str
    workload: Workload


class MeantAs(Struct, frozen=True):
    """Iff this end is what the words say, of several things that its asker can have meant."""

    end: str
    words: str


Condition = MeantAs | Setting | NamespaceHas | AddressAt | SeenAt | OnOneNode | PortCalled | DefinedAs

Fork = tuple[Condition, ...]
"""Conditions of which always exactly one holds."""

When = tuple[tuple[Condition, ...], ...]
"""A conjunction of disjunctions: of each fork that matters, the conditions of which one holds."""


def branches(forks: Sequence[Fork], cases: Mapping[tuple[int, ...], T]) -> tuple[tuple[When, T], ...]:
    """When which outcome comes about, exactly, without forks that do not matter.

    cases: the outcome of each combination of conditions that is possible, by their indices in `forks`.
    """
    found: list[tuple[list[tuple[int, frozenset[int]]], T]] = []
    matter: tuple[int, ...] = ()
    for order in islice(permutations(essential(cases)), ORDERS):
        leaves = _leaves({tuple(case[i] for i in order): outcome for case, outcome in cases.items()}, 0)
        if not found or len(leaves) < len(found):
            found, matter = leaves, order
    return tuple(
        (tuple(tuple(forks[matter[i]][j] for j in sorted(chosen)) for i, chosen in when), outcome)
        for when, outcome in found
    )


def essential(cases: Mapping[tuple[int, ...], T]) -> tuple[int, ...]:
    """The forks, by index, that are needed to tell the outcomes apart: leaving out any more would mix some."""
    kept = list(range(len(next(iter(cases)))))
    for fork in tuple(reversed(kept)):
        fewer = [i for i in kept if i != fork]
        outcomes: dict[tuple[int, ...], T] = {}
        if all(outcomes.setdefault(tuple(c[i] for i in fewer), o) == o for c, o in cases.items()):
            kept = fewer
    return tuple(kept)


def _leaves(cases: Mapping[tuple[int, ...], T], at: int) -> list[tuple[list[tuple[int, frozenset[int]]], T]]:
    """A decision tree over the forks from `at` on, its leaves; conditions that lead to the same are taken together."""
    outcomes = set(cases.values())
    if len(outcomes) == 1:
        return [([], outcomes.pop())]
    rest: dict[int, dict[tuple[int, ...], T]] = {}
    for case, outcome in cases.items():
        rest.setdefault(case[at], {})[(*case[:at], 0, *case[at + 1 :])] = outcome
    alike: dict[frozenset[tuple[tuple[int, ...], T]], list[int]] = {}
    for answer, below in rest.items():
        alike.setdefault(frozenset(below.items()), []).append(answer)
    leaves = []
    for below_items, answers in alike.items():
        mine = [(at, frozenset(answers))] if len(answers) < len(rest) else []
        leaves += [([*mine, *when], outcome) for when, outcome in _leaves(dict(below_items), at + 1)]
    return leaves
