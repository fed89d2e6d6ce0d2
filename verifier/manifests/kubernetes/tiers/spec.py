"""Cluster-scoped policies after reading, whichever of their kinds they are (docs/semantics.md 4.2).

Every kind of sig-network has the same shape: a subject, and for each direction a list of rules of which the first that
matches decides.
"""

from enum import StrEnum

from msgspec import Struct

from verifier.ir.labels import EVERYTHING, Selector
from verifier.ir.network import AddressSet, Intervals, Protocol
from verifier.ir.origin import Origin
from verifier.ir.policy import Action, Citation, Direction

ALPHA1 = "v1alpha1"
ALPHA2 = "v1alpha2"


class Tier(StrEnum):
    ADMIN = "Admin"
    BASELINE = "Baseline"


class Pods(Struct, frozen=True):
    """Pods by the labels of their namespaces and their own."""

    namespaces: Selector = EVERYTHING
    pods: Selector = EVERYTHING


class Networks(Struct, frozen=True):
    """Whatever has an address in the set, pods included."""

    addresses: AddressSet


class Nodes(Struct, frozen=True):
    """The addresses of the nodes with these labels."""

    selector: Selector


class DomainNames(Struct, frozen=True):
    """The addresses behind these names, which nobody knows before they are resolved."""

    names: tuple[str, ...]


Peer = Pods | Networks | Nodes | DomainNames


class Numbers(Struct, frozen=True):
    """Ports of a protocol; None: of one that no connection has."""

    protocol: Protocol | None
    ports: Intervals


class Named(Struct, frozen=True):
    """The container ports of this name, of any protocol."""

    name: str


Port = Numbers | Named


class Rule(Struct, frozen=True):
    """What a rule does with traffic of any of `peers` on any of `ports` (None: on all).

    unreadable: one of its peers is of a type that is not known, so that the whole rule fails closed (4.2): one that
        allows matches nothing, any other denies everything.
    """

    action: Action
    peers: tuple[Peer, ...]
    ports: tuple[Port, ...] | None
    unreadable: bool = False


class Spec(Struct, frozen=True):
    """A spec after reading. priority: None where the kind has none."""

    tier: Tier
    priority: int | None
    subject: Pods
    ingress: tuple[Rule, ...]
    egress: tuple[Rule, ...]

    def rules(self, direction: Direction) -> tuple[Rule, ...]:
        return self.ingress if direction is Direction.INGRESS else self.egress


class TierPolicy(Struct, frozen=True):
    """A cluster-scoped policy. `origin` is the whole object."""

    kind: str
    version: str
    name: str
    spec: Spec
    origin: Origin

    @property
    def citation(self) -> Citation:
        detail = None if self.spec.priority is None else f"priority {self.spec.priority}"
        return Citation(self.kind, None, self.name, None, self.origin.child("spec", "subject"), detail)
