"""Pods by their labels and their namespace: a peer of a property, a place of a universe."""

from msgspec import Struct

from verifier.ir.endpoint import Namespace, namespace_labels
from verifier.ir.labels import EVERYTHING, NAMESPACE_NAME, Labels, Selector, matches, satisfies


class PodPeer(Struct, frozen=True):
    """Pods whose labels meet `pods`, in the namespaces chosen.

    `names`: in one of these. `namespaces`: in namespaces whose labels meet this selector. Both: in those that meet
    both. Neither (it is bare): in a universe in any namespace, in a property in the declared ones.
    """

    pods: Selector = EVERYTHING
    names: frozenset[str] | None = None
    namespaces: Selector | None = None

    @property
    def is_bare(self) -> bool:
        return self.names is None and self.namespaces is None


def is_one(labels: Labels, namespace: Namespace, peer: PodPeer) -> bool | None:
    """Whether a pod with `labels` in `namespace` is one that the peer describes; None where that hangs on labels of
    the namespace that nobody has said. A bare peer describes pods of any namespace."""
    return is_in(namespace, peer) if matches(labels, peer.pods) else False


def is_in(namespace: Namespace, peer: PodPeer) -> bool | None:
    """Whether `namespace` is one of those that the peer describes, likewise."""
    if peer.names is not None and namespace.name not in peer.names:
        return False
    told = [r for r in peer.namespaces or () if namespace.labels is not None or r.key == NAMESPACE_NAME]
    if not all(satisfies(namespace_labels(namespace), requirement) for requirement in told):
        return False
    return True if peer.namespaces is None or len(told) == len(peer.namespaces.requirements) else None
