"""Services, Endpoints and EndpointSlices as they are read (docs/semantics.md 1.6)."""

from ipaddress import ip_address

import pytest

from verifier.errors import InputError, Severity
from verifier.ir.network import Protocol
from verifier.ir.service import Backend, BackendPort, Service, ServicePort
from verifier.manifests.kubernetes.load import Loaded, load_text

WEB = """apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: NodePort
  selector: {app: web}
  clusterIP: 10.96.0.10
  clusterIPs: [10.96.0.10, 'fd00::10']
  externalIPs: [203.0.113.9]
  ports:
  - {name: http, port: 80, targetPort: 8080, nodePort: 30080}
  - {name: dns, port: 53, targetPort: dns, protocol: UDP}
  - {port: 443}
"""
SLICE = """apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-x, namespace: shop, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints:
- addresses: [10.0.0.5]
  targetRef: {kind: Pod, name: web-1, namespace: shop}
- addresses: [192.168.0.7]
"""


def only(text: str) -> Service:
    (found,) = load_text(text).cluster.services
    return found


def refused(text: str) -> list[tuple[str, int | None, str]]:
    with pytest.raises(InputError) as error:
        load_text(text, "s.yaml")
    return [(d.code, d.line, d.message) for d in error.value.diagnostics]


def test_a_service_has_its_pods_ports_and_addresses() -> None:
    found = only(WEB)

    assert (found.key, found.selector) == (("shop", "web"), {"app": "web"})
    assert found.ports == (
        ServicePort(Protocol.TCP, 80, 8080, "http", 30080),
        ServicePort(Protocol.UDP, 53, "dns", "dns"),
        ServicePort(Protocol.TCP, 443, 443),
    )
    assert found.addresses == (ip_address("10.96.0.10"), ip_address("fd00::10"))
    assert found.others == (ip_address("203.0.113.9"),)
    assert found.hides_source


@pytest.mark.parametrize(
    ("change", "hides"),
    [
        (("type: NodePort", "type: NodePort\n  externalTrafficPolicy: Local"), False),
        (("type: NodePort", "type: LoadBalancer"), True),
        (("type: NodePort", "type: ClusterIP"), False),
    ],
)
def test_a_service_that_is_reached_from_outside_may_hide_who_asks(change: tuple[str, str], hides: bool) -> None:
    assert only(WEB.replace(*change)).hides_source is hides


def test_a_headless_service_has_no_address_of_its_own() -> None:
    found = only("apiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec: {clusterIP: None, selector: {app: db}}\n")

    assert (found.namespace, found.headless, found.addresses) == ("default", True, ())


def test_another_name_selects_nothing_and_has_no_address() -> None:
    text = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n"
    found = only(f"{text}spec: {{type: ExternalName, externalName: example.org, selector: {{a: b}}}}\n")

    assert (found.external_name, found.selector, found.addresses) == ("example.org", {}, ())


def test_endpoints_say_whose_they_are() -> None:
    loaded = load_text(SLICE)

    ports = (BackendPort(Protocol.TCP, 8080, "http"),)
    assert loaded.cluster.backends == (
        Backend("shop", "web", ip_address("10.0.0.5"), ports, ("Pod", "web-1")),
        Backend("shop", "web", ip_address("192.168.0.7"), ports),
    )
    assert loaded.cluster.backends[1].origin is not None
    assert loaded.cluster.backends[1].origin.position.line == 9


def test_endpoints_that_are_not_ready_count() -> None:
    text = "apiVersion: v1\nkind: Endpoints\nmetadata: {name: web}\n"
    found = load_text(f"{text}subsets: [{{notReadyAddresses: [{{ip: 10.0.0.5}}], ports: [{{port: 80}}]}}]\n")

    assert [b.address for b in found.cluster.backends] == [ip_address("10.0.0.5")]


def test_a_slice_of_names_says_no_address() -> None:
    text = SLICE.replace("IPv4", "FQDN").replace("10.0.0.5", "example.org")

    assert load_text(text).cluster.backends == ()


