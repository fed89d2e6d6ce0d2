"""Whose an address is (docs/semantics.md 1.6): what the input says of nodes and pods, and who an address means."""

from dataclasses import dataclass

import pytest

from tests.engine.asking import cluster
from verifier.engine.check.check import check
from verifier.engine.explain.explain import explain
from verifier.engine.explain.result import Explanation
from verifier.engine.map.map import draw
from verifier.engine.results.check import Result
from verifier.errors import InputError, Severity
from verifier.ir.residents import BELIEVED
from verifier.ir.universe import INVENTORY, OPEN, Universe
from verifier.manifests.kubernetes.load import load_text
from verifier.manifests.notation.connection import parse_connection_query
from verifier.manifests.notation.expression import parse_expression

FIXED = {"ipblock_pods": "match", "ipblock_nodes": "match", "local_node_egress": "policy", "host_network": "as_node"}


def node(name: str, *addresses: str) -> str:
    listed = ", ".join(f"{{type: InternalIP, address: '{address}'}}" for address in addresses)
    return f"---\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}}}\nstatus: {{addresses: [{listed}]}}\n"


def pod(name: str, address: str | None = None, spec: str = "", host: bool = False) -> str:
    network = "hostNetwork: true, " if host else ""
    status = (
        "" if address is None else f"status: {{phase: Running, podIP: '{address}', podIPs: [{{ip: '{address}'}}]}}\n"
    )
    return (
        f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop, labels: {{app: {name}}}}}\n"
        f"spec: {{{network}{spec}containers: [{{name: c}}]}}\n{status}"
    )


def to(cidr: str) -> str:
    """Pods of `shop` reach this block and nothing else."""
    return (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: out, namespace: shop}\n"
        f"spec: {{podSelector: {{}}, policyTypes: [Egress], egress: [{{to: [{{ipBlock: {{cidr: {cidr}}}}}]}}]}}\n"
    )


def asked(text: str, claim: str, universe: Universe = OPEN, **switches: str) -> Result:
    (found,) = check(cluster(text), [parse_expression(claim)], universe, {**FIXED, **switches})
    return found


def told(text: str, connection: str, universe: Universe = OPEN, **switches: str) -> Explanation:
    here = cluster(text)
    query = parse_connection_query(connection, here.workloads, here.nodes)
    return explain(here, query, universe, {**FIXED, **switches})


TWO = node("one", "10.9.9.1") + node("two", "10.9.9.2")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (node("one", "10.9.9.1") + node("two", "10.9.9.1"), "Node two has the address 10.9.9.1"),
        (node("one", "10.9.9.1") + pod("web", "10.9.9.1"), "Pod shop/web has the address 10.9.9.1"),
        (TWO + pod("agent", "10.9.9.2", "nodeName: one, ", host=True), "Pod shop/agent has the address 10.9.9.2"),
        (pod("agent", "10.9.9.2", host=True) + pod("web", "10.9.9.2"), "Pod shop/web has the address 10.9.9.2"),
        (
            pod("one", "10.9.9.2", "nodeName: one, ", host=True) + pod("two", "10.9.9.2", "nodeName: two, ", host=True),
            "Pod shop/two has the address 10.9.9.2",
        ),
        (
            pod("one", "10.9.9.2", "nodeName: one, ", host=True) + node("two", "10.9.9.2"),
            "Pod shop/one has the address 10.9.9.2",
        ),
    ],
)
def test_an_address_that_two_have_is_refused_with_both_positions(text: str, said: str) -> None:
    with pytest.raises(InputError) as refused:
        asked(text, "never * -> shop/*")

    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.message.startswith(said)
    assert diagnostic.line is not None
    assert diagnostic.hint is not None
    assert "has it, too, at " in diagnostic.hint


def test_hostnetwork_pods_of_one_node_or_of_nobody_knows_which_may_share_its_address() -> None:
    here, there = pod("a", "10.9.9.2", "nodeName: one, ", host=True), pod("b", "10.9.9.2", host=True)
    beside = pod("c", "10.9.9.2", "nodeName: one, ", host=True)

    assert asked(here + there + beside, "never external -> shop/app=a").verdict == "violated"


def test_a_hostnetwork_pod_has_the_address_of_its_node() -> None:
    text = TWO + pod("web") + pod("agent", "10.9.9.2", "nodeName: two, ", host=True) + to("10.9.9.2/32")
    claim = "always shop/app=web -> shop/app=agent"

    assert asked(text, claim, INVENTORY).verdict == "proved"
    assert asked(text, claim, INVENTORY, ipblock_nodes="never").verdict == "violated"


