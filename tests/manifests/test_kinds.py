"""Kinds that decide about traffic and are not read, those that only look so, and what makes policies elsewhere
(docs/semantics.md 1.6)."""

import json

import pytest

from verifier.errors import Diagnostic, InputError, Severity
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.load import Options, load_text, read_policies

READING = Options()
SKIPPING = Options(skip_unknown=True)
POLICY = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p}\nspec: {}\n"
INNER = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "p"}}


def object_of(api: str, kind: str, **more: object) -> str:
    return json.dumps({"apiVersion": api, "kind": kind, "metadata": {"name": "x", "namespace": "n"}, **more}) + "\n"


def refusals(text: str, options: Options = READING) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_text(text, options=options)
    return [diagnostic.code for diagnostic in caught.value.diagnostics]


def warnings(text: str, options: Options = READING) -> list[Diagnostic]:
    return [found for found in load_text(text, options=options).diagnostics if found.severity is Severity.WARNING]


@pytest.mark.parametrize(
    ("group", "kinds"),
    [
        ("k8s.ovn.org", "EgressFirewall"),
        ("network.openshift.io", "EgressNetworkPolicy"),
        ("crd.nsx.vmware.com", "SecurityPolicy"),
        ("crd.antrea.io", "NetworkPolicy ClusterNetworkPolicy Tier"),
        ("policy.linkerd.io", "Server ServerAuthorization AuthorizationPolicy"),
        ("consul.hashicorp.com", "ServiceIntentions"),
        ("k8s.otterize.com", "ClientIntents ProtectedService"),
        ("networking.gke.io", "FQDNNetworkPolicy"),
        ("networking.k8s.aws", "ApplicationNetworkPolicy ClusterNetworkPolicy"),
        ("cilium.io", "CiliumNetworkPolicy CiliumClusterwideNetworkPolicy"),
        ("projectcalico.org", "NetworkPolicy GlobalNetworkPolicy StagedNetworkPolicy StagedGlobalNetworkPolicy"),
        ("projectcalico.org", "StagedKubernetesNetworkPolicy Tier NetworkSet GlobalNetworkSet HostEndpoint"),
        ("crd.projectcalico.org/v2", "GlobalNetworkPolicy Tier NetworkSet GlobalNetworkSet HostEndpoint"),
        ("anything.example", "StrangeNetworkPolicy MultiNetworkPolicy"),
    ],
)
def test_a_kind_that_decides_is_refused(group: str, kinds: str) -> None:
    for kind in kinds.split():
        text = object_of(group if "/" in group else f"{group}/v1", kind)
        assert refusals(text) == ["unknown-policy"], kind
        [over] = load_text(text, options=SKIPPING).cluster.passed_over
        assert str(over) == f"{kind} n/x"
        assert over.origin is not None
        assert over.origin.position.line == 1


@pytest.mark.parametrize(
    ("group", "kinds"),
    [
        ("networking.k8s.aws", "PolicyEndpoint ClusterPolicyEndpoint"),
        ("cilium.io", "CiliumNode CiliumEndpoint CiliumIdentity CiliumBGPPeeringPolicy CiliumLoadBalancerIPPool"),
        ("projectcalico.org", "IPPool BGPPeer BGPConfiguration FelixConfiguration Node WorkloadEndpoint"),
        ("crd.antrea.io", "Egress ClusterGroup AntreaAgentInfo"),
        ("security.istio.io", "RequestAuthentication"),
        ("k8s.ovn.org", "EgressIP EgressService"),
        ("policy.linkerd.io", "MeshTLSAuthentication NetworkAuthentication HTTPRoute"),
        ("example.com", "Tier Server AuthorizationPolicy EgressFirewall SecurityPolicy"),
        ("vpcresources.k8s.aws", "SecurityGroupPolicy"),
        ("policy", "PodSecurityPolicy PodDisruptionBudget"),
    ],
)
def test_a_kind_that_decides_nothing_is_passed_over_in_silence(group: str, kinds: str) -> None:
    for kind in kinds.split():
        loaded = load_text(object_of(f"{group}/v1", kind))
        assert (loaded.diagnostics, loaded.cluster.passed_over) == ((), ()), kind


