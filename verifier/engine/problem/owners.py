"""A single address of a property that belongs to somebody means its owner, at that address (docs/semantics.md 1.6)."""

from collections.abc import Iterable

from msgspec import Struct

from verifier.ir.endpoint import NODELIKE, WORKLOADS, Kind, Workload
from verifier.ir.labels import Operator, Requirement, Selector
from verifier.ir.network import IPAddress
from verifier.ir.policy import And, Formula, NamespaceIn, Or, PodLabels, Role
from verifier.ir.property import AddressPeer, Peer
from verifier.ir.residents import Home, Residents


class Owner(Struct, frozen=True):
    """Whose an address is: a node's, a pod's of one of the workloads, that of the Pod `pod` of `namespace`, of which
    only an endpoint tells, or that of something behind `service` which is no pod; `on_node`: it can be a node."""

    address: IPAddress
    home: Home | None = None
    workloads: tuple[Workload, ...] = ()
    pod: str | None = None
    namespace: str | None = None
    service: str | None = None
    on_node: bool = False

    @property
    def kinds(self) -> frozenset[Kind]:
        if self.home is not None:
            return NODELIKE
        if self.service is None:
            return frozenset({Kind.POD})
        return frozenset({Kind.EXTERNAL}) | (NODELIKE if self.on_node else frozenset())

    def __str__(self) -> str:
        if self.service is not None:
            what = "an outside address, or that of a node" if self.on_node else "an outside address"
            why = ", since the input does not say which addresses nodes have" if self.on_node else ""
            return f"{self.address} is an endpoint of {self.service}: {what}{why}"
        whose = str(self.home) if self.home is not None else self.pod or " or ".join(map(str, self.workloads))
        return f"{self.address} is the address of {whose}"


def owner_of(peer: Peer, residents: Residents, workloads: Iterable[Workload]) -> Owner | None:
    """The owner of what is one address; None where the peer is no such thing, or it is nobody's."""
    address = peer.addresses.sole() if isinstance(peer, AddressPeer) else None
    if address is None:
        return None
    home = residents.node_at(address)
    if home is not None:
        return Owner(address, home)
    names = residents.pods.get(address, ())
    found = tuple(w for w in workloads if not w.host_network and address in w.addresses) if names else ()
    if found:
        return Owner(address, None, found)
    if names:
        return Owner(address, pod=names[0], namespace=residents.strange_pods.get(address))
    service = residents.outside.get(address)
    return None if service is None else Owner(address, service=service, on_node=not residents.are_all)


def is_pod_of(workloads: Iterable[Workload], keys: Iterable[str], *, perhaps: bool = False) -> Formula:
    """Over SUBJECT: a pod that cannot be told from one of a workload by its namespace and its labels under `keys`,
    whichever values of these its controller chose. perhaps: or that may be one, since the controller may add some, or
    chooses them in ways that no selector says."""
    told = sorted(keys)
    return Or(
        tuple(
            And((NamespaceIn(Role.SUBJECT, frozenset({w.namespace})), _labelled(w, told, perhaps=perhaps)))
            for w in workloads
        )
    )


def _labelled(workload: Workload, keys: Iterable[str], *, perhaps: bool) -> Formula:
    some = {key: choice.always for key, choice in workload.free.items() if perhaps or choice.is_plain}
    any_of_them = {key: always for key, always in some.items() if key in workload.chosen or key not in workload.labels}
    known = {key: value for key, value in workload.labels.items() if key not in any_of_them}
    wanted = {Requirement(key, Operator.IN, frozenset({value})) for key, value in known.items()}
    for key in keys:
        if any_of_them.get(key):
            wanted.add(Requirement(key, Operator.EXISTS))
        elif key not in known and key not in any_of_them and not (perhaps and may_have(workload, key)):
            wanted.add(Requirement(key, Operator.DOES_NOT_EXIST))
    return PodLabels(Role.SUBJECT, Selector(frozenset(wanted)))


def may_have(workload: Workload, key: str) -> bool:
    """True iff its pods may have a label that nobody has said: its controller chooses the value, or is of a kind that
    is not known, and may add any."""
    if key in workload.chosen:
        return False
    return workload.foreign or key in workload.free or (bool(workload.chosen) and workload.kind not in WORKLOADS)
