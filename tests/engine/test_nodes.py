"""Nodes and hostNetwork pods are endpoints only where something says so (docs/properties.md, "Scope")."""

from tests.engine.asking import (
    DENY_ALL,
    DENY_INGRESS,
    admits,
    ask,
    deployment,
    policy,
    universe,
    verdict,
)

PROBED = policy("shop", "deny", DENY_INGRESS)
HOSTED = deployment("shop", "agent", "{app: agent}", "hostNetwork: true")


def test_nodes_are_endpoints_only_where_something_says_so() -> None:
    assert verdict(PROBED, "never * -> shop/*") == "proved"
    assert verdict(PROBED, "never node -> shop/*") == "violated"
    assert verdict(PROBED, "never * -> shop/*", "{nodes: true}") == "violated"
    assert verdict(PROBED, "only node -> shop/*") == "proved"
    assert verdict(PROBED, "only node -> shop/*", local_node_ingress="policy") == "proved"


def test_a_pods_own_node_always_gets_in_and_another_does_not() -> None:
    result = ask(PROBED, "never node -> shop/*")

    assert result.witness.connection.same_node
    assert verdict(PROBED, "never node -> shop/*", local_node_ingress="policy") == "proved"


def test_a_host_network_workload_counts_where_a_peer_selects_it() -> None:
    result = ask(HOSTED + PROBED, "never external -> shop/app=agent")

    assert result.verdict == "unknown"
    assert result.depends_on == ("host_network",)
    assert result.witness.destination.kind == "hostpod"
    assert "Deployment shop/agent" in str(result.reason)


def test_a_host_network_workload_does_not_count_where_none_selects_it() -> None:
    assert verdict(HOSTED + PROBED, "never external -> shop/app=web") == "proved"
    assert verdict(HOSTED + PROBED, "never external -> *") == "proved"
    assert verdict(HOSTED + policy("shop", "deny", DENY_ALL), "{isolated: {}}") == "proved"


def test_a_host_network_source_counts_where_a_peer_selects_it() -> None:
    to_agents = admits("{podSelector: {matchLabels: {app: agent}}}")

    assert (
        verdict(
            HOSTED + policy("shop", "p", to_agents),
            "always shop/app=agent -> shop/app=web",
            local_node_ingress="policy",
        )
        == "depends on host_network"
    )
    assert (
        verdict(HOSTED + policy("shop", "p", to_agents), "always shop/app=agent -> shop/app=web", host_network="as_pod")
        == "proved"
    )
    assert (
        verdict(
            HOSTED + policy("shop", "p", to_agents), "always shop/app=agent -> shop/app=web", host_network="as_node"
        )
        == "violated"
    )


def test_the_report_names_the_host_network_workload() -> None:
    assert "Deployment shop/agent uses hostNetwork" in (
        ask(HOSTED + PROBED, "never external -> shop/app=agent").reason or ""
    )


def test_a_fixed_switch_settles_host_network() -> None:
    assert verdict(HOSTED + PROBED, "never external -> shop/app=agent", host_network="as_pod") == "proved"
    assert verdict(HOSTED + PROBED, "never external -> shop/app=agent", host_network="as_node") == "violated"


def test_an_inventory_holds_its_host_network_workloads() -> None:
    assert verdict(HOSTED + PROBED, "never external -> shop/*", "inventory", host_network="as_node") == "violated"
    assert ask(
        HOSTED + PROBED, "never external -> shop/*", "inventory", host_network="as_node"
    ).witness.destination.workload
    assert universe("inventory").other_pods is False
