"""Rules about Services, and no-dns, which asks about those of the cluster's DNS."""

from pathlib import Path

import pytest
import yaml

from tests.engine.lint.test_pages import report
from tests.engine.test_residents import node
from tests.engine.test_services import workload
from verifier.engine.lint.dns import SERVICES
from verifier.engine.lint.lint import lint
from verifier.ir.network import AddressSet
from verifier.ir.universe import Universe
from verifier.manifests.kubernetes.load import load_text
from verifier.manifests.specs.builtin import builtin_path


def found(text: str, rule: str) -> list[str]:
    return [smell.message for smell in report(text, rule).smells]


def service(ports: str = "{port: 80, targetPort: 8088}", rest: str = "", selector: str = "app: store") -> str:
    return (
        "---\napiVersion: v1\nkind: Service\nmetadata: {name: store, namespace: shop}\n"
        f"spec: {{selector: {{{selector}}}, ports: [{ports}]{rest}}}\n"
    )


def policy(egress: str = "", ingress: str = "", name: str = "p") -> str:
    ways = {"egress": egress, "ingress": ingress}
    rules = ", ".join(f"{way}: [{rule}]" for way, rule in ways.items() if rule)
    types = ", ".join(way.capitalize() for way, rule in ways.items() if rule)
    return (
        f"---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: shop}}\n"
        f"spec: {{podSelector: {{}}, policyTypes: [{types}], {rules}}}\n"
    )


STORE = workload("store", labels="app: store")
ON_80 = "{ports: [{port: 80}]}"
TWO = "{port: 80, targetPort: 8088}, {port: 81, targetPort: 80}"
NODE_PORT = "{port: 80, targetPort: 8088, nodePort: 30080}"
NAMED_80 = workload("store", "{name: web, containerPort: 80}", labels="app: store")
OTHER = workload("other", labels="app: other")
TO_STORE = "{to: [{podSelector: {matchLabels: {app: store}}}], ports: [{port: PORT}]}"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (STORE + service() + policy(egress=TO_STORE.replace("PORT", "80")), 1),
        (STORE + service() + policy(ingress=ON_80), 1),
        (service() + policy(egress=TO_STORE.replace("PORT", "80")), 1),
        (STORE + service(NODE_PORT) + policy(ingress="{ports: [{port: 30080}]}"), 1),
        (STORE + service() + policy(egress=TO_STORE.replace("PORT", "8088")), 0),
        (STORE + service() + policy(egress=TO_STORE.replace("{port: PORT}", "{port: 80}, {port: 8088}")), 0),
        (STORE + service() + policy(egress=TO_STORE.replace("PORT", "1, endPort: 9000")), 0),
        (STORE + service(rest=", clusterIP: None") + policy(ingress=ON_80), 0),
        (STORE + service("{port: 80}") + policy(ingress=ON_80), 0),
        (STORE + service(TWO) + policy(ingress=ON_80), 0),
        (OTHER + STORE + service() + policy(egress=TO_STORE.replace("store", "other").replace("PORT", "80")), 0),
        (STORE + service() + policy(egress=ON_80), 0),
        (NAMED_80 + service() + policy(ingress=ON_80), 0),
    ],
)  # fmt: skip
def test_a_rule_that_names_the_port_of_a_service_is_found(text: str, count: int) -> None:
    assert len(found(text, "service-port")) == count


def test_the_port_that_is_meant_is_said() -> None:
    (smell,) = report(STORE + service() + policy(egress=TO_STORE.replace("PORT", "80")), "service-port").smells

    assert smell.fix == "port: 8088"
    assert smell.message.endswith("names TCP 80, the port of Service shop/store, whose pods listen on 8088")


BLOCK = "{to: [{ipBlock: {cidr: CIDR}}]}"
NODE = node("one", "10.96.0.9")


@pytest.mark.parametrize(
    ("cidr", "more", "count"),
    [
        ("10.96.0.7/32", "", 1),
        ("10.96.0.0/12", "", 1),
        ("10.0.0.0/8", "", 0),
        ("172.16.0.0/12", "", 0),
        ("0.0.0.0/0", "", 0),
        ("10.96.0.8/32", "", 0),
        ("10.96.0.0/24", NODE, 0),
    ],
)
def test_a_block_that_is_one_for_services_is_found(cidr: str, more: str, count: int) -> None:
    text = service(rest=", clusterIP: 10.96.0.7") + more + policy(egress=BLOCK.replace("CIDR", cidr))

    assert len(found(text, "service-address")) == count


