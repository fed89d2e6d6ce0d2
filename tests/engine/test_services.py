"""What a Service means where a question names it, and what it hides (docs/semantics.md 1.6)."""

import pytest

from tests.engine.asking import cluster
from tests.engine.test_backends import CLIENT, endpoints, service
from tests.engine.test_residents import FIXED, node, told
from verifier.engine.check.check import check
from verifier.engine.explain.explain import explain
from verifier.engine.explain.result import Explanation
from verifier.engine.map.map import draw
from verifier.engine.results.check import Result
from verifier.errors import InputError
from verifier.ir.property import Property
from verifier.ir.universe import INVENTORY, OPEN, Universe
from verifier.manifests.documents.document import read_documents
from verifier.manifests.documents.source import Source
from verifier.manifests.notation.connection import parse_connection_query
from verifier.manifests.notation.expression import parse_expression
from verifier.manifests.specs.properties import properties_from_document


def workload(name: str, ports: str = "", kind: str = "Deployment", labels: str = "app: api", host: bool = False) -> str:
    network = "hostNetwork: true, " if host else ""
    return (
        f"---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\n"
        f"spec: {{template: {{metadata: {{labels: {{{labels}}}}}, spec: {{{network}"
        f"containers: [{{name: c, ports: [{ports}]}}]}}}}}}\n"
    )


def inward(rules: str, selector: str = "app: api") -> str:
    return (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: in, namespace: shop}\n"
        f"spec: {{podSelector: {{matchLabels: {{{selector}}}}}, policyTypes: [Ingress], ingress: [{rules}]}}\n"
    )


def claimed(text: str) -> Property:
    head = "apiVersion: netpol-verifier/v1\nkind: Properties\nspec: {properties: [{name: x, "
    (document,) = read_documents(Source.text_of("p.yaml", f"{head}{text}}}]}}\n"))
    (found,) = properties_from_document(document)
    return found


def answer(text: str, claim: str, universe: Universe = OPEN, **switches: str) -> Result:
    """claim: one line, or the claim of a property file in flow YAML."""
    asked = claimed(claim) if claim.split()[0].endswith(":") else parse_expression(claim)
    (found,) = check(cluster(text), [asked], universe, {**FIXED, **switches})
    return found


API = service("api", "10.96.0.10", "app: api") + workload("api")
TO_API = "always: {from: [{namespaces: [shop]}], to: [{service: {namespace: shop, name: api}}]"


@pytest.mark.parametrize(("port", "verdict"), [(8080, "proved"), (80, "violated")])
@pytest.mark.parametrize("claim", ["always shop/* -> 10.96.0.10", "always shop/* -> 10.96.0.10 : TCP/80", TO_API + "}"])
def test_a_service_is_its_pods_on_the_port_that_they_listen_on(port: int, verdict: str, claim: str) -> None:
    found = answer(API + inward(f"{{ports: [{{port: {port}}}]}}"), claim)

    assert found.verdict == verdict
    assert "Service shop/api: TCP/80 goes to 8080 of Deployment shop/api" in found.notes
    assert ("10.96.0.10 is Service shop/api" in found.notes) is ("10.96" in claim)


def test_ports_of_a_claim_are_those_of_the_service() -> None:
    text = API + inward("{ports: [{port: 8080}]}")

    assert answer(text, "always shop/* -> 10.96.0.10 : TCP/8080").verdict == "vacuous"
    assert answer(text, "always shop/* -> 10.96.0.10 : TCP/8080").reason == "Service shop/api has no such port"
    assert answer(text, TO_API + ", ports: [{port: 80}, {port: 9000}]}").verdict == "proved"
    assert answer(text, TO_API + ", ports: [{port: 70, endPort: 90}]}").verdict == "proved"
    assert answer(text, TO_API + ", ports: [{protocol: UDP, port: 80}]}").verdict == "vacuous"


def test_the_name_of_a_port_of_the_service_is_one_of_a_claim() -> None:
    named = service("api", "10.96.0.10", "app: api", "{name: web, port: 80, targetPort: 8080}") + workload("api")

    assert answer(named + inward("{ports: [{port: 8080}]}"), TO_API + ", ports: [{port: web}]}").verdict == "proved"


def test_nobody_calls_from_the_address_of_a_service() -> None:
    assert answer(API + inward("{}"), "never 10.96.0.10 -> shop/*").verdict == "vacuous"


