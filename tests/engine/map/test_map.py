"""The map against enumeration: every connection that can be told apart, under every kind of setting."""

from collections import Counter
from random import Random

import pytest
import yaml

from tests.engine.asking import admits, cluster, deployment, ingress, namespace, pod, policy, tier, universe
from tests.engine.map.reading import permits
from tests.generators.residents import settled
from tests.generators.strategies import Draw, policies
from tests.generators.tierstrategies import TierDraw
from tests.oracle import VALUES, allowed, sampled
from tests.oracle.allowed import outcomes
from tests.oracle.rules import read
from verifier.engine.map.map import draw
from verifier.engine.map.result import Map
from verifier.manifests.kubernetes.load import load_text
from verifier.report.words.mapwords import Words

EACH = 200
"""Connections of one example that are looked at."""

FIXED = {
    "local_node_ingress": "always",
    "external_source": "preserved",
    "other_protocols": "off",
    "endport": "yes",
    "sctp": "yes",
    "named_port_dup": "all",
    "np_finality": "per_direction",
    "same_priority": "any",
    "networks_pods": "match",
    "networks_nodes": "match",
}
"""The switches that are not open by default."""


@pytest.mark.parametrize(("where", "examples"), [("inventory", 150), ("open", 60)])
def test_the_map_allows_what_enumeration_allows(where: str, examples: int) -> None:
    seen = {True: 0, False: 0}
    for seed in range(examples):
        manifests, random = settled(seed, policies(seed), where), Random(seed)
        if where == "inventory" and not read(manifests).workloads:
            continue
        drawn = draw(load_text(yaml.safe_dump_all(manifests), "manifests.yaml").cluster, universe(where))
        setting = {name: FIXED.get(name) or random.choice(values) for name, values in VALUES.items()}
        for connection in sampled(manifests, random, EACH, where, setting):
            expected = allowed(manifests, connection, setting)
            seen[expected] += 1
            assert permits(drawn, connection, setting) is expected, (seed, setting, connection)
    assert min(seen.values()) > 0.2 * sum(seen.values())


def test_the_map_allows_what_enumeration_allows_where_the_input_says_whose_addresses_are() -> None:
    seen = {True: 0, False: 0}
    for seed in range(150):
        random = Random(f"residents on a map {seed}")
        manifests = settled(seed, Draw(random).manifests("inventory"), "inventory", often=1)
        if not read(manifests).workloads:
            continue
        drawn = draw(load_text(yaml.safe_dump_all(manifests), "manifests.yaml").cluster, universe("inventory"))
        setting = {name: FIXED.get(name) or random.choice(values) for name, values in VALUES.items()}
        setting |= {"ipblock_pods": "match"} if seed % 2 else {}
        for connection in sampled(manifests, random, 2 * EACH, "inventory", setting):
            expected = allowed(manifests, connection, setting)
            seen[expected] += 1
            assert permits(drawn, connection, setting) is expected, (seed, setting, connection)
    assert min(seen.values()) > 0.2 * sum(seen.values())


def pod_at(name: str, address: str) -> str:
    return f"{pod('shop', name, f'{{app: {name}}}')}status: {{podIP: {address}}}\n"


def hears(drawn: Map) -> set[tuple[str, str]]:
    """Who may open something to whom, of the pods."""
    words = Words(drawn)
    return {(words.name(link.source), words.name(link.destination)) for link in drawn.links}


def test_pods_of_known_addresses_reach_each_other_though_none_has_two() -> None:
    blocks = "{ipBlock: {cidr: 10.0.0.1/32}}, {ipBlock: {cidr: 10.0.0.2/32}}"
    manifests = pod_at("a", "10.0.0.1") + pod_at("b", "10.0.0.2") + policy("shop", "in", admits(blocks))

    drawn = draw(cluster(manifests), universe("inventory"), {"ipblock_pods": "match"})

    assert {pair for pair in hears(drawn) if "outside" not in str(pair)} == {("a", "b"), ("b", "a")}


def test_hostnetwork_pods_that_share_the_only_address_of_their_node_reach_each_other() -> None:
    status = "status: {addresses: [{type: InternalIP, address: 10.9.9.9}]}"
    node = f"---\napiVersion: v1\nkind: Node\nmetadata: {{name: one}}\n{status}\n"
    pods = "".join(pod("shop", name, f"{{app: {name}}}", "hostNetwork: true") for name in ("a", "b"))
    closed = policy("shop", "in", admits("{ipBlock: {cidr: 10.9.9.9/32}}"))

    for setting in ("as_node", "as_pod"):
        drawn = draw(cluster(node + pods + closed), universe("inventory"), {"host_network": setting})
        assert {pair for pair in hears(drawn) if "outside" not in str(pair)} == {("a, b", "a, b")}


TWO_NAMES = "a pod that nobody has written calls no port by two names that policies use"


