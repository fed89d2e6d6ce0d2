"""Whose the addresses of Services and of what is behind them are (docs/semantics.md 1.6)."""

import pytest

from tests.engine.asking import cluster
from tests.engine.test_residents import asked, node, pod, to, told
from verifier.engine.diff.compare import compare
from verifier.errors import InputError
from verifier.ir.network import AddressSet
from verifier.ir.universe import INVENTORY, OPEN, Universe


def service(name: str, address: str = "None", selector: str = "", ports: str = "{port: 80, targetPort: 8080}") -> str:
    return (
        f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\n"
        f"spec: {{clusterIP: '{address}', selector: {{{selector}}}, ports: [{ports}]}}\n"
    )


def endpoints(name: str, address: str, target: str = "") -> str:
    reference = f", targetRef: {{{target}}}" if target else ""
    return (
        f"---\napiVersion: v1\nkind: Endpoints\nmetadata: {{name: {name}, namespace: shop}}\n"
        f"subsets: [{{addresses: [{{ip: '{address}'{reference}}}], ports: [{{port: 8080}}]}}]\n"
    )


CLIENT = pod("web", "10.0.0.2")


def test_nobody_has_the_address_of_a_service() -> None:
    inward = (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: in, namespace: shop}\n"
        "spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.96.0.10/32}}]}]}\n"
    )
    for universe in (OPEN, INVENTORY):
        assert asked(CLIENT + inward, "never external -> shop/*", universe).verdict == "violated"
        assert asked(CLIENT + inward + service("api", "10.96.0.10"), "never external -> shop/*", universe).verdict == (
            "proved"
        )
        assert asked(CLIENT + inward + service("api", "10.96.0.10"), "never lab/* -> shop/*", universe).verdict in (
            "proved",
            "vacuous",
        )


def test_what_is_behind_a_service_is_no_pod() -> None:
    text = CLIENT + to("10.7.7.7/32")
    assert asked(text, "never shop/* -> */*").verdict == "violated"

    assert asked(text + endpoints("api", "10.7.7.7"), "never shop/* -> */*").verdict == "proved"


@pytest.mark.parametrize(
    ("nodes", "ipblock_nodes", "verdict"),
    [
        ("", "match", "proved"),
        ("", "never", "violated"),
        ("", "open", "unknown"),
        (node("one", "192.168.0.1"), "never", "proved"),
    ],
)
def test_an_endpoint_of_nobody_is_outside_or_a_node_where_no_nodes_are_known(
    nodes: str, ipblock_nodes: str, verdict: str
) -> None:
    text = CLIENT + to("10.7.7.7/32") + endpoints("api", "10.7.7.7") + nodes
    found = asked(text, "always shop/* -> 10.7.7.7", ipblock_nodes=ipblock_nodes)

    assert found.verdict == verdict
    assert found.notes[-1].startswith("10.7.7.7 is an endpoint of Service shop/api: an outside address")


def test_an_endpoint_that_is_a_pods_is_never_outside() -> None:
    text = CLIENT + to("10.7.7.7/32") + endpoints("api", "10.7.7.7", "kind: Pod, name: api-1")

    assert asked(text, "never shop/* -> external").verdict == "proved"
    assert asked(text, "always shop/* -> 10.7.7.7").verdict == "proved"
    assert asked(text, "never shop/* -> 10.7.7.7").verdict == "violated"
    assert asked(text, "never shop/* -> 10.7.7.7", INVENTORY).verdict == "vacuous"


def test_an_endpoint_that_names_a_node_tells_of_it() -> None:
    text = CLIENT + to("192.168.7.7/32") + endpoints("api", "192.168.7.7", "kind: Node, name: one")

    assert asked(text, "never shop/* -> external").verdict == "proved"
    assert asked(text, "never shop/* -> 192.168.7.7").verdict == "violated"


def test_an_endpoint_is_the_pods_of_what_the_service_selects() -> None:
    made = (
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api, namespace: lab}\n"
        "spec: {template: {metadata: {labels: {app: api}}, spec: {containers: [{name: c}]}}}\n"
    )
    inside = (service("api", selector="app: api") + endpoints("api", "10.7.7.7", "kind: Pod, name: api-1")).replace(
        "namespace: shop", "namespace: lab"
    )
    text = CLIENT + made + inside + to("10.7.7.7/32")

    assert asked(text, "never shop/* -> lab/app=api", INVENTORY).verdict == "violated"
    found = told(text, "shop/web -> 10.7.7.7 : TCP/8080")
    assert found.allowed is True
    assert found.cases[0].connection.destination.workload is not None


