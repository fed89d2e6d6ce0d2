"""Regions as flows, which is how people write what they accept: a flow may be wider than its region, where the one-line
notation has no words for that; never narrower."""

import ipaddress
from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from verifier.engine.results.region import EndRegion, Region
from verifier.ir.acceptance import Flow
from verifier.ir.endpoint import PODLIKE, Kind
from verifier.ir.labels import NAMESPACE_NAME, Operator, Requirement, Selector
from verifier.ir.network import ALL_ADDRESSES, PORTS, AddressSet, Intervals, Protocol
from verifier.ir.notation import say_peers, say_ports
from verifier.ir.pods import PodPeer
from verifier.ir.policy import TRUE, Formula, Or, PortIn, PortNamed
from verifier.ir.property import AddressPeer, ExternalPeer, NodePeer, Peer

Anyone = Peer | None
"""A peer; None: anything."""
Values = Callable[[str, bool], tuple[Sequence[str], bool]]
"""Of a label (True: of namespaces), its values, and whether a pod that is reached surely has none but these."""


def flows_of(
    region: Region, preserved: bool = True, relabelled: Sequence[str] = (), values: Values | None = None
) -> Iterator[Flow]:
    """Flows that hold every connection of the region. preserved: the addresses that ipBlocks see are the clients' own,
    of which flows speak (switch `external_source`). relabelled: namespaces whose labels differ between two sides.
    values: with these, ends that differ in a label are told by pairs of values; without, the flows are wider."""
    ports = _ports(region.ports, region.port_names)
    source = region.source if preserved else replace(region.source, addresses=region.source.own)
    for one, other in _apart(source, region.destination, region.same_labels, values):
        for start in _end(one, relabelled):
            for end in _end(other, relabelled):
                yield _flow(start, end, ports)


def _apart(
    source: EndRegion, destination: EndRegion, same: Mapping[tuple[str, bool], bool], values: Values | None
) -> Iterator[tuple[EndRegion, EndRegion]]:
    """Both ends, once for each value that the source has of the label in which they differ: the destination has
    another one, or none. Sources with no value that is known come last."""
    differing = [label for label, alike in same.items() if not alike]
    if not differing or values is None:
        yield source, destination
        return
    key, of_namespace = differing[0]
    known, are_all = values(key, of_namespace)

    def having(end: EndRegion, *some: Requirement) -> EndRegion:
        if of_namespace:
            return replace(end, namespace_selector=Selector(end.namespace_selector.requirements | {*some}))
        return replace(end, pod_selector=Selector(end.pod_selector.requirements | {*some}))

    for value in known:
        others = frozenset(known) - {value}
        mine = having(source, Requirement(key, Operator.IN, frozenset({value})))
        if not are_all:
            yield mine, having(destination, Requirement(key, Operator.NOT_IN, frozenset({value})))
            continue
        if others:
            yield mine, having(destination, Requirement(key, Operator.IN, others))
        yield mine, having(destination, Requirement(key, Operator.DOES_NOT_EXIST))
    unknown = having(source, Requirement(key, Operator.NOT_IN, frozenset(known))) if known else source
    if are_all and known:
        yield unknown, having(destination, Requirement(key, Operator.IN, frozenset(known)))
        some = having(unknown, Requirement(key, Operator.EXISTS))
        yield some, having(destination, Requirement(key, Operator.DOES_NOT_EXIST))
    else:
        yield unknown, destination


def _flow(source: Anyone, destination: Anyone, ports: Formula) -> Flow:
    start, end = (None if peer is None else (peer,) for peer in (source, destination))
    text = f"{say_peers(start)} -> {say_peers(end)}"
    said = say_ports(ports)
    return Flow(start, end, ports, f"{text} : {said}" if said else text)


def _end(end: EndRegion, relabelled: Sequence[str]) -> list[Anyone]:
    pods = list(_pods(end, relabelled)) if end.kinds & PODLIKE else []
    peers: list[Anyone] = [*pods]
    outside = Kind.EXTERNAL in end.kinds
    everywhere = end.addresses in (None, ALL_ADDRESSES)
    if outside and everywhere and PodPeer(namespaces=Selector(frozenset())) in pods:
        return [None]
    if outside:
        peers += [ExternalPeer()] if everywhere else addresses(end.addresses or ALL_ADDRESSES)
    if Kind.NODE in end.kinds:
        peers.append(NodePeer())
    return peers


def addresses(some: AddressSet) -> list[AddressPeer]:
    """The addresses as peers of one CIDR each."""
    return [
        AddressPeer(AddressSet.of([str(cidr)]), str(cidr))
        for version, address in ((4, ipaddress.IPv4Address), (6, ipaddress.IPv6Address))
        for low, high in some.family(version)
        for cidr in ipaddress.summarize_address_range(address(low), address(high))
    ]


def _pods(end: EndRegion, relabelled: Sequence[str]) -> Iterator[PodPeer]:
    """By the labels of their namespaces, and by name where a namespace may have these on one side only."""
    chosen = set(end.namespace_selector.requirements)
    if end.not_namespaces:
        chosen.add(Requirement(NAMESPACE_NAME, Operator.NOT_IN, end.not_namespaces))
    yield PodPeer(end.pod_selector, end.namespaces, Selector(frozenset(chosen)))
    for name in relabelled if end.namespace_selector.requirements else ():
        if name not in end.not_namespaces and (end.namespaces is None or name in end.namespaces):
            yield PodPeer(end.pod_selector, frozenset({name}))


def _ports(ports: Mapping[Protocol, Intervals], names: Mapping[str, bool]) -> Formula:
    """The ports; TRUE for all of them."""
    if Protocol.OTHER in ports or (len(ports) == 3 and not names and all(held == PORTS for held in ports.values())):
        return TRUE
    if named := sorted(name for name, has in names.items() if has):
        written, slash, name = named[0].rpartition("/")
        protocols = [Protocol(written)] if slash else sorted(ports)
        return _any([PortNamed(name, protocol) for protocol in protocols])
    return _any([PortIn(protocol, held) for protocol, held in sorted(ports.items())])


def _any(items: Sequence[Formula]) -> Formula:
    return items[0] if len(items) == 1 else Or(tuple(items))
