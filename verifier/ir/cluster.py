"""All that the manifests say."""

from msgspec import Struct
from msgspec.structs import replace

from verifier.ir.endpoint import Namespace, Workload
from verifier.ir.meshroot import MeshRoot
from verifier.ir.node import Node
from verifier.ir.origin import Origin
from verifier.ir.policy import NO_POLICIES, Citation, PolicySet
from verifier.ir.profiles import ASSUMED
from verifier.ir.prose import listed
from verifier.ir.service import Backend, Service

LAST_COUNTS = "of objects of one name that differ only the last one read counts"
LEFT_OUT = "nothing is deployed of what is left out on purpose"
_MOST = 4
"""Objects that are named before the rest is only counted."""


class PassedOver(Struct, frozen=True):
    """An object that decides about traffic and that nobody here understands. group: that of its kind. name: `ns/name`,
    as far as it says so; may be empty. says: all that it says, so that two are equal iff they say the same.
    unlisted_by: it is no object, but all those of the kind, which a live cluster of this name did not list, whether
    they decide about traffic or say something about the cluster that is needed for it."""

    group: str
    kind: str
    name: str
    says: str
    origin: Origin | None = None
    unlisted_by: str | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".rstrip()


class Cluster(Struct, frozen=True):
    """What a set of manifests declares.

    namespaces: every declared one, sorted by name: those with a Namespace object carry its labels, those known only
        because a policy or a workload lives in them have `labels` None (W8).
    workloads: in the order of namespace, kind, name. Those of one name are variants: what is known of its pods.
    nodes: those with a Node object, sorted by name; none where the manifests hold no such object.
    passed_over: what decides about traffic besides, and is not in `policies`, sorted by what it is called; of one name
        in the order of reading, since on a cluster the last counts. Where there is any, nothing is known about the
        whole cluster.
    owned: objects that a workload controls, whose pods are among its variants; only to be named.
    services: sorted by namespace and name. backends: what stands behind them, in the order of reading.
    finished: what Pods that have ended would be beside `workloads` if they ran; their status says that they are nobody.
    unproven: what workloads are called of which nobody knows yet whether the cluster admits them: by the invariants of
        a universe nothing follows from these.
    customs: what custom resources without a pod template are called, sorted; an operator may make pods for them.
    asks_accounts: policies ask for the service accounts of pods, which workloads then carry as a label
        (`verifier.ir.labels.SERVICE_ACCOUNT`).
    profile: the profile that somebody named, or that chose itself from the objects; None: neither.
    chosen_for: the object from which it chose itself; None where somebody named it.
    left_out: files and directories that nobody looked into on purpose, as they are cited.
    overwritten: what objects are called of which another one counts that was read later.
    mesh_root: the root namespace of the mesh; None where no policy of a mesh is, and nobody names it.
    """

    namespaces: tuple[Namespace, ...] = ()
    workloads: tuple[Workload, ...] = ()
    policies: PolicySet = NO_POLICIES
    nodes: tuple[Node, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    owned: tuple[Workload, ...] = ()
    services: tuple[Service, ...] = ()
    backends: tuple[Backend, ...] = ()
    customs: tuple[str, ...] = ()
    finished: tuple[Workload, ...] = ()
    unproven: frozenset[str] = frozenset()
    asks_accounts: bool = False
    profile: str | None = None
    chosen_for: Citation | None = None
    overwritten: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    mesh_root: MeshRoot | None = None

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What every answer about the cluster rests on: that a profile chose itself, how its plugin is set up, which
        namespace is the root of the mesh, that what was read last counts where objects of one name differ, and that
        what was left out is nowhere."""
        chose = () if self.chosen_for is None else (f"profile {self.profile}, since the input holds {self.chosen_for}",)
        last = f"{LAST_COUNTS}: {listed(self.overwritten, _MOST)}"
        without = f"{LEFT_OUT}: {listed(self.left_out, _MOST)}"
        plugin = tuple(f"{self.profile}: {text}" for text in ASSUMED.get(self.profile or "", ()))
        root = () if self.mesh_root is None else self.mesh_root.assumptions
        return (*chose, *plugin, *root, *((last,) if self.overwritten else ()), *((without,) if self.left_out else ()))

    def count_workloads(self) -> int:
        """How many workloads there are; the variants of one name are one."""
        return len({(each.kind, each.namespace, each.name) for each in self.workloads})

    def with_accounts(self) -> "Cluster":
        """The same where workloads carry their accounts."""
        if self.asks_accounts or self == NOTHING:
            return self
        workloads, owned, finished = (
            tuple(map(Workload.with_account, some)) for some in (self.workloads, self.owned, self.finished)
        )
        return replace(self, workloads=workloads, owned=owned, finished=finished, asks_accounts=True)


NOTHING = Cluster()
