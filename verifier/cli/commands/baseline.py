"""Acceptances for all that is broken or opened now, as the text of a file (`netpol gate --write-baseline`).

A flow may be wider than what it is written for, where the one-line notation has no words for that; never narrower.
"""

import ipaddress
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from verifier.engine.results.diff import Change, EndRegion, GateReport, Region
from verifier.errors import InputError
from verifier.ir.acceptance import Acceptance
from verifier.ir.endpoint import PODLIKE, Kind
from verifier.ir.labels import EVERYTHING, NAMESPACE_NAME, Operator, Requirement, Selector
from verifier.ir.network import ALL_ADDRESSES, PORTS, AddressSet, Intervals, Protocol
from verifier.ir.notation import say_peers, say_ports
from verifier.ir.pods import PodPeer
from verifier.ir.property import (
    AddressPeer,
    Always,
    Claim,
    Confined,
    Exactly,
    Isolated,
    Never,
    Only,
    Peer,
    Peers,
    Separate,
)
from verifier.manifests.notation.expression import parse_peer

_HEAD = ("apiVersion: netpol-verifier/v1", "kind: Acceptances", "spec:", "  acceptances:")
_ANY_POD = "*/*"
_REASON = "baseline"
_OWNER = "unknown"


def baseline(report: GateReport, known: Sequence[Acceptance], expires: date, preserved: bool = True) -> str:
    """`known` acceptances that are still of use, and new ones for what is violated or was added besides; empty iff
    there is nothing to accept. preserved: the addresses that ipBlocks see are the clients' own, of which flows speak
    (switch `external_source`)."""
    entries = [_entry(a.property, [f.text for f in a.flows], a.reason, a.owner, a.expires) for a in known]
    for judged in report.judged:
        if judged.change in (Change.NEWLY_VIOLATED, Change.STILL_VIOLATED):
            flows = list(dict.fromkeys(_of_claim(judged.property.claim)))
            entries.append(_entry(judged.property.name, flows, _REASON, _OWNER, expires))
    found = report.difference
    grown = list(dict.fromkeys(f for region in found.added for f in _of_region(region, preserved, found.relabelled)))
    if grown:
        entries.append(_entry(None, grown, _REASON, _OWNER, expires))
    return "\n".join((*_HEAD, *entries)) + "\n" if entries else ""


def _entry(name: str | None, flows: Sequence[str], reason: str, owner: str, expires: date) -> str:
    lines = ["- flows:", *(f"  - {_quoted(flow)}" for flow in flows)]
    if name is not None:
        lines = [f"- property: {_quoted(name)}", "  flows:", *lines[1:]]
    lines += [f"  reason: {_quoted(reason)}", f"  owner: {_quoted(owner)}", f"  expires: {expires.isoformat()}"]
    return "\n".join(f"  {line}" for line in lines)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _of_claim(claim: Claim) -> Iterator[str]:
    """Flows without which the claim cannot be violated."""
    match claim:
        case Never(sources, destinations, ports) | Always(sources, destinations, ports):
            yield from _flows(_said(sources), _said(destinations), say_ports(ports))
        case Only(_, destinations, ports) | Exactly(_, destinations, ports):
            yield from _flows(["*"], _said(destinations), say_ports(ports))
        case Confined(pods):
            yield from _flows(_said(pods), ["*"], "")
        case Separate():
            yield f"{_ANY_POD} -> {_ANY_POD}"
        case Isolated(pods):
            yield from _flows(["*"], _said(pods), "")
            yield from _flows(_said(pods), ["*"], "")


def _flows(sources: Sequence[str], destinations: Sequence[str], ports: str) -> Iterator[str]:
    for source in sources:
        for destination in destinations:
            yield f"{source} -> {destination} : {ports}" if ports else f"{source} -> {destination}"


def _said(peers: Peers) -> list[str]:
    return ["*"] if peers is None else [text for peer in peers for text in _peer(peer)]


def _peer(peer: Peer) -> list[str]:
    if isinstance(peer, AddressPeer):
        return _addresses(peer.addresses)
    text = say_peers((peer,))
    try:
        parse_peer(text)
    except InputError:
        assert isinstance(peer, PodPeer)
        return [say_peers((PodPeer(peer.pods, namespaces=EVERYTHING),))]
    return [text]


def _addresses(addresses: AddressSet) -> list[str]:
    return [
        str(cidr)
        for version, address in ((4, ipaddress.IPv4Address), (6, ipaddress.IPv6Address))
        for low, high in addresses.family(version)
        for cidr in ipaddress.summarize_address_range(address(low), address(high))
    ]


def _of_region(region: Region, preserved: bool, relabelled: Sequence[str]) -> Iterator[str]:
    """Flows that hold every connection of the region."""
    ports = _ports(region.ports, region.port_names)
    source = region.source if preserved else replace(region.source, addresses=region.source.own)
    yield from _flows(_end(source, relabelled), _end(region.destination, relabelled), ports)


def _end(end: EndRegion, relabelled: Sequence[str]) -> list[str]:
    peers = list(_pods(end, relabelled)) if end.kinds & PODLIKE else []
    if Kind.EXTERNAL in end.kinds:
        peers += ["external"] if end.addresses in (None, ALL_ADDRESSES) else _addresses(end.addresses)
    if Kind.NODE in end.kinds:
        peers.append("node")
    return ["*"] if {_ANY_POD, "external"} <= set(peers) else peers


def _pods(end: EndRegion, relabelled: Sequence[str]) -> Iterator[str]:
    """By the labels of their namespaces, and by name where a namespace may have these on one side only."""
    chosen = set(end.namespace_selector.requirements)
    if end.not_namespaces:
        chosen.add(Requirement(NAMESPACE_NAME, Operator.NOT_IN, end.not_namespaces))
    yield say_peers((PodPeer(end.pod_selector, end.namespaces, Selector(frozenset(chosen))),))
    for name in relabelled if end.namespace_selector.requirements else ():
        if name not in end.not_namespaces and (end.namespaces is None or name in end.namespaces):
            yield say_peers((PodPeer(end.pod_selector, frozenset({name})),))


def _ports(ports: Mapping[Protocol, Intervals], names: Mapping[str, bool]) -> str:
    """The ports; empty for all of them."""
    if Protocol.OTHER in ports or (len(ports) == 3 and not names and all(held == PORTS for held in ports.values())):
        return ""
    if named := sorted(name for name, has in names.items() if has):
        return named[0] if "/" in named[0] else ",".join(f"{protocol}/{named[0]}" for protocol in sorted(ports))
    return ",".join(
        str(protocol) if held == PORTS else f"{protocol}/{low}" if low == high else f"{protocol}/{low}-{high}"
        for protocol, held in sorted(ports.items())
        for low, high in held
    )
