"""Which lists of a live cluster are asked for, and what is made of the objects."""

import pickle
from pathlib import Path

import pytest

from tests.cluster import FakeKubectl
from verifier.errors import InputError
from verifier.ir.policy import Citation
from verifier.manifests.documents import kubectl as program
from verifier.manifests.kubernetes.load import Loaded, Options, find_texts, load

POLICIES = "networkpolicies.v1.networking.k8s.io"
CALICO_STORED, CALICO_SERVED = "networkpolicies.v1.crd.projectcalico.org", "networkpolicies.v3.projectcalico.org"
STORED = ("networkpolicies", "", "crd.projectcalico.org/v1", True, "NetworkPolicy")
SHOWN = ("networkpolicies", "cnp", "projectcalico.org/v3", True, "NetworkPolicy")
ACCOUNTS = ("serviceaccounts", "sa", "v1", True, "ServiceAccount")
SETTINGS = ("configmaps", "cm", "v1", True, "ConfigMap")
ENDPOINTS = ("endpoints", "ep", "v1", True, "Endpoints")
SLICES = ("endpointslices", "", "discovery.k8s.io/v1", True, "EndpointSlice")
MESH = ("authorizationpolicies", "ap", "security.istio.io/v1", True, "AuthorizationPolicy")
CILIUM = ("ciliumnetworkpolicies", "cnp", "cilium.io/v2", True, "CiliumNetworkPolicy")
OLD = ("networkpolicies", "", "extensions/v1beta1", True, "NetworkPolicy")
OLD_DEPLOYMENTS = ("deployments", "", "extensions/v1beta1", True, "Deployment")
ANP = ("adminnetworkpolicies", "anp", "policy.networking.k8s.io/v1alpha1", False, "AdminNetworkPolicy")
ANTREA = ("clusternetworkpolicies", "acnp", "crd.antrea.io/v1beta1", False, "ClusterNetworkPolicy")
ROUTES = ("virtualservices", "vs", "networking.istio.io/v1", True, "VirtualService")


@pytest.fixture
def kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeKubectl:
    fake = FakeKubectl(tmp_path / "bin")
    monkeypatch.setenv("PATH", fake.path())
    return fake


def of(kind: str, api: str, name: str, namespace: str | None = "shop", **rest: object) -> dict[str, object]:
    metadata = {"name": name, **({} if namespace is None else {"namespace": namespace})}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **rest}


def policy(name: str) -> dict[str, object]:
    return of("NetworkPolicy", "networking.k8s.io/v1", name, spec={"podSelector": {}})


def read(**how: object) -> Loaded:
    return load(["cluster:"], Options(**how))  # type: ignore[arg-type]


def names(loaded: Loaded) -> set[str]:
    return {str(citation) for citation in loaded.cluster.policies.objects}


def test_of_two_groups_that_show_the_same_objects_one_is_asked(kubectl: FakeKubectl) -> None:
    kubectl.serves(ENDPOINTS, SLICES, OLD, OLD_DEPLOYMENTS, STORED, SHOWN)
    kubectl.holds(POLICIES, policy("a"))

    read()

    asked = kubectl.resources()
    assert {"endpointslices.v1.discovery.k8s.io", "deployments.v1.apps", POLICIES, CALICO_STORED} <= asked
    assert not {CALICO_SERVED, "endpoints.v1.", "networkpolicies.v1beta1.extensions"} & asked
    assert "deployments.v1beta1.extensions" not in asked


def test_endpoints_are_asked_for_where_there_are_no_slices(kubectl: FakeKubectl) -> None:
    kubectl.serves(ENDPOINTS)
    kubectl.holds(POLICIES, policy("a"))

    read()

    assert "endpoints.v1." in kubectl.resources()


def test_policies_of_every_dialect_are_asked_for(kubectl: FakeKubectl) -> None:
    kubectl.serves(SHOWN, MESH, CILIUM, ANP, ANTREA, ROUTES)
    kubectl.holds(POLICIES, policy("a"))

    read()

    assert {
        CALICO_SERVED,
        "authorizationpolicies.v1.security.istio.io",
        "ciliumnetworkpolicies.v2.cilium.io",
        "adminnetworkpolicies.v1alpha1.policy.networking.k8s.io",
        "clusternetworkpolicies.v1beta1.crd.antrea.io",
        "virtualservices.v1.networking.istio.io",
    } <= kubectl.resources()


