"""Cluster-scoped policies in the normal form of all dialects (docs/semantics.md 4.3, 4.4, 4.6, 8).

A tier is a stage that always speaks and ends in Next: nothing is isolated by being a subject. Each policy is a block
of its own, and policies of equal priority are a tie. Each peer of a rule is a rung; since they have the rule's one
action, the first rule that matches still decides.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby

from verifier.ir.endpoint import NODELIKE, Kind
from verifier.ir.labels import Selector, describe, matches
from verifier.ir.network import AddressSet
from verifier.ir.node import Node
from verifier.ir.origin import Origin, Path
from verifier.ir.policy import (
    FALSE,
    TRUE,
    Action,
    AddressIn,
    And,
    Block,
    Citation,
    Direction,
    Formula,
    Havoc,
    KindIn,
    NamespaceLabels,
    Or,
    PodLabels,
    PortIn,
    PortNamed,
    Role,
    Rung,
    Selects,
    Stage,
    SwitchIs,
    Tie,
)
from verifier.manifests.kubernetes.tiers.spec import (
    DomainNames,
    Named,
    Networks,
    Nodes,
    Numbers,
    Peer,
    Pods,
    Port,
    Rule,
    Tier,
    TierPolicy,
)

_PEERS = {Direction.INGRESS: "from", Direction.EGRESS: "to"}
_POD = frozenset({Kind.POD})
_NETWORK_KINDS = Or(
    (
        KindIn(Role.PEER, frozenset({Kind.EXTERNAL})),
        And((KindIn(Role.PEER, _POD), SwitchIs("networks_pods", "match"))),
        And((KindIn(Role.PEER, NODELIKE), SwitchIs("networks_nodes", "match"))),
    )
)
"""What `networks` speak of: everything, but for plugins that leave out what is in the cluster."""


def tier_stage(
    tier: Tier, direction: Direction, policies: Sequence[TierPolicy], nodes: Sequence[Node], first: str
) -> Stage:
    """What the policies of a tier say; those of the API version `first` come before the others."""
    mine = [policy for policy in policies if policy.spec.tier is tier]
    body: list[Block | Tie] = []
    for _, equal in groupby(sorted(mine, key=lambda p: (_rank(p, first), p.name)), key=lambda p: _rank(p, first)):
        blocks = [Block(tuple(rungs_of(policy, direction, nodes))) for policy in equal]
        speaking = tuple(block for block in blocks if block.rungs)
        if speaking:
            body.append(speaking[0] if len(speaking) == 1 else Tie(speaking))
    return Stage(str(tier), None, tuple(body), Action.NEXT)


def _rank(policy: TierPolicy, first: str) -> tuple[bool, int]:
    return policy.version != first, policy.spec.priority or 0


def rungs_of(policy: TierPolicy, direction: Direction, nodes: Sequence[Node]) -> Iterator[Rung]:
    """A rung for each peer of each rule of a policy."""
    citation, selects = policy.citation, selection_of(policy)
    for i, rule in enumerate(policy.spec.rules(direction)):
        for place, path, guard, action in _guards(rule, direction, nodes):
            origin = Origin(policy.origin.document, (*policy.origin.path, "spec", str(direction), i, *path))
            cited = Citation(citation.kind, None, citation.name, f"{direction}[{i}]{place}", origin, citation.detail)
            yield Rung(selects, guard, action, cited)


def idle(policies: Sequence[TierPolicy]) -> tuple[Selects, ...]:
    """Whom the policies select that have no rules, or none that is read, and of whom the rules speak that are not."""
    found = [selection_of(p) for p in policies if not any(True for d in Direction for _ in rungs_of(p, d, ()))]
    for policy in policies:
        peers = [peer for d in Direction for rule in policy.spec.rules(d) if rule.unreadable for peer in rule.peers]
        found += [Selects(None, _pods(p, Role.PEER), policy.citation) for p in peers if isinstance(p, Pods)]
    return tuple(found)


def selection_of(policy: TierPolicy) -> Selects:
    """Whom the policy governs."""
    return Selects(None, _pods(policy.spec.subject, Role.SUBJECT), policy.citation)


def _guards(rule: Rule, direction: Direction, nodes: Sequence[Node]) -> Iterator[tuple[str, Path, Formula, Action]]:
    """For each peer of a rule how it is cited, where it stands below the rule, when it matches, and what it does."""
    if rule.unreadable:
        if rule.action is not Action.ALLOW:
            yield "", (), TRUE, Action.DENY
        return
    name = _PEERS[direction]
    ports = _ports(rule.ports)
    for j, peer in enumerate(rule.peers):
        yield f".{name}[{j}]", (name, j), _both(_peer(peer, nodes), ports), rule.action


@lru_cache(maxsize=1 << 16)
def _both(peer: Formula, ports: Formula) -> Formula:
    return peer if ports == TRUE else And((peer, ports))


def _peer(peer: Peer, nodes: Sequence[Node]) -> Formula:
    """peerA(q, y, c) of 4.6."""
    match peer:
        case Pods():
            return _pods(peer, Role.PEER)
        case Networks(addresses):
            return _address(addresses)
        case Nodes(selector):
            return _nodes(selector, nodes)
        case DomainNames(names):
            return _domains(names)


@lru_cache(maxsize=1 << 16)
def _pods(who: Pods, role: Role) -> Formula:
    """hostNetwork pods are neither subjects nor peers, whatever `host_network` says (1.4)."""
    items: list[Formula] = [KindIn(role, _POD)]
    if who.namespaces.requirements:
        items.append(NamespaceLabels(role, who.namespaces))
    if who.pods.requirements:
        items.append(PodLabels(role, who.pods))
    return And(tuple(items))


@lru_cache(maxsize=1 << 16)
def _address(addresses: AddressSet) -> Formula:
    """Pods and nodes included, whatever `ipblock_pods` and `ipblock_nodes` say (4.2), unless the plugin deviates."""
    return And((AddressIn(Role.PEER, addresses), _NETWORK_KINDS))


@lru_cache(maxsize=1 << 16)
def _domains(names: tuple[str, ...]) -> Formula:
    """A name can lead anywhere, to pods too."""
    return Or(tuple(Havoc(f"what `{name}` resolves to", name) for name in names))


def _nodes(selector: Selector, nodes: Sequence[Node]) -> Formula:
    """Since no other endpoint has the address of a node (W3), only nodes and hostNetwork pods can be meant. Addresses
    that the input does not give are anybody's guess."""
    chosen = [node for node in nodes if matches(node.labels, selector)]
    known = AddressSet()
    for node in chosen:
        known = known.union(node.addresses)
    items: list[Formula] = [] if known.is_empty() else [AddressIn(Role.PEER, known)]
    if not nodes:
        items.append(Havoc(f"the addresses of nodes `{describe(selector)}`", nodes=selector))
    items += [Havoc(f"the addresses of node `{node.name}`") for node in chosen if node.addresses.is_empty()]
    return And((KindIn(Role.PEER, NODELIKE), Or(tuple(items))))


@lru_cache(maxsize=1 << 16)
def _ports(ports: tuple[Port, ...] | None) -> Formula:
    """True iff some portA(r, c) of 4.6 holds; None does not restrict."""
    if ports is None:
        return TRUE
    items = tuple(_port(port) for port in ports)
    return items[0] if len(items) == 1 else Or(items)


def _port(port: Port) -> Formula:
    match port:
        case Named(name):
            return PortNamed(name, None)
        case Numbers(protocol, numbers):
            return FALSE if protocol is None else PortIn(protocol, numbers)
