"""Who the peers of a property mean, as formulas over SUBJECT (docs/semantics.md 1.6, docs/properties.md)."""

from collections.abc import Iterable

from verifier.encoding.question import pods_of
from verifier.engine.problem.declared import World
from verifier.engine.problem.owners import Owner, is_pod_of
from verifier.ir.endpoint import PODLIKE, Kind
from verifier.ir.labels import NAMESPACE_NAME, Operator
from verifier.ir.pods import PodPeer
from verifier.ir.policy import FALSE, TRUE, AddressIn, And, Formula, KindIn, NamespaceIn, Not, Or, Role, SwitchIs
from verifier.ir.property import AddressPeer, ExternalPeer, NodePeer, Peer, Peers, ServicePeer

PODS = KindIn(Role.SUBJECT, PODLIKE)
_POD = KindIn(Role.SUBJECT, frozenset({Kind.POD}))
_OUTSIDE = KindIn(Role.SUBJECT, frozenset({Kind.EXTERNAL}))
ON_A_NODE = Or(
    (
        KindIn(Role.SUBJECT, frozenset({Kind.NODE})),
        And((KindIn(Role.SUBJECT, frozenset({Kind.HOSTPOD})), Not(SwitchIs("host_network", "as_pod")))),
    )
)


def any_of(peers: Iterable[Peer] | None, world: World, anywhere: bool = False) -> Formula:
    """Who a list of peers means. anywhere: a bare selector ranges over all namespaces, not the declared ones."""
    return TRUE if peers is None else Or(tuple(peer_formula(p, world, anywhere) for p in peers))


def bound_pods(peers: Iterable[Peer] | None, world: World) -> Formula:
    """Of who a list of peers means, the pods that count where that end is the one to be bound: those in a declared
    namespace, or in one that its peer names, since no namespaced policy can bind any other."""
    beyond = ((p, named_by(p) - world.declared.keys()) for p in peers or ())
    named = (And((peer_formula(p, world), NamespaceIn(Role.SUBJECT, names))) for p, names in beyond if names)
    return And((PODS, Or((world.is_declared, *named))))


def peer_formula(peer: Peer, world: World, anywhere: bool = False) -> Formula:
    match peer:
        case PodPeer():
            return And((pods_of(peer), world.is_declared)) if peer.is_bare and not anywhere else pods_of(peer)
        case AddressPeer() if (owner := world.owner_of(peer)) is not None:
            return And((_whose(owner, world), AddressIn(Role.SUBJECT, peer.addresses)))
        case AddressPeer(addresses):
            kinds = {Kind.EXTERNAL} if world.universe.pod_addresses is None else {Kind.EXTERNAL, Kind.POD}
            return And((KindIn(Role.SUBJECT, frozenset(kinds)), AddressIn(Role.SUBJECT, addresses)))
        case ExternalPeer():
            return KindIn(Role.SUBJECT, frozenset({Kind.EXTERNAL}))
        case NodePeer():
            return ON_A_NODE
        case ServicePeer():
            return FALSE  # `meant` has put what it means in its place


def _whose(owner: Owner, world: World) -> Formula:
    """The endpoints that can be the owner of an address."""
    if owner.home is not None:
        return ON_A_NODE
    if owner.service is not None:
        return Or((_OUTSIDE, ON_A_NODE)) if owner.on_node else _OUTSIDE
    if owner.namespace is not None:
        return And((_POD, NamespaceIn(Role.SUBJECT, frozenset({owner.namespace}))))
    return And((_POD, is_pod_of(owner.workloads, world.told_keys | world.asked_keys, perhaps=True)))


def exempted(peers: Peers) -> Formula:
    """Whom a claim lets through: who a list of peers means, wherever it runs."""
    return TRUE if peers is None else Or(tuple(_is_exempt(p) for p in peers))


def _is_exempt(peer: Peer) -> Formula:
    match peer:
        case PodPeer():
            return pods_of(peer)
        case AddressPeer(addresses):
            return AddressIn(Role.SUBJECT, addresses)
        case ExternalPeer():
            return KindIn(Role.SUBJECT, frozenset({Kind.EXTERNAL}))
        case NodePeer():
            return ON_A_NODE
        case ServicePeer():
            return FALSE


def named_by(peer: Peer) -> frozenset[str]:
    """The namespaces that a peer names: outright, or by the label that carries the name."""
    if not isinstance(peer, PodPeer):
        return frozenset()
    named = peer.names or frozenset()
    for requirement in peer.namespaces.requirements if peer.namespaces is not None else ():
        if requirement.key == NAMESPACE_NAME and requirement.operator is Operator.IN:
            named |= requirement.values
    return named


def names_of(peers: Iterable[Peer] | None) -> frozenset[str]:
    return frozenset(name for peer in peers or () for name in named_by(peer))
