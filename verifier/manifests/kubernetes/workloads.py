"""Workloads and namespaces: what policies and properties can see of them.

Pod specs are read leniently: only what bears on policies is looked at, and fields nobody asks for are not checked.
"""

from collections.abc import Iterator, Mapping

from verifier.ir.endpoint import NamedPort, Namespace, PortSource, Workload
from verifier.ir.labels import NAMESPACE_NAME, Labels, is_dns_label, is_port_name
from verifier.ir.network import IPAddress
from verifier.ir.origin import Path
from verifier.manifests.kubernetes.controllers import added
from verifier.manifests.kubernetes.fields import Field, once, quoted
from verifier.manifests.kubernetes.istio.proxies import ANNOTATION, INJECT
from verifier.manifests.kubernetes.kinds import is_read
from verifier.manifests.kubernetes.metadata import check_finalizers, read_metadata
from verifier.manifests.kubernetes.networkpolicy import read_protocol
from verifier.manifests.kubernetes.objects import Object
from verifier.manifests.kubernetes.owners import Declared, read_owner
from verifier.manifests.kubernetes.selectors import read_labels
from verifier.manifests.notation.cidr import CidrError, parse_address

TEMPLATES: Mapping[str, Path] = {
    "Pod": (),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Deployment": ("spec", "template"),
    "Job": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "ReplicationController": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
}
"""Where the pod stands in each kind of workload."""

_FOREIGN: tuple[Path, ...] = (("spec", "template"), ("spec", "jobTemplate", "spec", "template"))
"""Where it stands in kinds that are not known, if they make pods as workloads do."""

_UNLABELLED = ("Pod", "Job", "CronJob")
"""The kinds whose pods may go without labels; of the others, one without is a patch or not finished."""


def foreign_template(value: object) -> Path | None:
    """Where an object of a kind that is not known has its pod template: labels beside containers. None: it has none."""
    for path in _FOREIGN:
        found = value
        for step in path:
            found = found.get(step) if isinstance(found, dict) else None
        metadata, spec = (found.get("metadata"), found.get("spec")) if isinstance(found, dict) else (None, None)
        is_labelled = isinstance(metadata, dict) and isinstance(metadata.get("labels"), dict)
        if is_labelled and isinstance(spec, dict) and isinstance(spec.get("containers"), list):
            return path
    return None


_FINISHED = ("Succeeded", "Failed")


def is_finished(root: Field, kind: str) -> bool:
    """True iff it is a Pod whose containers have ended for good, so that it is nobody (1.6). kind: what it is, which
    an item of a PodList need not say itself."""
    return kind == "Pod" and root.get("status").get("phase").value in _FINISHED


def read_workload(root: Field, source: Object, default_namespace: str) -> Declared | None:
    """The workload, or None where the document is no whole one, which is reported as a note."""
    pod, known = root, source.kind if is_read(source.api, source.kind) else None
    for step in TEMPLATES[known] if known is not None else foreign_template(source.value) or ():
        pod = pod.get(str(step))
    labels_field = pod.get("metadata").get("labels")
    lack = _lack(root, source.kind, pod, labels_field)
    if lack is not None:
        root.note(
            "patch",
            f"a {source.kind} with {lack} is passed over",
            "a patch, or a base whose labels are added by kustomize? check the rendered manifests",
        )
        return None
    metadata = read_metadata(root.get("metadata"), strict=False)
    labels, free = added(known, metadata, root.get("spec"), once(read_labels, labels_field))
    named_ports, host_network, service_account, node = once(_read_pod, pod.get("spec"))
    workload = Workload(
        source.kind,
        metadata.given_namespace or default_namespace,
        metadata.name,
        labels,
        named_ports,
        host_network,
        service_account,
        source.origin,
        source.origin.child(*labels_field.path),
        node,
        tuple(_addresses(root.get("status"), host_network)) if known == "Pod" else (),
        single=known == "Pod" and not metadata.is_prefix,
        first=_first(root) if known == "StatefulSet" and not metadata.is_prefix else None,
        foreign=known is None,
        free=free,
        besides=once(_besides, pod.get("metadata").get("annotations")),
    )
    idle = known == "ReplicaSet" and root.get("spec").get("replicas").integer() == 0
    return Declared(workload, read_owner(root.get("metadata")), idle, None if known else source.api.rpartition("/")[0])


