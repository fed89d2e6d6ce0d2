"""A single address of a property that belongs to somebody means its owner, at that address (docs/semantics.md 1.6)."""

from collections.abc import Iterable

from msgspec import Struct

from verifier.ir.endpoint import NODELIKE, Kind, Workload
from verifier.ir.labels import Operator, Requirement, Selector
from verifier.ir.network import IPAddress
from verifier.ir.policy import And, Formula, NamespaceIn, Or, PodLabels, Role
from verifier.ir.property import AddressPeer, Peer
from verifier.ir.residents import Home, Residents


class Owner(Struct, frozen=True):
    """Whose an address is: a node's, or a pod's of one of the workloads."""

    address: IPAddress
    home: Home | None = None
    workloads: tuple[Workload, ...] = ()

    @property
    def kinds(self) -> frozenset[Kind]:
        return NODELIKE if self.home is not None else frozenset({Kind.POD})

    def __str__(self) -> str:
        whose = str(self.home) if self.home is not None else " or ".join(map(str, self.workloads))
        return f"{self.address} is the address of {whose}"


def owner_of(peer: Peer, residents: Residents, workloads: Iterable[Workload]) -> Owner | None:
    """The owner of what is one address; None where the peer is no such thing, or it is nobody's."""
    address = peer.addresses.sole() if isinstance(peer, AddressPeer) else None
    if address is None:
        return None
    home = residents.node_at(address)
    if home is not None:
        return Owner(address, home)
    told = address in residents.pods
    found = tuple(w for w in workloads if not w.host_network and address in w.addresses) if told else ()
    return Owner(address, None, found) if found else None


def is_pod_of(workloads: Iterable[Workload], keys: Iterable[str]) -> Formula:
    """Over SUBJECT: a pod that cannot be told from one of a workload by its namespace and its labels under `keys`."""
    told = sorted(keys)
    return Or(tuple(And((NamespaceIn(Role.SUBJECT, frozenset({w.namespace})), _labelled(w, told))) for w in workloads))


def _labelled(workload: Workload, keys: Iterable[str]) -> Formula:
    exact = {Requirement(key, Operator.IN, frozenset({value})) for key, value in workload.labels.items()}
    absent = {Requirement(key, Operator.DOES_NOT_EXIST) for key in keys if key not in workload.labels}
    return PodLabels(Role.SUBJECT, Selector(frozenset(exact | absent)))
