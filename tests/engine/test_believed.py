"""What a gate believes of whose addresses are: what the base says."""

from datetime import date

import pytest

from tests.engine.asking import DENY_INGRESS, admits, claim, cluster, deployment, namespace, pod, policy
from verifier.engine.diff.believed import as_base_says, not_ended, unproven, with_running
from verifier.engine.diff.gate import gate
from verifier.engine.results.check import Verdict
from verifier.engine.results.diff import Change
from verifier.errors import InputError
from verifier.ir.acceptance import Acceptance
from verifier.ir.cluster import NOTHING
from verifier.manifests.notation.expression import parse_flow

SHOP = namespace("shop")
CALICO = {"ipblock_pods": "match", "ipblock_nodes": "match", "local_node_ingress": "always"}


def node(name: str, address: str) -> str:
    status = f"status: {{addresses: [{{type: InternalIP, address: {address}}}]}}"
    return f"---\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}}}\n{status}\n"


def at(name: str, address: str, labels: str = "{}") -> str:
    return f"{pod('shop', name, labels)}status: {{podIP: {address}}}\n"


def test_nothing_is_to_be_doubted_where_both_sides_say_the_same() -> None:
    base = cluster(SHOP + node("a", "10.9.9.9") + at("web", "10.0.0.1"))
    head = cluster(SHOP + node("a", "10.9.9.9") + at("web", "10.0.0.1", "{app: web}") + pod("shop", "more"))

    assert as_base_says(base, head) is None


def test_nodes_are_those_of_the_base_and_pods_are_where_that_has_them() -> None:
    base = cluster(SHOP + node("a", "10.9.9.9") + at("web", "10.0.0.1") + pod("shop", "db"))
    head = cluster(SHOP + node("b", "10.9.9.8") + at("web", "10.0.0.2") + at("db", "10.0.0.3") + at("new", "10.0.0.4"))

    found = as_base_says(base, head)

    assert found is not None
    assert [each.name for each in found.nodes] == ["a"]
    where = {w.name: [str(address) for address in w.addresses] for w in found.workloads}
    assert where == {"web": ["10.0.0.1"], "db": [], "new": []}


def test_services_have_the_addresses_that_the_base_says_and_endpoints_are_theirs_of_whom_it_says() -> None:
    def service(name: str, address: str) -> str:
        spec = f"spec: {{clusterIP: {address}, ports: [{{port: 80}}]}}"
        return f"---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\n{spec}\n"

    def endpoint(address: str) -> str:
        entry = f"{{ip: {address}, targetRef: {{kind: Node, name: a}}}}"
        named = "---\napiVersion: v1\nkind: Endpoints\nmetadata: {name: s, namespace: shop}\n"
        return f"{named}subsets: [{{addresses: [{entry}]}}]\n"

    base = cluster(SHOP + service("s", "10.96.0.1") + endpoint("10.9.9.1"))
    head = cluster(SHOP + service("s", "10.96.0.2") + service("t", "10.96.0.3") + endpoint("10.9.9.2"))
    found = as_base_says(base, head)

    assert as_base_says(base, base) is None
    assert found is not None
    assert {s.name: [str(a) for a in s.addresses] for s in found.services} == {"s": ["10.96.0.1"], "t": []}
    assert [(str(b.address), b.target) for b in found.backends] == [("10.9.9.2", None)]


def test_a_node_that_is_taken_away_is_still_there() -> None:
    base, head = cluster(SHOP + node("a", "10.9.9.9") + node("b", "10.9.9.8")), cluster(SHOP + node("a", "10.9.9.9"))

    found = as_base_says(base, head)

    assert found is not None
    assert [each.name for each in found.nodes] == ["a", "b"]


def ended(labels: str, owned: str = "") -> str:
    return pod("shop", "s", labels).replace("labels:", f"{owned}labels:") + "status: {phase: Failed, podIP: 10.0.0.1}\n"


def test_pods_that_end_by_the_head_alone_run_and_are_nowhere() -> None:
    base, head = cluster(SHOP + ended("{a: b}")), cluster(SHOP + ended("{a: c}") + pod("shop", "a"))

    pods = not_ended(base, head)
    found = with_running(head, pods)

    assert [(w.title, w.labels, w.addresses) for w in pods] == [("Pod shop/s", {"a": "c"}, ())]
    assert [w.title for w in found.workloads] == ["Pod shop/a", "Pod shop/s"]
    assert not found.finished
    assert not_ended(head, head) == ()
    assert [w.title for w in not_ended(NOTHING, base)] == ["Pod shop/s"]


def test_pods_that_have_ended_are_variants_of_what_controls_them() -> None:
    owned = "ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: r, controller: true}], "
    above = "---\napiVersion: apps/v1\nkind: ReplicaSet\nmetadata: {name: r, namespace: shop}\n"
    above += "spec: {template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: i}]}}}\n"
    heads = [cluster(SHOP + above + ended(labels, owned)) for labels in ("{a: b}", "{a: c}")]

    found = [[(w.title, w.labels) for w in not_ended(cluster(SHOP + above), head)] for head in heads]

    assert found == [[], [("ReplicaSet shop/r", {"a": "c"})]]


