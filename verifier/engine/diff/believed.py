"""What a change says of the world: whose addresses are, of a node, a pod or a Service, on which node what runs,
which Pods have ended, and that its workloads are admitted. Nothing that it deploys makes that true, so a gate takes it
from the base. Which namespace is the root of a mesh is taken from nowhere: sides that differ are not compared there."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from verifier.engine.precheck.located import located
from verifier.errors import Diagnostic, InputError, Severity
from verifier.ir.cluster import NOTHING, Cluster
from verifier.ir.endpoint import Workload
from verifier.ir.meshroot import MeshRoot
from verifier.ir.network import IPAddress

_Facts = tuple[str | None, tuple[IPAddress, ...]]
"""On which node, and at which addresses."""

_TOLD = ("nodes", "workloads", "owned", "services", "backends")


def not_ended(base: Cluster, head: Cluster) -> tuple[Workload, ...]:
    """The Pods that have ended by the word of the head alone: it creates them, and then they run."""
    return tuple(workload for workload in head.finished if workload not in base.finished)


def with_running(head: Cluster, pods: Sequence[Workload]) -> Cluster:
    """The head, in which these of its `finished` run."""
    if not pods:
        return head
    workloads = sorted((*head.workloads, *pods), key=lambda w: (w.namespace, w.kind, w.name))
    return replace(head, workloads=tuple(workloads), finished=tuple(w for w in head.finished if w not in pods))


def unproven(base: Cluster, head: Cluster) -> frozenset[str]:
    """What those workloads of the head are called whose pods are not among those of the base."""
    if head.workloads is base.workloads:
        return frozenset()
    there: dict[str, list[tuple[object, ...]]] = {}
    for workload in base.workloads:
        there.setdefault(workload.namespace, []).append(_pods(workload))
    return frozenset(str(w) for w in head.workloads if _pods(w) not in there.get(w.namespace, ()))


def _pods(workload: Workload) -> tuple[object, ...]:
    """What an admission that knows the invariants of a universe could see of its pods."""
    return workload.labels, workload.free, workload.first, workload.foreign


def told_to_run(pods: Sequence[Workload], base_name: str) -> Iterator[Diagnostic]:
    """One warning about such Pods, at the first of them."""
    if pods:
        more = f" (and {len(pods) - 1} more)" if len(pods) > 1 else ""
        first = pods[0] if pods[0].kind == "Pod" else f"a Pod of {pods[0]}"
        message = f"{first} has ended by its `status.phase` here, which is never applied, and not at {base_name}"
        warning = located(pods[0].origin, "not-finished", f"{message}: it counts as running{more}")
        yield replace(warning, severity=Severity.WARNING)


def refuse_another_root(base: Cluster | None, head: Cluster, base_name: str) -> None:
    """Raises InputError where policies of the head mean one thing by the root namespace that the base has for the mesh,
    and another by its own: nobody says whether a control plane reads the settings that a change brings."""
    roots = (base or head).mesh_root or MeshRoot(), head.mesh_root or MeshRoot()
    found = _apart(*roots, roots[1].homes, base_name, "here")
    if found is not None:
        raise InputError([found])


def told_roots(old: Cluster, new: Cluster) -> Iterator[Diagnostic]:
    """A warning where the sides have different root namespaces for their mesh, and policies live in either."""
    roots = old.mesh_root or MeshRoot(), new.mesh_root or MeshRoot()
    found = _apart(*roots, roots[0].homes | roots[1].homes, "OLD", "in NEW")
    if found is not None and NOTHING not in (old, new):
        yield replace(found, hint=None, severity=Severity.WARNING)


def _apart(old: MeshRoot, new: MeshRoot, homes: frozenset[str], before: str, after: str) -> Diagnostic | None:
    if old.namespace == new.namespace or homes.isdisjoint((old.namespace, new.namespace)):
        return None
    said = new.said_by or old.said_by
    message = f"the root namespace of the mesh is `{new.namespace}` {after}, and `{old.namespace}` in {before}"
    hint = "policies of the mesh in either mean something else then: bring the settings first, before any live there"
    return located(None if said is None else said.origin, "root-namespace", message, hint)


def as_base_says(base: Cluster, head: Cluster) -> Cluster | None:
    """The head with the Nodes of the base, and with what that says of its pods, of the clusterIPs of its Services and
    of whose the addresses behind them are; None: the head says the same itself."""
    if all(getattr(base, part) is getattr(head, part) for part in _TOLD):
        return None
    facts: dict[str, list[_Facts]] = {}
    for workload in (*base.workloads, *base.owned):
        facts.setdefault(workload.title, []).append((workload.node, workload.addresses))

    def told(workload: Workload) -> Workload:
        known = facts.get(workload.title, [(None, ())])
        mine = (workload.node, workload.addresses)
        node, addresses = mine if mine in known else known[0]
        return replace(workload, node=node, addresses=addresses)

    virtual: dict[tuple[str, str], tuple[IPAddress, ...]] = {s.key: s.addresses for s in base.services}
    owners = {(b.key, b.address, b.target) for b in base.backends}
    found = replace(
        head,
        nodes=base.nodes,
        workloads=tuple(map(told, head.workloads)),
        owned=tuple(map(told, head.owned)),
        services=tuple(replace(s, addresses=virtual.get(s.key, ())) for s in head.services),
        backends=tuple(
            b if (b.key, b.address, b.target) in owners else replace(b, target=None, believed=False)
            for b in head.backends
        ),
    )
    same = all(getattr(found, part) == getattr(head, part) for part in _TOLD)
    return None if same else found
