"""What policies mean for ONE concrete connection, with the trace of what decided (docs/semantics.md 1.3, 3.6, 8).

Takes a policy set, a connection and a full setting of the switches; never heard of a solver. This is the reading of
the rules that a person can check by eye, and every witness is replayed through it before anyone sees it.
"""

from dataclasses import dataclass

from verifier.ir.endpoint import Connection, Endpoint, Kind, NamedPort, Namespace, PortSource, Switches
from verifier.ir.labels import NAMESPACE_NAME, Labels, Operator, Requirement, Selector
from verifier.ir.network import IPAddress, Protocol
from verifier.ir.policy import (
    Action,
    AddressIn,
    And,
    Citation,
    Direction,
    Formula,
    Hairpin,
    KindIn,
    NamespaceIn,
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
    SameLabel,
    SameNamespace,
    Selects,
    Stage,
    SwitchIs,
    WorkloadIn,
)

PODLIKE = frozenset({Kind.POD, Kind.HOSTPOD})


@dataclass(frozen=True, slots=True)
class Step:
    """What one stage said. `because` is the reason in a few words; `citation` the rule or policy behind it;
    `also` further policies that isolate the endpoint."""

    stage: str
    decision: Action
    because: str
    citation: Citation | None = None
    also: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a connection: the steps in order (the last one decides), and whether it lets the connection
    through."""

    direction: Direction
    steps: tuple[Step, ...]
    allowed: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether the policies allow a connection; both legs, whatever the first one said."""

    egress: Leg
    ingress: Leg
    allowed: bool


@dataclass(frozen=True, slots=True)
class View:
    """A connection seen from one of its ends, under one setting of the switches."""

    connection: Connection
    direction: Direction
    switches: Switches

    @property
    def subject(self) -> Endpoint:
        return self.connection.destination if self.direction is Direction.INGRESS else self.connection.source

    @property
    def peer(self) -> Endpoint:
        return self.connection.source if self.direction is Direction.INGRESS else self.connection.destination

    def end(self, role: Role) -> Endpoint:
        return self.subject if role is Role.SUBJECT else self.peer

    def address(self, role: Role) -> IPAddress:
        """The address as ipBlocks see it: under `external_source: node` an outside source may show a node's (1.4)."""
        end = self.end(role)
        if self.connection.seen is not None and end is self.connection.source and end.kind is Kind.EXTERNAL:
            return self.connection.seen
        return end.address


def decide(policies: PolicySet, connection: Connection, switches: Switches) -> Decision:
    """allow(c) of 1.3: both legs must allow; a pod always reaches its own address."""
    egress = leg(policies, connection, Direction.EGRESS, switches)
    ingress = leg(policies, connection, Direction.INGRESS, switches)
    own_address = connection.itself and not connection.via_service
    return Decision(egress, ingress, own_address or (egress.allowed and ingress.allowed))


def leg(policies: PolicySet, connection: Connection, direction: Direction, switches: Switches) -> Leg:
    """out(c) for egress, in(c) for ingress: the subject's own policies, and the exemption of its own node."""
    view = View(connection, direction, switches)
    if connection.itself and not connection.via_service:
        return Leg(direction, (Step("self", Action.ALLOW, "a pod always reaches its own address"),), True)
    if _own_node(view):
        return Leg(
            direction, (Step("node", Action.ALLOW, "traffic with the pod's own node is always let through"),), True
        )
    if view.subject.kind in (Kind.EXTERNAL, Kind.NODE):
        what = "an address outside the cluster" if view.subject.kind is Kind.EXTERNAL else "a node"
        return Leg(direction, (Step("none", Action.ALLOW, f"policies do not govern {what}"),), True)
    return _run(policies.pipe(direction), view)


def _own_node(view: View) -> bool:
    """exemptI and exemptE of 1.3."""
    switch = "local_node_ingress" if view.direction is Direction.INGRESS else "local_node_egress"
    nodelike = view.peer.kind is Kind.NODE or (
        view.peer.kind is Kind.HOSTPOD and view.switches["host_network"] == "as_node"
    )
    return nodelike and view.connection.same_node and view.switches[switch] == "always"


def _run(pipe: Pipe, view: View) -> Leg:
    steps = []
    for stage in pipe.stages:
        step = _stage(stage, view)
        steps.append(step)
        if step.decision is not Action.NEXT:
            return Leg(view.direction, tuple(steps), step.decision is Action.ALLOW)
    allowed = pipe.final is Action.ALLOW
    steps.append(Step("default", pipe.final, f"nothing else decides, and the default is to {pipe.final}"))
    return Leg(view.direction, tuple(steps), allowed)


def _stage(stage: Stage, view: View) -> Step:
    """stage(S, c) of section 8."""
    applying = [s for s in stage.applies or () if selects(s, view)]
    if stage.applies is not None and not applying:
        return Step(stage.name, Action.NEXT, f"no policy selects the pod for {view.direction}")
    for block in stage.body:
        for rung in block.rungs:
            if fires(rung, view):
                return Step(stage.name, rung.action, f"{rung.citation} {rung.action}s it", rung.citation)
    if stage.end is Action.NEXT:
        return Step(stage.name, Action.NEXT, "no rule matches")
    cited = tuple(s.citation for s in applying)
    return Step(stage.name, stage.end, f"the pod is isolated for {view.direction} and no rule matches", *_first(cited))