def test_what_a_hostnetwork_pod_tells_is_a_node_without_a_node_object() -> None:
    text = pod("agent", "192.0.2.9", host=True) + to("192.0.2.9/32")

    assert asked(text, "never shop/app=web -> external").verdict == "proved"


def test_the_nodes_of_the_input_are_all_there_are_and_verdicts_that_need_it_say_so() -> None:
    found = asked(TWO + to("10.9.9.0/30"), "always shop/* -> node")

    assert found.verdict == "proved"
    assert (
        "the 2 Nodes of the input are all nodes there are, with no other addresses than they list" in found.assumptions
    )


def test_a_verdict_that_rests_on_whose_an_address_is_says_so() -> None:
    text = TWO + to("10.9.9.1/32")

    found = asked(text, "never shop/* -> external")

    assert found.verdict == "proved"
    assert any(assumption.startswith("addresses and nodes are those of whom") for assumption in found.assumptions)
    assert not any(a.startswith("addresses") for a in asked(TWO + to("10.9.9.1/32"), "never */* -> shop/*").assumptions)


@pytest.mark.parametrize(
    "more",
    [
        pod("there", spec="nodeName: three, "),
        pod("there", "10.9.9.3", "nodeName: three, ", host=True),
        pod("there", "10.9.9.3", host=True),
    ],
)
def test_what_runs_on_a_node_that_is_none_of_the_input_says_that_there_are_others(more: str) -> None:
    assert asked(TWO + to("10.9.9.0/30"), "always shop/app=web -> node").verdict == "proved"
    assert asked(TWO + to("10.9.9.0/30") + more, "always shop/app=web -> node").verdict == "violated"


def test_where_some_node_lists_none_nothing_follows() -> None:
    assert asked(TWO + node("three") + to("10.9.9.0/30"), "always shop/* -> node").verdict == "violated"


def test_a_family_that_no_node_lists_is_one_that_nodes_do_not_have() -> None:
    found = asked(TWO + to("10.0.0.0/8"), "always shop/* -> node")

    assert found.verdict == "proved"


@pytest.mark.parametrize(("name", "verdict"), [("one", "proved"), ("two", "violated")])
def test_a_pod_runs_on_the_node_that_it_names(name: str, verdict: str) -> None:
    """Its own node lets it out, another one does not."""
    text = TWO + pod("web", "10.244.1.1", f"nodeName: {name}, ") + to("10.244.0.0/16")

    assert asked(text, "always shop/app=web -> 10.9.9.1", INVENTORY, local_node_egress="always").verdict == verdict


@pytest.mark.parametrize(("name", "verdict"), [("k1", "proved"), ("k2", "violated")])
def test_two_pods_of_one_node_meet_there_though_nothing_else_is_known_of_it(name: str, verdict: str) -> None:
    """Its own node is let in, whatever the policies: the hostNetwork pod counts as it."""
    text = pod("agent", spec="nodeName: k1, ", host=True) + pod("web", spec=f"nodeName: {name}, ")
    text += (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: in, namespace: shop}\n"
        "spec: {podSelector: {matchLabels: {app: web}}}\n"
    )

    assert asked(text, "always shop/app=agent -> shop/app=web", INVENTORY).verdict == verdict


WEB = (
    "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n"
    "spec: {selector: {}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}}\n"
)


def owned(text: str, kind: str, name: str) -> str:
    """The pods of `text`, which that workload controls."""
    owner = f"{{apiVersion: apps/v1, kind: {kind}, name: {name}, uid: u, controller: true}}"
    return text.replace("labels:", f"ownerReferences: [{owner}], labels:")


def test_the_address_of_a_pod_that_a_workload_controls_is_that_of_one_of_its_pods() -> None:
    text = pod("db") + pod("other") + WEB + owned(pod("web", "10.244.1.5"), "Deployment", "web") + (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: in, namespace: shop}\n"
        "spec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{ipBlock: {cidr: 10.244.1.5/32}}]}]}\n"
    )  # fmt: skip
    claims = ("never shop/app=other -> shop/app=db", "never shop/app=web -> shop/app=db",
              "always shop/app=web -> shop/app=db", "always 10.244.1.5 -> shop/app=db")  # fmt: skip

    assert [asked(text, c, INVENTORY).verdict for c in claims] == ["proved", "violated", "violated", "proved"]


