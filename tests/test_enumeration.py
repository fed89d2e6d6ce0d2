"""The enumeration on its own: the required behaviour of docs/semantics.md 9, and scope, with answers found by hand."""

from typing import Any

import pytest
import yaml

from tests.oracle import Answer, allowed, compare, connections, verdict
from tests.oracle.addresses import cells
from tests.oracle.claims import read
from tests.oracle.labels import assignments, matches

Plain = dict[str, Any]


def cluster(text: str) -> list[Plain]:
    return [document for document in yaml.safe_load_all(text) if document]


def policy(spec: str, namespace: str = "shop", name: str = "p") -> str:
    meta = f"{{name: {name}, namespace: {namespace}}}"
    return f"{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {meta}, spec: {spec}}}\n---\n"


def namespace(name: str, labels: str = "{}") -> str:
    return f"{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}, labels: {labels}}}}}\n---\n"


def pod(name: str, place: str = "shop", more: str = "") -> str:
    meta = f"{{name: {name}, namespace: {place}, labels: {{app: {name}}}}}"
    return f"{{apiVersion: v1, kind: Pod, metadata: {meta}, spec: {{containers: [{{name: main{more}}}]}}}}\n---\n"


MONITORING = policy(
    "{podSelector: {matchLabels: {app: apiserver}}, "
    "ingress: [{from: [{podSelector: {matchLabels: {role: monitoring}}}], ports: [{port: 5000}]}]}"
)
HELIDON = "{matchLabels: {app: helidon}}"
FRONTEND = "{matchLabels: {role: frontend}}"
AND = policy(f"{{podSelector: {{}}, ingress: [{{from: [{{namespaceSelector: {HELIDON}, podSelector: {FRONTEND}}}]}}]}}")
OR = policy(
    f"{{podSelector: {{}}, ingress: [{{from: [{{namespaceSelector: {HELIDON}}}, {{podSelector: {FRONTEND}}}]}}]}}"
)
PLAIN = namespace("shop") + namespace("plain")
WORDPRESS = policy(
    "{podSelector: {matchLabels: {tier: mysql}}, "
    "ingress: [{from: [{podSelector: {matchLabels: {tier: frontend}}}], ports: [{port: 3306}]}]}"
)
ISOLATED_WORDPRESS = WORDPRESS + policy(
    "{podSelector: {matchLabels: {tier: frontend}}, policyTypes: [Egress]}", name="out"
)


@pytest.mark.parametrize(
    ("text", "claim", "expected"),
    [
        # 1. No policy: everybody talks to everybody.
        (PLAIN, "always * -> shop/*", "proved"),
        (PLAIN, "never * -> shop/*", "violated"),
        # 6. One port from one kind of pod.
        (MONITORING, "only role=monitoring -> app=apiserver : TCP/5000", "proved"),
        (MONITORING, "only role=monitoring -> app=apiserver", "proved"),
        (MONITORING, "exactly shop/role=monitoring -> shop/app=apiserver : TCP/5000", "proved"),
        (MONITORING, "always shop/role=monitoring -> shop/app=apiserver : TCP/8000", "violated"),
        (MONITORING, "never * -> app=apiserver : UDP/5000", "proved"),
        (MONITORING, "never plain/role=monitoring -> app=apiserver", "proved"),
        (MONITORING, "only role=monitoring -> app=other", "violated"),
        # 5. AND and OR.
        (AND + PLAIN, "only {app=helidon}/role=frontend -> shop/*", "proved"),
        (OR + PLAIN, "only {app=helidon}/role=frontend -> shop/*", "violated"),
        (AND + PLAIN, "never {app=helidon}/!role -> shop/*", "proved"),
        (OR + PLAIN, "always {app=helidon}/!role -> shop/*", "proved"),
        (AND + PLAIN, "never shop/role=frontend -> shop/*", "proved"),
        (OR + PLAIN, "always shop/role=frontend -> shop/*", "proved"),
        (OR + PLAIN, "never plain/role=frontend -> shop/*", "proved"),
        # 7. WordPress and MySQL.
        (WORDPRESS, "exactly shop/tier=frontend -> shop/tier=mysql : TCP/3306", "proved"),
        (WORDPRESS, "never * -> shop/tier=mysql : TCP/3307", "proved"),
        (WORDPRESS, "always shop/tier=mysql -> external", "proved"),
        (ISOLATED_WORDPRESS, "always shop/tier=frontend -> shop/tier=mysql : TCP/3306", "violated"),
        (ISOLATED_WORDPRESS, "never shop/tier=frontend -> * : UDP/53", "proved"),
    ],
)
def test_required_behaviour(text: str, claim: str, expected: str) -> None:
    assert verdict(cluster(text), claim) == Answer(expected)