def test_what_is_proved_by_both_stays_proved_without_a_word() -> None:
    closed = SHOP + policy("shop", "deny", DENY_INGRESS)
    report = gate(cluster(closed), cluster(closed + node("a", "10.9.9.9")), (claim("never external -> shop/*"),))

    (result,) = report.head.results
    assert (result.verdict, [note for note in result.notes if "addresses" in note]) == (Verdict.PROVED, [])


def test_what_is_proved_only_by_a_node_of_the_change_is_not_proved() -> None:
    """The base is closed, so that what the change opens is all there is to it."""
    by_address = policy("shop", "in", admits("{ipBlock: {cidr: 203.0.113.66/32}}"))
    base = SHOP + policy("shop", "in", DENY_INGRESS)
    reports = [
        gate(cluster(base + before), cluster(SHOP + by_address + node("a", "203.0.113.66")), (asked,), switches=CALICO)
        for before in ("", node("a", "203.0.113.66"))
        for asked in (claim("never external -> shop/*"),)
    ]

    assert [report.judged[0].change for report in reports] == [Change.NEWLY_VIOLATED, Change.HOLDS]
    assert [report.judged[0].head for report in reports] == [Verdict.VIOLATED, Verdict.PROVED]


def test_acceptance_that_excuses_nothing_by_the_addresses_of_the_base_excuses_nothing() -> None:
    """By the head's Node the accepted flow is all that breaks the property; by the base it is not."""
    blocks = "{ipBlock: {cidr: 203.0.113.66/32}}, {ipBlock: {cidr: 198.51.100.7/32}}"
    base, head = SHOP + policy("shop", "in", DENY_INGRESS), SHOP + policy("shop", "in", admits(blocks))
    asked = claim("never external -> shop/*")
    flow = Acceptance(asked.name, (parse_flow("198.51.100.7 -> shop/*"),), "why", "@team", date(9999, 12, 31))

    report = gate(cluster(base), cluster(head + node("a", "203.0.113.66")), (asked,), (flow,), switches=CALICO)

    assert report.judged[0].change is Change.NEWLY_VIOLATED


def test_workloads_settle_nothing_whose_pods_the_base_does_not_have() -> None:
    stateful = deployment("shop", "set", "{a: b}").replace("Deployment", "StatefulSet")
    base = SHOP + deployment("shop", "web", "{app: web}") + pod("shop", "p", "{app: db}") + stateful
    more = deployment("shop", "db", "{app: db}") + pod("ops", "p", "{app: db}") + pod("shop", "q", "{app: db}")
    other = deployment("shop", "web", "{app: db}")

    assert unproven(cluster(base), cluster(base + more)) == {"Deployment shop/db", "Pod ops/p"}
    assert unproven(cluster(base), cluster(base + other)) == {"Deployment shop/web"}
    assert unproven(cluster(base + more), cluster(base)) == frozenset()


_POLICY = "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n"
CLOSED = _POLICY + "metadata: {name: p, namespace: %s}\nspec: {}\n"


def root(namespace: str) -> str:
    named = "metadata: {name: istio, namespace: istio-system}"
    return f"---\napiVersion: v1\nkind: ConfigMap\n{named}\ndata: {{mesh: 'rootNamespace: {namespace}'}}\n"


@pytest.mark.parametrize(
    ("base", "head"),
    [
        (CLOSED % "istio-system", root("shop") + CLOSED % "shop"),
        (CLOSED % "istio-system", root("shop") + CLOSED % "istio-system"),
        ("", root("shop") + CLOSED % "shop"),
        (root("shop") + CLOSED % "shop", CLOSED % "shop"),
        (root("shop") + CLOSED % "shop", root("ops") + CLOSED % "ops"),
    ],
)
def test_a_gate_refuses_another_root_of_a_mesh_where_policies_live_in_either(base: str, head: str) -> None:
    with pytest.raises(InputError, match=r"the root namespace of the mesh is `(shop|ops|istio-system)` here, and `"):
        gate(cluster(SHOP + base), cluster(SHOP + head), [])


@pytest.mark.parametrize(
    ("base", "head"),
    [
        (root("shop") + CLOSED % "shop", root("shop") + CLOSED % "shop"),
        (root("shop"), root("shop") + CLOSED % "shop"),
        (CLOSED % "istio-system", root("istio-system") + CLOSED % "istio-system"),
        (CLOSED % "ops", root("shop") + CLOSED % "ops"),
        (CLOSED % "shop", root("shop")),
    ],
)
def test_a_gate_judges_where_no_policy_depends_on_the_root_of_a_mesh(base: str, head: str) -> None:
    assert not gate(cluster(SHOP + base), cluster(SHOP + head), []).head.diagnostics
