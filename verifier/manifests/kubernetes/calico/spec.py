"""Calico's objects after reading (docs/semantics.md 5)."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from verifier.ir.network import AddressSet, Intervals, Protocol
from verifier.ir.origin import Origin
from verifier.ir.policy import Action, Citation, Direction
from verifier.manifests.kubernetes.calico.selector import Tree

TITLES = {"NetworkPolicy": "Calico NetworkPolicy"}
"""What a kind is called in reports, where that of Kubernetes has its name."""
DEFAULT = "default"
"""The tier of policies that name none."""
LAST = float("inf")
"""The order of what has none."""


class Numbers(Struct, frozen=True):
    """A protocol by its name or number; `known` None: one of those that nobody tells apart (`other_protocols`)."""

    known: Protocol | None
    name: str


class Ports(Struct, frozen=True):
    """Ports by number, and by the names that containers give them."""

    numbers: Intervals
    names: tuple[str, ...]


class Accounts(Struct, frozen=True):
    """Service accounts: of one of these names (none: of any), and whose labels the selector meets."""

    names: tuple[str, ...]
    selector: Tree | None


class Service(Struct, frozen=True):
    namespace: str
    name: str


class Entity(Struct, frozen=True):
    """What a rule asks of one end of the connection; a criterion that is None asks nothing. namespaces: the selector of
    namespaces; `Everything` in it means that there is one, `Nowhere` that there is none."""

    nets: AddressSet | None = None
    not_nets: AddressSet | None = None
    selector: Tree | None = None
    not_selector: Tree | None = None
    namespaces: Tree | None = None
    accounts: Accounts | None = None
    ports: Ports | None = None
    not_ports: Ports | None = None
    service: Service | None = None


ANYBODY = Entity()


class Icmp(Struct, frozen=True):
    kind: int | None
    code: int | None


class Rule(Struct, frozen=True):
    """`action` None: it only logs. families: of the addresses that it can match. http: what it asks of requests, in
    words."""

    action: Action | None
    families: frozenset[int]
    protocol: Numbers | None
    not_protocol: Numbers | None
    icmp: Icmp | None
    not_icmp: Icmp | None
    source: Entity
    destination: Entity
    http: str | None


class Staged(StrEnum):
    """What becomes of a staged policy when it is promoted."""

    SET = "Set"
    DELETE = "Delete"
    LEARN = "Learn"
    IGNORE = "Ignore"


class Spec(Struct, frozen=True):
    """A spec after defaulting. selector: of pods; namespaces, accounts: of their namespaces and service accounts.
    on_pods: it is about pods, once it is in force. staged: what promotion makes of it; None: it is not staged."""

    tier: str
    order: float
    selector: Tree
    namespaces: Tree | None
    accounts: Tree | None
    ingress: tuple[Rule, ...] | None
    egress: tuple[Rule, ...] | None
    on_pods: bool = True
    staged: Staged | None = None

    @property
    def enforced(self) -> bool:
        """True iff it acts on pods."""
        return self.on_pods and self.staged is None

    def rules(self, direction: Direction) -> tuple[Rule, ...] | None:
        """The rules of a direction; None where the policy does not govern it."""
        return self.ingress if direction is Direction.INGRESS else self.egress


class CalicoPolicy(Struct, frozen=True):
    """A NetworkPolicy or GlobalNetworkPolicy (`namespace` None), staged or not, by the name that is written. `origin`
    is the whole object."""

    kind: str
    namespace: str | None
    name: str
    spec: Spec
    origin: Origin

    @property
    def key(self) -> bytes:
        """By what policies of equal order are told (5.1): by the name that the object has in either API."""
        kind, namespace, name = self.identity
        return f"{name}/{namespace or ''}/{kind}".encode()

    @property
    def identity(self) -> tuple[str, str | None, str]:
        """That of the object, whose name in the tier `default` may be stored with the tier in front."""
        stored = f"{DEFAULT}." if self.spec.tier == DEFAULT else ""
        return self.kind, self.namespace, self.name.removeprefix(stored)

    @property
    def citation(self) -> Citation:
        order = "no order" if self.spec.order == LAST else f"order {self.spec.order:g}"
        title = TITLES.get(self.kind, self.kind)
        return Citation(title, self.namespace, self.name, None, self.origin.child("spec", "selector"), order)


class CalicoTier(Struct, frozen=True):
    """A tier. end: what it does with what none of its policies matches, of pods that one of them selects."""

    name: str
    order: float
    end: Action
    origin: Origin | None = None

    @property
    def citation(self) -> Citation:
        return Citation("Tier", None, self.name, None, self.origin)


class NamedPort(Struct, frozen=True):
    """A port that a HostEndpoint names."""

    name: str
    protocol: Protocol
    port: int


class NetworkSet(Struct, frozen=True):
    """Addresses with labels: a NetworkSet, a GlobalNetworkSet or a HostEndpoint (of none, `namespace` None), which may
    name ports."""

    kind: str
    namespace: str | None
    name: str
    labels: Mapping[str, str]
    addresses: AddressSet
    origin: Origin
    ports: tuple[NamedPort, ...] = ()

    @property
    def citation(self) -> Citation:
        return Citation(self.kind, self.namespace, self.name, None, self.origin)


class ServiceAccount(Struct, frozen=True):
    namespace: str
    name: str
    labels: Mapping[str, str]
    origin: Origin
