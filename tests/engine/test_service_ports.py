"""Services whose port leads to other numbers at other pods: whom a claim means on which (docs/semantics.md 1.6)."""

from collections import Counter
from itertools import product
from random import Random

import pytest
import yaml

from tests import oracle
from tests.engine.asking import cluster, namespace, policy
from tests.engine.test_backends import CLIENT, endpoints, service
from tests.engine.test_residents import FIXED
from tests.engine.test_services import NAMED, answer, explained, inward, workload
from verifier.engine.check.check import check
from verifier.ir.universe import INVENTORY, OPEN, Universe
from verifier.manifests.notation.expression import parse_expression
from verifier.session import Session

TO = service("api", "10.96.0.10", "app: api", NAMED)
HTTP = "{{name: http, containerPort: {}}}"
ONE = workload("one", HTTP.format(8081), labels="app: api, v: a")
TWO = workload("two", HTTP.format(8082), labels="app: api, v: b")
NONE = workload("none", labels="app: api, v: b")


def outward(rules: str, selector: str = "app: web") -> str:
    return (
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: out, namespace: shop}\n"
        f"spec: {{podSelector: {{matchLabels: {{{selector}}}}}, policyTypes: [Egress], egress: [{rules}]}}\n"
    )


def shut(labels: str) -> str:
    return (
        f"---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: shut, namespace: shop}}\n"
        f"spec: {{podSelector: {{{labels}}}, policyTypes: [Ingress]}}\n"
    )


LISTED = "matchLabels: {app: api}, matchExpressions: [{key: v, operator: In, values: [a, b]}]"
OTHERS = "matchLabels: {app: api}, matchExpressions: [{key: v, operator: NotIn, values: [a, b]}]"


@pytest.mark.parametrize("more", [NONE, TWO])
@pytest.mark.parametrize("claim", ["never * -> 10.96.0.10 : TCP/80", "only shop/app=web -> 10.96.0.10 : TCP/80"])
def test_pods_that_no_workload_is_like_are_asked_about_on_each_number(more: str, claim: str) -> None:
    """They were left out as soon as workloads differ: a pod with `app: api` alone is no subject of the policy."""
    for told in (OPEN, INVENTORY):
        found = answer(TO + ONE + more + shut(LISTED), claim, told)
        assert found.verdict == ("violated" if told is OPEN else "proved")


@pytest.mark.parametrize("claim", ["never external -> 10.96.0.10", "only shop/app=web -> 10.96.0.10 : TCP/80"])
def test_a_narrower_claim_has_no_words_where_the_numbers_differ(claim: str) -> None:
    closed = shut("matchLabels: {app: api, v: a}") + shut("matchLabels: {app: api, v: b}").replace("shut", "also")

    found = answer(TO + ONE + TWO + closed, claim)

    assert found.verdict == "violated"
    assert {suggestion.text for suggestion in found.suggestions} <= {"-u inventory"}


def test_what_always_works_works_for_pods_that_no_workload_is_like() -> None:
    found = answer(TO + ONE + TWO + shut(OTHERS), "always shop/app=web -> 10.96.0.10 : TCP/80")

    assert found.verdict == "violated"
    assert found.witness.hypothetical


ELSEWHERE = shut("matchLabels: {w: x}").replace("namespace: shop", "namespace: zoo")
"""A policy that has nothing to do with it, and asks for a label."""
PLAIN, MARKED = workload("one", HTTP.format(8081)), workload("two", HTTP.format(8082), labels="app: api, w: b")


@pytest.mark.parametrize("more", ["", ELSEWHERE])
def test_workloads_are_told_apart_by_labels_that_no_policy_asks_for(more: str) -> None:
    text = TO + PLAIN + MARKED + CLIENT + more
    to_first = outward("{to: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 8081}]}")

    assert answer(text + inward("{ports: [{port: http}]}"), "always shop/app=web -> 10.96.0.10", INVENTORY).verdict == (
        "proved"
    )
    assert answer(text + to_first, "confined shop/app=web -> 10.96.0.10", INVENTORY).verdict == "violated"


def test_what_a_session_was_told_stays_true_when_a_policy_asks_for_a_label() -> None:
    asked = parse_expression("always shop/app=web -> 10.96.0.10")
    texts = {"a.yaml": TO + PLAIN + MARKED + CLIENT + inward("{ports: [{port: http}]}")}
    session = Session(texts, [asked], OPEN, FIXED)
    fresh = check(cluster(texts["a.yaml"] + ELSEWHERE), [asked], OPEN, FIXED)

    assert session.update({"b.yaml": ELSEWHERE})[0].verdict == fresh[0].verdict


