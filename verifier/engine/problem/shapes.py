"""Formulas by what they say, however it is written: a number for each shape.

Two formulas of one number mean the same: they differ in order, grouping and repetition at most, or in how they cut up
a set of ports or addresses. Two of different numbers may still mean the same.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from verifier.ir.labels import Selector
from verifier.ir.network import Intervals, Protocol
from verifier.ir.policy import (
    AddressIn,
    And,
    Formula,
    Hairpin,
    Havoc,
    KindIn,
    Leaf,
    NamespaceIn,
    NamespaceLabels,
    Not,
    Or,
    PodLabels,
    PortIn,
    PortNamed,
    Role,
    SameLabel,
    SameNamespace,
    SameNode,
    SwitchIs,
    WorkloadIn,
)

Ports = Mapping[Protocol, Intervals]
"""A union of ports, by protocol."""
_Key = tuple[str, frozenset[int]] | tuple[str, Leaf]
_AND, _OR, _NOT, _LEAF = "and", "or", "not", "leaf"


class Shapes:
    """Life cycle: asked about any number of formulas. INVARIANT: it holds on to them, so that an id stays one's own."""

    def __init__(self) -> None:
        self._numbers: dict[_Key, int] = {}
        self._keys: list[_Key] = []
        self._first: list[Formula] = []
        self._known: dict[int, tuple[Formula, int]] = {}
        self._implied: dict[tuple[int, int], bool] = {}
        self._by_ports: dict[int, tuple[frozenset[int], Ports | None]] = {}

    def one(self, formula: Formula) -> Formula:
        """The first formula of its shape that was asked about."""
        return self._first[self.of(formula)]

    def of(self, formula: Formula) -> int:
        """The number of its shape."""
        found = self._known.get(id(formula))
        if found is None:
            found = self._known[id(formula)] = (formula, self._number(self._key(formula), formula))
        return found[1]

    def _key(self, formula: Formula) -> _Key:
        match formula:
            case And(items):
                return self._joined(_AND, map(self.of, items))
            case Or(items):
                return self._joined(_OR, self._united(items))
            case Not(item):
                inner = self.of(item)
                kind, parts = self._keys[inner]
                return self._keys[_sole(parts)] if kind == _NOT else (_NOT, frozenset((inner,)))
            case (
                KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace() | SameNode()
                | SameLabel() | AddressIn() | PortIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc()
            ):  # fmt: skip
                return (_LEAF, formula)
            case _:
                assert_never(formula)

    def _number(self, key: _Key, formula: Formula) -> int:
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self._keys)
            self._keys.append(key)
            self._first.append(formula)
        return found

    def _joined(self, kind: str, numbers: Iterable[int]) -> _Key:
        """What several say together: parts of the same kind are taken apart, and one alone is what it is."""
        parts: set[int] = set()
        for number in numbers:
            mine, inner = self._keys[number]
            parts |= _several(inner) if mine == kind else {number}
        return self._keys[parts.pop()] if len(parts) == 1 else (kind, frozenset(parts))

    def _united(self, items: Iterable[Formula]) -> Iterator[int]:
        """The alternatives, those that are sets of ports of one protocol, or of addresses of one end, as one."""
        ports: dict[Protocol, list[PortIn]] = {}
        addresses: dict[Role, list[AddressIn]] = {}
        for item in self._alternatives(items):
            if isinstance(item, PortIn):
                ports.setdefault(item.protocol, []).append(item)
            elif isinstance(item, AddressIn):
                addresses.setdefault(item.role, []).append(item)
            else:
                yield self.of(item)
        for protocol, of_ports in ports.items():
            union = Intervals.of(part for each in of_ports for part in each.ports)
            yield self.of(of_ports[0] if len(of_ports) == 1 else self._kept(PortIn(protocol, union)))
        for role, of_end in addresses.items():
            whole = of_end[0].addresses
            for more in of_end[1:]:
                whole = whole.union(more.addresses)
            yield self.of(of_end[0] if len(of_end) == 1 else self._kept(AddressIn(role, whole)))

    def _alternatives(self, items: Iterable[Formula]) -> Iterator[Formula]:
        for item in items:
            if isinstance(item, Or):
                yield from self._alternatives(item.items)
            else:
                yield item

    def _kept(self, leaf: PortIn | AddressIn) -> Formula:
        """The leaf as it is known already, if it is: a formula that was made here stands for its shape."""
        found = self._numbers.get((_LEAF, leaf))
        return leaf if found is None else self._first[found]

    # What a shape says

    def by_ports(self, formula: Formula) -> tuple[frozenset[int], Ports | None]:
        """The formula as the rest of what it asks, and the ports of which it asks for one; None: it does not say its
        ports so."""
        number = self.of(formula)
        if number not in self._by_ports:
            self._by_ports[number] = self._split(number)
        return self._by_ports[number]

    def _split(self, number: int) -> tuple[frozenset[int], Ports | None]:
        kind, parts = self._keys[number]
        items = _several(parts) if kind == _AND else frozenset((number,))
        told = {item: ports for item in items if (ports := self._ports(item)) is not None}
        if len(told) != 1:
            return items, None
        [(item, ports)] = told.items()
        return items - {item}, ports

    def _ports(self, number: int) -> Ports | None:
        """The ports, where a shape is nothing but a union of some."""
        kind, parts = self._keys[number]
        leaves = [self._keys[each] for each in (_several(parts) if kind == _OR else (number,))]
        found = [leaf for mine, leaf in leaves if mine == _LEAF and isinstance(leaf, PortIn)]
        if not found or len(found) < len(leaves):
            return None
        told = dict.fromkeys(leaf.protocol for leaf in found)
        return {p: Intervals.of(part for leaf in found if leaf.protocol is p for part in leaf.ports) for p in told}

    def implies(self, one: Formula, other: Formula) -> bool:
        """True only if whatever meets the one formula meets the other."""
        return self._implies(self.of(one), self.of(other))

    def _implies(self, one: int, other: int) -> bool:
        if one == other:
            return True
        pair = (one, other)
        if pair not in self._implied:
            self._implied[pair] = self._looked_at(self._keys[one], self._keys[other], one, other)
        return self._implied[pair]

    def _looked_at(self, mine: _Key, theirs: _Key, one: int, other: int) -> bool:
        if theirs[0] == _AND:
            return all(self._implies(one, item) for item in _several(theirs[1]))
        if mine[0] == _OR:
            return all(self._implies(item, other) for item in _several(mine[1]))
        if theirs[0] == _OR and any(self._implies(one, item) for item in _several(theirs[1])):
            return True
        if mine[0] == _AND:
            return any(self._implies(item, other) for item in _several(mine[1]))
        if mine[0] == theirs[0] == _NOT:
            return self._implies(_sole(theirs[1]), _sole(mine[1]))
        leaf, wider = mine[1], theirs[1]
        return not isinstance(leaf, frozenset) and not isinstance(wider, frozenset) and _leaf_implies(leaf, wider)


