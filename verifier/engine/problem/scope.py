"""What a property speaks about: its peers as formulas, and which endpoints can stand on either side.

The rules are those of docs/properties.md, "Scope". Takes a property, what is declared and the universe; gives the
obligations whose satisfaction breaks the property, and the two sides. Both readings, the encoder's and the evaluator's,
take the formulas made here; the enumeration in the tests has its own.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.problem import NOT_ISOLATED, Obligation, Outcome, Side
from verifier.engine.problem.declared import World
from verifier.engine.problem.meant import asked_in, meant, meant_flow
from verifier.engine.problem.owners import Owner
from verifier.engine.problem.peers import any_of, bound_pods, exempted, names_of
from verifier.ir.acceptance import Flow
from verifier.ir.endpoint import NODELIKE, PODLIKE, Kind, Workload
from verifier.ir.labels import Operator, Requirement, Selector
from verifier.ir.pods import PodPeer, is_one
from verifier.ir.policy import (
    FALSE,
    TRUE,
    And,
    Direction,
    Formula,
    KindIn,
    NamespaceLabels,
    Not,
    Or,
    PodLabels,
    Role,
    SameLabel,
    mirrored,
)
from verifier.ir.property import (
    AddressPeer,
    Always,
    Claim,
    Confined,
    Exactly,
    ExternalPeer,
    Isolated,
    LabelOf,
    Never,
    NodePeer,
    Only,
    Peer,
    Peers,
    Separate,
    ServicePeer,
    Unlabelled,
)

_ORDINARY = frozenset({Kind.POD, Kind.EXTERNAL})
_PODLIKE = KindIn(Role.SUBJECT, PODLIKE)


class Scope(Struct, frozen=True):
    """A property, ready to be asked.

    obligations: ways to break it. sources, destinations: what can stand on either side. reached: over SUBJECT, the
    destination: where "nothing gets through at all" is worth a note (FALSE: nowhere).
    named: undeclared namespaces that its peers name. select: for each direction, the peers of the governed side
    (None: anything), by which policies may be sliced. owners: whose the single addresses are that it names.
    """

    obligations: tuple[Obligation, ...]
    sources: Side
    destinations: Side
    reached: Formula
    named: frozenset[str]
    select: Mapping[Direction, Peers]
    owners: tuple[Owner, ...] = ()


def scope(claim: Claim, world: World, accepted: Sequence[Flow] = ()) -> Scope:
    """The scope of a claim in a world; `accepted` flows do not break it."""
    world = asked_in(world, claim, accepted)
    claim, accepted = meant(claim, world).claim, tuple(meant_flow(flow, world) for flow in accepted)
    match claim:
        case Never() | Always() | Only() | Exactly():
            about = _flow(claim, world)
        case Isolated():
            about = _isolated(claim, world, ends_matter=bool(accepted))
        case Confined():
            about = _confined(claim, world)
        case Separate():
            about = _separate(claim, world)
    if not accepted:
        return about
    anywhere = isinstance(claim, Never)
    flows = Or(tuple(flow_formula(f.sources, f.destinations, f.ports, world, anywhere) for f in accepted))
    return replace(about, obligations=tuple(replace(d, accepted=flows) for d in about.obligations))


def _flow(claim: Never | Always | Only | Exactly, world: World) -> Scope:
    sources, destinations, ports = claim.sources, claim.destinations, claim.ports
    start, to = any_of(sources, world), any_of(destinations, world)
    bound = bound_pods(destinations, world)
    by_source = Or((bound, mirrored(bound_pods(sources, world))))
    by_destination = Or((bound, And((Not(_PODLIKE), mirrored(bound_pods(None, world))))))
    exempt = mirrored(exempted(sources))
    never = Obligation(any_of(sources, world, anywhere=True), to, And((ports, by_source)), Outcome.ALLOWED)
    always = Obligation(start, to, ports, Outcome.DENIED)
    only = Obligation(TRUE, to, And((ports, by_destination)), Outcome.ALLOWED, exempt)
    kinds, governed = _kinds(sources, world), sources
    named = {Kind.NODE} if any(isinstance(p, NodePeer) for p in sources or ()) else frozenset[Kind]()
    others = _kinds(None, world) | named  # an address that `only` lets through says nothing of other nodes
    obligations: tuple[Obligation, ...]
    match claim:
        case Never():
            obligations = (never,)
        case Always():
            obligations = (always,)
        case Only():
            obligations, kinds, governed = (only,), others, None
        case Exactly():  # the sources of one half are none of the other, which would be vacuous without them
            its_own = KindIn(Role.SUBJECT, _with_hostpods(others))
            obligations, kinds, governed = (replace(only, source=its_own), always), _kinds(None, world) | kinds, None
    kinds = _with_hostpods(kinds)
    return Scope(
        obligations=obligations,
        sources=_side(kinds, sources, world),
        destinations=_side(_kinds(destinations, world), destinations, world),
        reached=And((to, Or((Not(_PODLIKE), bound)), ports)) if isinstance(claim, Only) else FALSE,
        named=(names_of(sources) | names_of(destinations)) - world.declared.keys(),
        select={Direction.EGRESS: _governed(governed, world), Direction.INGRESS: _governed(destinations, world)},
        owners=tuple(dict.fromkeys(o for p in (*(sources or ()), *(destinations or ())) if (o := world.owner_of(p)))),
    )


def _with_hostpods(kinds: frozenset[Kind]) -> frozenset[Kind]:
    """Where there are nodes there are hostNetwork pods."""
    return kinds | {Kind.HOSTPOD} if Kind.NODE in kinds else kinds


def _governed(peers: Peers, world: World) -> Peers:
    """The peers by which policies may be sliced; None where one can mean pods by other than namespace and labels."""
    by_address = world.universe.pod_addresses is not None
    return None if any(_may_be_pods(p, world, by_address) for p in peers or ()) else peers


def _may_be_pods(peer: Peer, world: World, by_address: bool) -> bool:
    """True iff the peer can mean pods, by other than namespace and labels."""
    if isinstance(peer, AddressPeer):
        return by_address or world.owner_of(peer) is not None
    return isinstance(peer, NodePeer)


def _isolated(claim: Isolated, world: World, ends_matter: bool) -> Scope:
    """ends_matter: a pod is let off by what becomes of its connections, so that all of them are looked at; else one
    with an outside address stands for the pod."""
    pods = And((any_of(claim.pods, world), bound_pods(claim.pods, world)))
    beside = _with_hostpods(_kinds(None, world)) if ends_matter else frozenset({Kind.EXTERNAL})
    other: Formula = KindIn(Role.SUBJECT, beside)
    kinds = (_kinds(claim.pods, world) & PODLIKE) | beside
    obligations = []
    for direction in sorted(claim.directions):
        source, destination = (other, pods) if direction is Direction.INGRESS else (pods, other)
        obligations.append(Obligation(source, destination, TRUE, NOT_ISOLATED[direction]))
    side = _side(kinds, claim.pods, world)
    return Scope(
        obligations=tuple(obligations),
        sources=side,
        destinations=side,
        reached=FALSE,
        named=names_of(claim.pods) - world.declared.keys(),
        select=dict.fromkeys(Direction, _governed(claim.pods, world)),
    )


def _confined(claim: Confined, world: World) -> Scope:
    open_to = [peer for flow in claim.reach for peer in flow.destinations or ()]
    nodes = frozenset({Kind.NODE}) if any(isinstance(peer, NodePeer) for peer in open_to) else frozenset()
    pods = And((any_of(claim.pods, world), bound_pods(claim.pods, world)))
    reach = Or(tuple(And((exempted(flow.destinations), flow.ports)) for flow in claim.reach))
    return Scope(
        obligations=(Obligation(pods, TRUE, TRUE, Outcome.ALLOWED, exempt=reach),),
        sources=_side(_kinds(claim.pods, world) & PODLIKE, claim.pods, world),
        destinations=_side(_with_hostpods(_kinds(None, world) | nodes), None, world),
        reached=FALSE,
        named=(names_of(claim.pods) | names_of(open_to)) - world.declared.keys(),
        select={Direction.EGRESS: _governed(claim.pods, world), Direction.INGRESS: None},
    )


def _separate(claim: Separate, world: World) -> Scope:
    of_namespace = claim.label_of is LabelOf.NAMESPACE
    relation: Formula = Not(SameLabel(claim.key, of_namespace))
    labelled: Formula = TRUE
    if claim.unlabelled is Unlabelled.IGNORE:
        carries = Selector(frozenset({Requirement(claim.key, Operator.EXISTS)}))
        labelled = NamespaceLabels(Role.SUBJECT, carries) if of_namespace else PodLabels(Role.SUBJECT, carries)
    pod = And((_PODLIKE, labelled))
    side = _side(frozenset({Kind.POD}) | (_kinds(None, world) & PODLIKE), None, world)
    return Scope(
        obligations=(Obligation(pod, And((pod, world.is_declared)), relation, Outcome.ALLOWED),),
        sources=side,
        destinations=side,
        reached=FALSE,
        named=frozenset(),
        select=dict.fromkeys(Direction),
    )


def flow_formula(sources: Peers, destinations: Peers, ports: Formula, world: World, anywhere: bool = False) -> Formula:
    """Over SUBJECT, the destination, and PEER, the source: the connection goes from one to the other on these ports.
    anywhere: a bare source ranges over all namespaces, as in `never`."""
    if any(isinstance(peer, ServicePeer) for peer in destinations or ()):
        flow = meant_flow(Flow(sources, destinations, ports, ""), world)
        destinations, ports = flow.destinations, flow.ports
    return And((any_of(destinations, world), mirrored(any_of(sources, world, anywhere)), ports))


# Sides


def _kinds(peers: Peers, world: World) -> frozenset[Kind]:
    """The kinds of endpoint that a list of peers can mean."""
    everywhere = NODELIKE if world.universe.nodes else frozenset()
    if peers is None:
        return _ORDINARY | everywhere
    kinds: set[Kind] = set()
    for peer in peers:
        match peer:
            case PodPeer():
                kinds |= {Kind.POD} | (everywhere & PODLIKE)
            case AddressPeer() if (owner := world.owner_of(peer)) is not None:
                kinds |= owner.kinds
            case AddressPeer():
                kinds |= {Kind.EXTERNAL} if world.universe.pod_addresses is None else _ORDINARY
            case ExternalPeer():
                kinds.add(Kind.EXTERNAL)
            case NodePeer():
                kinds |= NODELIKE
            case ServicePeer():
                pass
    if _hostpods(peers, world):
        kinds.add(Kind.HOSTPOD)
    return frozenset(kinds)


def _side(kinds: frozenset[Kind], peers: Peers, world: World) -> Side:
    any_pod = world.universe.other_pods
    hostpods: tuple[Workload, ...] | None
    if world.universe.nodes or Kind.NODE in kinds:
        hostpods = None if any_pod else world.hostpods
    else:
        hostpods = _hostpods(peers, world)
    return Side(kinds, None if any_pod else world.pods, hostpods)


def _hostpods(peers: Peers, world: World) -> tuple[Workload, ...]:
    """The hostNetwork workloads of the manifests that one of the peers selects, for some labels of their namespaces, or
    of their own, where nobody has said them."""
    pod_peers = [p for p in peers or () if isinstance(p, PodPeer)]
    return tuple(
        w
        for w in world.hostpods
        if any(is_one(w.labels, world.declared[w.namespace], _said_of(p, w)) is not False for p in pod_peers)
    )


def _said_of(peer: PodPeer, workload: Workload) -> PodPeer:
    """The peer without what it demands of labels that the workload's controller may add."""
    if not workload.foreign:
        return peer
    known = frozenset(r for r in peer.pods.requirements if r.key in workload.labels)
    return replace(peer, pods=Selector(known))
