"""What a formula surely says of one end of a connection, and of its ports: an upper bound in a few plain facts.

Takes the formulas of a claim; gives parts, such that whoever meets the formula is in one of them. What cannot be told
is left out, so that parts are only ever wider than the formula.
"""

from collections.abc import Iterable, Mapping
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from verifier.ir.endpoint import PODLIKE, Kind
from verifier.ir.labels import Selector
from verifier.ir.network import AddressSet, Intervals, Protocol
from verifier.ir.policy import (
    AddressIn,
    And,
    Formula,
    Hairpin,
    Havoc,
    KindIn,
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

MOST = 32
"""Parts of one end; beyond, what tells them apart is left out."""
_ALL_KINDS = frozenset(Kind)

Ports = Mapping[Protocol, Intervals] | None
"""The connection has one of these protocols and a port of it; None: nothing is known."""


class Part(Struct, frozen=True):
    """Endpoints of these kinds, in namespaces of these names, that meet all these selectors by their own labels and by
    those of their namespaces, with one of these addresses, not as policies may see them. None: any."""

    kinds: frozenset[Kind] = _ALL_KINDS
    names: frozenset[str] | None = None
    pods: tuple[Selector, ...] = ()
    namespaces: tuple[Selector, ...] = ()
    addresses: AddressSet | None = None

    @property
    def is_nobody(self) -> bool:
        blocks = self.addresses
        return not self.kinds or self.names == frozenset() or (blocks is not None and blocks.is_empty())

    def of_kinds(self, kinds: frozenset[Kind]) -> "Part":
        return replace(self, kinds=self.kinds & kinds)

    def both(self, other: "Part") -> "Part":
        """Who is in both."""
        names = other.names if self.names is None else self.names if other.names is None else self.names & other.names
        addresses = other.addresses if self.addresses is None else self.addresses
        if self.addresses is not None and other.addresses is not None:
            addresses = self.addresses.intersect(other.addresses)
        return Part(
            self.kinds & other.kinds,
            names,
            (*self.pods, *other.pods),
            (*self.namespaces, *other.namespaces),
            addresses,
        )


ANYBODY = Part()


def ends_of(formula: Formula) -> tuple[Part, ...]:
    """Parts such that the subject is in one of them if the formula holds, whatever the rest of the connection is."""
    match formula:
        case And(items):
            found: tuple[Part, ...] = (ANYBODY,)
            for item in items:
                more = ends_of(item)
                if len(found) * len(more) <= MOST:
                    found = somebody(one.both(other) for one in found for other in more)
            return found
        case Or(items):
            parts = dict.fromkeys(part for item in items for part in ends_of(item))
            if len(parts) <= MOST:
                return tuple(parts)
            return (Part(frozenset[Kind]().union(*(part.kinds for part in parts))),)
        case Not(KindIn(Role.SUBJECT, kinds)):
            return somebody((Part(_ALL_KINDS - kinds),))
        case KindIn(Role.SUBJECT, kinds):
            return somebody((Part(kinds),))
        case PodLabels(Role.SUBJECT, selector):
            return (Part(PODLIKE, pods=(selector,)),)
        case NamespaceLabels(Role.SUBJECT, selector):
            return (Part(PODLIKE, namespaces=(selector,)),)
        case NamespaceIn(Role.SUBJECT, names):
            return somebody((Part(PODLIKE, frozenset(names)),))
        case AddressIn(Role.SUBJECT, addresses):
            return somebody((Part(addresses=addresses),))
        case (
            Not() | KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace()
            | SameNode() | SameLabel() | AddressIn() | PortIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            return (ANYBODY,)
        case _:
            assert_never(formula)


def somebody(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The parts that somebody can be in, as far as these can tell; each once."""
    return tuple(dict.fromkeys(part for part in parts if not part.is_nobody))


def ports_of(formula: Formula) -> Ports:
    """The ports of which one is the connection's if the formula holds."""
    match formula:
        case And(items):
            found: Ports = None
            for more in map(ports_of, items):
                found = more if found is None else found if more is None else _both(found, more)
            return found
        case Or(items):
            return any_of(map(ports_of, items))
        case PortIn(protocol, ports):
            return {protocol: ports}
        case (
            Not() | KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace()
            | SameNode() | SameLabel() | AddressIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            return None
        case _:
            assert_never(formula)


def any_of(some: Iterable[Ports]) -> Ports:
    """The ports of which one is the connection's if it has one of some of these."""
    union: dict[Protocol, Intervals] = {}
    for more in some:
        if more is None:
            return None
        for protocol, ports in more.items():
            union[protocol] = union[protocol].union(ports) if protocol in union else ports
    return union


def _both(one: Mapping[Protocol, Intervals], other: Mapping[Protocol, Intervals]) -> Mapping[Protocol, Intervals]:
    return {protocol: ports.intersect(other[protocol]) for protocol, ports in one.items() if protocol in other}