def test_what_redirects_is_a_warning_and_what_is_about_other_networks_one_note() -> None:
    redirecting = "".join(
        f"---\n{object_of('cilium.io/v2', kind)}" for kind in ("CiliumLocalRedirectPolicy", "CiliumEgressGatewayPolicy")
    )
    other = f"---\n{object_of('k8s.cni.cncf.io/v1beta1', 'MultiNetworkPolicy')}" * 2

    loaded = load_text(redirecting + other)

    assert [(d.code, d.severity) for d in loaded.diagnostics] == [
        ("redirects", Severity.WARNING), ("redirects", Severity.WARNING), ("other-network", Severity.NOTE),
    ]  # fmt: skip
    assert loaded.cluster.passed_over == ()


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: K8s.OVN.org/v1\nkind: egressfirewall\n",
        'apiVersion: "k8s.ovn.\\u006frg/v1"\nkind: "Egress\\x46irewall"\n',
        "apiVersion: k8s.ovn.org\nkind: EgressFirewall\n",
        "apiVersion: !!str k8s.ovn.org/v1\nkind: >-\n  EgressFirewall\n",
        "a: &it {kind: EgressFirewall}\napiVersion: k8s.ovn.org/v1\n<<: *it\n",
        "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: k8s.ovn.org/v1, kind: EgressFirewall}\n",
        "apiVersion: v1\nkind: List\nitems:\n- &a {apiVersion: k8s.ovn.org/v1, kind: EgressFirewall}\n- *a\n",
        "apiVersion: k8s.ovn.org/v1\nkind: EgressFirewallList\nitems:\n- {metadata: {name: default}}\n",
        "apiVersion: example.com/v1\nkind: Holder\nitems:\n- {apiVersion: k8s.ovn.org/v1, kind: EgressFirewall}\n",
        (
            "kind: List\napiVersion: v1\nitems:\n- kind: List\n  apiVersion: v1\n  items:\n"
            "  - {apiVersion: k8s.ovn.org/v1, kind: EgressFirewall}\n"
        ),
    ],
)
def test_no_spelling_and_no_list_hides_it(text: str) -> None:
    assert refusals(text)
    if "items" in text and "kind: List" not in text:
        assert refusals(text, SKIPPING)  # nobody knows which of its items there would be


def test_policies_of_new_namespaces_are_never_passed_over() -> None:
    """No report would say that they are not all."""
    texts = [Source.text_of("f.yaml", f"{POLICY}---\n{object_of('k8s.ovn.org/v1', 'EgressFirewall')}")]

    with pytest.raises(InputError, match="EgressFirewall"):
        read_policies(texts, SKIPPING)


def kyverno(rule: object) -> str:
    return object_of("kyverno.io/v1", "ClusterPolicy", spec={"rules": [rule]})


def config_map(text: str) -> str:
    return object_of("v1", "ConfigMap", data={"a": text})


CEL = '[{"kind": dyn("NetworkPolicy"), "apiVersion": dyn("networking.k8s.io/v1"), "metadata": dyn({})}]'


@pytest.mark.parametrize(
    "text",
    [
        kyverno({"generate": {"kind": "NetworkPolicy", "name": "p"}}),
        kyverno({"generate": {"foreach": [{"kind": "NetworkPolicy", "name": "p"}]}}),
        kyverno({"generate": {"cloneList": {"kinds": ["v1/Secret", "networking.k8s.io/v1/NetworkPolicy"]}}}),
        object_of("policies.kyverno.io/v1alpha1", "GeneratingPolicy", spec={"variables": [{"expression": CEL}]}),
        object_of("redhatcop.redhat.io/v1alpha1", "NamespaceConfig", spec={"templates": [{"objectTemplate": POLICY}]}),
        object_of("template.openshift.io/v1", "Template", objects=[INNER]),
        object_of("work.open-cluster-management.io/v1", "ManifestWork", spec={"workload": {"manifests": [INNER]}}),
        config_map(POLICY),
        config_map(json.dumps(INNER)),
        object_of("new.example/v1", "WhateverMakesThem", spec={"deep": [[{"down": INNER}]]}),
    ],
)
def test_what_makes_policies_elsewhere_is_told_with_their_kind(text: str) -> None:
    [found] = warnings(text)

    assert found.code == "generator"
    assert f"`{json.loads(text)['kind']}`" in found.message
    assert "`NetworkPolicy`" in found.message
    assert "newNamespacesGet" in str(found.hint)