def _first(cited: tuple[Citation, ...]) -> tuple[Citation | None, tuple[Citation, ...]]:
    return (cited[0], cited[1:]) if cited else (None, ())


def isolated(policies: PolicySet, pod: Endpoint, direction: Direction, switches: Switches) -> bool:
    """True iff a stage that ends in Deny applies to `pod` (iso of 3.6): a default deny is in force."""
    nobody = Endpoint(Kind.EXTERNAL, pod.address)
    ends = (nobody, pod) if direction is Direction.INGRESS else (pod, nobody)
    view = View(Connection(*ends, Protocol.TCP, 1), direction, switches)
    return any(
        stage.end is Action.DENY and (stage.applies is None or any(selects(s, view) for s in stage.applies))
        for stage in policies.pipe(direction).stages
    )


def fires(rung: Rung, view: View) -> bool:
    """True iff the rung's policy selects the subject and its guard holds."""
    return (rung.selects is None or selects(rung.selects, view)) and holds(rung.guard, view)


def selects(who: Selects, view: View) -> bool:
    """sel(P, x) of 3.6: the subject is in the policy's namespace and meets its pod formula."""
    namespace = view.subject.namespace
    match who.namespace:
        case None:
            here = True
        case NewNamespaces():
            here = namespace is not None and namespace.unnamed
        case str(name):
            here = namespace is not None and namespace.name == name
    return here and holds(who.pods, view)


def holds(formula: Formula, view: View) -> bool:
    """True iff `formula` holds of the connection as seen from the subject's end."""
    connection, switches = view.connection, view.switches
    match formula:
        case And(items):
            return all(holds(item, view) for item in items)
        case Or(items):
            return any(holds(item, view) for item in items)
        case Not(item):
            return not holds(item, view)
        case KindIn(role, kinds):
            return view.end(role).kind in kinds
        case PodLabels(role, selector):
            return view.end(role).kind in PODLIKE and matches(view.end(role).labels, selector)
        case WorkloadIn(role, names):
            return str(view.end(role).workload) in names
        case NamespaceLabels(role, selector):
            namespace = view.end(role).namespace
            return namespace is not None and matches(namespace_labels(namespace), selector)
        case NamespaceIn(role, names):
            namespace = view.end(role).namespace
            return namespace is not None and namespace.name in names
        case SameNamespace():
            here, there = view.subject.namespace, view.peer.namespace
            return here is not None and there is not None and here.name == there.name
        case SameLabel(key, of_namespace):
            mine, theirs = (_labels(end, of_namespace) for end in (view.subject, view.peer))
            return mine is not None and theirs is not None and mine.get(key) == theirs.get(key)
        case AddressIn(role, addresses):
            return view.address(role) in addresses
        case PortIn(protocol, ports):
            return connection.protocol is protocol and connection.port is not None and connection.port in ports
        case PortNamed(name, protocol):
            return (
                protocol in (None, connection.protocol)
                and connection.destination.kind in PODLIKE
                and any(
                    (p.name, p.protocol, p.port) == (name, connection.protocol, connection.port)
                    for p in named_ports(connection.destination.named_ports, switches)
                )
            )
        case SwitchIs(switch, value):
            return switches[switch] == value
        case Hairpin():
            return connection.itself and connection.via_service


def _labels(end: Endpoint, of_namespace: bool) -> Labels | None:
    """The pod's own labels or its namespace's; None where the end is no pod."""
    if end.kind not in PODLIKE or end.namespace is None:
        return None
    return namespace_labels(end.namespace) if of_namespace else end.labels


def matches(labels: Labels, selector: Selector) -> bool:
    """LS(s, L) of 2.1: True iff `labels` meet every requirement."""
    return all(satisfies(labels, requirement) for requirement in selector.requirements)


def satisfies(labels: Labels, requirement: Requirement) -> bool:
    """True iff `labels` meet `requirement`.

    A missing key satisfies NotIn, as it does in the Kubernetes API:

    >>> satisfies({}, Requirement("app", Operator.NOT_IN, frozenset({"db"})))
    True
    """
    present = requirement.key in labels
    match requirement.operator:
        case Operator.IN:
            return present and labels[requirement.key] in requirement.values
        case Operator.NOT_IN:
            return not present or labels[requirement.key] not in requirement.values
        case Operator.EXISTS:
            return present
        case Operator.DOES_NOT_EXIST:
            return not present


def namespace_labels(namespace: Namespace) -> Labels:
    """The labels as the API server keeps them: the name is always one of them (W2)."""
    return {**(namespace.labels or {}), NAMESPACE_NAME: namespace.name}


def named_ports(declared: tuple[NamedPort, ...], switches: Switches) -> tuple[NamedPort, ...]:
    """The port names that count, by the switches `named_port_source` and `named_port_dup` (1.4)."""
    sources = {
        "containers": {PortSource.CONTAINER},
        "sidecars": {PortSource.CONTAINER, PortSource.SIDECAR},
        "all_init": set(PortSource),
    }[switches["named_port_source"]]
    counted = [p for p in declared if p.source in sources]
    if switches["named_port_dup"] == "one":
        counted = list({p.name: p for p in counted}.values())
    return tuple(counted)