def test_what_two_workloads_of_one_label_set_may_be_confined_to_is_what_both_listen_on() -> None:
    same = workload("one", HTTP.format(8081)) + workload("two", HTTP.format(8082)) + CLIENT
    to_first = outward("{to: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 8081}]}")

    assert answer(TO + same + to_first, "confined shop/app=web -> 10.96.0.10", INVENTORY).verdict == "violated"


def test_an_endpoint_that_is_the_address_of_a_service_leads_nowhere() -> None:
    """Proxies do not follow it. It was exit 4."""
    text = service("a", "10.96.0.7", ports="{port: 80, targetPort: 8080}") + endpoints("a", "10.96.0.9")
    text += service("b", "10.96.0.9", "app: db", "{port: 8080, targetPort: 5432}") + workload("db", labels="app: db")

    found = answer(text, "never * -> 10.96.0.7")

    assert found.verdict == "vacuous"
    assert found.reason.startswith("Service shop/a: TCP/80 leads nowhere")


def test_a_port_that_leads_nowhere_is_told_beside_those_that_do_not() -> None:
    both = "{name: web, port: 80, targetPort: http}, {name: more, port: 81, targetPort: nix}"
    text = service("api", "10.96.0.10", "app: api", both) + ONE + CLIENT

    found = answer(text, "always shop/app=web -> 10.96.0.10", INVENTORY)

    assert found.verdict == "proved"
    assert "Service shop/api: TCP/81 leads nowhere, no pod of it has a port `nix`" in found.notes


def test_that_a_port_leads_nowhere_is_no_reason_where_nobody_is_there_to_ask() -> None:
    both = "{name: web, port: 80, targetPort: http}, {name: more, port: 81, targetPort: nix}"
    text = service("api", "10.96.0.10", "app: api", both) + ONE

    found = answer(text, "never shop/app=nobody -> 10.96.0.10", INVENTORY)

    assert found.verdict == "vacuous"
    assert "leads nowhere" not in found.reason


def test_a_narrower_claim_about_a_service_that_leads_nowhere_opens_nothing() -> None:
    """It said `-> shop/*`, since no port at all was taken for every port."""
    text = service("ext", "10.96.0.8", ports="{port: 80}") + CLIENT + outward("") + namespace("other")

    found = answer(text, "confined app=web -> 10.96.0.8")

    assert found.verdict == "violated"
    assert all("shop/*" not in suggestion.text for suggestion in found.suggestions)


ROLLOUT = workload("one", HTTP.format(8081), "Rollout").replace("apps/v1", "argoproj.io/v1alpha1")
"""Its controller may give its pods labels that nobody has said."""
MORE = workload("two", HTTP.format(8082), labels="app: api, x: b")


@pytest.mark.parametrize("told", [OPEN, INVENTORY])
@pytest.mark.parametrize("selector", ["app: api", "app: api, x: b"])
def test_pods_whose_controller_may_add_labels_are_asked_about_on_their_own_number(
    told: Universe, selector: str
) -> None:
    """It was proved as soon as another workload had the label, which the Rollout's pods may have as well."""
    text = service("api", "10.96.0.10", selector, NAMED) + ROLLOUT + MORE + CLIENT
    text += shut("matchExpressions: [{key: x, operator: DoesNotExist}]")
    text += inward("{ports: [{port: 8081}]}", "app: api, x: b")

    assert answer(text, "never shop/app=web -> 10.96.0.10", told).verdict not in ("proved", "vacuous")


def test_where_no_workload_is_surely_behind_it_pods_listen_where_they_call_a_port_so() -> None:
    text = service("api", "10.96.0.10", "app: api, x: b", NAMED) + ROLLOUT + CLIENT
    text += inward("{ports: [{port: 9090}]}", "app: api, x: b")

    assert answer(text, "never shop/app=web -> 10.96.0.10").verdict == "violated"


def test_pods_whose_controller_may_add_labels_are_not_excused_on_the_number_of_others() -> None:
    to_marked = "{to: [{podSelector: {matchLabels: {app: api, x: b}}}], ports: [{port: 8082}]}"
    text = TO + ROLLOUT + MORE + CLIENT + outward(to_marked)

    assert answer(text, "confined shop/app=web -> 10.96.0.10", INVENTORY).verdict != "proved"


