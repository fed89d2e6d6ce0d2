"""hostNetwork pods that are peers and not governed: what is asked of them, and what nothing is said about."""

from tests.engine.asking import DENY_INGRESS, ask, cluster, deployment, policy, universe, verdict
from tests.engine.lint.test_lint import looked
from verifier.engine.diff.compare import compare
from verifier.engine.explain.condition import OnOneNode
from verifier.engine.explain.explain import explain
from verifier.engine.explain.result import Explanation
from verifier.engine.map.map import draw
from verifier.engine.problem.hostpeers import BESIDE_PEERS
from verifier.manifests.notation.connection import parse_connection_query

HOSTED = deployment("shop", "agent", "{app: agent}", "hostNetwork: true") + deployment("shop", "p", "{app: p}")
TO_P = "{podSelector: {matchLabels: {app: p}}, ingress: [{from: [{podSelector: {matchLabels: {app: agent}}}]}]}"
ADMITTED = HOSTED + policy("shop", "p", TO_P)
CLAIM = "always shop/app=agent -> shop/app=p"


def explained(manifests: str, text: str, **switches: str) -> Explanation:
    read = cluster(manifests)
    return explain(read, parse_connection_query(text, read.workloads), switches=switches)


def test_open_means_all_three() -> None:
    denied = ADMITTED + policy("shop", "agent", "{podSelector: {matchLabels: {app: agent}}, policyTypes: [Egress]}")
    answers = {
        value: verdict(denied, CLAIM, "inventory", host_network=value) for value in ("as_node", "as_pod", "as_peer")
    }

    assert answers == {"as_node": "violated", "as_pod": "violated", "as_peer": "proved"}
    assert verdict(denied, CLAIM, "inventory") == "depends on host_network"


def test_a_node_is_meant_with_the_pods_that_count_as_it() -> None:
    fixed = {"local_node_ingress": "policy", "ipblock_nodes": "never"}
    admitted = policy("shop", "p", TO_P)

    assert verdict(admitted, "never node -> shop/app=p", host_network="as_node", **fixed) == "proved"
    assert verdict(admitted, "never node -> shop/app=p", host_network="as_peer", **fixed) == "violated"
    assert verdict(admitted, "never node -> shop/app=p", host_network="as_pod", **fixed) == "proved"


def test_the_map_shows_what_counts_as_a_node_on_its_own_node() -> None:
    closed = cluster(HOSTED + policy("shop", "p", DENY_INGRESS))

    def conditions_to_p(value: str) -> set[object]:
        drawn = draw(closed, universe("inventory"), {"host_network": value})
        names = [{str(w) for member in node.members for w in member.workloads} for node in drawn.nodes]
        return {
            condition
            for link in drawn.links
            if "Deployment shop/agent" in names[link.source] and "Deployment shop/p" in names[link.destination]
            for opening in link.openings
            for fork in opening.when
            for condition in fork
        }

    assert conditions_to_p("as_node") == conditions_to_p("as_peer") == {OnOneNode(True)}
    assert conditions_to_p("as_pod") == set()


def test_what_else_runs_on_the_node_is_named_where_peers_mean_hostnetwork_pods() -> None:
    for value, is_named in (("as_node", False), ("as_pod", False), ("as_peer", True), ("open", True)):
        assert (BESIDE_PEERS in ask(ADMITTED, CLAIM, host_network=value).not_covered) is is_named
        drawn = draw(cluster(ADMITTED), universe("inventory"), {"host_network": value})
        assert (BESIDE_PEERS in drawn.not_covered) is is_named
        compared = compare(cluster(ADMITTED), cluster(HOSTED), universe("{nodes: true}"), {"host_network": value})
        assert (BESIDE_PEERS in compared.not_covered) is is_named
        told = explained(ADMITTED, "shop/agent -> shop/p : TCP/80", host_network=value)
        assert (BESIDE_PEERS in told.not_covered) is is_named


def test_it_is_not_named_where_no_peer_means_them() -> None:
    closed = HOSTED + policy("shop", "p", DENY_INGRESS)

    assert BESIDE_PEERS not in ask(closed, CLAIM).not_covered
    assert BESIDE_PEERS not in ask(policy("shop", "p", TO_P), "never shop/app=x -> shop/app=p").not_covered
    assert BESIDE_PEERS not in compare(cluster(closed), cluster(HOSTED)).not_covered
    assert BESIDE_PEERS not in explained(closed, "shop/agent -> shop/p : TCP/80").not_covered


def test_a_hostnetwork_pod_that_nobody_has_written_does_not_silence_lint() -> None:
    to_agent = "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: agent}}}]}]}"
    blocked = policy("shop", "out", to_agent) + policy("shop", "in", DENY_INGRESS)
    rule = ["egress-without-ingress"]

    assert looked(blocked, rules=rule).smells
    assert not looked(blocked + HOSTED, rules=rule).smells
    assert looked(blocked + HOSTED, rules=rule, switches={"host_network": "as_pod"}).smells
    assert not looked(blocked, rules=rule, universe=universe("{nodes: true}")).smells
