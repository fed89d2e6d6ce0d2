"""Cluster-scoped policies: their grammar, what is refused and with which words, and their normal form."""

from typing import Any

import pytest
import yaml

from verifier.errors import Diagnostic, InputError, Severity
from verifier.ir.endpoint import Kind
from verifier.ir.labels import Selector
from verifier.ir.network import PORTS, AddressSet, Intervals, Protocol
from verifier.ir.policy import (
    Action,
    AddressIn,
    And,
    Block,
    Direction,
    Havoc,
    KindIn,
    NamespaceLabels,
    Or,
    PodLabels,
    PolicySet,
    PortIn,
    PortNamed,
    Role,
    Rung,
    SwitchIs,
    Tie,
)
from verifier.manifests.kubernetes.load import Options, load_text

Plain = dict[str, Any]

ANYBODY = [{"namespaces": {}}]
EVERY_POD: Plain = {"namespaceSelector": {}, "podSelector": {}}
VERSIONS = {
    "AdminNetworkPolicy": "v1alpha1",
    "BaselineAdminNetworkPolicy": "v1alpha1",
    "ClusterNetworkPolicy": "v1alpha2",
}
PODS = KindIn(Role.PEER, frozenset({Kind.POD}))
ON_NODES = KindIn(Role.PEER, frozenset({Kind.NODE, Kind.HOSTPOD}))


def whole(kind: str, spec: Plain, name: str = "p", **metadata: str) -> Plain:
    api = f"policy.networking.k8s.io/{VERSIONS[kind]}"
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}


def admin(spec: Plain, name: str = "p") -> Plain:
    return whole("AdminNetworkPolicy", {"priority": 1, "subject": {"namespaces": {}}, **spec}, name)


def baseline(spec: Plain, name: str = "default") -> Plain:
    return whole("BaselineAdminNetworkPolicy", {"subject": {"namespaces": {}}, **spec}, name)


def cluster(spec: Plain, name: str = "p") -> Plain:
    return whole("ClusterNetworkPolicy", {"tier": "Admin", "priority": 1, "subject": {"namespaces": {}}, **spec}, name)


def node(name: str, *addresses: str, **labels: str) -> Plain:
    status = {
        "addresses": [{"type": "Hostname", "address": name}, *({"type": "InternalIP", "address": a} for a in addresses)]
    }
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "status": status}


def lowered(*manifests: Plain, **options: Any) -> PolicySet:
    return load_text(yaml.safe_dump_all(manifests), options=Options(**options)).cluster.policies


def rungs(policies: PolicySet, direction: Direction = Direction.INGRESS) -> list[Rung]:
    return [
        r for stage in policies.pipe(direction).stages if stage.applies is None for b in stage.blocks() for r in b.rungs
    ]


def complaints(*manifests: Plain, **options: Any) -> list[Diagnostic]:
    with pytest.raises(InputError) as refused:
        lowered(*manifests, **options)
    return list(refused.value.diagnostics)


def ingress(**rule: Any) -> Plain:
    return {"ingress": [{"action": "Deny", "from": ANYBODY, **rule}]}


def egress(**rule: Any) -> Plain:
    return {"egress": [{"action": "Deny", "to": ANYBODY, **rule}]}


# What is refused


