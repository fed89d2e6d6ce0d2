"""What policies mean for one connection (docs/semantics.md 1.3, 2.1, 3.6, 8)."""

import ipaddress
from itertools import permutations

import pytest

from tests.engine.asking import DENY_ALL, DENY_EGRESS, DENY_INGRESS, admits, cluster, policy
from verifier.engine.problem.switches import settle
from verifier.ir.endpoint import Connection, Endpoint, Kind, NamedPort, Namespace, PortSource, namespace_labels
from verifier.ir.labels import NAMESPACE_NAME, Operator, Requirement, Selector, matches, satisfies
from verifier.ir.network import Protocol
from verifier.ir.policy import (
    FALSE,
    TRUE,
    Action,
    Block,
    Citation,
    Direction,
    Formula,
    Pipe,
    PolicySet,
    Rung,
    Selects,
    Stage,
)
from verifier.ir.switches import concrete
from verifier.semantics import decide, isolated, leg, named_ports

ABSENT: dict[str, str] = {}


def setting(**switches: str) -> dict[str, str]:
    return concrete(settle("k8s", switches), {})


def end(kind: str = "pod", ip: str = "10.0.0.1", namespace: str = "shop", ports=(), **labels: str) -> Endpoint:
    if kind in ("external", "node"):
        return Endpoint(Kind(kind), ipaddress.ip_address(ip))
    return Endpoint(Kind(kind), ipaddress.ip_address(ip), Namespace(namespace, {}), labels, tuple(ports))


def allowed(
    manifests: str, source: Endpoint, destination: Endpoint, protocol="TCP", port=80, switches=None, **how
) -> bool:
    connection = Connection(source, destination, Protocol(protocol), port, **how)
    return decide(cluster(manifests).policies, connection, switches or setting()).allowed


P, Q = end(), end(ip="10.0.0.2")
OUTSIDE, NODE = end("external", "203.0.113.9"), end("node", "192.168.0.1")


# Selectors


@pytest.mark.parametrize(
    ("labels", "operator", "values", "expected"),
    [
        ({"k": "a"}, "In", ["a"], True),
        ({"k": "b"}, "In", ["a"], False),
        (ABSENT, "In", ["a"], False),
        ({"k": ""}, "In", [""], True),
        (ABSENT, "In", [""], False),
        ({"k": "a"}, "NotIn", ["a"], False),
        ({"k": "b"}, "NotIn", ["a"], True),
        (ABSENT, "NotIn", ["a"], True),
        (ABSENT, "NotIn", [""], True),
        ({"k": ""}, "NotIn", [""], False),
        ({"k": ""}, "Exists", [], True),
        (ABSENT, "Exists", [], False),
        ({"k": ""}, "DoesNotExist", [], False),
        (ABSENT, "DoesNotExist", [], True),
        ({"K": "a"}, "Exists", [], False),
    ],
)
def test_requirements(labels: dict[str, str], operator: str, values: list[str], expected: bool) -> None:
    requirement = Requirement("k", Operator(operator), frozenset(values))

    assert satisfies(labels, requirement) is expected
    assert matches(labels, Selector(frozenset({requirement}))) is expected


def test_requirements_are_conjoined_and_none_match_everything() -> None:
    both = Selector(frozenset({Requirement("a", Operator.EXISTS), Requirement("b", Operator.EXISTS)}))

    assert matches({}, Selector())
    assert not matches({"a": ""}, both)
    assert matches({"a": "", "b": ""}, both)


def test_a_namespace_always_carries_its_name() -> None:
    assert namespace_labels(Namespace("shop")) == {NAMESPACE_NAME: "shop"}
    assert namespace_labels(Namespace("shop", {NAMESPACE_NAME: "lab", "a": "b"})) == {NAMESPACE_NAME: "shop", "a": "b"}


# Both legs


def test_both_ends_must_agree() -> None:
    out, into = policy("shop", "out", DENY_EGRESS), policy("shop", "in", DENY_INGRESS)

    assert allowed("", P, Q)
    assert not allowed(out, P, Q)
    assert not allowed(into, P, Q)
    assert allowed(into, P, OUTSIDE)
    assert allowed(out, OUTSIDE, P)


