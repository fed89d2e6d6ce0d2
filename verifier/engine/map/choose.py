"""Whom a reader's choice means."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from msgspec.structs import replace

from verifier.ir.endpoint import NODELIKE, PODLIKE, Kind, Namespace, Workload
from verifier.ir.filter import Choice
from verifier.ir.labels import Labels
from verifier.ir.network import AddressSet
from verifier.ir.pods import PodPeer, is_one
from verifier.ir.property import AddressPeer, ExternalPeer, NodePeer, ServicePeer


def chooses(
    choice: Choice,
    labels: Labels,
    namespace: Namespace | None,
    workloads: Sequence[Workload],
    kind: Kind,
    addresses: AddressSet | None,
) -> bool:
    """True iff the choice means this class. Labels of namespaces that nobody has said count as missing."""
    if choice.pattern is not None:
        return any(_fits(workload, choice.pattern) for workload in workloads)
    match choice.peer:
        case PodPeer():
            if kind not in PODLIKE or namespace is None:
                return False
            return bool(is_one(labels, replace(namespace, labels=namespace.labels or {}), choice.peer))
        case AddressPeer(block):
            return addresses is not None and addresses.is_subset(block)
        case ExternalPeer():
            return kind is Kind.EXTERNAL
        case NodePeer():
            return kind in NODELIKE
        case ServicePeer():  # no filter is one
            return False
        case None:
            return True


def _fits(workload: Workload, pattern: str) -> bool:
    name = f"{workload.namespace}/{workload.name}"
    kind = f"{workload.namespace}/{workload.kind.lower()}/{workload.name}"
    return any(fnmatchcase(text, pattern) for text in (workload.name, name, kind, str(workload)))
