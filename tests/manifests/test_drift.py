"""Which objects say something else on either side of a comparison."""

import pytest

from verifier.manifests.kubernetes.drift import Drift, drift
from verifier.manifests.kubernetes.load import load_text

POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: shop%s}
spec: %s
"""
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: %s}\n"


def between(old: str, new: str) -> Drift:
    return drift(load_text(old).objects, load_text(new).objects, "default")


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("{podSelector: {}}", "{podSelector: {}, policyTypes: [Ingress]}"),
        ("{podSelector: {}, ingress: []}", "{podSelector: {}, policyTypes: [Ingress]}"),
        (
            "{podSelector: {}, egress: [{}]}",
            "{podSelector: {}, policyTypes: [Ingress, Egress], egress: [{}]}",
        ),
        (
            "{podSelector: {matchLabels: {}}, ingress: [{from: [], ports: [{port: 1}]}]}",
            "{podSelector: {}, ingress: [{ports: [{port: 1, protocol: TCP}]}], policyTypes: [Ingress]}",
        ),
    ],
)
def test_what_an_api_server_makes_of_a_policy_is_the_same_policy(written: str, stored: str) -> None:
    assert between(POLICY % ("", written), POLICY % (", uid: x", stored)) == Drift((), (), ())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{podSelector: {}}", "{podSelector: {}, ingress: [{}]}"),
        ("{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}", "{podSelector: {}, ingress: [{}]}"),
        (
            "{podSelector: {}, ingress: [{ports: [{port: 1}, {port: 2}]}]}",
            "{podSelector: {}, ingress: [{ports: [{port: 2}, {port: 1}]}]}",
        ),
    ],
)
def test_a_policy_with_other_words_differs(old: str, new: str) -> None:
    assert between(POLICY % ("", old), POLICY % ("", new)) == Drift(("NetworkPolicy shop/p",), (), ())


def test_what_one_side_has_is_of_that_side() -> None:
    both, policy = NAMESPACE % "{}", POLICY % ("", "{podSelector: {}}")

    assert between(f"{both}---\n{policy}", both) == Drift((), ("NetworkPolicy shop/p",), ())
    assert between(both, f"{both}---\n{policy}") == Drift((), (), ("NetworkPolicy shop/p",))


def test_a_namespace_differs_by_its_labels() -> None:
    with_name = NAMESPACE % "{a: b, kubernetes.io/metadata.name: shop}"

    assert between(NAMESPACE % "{a: b}", with_name) == Drift((), (), ())
    assert between(NAMESPACE % "{a: c}", with_name) == Drift(("Namespace shop",), (), ())


def test_an_object_that_names_no_namespace_is_in_the_one_given() -> None:
    policy = POLICY % ("", "{podSelector: {}}")
    homeless = policy.replace(", namespace: shop", "")

    assert drift(load_text(homeless).objects, load_text(policy).objects, "shop") == Drift((), (), ())


def test_objects_of_no_namespace_are_found_again() -> None:
    policy = """\
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: a}
spec: {priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}
"""

    assert between(policy, policy) == Drift((), (), ())
    assert between(policy, policy.replace("Deny", "Pass")) == Drift(("AdminNetworkPolicy a",), (), ())
