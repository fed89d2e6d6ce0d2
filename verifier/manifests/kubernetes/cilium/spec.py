"""Cilium policies after reading (docs/semantics.md 6.1, 6.2)."""

from msgspec import Struct

from verifier.ir.labels import Labels, Operator, Selector
from verifier.ir.network import AddressSet, Protocol
from verifier.ir.origin import Origin, Path
from verifier.ir.policy import Citation, Direction

NAMESPACED = "CiliumNetworkPolicy"
CLUSTERWIDE = "CiliumClusterwideNetworkPolicy"
GROUP = "CiliumCIDRGroup"
ANY = "any"
K8S = "k8s"
RESERVED = "reserved"

NAMESPACE_KEY = "io.kubernetes.pod.namespace"
"""The label of a pod that carries the name of its namespace."""
NAMESPACE_LABELS = "io.cilium.k8s.namespace.labels."
"""What the keys begin with under which a pod has the labels of its namespace."""
ACCOUNT_KEY = "io.cilium.k8s.policy.serviceaccount"
CLUSTER_KEY = "io.cilium.k8s.policy.cluster"


class Line(Struct, frozen=True):
    """A requirement on the labels of an identity, of one source or of any. is_label: it stands in `matchLabels`."""

    source: str
    key: str
    operator: Operator
    values: frozenset[str] = frozenset()
    is_label: bool = False

    @property
    def is_of_pods(self) -> bool:
        """True iff it can be about labels that pods have."""
        return self.source in (ANY, K8S)

    @property
    def is_of_namespace(self) -> bool:
        """True iff it speaks of a pod's namespace, so that the own one is no longer implied."""
        return self.is_of_pods and (self.key == NAMESPACE_KEY or self.key.startswith(NAMESPACE_LABELS))


class Identities(Struct, frozen=True):
    """Whoever meets all lines; none: every pod."""

    lines: tuple[Line, ...] = ()


class Block(Struct, frozen=True):
    """Addresses outside."""

    addresses: AddressSet


class Group(Struct, frozen=True):
    """The addresses of the CiliumCIDRGroup of that name, or of those with these labels, but for `holes`."""

    name: str | None
    selector: Selector | None
    holes: AddressSet


class Entity(Struct, frozen=True):
    name: str


class Unknown(Struct, frozen=True):
    """Peers that no manifest lists: `about` says what would. sort: of which member they are. domain: a name that has no
    pattern in it. home: the namespace that Services are of, if it says one."""

    sort: str
    about: str
    domain: str = ""
    home: str = ""


class ServiceName(Struct, frozen=True):
    """What is behind a Service; namespace None: behind each of that name, in whatever namespace."""

    namespace: str | None
    name: str

    @property
    def about(self) -> str:
        where = f"{self.namespace}/" if self.namespace is not None else ""
        return f"what is behind Service `{where}{self.name}`"


Peer = Identities | Block | Group | Entity | ServiceName | Unknown


class Numbers(Struct, frozen=True):
    """Ports from `low` to `high`; protocol None: of TCP, UDP and SCTP."""

    protocol: Protocol | None
    low: int
    high: int


class Named(Struct, frozen=True):
    protocol: Protocol | None
    name: str


Port = Numbers | Named


class Ports(Struct, frozen=True):
    """An item of `toPorts`. ports: empty where the item lists none, which nobody says the meaning of. narrowed: what
    else has to be met, above the ports, in a few words."""

    ports: tuple[Port, ...]
    narrowed: tuple[str, ...] = ()


class Entry(Struct, frozen=True):
    """What matches. peers: each with the path below the entry at which it stands; None: none are given, so that ports
    are open to anybody; an empty one matches nobody. by_address: they are CIDRs. ports: None: none are given. icmps:
    the messages that are meant, where some are given. narrowed: as in `Ports`, for all of it. names: it names domains,
    whose names have to be looked up."""

    peers: tuple[tuple[Path, Peer], ...] | None
    by_address: bool
    ports: tuple[Ports, ...]
    icmps: tuple[str, ...]
    narrowed: tuple[str, ...] = ()
    names: bool = False


class Section(Struct, frozen=True):
    """The entries of `ingress`, `ingressDeny`, `egress` or `egressDeny`, which `name` says."""

    name: str
    direction: Direction
    denies: bool
    entries: tuple[Entry, ...]


class Rule(Struct, frozen=True):
    """`spec`, or an item of `specs`. subject: None for a policy of nodes, which governs no pod. asks: the directions in
    which it asks for a default deny."""

    subject: Identities | None
    sections: tuple[Section, ...]
    asks: frozenset[Direction]


class CiliumPolicy(Struct, frozen=True):
    """A CiliumNetworkPolicy, or, without namespace, a CiliumClusterwideNetworkPolicy. rules: each with its path.
    `origin` is the whole object."""

    kind: str
    namespace: str | None
    name: str
    rules: tuple[tuple[Path, Rule], ...]
    origin: Origin

    @property
    def spec(self) -> object:
        """All that two copies have in common."""
        return self.rules

    @property
    def citation(self) -> Citation:
        at = (*self.rules[0][0], "endpointSelector") if self.rules else ()
        return Citation(self.kind, self.namespace, self.name, None, self.origin.child(*at))


class CIDRGroup(Struct, frozen=True):
    name: str
    labels: Labels
    addresses: AddressSet
    origin: Origin

    @property
    def spec(self) -> object:
        """All that two copies have in common."""
        return sorted(self.labels.items()), self.addresses

    @property
    def citation(self) -> Citation:
        return Citation(GROUP, None, self.name, None, self.origin)
