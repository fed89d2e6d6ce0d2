"""All ends of a map as bits, and which of them meet a condition on one end alone."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import assert_never

from msgspec import Struct

from verifier.ir.endpoint import Connection, Endpoint, Switches
from verifier.ir.labels import Selector
from verifier.ir.network import AddressSet, IPAddress, Protocol
from verifier.ir.policy import (
    AddressIn,
    Direction,
    KindIn,
    NamespaceIn,
    NamespaceLabels,
    OfOneEnd,
    PodLabels,
    Role,
    WorkloadIn,
)
from verifier.ir.view import View
from verifier.semantics import holds


class End(Struct, frozen=True):
    """An endpoint that stands for many. unwritten: a pod that may call its ports as it likes. seen: the address that
    it shows as an outside source, where that is not its own."""

    endpoint: Endpoint
    unwritten: bool = False
    seen: IPAddress | None = None


class Peers:
    """The ends; remembers what it found, for all settings of the switches."""

    def __init__(self, ends: Sequence[End]) -> None:
        self.ends = ends
        self.all = (1 << len(ends)) - 1
        self._places: dict[str, int] = {}
        for number, end in enumerate(ends):
            if end.endpoint.namespace is not None:
                name = end.endpoint.namespace.name
                self._places[name] = self._places.get(name, 0) | 1 << number
        self._meeting: dict[tuple[OfOneEnd, Direction], int] = {}
        self._groups: dict[object, list[tuple[End, int]]] = {}
        self._by_address: dict[Direction, Mapping[int, tuple[Sequence[int], Sequence[int]]]] = {}

    def of_namespace(self, end: End) -> int:
        """Those in the same namespace as `end`."""
        namespace = end.endpoint.namespace
        return 0 if namespace is None else self._places.get(namespace.name, 0)

    def meeting(self, formula: OfOneEnd, way: Direction) -> int:
        """Those for which the condition, which names no switch, holds; they are the peer."""
        key = (formula, way)
        if key not in self._meeting:
            self._meeting[key] = self._found(formula, way)
        return self._meeting[key]

    def _found(self, formula: OfOneEnd, way: Direction) -> int:
        """Of ends that the condition cannot tell apart one is asked."""
        match formula:
            case PodLabels(role, Selector(requirements)) if len(requirements) > 1:
                single = (self.meeting(PodLabels(role, Selector(frozenset((r,)))), way) for r in requirements)
                return reduce(int.__and__, single)
            case PodLabels(_, Selector(requirements)):
                keys = [requirement.key for requirement in requirements]
                groups = self._grouped(tuple(keys), lambda end: tuple(map(end.endpoint.labels.get, keys)))
            case NamespaceLabels() | NamespaceIn():
                groups = self._grouped("namespace", lambda end: id(end.endpoint.namespace))
            case AddressIn(_, addresses):
                return self._at(addresses, way)
            case KindIn():
                groups = self._grouped("kind", lambda _: None)
            case WorkloadIn():
                groups = self._grouped("all", id)
            case _:
                assert_never(formula)
        return sum(members for end, members in groups if holds(formula, alone(end, way, {})))

    def _at(self, addresses: AddressSet, way: Direction) -> int:
        """Those that are seen at one of the addresses (`View.address`)."""
        found = 0
        for family, (numbers, members) in self._seen(way).items():
            for low, high in addresses.family(family):
                for some in members[bisect_left(numbers, low) : bisect_right(numbers, high)]:
                    found |= some
        return found

    def _seen(self, way: Direction) -> Mapping[int, tuple[Sequence[int], Sequence[int]]]:
        """For each family the addresses at which ends are seen, ascending, and for each the ends."""
        if way not in self._by_address:
            told: dict[int, dict[int, int]] = {}
            for number, end in enumerate(self.ends):
                address = alone(end, way, {}).address(Role.PEER)
                at = told.setdefault(address.version, {})
                at[int(address)] = at.get(int(address), 0) | 1 << number
            self._by_address[way] = {
                family: (sorted(at), [at[number] for number in sorted(at)]) for family, at in told.items()
            }
        return self._by_address[way]

    def _grouped(self, name: object, told: Callable[[End], object]) -> list[tuple[End, int]]:
        """The ends by their kind and what is told of them: of each group one end, and all as bits."""
        if name not in self._groups:
            first: dict[object, End] = {}
            members: dict[object, int] = {}
            for number, end in enumerate(self.ends):
                key = (end.endpoint.kind, told(end))
                first.setdefault(key, end)
                members[key] = members.get(key, 0) | 1 << number
            self._groups[name] = [(end, members[key]) for key, end in first.items()]
        return self._groups[name]


def alone(end: End, way: Direction, setting: Switches) -> View:
    """A view in which the end is both subject and peer, for conditions on one end."""
    seen = end.seen if way is Direction.INGRESS else None
    return View(Connection(end.endpoint, end.endpoint, Protocol.TCP, 1, seen=seen), way, setting)
