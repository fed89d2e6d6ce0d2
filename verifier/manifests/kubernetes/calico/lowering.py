"""Calico's policies, and those of Kubernetes among them, in the normal form of all dialects (docs/semantics.md 5.1, 8):
a stage a tier, which speaks iff one of its policies selects the pod, and ends as its default action says.

Each policy is a block of its own, in the order of the tier. NetworkPolicies of Kubernetes allow only, so that in which
order they stand among each other makes no difference: they are one block, but where a policy of Calico has their order.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from msgspec import Struct

from verifier.ir.endpoint import Kind
from verifier.ir.network import ALL_ADDRESSES, PORTS, AddressSet, Intervals, Protocol
from verifier.ir.node import Node
from verifier.ir.origin import Origin
from verifier.ir.policy import (
    CROWDED,
    FALSE,
    TRUE,
    AddressIn,
    And,
    Block,
    Citation,
    Direction,
    Formula,
    Havoc,
    KindIn,
    Not,
    Or,
    Pipe,
    PolicySet,
    PortIn,
    PortNamed,
    Role,
    Rung,
    Selects,
    Stage,
    SwitchIs,
    Tie,
)
from verifier.manifests.kubernetes.calico.meaning import (
    Facts,
    Meaning,
    by_account,
    in_namespace,
    joined,
    of_accounts,
    of_namespaces,
)
from verifier.manifests.kubernetes.calico.policies import ADMIN, BASELINE, BUILT_IN, OF_KUBERNETES
from verifier.manifests.kubernetes.calico.selector import Tree
from verifier.manifests.kubernetes.calico.services import endpoints
from verifier.manifests.kubernetes.calico.spec import (
    DEFAULT,
    CalicoPolicy,
    CalicoTier,
    Entity,
    Icmp,
    NetworkSet,
    Numbers,
    Ports,
    Rule,
)
from verifier.manifests.kubernetes.dialects import CALICO
from verifier.manifests.kubernetes.lowering import HAIRPIN, Policy, lower
from verifier.manifests.kubernetes.tiers.lowering import idle as idle_of_tiers
from verifier.manifests.kubernetes.tiers.lowering import rungs_of, selection_of
from verifier.manifests.kubernetes.tiers.spec import Tier, TierPolicy

_POD = frozenset({Kind.POD})
NAME_SWITCH = "calico_np_name"
_TIERS = {Tier.ADMIN: ADMIN, Tier.BASELINE: BASELINE}
_PORTED = (Protocol.TCP, Protocol.UDP, Protocol.SCTP)
_OTHER = Not(Or(tuple(PortIn(protocol, PORTS) for protocol in _PORTED)))
"""A protocol without ports (`other_protocols`)."""
_V4, _V6 = AddressSet(v4=ALL_ADDRESSES.v4), AddressSet(v6=ALL_ADDRESSES.v6)
_ENDS = {
    Direction.INGRESS: (Role.PEER, Role.SUBJECT),
    Direction.EGRESS: (Role.SUBJECT, Role.PEER),
}
"""Of each direction what the source is, and what the destination."""


class _Placed(Struct, frozen=True):
    """A policy in its tier. tied: of sig-network, so that equal priorities are a tie (4.4)."""

    order: float
    key: bytes
    rungs: tuple[Rung, ...]
    tied: bool = False


def stage_name(tier: str) -> str:
    return f"tier {tier}"


def assemble(
    policies: Sequence[CalicoPolicy],
    tiers: Iterable[CalicoTier],
    facts: Facts,
    kubernetes: Sequence[Policy],
    cluster_wide: Sequence[TierPolicy],
    nodes: Sequence[Node] = (),
) -> PolicySet:
    """What all policies say together. The tier `default` is always there, so that policies of new namespaces find their
    place; another one is left out where nothing is in it."""
    lowerer = _Lowerer(facts)
    ordered = sorted(policies, key=lambda p: (p.kind, p.namespace or "", p.name))
    enforced = [policy for policy in ordered if policy.spec.enforced]
    namespaced = lower(kubernetes)
    known = {**BUILT_IN, **{tier.name: tier for tier in tiers}}
    in_order = sorted(known.values(), key=lambda t: (t.order, t.name))

    def pipe(direction: Direction) -> Pipe:
        stages = (_stage(lowerer, tier, direction, enforced, namespaced, cluster_wide, nodes) for tier in in_order)
        return Pipe(tuple(stage for stage in stages if stage.applies or stage.name == stage_name(DEFAULT)))

    wide = sorted(cluster_wide, key=lambda p: (p.kind, p.name))
    objects = (*namespaced.objects, *(p.citation for p in wide), *(p.citation for p in ordered))
    found = (*namespaced.idle, *idle_of_tiers(wide), *lowerer.idle(ordered))
    return PolicySet(pipe(Direction.INGRESS), pipe(Direction.EGRESS), objects, found, CALICO.name)


def _stage(
    lowerer: "_Lowerer",
    tier: CalicoTier,
    direction: Direction,
    policies: Sequence[CalicoPolicy],
    namespaced: PolicySet,
    cluster_wide: Sequence[TierPolicy],
    nodes: Sequence[Node],
) -> Stage:
    placed, applies = [], []
    for policy in policies:
        rules = policy.spec.rules(direction)
        if policy.spec.tier == tier.name and rules is not None:
            selects = lowerer.selects(policy, direction)
            applies.append(selects)
            rungs = tuple(lowerer.rungs(policy, selects, rules, direction))
            placed.append(_Placed(policy.spec.order, policy.key, rungs))
    for wide in cluster_wide:
        if _TIERS[wide.spec.tier] == tier.name and wide.spec.rules(direction):
            applies.append(selection_of(wide))
            key = f"{wide.name}//{wide.kind}".encode()
            placed.append(_Placed(wide.spec.priority or 0, key, tuple(rungs_of(wide, direction, nodes)), tied=True))
    ordered = sorted(placed, key=lambda p: (p.order, p.key))
    if tier.name != DEFAULT:
        return Stage(stage_name(tier.name), tuple(applies), tuple(_blocks(ordered)), tier.end)
    return _with_kubernetes(tier, applies, ordered, namespaced.pipe(direction))


def _blocks(ordered: Iterable[_Placed]) -> Iterator[Block | Tie]:
    """Policies of one order by their names; from the first to the last that may be tied, any may apply (5.1)."""
    for _, equal in groupby(ordered, key=lambda p: p.order):
        group = [p for p in equal if p.rungs]
        blocks = tuple(Block(p.rungs) for p in group)
        tied = [i for i, p in enumerate(group) if p.tied]
        if len(tied) > 1:
            first, behind = tied[0], tied[-1] + 1
            yield from blocks[:first]
            yield Tie(blocks[first:behind])
            yield from blocks[behind:]
        else:
            yield from blocks


def _with_kubernetes(tier: CalicoTier, applies: list[Selects], ordered: Sequence[_Placed], pipe: Pipe) -> Stage:
    """The tier `default`: policies of Calico, with those of Kubernetes at their order."""
    isolating = [s for stage in pipe.stages for s in stage.applies or ()]
    rungs = [r for stage in pipe.stages for b in stage.blocks() for r in b.rungs if r.selects is not None]
    before = [p for p in ordered if p.order < OF_KUBERNETES]
    exact = [p for p in ordered if p.order == OF_KUBERNETES]
    after = [p for p in ordered if p.order > OF_KUBERNETES]
    first = (Block((HAIRPIN,)), *_blocks(before))
    body = (*first, *_among(exact, rungs), *_blocks(after))
    room = len(first) if not any(p.rungs for p in exact) else CROWDED
    return Stage(stage_name(tier.name), (*isolating, *applies), body, tier.end, room)


def _among(exact: Sequence[_Placed], rungs: Sequence[Rung]) -> Iterator[Block]:
    """NetworkPolicies, with the policies of Calico of their order where their names place them: as those are called by
    one version, and as by another (switch `calico_np_name`). Under both, the policies of either sort keep their order
    among themselves."""
    if not exact:
        yield Block(tuple(rungs))
        return
    named: dict[str, list[Rung]] = {}
    for rung in rungs:
        citation = rung.citation
        named.setdefault(f"{citation.name}/{citation.namespace or ''}/KubernetesNetworkPolicy", []).append(rung)
    names = sorted(named, key=str.encode)
    places: dict[int, list[tuple[_Placed, Formula]]] = {}
    for policy in exact:
        plain, prefixed = (
            sum(f"{prefix}{name}".encode() < policy.key for name in names) for prefix in ("", "knp.default.")
        )
        if plain == prefixed:
            places.setdefault(plain, []).append((policy, TRUE))
        else:
            places.setdefault(plain, []).append((policy, SwitchIs(NAME_SWITCH, "plain")))
            places.setdefault(prefixed, []).append((policy, SwitchIs(NAME_SWITCH, "knp")))
    waiting: list[Rung] = []
    for number in range(len(names) + 1):
        here = sorted(places.get(number, ()), key=lambda each: each[0].key)
        if here and waiting:
            yield Block(tuple(waiting))
            waiting = []
        for policy, where in here:
            if policy.rungs:
                yield Block(tuple(_where(rung, where) for rung in policy.rungs))
        waiting += named[names[number]] if number < len(names) else []
    if waiting:
        yield Block(tuple(waiting))


def _where(rung: Rung, where: Formula) -> Rung:
    return rung if where == TRUE else Rung(rung.selects, And((where, rung.guard)), rung.action, rung.citation)


class _Lowerer:
    def __init__(self, facts: Facts) -> None:
        self._meaning, self._behind = Meaning(facts), facts.behind
        self._hosts = tuple(each for each in facts.sets if each.ports)
        self._formulas: dict[Formula, Formula] = {}

    def selects(self, policy: CalicoPolicy, direction: Direction) -> Selects:
        """Whom the policy governs (5.2): pods; whatever else it may select is no endpoint that is governed."""
        return self._selects(policy, "destination" if direction is Direction.INGRESS else "source")

    def _selects(self, policy: CalicoPolicy, end: str) -> Selects:
        spec = policy.spec
        trees = [spec.selector]
        if spec.namespaces is not None:
            trees.append(of_namespaces(spec.namespaces))
        if spec.accounts is not None:
            trees.append(of_accounts(spec.accounts))
        return Selects(policy.namespace, self._meaning.pods(joined(trees), Role.SUBJECT, end), policy.citation)

    def idle(self, policies: Iterable[CalicoPolicy]) -> Iterator[Selects]:
        """Whom those select that are not in force, or have no rules; and whom rules mean that only log."""
        for policy in policies:
            if not policy.spec.enforced or not any(policy.spec.rules(direction) for direction in Direction):
                yield self._selects(policy, "destination")
            for direction in Direction if policy.spec.enforced else ():
                for rule in policy.spec.rules(direction) or ():
                    if rule.action is None:
                        yield Selects(None, self._guard(rule, policy.namespace, direction), policy.citation)

    def rungs(
        self, policy: CalicoPolicy, selects: Selects, rules: Sequence[Rule], direction: Direction
    ) -> Iterator[Rung]:
        """Of each rule what it does; one that only logs does nothing."""
        cited = selects.citation
        for i, rule in enumerate(rules):
            if rule.action is not None:
                origin = Origin(policy.origin.document, (*policy.origin.path, "spec", str(direction), i))
                citation = Citation(cited.kind, cited.namespace, cited.name, f"{direction}[{i}]", origin, cited.detail)
                guard = self._guard(rule, policy.namespace, direction)
                yield Rung(selects, self._formulas.setdefault(guard, guard), rule.action, citation)

    def _guard(self, rule: Rule, namespace: str | None, direction: Direction) -> Formula:
        """match(R, c) of 5.3."""
        source, destination = _ENDS[direction]
        parts: list[Formula] = []
        if rule.families != {4, 6}:
            parts.append(_family(rule.families))
        if rule.protocol is not None:
            parts.append(_protocol(rule.protocol))
        if rule.not_protocol is not None:
            parts.append(Not(_protocol(rule.not_protocol)))
        parts += [_icmp(rule.icmp, rule.protocol)] if rule.icmp is not None else []
        parts += [Not(_icmp(rule.not_icmp, rule.protocol))] if rule.not_icmp is not None else []
        parts += self._entity(rule.source, namespace, source, "source")
        parts += self._entity(rule.destination, namespace, destination, "destination")
        for listed, excluded in ((rule.source.ports, False), (rule.source.not_ports, True)):
            if listed is not None:
                about = Havoc(f"the connections from source ports {_words(listed)}")
                parts.append(Not(about) if excluded else about)
        if rule.destination.ports is not None:
            parts.append(_ports(rule.destination.ports, rule.protocol, destination, self._hosts))
        if rule.destination.not_ports is not None:
            parts.append(Not(_ports(rule.destination.not_ports, rule.protocol, destination, self._hosts)))
        if rule.http is not None:
            parts.append(Havoc(f"the requests that are `{rule.http}`"))
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _entity(self, entity: Entity, namespace: str | None, role: Role, end: str) -> Iterator[Formula]:
        """ent(e, y, p) of 5.3, but for ports."""
        if entity.nets is not None:
            yield AddressIn(role, entity.nets)
        if entity.not_nets is not None:
            yield Not(AddressIn(role, entity.not_nets))
        positive = _positive(entity, namespace)
        if positive is not None:
            yield self._meaning.anybody(positive, role, end)
        if entity.not_selector is not None:
            yield Not(self._meaning.anybody(entity.not_selector, role, end))
        if entity.service is not None:
            yield endpoints(entity.service, self._behind, role, with_ports=end == "destination")


def _positive(entity: Entity, namespace: str | None) -> Tree | None:
    """P of 5.3; None: anybody at all, outside included."""
    trees = [entity.selector] if entity.selector is not None else []
    if entity.accounts is not None:
        if entity.accounts.names:
            trees.append(by_account(entity.accounts.names))
        if entity.accounts.selector is not None:
            trees.append(of_accounts(entity.accounts.selector))
    if entity.namespaces is not None:
        trees.append(of_namespaces(entity.namespaces))
    elif namespace is not None and (trees or entity.accounts is not None or entity.not_selector is not None):
        trees.append(in_namespace(namespace))
    return joined(trees) if trees else None


def _family(families: frozenset[int]) -> Formula:
    """The addresses of a connection are of one family, so that those of the peer say it."""
    if not families:
        return FALSE
    return AddressIn(Role.PEER, _V4 if 4 in families else _V6)


def _protocol(protocol: Numbers) -> Formula:
    if protocol.known is not None:
        return PortIn(protocol.known, PORTS)
    return And((_OTHER, Havoc(f"the connections over protocol {protocol.name}")))


def _icmp(icmp: Icmp, protocol: Numbers | None) -> Formula:
    name = protocol.name if protocol is not None else "ICMP"
    code = "" if icmp.code is None else f" code {icmp.code}"
    kind = "" if icmp.kind is None else f" type {icmp.kind}"
    return And((_OTHER, Havoc(f"the connections that are {name}{kind}{code}")))


def _ports(ports: Ports, protocol: Numbers | None, destination: Role, hosts: Sequence[NetworkSet]) -> Formula:
    """p ∈ ports: of the rule's protocol; a name is one that the pod at the destination gives, or the host endpoint at
    its address (5.3)."""
    items: list[Formula] = []
    if protocol is not None and protocol.known is None:
        if not ports.numbers.is_empty():
            items.append(And((_OTHER, Havoc(f"the connections to {protocol.name} ports {_words(ports)}"))))
        return items[0] if items else FALSE
    known = protocol.known if protocol is not None else None
    if known is not None and not ports.numbers.is_empty():
        items.append(PortIn(known, ports.numbers))
    for name in ports.names:
        named = PortNamed(name, known)
        items.append(named if destination is Role.SUBJECT else And((KindIn(destination, _POD), named)))
        for host in hosts:
            called = [p for p in host.ports if p.name == name and known in (None, p.protocol)]
            numbers = [PortIn(p.protocol, Intervals(((p.port, p.port),))) for p in called]
            items += (And((AddressIn(destination, host.addresses), number)) for number in numbers)
    return items[0] if len(items) == 1 else Or(tuple(items))


def _words(ports: Ports) -> str:
    spans = [str(low) if low == high else f"{low}-{high}" for low, high in ports.numbers]
    return ", ".join((*spans, *(f"`{name}`" for name in ports.names)))
