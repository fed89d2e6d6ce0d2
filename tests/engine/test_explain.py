"""Explanations of one connection: the verdict, on what it hangs, which policies speak, and what came close."""

from ipaddress import ip_address
from random import Random
from typing import Any

import pytest
import yaml

from tests.engine.asking import DENY_INGRESS, cluster, deployment, namespace, pod, policy, universe
from tests.engine.map.reading import is_so
from tests.generators.strategies import policies
from tests.oracle import VALUES, allowed, connections, sampled
from verifier.engine.explain.condition import SeenAt
from verifier.engine.explain.explain import explain
from verifier.engine.explain.result import Explanation
from verifier.errors import InputError
from verifier.ir.connectionquery import AddressEnd, ConnectionQuery, InquiryEnd, LabelledEnd, NodeEnd
from verifier.ir.network import Protocol
from verifier.manifests.kubernetes.load import load_text
from verifier.manifests.notation.connection import parse_connection_query
from verifier.report.words.conditions import conditions

CARTS = (
    namespace("shop")
    + deployment("shop", "carts", "{name: carts}")
    + deployment("shop", "carts-db", "{name: carts-db}")
    + policy(
        "shop",
        "db",
        "{podSelector: {matchLabels: {name: carts-db}}, ingress: [{from: [{podSelector: {matchLabels: {name: cart}}}],"
        " ports: [{port: 27017}]}]}",
    )
)
ONLY_OPS = policy(
    "shop", "api", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: ops}}}]}]}"
)
BLOCK = policy("shop", "api", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}")
FIXED = {
    "local_node_ingress": "always", "external_source": "preserved", "other_protocols": "off", "endport": "yes",
    "sctp": "yes", "named_port_dup": "all", "np_finality": "per_direction", "same_priority": "any",
}  # fmt: skip


def told(manifests: str, text: str, of: str = "open", **switches: str) -> Explanation:
    here = cluster(manifests)
    return explain(here, parse_connection_query(text, here.workloads, here.nodes), universe(of), switches)


def end(plain: dict[str, Any]) -> InquiryEnd:
    if plain["kind"] == "external":
        return AddressEnd(ip_address(plain["ip"]))
    if plain["kind"] == "node":
        return NodeEnd()
    return LabelledEnd(plain["namespace"], plain["labels"])


def test_explanations_are_what_enumeration_says_under_every_condition() -> None:
    seen = {True: 0, False: 0}
    hanging = 0
    for seed in range(80):
        manifests, random = policies(seed), Random(seed)
        here = load_text(yaml.safe_dump_all(manifests), "manifests.yaml").cluster
        setting = {name: FIXED.get(name) or random.choice(values) for name, values in VALUES.items()}
        for connection in sampled(manifests, random, 12, "open", setting):
            asked = ConnectionQuery(
                "", end(connection["source"]), end(connection["destination"]), Protocol(connection["protocol"]),
                connection["port"],
            )  # fmt: skip
            answer = explain(here, asked)
            fates = {fate for when, fate in answer.outcomes if is_so(when, connection, setting)}
            expected = allowed(manifests, connection, setting)
            assert fates == {expected}, (seed, connection, setting)
            seen[expected] += 1
            hanging += answer.allowed is None
    assert min(seen.values()) > 100
    assert hanging > 10


def test_explanations_about_nodes_are_what_enumeration_says_under_every_condition() -> None:
    seen = {True: 0, False: 0}
    hanging = 0
    for seed in range(60):
        manifests, random = policies(seed), Random(f"nodes {seed}")
        here = load_text(yaml.safe_dump_all(manifests), "manifests.yaml").cluster
        setting = {name: FIXED.get(name) or random.choice(values) for name, values in VALUES.items()}
        of = {"nodes": True, "addresses": {"nodes": ["10.0.0.0/8", "fd00::/16"]}} if seed % 2 else {"nodes": True}
        for connection in sampled(manifests, random, 6, of, setting, about_a_node):
            source, destination = (end(connection[role]) for role in ("source", "destination"))
            protocol = Protocol(connection["protocol"])
            answer = explain(
                here,
                ConnectionQuery("", source, destination, protocol, connection["port"]),
                universe(yaml.safe_dump(of, default_flow_style=True)),
            )
            fates = {fate for when, fate in answer.outcomes if is_so(when, connection, setting)}
            expected = allowed(manifests, connection, setting)
            assert fates == {expected}, (seed, connection, setting)
            seen[expected] += 1
            hanging += answer.allowed is None
    assert min(seen.values()) > 20
    assert hanging > 10


