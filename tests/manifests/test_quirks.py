"""How manifests are written, where their meaning does not show it."""

import pytest

from verifier.engine.lint.rules import RULES
from verifier.ir.quirk import Writing, Written
from verifier.manifests.kubernetes.load import load_text
from verifier.manifests.kubernetes.quirks import written


def looked(text: str) -> Written:
    found, faults = written(load_text(text).objects, "default", RULES)
    assert not faults
    return found


def policy(spec: str) -> str:
    return (
        f"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: shop}}\nspec: {spec}\n"
    )


@pytest.mark.parametrize(
    ("spec", "writing", "place"),
    [
        ("{podSelector: }", Writing.NULL_SELECTOR, "spec.podSelector"),
        ("{podSelector: {matchLabels: }}", Writing.NULL_SELECTOR, "spec.podSelector.matchLabels"),
        ("{podSelector: {matchExpressions: }}", Writing.NULL_SELECTOR, "spec.podSelector.matchExpressions"),
        (
            "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: }}]}]}",
            Writing.NULL_SELECTOR,
            "spec.ingress[0].from[0].namespaceSelector.matchLabels",
        ),
        ("{podSelector: {}, ingress: [null]}", Writing.NULL_RULE, "spec.ingress[0]"),
        ("{podSelector: {}, ingress: [{ports: [null]}]}", Writing.NULL_PORT, "spec.ingress[0].ports[0]"),
        ("{podSelector: {}, ingress: [{ports: [{}]}]}", Writing.EMPTY_PORT, "spec.ingress[0].ports[0]"),
        ("{podSelector: {}, ingress: [{from: , ports: []}]}", Writing.NULL_PEERS, "spec.ingress[0].from"),
        (
            "{podSelector: {}, policyTypes: [Egress], egress: [{}, {to: null}]}",
            Writing.NULL_PEERS,
            "spec.egress[1].to",
        ),
        ("{ingress: [{}]}", Writing.NO_SELECTOR, "spec"),
        ("{podSelector: {}, egress: [{}]}", Writing.EGRESS_ONLY, "spec.egress"),
        ("{podSelector: {}, egress: [{}], policyTypes: []}", Writing.EGRESS_ONLY, "spec.egress"),
        ("{podSelector: {}, policyTypes: [Ingress], egress: [{}]}", Writing.UNLISTED_DIRECTION, "spec.egress"),
    ],
)
def test_what_is_peculiar_is_found_where_it_stands(spec: str, writing: Writing, place: str) -> None:
    assert [(quirk.writing, quirk.place) for quirk in looked(policy(spec)).quirks] == [(writing, place)]


@pytest.mark.parametrize(
    "spec",
    [
        "{podSelector: {}}",
        "{podSelector: {matchLabels: {}}}",
        "{podSelector: {matchLabels: {app: web}, matchExpressions: }}",
        "{podSelector: {}, ingress: [{from: []}]}",
        "{podSelector: {}, egress: [{to: []}], ingress: []}",
        "{podSelector: {}, egress: [{}], policyTypes: [Egress]}",
        "{podSelector: {}, policyTypes: [Ingress], egress: []}",
        "{podSelector: {}, ingress: [{from: [{podSelector: , namespaceSelector: {}}]}]}",
    ],
)
def test_what_means_what_it_says_is_not(spec: str) -> None:
    assert looked(policy(spec)).quirks == ()


def test_objects_that_name_their_namespace_are_counted() -> None:
    empty = policy("{podSelector: {}}")
    text = empty + "---\n" + empty.replace("name: p, namespace: shop", "name: q")

    found = looked(text)

    assert found.named == 1
    assert [(quirk.writing, str(quirk.object)) for quirk in found.quirks] == [
        (Writing.NO_NAMESPACE, "NetworkPolicy default/q")
    ]


def test_the_labels_of_a_workload_are_kept_apart_from_those_of_its_pods() -> None:
    text = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {tier: front, x: "1"}}
spec: {selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: []}}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
"""

    assert [(str(about), labels) for about, labels in looked(text).labels] == [
        ("Deployment shop/web", {"tier": "front", "x": "1"})
    ]


def test_the_second_of_two_equal_objects_is_found_with_all_that_is_peculiar_about_it() -> None:
    text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
    legacy = text.replace("{name: shop}", "{name: shop, annotations: {net.beta.kubernetes.io/network-policy: x}}")

    found = looked(f"{text}---\n{legacy}")

    assert [quirk.writing for quirk in found.quirks] == [Writing.DUPLICATE, Writing.LEGACY_ANNOTATION]
    assert found.quirks[0].detail == "<text>:3"


def test_a_policy_of_the_whole_cluster_lacks_no_namespace_and_can_ask_for_silence() -> None:
    text = """
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: guard, annotations: {netpol-verifier/ignore: "redundant-policy: a second line"}}
spec:
  tier: Admin
  priority: 1
  subject: {namespaces: {}}
  ingress: [{name: all, action: Deny, from: [{namespaces: {}}]}]
"""

    found = looked(text)

    assert found.quirks == ()
    assert [(str(silence.object), silence.reason) for silence in found.silences] == [
        ("ClusterNetworkPolicy guard", "a second line")
    ]