def test_a_block_within_the_addresses_of_services_of_the_universe_is_found() -> None:
    loaded = load_text(policy(egress=BLOCK.replace("CIDR", "10.97.0.0/24")))
    universe = Universe(name="u", service_addresses=AddressSet.of(("10.96.0.0/12",)))

    (smell,) = lint(loaded.cluster, universe=universe, rules=["service-address"]).smells
    assert "addresses of Services, as the universe has them" in smell.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            STORE + service(selector="app: stores"),
            "Service shop/store selects app=stores, and no workload",
        ),
        (
            STORE + service("{port: 80, targetPort: http}"),
            "Service shop/store leads from TCP/80 to the port `http`, which none of its pods has",
        ),
    ],
)
def test_a_service_that_leads_nowhere_is_found(text: str, said: str) -> None:
    (message,) = found(text + policy(ingress="{}"), "service-without-pods")

    assert message.startswith(said)


@pytest.mark.parametrize(
    "text",
    [
        service(selector="app: stores"),
        workload("pg", kind="StatefulSet", labels="app: store")
        + service(selector="app: store, statefulset.kubernetes.io/pod-name: pg-0"),
        NAMED_80 + service("{port: 80, targetPort: web}"),
    ],
)  # fmt: skip
def test_a_service_of_which_not_so_much_is_known_is_left_alone(text: str) -> None:
    assert found(text + policy(ingress="{}"), "service-without-pods") == []


def dns(port: int, name: str = "kube-dns", home: str = "kube-system") -> str:
    text = service(f"{{port: 53, targetPort: {port}, protocol: UDP}}", selector="dns: default")
    return text.replace("name: store, namespace: shop", f"name: {name}, namespace: {home}")


OUT = "{ports: [{protocol: UDP, port: PORT}]}"
HOME = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: HOME}}}"
SYSTEM = f"{{to: [{HOME}], ports: [{{protocol: UDP, port: PORT}}]}}"


@pytest.mark.parametrize(
    ("text", "rule", "count"),
    [
        (dns(5353), OUT.replace("PORT", "53"), 1),
        (dns(5353), OUT.replace("PORT", "5353"), 0),
        (dns(53), OUT.replace("PORT", "53"), 0),
        (dns(53), "{to: [{ipBlock: {cidr: 8.8.8.8/32}}]}", 1),
        (dns(5353, "dns-default", "openshift-dns"), SYSTEM.replace("HOME", "openshift-dns").replace("PORT", "5353"), 0),
        (dns(5353, "dns-default", "openshift-dns"), SYSTEM.replace("HOME", "openshift-dns").replace("PORT", "53"), 1),
        ("", OUT.replace("PORT", "53"), 0),
        ("", "{to: [{ipBlock: {cidr: 8.8.8.8/32}}]}", 0),
        ("", "{to: [{podSelector: {}}]}", 1),
        ("", SYSTEM.replace("HOME", "openshift-dns").replace("PORT", "5353"), 0),
        ("", SYSTEM.replace("HOME", "other").replace("PORT", "5353"), 1),
        ("", SYSTEM.replace("HOME", "other").replace("PORT", "53"), 1),
        ("", SYSTEM.replace("HOME", "kube-system").replace("PORT", "53"), 0),
        ("", "{to: [{namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: kube-dns}}}]}", 0),
    ],
)
def test_names_resolve_only_where_the_dns_is_reached(text: str, rule: str, count: int) -> None:
    assert len(found(text + policy(egress=rule), "no-dns")) == count


LOCAL = workload("node-dns", "{name: dns, containerPort: 53, protocol: UDP}", kind="DaemonSet", host=True)


@pytest.mark.parametrize(
    ("rule", "severities"),
    [
        (SYSTEM.replace("HOME", "kube-system").replace("PORT", "53"), ["note"]),
        ("{to: [{ipBlock: {cidr: 169.254.20.10/32}}]}", []),
        ("{to: [{podSelector: {}}]}", ["warning"]),
    ],
)
def test_dns_on_the_network_of_nodes_deserves_a_word(rule: str, severities: list[str]) -> None:
    smells = report(LOCAL + policy(egress=rule), "no-dns").smells

    assert [str(smell.severity) for smell in smells] == severities
    assert all("hostNetwork" in smell.message for smell in smells if str(smell.severity) == "note")


def test_the_ready_made_property_asks_about_the_same_services() -> None:
    (document,) = yaml.safe_load_all(Path(builtin_path("dns-always-works")).read_text())
    (to,) = document["spec"]["properties"][0]["always"]["to"]

    assert tuple((each["namespace"], each["name"]) for each in to["service"]["anyOf"]) == SERVICES
