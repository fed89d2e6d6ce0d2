"""What a plugin does that no switch says: refused under its profile, or a warning in every report."""

import pytest

from tests.engine.asking import admits, policy
from verifier.errors import InputError, Severity
from verifier.manifests.kubernetes.load import Loaded, Options, load_text

NAMED = policy("shop", "in", "{podSelector: {}, ingress: [{ports: [{port: http}]}]}")
NUMBERED = policy("shop", "in", "{podSelector: {}, ingress: [{ports: [{port: 80}]}]}")
NAMED_OUT = policy("shop", "out", "{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: http}]}]}")
IDLE = policy("shop", "in", "{podSelector: {}, policyTypes: [Egress], ingress: [{ports: [{port: http}]}]}")
EXCEPT = "{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}"
BLOCK = "{ipBlock: {cidr: 10.1.0.0/16}}"
FAMILY_6 = policy("shop", "in", admits("{ipBlock: {cidr: 'fd00::/8'}}"))
EVERY_6 = policy("shop", "in", admits("{ipBlock: {cidr: '::/0'}}"))
STATELESS = NUMBERED.replace("namespace: shop", "namespace: shop, annotations: {k8s.ovn.org/acl-stateless: 'true'}")
ADMIN = """---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: deny}
spec: {priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}
"""


def read(text: str, profile: str) -> Loaded:
    return load_text(text, "k8s.yaml", Options(profile=profile))


@pytest.mark.parametrize(
    ("profile", "text", "words"),
    [
        ("aws-vpc-cni", NAMED, "opens the union"),
        ("aws-vpc-cni", policy("shop", "in", admits(EXCEPT, BLOCK)), "does not reopen it"),
        (
            "aws-vpc-cni",
            policy("shop", "in", admits(EXCEPT)) + policy("shop", "more", admits(BLOCK)),
            "does not reopen it",
        ),
        ("aws-vpc-cni", ADMIN, "does not read"),
        ("azure-npm", FAMILY_6, "isolates nobody"),
        ("azure-npm", ADMIN, "does not read"),
        ("kube-router", EVERY_6, "2000::/3"),
        ("kube-router", policy("shop", "in", admits(EXCEPT, BLOCK)), "one set"),
        ("kube-router", NAMED_OUT, "any destination"),
        ("kube-router", ADMIN, "does not read"),
        ("ovn-kubernetes", NAMED, "every port of the protocol"),
        ("ovn-kubernetes", STATELESS, "replies"),
        ("weave", NAMED, "refuses the whole policy"),
        ("weave", FAMILY_6, "no IPv6"),
        ("weave", ADMIN, "does not read"),
    ],
)
def test_what_no_switch_says_is_refused_with_its_place(profile: str, text: str, words: str) -> None:
    with pytest.raises(InputError) as refused:
        read(text, profile)

    found = refused.value.diagnostics[0]
    assert words in found.message
    assert f"profile `{profile}`" in found.message
    assert (found.code, found.file, found.severity) == ("profile-limit", "k8s.yaml", Severity.ERROR)
    assert found.line is not None


@pytest.mark.parametrize(
    ("profile", "text"),
    [
        ("aws-vpc-cni", NUMBERED),
        ("aws-vpc-cni", policy("shop", "in", admits(EXCEPT)) + policy("other", "more", admits(BLOCK))),
        ("kube-router", NAMED),
        ("kube-router", policy("shop", "in", admits(EXCEPT))),
        ("ovn-kubernetes", ADMIN),
        ("ovn-kubernetes", IDLE),
        ("antrea", NAMED + ADMIN),
        ("k8s", NAMED + ADMIN),
        ("calico", NAMED),
    ],
)
def test_what_the_plugin_reads_as_its_profile_says_is_read(profile: str, text: str) -> None:
    assert [d for d in read(text, profile).diagnostics if d.code == "profile-limit"] == []


def test_a_peer_that_takes_nodes_in_is_a_warning() -> None:
    (found,) = read(policy("shop", "in", admits("{namespaceSelector: {}}")), "ovn-kubernetes").diagnostics

    assert (found.code, found.severity, found.line) == ("profile-limit", Severity.WARNING, 5)
    assert (
        read(policy("shop", "in", admits("{namespaceSelector: {}, podSelector: {}}")), "ovn-kubernetes").diagnostics
        == ()
    )


def test_how_a_plugin_is_set_up_is_an_assumption_of_every_answer() -> None:
    assert any("clusterIP" in text for text in read(NUMBERED, "aws-vpc-cni").cluster.assumptions)
    assert read(NUMBERED, "calico").cluster.assumptions == ()


@pytest.mark.parametrize("profile", ["cilium", "azure-cilium", "gke-dataplane-v2"])
def test_plugins_on_cilium_read_its_policies(profile: str) -> None:
    text = """---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: in, namespace: shop}
spec: {endpointSelector: {}, ingress: [{}]}
"""
    assert read(text, profile).cluster.profile == profile