@pytest.mark.parametrize(("where", "examples"), [("inventory", 120), ("open", 50)])
def test_the_map_allows_what_enumeration_allows_where_there_are_tiers(where: str, examples: int) -> None:
    seen: Counter[frozenset[bool]] = Counter()
    for seed in range(examples):
        random = Random(seed)
        draw_of = TierDraw(random)
        plain = policies(seed)
        manifests = [*plain, *draw_of.tiers(), *draw_of.nodes(plain)]
        if where == "inventory" and not read(manifests).workloads:
            continue
        chosen = {
            "same_priority": random.choice(VALUES["same_priority"]),
            "networks_pods": random.choice(VALUES["networks_pods"]),
            "np_finality": random.choice(VALUES["np_finality"]),
        }
        drawn = draw(load_text(yaml.safe_dump_all(manifests), "manifests.yaml").cluster, universe(where), chosen)
        setting = {name: chosen.get(name) or FIXED.get(name) or random.choice(v) for name, v in VALUES.items()}
        for connection in sampled(manifests, random, EACH, where, setting):
            if len(connection["destination"].get("namedPorts") or ()) > 1 and TWO_NAMES in drawn.assumptions:
                continue
            expected = outcomes(manifests, connection, setting)
            seen[expected] += 1
            assert permits(drawn, connection, setting) is (expected == {True}), (seed, setting, connection)
            assert permits(drawn, connection, setting, surely=False) is (True in expected), (seed, setting, connection)
    assert len(seen) == 3
    assert min(seen[frozenset({True})], seen[frozenset({False})]) > 0.1 * seen.total(), seen


@pytest.mark.parametrize(("into", "said"), [("dns", True), ("web", False)])
def test_a_map_says_what_it_takes_for_granted_of_names_on_both_sides(into: str, said: bool) -> None:
    """A port that is called by both names is let out by the one and let in by the other."""
    rules = f"egress: [{{ports: [{{port: web}}]}}], ingress: [{{ports: [{{port: {into}}}]}}]"
    both = policy("shop", "both", f"{{podSelector: {{}}, policyTypes: [Ingress, Egress], {rules}}}")

    assert (TWO_NAMES in draw(cluster(both)).assumptions) is said


def test_what_hangs_on_a_tie_is_drawn_as_what_may_be() -> None:
    one = tier("a", ingress(("Accept", "{namespaces: {}}")))
    drawn = draw(cluster(pod("shop", "web", "{app: web}") + one + tier("b", ingress(("Deny", "{namespaces: {}}")))))

    assert drawn.depends_on == ("same_priority",)
    assert {opening.surely for link in drawn.links for opening in link.openings} == {True, False}


def test_what_the_baseline_denies_is_drawn_where_network_policies_isolate() -> None:
    base = tier("base", ingress(("Deny", "{namespaces: {}}")), "Baseline")
    opened = policy("shop", "web", "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {}}]}]}")
    manifests = deployment("shop", "web", "{app: web}") + deployment("shop", "db", "{app: db}") + opened + base
    drawn = draw(cluster(manifests), universe("inventory"))
    words = Words(drawn)

    inside = {(words.name(k.source), words.name(k.destination)) for k in drawn.links}
    assert {(a, b) for a, b in inside if "outside" not in (a, b)} == {("db", "web"), ("web", "web")}


def test_a_port_that_is_denied_by_its_name_is_not_told_by_its_number() -> None:
    deny = tier("a", "ingress: [{action: Deny, from: [{namespaces: {}}], protocols: [{destinationNamedPort: web}]}]")
    words = Words(draw(cluster(namespace("shop") + deny), universe("open")))

    said = {
        (words.name(k.source), words.openings(k.openings)) for k in words.map.links if "pod" in words.name(k.source)
    }
    assert {ports for _, ports in said} == {"every port", "every port, but not a port named web"}


def test_a_workload_has_the_ports_that_it_has() -> None:
    deny = tier("a", "ingress: [{action: Deny, from: [{namespaces: {}}], protocols: [{destinationNamedPort: web}]}]")
    port = "ports: [{name: web, containerPort: 8080}]"
    web = deployment("shop", "web", "{app: web}", f"containers: [{{name: c, image: i, {port}}}]")
    words = Words(draw(cluster(web + deny), universe("inventory")))

    into = {words.openings(k.openings) for k in words.map.links if words.name(k.destination) == "web"}
    assert into == {"every port", "every port but TCP 8080"}


def test_protocol_of_which_nothing_is_claimed_is_said_to_be_left_out() -> None:
    shown = cluster(pod("shop", "web", "{app: web}"))

    assert "SCTP (sctp: no)" in draw(shown, universe("inventory"), {"sctp": "no"}).not_covered
    assert "SCTP (sctp: no)" not in draw(shown, universe("inventory")).not_covered
