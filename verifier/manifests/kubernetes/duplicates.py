"""Objects of one kind, namespace and name that are declared more than once (docs/semantics.md 3.7)."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from verifier.errors import Diagnostic, Severity
from verifier.ir.endpoint import Namespace, Workload
from verifier.ir.network import IPAddress
from verifier.ir.node import Node
from verifier.ir.origin import Origin
from verifier.ir.service import Service
from verifier.manifests.kubernetes.cilium.spec import CIDRGroup, CiliumPolicy
from verifier.manifests.kubernetes.istio.spec import MeshPolicy
from verifier.manifests.kubernetes.lowering import Policy
from verifier.manifests.kubernetes.owners import Declared
from verifier.manifests.kubernetes.tiers.spec import TierPolicy

_Thing = TypeVar("_Thing", Policy, TierPolicy, MeshPolicy, Namespace, Declared, Node, Service, CiliumPolicy, CIDRGroup)
_Whole = TypeVar("_Whole", CiliumPolicy, CIDRGroup)

_OVERWRITES = "on a cluster the second overwrites the first: load variants apart, or give them different names"


def distinct_policies(policies: Sequence[Policy]) -> tuple[list[Policy], list[Diagnostic]]:
    """The policies without copies; two that differ are an error."""
    groups = _grouped(policies, lambda p: None if p.name.endswith("*") else (p.namespace, p.name))
    found = [
        _twice(str(other.citation), other.origin, first.origin, is_copy=first.spec == other.spec)
        for first, *others in groups
        for other in others
    ]
    return [group[0] for group in groups], found


def distinct_tiers(policies: Sequence[TierPolicy]) -> tuple[list[TierPolicy], list[Diagnostic]]:
    """The cluster-scoped policies without copies; two that differ are an error."""
    groups = _grouped(policies, lambda p: None if p.name.endswith("*") else (p.kind, p.name))
    found = [
        _twice(str(other.citation), other.origin, first.origin, is_copy=first.spec == other.spec)
        for first, *others in groups
        for other in others
    ]
    return [group[0] for group in groups], found


def distinct_objects(given: Sequence[_Whole]) -> tuple[list[_Whole], list[Diagnostic]]:
    """The objects without copies; two that differ are an error."""
    groups = _grouped(given, lambda each: None if each.name.endswith("*") else str(each.citation))
    found = [
        _twice(str(other.citation), other.origin, first.origin, is_copy=first.spec == other.spec)
        for first, *others in groups
        for other in others
    ]
    return [group[0] for group in groups], found


def distinct_of_mesh(policies: Sequence[MeshPolicy]) -> tuple[list[MeshPolicy], list[Diagnostic]]:
    """The policies of a mesh without copies; two that differ are an error."""
    groups = _grouped(policies, lambda p: None if p.name.endswith("*") else (type(p), p.namespace, p.name))
    found = [
        _twice(str(other.citation), other.origin, first.origin, is_copy=first.says == other.says)
        for first, *others in groups
        for other in others
    ]
    return [group[0] for group in groups], found


def distinct_nodes(nodes: Sequence[Node]) -> tuple[list[Node], list[Diagnostic]]:
    """The nodes without copies, in the order of their names; two that differ are an error."""
    groups = _grouped(nodes, lambda n: n.name)
    found = [
        _twice(f"Node {other.name}", other.origin, first.origin, is_copy=first == other)
        for first, *others in groups
        for other in others
    ]
    return sorted((group[0] for group in groups), key=lambda n: n.name), found


def distinct_services(services: Sequence[Service]) -> tuple[list[Service], list[Diagnostic]]:
    """The Services without copies, in the order of their names; of those that differ all are kept."""
    groups = _grouped(services, lambda s: None if s.name.endswith("*") else s.key)
    kept, found = [], []
    for first, *others in groups:
        variants = [first]
        for other in others:
            if other in variants:
                found.append(_twice(str(other), other.origin, first.origin, is_copy=True))
                continue
            variants.append(other)
            message = f"{other} stands at {_place(first.origin)} too, with another meaning; both count as possible"
            found.append(_at(other.origin, "duplicate-object", message, severity=Severity.NOTE))
        kept += sorted(variants, key=lambda s: repr((sorted(s.selector.items()), s.ports, s.addresses, s.headless)))
    return sorted(kept, key=lambda s: s.key), found


def shared_services(services: Iterable[Service]) -> list[Diagnostic]:
    """Warnings about Services that have the clusterIP of another one: it may be either's."""
    first: dict[IPAddress, Service] = {}
    found = []
    for service in services:
        for address in service.addresses:
            other = first.setdefault(address, service)
            if other.key != service.key:
                message = f"{service} has the clusterIP {address}, as {other} has at {_place(other.origin)}"
                found.append(_at(service.origin, "address-twice", f"{message}: it may be that of either"))
    return found