def test_a_policy_that_nobody_understands_is_refused(kubectl: FakeKubectl) -> None:
    kubectl.serves(ANTREA)
    kubectl.holds(POLICIES, policy("a"))
    kubectl.holds(
        "clusternetworkpolicies.v1beta1.crd.antrea.io",
        of("ClusterNetworkPolicy", "crd.antrea.io/v1beta1", "deny", None, spec={}),
    )

    with pytest.raises(InputError) as caught:
        read()

    (wrong,) = caught.value.diagnostics
    assert (wrong.code, wrong.file, wrong.line) == ("unknown-policy", "cluster:prod ClusterNetworkPolicy deny", None)


def test_policies_of_one_name_and_two_groups_are_both_read(kubectl: FakeKubectl) -> None:
    kubectl.serves(STORED)
    kubectl.holds(POLICIES, policy("same"))
    calico = of("NetworkPolicy", "crd.projectcalico.org/v1", "same", spec={"selector": "all()", "types": ["Ingress"]})
    kubectl.holds(CALICO_STORED, calico)

    loaded = read()

    assert loaded.policies == 2
    files = {c.origin.position.file for c in loaded.cluster.policies.objects if c.origin is not None}
    assert files == {
        "cluster:prod NetworkPolicy shop/same",
        "cluster:prod NetworkPolicy.crd.projectcalico.org shop/same",
    }


def test_accounts_and_settings_are_asked_for_where_policies_need_them(kubectl: FakeKubectl) -> None:
    kubectl.serves(ACCOUNTS, SETTINGS)
    kubectl.holds(POLICIES, policy("a"))
    read()
    assert not {"serviceaccounts.v1.", "configmaps.v1."} & kubectl.resources()

    kubectl.serves(ACCOUNTS, SETTINGS, STORED, MESH)
    read()
    assert {"serviceaccounts.v1.", "configmaps.v1."} <= kubectl.resources()
    (settings,) = [words for words in kubectl.asked() if "configmaps.v1." in words]
    assert "--namespace=istio-system" in settings  # and those of nobody else
    assert "--all-namespaces" not in settings


def test_of_settings_only_those_of_a_mesh_are_read(kubectl: FakeKubectl) -> None:
    kubectl.serves(SETTINGS, MESH)
    kubectl.holds(POLICIES, policy("a"))
    mesh = {"mesh": "rootNamespace: roots\n"}
    kubectl.holds(
        "configmaps.v1./istio-system",
        of("ConfigMap", "v1", "istio", "istio-system", data=mesh),
        of("ConfigMap", "v1", "passwords", "istio-system", data={"a": "b"}),
    )

    texts = find_texts(["cluster:"])

    assert [source.name for source in texts.sources if "ConfigMap" in source.name] == [
        "cluster:prod ConfigMap istio-system/istio"
    ]


