"""A claim whose Services, and whose clusterIPs, are replaced by what they mean (docs/semantics.md 1.6, design of
`service` peers in docs/properties.md): pods or addresses behind them, each on the ports that it listens on."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from verifier.engine.problem.declared import World
from verifier.engine.problem.owners import is_pod_of
from verifier.engine.problem.peers import any_of
from verifier.engine.problem.services import (
    Target,
    admits,
    backends,
    just,
    keys_of,
    leads,
    may_lead,
    perhaps_selected,
    port_formula,
    selected,
)
from verifier.ir.acceptance import Flow
from verifier.ir.labels import Selector
from verifier.ir.notation import say_peers, say_ports
from verifier.ir.pods import PodPeer
from verifier.ir.policy import FALSE, TRUE, And, Formula, Not, Or, PortNamed
from verifier.ir.property import (
    AddressPeer,
    Always,
    Claim,
    Confined,
    Exactly,
    ExternalPeer,
    Isolated,
    Never,
    NodePeer,
    Only,
    Peer,
    Peers,
    Reach,
    Separate,
    ServicePeer,
)
from verifier.ir.prose import listed
from verifier.ir.service import Service
from verifier.vocabulary import Mentions

_Words = dict[str, None]
"""Sentences, each once, in their order."""
_Part = tuple[Peers, Formula]
"""Destinations and the ports on which they are meant."""


class Meant(Struct, frozen=True):
    """A claim without Services. notes: what they mean, a sentence each. lacks: why some of them mean nothing; nothing:
    none of its destinations means anybody, for these reasons. assumed: of pods that nobody has written."""

    claim: Claim
    notes: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    nothing: bool = False
    assumed: tuple[str, ...] = ()


class _Reading(Struct, frozen=True):
    """What Services are looked up in, and what there is to say of them.

    allows: what is read excuses connections, so that nothing may be in it that is not surely meant; else it is what a
    claim asks of, so that everything is in it that may be meant.
    """

    world: World
    allows: bool
    said: _Words = field(default_factory=dict)
    lacks: _Words = field(default_factory=dict)
    assumed: _Words = field(default_factory=dict)


def meant(claim: Claim, world: World) -> Meant:
    """The claim, with what its Services mean in this world. It is the same claim where it names none."""
    match claim:
        case Never() | Always() | Only() | Exactly():
            if not _has_services(claim.destinations, world):
                return Meant(claim)
            reading = _Reading(world, allows=False)
            parts = tuple(_parts(claim.destinations, claim.ports, reading))
            destinations, ports = _joined(parts, world)
            nothing = all(on == FALSE for _, on in parts)
            found = replace(claim, destinations=destinations, ports=ports)
            return Meant(found, tuple(reading.said), tuple(reading.lacks), nothing, tuple(reading.assumed))
        case Confined(reach=reach):
            if not any(_has_services(flow.destinations, world) for flow in reach):
                return Meant(claim)
            reading = _Reading(world, allows=True)
            flows = tuple(Reach(*p) for f in reach for p in _parts(f.destinations, f.ports, reading))
            within = replace(claim, reach=flows)
            return Meant(within, tuple(reading.said), tuple(reading.lacks), assumed=tuple(reading.assumed))
        case Isolated() | Separate():
            return Meant(claim)


def meant_flow(flow: Flow, world: World, *others: World) -> Flow:
    """The same for what somebody accepted. others: in which pods are told apart, too, that it may be about."""
    if not _has_services(flow.destinations, world):
        return flow
    if others:
        world = telling(world, *others)
    destinations, ports = _joined(tuple(_parts(flow.destinations, flow.ports, _Reading(world, allows=True))), world)
    return replace(flow, destinations=destinations, ports=ports)


def telling(world: World, *others: World) -> World:
    """The world, with pods told apart by whatever labels any of these mentions: what is accepted of pods that are like
    a workload of the one is not accepted of those that a label of another tells from it."""
    keys = {key for each in (world, *others) for workload in each.cluster.workloads for key in workload.labels}
    return world.asking(frozenset(keys).union(*(each.told_keys for each in (world, *others))))


def asked_in(world: World, claim: Claim, accepted: Sequence[Flow] = ()) -> World:
    """The world with the keys of pod labels that a question tells apart: by its selectors, and by its Services."""
    if not (world.residents.pods or world.cluster.services):
        return world
    listed: list[Peers] = [side for flow in accepted for side in (flow.sources, flow.destinations)]
    mentions = Mentions()
    for flow in accepted:
        mentions.add(flow.ports)
    match claim:
        case Never() | Always() | Only() | Exactly():
            listed += [claim.sources, claim.destinations]
            mentions.add(claim.ports)
        case Isolated():
            listed += [claim.pods]
        case Confined():
            listed += [claim.pods, *(flow.destinations for flow in claim.reach)]
            for reach in claim.reach:
                mentions.add(reach.ports)
        case Separate():
            pass
    keys = (key for peers in listed for peer in peers or () for key in _keys_of(peer, world))
    return world.asking(frozenset(keys) | mentions.pod_labels.keys())


def _keys_of(peer: Peer, world: World) -> Iterator[str]:
    """The keys of labels of pods by which the peer tells these apart."""
    match peer:
        case PodPeer():
            yield from (requirement.key for requirement in peer.pods)
        case ServicePeer():
            services = [service for key in peer.any_of for service in world.services.get(key, ())]
            yield from (key for service in services for key in keys_of(service, world))
            for other in (peer.otherwise.destinations or ()) if peer.otherwise is not None else ():
                yield from _keys_of(other, world)
        case AddressPeer():
            yield from (key for service in _services_at(peer, world) for key in keys_of(service, world))
        case ExternalPeer() | NodePeer():
            return
        case _:
            assert_never(peer)


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
    """All the parts as one: whom they mean, and of each of these the ports; where all mean the same, just the ports."""
    if len({peers for peers, _ in parts}) == 1:
        return parts[0][0], parts[0][1] if len(parts) == 1 else Or(tuple(on for _, on in parts))
    ports = Or(tuple(And((any_of(peers, world), ports)) for peers, ports in parts))
    if any(peers is None for peers, _ in parts):
        return None, ports
    return tuple(dict.fromkeys(peer for peers, _ in parts for peer in peers or ())), ports


def _parts(peers: Peers, ports: Formula, reading: _Reading) -> Iterator[_Part]:
    if peers is None:
        yield None, ports
        return
    for peer in peers:
        services = _services_at(peer, reading.world)
        if isinstance(peer, ServicePeer):
            yield from _chosen(peer, ports, reading)
        elif isinstance(peer, AddressPeer) and services:
            reading.said.update(dict.fromkeys(f"{peer.addresses.sole()} is {service}" for service in services))
            yield from _behind(services, ports, reading)
        else:
            yield (peer,), ports


def _chosen(peer: ServicePeer, ports: Formula, reading: _Reading) -> Iterator[_Part]:
    """What the Services of the input that a peer names mean; where there is none, what it means otherwise."""
    found = [services for key in peer.any_of if (services := reading.world.services.get(key))]
    if found:
        for services in found:
            yield from _behind(services, ports, reading)
        return
    names = listed([f"{namespace}/{name}" for namespace, name in peer.any_of], 2)
    what = (
        f"the input has no Service {names}" if len(peer.any_of) == 1 else f"the input has none of the Services {names}"
    )
    if peer.otherwise is None:
        reading.lacks[what] = None
        yield _nobody(peer.any_of[0][0])
        return
    instead = say_peers(peer.otherwise.destinations) + (f" : {p}" if (p := say_ports(peer.otherwise.ports)) else "")
    reading.said[f"{what}: {instead} is asked about instead"] = None
    yield from _parts(peer.otherwise.destinations, peer.otherwise.ports, reading)


def _behind(rivals: Sequence[Service], ports: Formula, reading: _Reading) -> Iterator[_Part]:
    """What Services of one name, or of one address, mean, of which only one can be there: a claim asks of what each
    leads to, and what excuses has only what all lead to."""
    of_each = [tuple(_of_service(service, ports, reading)) for service in rivals]
    namespace = rivals[0].namespace
    if reading.allows and len(of_each) > 1:
        reading.said[f"of {_rivals(rivals)} only one can be there: what all of them lead to is meant"] = None
        yield from tuple(part for part in of_each[0] if all(part in one for one in of_each)) or (_nobody(namespace),)
        return
    for service, found in zip(rivals, of_each, strict=True):
        yield from found or (_nobody(service.namespace),)


def _rivals(services: Sequence[Service]) -> str:
    names = list(dict.fromkeys(map(str, services)))
    return listed(names, 3) if len(names) > 1 else f"{len(services)} definitions of {names[0]}"


def _nobody(namespace: str) -> _Part:
    return (PodPeer(names=frozenset({namespace})),), FALSE


def _of_service(service: Service, ports: Formula, reading: _Reading) -> Iterator[_Part]:
    world, lacks = reading.world, reading.lacks
    if service.external_name is not None:
        lacks[f"{service} is another name for `{service.external_name}`, and leads to nothing of the input"] = None
        return
    pods = PodPeer(Selector.of(service.selector), names=frozenset({service.namespace}))
    if service.headless and ports != TRUE:
        plain, ports = _apart(ports)
        behind = () if service.selector else backends(service, world)
        if plain != FALSE and (service.selector or behind):
            which = "pods are" if service.selector else "endpoints are"
            reading.said[f"{service} is headless: its {which} asked for on the ports of the claim"] = None
            yield (pods,) if service.selector else tuple(AddressPeer(just(a), str(a)) for a in behind), plain
        elif plain != FALSE:
            ports = Or((plain, ports))
        if ports == FALSE:
            return
    asked = [port for port in service.ports if admits(ports, port)]
    if not asked:
        lacks[f"{service} has no such port" if service.ports else f"{service} has no ports"] = None
    for port in asked:
        found = may_lead(service, port, world, surely=reading.allows)
        reading.said.update(dict.fromkeys(leads(service, found)))
        if any(target.number is None and target.address is None for target in found):
            said = f"{service}: pods that nobody has written are taken to call one port `{port.target}`, of a container"
            reading.assumed[said] = None
        if not found:
            why = (
                f"no pod of it has a port `{port.target}`"
                if service.selector
                else "the input says nothing of what is behind it"
            )
            lacks[f"{service}: {port} leads nowhere, {why}"] = None
        for target in found:
            on = port_formula(target)
            if target.address is not None:
                yield (AddressPeer(just(target.address), str(target.address)),), on
            else:
                whose = _whose(target, service, reading)
                yield (pods,), on if whose == TRUE else And((whose, on))


def _apart(ports: Formula) -> tuple[Formula, Formula]:
    """The ports of a claim that are numbers or whole protocols, and those that are names: of the ports of a Service."""
    items = ports.items if isinstance(ports, Or) else (ports,)
    named = tuple(item for item in items if isinstance(item, PortNamed))
    plain = tuple(item for item in items if not isinstance(item, PortNamed))
    return _either(plain), _either(named)


def _either(items: tuple[Formula, ...]) -> Formula:
    return items[0] if len(items) == 1 else Or(items)


def _whose(target: Target, service: Service, reading: _Reading) -> Formula:
    """Over SUBJECT: which pods behind a Service are meant on the number, or by the name, of a target.

    Pods that are like no workload listen where any of them does (docs/semantics.md 1.6): a claim asks of them on each
    number, and excuses them on none. Nor does it excuse pods of two workloads that no label tells apart. Where no
    workload is surely behind it, they listen where they have the port of that name.
    """
    world, mine, everyone = reading.world, target.workloads, perhaps_selected(service, reading.world)
    is_all = len(mine) == len(everyone)
    is_sure = not everyone or bool(selected(service, world))
    if isinstance(target.port.target, int) or (is_all and (is_sure or not reading.allows)):
        return TRUE
    keys = world.told_keys | world.asked_keys  # INVARIANT: the Service was asked for in `asked_in`
    if not reading.allows:
        by_name = target.number is None
        return TRUE if by_name else Or((is_pod_of(mine, keys, perhaps=True), Not(is_pod_of(everyone, keys))))
    if not is_sure:
        return Not(is_pod_of(everyone, keys, perhaps=True)) if target.number is None else FALSE
    others = [workload for workload in everyone if workload not in mine]
    return And((is_pod_of(mine, keys), Not(is_pod_of(others, keys, perhaps=True))))