def test_both_legs_are_told_whatever_the_first_says() -> None:
    decision = decide(cluster(policy("shop", "p", DENY_ALL)).policies, Connection(P, Q, Protocol.TCP, 80), setting())

    assert (decision.egress.allowed, decision.ingress.allowed, decision.allowed) == (False, False, False)
    assert [step.citation.name for one in (decision.egress, decision.ingress) for step in one.steps] == ["p", "p"]


def test_nothing_governs_an_outside_address_or_a_node() -> None:
    for other in (OUTSIDE, NODE):
        assert leg(
            cluster(policy("shop", "p", DENY_ALL)).policies,
            Connection(P, other, Protocol.TCP, 80),
            Direction.INGRESS,
            setting(),
        ).allowed


def test_a_pod_reaches_its_own_address_and_a_service_only_perhaps() -> None:
    deny = policy("shop", "p", DENY_ALL)

    assert allowed(deny, P, P, itself=True)
    assert allowed(deny, P, P, itself=True, via_service=True, switches=setting(self_via_service="allow"))
    assert not allowed(deny, P, P, itself=True, via_service=True, switches=setting(self_via_service="policy"))


@pytest.mark.parametrize(
    ("same_node", "switch", "expected"), [(True, "always", True), (True, "policy", False), (False, "always", False)]
)
def test_the_own_node_gets_in(same_node: bool, switch: str, expected: bool) -> None:
    deny = policy("shop", "p", DENY_INGRESS)

    assert allowed(deny, NODE, P, same_node=same_node, switches=setting(local_node_ingress=switch)) is expected
    hostpod = end("hostpod", "192.168.0.1")
    as_node = setting(local_node_ingress=switch, host_network="as_node")
    assert allowed(deny, hostpod, P, same_node=same_node, switches=as_node) is expected
    as_peer = setting(local_node_ingress=switch, host_network="as_peer")
    assert allowed(deny, hostpod, P, same_node=same_node, switches=as_peer) is expected
    as_pod = setting(local_node_ingress=switch, host_network="as_pod")
    assert not allowed(deny, hostpod, P, same_node=same_node, switches=as_pod)


def test_the_own_node_is_reached_if_the_switch_says_so() -> None:
    deny = policy("shop", "p", DENY_EGRESS)

    assert allowed(deny, P, NODE, same_node=True, switches=setting(local_node_egress="always"))
    assert not allowed(deny, P, NODE, same_node=True, switches=setting(local_node_egress="policy"))
    assert not allowed(deny, P, NODE, switches=setting(local_node_egress="always"))


def test_a_node_that_drops_is_not_reached_by_its_own_pods() -> None:
    everything, drops = (
        policy("shop", "p", "{podSelector: {}, policyTypes: [Egress], egress: [{}]}"),
        "policy_then_drop",
    )

    assert not allowed(everything, P, NODE, same_node=True, switches=setting(local_node_egress=drops))
    assert allowed(everything, P, NODE, switches=setting(local_node_egress=drops))
    assert allowed(everything, NODE, P, same_node=True, switches=setting(local_node_egress=drops))
    hostpod = end("hostpod", "192.168.0.1")
    for value, is_reached in (("as_node", False), ("as_peer", False), ("as_pod", True)):
        switches = setting(local_node_egress=drops, host_network=value)
        assert allowed(everything, P, hostpod, same_node=True, switches=switches) is is_reached


def test_a_host_network_pod_is_a_subject_only_as_a_pod() -> None:
    deny, hostpod = policy("shop", "p", DENY_INGRESS), end("hostpod", "192.168.0.1")

    assert allowed(deny, Q, hostpod, switches=setting(host_network="as_node"))
    assert allowed(deny, Q, hostpod, switches=setting(host_network="as_peer"))
    assert not allowed(deny, Q, hostpod, switches=setting(host_network="as_pod"))


def test_a_host_network_pod_is_matched_by_selectors_unless_as_a_node() -> None:
    same, hostpod = policy("shop", "p", admits("{podSelector: {}}")), end("hostpod", "192.168.0.1")

    assert not allowed(same, hostpod, P, switches=setting(host_network="as_node"))
    assert allowed(same, hostpod, P, switches=setting(host_network="as_pod"))
    assert allowed(same, hostpod, P, switches=setting(host_network="as_peer"))