def test_what_a_cluster_runs_is_its_inventory(kubectl: FakeKubectl) -> None:
    """A Deployment with its ReplicaSets and Pods is one workload, the mirror of a static pod is one pod, and a Pod that
    has ended is nobody."""
    kubectl.serves(("replicasets", "rs", "apps/v1", True, "ReplicaSet"))
    labels = {"app": "web"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web"}]}}
    hashed = {**labels, "pod-template-hash": "5d"}

    def owned(each: dict[str, object], kind: str, api: str, name: str) -> dict[str, object]:
        metadata = each["metadata"]
        assert isinstance(metadata, dict)
        metadata["ownerReferences"] = [{"apiVersion": api, "kind": kind, "name": name, "uid": "1", "controller": True}]
        return each

    def pod(name: str, labels: dict[str, str], phase: str, address: str) -> dict[str, object]:
        found = of("Pod", "v1", name, spec={"containers": [{"name": "web"}]}, status={"phase": phase, "podIP": address})
        found["metadata"]["labels"] = labels  # type: ignore[index]
        return found

    kubectl.holds("deployments.v1.apps", of("Deployment", "apps/v1", "web", spec={"replicas": 2, "template": template}))
    current, former = (
        owned(
            of(
                "ReplicaSet",
                "apps/v1",
                f"web-{value}",
                spec={
                    "replicas": count,
                    "template": {**template, "metadata": {"labels": {**labels, "pod-template-hash": value}}},
                },
            ),
            "Deployment",
            "apps/v1",
            "web",
        )
        for value, count in (("5d", 2), ("4c", 0))
    )
    kubectl.holds("replicasets.v1.apps", current, former)
    kubectl.holds(
        "pods.v1.",
        owned(pod("web-5d-x", hashed, "Running", "10.244.1.7"), "ReplicaSet", "apps/v1", "web-5d"),
        owned(pod("dns-node1", {"app": "dns"}, "Running", "10.244.1.8"), "Node", "v1", "node1"),
        pod("done", {"app": "done"}, "Succeeded", ""),
    )

    loaded = read()

    assert {str(w) for w in loaded.cluster.workloads} == {"Deployment shop/web", "Pod shop/dns-node1"}
    assert [str(w) for w in loaded.cluster.finished] == ["Pod shop/done"]


def test_an_item_of_a_list_is_what_was_asked_for(kubectl: FakeKubectl) -> None:
    """Silence about a policy would be a wrong answer."""
    kubectl.holds(
        POLICIES, {**policy("a"), "kind": None}, {**policy("b"), "apiVersion": 7}, {"metadata": {"name": "c"}}
    )

    assert names(read()) == {"NetworkPolicy shop/a", "NetworkPolicy shop/b", "NetworkPolicy default/c"}


def test_an_object_finds_its_places_in_another_process_too(kubectl: FakeKubectl) -> None:
    kubectl.holds(POLICIES, policy("a"))
    (citation,) = read().cluster.policies.objects
    assert isinstance(citation, Citation)
    origin = citation.origin
    assert origin is not None

    sent = pickle.loads(pickle.dumps(origin))

    assert sent.child("spec").position == origin.child("spec").position
    assert sent.document.excerpt(1, 99) == origin.document.excerpt(1, 99)
    assert str(origin.position) == origin.position.place == "cluster:prod NetworkPolicy shop/a"


def test_what_an_object_holds_is_shown_as_it_is(kubectl: FakeKubectl) -> None:
    odd = policy("a")
    odd["metadata"]["annotations"] = {"note": "a: b\n---\n# \u2028\x85 \t'\"", "n": "1", "t": "yes"}  # type: ignore[index]
    kubectl.holds(POLICIES, odd)
    (citation,) = read().cluster.policies.objects
    assert citation.origin is not None

    document = citation.origin.document

    lines = dict(document.excerpt(1, 99))

    place = document.locate(("metadata", "annotations", "note"))
    assert lines[place.line].lstrip().startswith("note: ")
    assert all(character not in text for text in lines.values() for character in "\u2028\x85\n")


def test_a_call_that_takes_too_long_is_ended(kubectl: FakeKubectl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "_SECONDS", 0.5)
    kubectl.lists(POLICIES, seconds=60)

    with pytest.raises(InputError, match="no answer to `kubectl get` within 0 s"):
        read()


def test_what_antrea_computes_and_other_networks_have_no_say(kubectl: FakeKubectl) -> None:
    kubectl.serves(
        ("networkpolicies", "", "controlplane.antrea.io/v1beta2", True, "NetworkPolicy"),
        ("networkpolicystats", "", "stats.antrea.io/v1alpha1", True, "NetworkPolicyStats"),
        ("multi-networkpolicies", "", "k8s.cni.cncf.io/v1beta1", True, "MultiNetworkPolicy"),
    )
    kubectl.holds(POLICIES, policy("a"))

    read()

    assert [name for name in kubectl.resources() if "networkpolic" in name] == [POLICIES]


def test_a_list_that_is_too_large_is_refused(kubectl: FakeKubectl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "_MOST_BYTES", 1 << 20)
    kubectl.lists(POLICIES, stdout=" " * (1 << 21))

    with pytest.raises(InputError, match="a list larger than 1 MiB: networkpolicies"):
        read()


def test_a_cluster_without_a_current_context_is_asked_all_the_same(kubectl: FakeKubectl) -> None:
    """In a pod there is none, and kubectl asks the cluster that it is in."""
    kubectl.answers("current-context", code=1, stderr="error: current-context is not set\n")
    kubectl.holds(POLICIES, policy("a"))

    loaded = read()

    assert loaded.policies == 1
    assert not any(word.startswith("--context") for words in kubectl.asked() for word in words)
