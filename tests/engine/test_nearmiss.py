"""What came close, and by what it failed."""

import pytest

from tests.engine.asking import DENY_INGRESS, cluster, deployment, namespace, policy
from verifier.engine.explain.explain import explain
from verifier.engine.explain.nearmiss import NearMiss
from verifier.engine.lint.lint import lint
from verifier.manifests.notation.connection import parse_connection_query

LABELLED = namespace("shop", "{team: shop}") + namespace("ops", "{team: ops}")


def near(manifests: str, text: str) -> tuple[NearMiss, ...]:
    here = cluster(manifests)
    return explain(here, parse_connection_query(text, here.workloads)).cases[0].ingress.near


def lacks(peer: str, text: str, ports: str = "[]") -> list[tuple[str, str | None]]:
    """What the one rule, for this peer and these ports, lacks to allow the connection."""
    rule = f"{{podSelector: {{}}, ingress: [{{from: [{peer}], ports: {ports}}}]}}"
    return [(n.lack.what, n.lack.hint) for n in near(LABELLED + policy("shop", "p", rule), text)]


@pytest.mark.parametrize(
    ("peer", "source", "what", "hint"),
    [
        ("{podSelector: {matchLabels: {app: web}}}", "shop/app=wep", "it wants app=web, and the source has app=wep",
         "`web` and `wep` are one letter apart"),
        ("{podSelector: {matchLabels: {app: web}}}", "shop/tier=web",
         "it wants app=web, and the source has no label app", "`web` stands under the key `tier`"),
        ("{podSelector: {matchLabels: {role: web}}}", "shop/roles=web",
         "it wants role=web, and the source has no label role", "the keys `role` and `roles` are one letter apart"),
        ("{podSelector: {matchLabels: {app: web}}}", "shop/app=Web", "it wants app=web, and the source has app=Web",
         "`web` and `Web` are one letter apart"),
        ("{podSelector: {matchLabels: {team: shop}}}", "shop/app=a",
         "it wants team=shop, and the source has no label team", "its namespace has team=shop"),
        ("{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [a]}]}}", "shop/app=a",
         "it wants app!=a, and the source has app=a", None),
        ("{podSelector: {}}", "ops/app=a", "it means pods of namespace shop only, and the source is in ops", None),
        ("{namespaceSelector: {matchLabels: {team: opz}}}", "ops/{}",
         "it wants a namespace with team=opz, and namespace ops has team=ops", "`opz` and `ops` are one letter apart"),
    ],
)  # fmt: skip
def test_a_rule_that_fails_in_one_thing_says_in_which(peer: str, source: str, what: str, hint: str | None) -> None:
    assert lacks(peer, f"{source} -> shop/app=db : TCP/80") == [(what, hint)]


def test_a_rule_for_another_port_came_close() -> None:
    found = lacks("{podSelector: {}}", "shop/{} -> shop/app=db : TCP/81", "[{port: 80}, {port: http, protocol: UDP}]")

    assert found == [("it is for TCP 80, the UDP port named http, and this is TCP 81", None)]


def test_a_rule_that_fails_in_two_things_is_not_close() -> None:
    assert lacks("{podSelector: {matchLabels: {app: web}}}", "shop/app=wep -> shop/{} : TCP/81", "[{port: 80}]") == []


def test_rules_for_pods_are_not_close_to_an_outside_address() -> None:
    assert lacks("{podSelector: {matchLabels: {app: web}}}", "192.0.2.1 -> shop/{} : TCP/80") == []


def test_a_policy_that_would_allow_but_does_not_select_came_close() -> None:
    allows = policy("shop", "allows", "{podSelector: {matchLabels: {app: cart}}, ingress: [{}]}")
    found = near(allows + policy("shop", "deny", DENY_INGRESS), "shop/{} -> shop/app=carts : TCP/80")

    assert [(n.citation.name, n.selection, n.rule.rule if n.rule else None) for n in found] == [
        ("allows", True, "ingress[0]")
    ]
    assert found[0].lack.what == "it wants app=cart, and the destination has app=carts"


def test_a_policy_of_another_namespace_came_close_if_its_labels_fit() -> None:
    elsewhere = policy("default", "allows", "{podSelector: {matchLabels: {app: cart}}, ingress: [{}]}")
    found = near(elsewhere + policy("shop", "deny", DENY_INGRESS), "shop/{} -> shop/app=cart : TCP/80")

    assert [n.lack.what for n in found] == ["it is in namespace default, and the destination is in shop"]


