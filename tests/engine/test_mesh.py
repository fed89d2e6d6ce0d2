"""A mesh in the answers: what is taken for granted, what explains, and what holds of several versions."""

import pytest

from tests import packaged
from tests.engine.asking import universe
from verifier.engine.check.check import check
from verifier.engine.diff.compare import compare
from verifier.engine.explain.explain import explain
from verifier.engine.map.map import draw
from verifier.engine.problem.switches import settle
from verifier.engine.results.diff import Relation
from verifier.ir.switches import concrete
from verifier.manifests.kubernetes.load import load_text
from verifier.manifests.notation.connection import parse_connection_query
from verifier.report.text.explain import explain as text
from verifier.session import Session

ALL_PROXIES = "a proxy of the mesh stands before every pod (istio_mesh: all)"
OWN_NODE = "what comes from a pod's own node is let in past its proxy too"

NETWORK = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: 1, endPort: 9999}, {protocol: UDP, port: 5432}]
"""
MESH = """\
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: db, namespace: shop}
spec:
  selector: {matchLabels: {app: db}}
  rules:
  - to: [{operation: {ports: ["5432"]}}]
"""
STRICT = """\
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
"""


def explained(manifests: str, query: str, **switches: str) -> str:
    cluster = load_text(manifests, "m.yaml").cluster
    asked = parse_connection_query(query, cluster.workloads, cluster.nodes)
    return text(explain(cluster, asked, universe("open"), switches))


def assumed(manifests: str, claim: str, **switches: str) -> tuple[str, ...]:
    cluster = load_text(manifests).cluster
    return check(cluster, [packaged.property_of(claim)], universe("open"), switches)[0].assumptions


def test_a_claim_that_rests_on_proxies_says_so() -> None:
    claim = "never * -> shop/app=db : TCP/22"
    assert ALL_PROXIES in assumed(NETWORK + MESH, claim)
    assert ALL_PROXIES not in assumed(NETWORK, claim)
    assert not any("istio_mesh: all" in each for each in assumed(NETWORK + MESH, claim, istio_mesh="labelled"))
    assert "istio_mesh: labelled" in assumed(NETWORK + MESH, claim, istio_mesh="labelled")


def test_the_own_node_goes_past_a_proxy_and_the_report_says_so() -> None:
    claim = "always node -> shop/app=db : TCP/22"
    assert any(OWN_NODE in each for each in assumed(NETWORK + MESH, claim))
    assert not any(OWN_NODE in each for each in assumed(NETWORK + MESH, claim, local_node_ingress="policy"))
    assert not any(OWN_NODE in each for each in assumed(NETWORK, claim))


def test_map_and_explain_say_what_they_take_for_granted() -> None:
    cluster = load_text(NETWORK + MESH).cluster
    assert ALL_PROXIES in draw(cluster, universe("open")).assumptions
    assert ALL_PROXIES in explained(NETWORK + MESH, "shop/app=web -> shop/app=db : TCP/22")
    assert ALL_PROXIES not in explained(NETWORK, "shop/app=web -> shop/app=db : TCP/22")


@pytest.mark.parametrize(
    ("manifests", "query", "said"),
    [
        (NETWORK + MESH, "shop/app=web -> shop/app=db : TCP/22",
         "denied: the mesh refuses it: AuthorizationPolicy shop/db (mesh ALLOW) selects this pod and no rule matches"),
        (NETWORK + MESH, "shop/app=web -> shop/app=db : TCP/22",
         "otherwise NetworkPolicy shop/db would admit it by ingress[0].from[0]"),
        (NETWORK + MESH, "shop/app=web -> shop/app=db : TCP/5432",
         "allowed: the mesh lets it pass by rules[0] of AuthorizationPolicy shop/db, then NetworkPolicy shop/db adm"),
        (NETWORK + MESH, "shop/app=web -> shop/app=db : UDP/5432",
         "allowed: the mesh lets it pass (it stands before TCP only), then NetworkPolicy shop/db admits it"),
        (NETWORK + MESH, "shop/app=x -> shop/app=db : TCP/5432",
         "denied: the mesh lets it pass by rules[0] of AuthorizationPolicy shop/db, then NetworkPolicy shop/db iso"),
        (STRICT, "203.0.113.9 -> shop/app=db : TCP/80",
         "denied: the mesh refuses it: PeerAuthentication shop/default (mesh) denies it by mtls"),
        (STRICT, "shop/app=x -> shop/app=db : TCP/80", "it hangs on whether the source shows an identity by mutual"),
        (STRICT, "shop/app=x -> shop/app=db : UDP/80",
         "allowed: the mesh lets it pass, then no policy selects this pod for ingress, so everything may enter"),
    ],
)  # fmt: skip
def test_explain_says_what_the_mesh_makes_of_it_then_the_policies_of_the_network(
    manifests: str, query: str, said: str
) -> None:
    assert said in explained(manifests, query)


def test_a_session_that_holds_a_mesh_answers_again() -> None:
    session = Session({"network.yaml": NETWORK}, [packaged.property_of("never * -> shop/app=db : TCP/22")])

    def after(**changed: str | None) -> str:
        (result,) = session.update({f"{name}.yaml": said for name, said in changed.items()})
        return result.verdict.value

    assert session.results[0].verdict.value == "violated"
    assert after(mesh=MESH) == "proved"
    assert after(mesh=MESH.replace("5432", "22")) == "violated"
    assert after(mesh=MESH) == "proved"
    assert after(network=NETWORK.replace("9999", "9998")) == "proved"
    assert after(mesh=None) == "violated"


def test_a_comparison_takes_equal_conditions_for_one() -> None:
    rule = MESH.replace('ports: ["5432"]', "methods: [GET]")
    other = rule.replace("GET", "POST")
    before, same, after = (load_text(each).cluster for each in (rule, rule.replace("name: db", "name: dc"), other))
    assert compare(before, same, universe("open")).relation is Relation.EQUIVALENT
    assert compare(before, after, universe("open"), {"istio_dataplane": "sidecar"}).relation is Relation.INCOMPARABLE
    assert compare(before, after, universe("open"), {"istio_dataplane": "ambient"}).relation is Relation.EQUIVALENT


HTTP, METHOD = "whether the connection carries HTTP", "whether the request has `methods: GET`"
SUPPOSED = [
    ("ALLOW", "sidecar", False, False, False),
    ("ALLOW", "sidecar", False, True, False),
    ("ALLOW", "sidecar", True, False, False),
    ("ALLOW", "sidecar", True, True, True),
    ("ALLOW", "ambient", True, True, False),
    ("DENY", "sidecar", False, False, False),
    ("DENY", "sidecar", False, True, False),
    ("DENY", "sidecar", True, False, True),
    ("DENY", "sidecar", True, True, False),
    ("DENY", "ambient", True, True, True),
]


@pytest.mark.parametrize(("action", "dataplane", "http", "get", "allowed"), SUPPOSED)
def test_a_method_means_what_it_does_where_it_is_known_what_is_http(
    action: str, dataplane: str, http: bool, get: bool, allowed: bool
) -> None:
    """On plain TCP a sidecar leaves out a whole rule that allows, and of one that denies the field."""
    rule = MESH.replace('ports: ["5432"]', "methods: [GET]").replace("spec:\n", f"spec:\n  action: {action}\n", 1)
    connection = {
        "source": {"kind": "external", "ip": "203.0.113.9"},
        "destination": {"namespace": "shop", "labels": {"app": "db"}},
        "protocol": "TCP",
        "port": 80,
    }
    setting = concrete(settle("k8s", {"istio_dataplane": dataplane}), {})
    found = packaged.outcomes(load_text(rule).cluster, connection, setting, {HTTP: http, METHOD: get})
    assert found == {allowed}
