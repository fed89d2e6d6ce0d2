"""Whose the addresses are that the input gives to somebody (docs/semantics.md 1.6)."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from ipaddress import IPv4Address, IPv6Address

from msgspec import Struct, field

from verifier.ir.endpoint import NODELIKE, Kind, Workload
from verifier.ir.network import AddressSet, Intervals, IPAddress
from verifier.ir.node import Node
from verifier.ir.service import Backend, Service


class Sort(Enum):
    """What the input can say of an address."""

    NODE = "a node has it"
    POD = "a pod of the pod network has it"
    VIRTUAL = "a Service has it: nobody is there, and no packet that a policy sees"
    OUTSIDE = "something has it that is no pod: an outside address, or a node of which the input does not tell"


class Home(Struct, frozen=True):
    """A node and the addresses that are its own. `name` is None where only a hostNetwork pod told of it."""

    name: str | None
    addresses: tuple[IPAddress, ...]

    def __str__(self) -> str:
        return f"Node {self.name}" if self.name is not None else f"the node at {self.addresses[0]}"


class Residents(Struct, frozen=True):
    """Whose the addresses are.

    homes: the nodes that the input tells of. are_all: they are all nodes there are, and have no other addresses: the
        input holds Node objects, each of which lists its addresses, and neither the universe nor what runs on a node
        that is none of them says anything else.
    pods: of the addresses that pods of the pod network have, the names of the workloads whose they may be: more than
        one where two have the same.
    """

    homes: tuple[Home, ...] = ()
    are_all: bool = False
    pods: Mapping[IPAddress, tuple[str, ...]] = field(default_factory=dict)
    services: Mapping[IPAddress, tuple[str, ...]] = field(default_factory=dict)
    outside: Mapping[IPAddress, str] = field(default_factory=dict)
    strange_pods: Mapping[IPAddress, str] = field(default_factory=dict)
    _of_nodes: Mapping[IPAddress, int] = field(default_factory=dict)
    _numbers: Mapping[str, int] = field(default_factory=dict)
    _sorted: Mapping[tuple[Sort, int], tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        nodes: Sequence[Node],
        workloads: Iterable[Workload],
        owned: Iterable[Workload] = (),
        services: Iterable[Service] = (),
        backends: Sequence[Backend] = (),
        *,
        elsewhere: bool = False,
    ) -> "Residents":
        """Those of a cluster. owned: what its workloads control, which tells of nodes. elsewhere: somebody says that
        nodes may have other addresses, too."""
        listed, backends = list(workloads), [backend for backend in backends if backend.believed]
        homes = _homes(nodes, [*listed, *owned], backends)
        pods: dict[IPAddress, tuple[str, ...]] = {}
        for workload in listed:
            for address in () if workload.host_network else workload.addresses:
                pods[address] = (*pods.get(address, ()), str(workload))
        of_nodes = {a: number for number, home in enumerate(homes) for a in home.addresses}
        strange: dict[IPAddress, str] = {}
        for backend in backends:
            owner, address = backend.owner, backend.address
            if owner is not None and address not in of_nodes and address not in pods:
                pods[address], strange[address] = (owner,), backend.namespace
        virtual: dict[IPAddress, tuple[str, ...]] = {}
        for service in services:
            for address in service.addresses:
                if address not in of_nodes and address not in pods:
                    virtual[address] = (*virtual.get(address, ()), str(service))
        nobody = (b for b in backends if not any(b.address in known for known in (of_nodes, pods, virtual)))
        outside = {backend.address: backend.title for backend in nobody}
        tables: dict[Sort, Iterable[IPAddress]] = {
            Sort.NODE: of_nodes,
            Sort.POD: pods,
            Sort.VIRTUAL: virtual,
            Sort.OUTSIDE: outside,
        }
        by_kind = {
            (sort, family): tuple(sorted(int(a) for a in found if a.version == family))
            for sort, found in tables.items()
            for family in (4, 6)
        }
        are_all = bool(nodes) and not elsewhere and not any(node.addresses.is_empty() for node in nodes)
        said = {*(home.name for home in homes), *(w.node for w in (*listed, *owned) if w.node is not None)}
        are_all = are_all and said == {node.name for node in nodes}
        numbers = {home.name: number for number, home in enumerate(homes) if home.name is not None}
        return cls(homes, are_all, pods, virtual, outside, strange, of_nodes, numbers, by_kind)

    def of_sort(self, sort: Sort, family: int) -> AddressSet:
        """The addresses of this sort."""
        return _set(self._sorted.get((sort, family), ()), family)

    def node_at(self, address: IPAddress) -> Home | None:
        """The node that has the address."""
        number = self._of_nodes.get(address)
        return None if number is None else self.homes[number]

    def owner_of(self, address: IPAddress) -> "Home | tuple[str, ...] | None":
        """Whose the address is: a node's, a pod's of one of these workloads, or nobody's that the input tells of."""
        return self.node_at(address) or self.pods.get(address)

    def nodes_within(self, family: int, low: int, high: int) -> frozenset[int]:
        """The nodes, by their place in `homes`, that have one of the addresses from `low` to `high`."""
        numbers = self._sorted.get((Sort.NODE, family), ())
        make = _address(family)
        inside = numbers[bisect_left(numbers, low) : bisect_right(numbers, high)]
        return frozenset(self._of_nodes[make(number)] for number in inside)

    def called(self, address: IPAddress) -> str | None:
        """Whose the address is, in words; what is behind a Service and nobody's is called like that."""
        owner = self.owner_of(address) or self.services.get(address)
        if isinstance(owner, tuple):
            return " or ".join(owner)
        return self.outside.get(address) if owner is None else str(owner)

    def strangers(self, family: int, low: int, high: int, *sorts: Sort) -> int:
        """How many of the addresses are of none of these sorts."""
        return high - low + 1 - sum(_count(self._sorted.get((sort, family), ()), low, high) for sort in sorts)

    def known(self, family: int, low: int, high: int, *sorts: Sort) -> Iterator[IPAddress]:
        """The addresses from `low` to `high` of which the input says that they are of one of these sorts, those of
        nodes first; of whatever sort where none is given."""
        for sort in sorts or Sort:
            numbers = self._sorted.get((sort, family), ())
            yield from map(_address(family), numbers[bisect_left(numbers, low) : bisect_right(numbers, high)])

    @property
    def all_nodes(self) -> str:
        """What is assumed where the nodes of the input are taken for all nodes."""
        count = len(self.homes)
        them = f"the {count} Nodes of the input are" if count > 1 else "the one Node of the input is"
        own = "with no other addresses than they list" if count > 1 else "with no other addresses than it lists"
        return f"{them} all nodes there are, {own}"

    @property
    def size(self) -> int:
        """Of how many addresses the input says something."""
        return len(self.pods) + len(self._of_nodes) + len(self.services) + len(self.outside)

    def place_of(self, kind: Kind, address: IPAddress, workload: Workload | None) -> int | None:
        """Which node an endpoint is on: what is on the network of a node tells by its address. None: nobody says."""
        if kind in NODELIKE and address in self._of_nodes:
            return self._of_nodes[address]
        return None if kind is Kind.EXTERNAL else self.home_of(workload)

    def can_be_at(self, address: IPAddress, kind: Kind, workload: Workload | None, *, all_pods: bool) -> bool:
        """True iff such an endpoint can have the address (W3). workload: whose pod it is. all_pods: there are no pods
        but those of the input."""
        if not self.size:
            return True
        if address in self.services:
            return False
        owners, is_node = self.pods.get(address, ()), address in self._of_nodes
        if kind is Kind.EXTERNAL:
            return not owners and not is_node
        if workload is not None and self.is_told(workload):
            return address in workload.addresses
        if all_pods and owners and (workload is None or address not in workload.addresses):
            return False
        if kind is Kind.POD:
            return not is_node and address not in self.outside
        home = self.home_of(workload)
        if home is None:
            return is_node or not self.are_all
        return address in self.homes[home].addresses or not (is_node or self.are_all)

    def home_of(self, workload: Workload | None) -> int | None:
        """The node that a workload's pods run on, by its place in `homes`, where the nodes of the input are all there
        are if it says so; None: the input does not say."""
        return 0 if self.are_all and len(self.homes) == 1 else self.named_home(workload)

    def named_home(self, workload: Workload | None) -> int | None:
        """Likewise, of a workload that says itself where it runs, or at which address of a node. Where a Pod that
        stands for any number runs says nothing of the others."""
        if workload is None or (workload.kind == "Pod" and not workload.single):
            return None
        if workload.node is None and workload.host_network:
            return next((self._of_nodes[a] for a in workload.addresses if a in self._of_nodes), None)
        return None if workload.node is None else self._numbers.get(workload.node)

    @staticmethod
    def is_told(workload: Workload) -> bool:
        """True iff it is one pod of the pod network whose addresses the input gives: it has no others. The address of
        some pod that a controller numbers may be that of any of them."""
        return workload.single and not (workload.numbered or workload.host_network) and bool(workload.addresses)


