"""NetworkPolicies in the normal form of all dialects (docs/semantics.md 3.6, 8): one stage that ends in Deny, and
one for plugins to which a NetworkPolicy has the last word about its pods, whichever direction it governs (4.5).

The isolation that NetworkPolicy leaves unsaid is written out here: the stage applies iff a policy selects the pod, lets
through what some rule allows, and denies the rest. Equal parts of different policies become one shared formula.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import TypeVar

from msgspec import Struct

from verifier.ir.endpoint import NODELIKE, PODLIKE, Kind
from verifier.ir.labels import Selector
from verifier.ir.network import PORTS, Intervals
from verifier.ir.node import Node
from verifier.ir.origin import Origin, Path
from verifier.ir.policy import (
    NO_POLICIES,
    TRUE,
    Action,
    AddressIn,
    And,
    Block,
    Citation,
    Direction,
    Formula,
    Hairpin,
    KindIn,
    NamespaceLabels,
    NewNamespaces,
    Not,
    Or,
    Pipe,
    PodLabels,
    PolicySet,
    PortIn,
    PortNamed,
    Role,
    Rung,
    SameNamespace,
    Selects,
    Stage,
    SwitchIs,
)
from verifier.manifests.kubernetes.networkpolicy import Peer, Port, Rule, Spec
from verifier.manifests.kubernetes.tiers.lowering import idle, tier_stage
from verifier.manifests.kubernetes.tiers.spec import ALPHA1, Tier, TierPolicy

_V = TypeVar("_V")
_T = TypeVar("_T")

KIND = "NetworkPolicy"
WHOLE_PODS = "NetworkPolicy for whole pods"
_MOST = 1 << 16
_PEERS = {Direction.INGRESS: "from", Direction.EGRESS: "to"}


def by_identity(function: Callable[[_V], _T]) -> Callable[[_V], _T]:
    """`function`, which finds quickly what it gave of this very object: to compare large values, as `lru_cache` does,
    takes longer than to make what they are lowered to."""
    known: dict[int, tuple[_V, _T]] = {}

    def remembered(value: _V) -> _T:
        found = known.get(id(value))
        if found is None:
            if len(known) >= _MOST:
                known.clear()
            found = known[id(value)] = (
                value,
                function(value),
            )  # INVARIANT: an id in the table is that of a live object
        return found[1]

    return remembered


class Policy(Struct, frozen=True):
    """A NetworkPolicy. `origin` is the whole object; `selector` what its selection is cited by."""

    namespace: str | NewNamespaces
    name: str
    spec: Spec
    origin: Origin
    selector: Origin

    @property
    def citation(self) -> Citation:
        namespace = self.namespace if isinstance(self.namespace, str) else None
        return Citation(KIND, namespace, self.name, None, self.selector)


def lower(policies: Sequence[Policy], *, whole_pods: bool = False) -> PolicySet:
    """What `policies` say, in the order of namespace and name whatever the order given. whole_pods: with the stage for
    the switch `np_finality`, which matters where a Baseline tier comes after."""
    if not policies:
        return NO_POLICIES
    ordered = sorted(policies, key=lambda p: (str(p.namespace), p.name))
    selections = [Selects(p.namespace, _subject(p.spec.pods), p.citation) for p in ordered]
    pairs = list(zip(ordered, selections, strict=True))
    ingress, egress = (_pipe(pairs, direction, whole_pods) for direction in Direction)
    return PolicySet(ingress, egress, tuple(s.citation for s in selections), tuple(_idle(ordered)))


def _idle(policies: Sequence[Policy]) -> Iterator[Selects]:
    """Of whom the rules speak that are in a direction to which their policy does not apply."""
    for policy in policies:
        for peer in (peer for rule in policy.spec.idle for peer in rule.peers if peer.block is None):
            yield Selects(policy.namespace, _one(_peer(peer)), policy.citation)


def _pipe(pairs: list[tuple[Policy, Selects]], direction: Direction, whole_pods: bool) -> Pipe:
    guards: dict[int, tuple[_Guard, ...]] = {}
    applies = []
    rungs = []
    for policy, selects in pairs:
        rules = policy.spec.rules(direction)
        if rules is None:
            continue
        applies.append(selects)
        if id(rules) not in guards:
            guards[id(rules)] = tuple(_guards(rules, direction))
        for guard in guards[id(rules)]:
            origin = Origin(policy.origin.document, policy.origin.path + guard.path)
            citation = Citation(KIND, selects.citation.namespace, policy.name, guard.rule, origin)
            rungs.append(Rung(selects, guard.formula, Action.ALLOW, citation))
    stage = Stage(KIND, tuple(applies), (Block((HAIRPIN,)), Block(tuple(rungs))), Action.DENY)
    if not whole_pods:
        return Pipe((stage,), Action.ALLOW)
    rest = tuple(_whole(selects) for policy, selects in pairs if policy.spec.rules(direction) is None)
    return Pipe((stage, Stage(WHOLE_PODS, rest, (), Action.ALLOW)), Action.ALLOW)


def _whole(selects: Selects) -> Selects:
    """The pods of a policy that governs the other direction only, if that is the last word about them."""
    return Selects(selects.namespace, _finally(selects.pods), selects.citation)


@lru_cache(maxsize=_MOST)
def _finally(pods: Formula) -> Formula:
    return And((SwitchIs("np_finality", "per_pod"), pods))


HAIRPIN = Rung(
    None,
    And((Hairpin(), SwitchIs("self_via_service", "allow"))),
    Action.NEXT,
    Citation(KIND, None, "(a pod reaches itself through a Service)"),
)


class _Guard(Struct, frozen=True):
    """What one peer of one rule lets through, how it is cited, and where it stands below the policy."""

    rule: str
    path: Path
    formula: Formula


def _guards(rules: tuple[Rule, ...], direction: Direction) -> list[_Guard]:
    found = []
    word, name = str(direction), _PEERS[direction]
    for i, rule in enumerate(rules):
        path: Path = ("spec", word, i)
        ports = _ports(rule.ports)
        under_block = _ports_under_block(rule.ports) if direction is Direction.EGRESS else ports
        if not rule.peers:
            found.append(_Guard(f"{word}[{i}]", path, ports))
        for j, peer in enumerate(rule.peers):
            lowered = _peer(peer)
            meaning = lowered if peer.block is not None else _one(lowered)
            formula = _both(lowered, meaning, ports if peer.block is None else under_block)
            found.append(_Guard(f"{word}[{i}].{name}[{j}]", (*path, name, j), formula))
    return found


def _both(peer: Formula, meaning: Formula, ports: Formula) -> Formula:
    """`meaning`: the object that stands for all formulas equal to `peer`."""
    key = (id(meaning), id(ports))
    found = _PAIRS.get(key)
    if found is None:
        if len(_PAIRS) >= _MOST:
            _PAIRS.clear()
        whole = peer if ports is TRUE else And((peer, ports))
        found = _PAIRS[key] = (whole, meaning, ports)  # INVARIANT: an id in the table is that of a live object
    return found[0]


_PAIRS: dict[tuple[int, int], tuple[Formula, Formula, Formula]] = {}


def _podlike(role: Role, *treated: str) -> Formula:
    """True iff the end is a pod, or a hostNetwork pod that the plugin treats so."""
    switch = tuple(SwitchIs("host_network", value) for value in treated)
    either = switch[0] if len(switch) == 1 else Or(switch)
    return Or((KindIn(role, frozenset({Kind.POD})), And((KindIn(role, frozenset({Kind.HOSTPOD})), either))))


_SUBJECT = _podlike(Role.SUBJECT, "as_pod")
"""subject(x) of 1.3."""
_PODLIKE = _podlike(Role.PEER, "as_pod", "as_peer")
"""podlike(y) of 3.6."""
_BLOCK_KINDS = Or(
    (
        KindIn(Role.PEER, frozenset({Kind.EXTERNAL})),
        And((KindIn(Role.PEER, frozenset({Kind.POD})), SwitchIs("ipblock_pods", "match"))),
        And((KindIn(Role.PEER, NODELIKE), SwitchIs("ipblock_nodes", "match"))),
    )
)
"""kind_ok(y) of 3.6."""
_NAMED_UNDER_BLOCK = Or((Not(KindIn(Role.PEER, PODLIKE)), SwitchIs("named_port_ipblock", "resolve")))
"""Whether a port name counts for a pod that an egress ipBlock covers (3.4)."""


@by_identity
@lru_cache(maxsize=_MOST)
def _subject(pods: Selector) -> Formula:
    return And((_SUBJECT, PodLabels(Role.SUBJECT, pods))) if pods.requirements else _SUBJECT


@by_identity
@lru_cache(maxsize=_MOST)
def _peer(peer: Peer) -> Formula:
    """peer(q, P, y, c) of 3.6."""
    if peer.block is not None:
        return And((AddressIn(Role.PEER, peer.block), _BLOCK_KINDS))
    items: list[Formula] = [_PODLIKE]
    if peer.namespaces is None:
        items.append(SameNamespace())
    elif peer.namespaces.requirements:
        items.append(NamespaceLabels(Role.PEER, peer.namespaces))
    if peer.pods is not None and peer.pods.requirements:
        items.append(PodLabels(Role.PEER, peer.pods))
    return And(tuple(items))


@by_identity
@lru_cache(maxsize=_MOST)
def _one(formula: Formula) -> Formula:
    """The first of equal formulas: peers that are written differently may mean the same."""
    return formula


@by_identity
@lru_cache(maxsize=_MOST)
def _ports(ports: tuple[Port, ...]) -> Formula:
    """True iff some port(r, c) of 3.6 holds; no ports at all do not restrict."""
    return _any_port(ports, False)


@by_identity
@lru_cache(maxsize=_MOST)
def _ports_under_block(ports: tuple[Port, ...]) -> Formula:
    """The same where the peer is a block of addresses outside."""
    return _any_port(ports, True)


def _any_port(ports: tuple[Port, ...], under_block: bool) -> Formula:
    if not ports:
        return TRUE
    items = tuple(_port(port, under_block) for port in ports)
    return items[0] if len(items) == 1 else Or(items)


_WITH_END, _WITHOUT_END = SwitchIs("endport", "yes"), SwitchIs("endport", "no")


def _port(port: Port, under_block: bool) -> Formula:
    match port.port:
        case None:
            return PortIn(port.protocol, PORTS)
        case str(name):
            named = PortNamed(name, port.protocol)
            return And((named, _NAMED_UNDER_BLOCK)) if under_block else named
        case int(number):
            first = PortIn(port.protocol, Intervals(((number, number),)))
            if port.end is None:
                return first
            whole = PortIn(port.protocol, Intervals(((number, port.end),)))
            return Or((And((_WITH_END, whole)), And((_WITHOUT_END, first))))


def assemble(
    policies: Sequence[Policy], tiers: Sequence[TierPolicy], nodes: Sequence[Node] = (), first: str = ALPHA1
) -> PolicySet:
    """What all policies say together (4.3): Admin, NetworkPolicies, Baseline, else Allow. `first`: of the versions of
    cluster-scoped policies, the one whose policies come first in each tier.

    A tier without policies is left out. The stage of NetworkPolicies is always there, so that those of other sets find
    their place (`verifier.ir.policy.merge`).
    """
    has_baseline = any(policy.spec.tier is Tier.BASELINE for policy in tiers)
    namespaced = lower(policies, whole_pods=has_baseline)
    if not tiers:
        return namespaced

    def pipe(direction: Direction) -> Pipe:
        admin, baseline = (tier_stage(tier, direction, tiers, nodes, first) for tier in Tier)
        middle = namespaced.pipe(direction).stages or (Stage(KIND, (), (), Action.DENY),)
        return Pipe(tuple(stage for stage in (admin, *middle, baseline) if stage.applies is not None or stage.body))

    ordered = sorted(tiers, key=lambda p: (p.kind, p.name))
    objects = (*namespaced.objects, *(p.citation for p in ordered))
    return PolicySet(pipe(Direction.INGRESS), pipe(Direction.EGRESS), objects, (*namespaced.idle, *idle(ordered)))
