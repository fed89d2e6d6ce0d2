"""Service objects: which pods they select, which port of theirs leads to which of the pods', and at which addresses."""

from verifier.ir.labels import is_port_name
from verifier.ir.network import IPAddress
from verifier.ir.origin import Origin
from verifier.ir.service import Service, ServicePort
from verifier.manifests.kubernetes.fields import Field, meant, quoted
from verifier.manifests.kubernetes.metadata import read_metadata
from verifier.manifests.kubernetes.networkpolicy import read_protocol
from verifier.manifests.kubernetes.selectors import read_labels
from verifier.manifests.notation.cidr import CidrError, parse_address

_SPEC = (
    "allocateLoadBalancerNodePorts", "clusterIP", "clusterIPs", "externalIPs", "externalName", "externalTrafficPolicy",
    "healthCheckNodePort", "internalTrafficPolicy", "ipFamilies", "ipFamilyPolicy", "loadBalancerClass",
    "loadBalancerIP", "loadBalancerSourceRanges", "ports", "publishNotReadyAddresses", "selector", "sessionAffinity",
    "sessionAffinityConfig", "topologyKeys", "trafficDistribution", "type",
)  # fmt: skip
_PORT = ("appProtocol", "name", "nodePort", "port", "protocol", "targetPort")
_TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
_POLICIES = ("Cluster", "Local")


def read_service(root: Field, origin: Origin, default_namespace: str) -> Service:
    """The Service. Its spec is read strictly, since a word that is dropped leads elsewhere."""
    metadata = read_metadata(root.get("metadata"), strict=False)
    spec = root.get("spec")
    spec.restrict(_SPEC)
    kind = _word(spec.get("type"), _TYPES, "ClusterIP")
    is_local = _word(spec.get("externalTrafficPolicy"), _POLICIES, "Cluster") == "Local"
    named = kind == "ExternalName"
    listed = [spec.get("clusterIP"), *spec.get("clusterIPs").items()]
    given = [field for field in listed if field.text() not in (None, "", "None")]
    balancers = [item.get("ip") for item in root.get("status").get("loadBalancer").get("ingress").items()]
    others = [*spec.get("externalIPs").items(), *(field for field in balancers if field.text())]
    ports = tuple(found for item in spec.get("ports").items() if (found := _port(item)) is not None)
    return Service(
        metadata.given_namespace or default_namespace,
        metadata.name,
        {} if named else read_labels(spec.get("selector")),
        ports,
        () if named else _addresses(given),
        _addresses(others),
        headless=not named and any(field.value == "None" for field in listed),
        external_name=spec.get("externalName").text() if named else None,
        hides_source=kind in ("NodePort", "LoadBalancer") and not is_local,
        origin=origin,
    )


def _word(field: Field, known: tuple[str, ...], default: str) -> str:
    text = field.text() or default
    if text not in known:
        field.reject("V13", f"unknown value {quoted(text)} of `{field}`", meant(text, known))
    return text


def _addresses(fields: list[Field]) -> tuple[IPAddress, ...]:
    found: dict[IPAddress, None] = {}
    for field in fields:
        address = read_address(field, "a Service")
        if address is not None:
            found[address] = None
    return tuple(found)


def read_address(field: Field, whose: str) -> IPAddress | None:
    """The address that stands there; None where there is none, which is reported."""
    try:
        return parse_address(field.text() or "").network_address
    except CidrError as error:
        field.reject("V3", f"{quoted(str(field.value))} is no address of {whose}", error.hint)
        return None


def _port(field: Field) -> ServicePort | None:
    field.restrict(_PORT)
    number = read_number(field.get("port"), field)
    target_field, node_field = field.get("targetPort"), field.get("nodePort")
    target: int | str | None = number
    if isinstance(target_field.value, str):
        target = target_field.value
        if not is_port_name(target):
            is_number = target.isascii() and target.isdigit()
            hint = "remove the quotes: a number in quotes is a name" if is_number else None
            target_field.reject("V9", f"{quoted(target)} is no port name", hint)
    elif target_field.value is not None and target_field.value != 0:
        target = read_number(target_field, target_field)
    node_port = read_number(node_field, node_field) if node_field.value not in (None, 0) else None
    protocol, name = read_protocol(field.get("protocol")), field.get("name").text() or None
    return None if number is None or target is None else ServicePort(protocol, number, target, name, node_port)


def read_number(field: Field, around: Field) -> int | None:
    """The number of a port, 1 to 65535; None where there is none, which is reported."""
    number = field.integer()
    if number is None:
        if field.value is None:
            around.reject("V7", f"`{around}` has no `{field.path[-1]}`", "1 to 65535")
    elif not 1 <= number <= 65535:
        field.reject("V7", f"port {number} is out of range", "1 to 65535")
        return None
    return number