@pytest.mark.parametrize(
    ("change", "code", "line"),
    [
        (("targetPort: 8080", "targetport: 8080"), "unknown-field", 11),
        (("port: 80,", "port: 0,"), "V7", 11),
        (("{port: 443}", "{name: x}"), "V7", 13),
        (("targetPort: 8080", "targetPort: '8080'"), "V9", 11),
        (("protocol: UDP", "protocol: udp"), "V6", 12),
        (("clusterIP: 10.96.0.10", "clusterIP: 10.96.0.300"), "V3", 7),
        (("203.0.113.9", "web.example"), "V3", 9),
        (("type: NodePort", "type: Nodeport"), "V13", 5),
        (("selector: {app: web}", "selector: [web]"), "V13", 6),
        (("externalIPs", "externalIP"), "unknown-field", 9),
    ],
)
def test_what_a_cluster_refuses_of_a_service_is_refused(change: tuple[str, str], code: str, line: int) -> None:
    assert WEB.replace(*change) != WEB
    ((found, at, _),) = refused(WEB.replace(*change))

    assert (found, at) == (code, line)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("10.0.0.5", "10.0.0"), "V3"),
        (("port: 8080", "port: 80800"), "V7"),
        (("name: web-1,", "name: 'web\\n1',"), "V12"),
        (("service-name: web", "service-name: 'a b'"), "V12"),
    ],
)
def test_what_a_cluster_refuses_of_endpoints_is_refused(change: tuple[str, str], code: str) -> None:
    assert [found for found, _, _ in refused(SLICE.replace(*change))] == [code]


def notes(loaded: Loaded) -> list[tuple[str, Severity]]:
    return [(d.code, d.severity) for d in loaded.diagnostics]


def test_copies_of_a_service_count_once_and_variants_both() -> None:
    same, other = load_text(f"{WEB}---\n{WEB}"), load_text(f"{WEB}---\n{WEB.replace('8080', '8081')}")

    assert (len(same.cluster.services), notes(same)) == (1, [("duplicate-object", Severity.WARNING)])
    assert (len(other.cluster.services), notes(other)) == (2, [("duplicate-object", Severity.NOTE)])


def test_two_services_of_one_address_are_warned_about() -> None:
    found = load_text(f"{WEB}---\n{WEB.replace('name: web,', 'name: api,')}")

    assert ("address-twice", Severity.WARNING) in notes(found)


def test_a_patch_of_a_service_is_passed_over() -> None:
    found = load_text("apiVersion: v1\nkind: Service\nspec: {type: NodePort}\n")

    assert (found.cluster.services, notes(found)) == ((), [("patch", Severity.NOTE)])


def test_a_service_declares_no_namespace() -> None:
    assert load_text(WEB).cluster.namespaces == ()


DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web, tier: x}}, spec: {containers: [{name: c}]}}}
"""
POD = """apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: other}}
spec: {containers: [{name: c}]}
"""


def addresses(text: str) -> dict[str, list[str]]:
    return {str(w): [str(a) for a in w.addresses] for w in load_text(text).cluster.workloads}


def test_a_pod_has_the_address_of_the_endpoint_that_names_it() -> None:
    assert addresses(f"{WEB}---\n{SLICE}---\n{POD}---\n{DEPLOYMENT}") == {
        "Deployment shop/web": [],
        "Pod shop/web-1": ["10.0.0.5"],
    }


def test_of_a_pod_that_nobody_has_written_the_controllers_that_the_service_selects_have_it() -> None:
    assert addresses(f"{WEB}---\n{SLICE}---\n{DEPLOYMENT}") == {"Deployment shop/web": ["10.0.0.5"]}
    assert addresses(f"{SLICE}---\n{DEPLOYMENT}") == {"Deployment shop/web": []}
    assert addresses(f"{WEB}---\n{SLICE}---\n{DEPLOYMENT.replace('app: web', 'app: api')}") == {
        "Deployment shop/web": []
    }


def test_a_status_beats_an_endpoint_of_the_same_family() -> None:
    told = f"{POD}status: {{podIP: 10.0.0.9}}\n"

    assert addresses(f"{WEB}---\n{SLICE}---\n{told}") == {"Pod shop/web-1": ["10.0.0.9"]}
