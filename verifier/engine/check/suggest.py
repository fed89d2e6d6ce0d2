"""Narrower claims: what would be proved where a hypothetical witness breaks the claim as it was asked (design: each is
checked before it is offered)."""

from collections.abc import Callable, Iterator
from typing import assert_never

from msgspec.structs import replace

from verifier.engine.problem.problem import Context
from verifier.engine.results.check import Suggestion
from verifier.engine.results.witness import Witness
from verifier.ir.endpoint import PODLIKE, Endpoint, Kind
from verifier.ir.labels import EVERYTHING, SERVICE_ACCOUNT, Selector
from verifier.ir.network import Intervals
from verifier.ir.notation import has_plain_ports, is_notation, say
from verifier.ir.pods import PodPeer
from verifier.ir.policy import (
    AddressIn,
    And,
    Direction,
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
    SameLabel,
    SameNamespace,
    SameNode,
    Selects,
    SwitchIs,
    WorkloadIn,
)
from verifier.ir.property import (
    Always,
    Claim,
    Confined,
    Exactly,
    ExternalPeer,
    Isolated,
    Never,
    Only,
    Peers,
    Reach,
    Separate,
)
from verifier.ir.universe import OPEN

IsProved = Callable[[Context, Claim], bool]

_MOST_CANDIDATES = 6
"""How many claims of one sort are tried, so that a violated property never costs many times what a proved one does."""


def narrower(context: Context, claim: Claim, witness: Witness, is_proved: IsProved) -> tuple[Suggestion, ...]:
    """Claims close to `claim` that are proved: the first of each sort. Empty where there is none. claim: what it means,
    so that there are no words for one about Services."""
    if isinstance(claim, Isolated | Separate) or not has_plain_ports(claim):
        return _in_inventory(context, claim, is_proved)
    found = []
    sorts = (
        _in_a_namespace(context, claim),
        _with_full_selector(context, claim),
        _from_declared(context, claim, witness),
        _from_pods_only(claim, witness),
        _but_for_a_port(claim, witness),
    )
    for candidates in sorts:
        for candidate, because in candidates:
            if is_proved(context, candidate):
                said = say(candidate)
                found.append(Suggestion(f"-e '{said}'" if is_notation(candidate) else said, because))
                break
    # A connection over IPv4 breaks the claim where there is no IPv6, too.
    if not found and context.universe.families == {4, 6} and _is_of_ipv6(witness):
        only4 = replace(context, universe=replace(context.universe, families=frozenset({4})))
        if is_proved(only4, claim):
            found.append(Suggestion("families: [4] in the universe file", "where there is no IPv6"))
    return tuple(found) if found else _in_inventory(context, claim, is_proved)


def _in_inventory(context: Context, claim: Claim, is_proved: IsProved) -> tuple[Suggestion, ...]:
    if not context.cluster.workloads or not context.universe.other_pods:
        return ()
    today = replace(context, universe=replace(context.universe, other_pods=False))
    text = "-u inventory" if context.universe == OPEN else "pods: {others: false} in the universe file"
    return (Suggestion(text, "for the workloads of the manifests"),) if is_proved(today, claim) else ()


_Candidates = Iterator[tuple[Claim, str]]
_Flow = Never | Always | Only | Exactly


def _in_a_namespace(context: Context, claim: _Flow | Confined) -> _Candidates:
    """The namespace said of whom the claim is about: those that have policies for it."""
    peer = _one(_about(claim))
    if peer is None or not peer.is_bare:
        return
    for name in sorted({p.namespace for p in context.policies.objects if p.namespace is not None})[:_MOST_CANDIDATES]:
        yield _instead(claim, replace(peer, names=frozenset({name}))), f"in the namespace {name}"


def _with_full_selector(context: Context, claim: _Flow | Confined) -> _Candidates:
    """The labels of whom the claim is about as a policy selects them, in its namespace."""
    peer = _one(_about(claim))
    if peer is None:
        return
    tried = 0
    for who in _selecting(context):
        selector = selector_of(who)
        if selector is None or not isinstance(who.namespace, str) or tried >= _MOST_CANDIDATES:
            continue
        if selector.requirements > peer.pods.requirements and (peer.names is None or who.namespace in peer.names):
            tried += 1
            narrow = PodPeer(selector, names=frozenset({who.namespace}))
            yield _instead(claim, narrow), f"for the pods that {who.citation} selects"


def _about(claim: _Flow | Confined) -> Peers:
    """Whom a claim is about: the destinations, or those who are confined."""
    return claim.pods if isinstance(claim, Confined) else claim.destinations


def _instead(claim: _Flow | Confined, peer: PodPeer) -> Claim:
    return replace(claim, pods=(peer,)) if isinstance(claim, Confined) else replace(claim, destinations=(peer,))


def _from_declared(context: Context, claim: _Flow | Confined, witness: Witness) -> _Candidates:
    """From pods of declared namespaces, where nobody has declared that of the witness."""
    names, source = frozenset(context.world.declared), witness.source
    if not isinstance(claim, Never) or source is None or source.namespace is None or source.namespace.name in names:
        return
    peer = _one(claim.sources)
    if peer is not None and peer.is_bare and 0 < len(names) <= _MOST_CANDIDATES:
        narrow = replace(peer, names=names)
        yield replace(claim, sources=(narrow,)), "from pods of declared namespaces"


def _but_for_a_port(claim: _Flow | Confined, witness: Witness) -> _Candidates:
    """But for the port of the witness, of every pod."""
    there, port = witness.destination, witness.port
    if isinstance(claim, Confined) and there is not None and there.kind in PODLIKE and port and witness.protocol:
        open_to = Reach((PodPeer(namespaces=EVERYTHING),), PortIn(witness.protocol, Intervals(((port, port),))))
        yield replace(claim, reach=(*claim.reach, open_to)), f"but for {witness.protocol} {port} of every pod"


def _from_pods_only(claim: _Flow | Confined, witness: Witness) -> _Candidates:
    """Pods only, where the witness comes from outside, or goes there."""
    if isinstance(claim, Confined):
        if _is_external(witness.destination):
            yield replace(claim, reach=(*claim.reach, Reach((ExternalPeer(),)))), "for pods only"
        return
    every_pod = (PodPeer(namespaces=EVERYTHING),)
    if _is_external(witness.source) and claim.sources is None:
        yield replace(claim, sources=every_pod), "for pods only"
    if _is_external(witness.destination) and claim.destinations is None:
        yield replace(claim, destinations=every_pod), "for pods only"


def _is_of_ipv6(witness: Witness) -> bool:
    return witness.source is None or witness.source.address.version == 6


def _is_external(end: Endpoint | None) -> bool:
    return end is not None and end.kind is Kind.EXTERNAL


def _one(peers: Peers) -> PodPeer | None:
    return peers[0] if peers is not None and len(peers) == 1 and isinstance(peers[0], PodPeer) else None


def _selecting(context: Context) -> Iterator[Selects]:
    for direction in (Direction.INGRESS, Direction.EGRESS):
        for stage in context.policies.pipe(direction).stages:
            yield from stage.applies or ()


def selector_of(who: Selects) -> Selector | None:
    """The policy's pod selector, where it has a single one that a property can say."""
    match who.pods:
        case And(items):
            found = next((item.selector for item in items if isinstance(item, PodLabels)), None)
            return None if found is not None and any(r.key == SERVICE_ACCOUNT for r in found) else found
        case (
            Or() | Not() | KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace()
            | SameNode() | SameLabel() | AddressIn() | PortIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            return None
        case _:
            assert_never(who.pods)
