"""All that the manifests say."""

from msgspec import Struct

from verifier.ir.endpoint import Namespace, Workload
from verifier.ir.node import Node
from verifier.ir.policy import NO_POLICIES, PolicySet


class Cluster(Struct, frozen=True):
    """What a set of manifests declares.

    namespaces: every declared one, sorted by name: those with a Namespace object carry its labels, those known only
        because a policy or a workload lives in them have `labels` None (W8).
    workloads: in the order of namespace, kind, name.
    nodes: those with a Node object, sorted by name; none where the manifests hold no such object.
    """

    namespaces: tuple[Namespace, ...] = ()
    workloads: tuple[Workload, ...] = ()
    policies: PolicySet = NO_POLICIES
    nodes: tuple[Node, ...] = ()


NOTHING = Cluster()