def test_the_address_of_a_pod_whose_controller_may_add_labels_is_its_whatever_they_are() -> None:
    target = "kind: Pod, name: one-xyz"
    text = service("api", "10.96.0.10", "app: api", NAMED) + endpoints("api", "10.1.1.1", target) + ROLLOUT + CLIENT
    text += shut("matchExpressions: [{key: x, operator: DoesNotExist}]")
    text += inward("{ports: [{port: 8081}]}", "app: api, x: b")

    assert answer(text, "never shop/app=web -> 10.1.1.1", INVENTORY).verdict == "unknown"


@pytest.mark.parametrize(("port", "verdict"), [(80, "violated"), (8080, "proved")])
def test_a_headless_service_without_a_selector_translates_nothing_either(port: int, verdict: str) -> None:
    text = service("hl") + endpoints("hl", "192.0.2.7") + CLIENT
    text += outward("{to: [{ipBlock: {cidr: 192.0.2.7/32}}], ports: [{port: 80}]}")
    to = "to: [{service: {namespace: shop, name: hl}}]"
    claim = f"never: {{from: [{{namespaces: [shop]}}], {to}, ports: [{{port: {port}}}]}}"

    assert answer(text, claim, INVENTORY).verdict == verdict


def test_of_two_services_of_one_name_what_both_lead_to_is_excused() -> None:
    """Only one can be there, and whoever adds the second widened what a pod may be confined to."""
    other = workload("other", "{name: http, containerPort: 8081}", labels="app: other")
    twin = service("api", "10.96.0.10", "app: other", NAMED)
    text = TO + ONE + other + CLIENT + outward("{to: [{podSelector: {matchLabels: {app: other}}}]}")

    for claim in ("confined shop/app=web -> 10.96.0.10 : TCP/80", f"confined: {{pods: [{WEB}], reach: [{{{API}}}]}}"):
        assert answer(text, claim).verdict == "violated"
        found = answer(text + twin, claim)
        assert found.verdict == "violated"
        assert any(
            note.startswith("of 2 definitions of Service shop/api only one can be there") for note in found.notes
        )


WEB = "{podSelector: {matchLabels: {app: web}}, namespaces: [shop]}"
API = "to: [{service: {namespace: shop, name: api}}]"


@pytest.mark.parametrize("told", [OPEN, INVENTORY])
def test_a_label_that_a_controller_may_have_chosen_puts_no_pod_behind_a_service_surely(told: Universe) -> None:
    """It was vacuous: "no pod of it has a port `http`", since the one workload that may be behind it has none."""
    text = service("api", "10.96.0.10", "app: api, controller-revision-hash: x", NAMED) + CLIENT
    text += workload("one", kind="DaemonSet")

    assert answer(text, "never shop/app=web -> 10.96.0.10", told).verdict == ("violated" if told is OPEN else "vacuous")


def test_the_label_that_a_workload_lacks_tells_the_pods_of_a_service_from_its_own() -> None:
    unnamed = ROLLOUT.replace("name: http, ", "")
    text = service("api", "10.96.0.10", "app: api, x: b", NAMED) + unnamed + CLIENT

    assert answer(text, "never shop/app=web -> 10.96.0.10").verdict == "violated"


def test_outside_clients_may_come_as_a_node_to_pods_that_may_be_behind_a_service() -> None:
    """A Rollout's pods may have the label of a NodePort Service, and listen on a number of their own."""
    text = service("api", "10.96.0.10", "app: api, x: b", NAMED).replace("spec: {", "spec: {type: NodePort, ")
    text += ROLLOUT + MORE + inward("{from: [{ipBlock: {cidr: 203.0.113.0/24}}]}", "app: api, x: b")

    found = answer(text, "always 203.0.113.0/24 -> shop/app=api,x=b : TCP/8081")

    assert (found.verdict, found.depends_on) == ("unknown", ("external_source",))


def test_pods_that_may_be_a_rollouts_are_not_excused_by_the_name_of_a_port() -> None:
    """No workload surely has the label of the Service; the Rollout's pods that do listen on what their own is."""
    to_marked = "{to: [{podSelector: {matchLabels: {app: api, x: b}}}], ports: [{port: http}]}"
    text = service("api", "10.96.0.10", "app: api, x: b", NAMED) + ROLLOUT + CLIENT + outward(to_marked)
    surely = text.replace("labels: {app: api}", "labels: {app: api, x: b}")

    assert answer(text, "confined shop/app=web -> 10.96.0.10").verdict == "violated"
    assert answer(surely, "confined shop/app=web -> 10.96.0.10", INVENTORY).verdict == "proved"