@pytest.mark.parametrize("address", [None, "10.244.1.5"])
@pytest.mark.parametrize(("labels", "verdict"), [("app: web", "violated"), ("app: web, hash: x", "unknown")])
def test_labels_that_an_unknown_controller_may_add_are_open(address: str | None, labels: str, verdict: str) -> None:
    rollout = WEB.replace("apps/v1\nkind: Deployment", "argoproj.io/v1\nkind: Rollout")
    text = pod("db") + pod("other", address) + rollout + (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: in, namespace: shop}\n"
        "spec: {podSelector: {matchLabels: {app: db}},\n"
        f"       ingress: [{{from: [{{podSelector: {{matchLabels: {{{labels}}}}}}}]}}]}}\n"
    )  # fmt: skip
    found = asked(text, "never shop/app=web -> shop/app=db", INVENTORY)

    assert found.verdict == verdict
    assert found.depends_on == (("hash",) if verdict == "unknown" else ())


@pytest.mark.parametrize("name", ["one", "two"])
def test_where_one_of_several_pods_runs_says_nothing_of_the_others(name: str) -> None:
    pods = owned(pod("web", "10.244.1.1", f"nodeName: {name}, "), "Deployment", "web")
    claim = "always shop/app=web -> 10.9.9.1"

    for text in (TWO + WEB + pods, TWO + pods):
        found = asked(text + to("10.244.0.0/16"), claim, INVENTORY, local_node_egress="always")
        assert found.verdict == "violated"


def test_a_hostnetwork_pod_that_a_workload_controls_tells_of_its_node() -> None:
    agent = owned(pod("web", "192.0.2.9", host=True), "Deployment", "web")

    for text in (WEB + agent, agent):
        assert asked(text + to("192.0.2.9/32"), "never shop/app=other -> external").verdict == "proved"


@pytest.mark.parametrize(("name", "verdict"), [("one", "proved"), ("two", "violated")])
def test_a_pod_of_a_statefulset_in_the_input_runs_where_it_says(name: str, verdict: str) -> None:
    label = "statefulset.kubernetes.io/pod-name"
    one = owned(pod("web-0", "10.244.1.1", f"nodeName: {name}, "), "StatefulSet", "web")
    one = one.replace("app: web-0", f"app: web, {label}: web-0, apps.kubernetes.io/pod-index: '0'")
    text = TWO + WEB.replace("Deployment", "StatefulSet") + one + to("10.244.0.0/16")
    claim = f"always shop/{label}=web-0 -> 10.9.9.1"

    assert asked(text, claim, INVENTORY, local_node_egress="always").verdict == verdict


def test_of_one_node_every_pod_runs_on_it() -> None:
    text = node("one", "10.9.9.1") + to("10.244.0.0/16")

    assert asked(text, "always shop/* -> node", local_node_egress="always").verdict == "proved"


def test_what_is_at_two_addresses_that_only_one_node_has_is_on_that_node() -> None:
    two = node("one", "10.9.9.1", "10.9.9.3") + node("two", "fd00::2")
    agents = WEB.replace("Deployment", "DaemonSet").replace("spec: {containers", "spec: {hostNetwork: true, containers")
    closed = (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: in, namespace: shop}\n"
        "spec: {podSelector: {}, policyTypes: [Ingress]}\n"
    )
    own = {"host_network": "as_pod", "local_node_ingress": "always", "local_node_egress": "always"}

    assert asked(two + agents + closed, "always 10.9.9.3 -> shop/app=web", INVENTORY, **own).verdict == "proved"


def test_a_witness_says_whose_the_address_is() -> None:
    found = asked(TWO + to("10.9.9.2/32"), "always shop/* -> node")

    assert found.witness is not None
    assert found.witness.destination is not None
    assert found.witness.destination.address_of == "Node one"


@pytest.mark.parametrize(("cidr", "verdict"), [("10.244.1.5/32", "violated"), ("10.9.0.0/16", "proved")])
def test_a_pod_of_an_inventory_is_at_no_address_but_its_own(cidr: str, verdict: str) -> None:
    text = pod("web") + pod("db", "10.244.1.5") + to(cidr)

    assert asked(text, "never shop/app=web -> shop/app=db", INVENTORY).verdict == verdict


def test_an_address_that_only_exempts_says_nothing_of_other_nodes() -> None:
    text = TWO + to("10.244.0.0/16") + (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: in, namespace: shop}\n"
        "spec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.9.9.1/32}}]}]}\n"
    )  # fmt: skip

    assert asked(text, "only 10.9.9.1 -> shop/*").verdict == "proved"


