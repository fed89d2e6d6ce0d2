"""Workloads and namespaces: what is read of them, and how leniently."""

import textwrap

import pytest

from verifier.errors import Diagnostic, InputError, Severity
from verifier.ir.endpoint import WORKLOADS, NamedPort, PortSource, Workload
from verifier.ir.labels import JOB_NAMES, NAMESPACE_NAME
from verifier.ir.network import Protocol
from verifier.manifests.kubernetes.load import Options, load_text
from verifier.manifests.kubernetes.workloads import TEMPLATES

POD = "metadata: {labels: {app: web}}\nspec: {containers: [{name: c}]}\n"
WRAPPERS = {
    "Pod": ("v1", ()),
    "ReplicationController": ("v1", ("spec", "template")),
    "Deployment": ("apps/v1", ("spec", "template")),
    "ReplicaSet": ("apps/v1", ("spec", "template")),
    "StatefulSet": ("apps/v1", ("spec", "template")),
    "DaemonSet": ("apps/v1", ("spec", "template")),
    "Job": ("batch/v1", ("spec", "template")),
    "CronJob": ("batch/v1", ("spec", "jobTemplate", "spec", "template")),
}


def manifest(kind: str, pod: str = POD, api: str | None = None) -> str:
    """A workload of that kind around a pod."""
    given, path = WRAPPERS[kind]
    head = f"apiVersion: {api or given}\nkind: {kind}\n"
    if not path:
        return head + pod.replace("metadata: {", "metadata: {name: w, ")
    head += "metadata: {name: w}\n"
    for depth, step in enumerate(path):
        head += "  " * depth + f"{step}:\n"
    return head + textwrap.indent(pod, "  " * len(path))


def workload(text: str) -> Workload:
    (found,) = load_text(text, "f.yaml").cluster.workloads
    return found


def deployment(spec: str) -> str:
    return manifest("Deployment", f"metadata: {{labels: {{app: web}}}}\nspec: {spec}\n")


def mistake(text: str) -> Diagnostic:
    with pytest.raises(InputError) as caught:
        load_text(text, "f.yaml")
    (only,) = caught.value.diagnostics
    return only


@pytest.mark.parametrize("kind", WRAPPERS)
def test_the_labels_of_the_pods_are_read(kind: str) -> None:
    found = workload(manifest(kind))

    given = dict.fromkeys(JOB_NAMES, "w") if kind == "Job" else {}
    assert (found.kind, found.namespace, found.name, found.labels) == (kind, "default", "w", {"app": "web", **given})
    assert found.labels_origin is not None
    assert "app: web" in dict(found.labels_origin.document.excerpt(1, 99))[found.labels_origin.position.line]


@pytest.mark.parametrize(
    ("kind", "api"),
    [("Deployment", "apps/v1beta1"), ("Deployment", "extensions/v1beta1"), ("CronJob", "batch/v1beta1")],
)
def test_versions_of_the_same_shape_are_read(kind: str, api: str) -> None:
    assert workload(manifest(kind, api=api)).labels == {"app": "web"}


def test_named_ports_are_read_with_protocol_and_source_containers_first() -> None:
    text = deployment(
        """
        initContainers:
        - name: first
          ports: [{name: boot, containerPort: 1}]
        - name: sidecar
          restartPolicy: Always
          ports: [{name: metrics, containerPort: 2}]
        containers:
        - name: a
          ports: [{name: http, containerPort: 8080}, {containerPort: 9}, {name: dns, containerPort: 53, protocol: UDP}]
        - name: b
          ports: [{name: http, containerPort: 8081}]
        """
    )

    assert workload(text).named_ports == (
        NamedPort("http", Protocol.TCP, 8080),
        NamedPort("dns", Protocol.UDP, 53),
        NamedPort("http", Protocol.TCP, 8081),
        NamedPort("boot", Protocol.TCP, 1, PortSource.INIT),
        NamedPort("metrics", Protocol.TCP, 2, PortSource.SIDECAR),
    )


def test_host_network_and_service_account_are_read() -> None:
    found = workload(deployment("{hostNetwork: true, serviceAccountName: robot}"))

    assert (found.host_network, found.service_account) == (True, "robot")


def test_host_network_and_service_account_have_defaults() -> None:
    found = workload(deployment("{}"))

    assert (found.host_network, found.service_account) == (False, "default")


