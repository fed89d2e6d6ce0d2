"""Endpoints and connections in words."""

from verifier.ir.endpoint import Endpoint, Kind
from verifier.ir.labels import NAMESPACE_NAME, SERVICE_ACCOUNT, Labels
from verifier.ir.network import Protocol


def short(end: Endpoint) -> str:
    """The endpoint in a few words, fit for the middle of a sentence."""
    if end.workload is not None:
        return f"{end.workload.kind} {end.workload.namespace}/{end.workload.name}"
    match end.kind:
        case Kind.POD:
            return f"a pod in {_namespace(end)}"
        case Kind.HOSTPOD:
            return f"a hostNetwork pod in {_namespace(end)}"
        case Kind.NODE:
            if end.address_of is None:
                return f"the node {end.address}"
            behind = _behind(end)
            return f"the node {end.address}, {behind}" if behind else f"{end.address_of} ({end.address})"
        case Kind.EXTERNAL:
            behind = _behind(end)
            return (
                f"{end.address} ({behind}, outside the cluster)" if behind else f"{end.address} (outside the cluster)"
            )


def _behind(end: Endpoint) -> str:
    """What is said of an address that is that of an endpoint of a Service, and nobody's besides."""
    return f"an endpoint of {end.address_of}" if (end.address_of or "").startswith("Service ") else ""


def subject(end: Endpoint) -> str:
    """The endpoint as the subject or object of a claim: a pod that nobody has written is known by its labels only."""
    if not end.is_hypothetical or not end.labels:
        return short(end)
    return f"{short(end)} with {in_words(end.labels)}"


def both(source: Endpoint, destination: Endpoint) -> tuple[str, str]:
    """Both ends of a connection; the second is told apart from the first where they have the same words."""
    first, second = subject(source), subject(destination)
    if first != second:
        return first, second
    return first, second.replace("a ", "another ", 1) if destination.is_hypothetical else f"another pod of {second}"


def namespace_labels(end: Endpoint) -> Labels:
    """The labels of its namespace, but for the one that every namespace has."""
    if end.namespace is None or end.namespace.labels is None:
        return {}
    return {key: value for key, value in end.namespace.labels.items() if key != NAMESPACE_NAME}


def in_words(labels: Labels) -> str:
    """Labels, and the service account where policies ask for it."""
    said = [f"{key}={value}" for key, value in sorted(labels.items()) if key != SERVICE_ACCOUNT]
    account = [f"service account {labels[SERVICE_ACCOUNT]}"] if SERVICE_ACCOUNT in labels else []
    return " and ".join(filter(None, (",".join(said), *account))) or "none"


def on_port(protocol: Protocol | None, port: int | None) -> str:
    """` on TCP 5000`; nothing where there is no port."""
    if protocol is None:
        return ""
    return f" on {protocol}" if port is None else f" on {protocol} {port}"


def with_port(end: Endpoint, port: int | None) -> str:
    """`10.0.0.1:80`, `[fd00::1]:80`."""
    if port is None:
        return str(end.address)
    return f"[{end.address}]:{port}" if end.address.version == 6 else f"{end.address}:{port}"


def _namespace(end: Endpoint) -> str:
    return end.namespace.name if end.namespace is not None else "no namespace"
