"""Istio's policies in the normal form of all dialects (docs/semantics.md 7, 8): two stages before the ingress pipe's.

The first denies: whom mutual TLS keeps out, what a provider or a DENY policy refuses, and perhaps what a waypoint does.
The second closes the pods that an ALLOW policy selects to all that no such policy lets in; what one lets in is then the
network policies' to judge. Proxies see TCP only, so that neither stage is about anything else.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from verifier.ir.endpoint import Namespace, Workload
from verifier.ir.labels import Selector
from verifier.ir.network import PORTS, Protocol
from verifier.ir.origin import Origin
from verifier.ir.policy import Action as Result
from verifier.ir.policy import (
    And,
    Block,
    Citation,
    Formula,
    Not,
    Pipe,
    PodLabels,
    PolicySet,
    PortIn,
    Role,
    Rung,
    Selects,
    Stage,
)
from verifier.manifests.kubernetes.fields import told
from verifier.manifests.kubernetes.istio.matching import SIDECAR, Known, Matcher
from verifier.manifests.kubernetes.istio.mutualtls import in_force, says_strict, strict
from verifier.manifests.kubernetes.istio.names import parse_principal
from verifier.manifests.kubernetes.istio.proxies import ANNOTATION, in_mesh
from verifier.manifests.kubernetes.istio.spec import (
    Action,
    Attribute,
    AuthorizationPolicy,
    MeshPolicy,
    PeerAuthentication,
    Rule,
    Test,
    tests_of,
)
from verifier.manifests.kubernetes.istio.unsaid import unsaid
from verifier.manifests.kubernetes.lowering import KIND as NETWORK

STAGE, ALLOW_STAGE = "mesh", "mesh ALLOW"
_TCP = PortIn(Protocol.TCP, PORTS)
_ANYWHERE = frozenset({"Gateway", "GatewayClass"})
"""What can stand in front of pods of every namespace."""
_PASSED_BY = Rung(None, Not(_TCP), Result.NEXT, Citation(ALLOW_STAGE, None, "(it stands before TCP only)"))


def with_mesh(network: PolicySet, policies: Sequence[MeshPolicy], known: Known) -> PolicySet:
    """The policies of a cluster, and those of the mesh in front of them. The stage of NetworkPolicies is always there,
    so that those of other sets find their place behind the mesh (`verifier.ir.policy.merge`)."""
    if not policies:
        return network
    ordered = sorted(policies, key=lambda p: (not p.in_root, p.namespace, p.name))
    lowering = _Lowering(ordered, known)
    stages = tuple(stage for stage in (lowering.denying(), lowering.allowing()) if stage is not None)
    behind = network.ingress.stages or (Stage(NETWORK, (), (), Result.DENY),)
    return replace(
        network,
        ingress=Pipe((*stages, *behind), network.ingress.final),
        objects=(*network.objects, *(p.citation for p in ordered)),
        idle=(*network.idle, *lowering.idle()),
    )


class _Lowering:
    def __init__(self, policies: Sequence[MeshPolicy], known: Known) -> None:
        self._rules = [p for p in policies if isinstance(p, AuthorizationPolicy)]
        self._peers = [p for p in policies if isinstance(p, PeerAuthentication)]
        self._matcher = Matcher(known)
        self._mesh = in_mesh(Role.SUBJECT, known.annotated)

    def denying(self) -> Stage | None:
        rungs = (
            *self._strangers(),
            *(rung for p in self._rules if p.decides and p.targets for rung in self._of_waypoint(p)),
            *(rung for p in self._at_pods(Action.CUSTOM) for rung in self._of_rules(p, Result.DENY)),
            *(rung for p in self._at_pods(Action.DENY) for rung in self._of_rules(p, Result.DENY)),
        )
        return Stage(STAGE, None, (Block(rungs),), Result.NEXT) if rungs else None

    def allowing(self) -> Stage | None:
        policies = list(self._at_pods(Action.ALLOW))
        if not policies:
            return None
        rungs = tuple(rung for p in policies for rung in self._of_rules(p, Result.NEXT))
        applies = tuple(map(self._whom, policies))
        return Stage(ALLOW_STAGE, applies, (Block((_PASSED_BY,)), Block(rungs)), Result.DENY)

    def idle(self) -> tuple[Selects, ...]:
        """Whom policies select that make no difference."""
        spoken = {id(p) for p in self._strict()}
        silent: list[MeshPolicy] = [p for p in self._rules if not p.decides]
        silent += [p for p in self._peers if id(p) not in spoken]
        return tuple(map(self._whom, silent))

    def _at_pods(self, action: Action) -> Iterator[AuthorizationPolicy]:
        """The policies that the proxies of pods enforce."""
        return (p for p in self._rules if p.decides and p.action is action and not p.targets)

    def _strict(self) -> Iterator[PeerAuthentication]:
        return (p for p in in_force(self._peers) if "STRICT" in (p.mode, *(mode for _, mode in p.ports)))

    def _strangers(self) -> Iterator[Rung]:
        """Who shows no identity is kept out by what is strict; the policies of pods are named before those of
        namespaces."""
        whole = self._matcher.one(strict(self._peers))
        for policy in sorted(self._strict(), key=lambda p: (not p.is_of_pods, p.in_root)):
            guard = And((_TCP, Not(self._matcher.identity), says_strict(policy), whole))
            cited = _cited(policy, "mtls", policy.origin.child("spec"))
            yield Rung(self._whom(policy), guard, Result.DENY, cited, joint=True)

    def _of_waypoint(self, policy: AuthorizationPolicy) -> Iterator[Rung]:
        """What a waypoint makes of the connections that pass it, and which do, nobody can say here. A policy that
        allows closes it to whom none of those at waypoints does, so that what it refuses hangs on all of them."""
        allowing = [p for p in self._rules if p.decides and p.targets and p.action is Action.ALLOW]
        together = allowing if policy.action is Action.ALLOW else []
        for i, target in enumerate(policy.targets):
            home = None if target.kind in _ANYWHERE else policy.namespace
            whom = Selects(home, self._mesh, policy.citation)
            said = f"{policy.action} {policy.provider} {told(_rules(policy))}"
            if together:
                said = f"{policy.namespace}/{policy.name} of {told(list(map(_at_waypoint, together)))}"
            words = "whether it passes what {} stands for, and is refused there by {}"
            passes = unsaid(words, f"{target} of {policy.namespace}", said)
            place = _target_place(policy, i)
            yield Rung(whom, And((_TCP, passes)), Result.DENY, _cited(policy, f"targetRefs[{i}]", place))

    def _of_rules(self, policy: AuthorizationPolicy, result: Result) -> Iterator[Rung]:
        whom = self._whom(policy)
        for i, rule in enumerate(policy.rules):
            items = [_TCP, self._matcher.rule(rule, policy.action, policy.namespace)]
            if policy.action is Action.CUSTOM:
                items += [SIDECAR, unsaid("what the provider {} says", policy.provider)]
            place = policy.origin.child("spec", "rules", i)
            yield Rung(whom, self._matcher.one(And(tuple(items))), result, _cited(policy, f"rules[{i}]", place))

    def _whom(self, policy: MeshPolicy) -> Selects:
        namespace = None if policy.in_root else policy.namespace
        return Selects(namespace, self._pods(policy.selector), policy.citation)

    def _pods(self, selector: Selector) -> Formula:
        if not selector.requirements:
            return self._mesh
        return self._matcher.one(And((self._mesh, PodLabels(Role.SUBJECT, selector))))


def _at_waypoint(policy: AuthorizationPolicy) -> object:
    """All that a policy says at a waypoint, as plain data: two that differ in it say something else."""
    return policy.namespace, policy.name, [str(target) for target in policy.targets], _rules(policy)


def _rules(policy: AuthorizationPolicy) -> object:
    """What its rules ask, in an order of their own: theirs makes no difference."""
    return sorted(map(_clauses, policy.rules), key=repr)


def _clauses(rule: Rule) -> object:
    said = (
        sorted((sorted((t.name, t.negated, sorted(t.values)) for t in alternative) for alternative in clause), key=repr)
        for clause in rule
    )
    return sorted(said, key=repr)


def _target_place(policy: AuthorizationPolicy, number: int) -> Origin:
    """The older field holds one target."""
    return policy.origin.child("spec", "targetRefs", number)


def _cited(policy: MeshPolicy, rule: str, origin: Origin) -> Citation:
    whole = policy.citation
    return Citation(whole.kind, whole.namespace, whole.name, rule, origin, whole.detail)


def known_of(policies: Iterable[MeshPolicy], namespaces: Iterable[Namespace], workloads: Iterable[Workload]) -> Known:
    """What the input knows by name: accounts also as policies name them."""
    named = {name for p in policies if isinstance(p, AuthorizationPolicy) for name in accounts_of(p)}
    accounts, annotated = {"default", *named}, False
    for workload in workloads:
        accounts.add(workload.service_account)
        annotated = annotated or ANNOTATION in workload.besides
    return Known(frozenset(n.name for n in namespaces), frozenset(accounts), annotated)


def accounts_of(policy: AuthorizationPolicy) -> Iterator[str]:
    """The service accounts that rules name in full."""
    for test in (test for rule in policy.rules for test in tests_of(rule)):
        for value in test.values:
            if test.attribute is Attribute.ACCOUNT:
                yield value.rpartition("/")[2]
            elif test.attribute is Attribute.PRINCIPAL and (parts := parse_principal(value)) is not None:
                yield from () if "*" in parts.account else (parts.account,)


def with_besides(workload: Workload) -> Workload:
    """The workload, with what policies ask of its pods besides labels among these."""
    return replace(workload, labels={**workload.labels, **workload.besides}) if workload.besides else workload


def ask_accounts(policies: Iterable[MeshPolicy]) -> bool:
    """True iff one of them asks for the service accounts of pods."""
    return any(test.attribute in _OF_ACCOUNTS for policy in policies for test in _tests(policy))


_OF_ACCOUNTS = (Attribute.ACCOUNT, Attribute.PRINCIPAL)


def _tests(policy: MeshPolicy) -> Iterator[Test]:
    if isinstance(policy, AuthorizationPolicy):
        yield from (test for rule in policy.rules for test in tests_of(rule))
