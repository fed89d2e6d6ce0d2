"""Objects that both sides of a comparison have, whoever controls them on either."""

from collections.abc import Hashable, Iterable

from msgspec.structs import replace

from verifier.ir.cluster import Cluster
from verifier.ir.endpoint import Workload


def standing_on_both(old: Cluster, new: Cluster) -> tuple[Cluster, Cluster]:
    """Both sides, where what a workload controls stands for itself, too, if an object of its kind, namespace and name
    is on the other side and makes other pods there.

    Else its pods would be gone, and others new, as soon as one side says an owner: what opens for them, opens.
    """
    if not (old.owned or new.owned) or (old.owned is new.owned and old.workloads is new.workloads):
        return old, new
    before, after = (_pods_of((*side.workloads, *side.owned)) for side in (old, new))
    differing = {key for key in before.keys() & after.keys() if before[key] != after[key]}
    return _standing(old, differing), _standing(new, differing)


def _standing(side: Cluster, keys: set[Hashable]) -> Cluster:
    mine = [workload for workload in side.owned if _key(workload) in keys and workload not in side.workloads]
    if not mine:
        return side
    workloads = sorted((*side.workloads, *mine), key=lambda w: (w.namespace, w.kind, w.name))
    return replace(side, workloads=tuple(workloads))


def _pods_of(workloads: Iterable[Workload]) -> dict[Hashable, list[tuple[object, ...]]]:
    found: dict[Hashable, list[tuple[object, ...]]] = {}
    for w in workloads:
        pods = w.labels, w.free, w.foreign, w.first, w.named_ports, w.host_network
        if pods not in (known := found.setdefault(_key(w), [])):
            known.append(pods)
    return found


def _key(workload: Workload) -> Hashable:
    return workload.kind, workload.namespace, workload.name