def test_a_block_around_the_address_of_a_service_does_not_mean_it() -> None:
    closed = API + inward("")

    assert answer(closed + CLIENT, "always shop/app=web -> 10.96.0.10/31").verdict == "proved"
    assert answer(closed + CLIENT, "always shop/app=web -> 10.96.0.10/32").verdict == "violated"


NAMED = "{name: web, port: 80, targetPort: http}"


def test_each_pod_has_its_own_port_of_a_name() -> None:
    text = service("api", selector="app: api", ports=NAMED)
    text += workload("one", "{name: http, containerPort: 8080}", labels="app: api, v: a")
    text += workload("two", "{name: http, containerPort: 9090}", labels="app: api, v: b")

    def asked(rules: str) -> str:
        return answer(text + inward(rules), TO_API + "}", INVENTORY).verdict

    assert asked("{ports: [{port: 8080}, {port: 9090}]}") == "proved"
    assert asked("{ports: [{port: 8080}]}") == "violated"
    assert asked("{ports: [{port: 80}]}") == "violated"
    own = inward("{ports: [{port: 8080}]}", "v: a") + inward("{ports: [{port: 9090}]}", "v: b").replace(
        "name: in", "name: b"
    )
    assert answer(text + own, TO_API + "}", INVENTORY).verdict == "proved"


def test_of_two_ports_of_a_name_the_first_counts_and_none_of_an_init_container() -> None:
    text = service("api", selector="app: api", ports=NAMED)
    text += workload("one", "{name: http, containerPort: 8080}, {name: http, containerPort: 9090}")

    assert answer(text + inward("{ports: [{port: 8080}]}"), TO_API + "}", INVENTORY).verdict == "proved"
    text = service("api", selector="app: api", ports=NAMED) + workload("one").replace(
        "containers: [", "initContainers: [{name: i, ports: [{name: http, containerPort: 8080}]}], containers: ["
    )
    found = answer(text + inward("{}"), TO_API + "}", INVENTORY)
    assert (found.verdict, found.reason) == (
        "vacuous",
        "Service shop/api: TCP/80 leads nowhere, no pod of it has a port `http`",
    )


def test_pods_that_nobody_has_written_listen_where_the_port_of_that_name_is() -> None:
    text = service("api", selector="app: api", ports=NAMED) + inward("{ports: [{port: http}]}")

    assert answer(text, TO_API + "}", named_port_source="containers").verdict == "proved"


def test_what_is_behind_a_service_without_a_selector_are_its_endpoints() -> None:
    text = CLIENT + service("api", "10.96.0.10") + endpoints("api", "192.168.0.9") + node("one", "192.168.0.1")
    outward = (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: out, namespace: shop}\n"
        "spec: {podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 192.168.0.9/32}}], "
        "ports: [{port: PORT}]}]}\n"
    )

    for claim in ("always shop/* -> 10.96.0.10", TO_API + "}"):
        assert answer(text + outward.replace("PORT", "8080"), claim).verdict == "proved"
        assert answer(text + outward.replace("PORT", "80"), claim).verdict == "violated"


def test_a_headless_service_translates_no_port() -> None:
    text = service("api", "None", "app: api") + workload("api") + inward("{ports: [{port: 80}]}")

    assert answer(text, TO_API + ", ports: [{port: 80}]}").verdict == "proved"
    assert answer(text, TO_API + "}").verdict == "violated"


NAMED_ELSEWHERE = (
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: api, namespace: shop}\n"
    "spec: {type: ExternalName, externalName: example.org}\n"
)


def test_another_name_leads_to_nothing_of_the_input() -> None:
    found = answer(NAMED_ELSEWHERE + inward("{}"), TO_API + "}")

    assert (found.verdict, found.reason) == (
        "vacuous",
        "Service shop/api is another name for `example.org`, and leads to nothing of the input",
    )


SEVERAL = "to: [{service: {anyOf: [{namespace: shop, name: none}, {namespace: shop, name: api}]OTHERWISE}}]"
INSTEAD = ", otherwise: {to: [{namespaces: [shop], podSelector: {matchLabels: {app: api}}}], ports: [{port: 70}]}"


