"""What documents declare, kind by kind, in the order of reading."""

from collections import Counter

from msgspec import Struct, field

from verifier.ir.endpoint import Namespace, Workload
from verifier.ir.meshroot import MeshRoot
from verifier.ir.node import Node
from verifier.ir.origin import Origin
from verifier.ir.policy import NewNamespaces
from verifier.ir.service import Backend, Service
from verifier.manifests.kubernetes.calico.objects import CalicoObjects
from verifier.manifests.kubernetes.cilium.spec import CIDRGroup, CiliumPolicy
from verifier.manifests.kubernetes.dialects import Choice, Spoken
from verifier.manifests.kubernetes.istio.spec import MeshPolicy
from verifier.manifests.kubernetes.lowering import Policy
from verifier.manifests.kubernetes.objects import Object
from verifier.manifests.kubernetes.owners import Declared
from verifier.manifests.kubernetes.tiers.spec import TierPolicy


class Collection(Struct):
    """What was declared, in the order of reading. passed_over: how many objects of each kind have no bearing.
    not_understood: what decides about traffic and is not read, where it may be passed over.
    read: the objects that do, as they were written. kustomizations: what kustomize would do with them.
    deployers: what deploys from elsewhere.
    declared: workloads before `finish` says who stands for itself; `workloads` and `owned` are what it says (1.6).
    ended: Pods that have, and `finished`: what they would be if they ran.
    homes: namespaces of workloads, finished ones too. customs: custom resources of which nothing is known.
    mesh_root: as the settings of the mesh have it, and who depends on it; None: nobody.
    spoken: objects that only one plugin reads; `choice` is what `finish` makes of them. calico: of these, those of
    Calico. overwritten: what those are called of which one counts that was read later."""

    policies: list[Policy] = field(default_factory=list)
    tiers: list[TierPolicy] = field(default_factory=list)
    mesh: list[MeshPolicy] = field(default_factory=list)
    mesh_root: MeshRoot | None = None
    nodes: list[Node] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    backends: list[Backend] = field(default_factory=list)
    namespaces: list[Namespace] = field(default_factory=list)
    declared: list[Declared] = field(default_factory=list)
    workloads: list[Workload] = field(default_factory=list)
    owned: list[Workload] = field(default_factory=list)
    ended: list[Declared] = field(default_factory=list)
    finished: list[Workload] = field(default_factory=list)
    customs: list[Object] = field(default_factory=list)
    homes: dict[str, Origin] = field(default_factory=dict)
    passed_over: Counter[str] = field(default_factory=Counter)
    not_understood: list[Object] = field(default_factory=list)
    read: list[Object] = field(default_factory=list)
    kustomizations: list[Object] = field(default_factory=list)
    deployers: list[Object] = field(default_factory=list)
    calico: CalicoObjects = field(default_factory=CalicoObjects)
    cilium: list[CiliumPolicy] = field(default_factory=list)
    cidr_groups: list[CIDRGroup] = field(default_factory=list)
    spoken: list[Spoken] = field(default_factory=list)
    choice: Choice = Choice()
    overwritten: tuple[str, ...] = ()

    def declared_namespaces(self) -> tuple[Namespace, ...]:
        """The namespaces with an object, and those a policy or workload lives in, whose labels nobody has said (W8)."""
        declared = {namespace.name: namespace for namespace in self.namespaces}
        homes: list[tuple[str | NewNamespaces, Origin | None]] = [(p.namespace, p.origin) for p in self.policies]
        homes += [(p.namespace, p.origin) for p in self.cilium if p.namespace is not None]
        homes += [(p.namespace, p.origin) for p in self.mesh]
        homes += self.homes.items()
        homes += self.calico.homes()
        for name, origin in homes:
            if isinstance(name, str) and name not in declared:
                declared[name] = Namespace(name, None, origin=origin)
        return tuple(declared[name] for name in sorted(declared))