@pytest.mark.parametrize(
    ("source", "switch"),
    [
        (end(ip="10.0.0.2"), "ipblock_pods"),
        (end("node", "10.0.0.2"), "ipblock_nodes"),
        (end("hostpod", "10.0.0.2"), "ipblock_nodes"),
    ],
)
def test_whether_a_block_matches_pods_and_nodes_is_up_to_switches(source: Endpoint, switch: str) -> None:
    block = policy("shop", "p", admits("{ipBlock: {cidr: 10.0.0.0/8}}"))

    assert allowed(block, source, P, switches=setting(**{switch: "match", "host_network": "as_node"}))
    assert not allowed(block, source, P, switches=setting(**{switch: "never", "host_network": "as_node"}))
    assert allowed(block, source, P, switches=setting(**{switch: "match", "host_network": "as_peer"}))
    outside = end("external", "10.0.0.2")
    assert allowed(block, outside, P, switches=setting(ipblock_pods="never", ipblock_nodes="never"))


def test_blocks_look_at_the_address_that_is_seen() -> None:
    client = policy("shop", "p", admits("{ipBlock: {cidr: 203.0.113.0/24}}"))

    assert allowed(client, OUTSIDE, P)
    assert not allowed(client, OUTSIDE, P, seen=ipaddress.ip_address("192.168.0.1"))
    assert allowed(client, end("external", "8.8.8.8"), P, seen=ipaddress.ip_address("203.0.113.1"))


def test_other_protocols_pass_rules_without_ports_only() -> None:
    anything = policy("shop", "p", admits("{podSelector: {}}"))
    tcp = policy("shop", "p", "{podSelector: {}, ingress: [{ports: [{protocol: TCP}]}]}")

    assert allowed(anything, Q, P, "OTHER", None)
    assert not allowed(tcp, Q, P, "OTHER", None)
    assert not allowed(policy("shop", "p", DENY_INGRESS), Q, P, "OTHER", None)


# Port names


def port(name: str, number: int, source: str = "container", protocol: str = "TCP") -> NamedPort:
    return NamedPort(name, Protocol(protocol), number, PortSource(source))


MIXED = (port("web", 80), port("web", 81), port("web", 82, "sidecar"), port("web", 83, "init"), port("dns", 53))


@pytest.mark.parametrize(
    ("source", "dup", "numbers"),
    [
        ("containers", "all", {80, 81, 53}),
        ("sidecars", "all", {80, 81, 82, 53}),
        ("all_init", "all", {80, 81, 82, 83, 53}),
        ("containers", "one", {81, 53}),
        ("sidecars", "one", {82, 53}),
        ("all_init", "one", {83, 53}),
    ],
)
def test_which_declarations_of_a_name_count(source: str, dup: str, numbers: set[int]) -> None:
    switches = setting(named_port_source=source, named_port_dup=dup)

    assert {p.port for p in named_ports(MIXED, switches)} == numbers


def test_a_name_is_resolved_at_the_destination_by_protocol() -> None:
    by_name = policy("shop", "p", "{podSelector: {}, ingress: [{ports: [{port: web}]}]}")
    web = end(ports=(port("web", 8080),))

    assert allowed(by_name, Q, web, "TCP", 8080)
    assert not allowed(by_name, Q, web, "TCP", 80)
    assert not allowed(by_name, Q, web, "UDP", 8080)
    assert not allowed(by_name, end(ip="10.0.0.2", ports=(port("web", 80),)), P, "TCP", 80)
    udp_only = end(ports=(port("web", 8080, protocol="UDP"),))
    assert not allowed(by_name, Q, udp_only, "UDP", 8080)


# Pipes of any dialect (section 8)

HERE = Citation("Policy", None, "p")
EVERYONE = Selects(None, TRUE, HERE)


def rung(action: str, guard: Formula = TRUE) -> Rung:
    return Rung(EVERYONE, guard, Action(action), HERE)


def stage(*rungs: Rung, end: str = "next", applies: tuple[Selects, ...] | None = None) -> Stage:
    return Stage("stage", applies, (Block(rungs),), Action(end))