@pytest.mark.parametrize(
    ("manifest", "code", "words"),
    [
        (admin({"subject": None}), "subject", "without a `subject`"),
        (admin({"subject": {}}), "subject", "neither"),
        (admin({"subject": {"namespaces": {}, "pods": EVERY_POD}}), "subject", "both"),
        (admin({"priority": None}), "priority", "without a `priority`"),
        (admin({"priority": 1001}), "priority", "out of range"),
        (cluster({"priority": -1}), "priority", "out of range"),
        (admin({"priority": "1"}), "V13", "whole number"),
        (baseline({"priority": 1}), "unknown-field", "priority"),
        (admin({"tier": "Admin"}), "unknown-field", "tier"),
        (cluster({"tier": None}), "tier", "without a `tier`"),
        (cluster({"tier": "baseline"}), "tier", "unknown tier"),
        (cluster({"ingress": [{"from": ANYBODY}]}), "action", "no `action`"),
        (cluster({"ingress": [{"action": "deny", "from": ANYBODY}]}), "action", "no action `deny`"),
        (admin({"ingress": [{"action": "Deny", "from": ANYBODY}] * 101}), "limit", "101 rules"),
        (cluster({"ingress": [{"action": "Deny", "from": ANYBODY}] * 26}), "limit", "26 rules"),
        (cluster({"ingress": [{"action": "Deny", "from": ANYBODY * 26}]}), "limit", "26 items"),
        (admin({"ingress": [{"action": "Deny", "from": ANYBODY * 101}]}), "limit", "101 items"),
        (cluster({"ingress": [{"name": "n" * 101, "action": "Deny", "from": ANYBODY}]}), "limit", "101 characters"),
        (cluster(ingress(**{"from": [{"namespaces": {}, "pods": EVERY_POD}]})), "peer", "`namespaces` and `pods`"),
        (cluster({"ingress": [{"action": "Deny", "to": ANYBODY, "from": ANYBODY}]}), "unknown-field", "`to`"),
        (cluster(ingress(**{"from": [{"networks": ["10.0.0.0/8"]}]})), "unknown-field", "networks"),
        (cluster(egress(to=[{"networks": []}])), "limit", "0 items"),
        (cluster(egress(to=[{"networks": ["10.0.0.0/8"] * 26}])), "limit", "26 items"),
        (cluster(egress(to=[{"networks": ["10.0.0.1"]}])), "V3", "no CIDR"),
        (cluster(egress(to=[{"networks": ["010.0.0.0/8"]}])), "V5", "canonical"),
        (cluster(egress(ports=[])), "unknown-field", "`ports`"),
        (admin(egress(protocols=[])), "unknown-field", "`protocols`"),
        (admin(egress(ports=[{}])), "port", "nothing"),
        (admin(egress(ports=[{"portNumber": {"port": 80}, "namedPort": "web"}])), "port", "`portNumber` and"),
        (admin(egress(ports=[{"portNumber": {"protocol": "TCP"}}])), "port", "no `port`"),
        (admin(egress(ports=[{"portNumber": {"port": 70000}}])), "V7", "out of range"),
        (admin(egress(ports=[{"portRange": {"start": 1}}])), "port", "no `end`"),
        (cluster(egress(protocols=[{"tcp": {"destinationPort": {}}}])), "port", "nothing"),
        (cluster(egress(protocols=[{"tcp": {"destinationPort": {"number": 0}}}])), "V7", "out of range"),
        (cluster(egress(protocols=[{"icmp": {}}])), "unknown-field", "icmp"),
        (baseline(egress(to=[{"domainNames": ["k.io"]}])), "unknown-field", "domainNames"),
        (whole("ClusterNetworkPolicy", {}, namespace="shop"), "scope", "cluster-scoped"),
    ],
)  # fmt: skip
def test_mistakes_are_refused(manifest: Plain, code: str, words: str) -> None:
    found = complaints(manifest)

    assert any(d.code == code and words in d.message for d in found), found
    assert all(d.line is not None for d in found)


def test_the_other_version_s_action_is_suggested() -> None:
    rule = {"from": ANYBODY}
    (ours,) = complaints(cluster({"ingress": [{"action": "Allow", **rule}]}))
    (theirs,) = complaints(admin({"ingress": [{"action": "Accept", **rule}]}))

    assert (ours.hint, theirs.hint) == ("did you mean `Accept`?", "did you mean `Allow`?")


def test_two_policies_of_one_name_must_be_equal() -> None:
    deny, passing = ({"ingress": [{"action": action, "from": ANYBODY}]} for action in ("Deny", "Pass"))
    loaded = load_text(yaml.safe_dump_all([cluster(deny), cluster(deny)]))

    assert [(d.code, d.severity) for d in loaded.diagnostics] == [("duplicate-object", Severity.WARNING)]
    assert loaded.policies == 1
    assert [d.code for d in complaints(cluster(deny), cluster(passing))] == ["duplicate-object"]
    assert lowered(cluster(deny), cluster(passing, "q")).objects


def test_versions_stand_side_by_side_only_in_an_order_that_the_user_gives() -> None:
    deny = {"ingress": [{"action": "Deny", "from": ANYBODY}]}
    both = (admin({**deny, "priority": 9}, "old"), cluster(deny, "new"))

    assert [d.code for d in complaints(*both)] == ["mixed-tiers"]
    orders = {
        first: [rung.citation.name for rung in rungs(lowered(*both, first_version=first))]
        for first in ("v1alpha1", "v1alpha2")
    }
    assert orders == {"v1alpha1": ["old", "new"], "v1alpha2": ["new", "old"]}


def test_the_old_form_of_peers_is_read_only_where_that_is_asked_for_and_only_in_its_version() -> None:
    peers = [
        {"namespaces": {"namespaceSelector": {"matchLabels": {"a": "b"}}}},
        {"pods": {"namespaces": {"namespaceSelector": {}}, "podSelector": {"matchLabels": {"a": "b"}}}},
    ]
    old = {"ingress": [{"action": "Deny", "from": peers}]}

    guards = [rung.guard for rung in rungs(lowered(admin(old), nested_peers=True))]

    chosen = Selector.of({"a": "b"})
    assert guards == [And((PODS, NamespaceLabels(Role.PEER, chosen))), And((PODS, PodLabels(Role.PEER, chosen)))]
    assert {d.code for d in complaints(admin(old))} == {"old-peer"}
    assert {d.code for d in complaints(cluster(old), nested_peers=True)} == {"old-peer"}
    same = {"ingress": [{"action": "Deny", "from": [{"namespaces": {"sameLabels": ["tenant"]}}]}]}
    assert {d.code for d in complaints(admin(same), nested_peers=True)} == {"old-peer"}


