"""What of both sides of a comparison is one and the same: policies, namespaces, workloads."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from typing import Any

from .labels import NAME
from .rules import Cluster, End, Plain, Policy, Workload


def bits(truths: Iterable[bool]) -> int:
    return sum(1 << i for i, true in enumerate(truths) if true)


def _content(policy: Policy) -> tuple[str, Plain, dict[str, list[Plain]]]:
    return policy.namespace, policy.pod_selector, policy.rules


def distinct(policies: list[Policy]) -> list[Policy]:
    kept: list[Policy] = []
    for each in policies:
        if all(_content(each) != _content(other) for other in kept):
            kept.append(each)
    return kept


def of_one_side(policies: list[Policy], side: Cluster, manifests: int) -> int:
    """The policies of one side; those beyond `manifests` come from the universe and are on both."""
    mine = [_content(policy) for policy in side.policies]
    return bits(i >= manifests or _content(policy) in mine for i, policy in enumerate(policies))


def namespaces_of_both(
    old: Cluster, new: Cluster, universe: Plain, *, forgets: bool = False
) -> dict[str, tuple[Any, Any]]:
    """The labels of every declared namespace on either side; None: any. forgets: what only the old side says is not
    known on the new one."""
    listed = (universe.get("namespaces") or {}).get("known") or []
    known = {n["name"]: {**(n.get("labels") or {}), NAME: n["name"]} for n in listed}
    found = {}
    for name in sorted(old.namespaces.keys() | new.namespaces.keys() | known.keys()):
        before, after = (side.namespaces.get(name) or known.get(name) for side in (old, new))
        found[name] = (before or after, after or (None if forgets else before))
    return found


def workload_pairs(
    old: Cluster, new: Cluster
) -> tuple[dict[int, tuple[Workload, Workload]], list[Workload], list[Workload], list[Workload]]:
    """The workloads of both sides as either has them, under the identity of the new one: those of one title are the
    same, whatever network they use; where that is several on a side, those that have the same pods. Together they are
    one pod iff both are. One that only one side has is on both what it is there. Then the new ones, and those that are
    gone: with a namespace, labels, ports and network that no workload of the other side has; and those that are so
    since they turned to hostNetwork, or from it."""
    found = {}
    met: set[int] = set()
    for name in {_name(w) for w in new.workloads}:
        before, after = ([w for w in s.workloads if _name(w) == name] for s in (old, new))
        pairs = list(zip(before, after, strict=False))
        if max(len(before), len(after)) > 1:
            pairs = [(a, b) for a in before for b in after if _pods_of(a) == _pods_of(b)]
        for a, b in pairs:
            pair = tuple(replace(w, single=a.single and b.single) for w in (a, b))
            found[id(pair[1])] = (pair[0], pair[1])
            met |= {id(a), id(b)}
    lone = [[w for w in side.workloads if id(w) not in met] for side in (old, new)]
    for workload in chain(*lone):
        found[id(workload)] = (workload, workload)
    gone, fresh = (
        [w for w in some if all(_pods_of(w) != _pods_of(other) for other in side.workloads)]
        for some, side in zip(lone, (new, old), strict=True)
    )
    turned = [
        after
        for before, after in found.values()
        if before.host_network is not after.host_network
        and (
            all(_pods_of(after) != _pods_of(other) for other in old.workloads)
            or all(_pods_of(before) != _pods_of(other) for other in new.workloads)
        )
    ]
    return found, fresh, gone, turned


def _name(workload: Workload) -> str:
    """What it is called, with its number where it is one pod by that."""
    return workload.title if workload.single or not workload.numbered else workload.title.partition(" (")[0]


def _pods_of(workload: Workload) -> tuple[Any, ...]:
    labels = workload.labels, workload.free, workload.foreign
    return workload.namespace, labels, workload.named, workload.host_network


def named_anew(new: End, old: End) -> End:
    """The endpoint of the new side, called after what only the old one tells of it, too."""
    title = old.title or ""
    if old.made.keys() <= new.made.keys() or "(" not in title:
        return new
    before = title[title.index("(") + 1 : -1]
    return replace(new, told=", ".join(part for part in (new.told, f"before {before}") if part))