@pytest.mark.parametrize(
    ("stages", "final", "expected"),
    [
        ((), "allow", True),
        ((), "deny", False),
        ((stage(rung("deny"), rung("allow")),), "allow", False),
        ((stage(rung("deny", FALSE), rung("allow")),), "deny", True),
        ((stage(rung("next"), rung("deny")), stage(rung("allow"))), "deny", True),
        ((stage(end="deny"),), "allow", False),
        ((stage(end="deny", applies=()),), "allow", True),
        ((stage(end="deny", applies=(EVERYONE,)),), "allow", False),
        ((stage(rung("allow"), end="deny", applies=()),), "deny", False),
        ((stage(), stage(rung("deny"))), "allow", False),
    ],
)
def test_the_first_stage_that_speaks_decides(stages: tuple[Stage, ...], final: str, expected: bool) -> None:
    pipe = Pipe(stages, Action(final))
    policies = PolicySet(pipe, pipe)

    decided = leg(policies, Connection(P, Q, Protocol.TCP, 80), Direction.INGRESS, setting())

    assert decided.allowed is expected
    assert decided.steps[-1].decision == ("allow" if expected else "deny")
    assert all(step.decision == "next" for step in decided.steps[:-1])


def test_isolated_asks_for_a_stage_that_ends_in_deny() -> None:
    some = cluster(policy("shop", "p", "{podSelector: {matchLabels: {app: db}}, ingress: [{}]}")).policies

    assert isolated(some, end(app="db"), Direction.INGRESS, setting())
    assert not isolated(some, end(app="db"), Direction.EGRESS, setting())
    assert not isolated(some, end(app="web"), Direction.INGRESS, setting())
    assert not isolated(some, end(namespace="ops", app="db"), Direction.INGRESS, setting())


# Laws (section 3.6)

THREE = (
    policy("shop", "a", admits("{podSelector: {matchLabels: {app: web}}}")),
    policy("shop", "b", "{podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: 80}]}]}"),
    policy("ops", "c", DENY_ALL),
)
ENDS = [
    OUTSIDE,
    NODE,
    *(
        end(ip=f"10.0.0.{i}", namespace=n, app=a)
        for i, (n, a) in enumerate((("shop", "web"), ("shop", "db"), ("ops", "web"), ("lab", "db")), 3)
    ),
]
PAIRS = [(one, other) for one, other in permutations(ENDS, 2) if {one.kind, other.kind} & {Kind.POD}]


def reach(*manifests: str) -> set[tuple[int, int, int]]:
    """The allowed connections between ENDS."""
    policies = cluster("".join(manifests)).policies
    return {
        (ENDS.index(a), ENDS.index(b), number)
        for a, b in PAIRS
        for number in (80, 81)
        if decide(policies, Connection(a, b, Protocol.TCP, number), setting()).allowed
    }


def test_the_order_of_policies_is_irrelevant() -> None:
    assert len({frozenset(reach(*order)) for order in permutations(THREE)}) == 1


def test_a_policy_that_selects_nothing_changes_nothing() -> None:
    nothing = "[{key: app, operator: Exists}, {key: app, operator: DoesNotExist}]"
    spec = f"{{podSelector: {{matchExpressions: {nothing}}}, policyTypes: [Ingress, Egress]}}"
    nobody = policy("shop", "nobody", spec)

    assert reach(*THREE, nobody) == reach(*THREE)


def test_a_rule_more_removes_nothing() -> None:
    wider = policy("shop", "a", admits("{podSelector: {matchLabels: {app: web}}}", "{namespaceSelector: {}}"))

    assert reach(*THREE) < reach(wider, *THREE[1:])


def test_a_policy_more_closes_only_where_it_newly_isolates() -> None:
    """The pods of shop are isolated for ingress already: another ingress policy there can only open."""
    assert reach(*THREE) <= reach(*THREE, policy("shop", "d", DENY_INGRESS))
    assert not reach(*THREE) <= reach(*THREE, policy("lab", "d", DENY_INGRESS))


def test_an_empty_ingress_rule_opens_whatever_else_there_is() -> None:
    opened = reach(*THREE, policy("shop", "d", "{podSelector: {}, ingress: [{}]}"))

    into_shop = {(a, b, n) for a, b, n in reach(THREE[2]) if ENDS[b].namespace and ENDS[b].namespace.name == "shop"}
    assert into_shop <= opened