def test_a_missing_half_of_pods_is_read_as_everything_with_a_warning() -> None:
    who = {"pods": {"podSelector": {"matchLabels": {"a": "b"}}}}
    text = yaml.safe_dump(cluster({"ingress": [{"action": "Deny", "from": [who]}]}))

    loaded = load_text(text)

    assert [(d.code, d.severity) for d in loaded.diagnostics] == [("pods", Severity.WARNING)]
    assert [r.guard for r in rungs(loaded.cluster.policies)] == [
        And((PODS, PodLabels(Role.PEER, Selector.of({"a": "b"}))))
    ]


# The normal form


def test_tiers_are_stages_around_that_of_network_policies() -> None:
    deny = {"ingress": [{"action": "Deny", "from": ANYBODY}]}
    policies = lowered(admin(deny), baseline(deny))

    names = [stage.name for stage in policies.ingress.stages]
    assert names == ["Admin", "NetworkPolicy", "Baseline"]
    assert [(s.applies, s.end) for s in policies.ingress.stages if s.applies is None] == [(None, Action.NEXT)] * 2
    assert [stage.name for stage in policies.egress.stages] == ["NetworkPolicy"]
    assert [str(c) for c in policies.objects] == ["AdminNetworkPolicy p", "BaselineAdminNetworkPolicy default"]


def test_each_peer_is_a_rung_that_cites_its_place_and_priority() -> None:
    rule = {"action": "Pass", "from": [{"namespaces": {}}, {"namespaces": {"matchLabels": {"a": "b"}}}]}
    (first, second) = rungs(lowered(admin({"priority": 7, "ingress": [rule]})))

    assert (first.action, second.action) == (Action.NEXT, Action.NEXT)
    assert [r.citation.rule for r in (first, second)] == ["ingress[0].from[0]", "ingress[0].from[1]"]
    assert second.citation.detail == "priority 7"
    assert (first.guard, second.guard) == (
        And((PODS,)),
        And((PODS, NamespaceLabels(Role.PEER, Selector.of({"a": "b"})))),
    )


def test_policies_of_equal_priority_tie_in_the_order_of_their_names() -> None:
    deny = {"ingress": [{"action": "Deny", "from": ANYBODY}]}
    first, tie = lowered(admin({**deny, "priority": 0}, "z"), admin(deny, "b"), admin(deny, "a")).ingress.stages[0].body

    assert isinstance(first, Block)
    assert isinstance(tie, Tie)
    assert [block.rungs[0].citation.name for block in tie.blocks] == ["a", "b"]


def test_a_policy_without_rules_in_a_direction_ties_with_nobody() -> None:
    deny = {"ingress": [{"action": "Deny", "from": ANYBODY}]}
    (part,) = lowered(admin(deny, "a"), admin(egress(), "b")).ingress.stages[0].body

    assert isinstance(part, Block)


@pytest.mark.parametrize(("text", "read"), [("10.1.2.3/8", "10.0.0.0/8"), ("fd00::1/8", "fd00::/8")])
def test_networks_with_host_bits_are_the_block_around_with_a_warning(text: str, read: str) -> None:
    given, canonical = (cluster(egress(to=[{"networks": [cidr]}])) for cidr in (text, read))
    (warning,) = load_text(yaml.safe_dump(given), "k.yaml").diagnostics

    assert (warning.severity, warning.code) == (Severity.WARNING, "V5")
    assert f"`{text}` is read as `{read}`: it has bits set behind the prefix" in warning.message
    assert rungs(lowered(given), Direction.EGRESS)[0].guard == rungs(lowered(canonical), Direction.EGRESS)[0].guard


def test_networks_are_addresses_of_whomever_unless_the_plugin_deviates() -> None:
    (rung,) = rungs(lowered(cluster(egress(to=[{"networks": ["10.0.0.0/8", "fd00::/8"]}]))), Direction.EGRESS)

    assert isinstance(rung.guard, And)
    addresses, kinds = rung.guard.items
    assert addresses == AddressIn(Role.PEER, AddressSet.of(["10.0.0.0/8", "fd00::/8"]))
    assert isinstance(kinds, Or)
    assert kinds.items[0] == KindIn(Role.PEER, frozenset({Kind.EXTERNAL}))
    switched = {item.items[1] for item in kinds.items[1:] if isinstance(item, And)}
    assert switched == {SwitchIs("networks_pods", "match"), SwitchIs("networks_nodes", "match")}