@pytest.mark.parametrize(
    ("text", "otherwise", "port", "verdict"),
    [
        (API, INSTEAD, 8080, "proved"),
        (API, INSTEAD, 70, "violated"),
        (workload("api"), INSTEAD, 70, "proved"),
        (workload("api"), INSTEAD, 8080, "violated"),
        (workload("api"), "", 8080, "vacuous"),
    ],
)
def test_of_several_services_those_count_that_there_are_and_otherwise_what_is_said(
    text: str, otherwise: str, port: int, verdict: str
) -> None:
    claim = f"always: {{from: [{{namespaces: [shop]}}], {SEVERAL.replace('OTHERWISE', otherwise)}}}"
    found = answer(text + inward(f"{{ports: [{{port: {port}}}]}}"), claim)

    assert found.verdict == verdict
    none = "the input has none of the Services shop/none, shop/api"
    assert (f"{none}: shop/app=api : TCP/70 is asked about instead" in found.notes) is (text != API and otherwise != "")
    assert found.reason == (none if verdict == "vacuous" else None)


WEB = "{namespaces: [shop], podSelector: {matchLabels: {app: web}}}"
TO = "to: [{service: {namespace: shop, name: api}}]"


def test_only_speaks_of_services_too() -> None:
    text = API + CLIENT + inward("{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 8080}]}")

    assert answer(text, f"only: {{from: [{WEB}], {TO}}}").verdict == "proved"
    assert answer(API + CLIENT + inward("{}"), f"only: {{from: [{WEB}], {TO}}}").verdict == "violated"


@pytest.mark.parametrize(("more", "verdict"), [("", "proved"), (", {port: 80}", "violated")])
def test_confined_leaves_open_what_is_behind_a_service(more: str, verdict: str) -> None:
    out = (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: out, namespace: shop}\n"
        "spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{to: [{podSelector: "
        f"{{matchLabels: {{app: api}}}}}}], ports: [{{port: 8080}}{more}]}}]}}\n"
    )

    assert answer(API + CLIENT + out, f"confined: {{pods: [{WEB}], reach: [{{{TO}}}]}}").verdict == verdict


# explain


def explained(text: str, connection: str, universe: Universe = OPEN, **switches: str) -> Explanation:
    here = cluster(text)
    query = parse_connection_query(connection, here.workloads, here.nodes, here.owned, here.services)
    return explain(here, query, universe, {**FIXED, **switches})


@pytest.mark.parametrize("end", ["shop/service/api", "shop/svc/api", "10.96.0.10"])
@pytest.mark.parametrize(("port", "allowed"), [(8080, True), (80, False)])
def test_explain_takes_a_service_for_what_is_behind_it(end: str, port: int, allowed: bool) -> None:
    found = explained(API + CLIENT + inward(f"{{ports: [{{port: {port}}}]}}"), f"shop/web -> {end} : TCP/80")

    assert found.allowed is allowed
    assert found.cases[0].connection.port == 8080
    assert "Service shop/api: TCP/80 goes to 8080 of Deployment shop/api" in found.notes


def test_explain_says_of_which_pods_it_depends() -> None:
    text = service("api", "10.96.0.10", "app: api", NAMED) + CLIENT
    text += workload("one", "{name: http, containerPort: 8080}") + workload("two", "{name: http, containerPort: 9090}")
    found = explained(text + inward("{ports: [{port: 8080}]}"), "shop/web -> shop/service/api : TCP/web")

    assert found.allowed is None
    assert [case.connection.port for case in found.cases] == [8080, 9090]
    both = explained(text + inward("{}"), "shop/web -> shop/service/api : TCP/80")
    assert (both.allowed, len(both.cases)) == (True, 1)