SET = workload("kafka", "{name: k, containerPort: 9092}", "StatefulSet", labels="app: kafka")
BY_NUMBER = service("kafka-0", "10.96.0.7", "statefulset.kubernetes.io/pod-name: kafka-0", "{port: 80, targetPort: k}")


def test_outside_clients_may_come_as_a_node_to_one_of_the_pods_of_a_stateful_set() -> None:
    """No policy and no property asks for the label by which the Service has it. It was proved."""
    text = BY_NUMBER.replace("spec: {", "spec: {type: NodePort, ")
    text += SET + inward("{from: [{ipBlock: {cidr: 192.168.0.0/24}}]}", "app: kafka")

    found = answer(text, "never 198.51.100.0/24 -> shop/app=kafka", INVENTORY)

    assert (found.verdict, found.depends_on) == ("unknown", ("external_source",))
    assert explained(text, "198.51.100.7 -> shop/kafka : TCP/9092").depends_on == ("external_source",)


def listed(ports: str) -> str:
    return (
        "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n"
        "metadata: {name: ext-1, namespace: shop, labels: {kubernetes.io/service-name: ext}}\n"
        f"addressType: IPv4\nports: [{ports}]\nendpoints: [{{addresses: [203.0.113.5]}}]\n"
    )


TWO_PORTS = "{name: http, port: 80, targetPort: 8080}, {name: x, port: 81}"
TO_ENDPOINT = "{{to: [{{ipBlock: {{cidr: 203.0.113.5/32}}}}], ports: [{{port: {}}}]}}"


def test_a_port_of_endpoints_is_the_one_that_is_called_so() -> None:
    """One without a name stood before it, and was taken."""
    text = service("ext", "10.96.0.7", ports=TWO_PORTS) + listed("{port: 81}, {name: http, port: 8080}") + CLIENT
    text += outward(TO_ENDPOINT.format(8080))

    assert answer(text, "never shop/app=web -> 10.96.0.7 : TCP/80", INVENTORY).verdict == "violated"
    assert answer(text, "confined shop/app=web -> 10.96.0.7 : TCP/80", INVENTORY).verdict == "proved"


def test_what_leads_to_a_port_without_a_name_is_asked_and_not_excused() -> None:
    """Proxies follow a port of a Service to the one of its name."""
    text = service("ext", "10.96.0.7", ports=TWO_PORTS) + listed("{port: 8080}") + CLIENT
    text += outward(TO_ENDPOINT.format(8080))

    assert answer(text, "never shop/app=web -> 10.96.0.7 : TCP/80", INVENTORY).verdict == "violated"
    assert answer(text, "confined shop/app=web -> 10.96.0.7 : TCP/80", INVENTORY).verdict == "violated"


@pytest.mark.parametrize("selector", ["app: api", ""])
def test_a_port_of_a_headless_service_that_is_named_is_where_it_leads(selector: str) -> None:
    """It was the port that pods call so, which is another name: all was vacuous."""
    text = service("ext", selector=selector, ports="{name: sql, port: 80, targetPort: http}") + ONE + CLIENT
    text += listed("{name: sql, port: 8081}") + inward("{ports: [{port: sql}]}")
    claim = "{}: {{from: [{{namespaces: [shop]}}], to: [{{service: {{namespace: shop, name: ext}}}}], ports: [{}]}}"

    by_name = answer(text, claim.format("always", "{port: sql}"), INVENTORY)
    by_number = answer(text, claim.format("always", "{port: 8081}"), INVENTORY)

    assert by_name.verdict == by_number.verdict == ("violated" if selector else "proved")


def test_the_hash_that_a_controller_chose_does_not_make_a_pod_another() -> None:
    """Pods of one workload were asked about on the other's port, where policies ask for the hash."""
    hashed = "{podSelector: {matchLabels: {v: a}, matchExpressions: [{key: pod-template-hash, operator: Exists}]}, "
    opened = policy("shop", "a", hashed + "ingress: [{ports: [{port: 8082}]}]}")

    found = answer(TO + ONE + TWO + shut("matchLabels: {app: api}") + opened, "never shop/app=web -> 10.96.0.10")

    assert found.verdict == "proved"


