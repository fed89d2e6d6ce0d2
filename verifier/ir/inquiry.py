"""The one connection that `netpol explain` is asked about, as its asker named it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from verifier.ir.endpoint import Workload
from verifier.ir.network import IPAddress, Protocol


@dataclass(frozen=True, slots=True)
class AddressEnd:
    """An address outside the cluster."""

    address: IPAddress


@dataclass(frozen=True, slots=True)
class WorkloadEnd:
    """A pod of a workload of the manifests. `definitions`: more than one where the input defines it in several ways."""

    definitions: tuple[Workload, ...]


@dataclass(frozen=True, slots=True)
class LabelledEnd:
    """A pod that need not exist, in this namespace and with just these labels."""

    namespace: str
    labels: Mapping[str, str] = field(hash=False)


InquiryEnd = AddressEnd | WorkloadEnd | LabelledEnd


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A connection that may or may not be allowed. `text`: what was asked."""

    text: str
    source: InquiryEnd
    destination: InquiryEnd
    protocol: Protocol
    port: int