def _besides(annotations: Field) -> Labels:
    """What annotations say that policies may ask for."""
    inject = annotations.value.get(INJECT) if isinstance(annotations.value, dict) else None
    return {ANNOTATION: inject} if isinstance(inject, str) else {}


def _first(root: Field) -> int:
    """The number of the first pod of a StatefulSet."""
    return max(root.get("spec").get("ordinals").get("start").integer() or 0, 0)


def _addresses(status: Field, host_network: bool) -> Iterator[IPAddress]:
    """The addresses of a pod, each once; with hostNetwork those of its node are its own."""
    listed = [status.get("podIP"), *(item.get("ip") for item in status.get("podIPs").items())]
    if host_network:
        listed += [status.get("hostIP"), *(item.get("ip") for item in status.get("hostIPs").items())]
    found: dict[IPAddress, None] = {}
    for field in listed:
        text = field.text()
        if not text:
            continue
        try:
            found[parse_address(text).network_address] = None
        except CidrError as error:
            field.reject("V3", f"{quoted(text)} is no address of a pod", error.hint)
    yield from found


def _read_pod(spec: Field) -> tuple[tuple[NamedPort, ...], bool, str, str | None]:
    """What matters of a pod's spec: its named ports, whether it is on the network of its node, its service account, and
    the node it runs on."""
    return (
        tuple(_named_ports(spec)),
        spec.get("hostNetwork").boolean(),
        spec.get("serviceAccountName").text() or spec.get("serviceAccount").text() or "default",
        spec.get("nodeName").text() or None,
    )


def _lack(root: Field, kind: str, pod: Field, labels: Field) -> str | None:
    """What a document lacks of a whole workload, None if nothing."""
    metadata = root.get("metadata")
    if metadata.get("name").value is None and metadata.get("generateName").value is None:
        return "no name"
    if pod.value is None:
        return "no pod template"
    if kind not in _UNLABELLED and not labels.mapping():
        return "a pod template without labels"
    return None


def _named_ports(spec: Field) -> list[NamedPort]:
    found = []
    for container in spec.get("containers").items():
        found += _container_ports(container, PortSource.CONTAINER)
    for container in spec.get("initContainers").items():
        is_sidecar = container.get("restartPolicy").value == "Always"
        found += _container_ports(container, PortSource.SIDECAR if is_sidecar else PortSource.INIT)
    return found


def _container_ports(container: Field, source: PortSource) -> list[NamedPort]:
    found = []
    for port in container.get("ports").items():
        name_field, number_field = port.get("name"), port.get("containerPort")
        name, number = name_field.text(), number_field.integer()
        if not name:
            continue
        if not is_port_name(name):
            name_field.reject("V9", f"{quoted(name)} is no port name")
        if number is None or not 1 <= number <= 65535:
            message = (
                f"the port {quoted(name)} has no containerPort" if number is None else f"port {number} is out of range"
            )
            (port if number_field.value is None else number_field).reject("V7", message, "1 to 65535")
            continue
        found.append(NamedPort(name, read_protocol(port.get("protocol")), number, source))
    return found


def read_namespace(root: Field, source: Object) -> Namespace:
    """The namespace with its labels; its own name is always one of them, whatever the manifest says (W2)."""
    metadata_field, spec = root.fields("apiVersion", "kind", "metadata", "spec", "status")[2:4]
    metadata = read_metadata(metadata_field, strict=True, is_name=is_dns_label)
    check_finalizers(spec.fields("finalizers")[0])
    labels_field = metadata_field.get("labels")
    labels = read_labels(labels_field, code="V14")
    if labels.get(NAMESPACE_NAME, metadata.name) != metadata.name:
        labels_field.get(NAMESPACE_NAME).warn(
            "namespace-name",
            f"`{NAMESPACE_NAME}` is read as `{metadata.name}`: the API server always sets it to the namespace's name",
        )
    return Namespace(metadata.name, {**labels, NAMESPACE_NAME: metadata.name}, origin=source.origin)
