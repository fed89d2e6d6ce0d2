"""What is to be proved: claims about all connections of a universe (`docs/properties.md`)."""

from dataclasses import dataclass, field
from enum import StrEnum

from verifier.ir.labels import EVERYTHING, Selector
from verifier.ir.network import AddressSet
from verifier.ir.origin import Origin
from verifier.ir.policy import TRUE, Direction, Formula


@dataclass(frozen=True, slots=True)
class PodPeer:
    """Pods whose labels meet `pods`, in the namespaces chosen.

    `names`: in one of these. `namespaces`: in namespaces whose labels meet this selector. Both: in those that meet
    both. Neither (a bare selector): in the declared namespaces; see `is_bare`.
    """

    pods: Selector = EVERYTHING
    names: frozenset[str] | None = None
    namespaces: Selector | None = None

    @property
    def is_bare(self) -> bool:
        return self.names is None and self.namespaces is None


@dataclass(frozen=True, slots=True)
class AddressPeer:
    """External addresses in the set, and pods with such an address where the universe says which addresses pods
    have."""

    addresses: AddressSet
    text: str


@dataclass(frozen=True, slots=True)
class ExternalPeer:
    """Every address outside the cluster."""


@dataclass(frozen=True, slots=True)
class NodePeer:
    """Processes on nodes."""


Peer = PodPeer | AddressPeer | ExternalPeer | NodePeer

Peers = tuple[Peer, ...] | None
"""Alternatives; None: anything."""


@dataclass(frozen=True, slots=True)
class Never:
    """No connection from `sources` to `destinations` on `ports` may be allowed."""

    sources: Peers = None
    destinations: Peers = None
    ports: Formula = TRUE


@dataclass(frozen=True, slots=True)
class Always:
    """Every connection from `sources` to `destinations` on `ports` must be allowed."""

    sources: Peers = None
    destinations: Peers = None
    ports: Formula = TRUE


@dataclass(frozen=True, slots=True)
class Only:
    """Nothing but `sources` may reach `destinations` on `ports`."""

    sources: Peers = None
    destinations: Peers = None
    ports: Formula = TRUE


@dataclass(frozen=True, slots=True)
class Exactly:
    """`Only` and `Always` at once."""

    sources: Peers = None
    destinations: Peers = None
    ports: Formula = TRUE


@dataclass(frozen=True, slots=True)
class Isolated:
    """For each of `pods`, in each of `directions`, a stage applies that ends in Deny."""

    pods: Peers = None
    directions: frozenset[Direction] = frozenset(Direction)


class LabelOf(StrEnum):
    POD = "pod"
    NAMESPACE = "namespace"


class Unlabelled(StrEnum):
    """What `separate` makes of pods without the key."""

    IGNORE = "ignore"
    """They belong to nobody: their connections are free."""
    OWN = "own"
    """They are a group of their own."""


@dataclass(frozen=True, slots=True)
class Separate:
    """No connection joins two pods with different values of the label `key`."""

    key: str
    label_of: LabelOf
    unlabelled: Unlabelled = Unlabelled.OWN


Claim = Never | Always | Only | Exactly | Isolated | Separate


class PropertySeverity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Property:
    """A named claim. `text`: the claim in one line, as reports show it. `optional`: being vacuous is only worth
    a note."""

    name: str
    claim: Claim
    text: str
    description: str | None = None
    severity: PropertySeverity = PropertySeverity.ERROR
    optional: bool = False
    origin: Origin | None = field(default=None, compare=False, repr=False)