@pytest.mark.parametrize(
    ("inner", "named"),
    [
        ({"apiVersion": "k8s.ovn.org/v1", "kind": "EgressFirewall", "spec": {}}, "`EgressFirewall`"),
        ({"apiVersion": "projectcalico.org/v3", "kind": "Tier", "spec": {}}, "`Tier`"),
        ({"apiVersion": "cilium.io/v2", "kind": "CiliumNetworkPolicy", "spec": {}}, "`CiliumNetworkPolicy`"),
    ],
)
def test_kinds_that_are_not_read_are_told_of_too(inner: dict[str, object], named: str) -> None:
    template = object_of("template.openshift.io/v1", "Template", objects=[inner])
    written = object_of("v1", "ConfigMap", data={"a": json.dumps(inner)})

    assert [named in found.message for text in (template, written) for found in warnings(text)] == [True, True]


REFERENCE = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "name": "p"}
NAMES = {"names": {"kind": "CiliumNetworkPolicy"}, "versions": [INNER]}


@pytest.mark.parametrize(
    "text",
    [
        kyverno({"match": {"resources": {"kinds": ["NetworkPolicy"]}}}),
        kyverno({"generate": {"apiVersion": "v1", "kind": "ConfigMap", "data": {}}}),
        object_of("apiextensions.k8s.io/v1", "CustomResourceDefinition", spec=NAMES),
        object_of("wgpolicyk8s.io/v1alpha2", "PolicyReport", scope=REFERENCE),
        object_of("argoproj.io/v1alpha1", "Application", spec={"ignoreDifferences": [{"kind": "NetworkPolicy"}]}),
        config_map("kind: NetworkPolicy"),
        config_map(POLICY.replace("NetworkPolicy", "Ingress")),
        config_map("apiVersion: k8s.cni.cncf.io/v1beta1\nkind: MultiNetworkPolicy\nspec: {}"),
        config_map("apiVersion: example.com/v1\nkind: Tier\nspec: {}"),
    ],
)
def test_what_only_speaks_of_policies_makes_none(text: str) -> None:
    assert load_text(text).diagnostics == ()


def test_a_copy_in_its_own_metadata_is_no_policy() -> None:
    version = json.loads(object_of("operators.coreos.com/v1alpha1", "ClusterServiceVersion"))
    version["metadata"]["annotations"] = {"alm-examples": json.dumps([INNER])}

    assert load_text(json.dumps(version)).diagnostics == ()


def test_what_is_nested_as_deep_as_can_be_read_is_searched() -> None:
    inner: object = INNER
    for _ in range(90):
        inner = {"a": [inner]}

    assert [found.code for found in warnings(object_of("example.com/v1", "Holder", spec=inner))] == ["generator"]


def test_the_same_is_passed_over_in_any_order() -> None:
    one, two = (
        object_of("k8s.ovn.org/v1", "EgressFirewall"),
        object_of("networking.gke.io/v1alpha1", "FQDNNetworkPolicy"),
    )

    found = load_text(f"{one}---\n{two}", options=SKIPPING).cluster

    assert found == load_text(f"{two}---\n{one}", options=SKIPPING).cluster
    assert [str(each) for each in found.passed_over] == ["EgressFirewall n/x", "FQDNNetworkPolicy n/x"]
