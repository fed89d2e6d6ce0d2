"""A claim whose Services, and whose clusterIPs, are replaced by what they mean (docs/semantics.md 1.6, design of
`service` peers in docs/properties.md): pods or addresses behind them, each on the ports that it listens on."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.problem.declared import World
from verifier.engine.problem.owners import is_pod_of
from verifier.engine.problem.peers import any_of
from verifier.engine.problem.services import admits, just, leads, port_formula, selected, targets
from verifier.ir.acceptance import Flow
from verifier.ir.labels import Selector
from verifier.ir.notation import say_peers, say_ports
from verifier.ir.pods import PodPeer
from verifier.ir.policy import FALSE, TRUE, And, Formula, Or
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
    Reach,
    Separate,
    ServicePeer,
)
from verifier.ir.prose import listed
from verifier.ir.service import Service

_Words = dict[str, None]
"""Sentences, each once, in their order."""
_Part = tuple[Peers, Formula]
"""Destinations and the ports on which they are meant."""


class Meant(Struct, frozen=True):
    """A claim without Services. notes: what they mean, a sentence each. lacks: why some of them mean nothing."""

    claim: Claim
    notes: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


def meant(claim: Claim, world: World) -> Meant:
    """The claim, with what its Services mean in this world. It is the same claim where it names none."""
    said, lacks = _Words(), _Words()
    match claim:
        case Never() | Always() | Only() | Exactly():
            if not _has_services(claim.destinations, world):
                return Meant(claim)
            parts = tuple(_parts(claim.destinations, claim.ports, world, said, lacks))
            destinations, ports = _joined(parts, world)
            return Meant(replace(claim, destinations=destinations, ports=ports), tuple(said), tuple(lacks))
        case Confined(reach=reach):
            if not any(_has_services(flow.destinations, world) for flow in reach):
                return Meant(claim)
            flows = (Reach(*p) for f in reach for p in _parts(f.destinations, f.ports, world, said, lacks))
            return Meant(replace(claim, reach=tuple(flows)), tuple(said), tuple(lacks))
        case Isolated() | Separate():
            return Meant(claim)


def meant_flow(flow: Flow, world: World) -> Flow:
    """The same for what somebody accepted."""
    if not _has_services(flow.destinations, world):
        return flow
    parts = tuple(_parts(flow.destinations, flow.ports, world, _Words(), _Words()))
    destinations, ports = _joined(parts, world)
    return replace(flow, destinations=destinations, ports=ports)


def _has_services(peers: Peers, world: World) -> bool:
    return any(isinstance(peer, ServicePeer) or _services_at(peer, world) for peer in peers or ())


def _services_at(peer: Peer, world: World) -> tuple[Service, ...]:
    """The Services whose address a peer is."""
    if not isinstance(peer, AddressPeer) or not world.by_owner or not world.residents.services:
        return ()
    address = peer.addresses.sole()
    if address is None or address not in world.residents.services:
        return ()
    return tuple(service for service in world.cluster.services if address in service.addresses)


def _joined(parts: Sequence[_Part], world: World) -> _Part:
    """All the parts as one: whom they mean, and of each of these the ports."""
    ports = Or(tuple(And((any_of(peers, world), ports)) for peers, ports in parts))
    if any(peers is None for peers, _ in parts):
        return None, ports
    return tuple(dict.fromkeys(peer for peers, _ in parts for peer in peers or ())), ports


def _parts(peers: Peers, ports: Formula, world: World, said: _Words, lacks: _Words) -> Iterator[_Part]:
    if peers is None:
        yield None, ports
        return
    for peer in peers:
        services = _services_at(peer, world)
        if isinstance(peer, ServicePeer):
            yield from _chosen(peer, ports, world, said, lacks)
        elif isinstance(peer, AddressPeer) and services:
            said.update(dict.fromkeys(f"{peer.addresses.sole()} is {service}" for service in services))
            yield from _behind(services, ports, world, said, lacks)
        else:
            yield (peer,), ports


def _chosen(peer: ServicePeer, ports: Formula, world: World, said: _Words, lacks: _Words) -> Iterator[_Part]:
    """What the Services of the input that a peer names mean; where there is none, what it means otherwise."""
    found = [service for key in peer.any_of for service in world.services.get(key, ())]
    if found:
        yield from _behind(found, ports, world, said, lacks)
        return
    names = listed([f"{namespace}/{name}" for namespace, name in peer.any_of], 2)
    what = (
        f"the input has no Service {names}" if len(peer.any_of) == 1 else f"the input has none of the Services {names}"
    )
    if peer.otherwise is None:
        lacks[what] = None
        yield _nobody(peer.any_of[0][0])
        return
    instead = say_peers(peer.otherwise.destinations) + (f" : {p}" if (p := say_ports(peer.otherwise.ports)) else "")
    said[f"{what}: {instead} is asked about instead"] = None
    yield from _parts(peer.otherwise.destinations, peer.otherwise.ports, world, said, lacks)


def _behind(services: Iterable[Service], ports: Formula, world: World, said: _Words, lacks: _Words) -> Iterator[_Part]:
    for service in services:
        found = tuple(_of_service(service, ports, world, said, lacks))
        yield from found or (_nobody(service.namespace),)


def _nobody(namespace: str) -> _Part:
    return (PodPeer(names=frozenset({namespace})),), FALSE


def _of_service(service: Service, ports: Formula, world: World, said: _Words, lacks: _Words) -> Iterator[_Part]:
    if service.external_name is not None:
        lacks[f"{service} is another name for `{service.external_name}`, and leads to nothing of the input"] = None
        return
    pods = PodPeer(Selector.of(service.selector), names=frozenset({service.namespace}))
    if service.headless and service.selector and ports != TRUE:
        said[f"{service} is headless: its pods are asked for on the ports of the claim"] = None
        yield (pods,), ports
        return
    asked = [port for port in service.ports if admits(ports, port)]
    if not asked:
        lacks[f"{service} has no such port" if service.ports else f"{service} has no ports"] = None
    everyone = selected(service, world)
    for port in asked:
        found = targets(service, port, world)
        said.update(dict.fromkeys(leads(service, found)))
        if not found:
            why = (
                f"no pod of it has a port `{port.target}`"
                if everyone
                else "the input says nothing of what is behind it"
            )
            lacks[f"{service}: {port} leads nowhere, {why}"] = None
        for target in found:
            on = port_formula(target)
            if target.address is not None:
                yield (AddressPeer(just(target.address), str(target.address)),), on
            elif len(target.workloads) == len(everyone):
                yield (pods,), on
            else:
                keys = world.told_keys | world.asked_keys
                yield (pods,), And((is_pod_of(target.workloads, keys), on))
