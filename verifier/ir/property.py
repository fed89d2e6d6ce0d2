"""What is to be proved: claims about all connections of a universe (`docs/properties.md`)."""

from enum import StrEnum

from msgspec import Struct

from verifier.ir.network import AddressSet
from verifier.ir.origin import Origin
from verifier.ir.pods import PodPeer
from verifier.ir.policy import TRUE, Direction, Formula


class AddressPeer(Struct, frozen=True):
    """External addresses in the set, and pods with such an address where the universe says which addresses pods
    have."""

    addresses: AddressSet
    text: str


class ExternalPeer(Struct, frozen=True):
    """Every address outside the cluster."""


class NodePeer(Struct, frozen=True):
    """Processes on nodes."""


class ServicePeer(Struct, frozen=True):
    """What is behind those of these Services, by namespace and name, that the input has: each on the ports that it
    listens on. `otherwise`: what is meant where it has none; None: nothing. Only a destination can be one."""

    any_of: tuple[tuple[str, str], ...]
    otherwise: "Reach | None" = None


Peer = PodPeer | AddressPeer | ExternalPeer | NodePeer | ServicePeer

Peers = tuple[Peer, ...] | None
"""Alternatives; None: anything."""


class Never(Struct, frozen=True):
    """No connection from `sources` to `destinations` on `ports` may be allowed."""

    sources: Peers = None
    destinations: Peers = None
    ports: Formula = TRUE


class Always(Struct, frozen=True):
    """Every connection from `sources` to `destinations` on `ports` must be allowed."""

    sources: Peers = None
    destinations: Peers = None
    ports: Formula = TRUE


class Only(Struct, frozen=True):
    """Nothing but `sources` may reach `destinations` on `ports`."""

    sources: Peers = None
    destinations: Peers = None
    ports: Formula = TRUE


class Exactly(Struct, frozen=True):
    """`Only` and `Always` at once."""

    sources: Peers = None
    destinations: Peers = None
    ports: Formula = TRUE


class Isolated(Struct, frozen=True):
    """For each of `pods`, in each of `directions`, a stage applies that ends in Deny."""

    pods: Peers = None
    directions: frozenset[Direction] = frozenset(Direction)


class Reach(Struct, frozen=True):
    """What `confined` leaves open: connections to `destinations` on `ports`."""

    destinations: Peers = None
    ports: Formula = TRUE


class Confined(Struct, frozen=True):
    """Every connection that one of `pods` may open is one of `reach`; none: it may open no connection at all."""

    pods: tuple[PodPeer, ...]
    reach: tuple[Reach, ...] = ()


class LabelOf(StrEnum):
    POD = "pod"
    NAMESPACE = "namespace"


class Unlabelled(StrEnum):
    """What `separate` makes of pods without the key."""

    IGNORE = "ignore"
    """They belong to nobody: their connections are free."""
    OWN = "own"
    """They are a group of their own."""


class Separate(Struct, frozen=True):
    """No connection joins two pods with different values of the label `key`."""

    key: str
    label_of: LabelOf
    unlabelled: Unlabelled = Unlabelled.OWN


Claim = Never | Always | Only | Exactly | Isolated | Confined | Separate


class PropertySeverity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


class Property(Struct, frozen=True):
    """A named claim. `text`: the claim in one line, as reports show it. `optional`: being vacuous is only worth
    a note."""

    name: str
    claim: Claim
    text: str
    description: str | None = None
    severity: PropertySeverity = PropertySeverity.ERROR
    optional: bool = False
    origin: Origin | None = None
