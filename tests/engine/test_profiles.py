"""What the profiles fix shows in verdicts."""

import pytest

from tests.engine.asking import DENY_ALL, DENY_EGRESS, DENY_INGRESS, admits, ask, cluster, pod, policy, verdict
from verifier.engine.explain.explain import explain
from verifier.engine.problem.switches import settle
from verifier.ir.profiles import PROFILES
from verifier.manifests.notation.connection import parse_connection_query

IN, OUT = policy("shop", "in", DENY_INGRESS), policy("shop", "out", DENY_EGRESS)
ANY_ADDRESS = policy("shop", "in", admits("{ipBlock: {cidr: 0.0.0.0/0}}", "{ipBlock: {cidr: '::/0'}}"))


def under(profile: str, manifests: str, claim: str, **switches: str) -> str:
    return verdict(manifests, claim, **{**settle(profile), **switches})


@pytest.mark.parametrize("profile", PROFILES)
def test_the_own_node_gets_out_as_policies_say_or_always(profile: str) -> None:
    always = ("aws-vpc-cni", "azure-npm", "weave")
    expected = "violated" if profile in always else "depends on local_node_egress" if profile == "k8s" else "proved"

    assert under(profile, OUT, "never shop/* -> node", host_network="as_node") == expected


@pytest.mark.parametrize("profile", PROFILES)
def test_the_own_node_gets_in(profile: str) -> None:
    expected = "depends on local_node_ingress" if profile == "kube-network-policies" else "violated"

    assert under(profile, IN, "never node -> shop/*", host_network="as_node") == expected


def test_what_the_universe_says_of_the_own_node_comes_after_the_profile() -> None:
    layers = settle("kube-network-policies", {"local_node_ingress": "policy"})

    assert verdict(IN, "never node -> shop/*", **layers) == "proved"


def test_kube_network_policies_compares_the_addresses_of_nodes() -> None:
    assert under("kube-network-policies", ANY_ADDRESS, "always node -> shop/*") == "proved"
    assert under("k8s", ANY_ADDRESS, "always node -> shop/*", host_network="as_node") == "depends on ipblock_nodes"


def test_cilium_lets_a_pod_reach_itself_through_a_service() -> None:
    read = cluster(pod("shop", "web", "{app: web}") + policy("shop", "all", DENY_ALL))
    query = parse_connection_query("shop/web -> shop/web : TCP/80", read.workloads)
    (note,) = explain(read, query, switches=settle("cilium")).notes

    assert note == "one pod talks to itself; through a Service it is allowed too"


def test_a_drop_by_the_own_node_is_named_where_something_was_proved_to_get_there() -> None:
    dropping = "nodes that drop what their own pods send to them (local_node_egress: policy_then_drop)"
    claim, out = (
        "always shop/* -> node",
        policy("shop", "out", "{podSelector: {}, policyTypes: [Egress], egress: [{}]}"),
    )

    assert dropping in ask(out, claim, **settle("calico")).not_covered
    assert dropping in ask(out, claim, host_network="as_node").not_covered
    assert dropping not in ask(out, claim, **settle("calico", {"local_node_egress": "always"})).not_covered
    assert dropping not in ask(out, "always node -> shop/*", **settle("calico")).not_covered
    assert dropping not in ask(OUT, claim, **settle("calico")).not_covered
    assert under("calico", out, claim, local_node_egress="policy_then_drop") == "violated"
