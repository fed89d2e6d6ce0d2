"""Pods by their labels and their namespace: a peer of a property, a place of a universe."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from verifier.ir.endpoint import Namespace, Workload, namespace_labels
from verifier.ir.freelabels import MAY_ADD
from verifier.ir.labels import EVERYTHING, NAMESPACE_NAME, Labels, Requirement, Selector, matches, satisfies
from verifier.ir.texts import texts_of, told_apart


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


def can_meet(workload: Workload, selector: Selector) -> bool:
    """True iff some of the workload's pods have labels that meet the selector, as far as its controller chooses any, or
    may add some (docs/semantics.md 1.6)."""
    by_key: dict[str, list[Requirement]] = {}
    for requirement in selector:
        by_key.setdefault(requirement.key, []).append(requirement)
    return all(
        _is_looked_into(workload, key, lines)
        or any(all(satisfies({} if v is None else {key: v}, r) for r in lines) for v in _values(workload, key, lines))
        for key, lines in by_key.items()
    )


def _is_looked_into(workload: Workload, key: str, lines: Iterable[Requirement]) -> bool:
    """True iff something is looked for inside of a value that is free only in part: that may well be there."""
    return key in workload.free and not workload.free[key].is_plain and bool(texts_of(lines))


def _values(workload: Workload, key: str, lines: Iterable[Requirement]) -> Iterator[str | None]:
    """The values of a label that the lines can tell apart; None: it is missing."""
    choice = workload.free.get(key, MAY_ADD if workload.foreign else None)
    if key in workload.labels or choice is None:
        yield workload.labels.get(key)
        return
    named = told_apart(lines)
    yield from (value for value in (None, next(choice.others(named)), *sorted(named)) if choice.admits(value))


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