def about_a_node(connection: dict[str, Any]) -> bool:
    kinds = {connection[role]["kind"] for role in ("source", "destination")}
    return "node" in kinds and "hostpod" not in kinds


NODES = "".join(
    f"---\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}}}\nstatus: {{addresses: [{addresses}]}}\n"
    for name, addresses in {
        "a": "{type: InternalIP, address: 10.9.9.9}",
        "b": "{type: InternalIP, address: 172.16.0.1}, {type: InternalIP, address: 'fd00::1'}",
        "c": "",
        "six": "{type: InternalIP, address: 'fd00::6'}",
    }.items()
)


def test_what_a_node_may_depends_on_where_the_pod_runs() -> None:
    answer = told(policy("shop", "deny", DENY_INGRESS), "node -> shop/app=web : TCP/80")

    assert (answer.allowed, answer.depends_on) == (None, ())
    assert {conditions(when): fate for when, fate in answer.outcomes} == {
        "both are on the same node": True,
        "they are on different nodes": False,
    }
    assert told(policy("shop", "deny", DENY_INGRESS), "node -> shop/app=web : TCP/80", local_node_ingress="policy"
                ).allowed is False  # fmt: skip


def test_selectors_never_mean_a_node() -> None:
    everybody = policy("shop", "in", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}")

    assert told(everybody, "node -> shop/{} : TCP/80", local_node_ingress="policy").allowed is False


def test_a_node_of_the_input_has_the_addresses_that_it_lists() -> None:
    fixed = {"ipblock_nodes": "match", "local_node_ingress": "policy"}

    def of(name: str) -> bool | None:
        return told(BLOCK + NODES, f"node:{name} -> shop/{{}} : TCP/80", **fixed).allowed

    assert (of("a"), of("b"), of("c"), of("six")) == (True, False, None, False)
    answer = told(BLOCK + NODES, "node:a -> shop/{} : TCP/80", local_node_ingress="policy")
    assert answer.depends_on == ("ipblock_nodes",)
    assert str(answer.cases[0].connection.source.address) == "10.9.9.9"


def test_a_node_whose_addresses_the_universe_does_not_know_is_none() -> None:
    with pytest.raises(InputError, match="there can be no such connection"):
        told(NODES, "node:six -> shop/{} : TCP/80", "{families: [4]}")


def test_a_node_and_a_hostnetwork_pod_can_share_its_address() -> None:
    host = deployment("shop", "agent", "{app: agent}", "hostNetwork: true") + policy("shop", "deny", DENY_INGRESS)
    answer = told(host + NODES, "node:a -> shop/agent : TCP/80", host_network="as_pod")

    assert {conditions(when): fate for when, fate in answer.outcomes} == {
        "both are on the same node": True,
        "they are on different nodes": False,
    }


def test_a_denied_connection_names_the_policies_that_select_the_pod_and_what_came_close() -> None:
    answer = told(CARTS, "shop/carts -> shop/deployment/carts-db : TCP/27017")

    (case,) = answer.cases
    assert answer.allowed is False
    assert case.egress.leg.allowed
    assert [str(c) for c in case.ingress.selecting] == ["NetworkPolicy shop/db"]
    (near,) = case.ingress.near
    assert (near.citation.rule, near.selection) == ("ingress[0].from[0]", False)
    assert near.lack.what == "it wants name=cart, and the source has name=carts"
    assert near.lack.hint == "`cart` and `carts` are one letter apart"


def test_an_allowed_connection_names_the_rule_and_others_that_allow_it() -> None:
    rules = "ingress: [{from: [{podSelector: {}}, {namespaceSelector: {}}]}]"
    answer = told(
        policy("shop", "one", f"{{podSelector: {{}}, {rules}}}") + policy("shop", "two", DENY_INGRESS),
        "shop/{} -> shop/app=a : TCP/80",
    )

    side = answer.cases[0].ingress
    assert answer.allowed is True
    assert side.leg.steps[-1].citation is not None
    assert side.leg.steps[-1].citation.rule == "ingress[0].from[0]"
    assert [c.rule for c in side.also] == ["ingress[0].from[1]"]
    assert [c.name for c in side.selecting] == ["one", "two"]


def test_labels_of_a_namespace_that_nobody_has_said_decide() -> None:
    answer = told(ONLY_OPS, "ops/{} -> shop/{} : TCP/80")

    assert answer.allowed is None
    assert answer.depends_on == ()
    assert {fate for _, fate in answer.outcomes} == {True, False}
    assert "nothing in the input declares the namespace `ops`, so no policy can be there" in answer.notes
    assert "nobody has said the labels of namespace ops: it can have any" in answer.assumptions


