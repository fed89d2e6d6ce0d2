"""All ends of a map as bits, and which of them meet a condition on one end alone."""

from collections.abc import Sequence

from msgspec import Struct

from verifier.ir.endpoint import Connection, Endpoint, Switches
from verifier.ir.network import IPAddress, Protocol
from verifier.ir.policy import Direction, Formula
from verifier.semantics import View, holds


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
        self._meeting: dict[tuple[Formula, Direction], int] = {}

    def of_namespace(self, end: End) -> int:
        """Those in the same namespace as `end`."""
        namespace = end.endpoint.namespace
        return 0 if namespace is None else self._places.get(namespace.name, 0)

    def meeting(self, formula: Formula, way: Direction) -> int:
        """Those for which the condition, which names no switch, holds; they are the peer."""
        key = (formula, way)
        if key not in self._meeting:
            self._meeting[key] = sum(1 << n for n, end in enumerate(self.ends) if holds(formula, alone(end, way, {})))
        return self._meeting[key]


def alone(end: End, way: Direction, setting: Switches) -> View:
    """A view in which the end is both subject and peer, for conditions on one end."""
    seen = end.seen if way is Direction.INGRESS else None
    return View(Connection(end.endpoint, end.endpoint, Protocol.TCP, 1, seen=seen), way, setting)