def test_of_a_pod_that_nothing_governs_only_misspelt_policies_are_told() -> None:
    misspelt = policy("shop", "cart", "{podSelector: {matchLabels: {app: cart}}}")
    other = policy("shop", "web", "{podSelector: {matchLabels: {app: web}}}")

    assert [n.citation.name for n in near(misspelt + other, "shop/{} -> shop/app=carts : TCP/80")] == ["cart"]


def test_what_is_spelt_alike_comes_first_and_alone_among_selections() -> None:
    allows = [policy("shop", name, f"{{podSelector: {{matchLabels: {{app: {name}}}}}, ingress: [{{}}]}}")
              for name in ("user", "cart", "web")]  # fmt: skip
    found = near("".join(allows) + policy("shop", "deny", DENY_INGRESS), "shop/{} -> shop/app=carts : TCP/80")

    assert [n.citation.name for n in found] == ["cart"]


@pytest.mark.parametrize(
    ("wanted", "source", "hint"),
    [
        ("app: database", "app=databaes", "`database` and `databaes` differ in two letters that are swapped"),
        ("app: web", "app=WEB", "upper and lower case differ"),
        ("roles: web", "rolse=web", "the keys `roles` and `rolse` differ in two letters that are swapped"),
        ("role: web", "ROLE=web", "the keys `role` and `ROLE` differ in upper and lower case"),
        ("app: web-1", "app=web-2", None),
        ("app: monitoring", "app=nonitorinq", None),
        ("app: db", "app=dc", None),
        ("app: db", "app=DB", None),
    ],
)
def test_a_slip_is_what_lint_calls_one(wanted: str, source: str, hint: str | None) -> None:
    peer = f"{{podSelector: {{matchLabels: {{{wanted}}}}}}}"
    [(_, found)] = lacks(peer, f"shop/{source} -> shop/app=x : TCP/80")
    pods = deployment("shop", "there", f"{{{source.replace('=', ': ')}}}") + deployment("shop", "x", "{app: x}")
    rule = f"{{podSelector: {{matchLabels: {{app: x}}}}, ingress: [{{from: [{peer}]}}]}}"
    report = lint(cluster(namespace("shop") + pods + policy("shop", "p", rule)), rules=["near-miss"])

    assert found == hint
    assert bool(report.smells) is (hint is not None)


def test_the_likeliest_slip_is_told() -> None:
    [(_, hint)] = lacks(
        "{podSelector: {matchExpressions: [{key: app, operator: In, values: [aWB, awbs]}]}}",
        "shop/app=awb -> shop/app=x : TCP/80",
    )

    assert hint == "`awbs` and `awb` are one letter apart"


HOSTED = namespace("mon") + deployment("kube-system", "agent", "{app: agent}", "hostNetwork: true")


def near_a_host(peer: str, **switches: str) -> list[str]:
    """What the one egress rule, for this peer, lacks to let a pod reach a hostNetwork pod."""
    rule = f"{{podSelector: {{}}, policyTypes: [Egress], egress: [{{to: [{peer}], ports: [{{port: 80}}]}}]}}"
    here = cluster(HOSTED + namespace("kube-system", "{team: ops}") + policy("mon", "out", rule))
    query = parse_connection_query("mon/app=prom -> kube-system/agent : TCP/80", here.workloads)
    fixed = {"local_node_egress": "policy", **switches}
    return [n.lack.what for case in explain(here, query, switches=fixed).cases for n in case.egress.near]


def test_a_peer_that_would_mean_a_hostnetwork_pod_says_that_it_counts_as_its_node() -> None:
    what = "the destination uses hostNetwork and counts as its node (host_network: as_node)"
    peer = "{namespaceSelector: {matchLabels: {team: ops}}, podSelector: {matchLabels: {app: agent}}}"

    assert near_a_host(peer, host_network="as_node") == [what]
    assert near_a_host(peer) == [what]
    assert near_a_host(peer, host_network="as_peer") == near_a_host(peer, host_network="as_pod") == []


def test_a_peer_that_would_mean_it_but_for_its_labels_too_is_not_close() -> None:
    peer = "{namespaceSelector: {matchLabels: {team: dev}}}"

    assert near_a_host(peer, host_network="as_node") == []
    assert near_a_host(peer, host_network="as_peer") == [
        "it wants a namespace with team=dev, and namespace kube-system has team=ops"
    ]
