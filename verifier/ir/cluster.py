"""All that the manifests say."""

from msgspec import Struct

from verifier.ir.endpoint import Namespace, Workload
from verifier.ir.policy import NO_POLICIES, PolicySet


class Cluster(Struct, frozen=True):
    """What a set of manifests declares.

    namespaces: every declared one, sorted by name: those with a Namespace object carry its labels, those known only
        because a policy or a workload lives in them have `labels` None (W8).
    workloads: in the order of namespace, kind, name. Those of one name are variants: what is known of its pods.
    owned: objects that a workload controls, whose pods are among its variants; only to be named.
    """

    namespaces: tuple[Namespace, ...] = ()
    workloads: tuple[Workload, ...] = ()
    policies: PolicySet = NO_POLICIES
    owned: tuple[Workload, ...] = ()


NOTHING = Cluster()