def _several(parts: frozenset[int] | Leaf) -> frozenset[int]:
    assert isinstance(parts, frozenset)
    return parts


def _sole(parts: frozenset[int] | Leaf) -> int:
    (number,) = _several(parts)
    return number


def _leaf_implies(one: Leaf, other: Leaf) -> bool:
    """True only if whatever meets the one meets the other, which is another shape."""
    match one:
        case PortIn(protocol, ports):
            return isinstance(other, PortIn) and protocol is other.protocol and ports.subtract(other.ports).is_empty()
        case AddressIn(role, addresses):
            return (
                isinstance(other, AddressIn) and role is other.role and addresses.subtract(other.addresses).is_empty()
            )
        case KindIn(role, kinds):
            return isinstance(other, KindIn) and role is other.role and kinds <= other.kinds
        case NamespaceIn(role, names):
            return isinstance(other, NamespaceIn) and role is other.role and names <= other.names
        case PodLabels(role, selector):
            return isinstance(other, PodLabels) and role is other.role and _asks_more(selector, other.selector)
        case NamespaceLabels(role, selector):
            return isinstance(other, NamespaceLabels) and role is other.role and _asks_more(selector, other.selector)
        case WorkloadIn() | SameNamespace() | SameNode() | SameLabel() | PortNamed() | SwitchIs() | Hairpin() | Havoc():
            return False
        case _:
            assert_never(one)


def _asks_more(one: Selector, other: Selector) -> bool:
    """True only if labels that meet the one meet the other: it has all lines of it."""
    return set(other.requirements) <= set(one.requirements)
