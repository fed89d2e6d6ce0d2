"""What Calico knows by address: sets of networks and host endpoints; and service accounts (docs/semantics.md 5.3)."""

from verifier.ir.labels import is_port_name
from verifier.ir.network import AddressSet
from verifier.manifests.kubernetes.calico.policies import read_name
from verifier.manifests.kubernetes.calico.reading import read_nets
from verifier.manifests.kubernetes.calico.rules import read_protocol
from verifier.manifests.kubernetes.calico.spec import NamedPort, NetworkSet, ServiceAccount
from verifier.manifests.kubernetes.facts.services import read_number
from verifier.manifests.kubernetes.fields import Field, quoted
from verifier.manifests.kubernetes.metadata import read_metadata
from verifier.manifests.kubernetes.objects import Object
from verifier.manifests.kubernetes.selectors import read_labels
from verifier.manifests.notation.cidr import CidrError, parse_address

HOST_ENDPOINT = "HostEndpoint"


def read_set(root: Field, source: Object, default_namespace: str) -> NetworkSet:
    """The NetworkSet or GlobalNetworkSet that `root` holds."""
    metadata, namespace = read_name(root, source, default_namespace=default_namespace)
    (nets,) = root.get("spec").fields("nets")
    addresses = read_nets(nets, None)[0] or AddressSet()
    labels = read_labels(root.get("metadata").get("labels"), code="V14")
    return NetworkSet(source.kind, namespace, metadata.name, labels, addresses, source.origin)


def read_host_endpoint(root: Field, source: Object) -> NetworkSet:
    """The addresses that a HostEndpoint says its node has there."""
    metadata, _ = read_name(root, source, default_namespace=None)
    node, interface, expected, _, ports = root.get("spec").fields(
        "node", "interfaceName", "expectedIPs", "profiles", "ports"
    )
    if not node.text() and isinstance(node.value, str | None):
        root.get("spec").reject("host-endpoint", f"HostEndpoint {metadata.name} without a `node`")
    if not interface.text() and not expected.items():
        hint = 'write `interfaceName: "*"`, or list the addresses'
        root.get("spec").reject("host-endpoint", f"HostEndpoint {metadata.name} without interface and addresses", hint)
    addresses = AddressSet()
    for item in expected.items():
        try:
            addresses = addresses.union(AddressSet.block(parse_address(item.text() or "")))
        except CidrError as error:
            item.reject("V3", f"{quoted(str(item.value))} is no address", error.hint)
    labels = read_labels(root.get("metadata").get("labels"), code="V14")
    named = tuple(found for item in ports.items() if (found := _named_port(item)) is not None)
    return NetworkSet(source.kind, None, metadata.name, labels, addresses, source.origin, named)


def _named_port(field: Field) -> NamedPort | None:
    name, protocol_field, port = field.fields("name", "protocol", "port")
    if not is_port_name(name.text() or "") and isinstance(name.value, str | None):
        name.reject("V9", f"{quoted(name.text() or '')} is no port name")
    protocol, number = read_protocol(protocol_field), read_number(port, field)
    if protocol_field.value is None:
        field.reject("protocol", f"`{field}` has no `protocol`", "TCP, UDP or SCTP")
    elif protocol is not None and protocol.known is None:
        protocol_field.reject("protocol", f"no port has protocol {protocol.name}", "TCP, UDP or SCTP")
    if protocol is None or protocol.known is None or number is None:
        return None
    return NamedPort(name.text() or "", protocol.known, number)


def read_account(root: Field, source: Object, default_namespace: str) -> ServiceAccount:
    """A service account, of which only its labels matter."""
    metadata = read_metadata(root.get("metadata"), strict=False)
    labels = read_labels(root.get("metadata").get("labels"))
    return ServiceAccount(metadata.given_namespace or default_namespace, metadata.name, labels, source.origin)