def test_fields_nobody_asks_for_are_not_checked() -> None:
    assert workload(deployment("{contianers: 5, affinity: x, containers: [{resources: 1, ports: null}]}")).name == "w"


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ("{containers: {name: c}}", "V13"),
        ("{hostNetwork: maybe}", "V13"),
        ("{containers: [{ports: [{name: http, containerPort: '80'}]}]}", "V13"),
        ("{containers: [{ports: [{name: http, containerPort: 0}]}]}", "V7"),
        ("{containers: [{ports: [{name: http}]}]}", "V7"),
        ("{containers: [{ports: [{name: HTTP, containerPort: 80}]}]}", "V9"),
        ("{containers: [{ports: [{name: http, containerPort: 80, protocol: tcp}]}]}", "V6"),
        ("{serviceAccountName: 5}", "V13"),
    ],
)
def test_what_is_read_must_be_right(spec: str, code: str) -> None:
    with pytest.raises(InputError) as caught:
        load_text(deployment(spec))

    assert code in [d.code for d in caught.value.diagnostics]


@pytest.mark.parametrize(("labels", "code"), [("{app: 1}", "V13"), ("{app: a b}", "label"), ("{-a: b}", "label")])
def test_labels_must_be_right(labels: str, code: str) -> None:
    found = mistake(manifest("Pod", f"metadata: {{labels: {labels}}}\nspec: {{}}\n"))

    assert (found.code, found.line) == (code, 3)


def test_a_template_in_the_labels_is_called_one() -> None:
    assert mistake(manifest("Pod", "metadata: {labels: {app: '${APP}'}}\nspec: {}\n")).code == "template"


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
@pytest.mark.parametrize("pod", ["spec: {containers: []}\n", "metadata: {}\n", "metadata: {labels: {}}\n"])
def test_a_workload_whose_pods_have_no_labels_is_taken_for_a_patch(kind: str, pod: str) -> None:
    loaded = load_text(manifest(kind, pod))

    assert not loaded.has_workloads
    assert [(d.code, d.severity) for d in loaded.diagnostics] == [("patch", Severity.NOTE)]


def test_a_workload_without_a_template_is_taken_for_a_patch() -> None:
    loaded = load_text("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: w}\nspec: {replicas: 2}\n")

    assert [d.code for d in loaded.diagnostics] == ["patch"]


def test_a_workload_without_a_name_is_taken_for_a_patch() -> None:
    loaded = load_text(manifest("Deployment").replace("metadata: {name: w}", "metadata: {}"))

    assert [d.code for d in loaded.diagnostics] == ["patch"]


@pytest.mark.parametrize("kind", ["Pod", "Job", "CronJob"])
def test_pods_and_jobs_may_go_without_labels(kind: str) -> None:
    pod = "metadata: {}\nspec: {}\n" if kind != "Pod" else "metadata: {namespace: a}\nspec: {}\n"

    assert workload(manifest(kind, pod)).labels == (dict.fromkeys(JOB_NAMES, "w") if kind == "Job" else {})


def test_namespaces_have_exactly_their_labels_and_their_name() -> None:
    """W2, W8."""
    text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: a}}\n"

    (namespace,) = load_text(text).cluster.namespaces

    assert namespace.labels == {"team": "a", NAMESPACE_NAME: "shop"}


def test_a_namespace_cannot_lie_about_its_name() -> None:
    """C08, W2."""
    text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {kubernetes.io/metadata.name: b}}\n"
    loaded = load_text(text, "f.yaml")

    assert loaded.cluster.namespaces[0].labels == {NAMESPACE_NAME: "a"}
    assert [(d.code, d.severity, d.line) for d in loaded.diagnostics] == [("namespace-name", Severity.WARNING, 3)]


def test_namespaces_are_declared_by_what_lives_in_them_with_labels_unknown() -> None:
    """W8."""
    policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: b}\n---\n"

    loaded = load_text(policy + manifest("Pod"), options=Options(namespace="a"))

    assert [(n.name, n.labels) for n in loaded.cluster.namespaces] == [("a", None), ("b", None)]
    assert loaded.cluster.workloads[0].namespace == "a"


def test_a_service_account_by_its_old_name_is_read() -> None:
    assert workload(deployment("{serviceAccount: robot}")).service_account == "robot"


def test_every_kind_of_workload_has_a_place_for_its_pod() -> None:
    assert tuple(TEMPLATES) == WORKLOADS
