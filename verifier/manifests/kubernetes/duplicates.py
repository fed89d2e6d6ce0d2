"""Objects of one kind, namespace and name that are declared more than once (docs/semantics.md 3.7)."""

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

from verifier.errors import Diagnostic, Severity
from verifier.ir.endpoint import Namespace, Workload
from verifier.ir.network import IPAddress
from verifier.ir.node import Node
from verifier.ir.service import Service
from verifier.manifests.kubernetes.cilium.spec import CIDRGroup, CiliumPolicy
from verifier.manifests.kubernetes.defaulted import filled_in
from verifier.manifests.kubernetes.istio.spec import MeshPolicy
from verifier.manifests.kubernetes.lowering import Policy
from verifier.manifests.kubernetes.owners import Declared
from verifier.manifests.kubernetes.settling import CODE, Settling, at, copy, grouped, place_of
from verifier.manifests.kubernetes.tiers.spec import TierPolicy

_Whole = TypeVar("_Whole", CiliumPolicy, CIDRGroup)


def distinct_policies(policies: Sequence[Policy], settling: Settling) -> tuple[list[Policy], list[Diagnostic]]:
    """The policies without copies."""
    kept, found = settling.each_once(policies, _policy_name, lambda p: p.spec, lambda p: (str(p.citation), p.origin))
    return kept, [*found, *(filled_in(policies, _policy_name, "policyTypes") if settling.last else ())]


def _policy_name(policy: Policy) -> Hashable:
    return None if policy.name.endswith("*") else (policy.namespace, policy.name)


def distinct_tiers(policies: Sequence[TierPolicy], settling: Settling) -> tuple[list[TierPolicy], list[Diagnostic]]:
    """The cluster-scoped policies without copies."""
    return settling.each_once(
        policies,
        lambda p: None if p.name.endswith("*") else (p.kind, p.name),
        lambda p: p.spec,
        lambda p: (str(p.citation), p.origin),
    )


def distinct_objects(given: Sequence[_Whole], settling: Settling) -> tuple[list[_Whole], list[Diagnostic]]:
    """The objects without copies."""
    return settling.each_once(
        given,
        lambda each: None if each.name.endswith("*") else str(each.citation),
        lambda each: each.spec,
        lambda each: (str(each.citation), each.origin),
    )


def distinct_of_mesh(policies: Sequence[MeshPolicy], settling: Settling) -> tuple[list[MeshPolicy], list[Diagnostic]]:
    """The policies of a mesh without copies."""
    return settling.each_once(
        policies,
        lambda p: None if p.name.endswith("*") else (type(p), p.namespace, p.name),
        lambda p: p.says,
        lambda p: (str(p.citation), p.origin),
    )


def distinct_nodes(nodes: Sequence[Node], settling: Settling) -> tuple[list[Node], list[Diagnostic]]:
    """The nodes without copies, in the order of their names."""
    kept, found = settling.each_once(nodes, lambda n: n.name, lambda n: n, lambda n: (f"Node {n.name}", n.origin))
    return sorted(kept, key=lambda n: n.name), found


def distinct_namespaces(
    namespaces: Sequence[Namespace], settling: Settling
) -> tuple[list[Namespace], list[Diagnostic]]:
    """The namespaces without copies; those differ whose labels do."""
    return settling.each_once(
        namespaces, lambda n: n.name, lambda n: n.labels, lambda n: (f"Namespace {n.name}", n.origin)
    )


def distinct_services(services: Sequence[Service], settling: Settling) -> tuple[list[Service], list[Diagnostic]]:
    """The Services without copies, in the order of their names; of those that differ all are kept, unless the last
    counts."""
    kept: list[Service] = []
    found: list[Diagnostic] = []
    for group in grouped(services, lambda s: None if s.name.endswith("*") else s.key):
        first, others = settling.chosen(group, lambda s: s, lambda s: (str(s), s.origin), found)
        variants = [first]
        for other in others:
            if other in variants:
                found.append(copy(str(other), other.origin, first.origin))
                continue
            variants.append(other)
            message = f"{other} stands at {place_of(first.origin)} too, with another meaning; both count as possible"
            found.append(at(other.origin, CODE, message, severity=Severity.NOTE))
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
                message = f"{service} has the clusterIP {address}, as {other} has at {place_of(other.origin)}"
                found.append(at(service.origin, "address-twice", f"{message}: it may be that of either"))
    return found


def distinct_workloads(workloads: Sequence[Declared], settling: Settling) -> tuple[list[Declared], list[Diagnostic]]:
    """The workloads without copies; of those that differ all are kept, unless the last counts."""
    kept: list[Declared] = []
    found: list[Diagnostic] = []
    for group in grouped(workloads, _own_name):
        first, others = settling.chosen(group, lambda d: d, lambda d: (str(d.workload), d.workload.origin), found)
        variants = [first]
        for other in others:
            mine, its = first.workload, other.workload
            if other in variants:
                found.append(copy(str(its), its.origin, mine.origin))
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
                message = f"{workload} has the address {address}, as {other} has at {place_of(other.origin)}"
                found.append(at(workload.origin, "address-twice", f"{message}: it may be that of either"))
    return found


def _variant(second: Workload, first: Workload) -> Diagnostic:
    message = f"{second} stands at {place_of(first.origin)} too, with other pods; both count as possible"
    return at(second.origin, CODE, message, severity=Severity.NOTE)
