"""Whose the addresses behind Services are: a Pod that an endpoint names has its address, whether or not the Pod's own
status says so (docs/semantics.md 1.6)."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec.structs import replace

from verifier.ir.endpoint import Workload
from verifier.ir.network import IPAddress
from verifier.ir.service import Backend, Service
from verifier.manifests.kubernetes.owners import Declared


def attributed(
    declared: Sequence[Declared], services: Iterable[Service], backends: Iterable[Backend]
) -> list[Declared]:
    """The workloads, with the addresses of endpoints that are a Pod's: its own, where it is in the input; else those of
    the pods of each controller that the Service selects."""
    pods = {(d.workload.namespace, d.workload.name) for d in declared if d.workload.kind == "Pod"}
    selecting = tuple(service for service in services if service.selector)
    keys = {service.key for service in selecting}
    own: dict[tuple[str, str], list[IPAddress]] = {}
    strange: dict[tuple[str, str], list[IPAddress]] = {}
    for backend in backends:
        if backend.target is None or backend.target[0] != "Pod":
            continue
        key = (backend.namespace, backend.target[1])
        if key in pods:
            own.setdefault(key, []).append(backend.address)
        elif backend.key in keys:
            strange.setdefault(backend.key, []).append(backend.address)
    if not own and not strange:
        return list(declared)
    by_namespace: dict[str, list[Service]] = {}
    for service in selecting:
        if service.key in strange:
            by_namespace.setdefault(service.namespace, []).append(service)
    return [replace(d, workload=_with(d.workload, own, strange, by_namespace)) for d in declared]


def _with(
    workload: Workload,
    own: Mapping[tuple[str, str], Sequence[IPAddress]],
    strange: Mapping[tuple[str, str], Sequence[IPAddress]],
    services: Mapping[str, Sequence[Service]],
) -> Workload:
    if workload.kind == "Pod":
        more = own.get((workload.namespace, workload.name), ())
        told = {address.version for address in workload.addresses}
        more = [address for address in more if address.version not in told]
    elif workload.host_network:
        more = ()
    else:
        mine = services.get(workload.namespace, ())
        selecting = (s for s in mine if s.selector.items() <= workload.labels.items())
        more = [address for service in selecting for address in strange[service.key]]
    return replace(workload, addresses=tuple(dict.fromkeys((*workload.addresses, *more)))) if more else workload