def test_explain_of_a_service_without_workloads_is_of_a_pod_like_those_that_it_selects() -> None:
    text = service("api", "10.96.0.10", "app: api") + CLIENT + inward("{ports: [{port: 8080}]}")

    assert explained(text, "shop/web -> shop/service/api : TCP/80").allowed is True


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (service("api", "10.96.0.10", "app: api", NAMED), "no workload of the input is one of its pods"),
        (service("api", "10.96.0.10", "app: api", NAMED) + workload("one"), "none of its pods has a port `http`"),
        (service("api", "10.96.0.10"), "no Endpoints or EndpointSlice says what is behind it"),
        (NAMED_ELSEWHERE, "Service shop/api is another name for `example.org`: ask about its address"),
    ],
)
def test_explain_refuses_what_leads_nowhere(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        explained(text + CLIENT, "shop/web -> shop/service/api : TCP/80")


@pytest.mark.parametrize("source", ["203.0.113.1", "node"])
def test_explain_says_nothing_of_connections_to_a_service_that_leads_to_no_pod(source: str) -> None:
    outside = service("api", "10.96.0.10") + endpoints("api", "192.0.2.9") + CLIENT

    with pytest.raises(InputError, match="no end is a pod"):
        explained(outside, f"{source} -> shop/service/api : TCP/80")
    assert explained(outside, "shop/web -> shop/service/api : TCP/80").allowed is True


@pytest.mark.parametrize(
    ("connection", "said"),
    [
        ("shop/web -> shop/service/api : TCP/8080", "Service shop/api has no port TCP/8080"),
        ("shop/web -> shop/service/api : TCP/web", "Service shop/api has no TCP port `web`"),
        ("shop/web -> shop/service/apu : TCP/80", "no Service `apu` in namespace `shop`"),
        ("10.96.0.10 -> shop/web : TCP/80", "10.96.0.10 is Service shop/api, and a Service opens no connection"),
        ("shop/service/api -> shop/web : TCP/80", "a Service opens no connection"),
    ],
)
def test_what_is_no_connection_to_a_service_is_refused(connection: str, said: str) -> None:
    with pytest.raises(InputError) as refused:
        explained(API + CLIENT, connection)

    assert refused.value.diagnostics[0].message.partition("\n")[0] == said


def test_a_pod_that_reaches_itself_through_a_service_hangs_on_the_switch() -> None:
    text = CLIENT + service("web", "10.96.0.10", "app: web") + inward("", "app: web")

    assert explained(text, "shop/web -> shop/service/web : TCP/80").depends_on == ("self_via_service",)
    assert explained(text, "shop/web -> shop/service/web : TCP/80", self_via_service="policy").allowed is False
    assert explained(text, "shop/web -> shop/web : TCP/80").allowed is True


def test_explain_says_that_a_port_is_the_services() -> None:
    found = told(API + CLIENT + inward("{ports: [{port: 80}]}"), "shop/web -> shop/api : TCP/80")

    assert found.allowed is True
    assert any("leads from TCP/80 to port 8080 of these pods" in note for note in found.notes)


# Who is seen


def hiding(kind: str, local: bool = False) -> str:
    policy = "externalTrafficPolicy: Local, " if local else ""
    return API.replace("spec: {clusterIP", f"spec: {{type: {kind}, {policy}clusterIP")


CLIENTS = "{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}"


@pytest.mark.parametrize(
    ("text", "switches", "verdict"),
    [
        (hiding("NodePort"), {}, "unknown"),
        (hiding("LoadBalancer"), {}, "unknown"),
        (hiding("ClusterIP"), {}, "proved"),
        (hiding("NodePort", local=True), {}, "proved"),
        (hiding("NodePort"), {"external_source": "preserved"}, "proved"),
        (hiding("NodePort"), {"external_source": "node"}, "violated"),
    ],
)
def test_services_that_hide_who_asks_leave_that_open(text: str, switches: dict[str, str], verdict: str) -> None:
    found = answer(text + inward(CLIENTS), "always 203.0.113.0/24 -> shop/app=api : TCP/8080", **switches)

    assert found.verdict == verdict
    advice = any("externalTrafficPolicy: Local" in note for note in found.notes)
    assert (found.depends_on, advice) == ((("external_source",), True) if verdict == "unknown" else ((), False))


@pytest.mark.parametrize("claim", ["shop/app=api : TCP/9090", "shop/app=other : TCP/8080"])
def test_what_such_a_service_does_not_serve_is_seen_as_it_is(claim: str) -> None:
    text = hiding("NodePort") + inward(CLIENTS) + inward(CLIENTS, "app: other").replace("name: in", "name: other")
    found = answer(text, f"always 203.0.113.0/24 -> {claim}")

    assert found.verdict == "proved"
    assert "outside clients are seen with their own address, but for those that come through a Service" in (
        found.assumptions
    )


def test_explain_of_what_such_a_service_serves_depends_on_it() -> None:
    text = hiding("NodePort") + inward(CLIENTS)

    found = told(text, "203.0.113.7 -> shop/api : TCP/8080")
    assert (found.allowed, found.depends_on) == (None, ("external_source",))
    assert any("externalTrafficPolicy: Local" in note for note in found.notes)
    assert told(text, "203.0.113.7 -> shop/api : TCP/9090").allowed is True


# Maps


def test_a_map_says_which_services_lead_to_a_workload() -> None:
    found = draw(cluster(API), INVENTORY)

    (ports,) = found.services.values()
    assert [(each.service, each.port, each.number) for each in ports] == [("Service shop/api", "TCP/80", 8080)]