def test_labels_of_a_namespace_object_are_exact() -> None:
    assert told(ONLY_OPS + namespace("ops", "{team: ops}"), "ops/{} -> shop/{} : TCP/80").allowed is True
    assert told(ONLY_OPS + namespace("ops"), "ops/{} -> shop/{} : TCP/80").allowed is False


def test_an_open_switch_is_named_with_either_outcome() -> None:
    answer = told(BLOCK, "ops/{} -> shop/{} : TCP/80", "{addresses: {pods: [10.1.0.0/16]}, families: [4]}")

    assert answer.depends_on == ("ipblock_pods",)
    assert [case.allowed for case in answer.cases] == [True, False]
    assert told(BLOCK, "ops/{} -> shop/{} : TCP/80", ipblock_pods="never").allowed is False


def test_the_address_of_a_pod_decides_where_a_block_covers_some() -> None:
    answer = told(BLOCK, "ops/{} -> shop/{} : TCP/80", ipblock_pods="match")

    assert answer.allowed is None
    assert answer.depends_on == ()


def test_an_outside_address_is_what_it_is() -> None:
    assert told(BLOCK, "10.1.2.3 -> shop/{} : TCP/80").allowed is True
    answer = told(BLOCK, "192.0.2.1 -> shop/{} : TCP/80")
    assert answer.allowed is False
    assert answer.cases[0].ingress.near[0].lack.what == ("its block does not hold 192.0.2.1, the address of the source")


def test_a_pod_that_nobody_wrote_may_call_its_port_as_it_likes() -> None:
    named = policy("shop", "api", "{podSelector: {}, ingress: [{ports: [{port: http}]}]}")

    assert told(named, "ops/{} -> shop/app=a : TCP/80").allowed is None
    written = pod("shop", "api", "{app: a}", "containers: [{name: c, ports: [{name: http, containerPort: 80}]}]")
    assert told(named + written, "ops/{} -> shop/api : TCP/80").allowed is True
    assert told(named + written, "ops/{} -> shop/api : TCP/http").allowed is True
    assert told(named + written, "ops/{} -> shop/api : TCP/81").allowed is False


def test_a_pod_reaches_itself_and_through_a_service_as_the_switch_says() -> None:
    manifests = pod("shop", "api") + policy("shop", "deny", DENY_INGRESS)
    answer = told(manifests, "shop/api -> shop/pod/api : TCP/80")

    assert answer.allowed is True
    assert answer.notes == (
        "one pod talks to itself; through a Service it is allowed, or denied where self_via_service = policy",
    )
    assert told(deployment("shop", "a", "{app: a}") + policy("shop", "deny", DENY_INGRESS),
                "shop/a -> shop/a : TCP/80").allowed is False  # fmt: skip


def test_a_hostnetwork_pod_depends_on_how_it_is_treated() -> None:
    host = deployment("shop", "agent", "{app: agent}", "hostNetwork: true")
    answer = told(host + policy("shop", "deny", DENY_INGRESS), "ops/{} -> shop/agent : TCP/80")

    assert answer.depends_on == ("host_network",)


def test_definitions_that_differ_are_both_possible() -> None:
    one = deployment("shop", "api", "{app: a}")
    other = deployment("shop", "api", "{app: b}")
    only_a = policy("shop", "deny", "{podSelector: {matchLabels: {app: a}}}")

    assert told(one + other + only_a, "ops/{} -> shop/api : TCP/80").allowed is None


def test_a_switch_that_somebody_set_is_assumed() -> None:
    assert "ipblock_pods: match" in told(BLOCK, "192.0.2.1 -> shop/{} : TCP/80", ipblock_pods="match").assumptions


def test_the_pods_of_a_deployment_reach_themselves_through_a_service_as_the_switch_says() -> None:
    manifests = deployment("shop", "a", "{app: a}") + policy("shop", "deny", DENY_INGRESS)
    itself = "these are two pods of one workload; a pod always reaches itself; through a Service "

    assert told(manifests, "shop/a -> shop/a : TCP/80").notes == (
        f"{itself}it is allowed, or denied where self_via_service = policy",
    )
    assert told(manifests, "shop/a -> shop/a : TCP/80", self_via_service="policy").notes == (f"{itself}it is denied",)
    assert told(deployment("shop", "a", "{app: a}"), "shop/a -> shop/a : TCP/80").notes == (
        f"{itself}it is allowed too",
    )


PAIR = pod("shop", "web", "{app: web}") + pod("shop", "db", "{app: db}")
LETS_IN = (
    "{podSelector: {matchLabels: {app: db}}, policyTypes: [Ingress, Egress],"
    " ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432}]}]}"
)
REPLIES = "Pod shop/web may open connections to Pod shop/db (TCP 5432): replies to them need no rule"


