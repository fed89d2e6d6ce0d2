"""The nodes that the manifests say there are."""

from msgspec import Struct

from verifier.ir.labels import Labels
from verifier.ir.network import AddressSet
from verifier.ir.origin import Origin


class Node(Struct, frozen=True):
    """A node. `addresses`: those of its status; empty where nobody has said them."""

    name: str
    labels: Labels
    addresses: AddressSet
    origin: Origin