DENY = policy("{podSelector: {}}")
NAMED = {"matchLabels": {"kubernetes.io/metadata.name": "ghost"}}
NOT_SHOP = {"matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["shop"]}]}


@pytest.mark.parametrize(
    ("text", "claim", "universe", "expected"),
    [
        # A bare selector ranges over declared namespaces; only `shop` is one, since a mention declares nothing.
        (DENY, "never external -> app=a", "open", "proved"),
        (DENY, "never external -> ghost/app=a", "open", "violated"),
        (DENY, {"never": {"from": [{"external": {}}], "to": [{"namespaceSelector": NAMED}]}}, "open", "violated"),
        (DENY, {"never": {"from": [{"external": {}}], "to": [{"namespaceSelector": NOT_SHOP}]}}, "open", "vacuous"),
        (DENY, "never external -> {team=a}/*", "open", "proved"),
        (DENY, "never external -> *", "open", "proved"),
        (DENY, "always app=a -> app=a", "open", "violated"),
        ("", "always app=a -> app=a", "open", "vacuous"),
        # A universe's entry declares too.
        (DENY, "never external -> app=a", {"namespaces": {"known": [{"name": "ghost"}]}}, "violated"),
        # `always` has no limit: an undeclared namespace counts.
        (DENY, "always external -> {team=a}/*", "open", "violated"),
        (DENY, "always external -> ghost/*", "open", "proved"),
        # What `only` exempts is exempt wherever it runs; a namespace in the peer narrows it.
        (policy("{ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: a}}}]}]}"),
         "only app=a -> shop/*", "open", "proved"),
        (policy("{ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: a}}}]}]}"),
         "only shop/app=a -> shop/*", "open", "violated"),
        # The source is protected where the destination is no pod.
        (policy("{policyTypes: [Egress]}"), "never * -> external", "open", "proved"),
        (policy("{policyTypes: [Egress]}"), "never ghost/* -> external", "open", "violated"),
        # A CIDR means external addresses, and pods where the universe says which addresses they have.
        (DENY, "never 10.0.0.0/8 -> shop/*", "open", "proved"),
        (policy("{ingress: [{from: [{podSelector: {}}]}]}"), "never 10.0.0.0/8 -> shop/*", "open", "proved"),
        (policy("{ingress: [{from: [{podSelector: {}}]}]}"), "never 10.0.0.0/8 -> shop/*",
         {"addresses": {"pods": ["10.0.0.0/16"]}}, "violated"),
        (policy("{ingress: [{from: [{podSelector: {}}]}]}"), "only 10.0.0.0/8 -> shop/*",
         {"families": [4]}, "violated"),
        (policy("{ingress: [{from: [{podSelector: {}}]}]}"), "only 10.0.0.0/8 -> shop/*",
         {"families": [4], "addresses": {"pods": ["10.0.0.0/16"]}}, "proved"),
        # Nodes are endpoints only where they are named.
        (DENY, "never * -> shop/*", "open", "proved"),
        (DENY, "never node -> shop/*", "open", "violated"),
        (DENY, "never * -> shop/*", {"nodes": True}, "violated"),
        (DENY, "only node -> shop/*", "open", "proved"),
        # An inventory has the pods of the manifests; a Pod has no other pod of its own.
        (pod("a") + pod("b"), "always app=a -> app=b", "inventory", "proved"),
        (pod("a") + pod("b"), "always app=a -> app=c", "inventory", "vacuous"),
        (pod("a"), "never app=a -> app=a", "inventory", "vacuous"),
        # Isolation, and tenants.
        (DENY, {"isolated": {"directions": "ingress"}}, "open", "proved"),
        (DENY, {"isolated": {}}, "open", "violated"),
        (DENY + namespace("ops"), {"isolated": {"directions": "ingress"}}, "open", "violated"),
        (namespace("shop", "{team: a}") + namespace("ops", "{team: b}"), {"separate": {"byNamespaceLabel": "team"}},
         {"namespaces": {"others": False}}, "violated"),
        (namespace("shop", "{team: a}") + namespace("ops", "{team: a}"), {"separate": {"byNamespaceLabel": "team"}},
         {"namespaces": {"others": False}}, "vacuous"),
        (namespace("shop", "{team: a}") + namespace("ops"), {"separate": {"byNamespaceLabel": "team"}},
         {"namespaces": {"others": False}}, "violated"),
        (namespace("shop", "{team: a}") + namespace("ops"),
         {"separate": {"byNamespaceLabel": "team", "unlabelled": "ignore"}},
         {"namespaces": {"others": False}}, "vacuous"),
        (policy("{ingress: [{from: [{podSelector: {}}]}]}"),
         {"separate": {"byNamespaceLabel": "kubernetes.io/metadata.name"}}, "open", "proved"),
        # Closed values, required labels, invariants, templates.
        (policy("{podSelector: {matchLabels: {app: a}}}"), "never external -> shop/*",
         {"pods": {"labels": {"app": {"values": ["a"], "others": False, "required": True}}}}, "proved"),
        (policy("{podSelector: {matchLabels: {app: a}}}"), "never external -> shop/*",
         {"pods": {"labels": {"app": {"values": ["a"], "others": False}}}}, "violated"),
        (policy("{ingress: [{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: a}}}]}]}"),
         "only ops/* -> shop/*", {"invariants": [
             {"name": "law", "pods": {"podSelector": {"matchLabels": {"app": "a"}}}, "onlyIn": {"namespaces": ["ops"]}}
         ]}, "proved"),
        (DENY, "always external -> {!team}/*", {"newNamespacesGet": [
            {"kind": "NetworkPolicy", "metadata": {"name": "deny"}, "spec": {}}
        ]}, "violated"),
        (DENY, "never external -> {!team}/*", {"newNamespacesGet": [
            {"kind": "NetworkPolicy", "metadata": {"name": "deny"}, "spec": {}}
        ]}, "proved"),
    ],
)  # fmt: skip
def test_scope(text: str, claim: Plain | str, universe: Plain | str, expected: str) -> None:
    assert verdict(cluster(text), claim, universe).verdict == expected


def test_open_switch_makes_a_verdict_depend_on_it() -> None:
    manifests = cluster(policy("{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}"))
    universe = {"addresses": {"pods": ["10.0.0.0/16"]}, "families": [4]}
    assert verdict(manifests, "never ops/* -> shop/*", universe) == Answer("unknown", ("ipblock_pods",))
    assert verdict(manifests, "never ops/* -> shop/*", universe, {"ipblock_pods": "match"}) == Answer("violated")
    assert verdict(manifests, "never ops/* -> shop/*", universe, {"ipblock_pods": "never"}) == Answer("proved")


def test_single_addresses_are_not_shared() -> None:
    manifests = cluster(policy("{ingress: [{from: [{ipBlock: {cidr: 10.0.0.7/32}}]}]}"))
    universe = {"addresses": {"pods": ["10.0.0.7/32"]}, "families": [4]}
    assert verdict(manifests, "never shop/* -> shop/*", universe) == Answer("vacuous")
    assert verdict(manifests, "never 10.0.0.7 -> shop/*", universe) == Answer("vacuous")
    assert verdict(manifests, "never 10.0.0.8 -> shop/*", universe) == Answer("proved")


def test_file_namespace_is_that_of_bare_selectors() -> None:
    claim = {"never": {"from": [{"external": {}}], "to": [{"podSelector": {}}]}}
    manifests = cluster(DENY + namespace("ops"))
    assert verdict(manifests, claim, namespace="shop") == Answer("proved")
    assert verdict(manifests, claim, namespace="ops") == Answer("violated")


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("never * -> shop/*", None),
        ("never external -> shop/*", [{"external": {}}]),
        ("never 10.0.0.7 -> shop/*", [{"ipBlock": {"cidr": "10.0.0.7/32"}}]),
        ("never ::/0 -> shop/*", [{"ipBlock": {"cidr": "::/0"}}]),
        ("never shop/* -> shop/*", [{"namespaces": ["shop"], "podSelector": {"matchExpressions": []}}]),
        ("never {}/* -> shop/*",
         [{"namespaceSelector": {"matchExpressions": []}, "podSelector": {"matchExpressions": []}}]),
        ("never example.com/a -> shop/*",
         [{"podSelector": {"matchExpressions": [{"key": "example.com/a", "operator": "Exists"}]}}]),
        ("never */x/a=b -> shop/*",
         [{"namespaceSelector": {},
           "podSelector": {"matchExpressions": [{"key": "x/a", "operator": "In", "values": ["b"]}]}}]),
        ("never a notin (b, c) -> shop/*",
         [{"podSelector": {"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["b", "c"]}]}}]),
    ],
)  # fmt: skip
def test_one_liners_are_read(text: str, source: list[Plain] | None) -> None:
    assert read(text)["from"] == source


def test_ports_of_one_liners_are_read() -> None:
    assert read("never * -> ::1 : TCP/80-90,UDP,SCTP/web")["ports"] == [
        {"protocol": "TCP", "port": 80, "endPort": 90},
        {"protocol": "UDP"},
        {"protocol": "SCTP", "port": "web"},
    ]


def test_assignments_meet_selectors_in_every_possible_way() -> None:
    one = {"matchLabels": {"app": "a"}}
    other = {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["a", "b"]}]}
    found = assignments([one, other], {})
    assert {(matches(one, labels), matches(other, labels)) for labels in found} == {
        (True, False),
        (False, True),
        (False, False),
    }


def test_assignments_keep_two_fresh_values_apart_where_values_are_compared() -> None:
    assert len(assignments([], {}, apart="tenant")) == 3
    assert len(assignments([], {"tenant": {"values": ["a"], "others": False, "required": True}}, apart="tenant")) == 1


def test_cells_are_cut_at_both_borders_of_a_block() -> None:
    assert cells(["0.0.0.0/32", "255.255.255.255/32"], 4) == [(0,), (1, 2**32 - 2), (2**32 - 1,)]


def test_connections_tell_every_allowed_pair_from_the_others() -> None:
    manifests = cluster(WORDPRESS)
    switches = {"ipblock_pods": "match", "host_network": "as_node"}
    found = [(c, allowed(manifests, c, switches)) for c in connections(manifests)]
    into = [(c, ok) for c, ok in found if c["destination"].get("labels") == {"tier": "mysql"}]
    into = [(c, ok) for c, ok in into if c["destination"]["namespace"] == "shop"]
    expected = {True: set(), False: set()}
    for c, ok in into:
        source = c["source"]
        right = source.get("namespace") == "shop" and source["labels"] == {"tier": "frontend"}
        expected[ok].add(right and (c["protocol"], c["port"]) == ("TCP", 3306))
    assert expected == {True: {True}, False: {False}}
    assert all(ok for c, ok in found if c["destination"].get("namespace") != "shop")


def test_comparing_tells_apart_what_only_policies_of_new_namespaces_look_at() -> None:
    """Pods by their number, in an inventory in which no namespace is new."""
    pods = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": [{"name": "c"}]}}
    old = [
        {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "w", "namespace": "ops"},
         "spec": {"selector": {"matchLabels": {"app": "a"}}, "template": pods}},
        {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "p", "namespace": "ops"},
         "spec": {"podSelector": {}}},
    ]  # fmt: skip
    peer = {"podSelector": {"matchLabels": {"apps.kubernetes.io/pod-index": "1"}}}
    template = {**old[1], "metadata": {"name": "every"}, "spec": {"podSelector": {}, "ingress": [{"from": [peer]}]}}
    universe = {"pods": {"others": False}, "newNamespacesGet": [template], "families": [4]}

    assert compare(old, old, universe).relation == "equivalent"
    assert compare(old, old[:1], universe).relation == "wider"