def test_whoever_asks_for_the_way_of_replies_is_told_that_they_need_no_rule() -> None:
    manifests = PAIR + policy("shop", "db", LETS_IN)

    assert REPLIES in told(manifests, "shop/db -> shop/web : TCP/5432").notes
    assert REPLIES in told(manifests, "shop/db -> shop/web : TCP/40000").notes
    assert REPLIES not in told(manifests, "shop/web -> shop/db : TCP/5432").notes
    assert REPLIES not in told(manifests, "shop/web -> shop/db : TCP/80").notes


def test_of_what_no_rule_opens_the_other_way_nothing_is_said() -> None:
    """Where nothing governs the other way, nobody wrote a rule of which the replies are meant."""
    manifests = PAIR + policy("shop", "db", "{podSelector: {matchLabels: {app: db}}, policyTypes: [Egress]}")

    assert told(manifests, "shop/db -> shop/web : TCP/80").notes == ()


OTHERS = (
    "{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [testing]}]}}"
)


def test_what_one_item_leaves_out_and_another_lets_in_is_told() -> None:
    testing = namespace("testing") + namespace("prod") + pod("testing", "a") + pod("prod", "b")
    two = policy("prod", "p", f"{{podSelector: {{}}, ingress: [{{from: [{OTHERS}, {{namespaceSelector: {{}}}}]}}]}}")
    note = (
        "ingress[0].from[0] of NetworkPolicy prod/p leaves out namespaces kubernetes.io/metadata.name=testing, and "
        "ingress[0].from[1] lets it in all the same"
    )

    assert told(testing + two, "testing/a -> prod/b : TCP/80").notes == (note,)
    assert told(testing + two, "prod/b -> prod/b : TCP/80").notes[1:] == ()
    one = policy("prod", "p", f"{{podSelector: {{}}, ingress: [{{from: [{OTHERS}]}}]}}")
    assert told(testing + one, "testing/a -> prod/b : TCP/80").notes == ()


def test_an_exclusion_on_other_ports_leaves_nothing_out() -> None:
    testing = namespace("testing") + namespace("prod") + pod("testing", "a") + pod("prod", "b")
    rules = (
        f"{{from: [{OTHERS}], ports: [{{port: 80}}]}}, {{from: [{{namespaceSelector: {{}}}}], ports: [{{port: 81}}]}}"
    )
    manifests = testing + policy("prod", "p", f"{{podSelector: {{}}, ingress: [{rules}]}}")

    assert told(manifests, "testing/a -> prod/b : TCP/81").notes == ()


def test_what_a_source_shows_decides_where_ipblocks_may_not_see_it() -> None:
    """`external_source: node`: a client shows its own address or that of a node (docs/switches.md)."""
    shown = 0
    for seed in range(240):
        manifests, random = policies(seed), Random(seed)
        if not any("ipBlock" in str(manifest.get("spec", {}).get("ingress")) for manifest in manifests):
            continue
        here = load_text(yaml.safe_dump_all(manifests), "manifests.yaml").cluster
        setting = {name: FIXED.get(name) or random.choice(values) for name, values in VALUES.items()}
        setting |= {"external_source": "node"}
        found = [
            c for c in connections(manifests, "open", setting)
            if c["source"]["kind"] == "external" and c["destination"]["kind"] == "pod"
        ]  # fmt: skip
        for connection in random.sample(found, min(8, len(found))):
            source = end(connection["source"])
            family = ip_address(connection["source"]["ip"]).version
            some = [c["source"]["ip"] for c in found if ip_address(c["source"]["ip"]).version == family]
            seen = {**connection, "seen": random.choice(some)}
            asked = ConnectionQuery(
                "", source, end(connection["destination"]), Protocol(connection["protocol"]), connection["port"]
            )
            answer = explain(here, asked, switches={"external_source": "node"})
            fates = {fate for when, fate in answer.outcomes if is_so(when, seen, setting)}
            assert fates == {allowed(manifests, seen, setting)}, (seed, seen, setting)
            shown += any(isinstance(c, SeenAt) for when, _ in answer.outcomes for fork in when for c in fork)

    assert shown >= 10


def test_of_a_node_that_nobody_knows_a_likely_address_is_shown() -> None:
    found = explain(
        cluster(BLOCK),
        parse_connection_query("10.1.2.3 -> shop/a=b : TCP/80", ()),
        switches={"external_source": "node"},
    )

    assert found.allowed is None
    assert {str(case.connection.seen) for case in found.cases} == {"None", "192.168.0.4"}