def test_that_pods_which_nobody_has_written_call_a_port_so_is_said() -> None:
    text = TO + CLIENT + inward("{ports: [{port: http}]}")
    said = "Service shop/api: pods that nobody has written are taken to call one port `http`, of a container"

    for claim in ("always shop/app=web -> 10.96.0.10", "confined shop/app=web -> 10.96.0.10"):
        assert said in answer(text, claim).assumptions
        assert said not in answer(text + ONE, claim).assumptions


@pytest.mark.parametrize("port", ["k", "9092"])
def test_explain_finds_the_pods_that_have_the_label_of_a_service_by_their_controller(port: str) -> None:
    text = CLIENT + SET + inward("", "app: kafka") + BY_NUMBER.replace("targetPort: k", f"targetPort: {port}")

    found = explained(text, "shop/web -> shop/service/kafka-0 : TCP/80", INVENTORY)

    assert found.allowed is False
    assert found.cases[0].connection.destination.labels["apps.kubernetes.io/pod-index"] == "0"


def test_explain_says_which_label_puts_a_pod_behind_a_service() -> None:
    text = service("api", "10.96.0.10", "app: api, x: b", NAMED) + ROLLOUT + MORE + CLIENT
    text += inward("{ports: [{port: 8082}]}", "app: api, x: b")

    found = explained(text, "shop/web -> shop/service/api : TCP/80")

    assert {case.allowed for case in found.cases} == {True, False}
    assert (
        "a pod of Rollout shop/one is behind Service shop/api where it has x=b, which its controller may give it"
        in found.notes
    )


def drawn(random: Random) -> str:
    """A Service with a named port, pods behind it with labels of their own, a client, and policies."""
    text = TO + CLIENT
    for number, (v, w) in enumerate(random.sample([*product(("a", "b", None), ("x", None))], random.randrange(2, 5))):
        labels = "app: api" + (f", v: {v}" if v else "") + (f", w: {w}" if w else "")
        text += workload(f"d{number}", random.choice((HTTP.format(8081), HTTP.format(8082), "")), labels=labels)
    rules = random.sample(["{ports: [{port: 8081}]}", "{ports: [{port: 8082}]}", "{ports: [{port: http}]}"], 1)
    text += inward(random.choice((rules[0], "", "{}")), random.choice(("app: api", "v: a", "w: x")))
    if random.random() < 0.5:
        port = random.choice((8081, 8082))
        text += outward(f"{{to: [{{podSelector: {{matchLabels: {{app: api}}}}}}], ports: [{{port: {port}}}]}}")
    return text


def test_verdicts_are_those_of_single_connections_to_each_pod_behind_it() -> None:
    """In an inventory, where no two have the same labels. Of what breaks there an open universe is broken, too."""
    seen: Counter[tuple[str, str]] = Counter()
    for seed in range(150):
        text = drawn(Random(f"ports of services {seed}"))
        manifests = list(yaml.safe_load_all(text))
        behind = [m for m in manifests if m["kind"] == "Deployment" and "api" in str(m["spec"]["template"])]
        reached, blocked = _asked(manifests, behind)
        for kind, broken in (("never", reached), ("always", blocked)):
            claim = f"{kind} shop/app=web -> 10.96.0.10"
            found = answer(text, claim, INVENTORY)
            if reached or blocked:
                assert found.verdict == ("violated" if broken else "proved"), (seed, claim, text)
                assert not broken or answer(text, claim, _one_family()).verdict == "violated", (seed, claim, text)
            else:
                assert found.verdict == "vacuous"
            seen[kind, found.verdict] += 1
    assert min(seen[kind, verdict] for kind in ("never", "always") for verdict in ("proved", "violated")) >= 15, seen


def _one_family() -> Universe:
    return Universe("open", families=frozenset({4}))


def _asked(manifests: list[dict], behind: list[dict]) -> tuple[bool, bool]:
    """Whether the client reaches some pod on the number that it calls http, and whether it does not."""
    setting = {name: values[0] for name, values in oracle.VALUES.items()} | FIXED
    answers = set()
    for deployment in behind:
        template = deployment["spec"]["template"]
        ports = template["spec"]["containers"][0].get("ports") or []
        for port in ports:
            there = {
                "kind": "pod", "namespace": "shop", "labels": template["metadata"]["labels"],
                "namedPorts": [{"name": "http", "protocol": "TCP", "port": port["containerPort"]}],
            }  # fmt: skip
            here = {"kind": "pod", "namespace": "shop", "labels": {"app": "web"}}
            connection = {"source": here, "destination": there, "protocol": "TCP", "port": port["containerPort"]}
            answers.add(oracle.allowed(manifests, connection, setting))
    return True in answers, False in answers
