"""A map as it is reported: who may talk to whom, plain data."""

from collections.abc import Mapping

from msgspec import Struct

from verifier.engine.explain.condition import When
from verifier.engine.map.classes import Member
from verifier.engine.map.kinds import NamespaceKind
from verifier.engine.map.ports import PortSet
from verifier.errors import Diagnostic
from verifier.ir.cluster import PassedOver
from verifier.ir.filter import Choice
from verifier.ir.policy import Direction, Formula


class Selection(Struct, frozen=True):
    """What of the map is wanted. focus: links at one of whose ends is one of these; `direction`: only those into, or
    out of it. sources, destinations: links from, and to, one of these. ports: over the connection; None: all."""

    focus: tuple[Choice, ...] = ()
    sources: tuple[Choice, ...] = ()
    destinations: tuple[Choice, ...] = ()
    ports: Formula | None = None
    direction: Direction | None = None

    @property
    def choices(self) -> tuple[Choice, ...]:
        return (*self.focus, *self.sources, *self.destinations)


EVERYTHING = Selection()


class Node(Struct, frozen=True):
    """Classes that talk alike. isolated: the directions in which policies do not let everything through."""

    members: tuple[Member, ...]
    isolated: frozenset[Direction] = frozenset()

    @property
    def kind(self) -> str:
        return self.members[0].kind


class Opening(Struct, frozen=True):
    """Ports that are open `when` conditions hold; surely, or only perhaps."""

    ports: PortSet
    when: When = ()
    surely: bool = True


class Link(Struct, frozen=True):
    """What one node may open to another, by their indices."""

    source: int
    destination: int
    openings: tuple[Opening, ...]


class ServedPort(Struct, frozen=True):
    """A port of a Service that leads to pods of a workload. number: that of the port of theirs."""

    service: str
    port: str
    number: int


class Map(Struct, frozen=True):
    """Who may talk to whom.

    possible: its pods are all that could exist, not only those of the manifests. lone: nodes of one pod only, which has
    no other to talk to. depends_on: open switches on which some of it hangs. passed_over: what decides about traffic
    and is not understood. of_input: of the assumptions, those about what the input says. services: of workloads, as
    they are called, the ports of Services that lead to their pods. complete: everybody is on it; else `not_covered`
    says who is not, since there are too many classes. kinds: namespaces that are alike, of which two are drawn.
    """

    universe: str
    possible: bool
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    lone: frozenset[int] = frozenset()
    selection: Selection = EVERYTHING
    policies: int = 0
    depends_on: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    of_input: tuple[str, ...] = ()
    services: Mapping[str, tuple[ServedPort, ...]] = {}
    complete: bool = True
    kinds: tuple[NamespaceKind, ...] = ()