def distinct_namespaces(namespaces: Sequence[Namespace]) -> tuple[list[Namespace], list[Diagnostic]]:
    """The namespaces without copies; two whose labels differ are an error."""
    groups = _grouped(namespaces, lambda n: n.name)
    found = [
        _twice(f"Namespace {other.name}", other.origin, first.origin, is_copy=first.labels == other.labels)
        for first, *others in groups
        for other in others
    ]
    return [group[0] for group in groups], found


def distinct_workloads(workloads: Sequence[Declared]) -> tuple[list[Declared], list[Diagnostic]]:
    """The workloads without copies; of those that differ all are kept."""
    groups = _grouped(workloads, _own_name)
    kept, found = [], []
    for first, *others in groups:
        variants = [first]
        for other in others:
            mine, its = first.workload, other.workload
            if other in variants:
                found.append(_twice(str(its), its.origin, mine.origin, is_copy=True))
            else:
                variants.append(other)
                found.append(_variant(its, mine))
        kept += variants
    return kept, found


def _own_name(declared: Declared) -> Hashable:
    workload = declared.workload
    return None if workload.name.endswith("*") else (workload.namespace, workload.kind, workload.name)


def in_order(workloads: Iterable[Workload]) -> list[Workload]:
    """The workloads in the order of namespace, kind and name."""
    return sorted(workloads, key=_order)


def _order(workload: Workload) -> tuple[str, ...]:
    rest = (sorted(workload.labels.items()), workload.named_ports, workload.host_network, workload.service_account)
    return (workload.namespace, workload.kind, workload.name, repr(rest))


def shared_addresses(workloads: Iterable[Workload]) -> list[Diagnostic]:
    """Warnings about pods of the pod network that have the address of another one: it may be either's (1.6)."""
    first: dict[IPAddress, Workload] = {}
    found = []
    for workload in (w for w in workloads if not w.host_network):
        for address in workload.addresses:
            other = first.setdefault(address, workload)
            if str(other) != str(workload):
                message = f"{workload} has the address {address}, as {other} has at {_place(other.origin)}"
                found.append(_at(workload.origin, "address-twice", f"{message}: it may be that of either"))
    return found


def _grouped(things: Sequence[_Thing], key: Callable[[_Thing], Hashable]) -> list[list[_Thing]]:
    """The things of one key together, in the order of the first; a thing whose key is None stands alone."""
    groups: dict[Hashable, list[_Thing]] = {}
    for thing in things:
        name = key(thing)
        groups.setdefault(id(thing) if name is None else name, []).append(thing)
    return list(groups.values())


def _twice(what: str, second: Origin | None, first: Origin | None, *, is_copy: bool) -> Diagnostic:
    if is_copy:
        return _at(second, "duplicate-object", f"{what} stands at {_place(first)} too, with the same meaning")
    message = f"{what} stands at {_place(first)} too, with another meaning"
    return _at(second, "duplicate-object", message, _OVERWRITES, Severity.ERROR)


def _variant(second: Workload, first: Workload) -> Diagnostic:
    message = f"{second} stands at {_place(first.origin)} too, with other pods; both count as possible"
    return _at(second.origin, "duplicate-object", message, severity=Severity.NOTE)


def _place(origin: Origin | None) -> str:
    return "another place" if origin is None else str(origin.child("metadata", "name").position)


def _at(
    origin: Origin | None, code: str, message: str, hint: str | None = None, severity: Severity = Severity.WARNING
) -> Diagnostic:
    if origin is None:
        return Diagnostic(code, message, hint=hint, severity=severity)
    place = origin.child("metadata", "name").position
    return Diagnostic(code, message, place.file, place.line, place.column, hint, severity)
