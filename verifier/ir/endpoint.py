"""Namespaces, workloads, endpoints and connections (docs/semantics.md 1.1)."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field
from msgspec.structs import replace

from verifier.ir.freelabels import Choice
from verifier.ir.labels import DEFAULT_ACCOUNT, NAMESPACE_NAME, POD_NAME, SERVICE_ACCOUNT, Labels
from verifier.ir.network import IPAddress, Protocol
from verifier.ir.origin import Origin


class Kind(StrEnum):
    """The sort of an endpoint."""

    POD = "pod"
    HOSTPOD = "hostpod"
    """A pod with hostNetwork: true."""
    NODE = "node"
    """A process on a node that is not a pod."""
    EXTERNAL = "external"


PODLIKE = frozenset({Kind.POD, Kind.HOSTPOD})
"""Pods, whatever network they use."""

NODELIKE = frozenset({Kind.NODE, Kind.HOSTPOD})
"""What has the address of its node."""


class PortSource(StrEnum):
    """Which kind of container declares a port (switch `named_port_source`)."""

    CONTAINER = "container"
    SIDECAR = "sidecar"
    """An init container with restartPolicy: Always."""
    INIT = "init"


class NamedPort(Struct, frozen=True):
    """A container port that has a name."""

    name: str
    protocol: Protocol
    port: int
    source: PortSource = PortSource.CONTAINER


class Namespace(Struct, frozen=True):
    """A namespace. `labels` are exact, `kubernetes.io/metadata.name` included (W2); None: nobody has said them (W8).

    `unnamed`: one of those that stand for all that nobody mentions. `new`: neither declared nor named by a policy, a
    property or the universe, so that `newNamespacesGet` of a universe applies to it; an unnamed one always is.
    """

    name: str
    labels: Labels | None = None
    unnamed: bool = False
    origin: Origin | None = None
    new: bool = False

    def __hash__(self) -> int:
        return hash((self.name, self.unnamed))

    @property
    def declaration(self) -> Origin | None:
        """What says which labels it has; None where only objects live in it, whose `origin` is the first of them and
        has nothing to do with most of what happens there."""
        return self.origin if self.labels is not None else None


def namespace_labels(namespace: Namespace) -> Labels:
    """The labels as the API server keeps them: the name is always one of them (W2)."""
    return {**(namespace.labels or {}), NAMESPACE_NAME: namespace.name}


WORKLOADS = (
    "Pod", "CronJob", "DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet",
)  # fmt: skip
"""The kinds of objects that make pods, and pods."""


class Workload(Struct, frozen=True):
    """A Pod, or a controller whose template stands for any number of equal pods (`replicas` is not read).

    `named_ports` are in manifest order, containers first, then init containers. `node`: the name of the node that its
    pods run on (`spec.nodeName`). `addresses`: those that its status says it has; with hostNetwork, those of its node.
    `single`: it can never be more than one pod, so that it has no other pod of its own to talk to (W5); else `node` and
    `addresses` of a Pod are true of one of its pods.
    `labels` are those of the template and those that the controller surely adds. `first`: pods are numbered from there,
    and have labels that say the number (1.6). `which`: only those of its pods, as a selector;
    `numbered`: by their number, so that `addresses` are those of some pod of the controller. `foreign`: of a
    kind that is not known, whose controller may give the pods labels that nobody has said.
    `free`: labels whose values its controller chooses. `chosen`: of those pods only for which these were chosen so
    (None: they have no such label). `supposed`: of `chosen` what is needed for a pod to be one of them, and that
    nobody can say; where it is empty, such pods surely can be. `besides`: what else its pods carry that policies ask
    for, under keys that no label can have; where one does, it stands among the labels.
    """

    kind: str
    namespace: str
    name: str
    labels: Labels = field(default_factory=dict)
    named_ports: tuple[NamedPort, ...] = ()
    host_network: bool = False
    service_account: str = DEFAULT_ACCOUNT
    origin: Origin | None = None
    labels_origin: Origin | None = None
    node: str | None = None
    addresses: tuple[IPAddress, ...] = ()
    single: bool = False
    first: int | None = None
    which: str = ""
    numbered: bool = False
    foreign: bool = False
    free: Mapping[str, Choice] = field(default_factory=dict)
    chosen: Mapping[str, str | None] = field(default_factory=dict)
    supposed: Labels = field(default_factory=dict)
    besides: Labels = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((self.kind, self.namespace, self.name, self.named_ports, self.host_network, self.which))

    def with_account(self) -> "Workload":
        """The same with its service account as a label."""
        return replace(self, labels={**self.labels, SERVICE_ACCOUNT: self.service_account})

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"

    @property
    def one_pod(self) -> tuple[str | None, ...] | None:
        """Which pod it is, if it can never be more than one: however labels are chosen, it is that pod."""
        return (self.kind, self.namespace, self.name, self.labels.get(POD_NAME)) if self.single else None

    def is_just(self, other: "Workload | None") -> bool:
        """True iff both are one and the same pod, which has no other of its own to talk to (W5)."""
        return other is not None and self.one_pod is not None and self.one_pod == other.one_pod

    @property
    def title(self) -> str:
        """What it is called where only some of its pods are meant, too."""
        return f"{self} ({self.which})" if self.which else str(self)


class Endpoint(Struct, frozen=True):
    """One end of a concrete connection. Pods have a namespace whose labels are known; `address` is of the
    connection's family. `workload`: whose pod it is; what it is does not hang on that. `address_of`: whose address it
    is, where the input says, as a node or a workload is called."""

    kind: Kind
    address: IPAddress
    namespace: Namespace | None = None
    labels: Labels = field(default_factory=dict)
    named_ports: tuple[NamedPort, ...] = ()
    workload: Workload | None = None
    address_of: str | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Endpoint) and self._told == other._told

    def __hash__(self) -> int:
        return hash((self.kind, self.address, self.namespace, self.named_ports))

    @property
    def is_hypothetical(self) -> bool:
        """True iff it is a pod that no workload of the input describes."""
        return self.kind in PODLIKE and self.workload is None

    @property
    def _told(self) -> tuple[object, ...]:
        return self.kind, self.address, self.namespace, self.labels, self.named_ports


class Connection(Struct, frozen=True):
    """A connection that is being opened (1.1). `port` is None iff the protocol is OTHER.

    `itself`: source and destination are the same pod. `same_node`: both ends run on the same node. `seen`: the source
    address that ipBlocks see, where it is not the source's own (switch `external_source`).
    """

    source: Endpoint
    destination: Endpoint
    protocol: Protocol
    port: int | None
    same_node: bool = False
    itself: bool = False
    via_service: bool = False
    seen: IPAddress | None = None


Switches = Mapping[str, str]
"""A full setting of the switches of docs/semantics.md 1.4 that matter: name to value."""
