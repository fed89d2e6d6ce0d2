"""Whose pods fall into a region: the workloads of today."""

from collections.abc import Sequence
from ipaddress import IPv4Address

from msgspec.structs import replace

from verifier.engine.problem.problem import Context
from verifier.engine.region.box import Box
from verifier.engine.results.region import EndRegion
from verifier.ir.endpoint import PODLIKE, Endpoint, Kind, PortSource, Workload, namespace_labels
from verifier.ir.labels import EVERYTHING, Selector, matches
from verifier.ir.network import Intervals, Protocol
from verifier.ir.policy import Direction
from verifier.ir.switches import AFTER, BEFORE, concrete
from verifier.semantics import isolated


def members(box: Box, context: Context) -> tuple[tuple[Workload, ...], tuple[Workload, ...]]:
    """The workloads of today whose pods surely fall into the source of a box, and into its destination."""
    sources = _falling_into(box.source, context, [taken.source for taken in box.excluding])
    there = _falling_into(box.destination, context, [taken.destination for taken in box.excluding])
    if Direction.EGRESS in box.unselected:
        sources = tuple(w for w in sources if _is_free(w, Direction.EGRESS, context))
    if Direction.INGRESS in box.unselected:
        there = tuple(w for w in there if _is_free(w, Direction.INGRESS, context))
    return sources, tuple(w for w in there if _is_named(w, box))


def _is_free(workload: Workload, direction: Direction, context: Context) -> bool:
    """True iff surely no policy isolates the pods of the workload, whatever the open switches are."""
    namespace = context.world.declared[workload.namespace]
    if workload.foreign or namespace.labels is None:
        return False
    kind = Kind.HOSTPOD if workload.host_network else Kind.POD
    pod = Endpoint(kind, _ANY, namespace, workload.labels, workload.named_ports, workload)
    setting = concrete(context.switches, {})
    return not isolated(context.policies, pod, direction, setting, surely=False)


_ANY = IPv4Address("10.244.3.4")
"""Policies do not select pods by their address."""


def _falling_into(end: EndRegion, context: Context, taken: Sequence[EndRegion]) -> tuple[Workload, ...]:
    """The workloads of today whose pods surely fall into one end of a region. taken: ends of what is taken out of it:
    whoever falls into one that says anything may be out, whatever the rest of it says."""
    if end.addresses is not None or end.own is not None:
        return ()
    barred = [gone for gone in taken if gone != EndRegion(gone.kinds)]
    inside = (w for w in context.cluster.workloads if not w.supposed and _falls_into(w, end, context))
    return tuple(w for w in inside if not any(_may_fall_into(w, gone, context) for gone in barred))


def _may_fall_into(workload: Workload, end: EndRegion, context: Context) -> bool:
    """True if a pod of the workload may meet what is said of the end; labels that nobody has said may be any."""
    namespace = context.world.declared[workload.namespace]
    if namespace.labels is None:
        end = replace(end, namespace_selector=EVERYTHING)
    if workload.foreign:
        known = frozenset(line for line in end.pod_selector if line.key in workload.labels)
        end = replace(end, pod_selector=Selector(known))
    return _falls_into(workload, end, context)


def _is_named(workload: Workload, box: Box) -> bool:
    """True iff, of each port name that the box asks for, the workload has ports, all of them in the box and of a
    container that counts under every switch; and, of each that it rules out, not all ports of the box."""
    for written, wanted in box.port_names.items():
        protocol, _, name = written.rpartition("/")
        if name.startswith((BEFORE, AFTER)):
            continue  # whose names count where is for those to say who know both sides
        named = [p for p in workload.named_ports if p.name == name and protocol in ("", p.protocol)]
        if wanted:
            always = all(p.source is PortSource.CONTAINER for p in named)
            if not named or not always or not all(p.port in box.ports.get(p.protocol, Intervals()) for p in named):
                return False
        else:
            numbers = {p: Intervals(tuple((n.port, n.port) for n in named if n.protocol is p)) for p in box.ports}
            if all(p is not Protocol.OTHER and held.is_subset(numbers[p]) for p, held in box.ports.items()):
                return False
    return True


def _falls_into(workload: Workload, end: EndRegion, context: Context) -> bool:
    namespace = context.world.declared[workload.namespace]
    kind = Kind.HOSTPOD if workload.host_network else Kind.POD
    known = namespace.labels is not None or end.namespace_selector == EVERYTHING
    return (
        kind in end.kinds
        and (end.namespaces is None or namespace.name in end.namespaces)
        and namespace.name not in end.not_namespaces
        and known
        and matches(namespace_labels(namespace), end.namespace_selector)
        and matches(workload.labels, end.pod_selector)
        and not (workload.foreign and any(line.key not in workload.labels for line in end.pod_selector))
        and (end.workloads is None or workload.title in end.workloads)
    )


def breadth(box: Box, context: Context) -> int:
    """In how many declared namespaces pods can be at one of its ends, and at the other: how much of today it holds."""
    ends, names = (box.source, box.destination), context.world.declared
    return sum(_holds_pods_of(name, end, context) for end in ends for name in names)


def _holds_pods_of(name: str, end: EndRegion, context: Context) -> bool:
    labels = namespace_labels(context.world.declared[name])
    here = (end.namespaces is None or name in end.namespaces) and name not in end.not_namespaces
    return bool(end.kinds & PODLIKE) and here and matches(labels, end.namespace_selector)