NOBODY = Residents()
"""An input that says whose address is whose of none."""


BELIEVED = "addresses and nodes are those of whom the manifests say (Nodes, status of Pods, spec.nodeName, Services)"
"""What is assumed where it matters whose an address is."""


def _set(numbers: Iterable[int], family: int) -> AddressSet:
    found = Intervals.of((number, number) for number in numbers)
    return AddressSet(v4=found) if family == 4 else AddressSet(v6=found)


def _count(numbers: Sequence[int], low: int, high: int) -> int:
    return bisect_right(numbers, high) - bisect_left(numbers, low)


def _address(family: int) -> Callable[[int], IPAddress]:
    return IPv4Address if family == 4 else IPv6Address


def _homes(nodes: Sequence[Node], workloads: Sequence[Workload], backends: Iterable[Backend]) -> tuple[Home, ...]:
    """The nodes of the input, those on which workloads say that they run, and those that hostNetwork pods tell of, or
    endpoints that are a node's."""
    own: dict[str | None, dict[IPAddress, None]] = {node.name: dict.fromkeys(each(node.addresses)) for node in nodes}
    named = sorted({workload.node for workload in workloads if workload.node is not None} - own.keys())
    own |= {name: {} for name in named}
    of_address = {address: name for name, addresses in own.items() for address in addresses}
    strangers: list[Home] = []
    for workload in workloads:
        fresh = [a for a in workload.addresses if workload.host_network and a not in of_address]
        if not fresh:
            continue
        known = (of_address[a] for a in workload.addresses if a in of_address)
        name = workload.node or next(known, None)
        if name is None:
            strangers.append(Home(None, tuple(fresh)))
        else:
            own.setdefault(name, {}).update(dict.fromkeys(fresh))
        of_address |= dict.fromkeys(fresh, name)
    for backend in backends:
        if backend.target is not None and backend.target[0] == "Node" and backend.address not in of_address:
            own.setdefault(backend.target[1], {})[backend.address] = None
            of_address[backend.address] = backend.target[1]
    return (*(Home(name, tuple(addresses)) for name, addresses in own.items()), *strangers)


def each(addresses: AddressSet) -> Iterator[IPAddress]:
    """The addresses of a set that lists them one by one."""
    for family in (4, 6):
        for low, high in addresses.family(family):
            yield from map(_address(family), range(low, high + 1))