@dataclass(frozen=True)
class Ask:
    connection: str
    allowed: bool | None
    note: str


@pytest.mark.parametrize(
    "ask",
    [
        Ask("shop/web -> 10.9.9.2 : TCP/443", True, "10.9.9.2 is the address of Node two"),
        Ask("shop/web -> 10.9.9.1 : TCP/443", False, "10.9.9.1 is the address of Node one"),
        Ask("10.244.1.1 -> shop/db : TCP/443", False, "10.244.1.1 is the address of Pod shop/web"),
        Ask("10.244.1.1 -> 10.244.1.2 : TCP/443", False, "10.244.1.2 is the address of Pod shop/db"),
        Ask("10.9.9.2 -> 10.244.1.2 : TCP/443", True, "10.9.9.2 is the address of Node two"),
        Ask("shop/web -> 10.9.9.3 : TCP/443", False, "10.9.9.3 is taken as an address outside the cluster"),
    ],
    ids=lambda ask: ask.connection,
)
def test_explain_takes_an_address_for_its_owner(ask: Ask) -> None:
    text = TWO + pod("web", "10.244.1.1") + pod("db", "10.244.1.2") + to("10.9.9.2/32")

    found = told(text, ask.connection)

    assert found.allowed is ask.allowed
    assert any(note.startswith(ask.note) for note in found.notes)


@pytest.mark.parametrize("connection", ["10.9.9.1 -> 10.9.9.3", "203.0.113.1 -> 10.9.9.1", "node -> 10.9.9.2"])
def test_explain_refuses_addresses_of_which_none_is_a_pod(connection: str) -> None:
    text = pod("agent", "10.9.9.3", host=True) + TWO + to("10.9.9.2/32")

    with pytest.raises(InputError, match="no end is a pod"):
        told(text, f"{connection} : TCP/443")


def test_explain_knows_where_a_pod_of_a_dump_is() -> None:
    text = pod("web", "10.244.1.1") + pod("db", "10.244.2.2") + to("10.244.2.0/24")

    found = told(text, "shop/web -> shop/db : TCP/443")

    assert found.allowed is True
    assert str(found.cases[0].connection.source.address) == "10.244.1.1"


def test_a_public_address_of_a_pod_lifts_what_is_assumed_of_all_and_says_so() -> None:
    text = pod("web", "100.64.0.3") + to("203.0.113.0/24")

    found = asked(text, "always shop/app=web -> shop/app=db")

    assert found.verdict == "violated"
    assert "pods may have any address, since Pod shop/web has 100.64.0.3" in found.assumptions
    assert asked(text, "never shop/app=web -> shop/app=db").verdict == "violated"
    assert (
        asked(pod("web", "10.64.0.3") + to("203.0.113.0/24"), "never shop/app=web -> shop/app=db").verdict == "proved"
    )


def test_an_address_that_two_pods_have_is_a_warning_and_may_be_either_s() -> None:
    text = pod("web", "10.244.1.1") + pod("db", "10.244.1.1") + to("10.244.1.1/32")

    found = load_text(text, "pods.yaml").diagnostics

    assert [(d.code, d.severity, d.line) for d in found] == [("address-twice", Severity.WARNING, 4)]
    assert "as Pod shop/db has at pods.yaml:10:18" in found[0].message
    assert asked(text, "never 10.244.1.1 -> external").verdict == "proved"


def test_explain_tells_both_pods_that_may_have_an_address() -> None:
    policy = (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: in, namespace: shop}\n"
        "spec: {podSelector: {matchLabels: {app: api}}, "
        "ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}\n"
    )
    text = pod("web", "10.244.1.1") + pod("db", "10.244.1.1") + pod("api", "10.244.1.2") + policy

    assert told(text, "10.244.1.1 -> shop/api : TCP/80", ipblock_pods="never").allowed is None


def test_explain_and_map_say_that_they_believe_addresses() -> None:
    text = TWO + pod("web", "10.244.1.1") + pod("db", "10.244.1.2") + to("10.9.9.2/32")

    explained = told(text, "shop/web -> 10.9.9.2 : TCP/443").assumptions
    drawn = draw(cluster(text), INVENTORY).assumptions

    assert BELIEVED in explained
    assert any(assumption.startswith("the 2 Nodes of the input are all") for assumption in explained)
    assert BELIEVED in drawn
    assert BELIEVED not in draw(cluster(pod("web") + to("10.9.9.2/32")), INVENTORY).assumptions
