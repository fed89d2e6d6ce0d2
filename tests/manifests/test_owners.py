"""Whose pods there are, and how many (docs/semantics.md 1.6)."""

import pytest

from verifier.errors import InputError, Severity
from verifier.manifests.kubernetes.load import Loaded, load_text
from verifier.manifests.notation.connection import parse_connection_query

CONTROLLED = "ownerReferences: [{{apiVersion: {0}, kind: {1}, name: {2}, uid: u, controller: true}}]"


def pod(name: str, extra: str = "", labels: str = "{app: web}") -> str:
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{{name}, namespace: shop, labels: {labels}, {extra}}}\n"
        "spec: {containers: [{name: c, image: i}]}\n---\n"
    )


def controller(kind: str, name: str, extra: str = "", labels: str = "{app: web}", replicas: int = 1) -> str:
    return (
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop, {extra}}}\n"
        f"spec: {{replicas: {replicas}, template: {{metadata: {{labels: {labels}}}, "
        "spec: {containers: [{name: c, image: i}]}}}\n---\n"
    )


def read(text: str) -> Loaded:
    return load_text(text, "f.yaml")


def told(loaded: Loaded) -> list[tuple[str, dict[str, str], bool]]:
    return [(str(w), dict(w.labels), w.single) for w in loaded.cluster.workloads]


WEB = {"app": "web"}


@pytest.mark.parametrize(
    ("text", "single"),
    [
        (pod("name: a"), True),
        (pod("generateName: a-"), False),
        (pod("name: a", CONTROLLED.format("v1", "Node", "n1")), True),
        (pod("name: a", CONTROLLED.format("apps/v1", "ReplicaSet", "gone")), False),
        (pod("name: a", CONTROLLED.format("example.org/v1", "Machine", "m")), False),
        (pod("name: a", CONTROLLED.format("v1", "Node", "n1").replace("controller: true", "controller: false")), True),
        (controller("ReplicaSet", "a"), False),
    ],
)
def test_only_a_named_pod_that_nobody_controls_is_one_pod(text: str, single: bool) -> None:
    assert [w.single for w in read(text).cluster.workloads] == [single]


def test_an_owner_of_the_input_that_makes_no_pods_changes_nothing() -> None:
    machine = "apiVersion: example.org/v1\nkind: Machine\nmetadata: {name: m, namespace: shop}\n---\n"
    elsewhere = machine.replace("shop", "ops")
    owned = pod("name: a", CONTROLLED.format("example.org/v1beta1", "Machine", "m"))

    assert told(read(machine + owned)) == [("Pod shop/a", WEB, True)]
    assert told(read(elsewhere + owned)) == [("Pod shop/a", WEB, False)]


def test_what_a_chain_of_owners_controls_are_variants_of_the_last() -> None:
    text = (
        pod("name: web-1-x", CONTROLLED.format("apps/v1", "ReplicaSet", "web-1"), "{app: web, by: hand}")
        + controller("ReplicaSet", "web-1", CONTROLLED.format("apps/v1", "Deployment", "web"), "{app: web, hash: '1'}")
        + controller("Deployment", "web")
    )

    loaded = read(text)

    assert told(loaded) == [
        ("Deployment shop/web", {**WEB, "by": "hand"}, False),
        ("Deployment shop/web", {**WEB, "hash": "1"}, False),
        ("Deployment shop/web", WEB, False),
    ]
    assert [str(w) for w in loaded.cluster.owned] == ["Pod shop/web-1-x", "ReplicaSet shop/web-1"]
    assert not loaded.diagnostics


def test_equal_pods_add_no_variant() -> None:
    text = controller("ReplicaSet", "web") + pod("name: x", CONTROLLED.format("apps/v1", "ReplicaSet", "web"))

    assert told(read(text)) == [("ReplicaSet shop/web", WEB, False)]


def test_what_is_owned_can_still_be_named() -> None:
    cluster = read(
        controller("ReplicaSet", "web") + pod("name: x", CONTROLLED.format("apps/v1", "ReplicaSet", "web"))
    ).cluster

    query = parse_connection_query("shop/x -> shop/web : TCP/80", cluster.workloads, owned=cluster.owned)

    assert str(query.source.definitions[0]) == "Pod shop/x"  # type: ignore[union-attr]


def test_a_former_revision_is_left_out_and_a_stopped_workload_is_not() -> None:
    owned = CONTROLLED.format("apps/v1", "Deployment", "web")
    text = controller("ReplicaSet", "web-1", owned, "{role: admin}", 0) + controller("Deployment", "web", replicas=0)

    assert told(read(text)) == [("Deployment shop/web", WEB, False)]
    assert told(read(controller("ReplicaSet", "web-1", owned, replicas=0))) == [("ReplicaSet shop/web-1", WEB, False)]