def test_explain_takes_an_endpoint_of_nobody_for_either() -> None:
    text = CLIENT + to("10.7.7.7/32") + endpoints("api", "10.7.7.7")
    found = told(text, "shop/web -> 10.7.7.7 : TCP/80", ipblock_nodes="open")

    assert (found.allowed, found.depends_on) == (None, ("ipblock_nodes",))
    assert found.not_covered == ("pods that run on the node of 10.7.7.7, if it is a node's (local_node_egress)",)
    assert told(text, "shop/web -> 10.7.7.7 : TCP/80").allowed is True
    assert told(CLIENT + to("10.1.0.0/16") + endpoints("api", "10.7.7.7"), "shop/web -> 10.7.7.7 : TCP/80").allowed is (
        False
    )
    assert told(text + node("one", "192.168.0.1"), "shop/web -> 10.7.7.7 : TCP/80", ipblock_nodes="never").allowed


def test_explain_asks_for_the_labels_of_a_pod_that_only_an_endpoint_tells_of() -> None:
    with pytest.raises(InputError, match="of which nothing else is known: name it by its labels"):
        told(CLIENT + endpoints("api", "10.7.7.7", "kind: Pod, name: api-1"), "shop/web -> 10.7.7.7 : TCP/80")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (node("one", "10.9.9.1") + service("api", "10.9.9.1"), "Service shop/api has the address 10.9.9.1"),
        (pod("web", "10.9.9.1") + service("api", "10.9.9.1"), "Service shop/api has the address 10.9.9.1"),
        (
            pod("web", "10.9.9.1") + endpoints("api", "10.9.9.2", "kind: Pod, name: web"),
            "Service shop/api has an endpoint at 10.9.9.2, which is no address of Pod shop/web",
        ),
        (
            node("one", "10.9.9.1") + endpoints("api", "10.9.9.2", "kind: Node, name: one"),
            "Service shop/api has an endpoint at 10.9.9.2, which is no address of Node one",
        ),
    ],
)
def test_facts_that_contradict_each_other_are_refused_with_both_positions(text: str, said: str) -> None:
    with pytest.raises(InputError) as refused:
        asked(text, "never * -> shop/*")

    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.message.startswith(said)
    assert diagnostic.line is not None
    assert diagnostic.hint is not None
    assert " at manifests.yaml:" in diagnostic.hint


@pytest.mark.parametrize(
    ("universe", "text"),
    [
        (Universe(name="u", service_addresses=AddressSet.of(("10.96.0.0/12",))), service("api", "10.9.9.9")),
        (
            Universe(name="u", pod_addresses=AddressSet.of(("10.0.0.0/16",))),
            endpoints("api", "10.9.9.9", "kind: Pod, name: x"),
        ),
    ],
)
def test_facts_that_the_universe_forbids_are_refused(universe: Universe, text: str) -> None:
    with pytest.raises(InputError) as refused:
        asked(CLIENT + text, "never * -> shop/*", universe)

    assert [d.code for d in refused.value.diagnostics] == ["universe-forbids"]


def test_a_pod_of_an_endpoint_outside_the_default_ranges_lifts_them() -> None:
    text = pod("web") + to("100.64.0.9/32") + endpoints("api", "100.64.0.9", "kind: Pod, name: api-1")

    assert asked(text, "never shop/* -> shop/*").verdict == "violated"


def test_a_region_says_whose_its_one_address_is() -> None:
    old, new = (
        cluster(CLIENT + node("one", "10.9.9.1") + to("10.1.0.0/16")),
        cluster(
            CLIENT + node("one", "10.9.9.1") + to("10.1.0.0/16") + to("10.9.9.1/32").replace("name: out", "name: more")
        ),
    )
    found = compare(old, new, Universe(nodes=True, families=frozenset({4})))

    assert {region.destination.address_of for region in found.added} == {"Node one"}
