"""The one connection that `netpol explain` is asked about, as its asker named it."""

from collections.abc import Mapping

from msgspec import Struct

from verifier.ir.endpoint import Workload
from verifier.ir.network import IPAddress, Protocol
from verifier.ir.node import Node
from verifier.ir.service import Service


class AddressEnd(Struct, frozen=True):
    """Whoever has an address: a node or a pod of the input, else it is outside the cluster."""

    address: IPAddress

    def __str__(self) -> str:
        return str(self.address)


class WorkloadEnd(Struct, frozen=True):
    """A pod of a workload of the manifests. `definitions`: more than one where the input defines it in several ways."""

    definitions: tuple[Workload, ...]


class LabelledEnd(Struct, frozen=True):
    """A pod that need not exist, in this namespace and with just these labels."""

    namespace: str
    labels: Mapping[str, str]


class NodeEnd(Struct, frozen=True):
    """A process on a node that is no pod. `node`: the one that is named; None: any. `address`: at this address, of a
    node of which nothing else is known, and which is another than that of the pod at the other end."""

    node: Node | None = None
    address: IPAddress | None = None

    def __str__(self) -> str:
        if self.address is not None:
            return str(self.address)
        return "a node" if self.node is None else f"Node {self.node.name}"


class ServiceEnd(Struct, frozen=True):
    """What is behind a Service, each thing on the port that it listens on. `definitions`: more than one where the input
    says several things of it. `address`: the clusterIP by which it was named."""

    definitions: tuple[Service, ...]
    address: IPAddress | None = None

    def __str__(self) -> str:
        return str(self.definitions[0]) if self.definitions else "a Service"


InquiryEnd = AddressEnd | WorkloadEnd | LabelledEnd | NodeEnd | ServiceEnd


class ConnectionQuery(Struct, frozen=True):
    """A connection that may or may not be allowed. `text`: what was asked. `port`: where the destination is a Service,
    that of the Service. `via_service`: it goes through one, to the end and on the port that are given."""

    text: str
    source: InquiryEnd
    destination: InquiryEnd
    protocol: Protocol
    port: int
    via_service: bool = False