def test_ports_are_read_in_both_versions() -> None:
    def ports(manifest: Plain) -> object:
        (rung,) = rungs(lowered(manifest), Direction.EGRESS)
        assert isinstance(rung.guard, And)
        return rung.guard.items[1]

    eighty = Intervals(((80, 80),))
    assert ports(admin(egress(ports=[{"portNumber": {"port": 80}}]))) == PortIn(Protocol.TCP, eighty)
    assert ports(admin(egress(ports=[{"namedPort": "web"}]))) == PortNamed("web", None)
    assert ports(admin(egress(ports=[{"portRange": {"protocol": "UDP", "start": 1, "end": 9}}]))) == PortIn(
        Protocol.UDP, Intervals(((1, 9),))
    )
    assert ports(admin(egress(ports=[{"portNumber": {"protocol": "ICMP", "port": 80}}]))) == Or(())
    two = [{"sctp": {"destinationPort": {"number": 80}}}, {"destinationNamedPort": "web"}]
    assert ports(cluster(egress(protocols=two))) == Or((PortIn(Protocol.SCTP, eighty), PortNamed("web", None)))
    (rung,) = rungs(lowered(cluster(egress(protocols=[{"udp": {}}])), empty_l4=True), Direction.EGRESS)
    assert rung.guard == And((And((PODS,)), PortIn(Protocol.UDP, PORTS)))


def test_nodes_are_the_addresses_of_the_nodes_selected() -> None:
    policy = cluster(egress(to=[{"nodes": {"matchLabels": {"zone": "a"}}}]))

    def guard(*nodes: Plain) -> object:
        return rungs(lowered(policy, *nodes), Direction.EGRESS)[0].guard

    here, there = node("here", "192.168.0.1", zone="a"), node("there", "192.168.0.2", zone="b")
    known = AddressIn(Role.PEER, AddressSet.of(["192.168.0.1/32"]))
    assert guard(here, there) == And((ON_NODES, Or((known,))))
    assert guard(there) == And((ON_NODES, Or(())))
    assert guard(here, node("new", zone="a")) == And((ON_NODES, Or((known, Havoc("the addresses of node `new`")))))
    assert guard() == And((ON_NODES, Or((Havoc("the addresses of nodes `zone=a`", nodes=Selector.of({"zone": "a"})),))))


def test_a_node_with_an_address_that_is_none_is_refused() -> None:
    assert [d.code for d in complaints(node("one", "nowhere"))] == ["V3"]


def test_domain_names_are_anybody_s_guess() -> None:
    rule = {"action": "Accept", "to": [{"domainNames": ["K.io.", "*.k.io"]}]}
    (rung,) = rungs(lowered(cluster({"egress": [rule]})), Direction.EGRESS)

    assert rung.guard == Or((Havoc("what `k.io` resolves to", "k.io"), Havoc("what `*.k.io` resolves to", "*.k.io")))


def test_rules_with_unknown_peers_fail_closed_where_fields_are_dropped() -> None:
    strange = {"from": [{"namespaces": {}}, {"serviceAccounts": {}}]}
    rules = [{"action": action, **strange} for action in ("Accept", "Pass", "Deny")]

    found = rungs(lowered(cluster({"ingress": rules}), strict_fields=False))

    assert [(r.action, r.guard, r.citation.rule) for r in found] == [
        (Action.DENY, And(()), "ingress[1]"),
        (Action.DENY, And(()), "ingress[2]"),
    ]


def test_subjects_are_pods_alone() -> None:
    who = {"pods": {"namespaceSelector": {"matchLabels": {"a": "b"}}, "podSelector": {}}}
    (rung,) = rungs(lowered(cluster({"subject": who, "ingress": [{"action": "Deny", "from": ANYBODY}]})))

    assert rung.selects is not None
    assert rung.selects.namespace is None
    assert rung.selects.pods == And(
        (KindIn(Role.SUBJECT, frozenset({Kind.POD})), NamespaceLabels(Role.SUBJECT, Selector.of({"a": "b"})))
    )


def test_network_policies_of_the_other_direction_have_a_stage_before_the_baseline() -> None:
    deny = {"ingress": [{"action": "Deny", "from": ANYBODY}]}
    meta = {"name": "out", "namespace": "shop"}
    api = "networking.k8s.io/v1"
    out = {"apiVersion": api, "kind": "NetworkPolicy", "metadata": meta, "spec": {"policyTypes": ["Egress"]}}
    stages = lowered(baseline(deny), out).ingress.stages

    assert [stage.name for stage in stages] == ["NetworkPolicy", "NetworkPolicy for whole pods", "Baseline"]
    assert [len(stage.applies or ()) for stage in stages] == [0, 1, 0]
    assert stages[1].end is Action.ALLOW