def test_rings_and_endless_chains_of_owners_stand_for_themselves() -> None:
    ring = "".join(
        controller("ReplicaSet", f"w{n}", CONTROLLED.format("apps/v1", "ReplicaSet", f"w{(n + 1) % 3}"))
        for n in range(3)
    )
    itself = controller("ReplicaSet", "w", CONTROLLED.format("apps/v1", "ReplicaSet", "w"))

    assert len(read(ring).cluster.workloads) == 3
    assert len(read(itself).cluster.workloads) == 1


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_that_has_ended_is_nobody_but_declares_its_namespace(phase: str) -> None:
    ended = "".join(pod(f"name: a{n}").replace("---", f"status: {{phase: {phase}}}\n---") for n in range(2))

    loaded = read(ended + pod("name: b"))

    assert [str(w) for w in loaded.cluster.workloads] == ["Pod shop/b"]
    assert [(d.severity, d.message) for d in loaded.diagnostics] == [
        (Severity.NOTE, "a finished Pod (status.phase Succeeded or Failed) is nobody, and passed over (and 1 more)")
    ]
    assert [n.name for n in read(ended).cluster.namespaces] == ["shop"]


def test_a_pod_that_has_ended_is_nobody_in_a_list_that_says_what_its_items_are() -> None:
    ended = "{metadata: {name: a, namespace: shop}, spec: {containers: [{name: c}]}, status: {phase: Failed}}"

    assert not read(f"apiVersion: v1\nkind: PodList\nitems: [{ended}]\n").cluster.workloads


def test_owners_of_the_wrong_type_are_refused_where_they_stand() -> None:
    with pytest.raises(InputError, match=r"f.yaml:3:\d+: `metadata.ownerReferences` must be a list"):
        read(pod("name: a", "ownerReferences: x"))


ROLLOUT = (
    "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: gw, namespace: shop}\n"
    "spec: {template: {metadata: {labels: {app: gw}}, spec: {containers: [{name: c}]}}}\n---\n"
)


def test_a_kind_that_is_not_known_is_a_workload_where_it_has_a_pod_template() -> None:
    (found,) = read(ROLLOUT).cluster.workloads

    assert (str(found), found.labels, found.foreign, found.single) == ("Rollout shop/gw", {"app": "gw"}, True, False)
    for part in ("labels: {app: gw}", "containers: [{name: c}]", "template"):
        assert not read(ROLLOUT.replace(part, "other" if part == "template" else "")).cluster.workloads


@pytest.mark.parametrize("kind", ["Job", "StatefulSet", "Pod"])
def test_what_has_the_name_of_a_known_kind_elsewhere_is_not_that_kind(kind: str) -> None:
    (found,) = read(ROLLOUT.replace("Rollout", kind)).cluster.workloads

    assert (found.labels, found.first, found.single) == ({"app": "gw"}, None, False)


def test_what_a_kind_that_is_not_known_controls_are_its_pods() -> None:
    text = ROLLOUT + controller("ReplicaSet", "gw-1", CONTROLLED.format("argoproj.io/v1alpha1", "Rollout", "gw"))
    stranger = ROLLOUT + controller("ReplicaSet", "gw-1", CONTROLLED.format("example.org/v1", "Rollout", "gw"))

    assert [str(w) for w in read(text).cluster.workloads] == ["Rollout shop/gw", "Rollout shop/gw"]
    assert [str(w) for w in read(stranger).cluster.workloads] == ["ReplicaSet shop/gw-1", "Rollout shop/gw"]


def test_bad_labels_in_the_template_of_a_kind_that_is_not_known_are_refused() -> None:
    with pytest.raises(InputError, match=r"f\.yaml:4:"):
        read(ROLLOUT.replace("app: gw", "app: -"))


@pytest.mark.parametrize(("spec", "addresses"), [("", ("10.0.0.9",)), ("hostNetwork: true, ", ())])
def test_where_one_of_the_pods_of_a_controller_runs_says_nothing_of_the_others(
    spec: str, addresses: tuple[str, ...]
) -> None:
    """Of those on the network of their node its address says nothing, either; else it is that of one of them."""
    owned = pod("name: web-x", CONTROLLED.format("apps/v1", "Deployment", "web"), "{app: web, by: hand}")
    running = owned.replace("spec: {", f"status: {{podIP: 10.0.0.9}}\nspec: {{nodeName: one, {spec}")

    [found] = [w for w in read(running + controller("Deployment", "web")).cluster.workloads if "by" in w.labels]

    assert (str(found), found.node, tuple(map(str, found.addresses))) == ("Deployment shop/web", None, addresses)


def test_where_the_one_pod_of_its_name_of_a_statefulset_runs_is_known() -> None:
    number = "{app: web, statefulset.kubernetes.io/pod-name: web-0}"
    owned = pod("name: web-0", CONTROLLED.format("apps/v1", "StatefulSet", "web"), number)
    running = owned.replace("spec: {", "status: {podIP: 10.0.0.9}\nspec: {nodeName: one, ")

    nodes = [w.node for w in read(running + controller("StatefulSet", "web")).cluster.workloads if w.addresses]

    assert nodes == ["one"]
