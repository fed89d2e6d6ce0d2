"""Peers and ports of a claim as a NetworkPolicy writes them; what it cannot say has no writing."""

from collections.abc import Iterable, Iterator
from typing import Any

from verifier.ir.labels import NAMESPACE_NAME, Operator, Requirement, Selector
from verifier.ir.network import PORTS, AddressSet, Intervals, IPNetwork, Protocol, blocks
from verifier.ir.pods import PodPeer
from verifier.ir.policy import TRUE, Formula, Or, PortIn, PortNamed
from verifier.ir.property import AddressPeer, ExternalPeer, Peer, Peers

Plain = dict[str, Any]

_ORDER = (Operator.IN, Operator.NOT_IN, Operator.EXISTS, Operator.DOES_NOT_EXIST)
_PROTOCOLS = (Protocol.TCP, Protocol.UDP, Protocol.SCTP)


class Unwritable(Exception):
    """A NetworkPolicy cannot say it."""


def selector(wanted: Selector) -> Plain:
    """The selector, as a field of a NetworkPolicy. Raises Unwritable where it looks into values."""
    labels: dict[str, str] = {}
    lines: list[Plain] = []
    for line in sorted(wanted, key=lambda line: (line.key, line.operator, sorted(line.values))):
        if line.operator not in _ORDER:
            raise Unwritable
        if line.operator is Operator.IN and len(line.values) == 1 and line.key not in labels:
            labels[line.key] = next(iter(line.values))
            continue
        said: Plain = {"key": line.key, "operator": str(line.operator)}
        lines.append(said | ({"values": sorted(line.values)} if line.values else {}))
    return ({"matchLabels": labels} if labels else {}) | ({"matchExpressions": lines} if lines else {})


def peers(wanted: Peers, home: str | None) -> list[Plain]:
    """The peers, as items of `from` or `to` of a policy in the namespace `home`. Raises Unwritable."""
    if wanted is None:
        raise Unwritable
    return [item for peer in wanted for item in _peer(peer, home)]


def _peer(peer: Peer, home: str | None) -> Iterator[Plain]:
    match peer:
        case PodPeer(pods, names, namespaces):
            yield _pods(pods, names, namespaces, home)
        case AddressPeer(addresses):
            yield from ({"ipBlock": block} for block in blocks_of(addresses))
        case ExternalPeer():
            yield from ({"ipBlock": {"cidr": cidr}} for cidr in ("0.0.0.0/0", "::/0"))
        case _:
            raise Unwritable


def blocks_of(addresses: AddressSet) -> Iterator[Plain]:
    """The addresses as ipBlocks."""
    for family in (4, 6):
        around, excepts = blocks(addresses.family(family), family)
        for block in around:
            inside = [str(other) for other in excepts if other.version == block.version and _lies_in(other, block)]
            yield {"cidr": str(block)} | ({"except": inside} if inside else {})


def _lies_in(one: IPNetwork, other: IPNetwork) -> bool:
    return int(other[0]) <= int(one[0]) and int(one[-1]) <= int(other[-1])


def _pods(pods: Selector, names: frozenset[str] | None, namespaces: Selector | None, home: str | None) -> Plain:
    own = {} if pods == Selector() else {"podSelector": selector(pods)}
    if names == frozenset({home}) and namespaces is None:
        return {"podSelector": selector(pods)}
    return {"namespaceSelector": selector(spaces(names, namespaces)), **own}


def spaces(names: frozenset[str] | None, namespaces: Selector | None) -> Selector:
    """Namespaces of these names whose labels meet the selector."""
    lines = set() if namespaces is None else set(namespaces)
    if names is not None:
        lines.add(Requirement(NAMESPACE_NAME, Operator.IN, names))
    return Selector(frozenset(lines))


def ports(wanted: Formula) -> list[Plain]:
    """The ports, as items of `ports`; none: all. Raises Unwritable."""
    if isinstance(wanted, Or):
        return [item for part in wanted.items for item in ports(part)]
    if isinstance(wanted, PortIn):
        return list(_spans(wanted.protocol, wanted.ports))
    if isinstance(wanted, PortNamed) and wanted.protocol is not None:
        return [{"protocol": str(wanted.protocol), "port": wanted.name}]
    if wanted == TRUE:
        return []
    raise Unwritable


def other_ports(wanted: Formula, among: Iterable[Plain] = ()) -> list[Plain]:
    """Of these items of `ports`, of none: of all ports, what is left without those of the claim. Raises Unwritable."""
    held = _held(wanted)
    every = _numbers(among) or dict.fromkeys(_PROTOCOLS, PORTS)
    return [
        i
        for protocol in _PROTOCOLS
        if protocol in every
        for i in _spans(protocol, every[protocol].subtract(held[protocol]))
    ]


def shared_ports(wanted: Formula, among: Iterable[Plain] = ()) -> list[Plain] | None:
    """Of these items of `ports`, of none: of all ports, those of the claim; none: all; None: there is none. Raises
    Unwritable."""
    mine = list(among)
    if wanted == TRUE:
        return mine
    if not mine:
        return ports(wanted)
    every, held = _numbers(mine), _held(wanted)
    found = [
        i
        for protocol in _PROTOCOLS
        if protocol in every
        for i in _spans(protocol, every[protocol].intersect(held[protocol]))
    ]
    return found or None


def _held(wanted: Formula) -> dict[Protocol, Intervals]:
    """Which numbers a claim speaks of. Raises Unwritable where it speaks of names."""
    held = dict.fromkeys(_PROTOCOLS, Intervals())
    for part in _parts(wanted):
        if not isinstance(part, PortIn) or part.protocol not in held:
            raise Unwritable
        held[part.protocol] = held[part.protocol].union(part.ports)
    return held


def _numbers(items: Iterable[Plain]) -> dict[Protocol, Intervals]:
    found: dict[Protocol, Intervals] = {}
    for item in (each or {} for each in items):
        protocol, low = Protocol(item.get("protocol") or "TCP"), item.get("port")
        if isinstance(low, str):
            raise Unwritable
        span = PORTS if low is None else Intervals(((low, item.get("endPort") or low),))
        found[protocol] = found.get(protocol, Intervals()).union(span)
    return found


def _parts(wanted: Formula) -> Iterable[Formula]:
    return wanted.items if isinstance(wanted, Or) else (wanted,)


def _spans(protocol: Protocol, numbers: Intervals) -> Iterator[Plain]:
    if numbers == PORTS:
        yield {"protocol": str(protocol)}
        return
    for low, high in numbers:
        yield {"protocol": str(protocol), "port": low} | ({"endPort": high} if high != low else {})
