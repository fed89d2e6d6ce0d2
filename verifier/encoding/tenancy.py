"""Who can have which address, where the input gives addresses to nodes and pods (docs/semantics.md 1.6, W3)."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from msgspec import Struct

from verifier.ir.endpoint import Kind, Workload
from verifier.ir.residents import Residents, Sort
from verifier.ir.universe import Universe
from verifier.vocabulary import Cell, Cells


class Tenancy(Struct, frozen=True, dict=True):
    """The cells of addresses, by index, in which each sort of endpoint can be.

    all_nodes: there are no nodes but those of the input, and they have no other addresses.
    """

    residents: Residents
    universe: Universe
    addresses: Cells
    all_nodes: bool

    @property
    def cells(self) -> Sequence[Cell]:
        return self.addresses.cells

    @cached_property
    def nodes_at(self) -> tuple[frozenset[int], ...]:
        """For each cell the nodes of the input, by their place there, that have an address in it."""
        return tuple(self.residents.nodes_within(c.family, c.low, c.high) for c in self.cells)

    @cached_property
    def without_strangers(self) -> frozenset[int]:
        """The cells in which only nodes of the input can be, of all nodes."""
        return frozenset(range(len(self.cells))) - self.for_strange_nodes

    @cached_property
    def for_outsiders(self) -> frozenset[int]:
        """No address of a node or a pod is an outside one, and nobody has that of a Service."""
        return self._besides(Sort.NODE, Sort.POD, Sort.VIRTUAL)

    @cached_property
    def for_pods(self) -> frozenset[int]:
        """No pod has the address of a node, or of what is behind a Service and no pod; where all pods are listed, none
        has that of another, either."""
        others = () if self.universe.other_pods else (Sort.POD,)
        return self._besides(Sort.NODE, Sort.VIRTUAL, Sort.OUTSIDE, *others)

    @cached_property
    def for_strange_nodes(self) -> frozenset[int]:
        """The same for nodes of which the input does not tell, which may be behind a Service."""
        others = () if self.universe.other_pods else (Sort.POD,)
        return self._besides(Sort.NODE, Sort.VIRTUAL, *others)

    @cached_property
    def for_nodes(self) -> frozenset[int]:
        """The addresses of nodes, and those that may be a node's of which the input does not tell."""
        known = frozenset(i for i, nodes in enumerate(self.nodes_at) if nodes)
        return known if self.all_nodes else known | self.for_strange_nodes

    def _besides(self, *sorts: Sort) -> frozenset[int]:
        """The cells that hold addresses of none of these sorts."""
        strangers = self.residents.strangers
        return frozenset(i for i, c in enumerate(self.cells) if strangers(c.family, c.low, c.high, *sorts))

    def of(self, kind: Kind) -> frozenset[int]:
        match kind:
            case Kind.EXTERNAL:
                return self.for_outsiders
            case Kind.POD:
                return self.for_pods
            case Kind.NODE | Kind.HOSTPOD:
                return self.for_nodes

    def of_workload(self, workload: Workload) -> frozenset[int]:
        """The cells of a listed workload's pods: of one pod whose addresses the input gives, the cells of these."""
        home = self.home_of(workload)
        if workload.host_network:
            return self.for_nodes if home is None else self.beside(home)
        told = (self.addresses.at(int(a), a.version) for a in workload.addresses)
        own = frozenset(cell for cell in told if cell is not None)
        return own if self.residents.is_told(workload) else own | self.for_pods

    def home_of(self, workload: Workload) -> int | None:
        """The node that its pods run on, by its place among those of the input."""
        return self.residents.home_of(workload) if self.all_nodes else self.residents.named_home(workload)

    def beside(self, home: int) -> frozenset[int]:
        """The cells of what is on the network of this node."""
        strange = frozenset() if self.all_nodes else self.for_strange_nodes
        return strange | {i for i, nodes in enumerate(self.nodes_at) if home in nodes}

    def only_at(self, home: int) -> frozenset[int]:
        """The cells in which all that is on the network of a node is on that of this one."""
        alone = (i for i, nodes in enumerate(self.nodes_at) if nodes == {home})
        return frozenset(i for i in alone if self.all_nodes or i in self.without_strangers)

    def neighbourhoods(self) -> Iterable[frozenset[int]]:
        """For each node of the input the cells in which it has an address, each set once."""
        found: dict[int, set[int]] = {}
        for cell, nodes in enumerate(self.nodes_at):
            for node in nodes:
                found.setdefault(node, set()).add(cell)
        return dict.fromkeys(frozenset(cells) for cells in found.values())

    def lone(self) -> Iterator[frozenset[int]]:
        """`only_at` for each node that has such cells."""
        homes = sorted({home for nodes in self.nodes_at if len(nodes) == 1 for home in nodes})
        yield from (cells for home in homes if (cells := self.only_at(home)))
