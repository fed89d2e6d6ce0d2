"""Node objects: their labels and addresses, by which `nodes` peers of cluster-scoped policies select them."""

from verifier.ir.network import AddressSet
from verifier.ir.node import Node
from verifier.ir.origin import Origin
from verifier.manifests.kubernetes.fields import Field, quoted
from verifier.manifests.kubernetes.metadata import read_metadata
from verifier.manifests.kubernetes.selectors import read_labels
from verifier.manifests.notation.cidr import CidrError, parse_address

_NAMES = ("Hostname", "InternalDNS", "ExternalDNS")
"""The types of entries in `status.addresses` that are no addresses."""


def read_node(root: Field, origin: Origin) -> Node:
    """The node with its labels, and with the addresses that its status lists."""
    metadata = read_metadata(root.get("metadata"), strict=False)
    labels = read_labels(root.get("metadata").get("labels"))
    addresses = AddressSet()
    for item in root.get("status").get("addresses").items():
        if item.get("type").value in _NAMES:
            continue
        address = item.get("address")
        try:
            addresses = addresses.union(AddressSet.block(parse_address(address.text() or "")))
        except CidrError as error:
            address.reject("V3", f"{quoted(str(address.value))} is no address of a node", error.hint)
    return Node(metadata.name, labels, addresses, origin)
