"""Real manifests, where $NETPOL_CORPUS says they are: they load as counted by hand, or are refused rightly."""

import os
from collections import Counter
from pathlib import Path

import pytest

from verifier.errors import InputError
from verifier.ir.policy import PodLabels, Role
from verifier.manifests.kubernetes.load import Loaded, Options, load

CORPUS = os.environ.get("NETPOL_CORPUS")

pytestmark = pytest.mark.skipif(CORPUS is None, reason="NETPOL_CORPUS is not set: the real manifests are not at hand")


def corpus(*paths: str, **options: object) -> Loaded:
    return load([str(Path(CORPUS or "") / path) for path in paths], Options(**options))  # type: ignore[arg-type]


def refusals(*paths: str, **options: object) -> Counter[str]:
    with pytest.raises(InputError) as caught:
        corpus(*paths, **options)
    return Counter(d.code for d in caught.value.diagnostics)


def exact(loaded: Loaded) -> int:
    """How many Namespace objects there are."""
    return sum(namespace.labels is not None for namespace in loaded.cluster.namespaces)


@pytest.mark.parametrize(
    ("paths", "policies", "workloads", "namespaces"),
    [
        (("eks-examples",), 15, 12, 5),
        (("k8s-website",), 9, 2, 0),
        (("kube-prometheus",), 8, 6, 1),
        (("moj-platform",), 220, 0, 106),
        (("openshift-monitoring",), 17, 11, 2),
        (("online-boutique/kubernetes-manifests", "online-boutique/kustomize"), 13, 12, 0),
        (("online-boutique/release/kubernetes-manifests.yaml",), 0, 12, 0),
        (("sock-shop/deploy/kubernetes/complete-demo.yaml", "sock-shop/deploy/kubernetes/manifests-policy"), 13, 14, 1),
        (("argo-cd/manifests/ha/namespace-install.yaml",), 8, 8, 0),
        (("longhorn/deploy/longhorn.yaml",), 6, 3, 1),
        (("mysql-wordpress/mysql-wordpress-pd",), 0, 2, 0),
    ],
)
def test_what_loads_has_what_was_counted(
    paths: tuple[str, ...], policies: int, workloads: int, namespaces: int
) -> None:
    loaded = corpus(*paths)

    assert (loaded.policies, len(loaded.cluster.workloads), exact(loaded)) == (policies, workloads, namespaces)


def test_copies_of_one_object_are_warned_about_and_count_once() -> None:
    loaded = corpus("online-boutique")

    assert (loaded.policies, len(loaded.cluster.workloads)) == (13, 12)
    # of each Service, as of each workload, a copy in the release and one in the base
    assert Counter(d.code for d in loaded.diagnostics) == {"duplicate-object": 24, "kustomization": 1}


def test_two_recipes_of_one_name_that_differ_are_refused() -> None:
    assert refusals("ahmetb-recipes") == {"duplicate-object": 1}
    assert corpus("ahmetb-recipes", exclude=("*application-2.yaml",)).policies == 14


def test_policies_of_cilium_are_read() -> None:
    loaded = corpus("cilium-home-ops")
    assert loaded.policies == 18
    assert loaded.passed_over == {"HelmRelease": 16}


DEMOS = "network-policy-api-examples/cmd/policy-assistant/examples/demos"
STORIES = "network-policy-api-examples/site-src/user-story-examples"
BROKEN = ("*user-story-4-v1.yaml", "*user-story-4-v2.yaml")


def test_examples_of_the_policy_api_that_are_no_yaml_are_refused_where_they_break() -> None:
    with pytest.raises(InputError) as caught:
        corpus(STORIES)

    places = [(Path(d.file or "").name, d.code, d.line) for d in caught.value.diagnostics]
    assert places == [("user-story-4-v1.yaml", "yaml", 11), ("user-story-4-v2.yaml", "yaml", 10)]
    assert corpus(STORIES, exclude=BROKEN).policies == 4


def test_demos_in_the_old_form_of_the_policy_api_are_refused_unless_that_is_asked_for() -> None:
    assert refusals(f"{DEMOS}/walkthrough") == {"old-peer": 3}
    assert refusals(f"{DEMOS}/kubecon-eu-2024") == {"old-peer": 4}
    assert corpus(f"{DEMOS}/walkthrough", nested_peers=True).policies == 4
    assert corpus(f"{DEMOS}/kubecon-eu-2024", nested_peers=True).policies == 5


def test_all_examples_of_the_policy_api_together_contradict_each_other() -> None:
    found = refusals("network-policy-api-examples", exclude=BROKEN, nested_peers=True)

    assert found == {"duplicate-object": 3, "mixed-tiers": 1}


def test_the_old_api_is_refused_by_name() -> None:
    assert refusals("argo-cd") == {"extensions": 1}


def test_a_patch_is_noted() -> None:
    loaded = corpus("argo-cd/manifests/base/application-controller-deployment")

    assert "patch" in {d.code for d in loaded.diagnostics}


def test_variants_of_one_set_that_contradict_each_other_are_refused() -> None:
    assert set(refusals("longhorn")) == {"duplicate-object"}
    assert set(refusals("kubeflow", skip_unknown=True)) == {"duplicate-object"}


def test_mutual_tls_of_istio_is_read() -> None:
    """PeerAuthentication of Knative's webhooks."""
    loaded = corpus("kubeflow/common")
    assert (loaded.policies, len(loaded.cluster.workloads), exact(loaded)) == (41, 8, 5)
    assert [c.kind for c in loaded.cluster.policies.objects].count("PeerAuthentication") == 2
    assert not loaded.cluster.passed_over


def test_large_definitions_are_passed_over() -> None:
    assert corpus("longhorn/deploy").passed_over["CustomResourceDefinition"] == 25


def test_null_labels_of_a_policy_select_every_pod() -> None:
    """Sock Shop's cortex-access."""
    loaded = corpus("sock-shop/deploy/kubernetes/manifests-policy")
    (stage,) = loaded.cluster.policies.ingress.stages
    assert stage.applies is not None

    (cortex,) = (s for s in stage.applies if s.citation.name == "cortex-access")

    assert not any(isinstance(f, PodLabels) and f.role is Role.SUBJECT for f in getattr(cortex.pods, "items", ()))


def test_policies_of_a_real_cluster_share_their_formulas() -> None:
    """104 of the 220 policies are the same, and 12 bodies are distinct."""
    (stage,) = corpus("moj-platform").cluster.policies.ingress.stages

    assert len({id(rung.guard) for rung in stage.body[1].rungs}) <= 12
