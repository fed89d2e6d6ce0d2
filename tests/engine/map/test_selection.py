"""What of a map is wanted, and what is drawn as one."""

from typing import Any

import pytest

from tests.engine.asking import DENY_ALL, DENY_INGRESS, cluster, deployment, namespace, pod, policy, universe
from verifier.engine.map.map import draw
from verifier.engine.map.result import Map, Selection
from verifier.ir.policy import Direction
from verifier.manifests.notation.filter import parse_choice, parse_numbers
from verifier.report.words.mapwords import Words

Links = set[tuple[str, str, str]]

SHOP = (
    namespace("shop")
    + deployment("shop", "web", "{app: web}")
    + deployment("shop", "api", "{app: api}")
    + policy("shop", "deny", DENY_INGRESS)
    + policy(
        "shop",
        "api",
        "{podSelector: {matchLabels: {app: api}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}],"
        " ports: [{port: 80}, {port: 53, protocol: UDP}]}]}",
    )
)


def drawn(manifests: str, of: str = "inventory", **switches: str) -> Map:
    return draw(cluster(manifests), universe(of), switches)


def links(found: Map) -> Links:
    """Source, destination and ports in words."""
    words = Words(found)
    return {(words.name(k.source), words.name(k.destination), words.openings(k.openings)) for k in found.links}


def chosen(manifests: str, of: str = "inventory", direction: Direction | None = None, **wanted: str) -> Links:
    """The links that are left; wanted: the text for each field of a selection."""
    here = cluster(manifests)
    ports = parse_numbers(wanted.pop("ports")) if "ports" in wanted else None
    who = {name: (parse_choice(text, here.workloads),) for name, text in wanted.items()}
    return links(draw(here, universe(of), {}, Selection(ports=ports, direction=direction, **who)))


API = {("web", "api", "TCP 80, UDP 53")}
OUT = {("web", "outside", "every port"), ("api", "outside", "every port")}


def test_without_a_choice_everything_is_drawn() -> None:
    assert links(drawn(SHOP)) == API | OUT


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ({"focus": "shop/api"}, API | {("api", "outside", "every port")}),
        ({"focus": "shop/api", "direction": Direction.INGRESS}, API),
        ({"focus": "shop/api", "direction": Direction.EGRESS}, {("api", "outside", "every port")}),
        ({"sources": "web"}, API | {("web", "outside", "every port")}),
        ({"destinations": "shop/app=api"}, API),
        ({"sources": "api", "destinations": "web"}, set()),
        ({"destinations": "external"}, OUT),
        ({"destinations": "192.0.2.0/24"}, {("web", "outside 192.0.2.0/24", "every port"),
                                            ("api", "outside 192.0.2.0/24", "every port")}),
        ({"ports": "TCP/80-90"}, {("web", "api", "TCP 80"), ("web", "outside", "TCP 80-90"),
                                  ("api", "outside", "TCP 80-90")}),
    ],
)  # fmt: skip
def test_a_choice_leaves_the_links_that_it_means(who: dict[str, Any], expected: Links) -> None:
    assert chosen(SHOP, **who) == expected


def test_pods_that_could_exist_are_chosen_by_labels_that_no_policy_mentions() -> None:
    assert chosen(SHOP, "open", sources="shop/tier=x", destinations="shop/*") == {
        ("app=web,tier=x", "app=api,tier!=x", "TCP 80, UDP 53"),
        ("app=web,tier=x", "app=api,tier=x", "TCP 80, UDP 53"),
    }


def test_workloads_that_talk_alike_are_one_node() -> None:
    manifests = "".join(deployment("shop", f"w{i}", f"{{app: w{i}}}") for i in range(30))
    found = drawn(manifests)

    assert [len(m.workloads) for node in found.nodes for m in node.members if node.kind == "workload"] == [30]
    assert len(found.nodes) == 2


def test_a_single_pod_does_not_talk_to_itself_but_replicas_do() -> None:
    assert links(drawn(pod("shop", "a"))) == {("a", "outside", "every port"), ("outside", "a", "every port")}
    assert ("a", "a", "every port") in links(drawn(deployment("shop", "a", "{app: a}")))


def test_a_pod_that_nobody_wrote_is_isolated_by_what_selects_everything() -> None:
    found = links(drawn(policy("shop", "deny", DENY_ALL) + namespace("ops"), "open"))

    assert not any("shop" in source or "shop" in target for source, target, _ in found)
    assert ("any pod of ops, any pod of undeclared namespaces", "outside", "every port") in found


def test_overlapping_selectors_make_a_class_of_their_own() -> None:
    one = policy("shop", "one", "{podSelector: {matchLabels: {a: w}}, ingress: [{ports: [{port: 80}]}]}")
    two = policy("shop", "two", "{podSelector: {matchLabels: {b: z}}, ingress: [{ports: [{port: 90}]}]}")
    into = {(target, ports) for source, target, ports in links(drawn(one + two, "open")) if source == "outside"}

    assert into == {
        ("a=w,b!=z", "TCP 80"), ("a!=w,b=z", "TCP 90"), ("a=w,b=z", "TCP 80, 90"),
        ("other pods, any pod of undeclared namespaces", "every port"),
    }  # fmt: skip


def test_a_named_port_of_pods_that_nobody_wrote_is_told_by_name() -> None:
    named = policy("shop", "api", "{podSelector: {}, ingress: [{ports: [{port: http}, {port: 53, protocol: UDP}]}]}")
    found = links(drawn(named, "open"))

    assert ("outside", "any pod", "UDP 53, the TCP port named http") in found


def test_what_hangs_on_a_switch_says_so() -> None:
    manifests = SHOP + policy("shop", "block", "{podSelector: {matchLabels: {app: web}},"
                                               " ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}")  # fmt: skip
    found = drawn(manifests)

    assert ("api", "web", "every port where ipblock_pods = match and the source is at 10.0.0.0/8") in links(found)
    assert found.depends_on == ("ipblock_pods",)
    assert not any("ipblock" in ports for _, _, ports in links(drawn(manifests, ipblock_pods="never")))


def test_a_hostnetwork_workload_gets_in_on_its_own_node() -> None:
    found = links(
        drawn(SHOP + deployment("shop", "agent", "{app: agent}", "hostNetwork: true"), host_network="as_node")
    )

    assert ("agent", "web", "every port where both are on the same node") in found


def test_labels_of_a_namespace_that_nobody_has_said_are_a_condition() -> None:
    manifests = deployment("ops", "probe", "{app: probe}") + deployment("shop", "api", "{app: api}")
    manifests += policy(
        "shop", "p", "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {t: o}}}]}]}"
    )
    found = drawn(manifests)

    assert ("ops/probe", "shop/api", "every port where namespace ops has t=o") in links(found)
    assert "nobody has said the labels of namespace ops: it can have any" in found.assumptions
