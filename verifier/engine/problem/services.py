"""What a Service means where a question names it: its pods, on the ports that these listen on (docs/semantics.md 1.6).

Policies see what a connection through a Service becomes: `port` and the clusterIP never reach them.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from msgspec import Struct

from verifier.engine.problem.declared import World
from verifier.engine.problem.owners import may_have
from verifier.ir.cluster import Cluster
from verifier.ir.endpoint import PODLIKE, PortSource, Workload
from verifier.ir.labels import POD_NAME, Labels, Selector
from verifier.ir.network import PORTS, AddressSet, Intervals, IPAddress
from verifier.ir.policy import (
    AddressIn,
    And,
    Formula,
    Hairpin,
    Havoc,
    KindIn,
    NamespaceIn,
    NamespaceLabels,
    Not,
    Or,
    PodLabels,
    PortIn,
    PortNamed,
    Role,
    SameLabel,
    SameNamespace,
    SameNode,
    SwitchIs,
    WorkloadIn,
)
from verifier.ir.service import Backend, Service, ServicePort

_COUNTS = (PortSource.CONTAINER, PortSource.SIDECAR)
"""Whose names of ports a Service knows: those of containers, and of sidecars (kubernetes PR 127976)."""


class Target(Struct, frozen=True):
    """Where a port of a Service leads to: a port number of the pods of some workloads, or of an address; of whatever
    pods the Service selects where there is neither. number: None where only such pods know which one is called so."""

    port: ServicePort
    number: int | None
    workloads: tuple[Workload, ...] = ()
    address: IPAddress | None = None


def selected(service: Service, world: World) -> tuple[Workload, ...]:
    """The workloads whose pods are surely those of a Service."""
    here = world.by_namespace.get(service.namespace, ())
    return tuple(w for w in here if is_selected(service, w) and not w.supposed.keys() & service.selector.keys())


def perhaps_selected(service: Service, world: World) -> tuple[Workload, ...]:
    """The same with those whose pods are so where their controllers give them labels that nobody has said."""
    here = world.by_namespace.get(service.namespace, ())
    return tuple(w for w in here if is_selected(service, w) or (bool(service.selector) and _may_be(service, w)))


def keys_of(service: Service, world: World) -> frozenset[str]:
    """The keys of labels that tell pods of a Service from others, or from each other."""
    return frozenset(service.selector).union(*(w.labels for w in perhaps_selected(service, world)))


def _may_be(service: Service, workload: Workload) -> bool:
    lacking = [key for key, value in _wanted(service, workload).items() if workload.labels.get(key) != value]
    return all(key not in workload.labels and may_have(workload, key) for key in lacking)


def is_selected(service: Service, workload: Workload) -> bool:
    """True iff the pods of the workload are those of the Service, with the labels that its controller chose."""
    wanted = bool(service.selector) and service.namespace == workload.namespace
    return wanted and _wanted(service, workload).items() <= workload.labels.items()


def _wanted(service: Service, workload: Workload) -> Labels:
    """The labels that a Service asks of the pods of a workload; of one that numbers them not that of one of them."""
    stem = f"{workload.name}-"
    if workload.first is None or not service.selector.get(POD_NAME, "").startswith(stem):
        return service.selector
    return {key: value for key, value in service.selector.items() if key != POD_NAME}


def target_number(port: ServicePort, workload: Workload) -> int | None:
    """The number that a port leads to at the pods of a workload; None where they have no port of that name. Of several
    the first counts."""
    if isinstance(port.target, int):
        return port.target
    mine = (p for p in workload.named_ports if (p.name, p.protocol) == (port.target, port.protocol))
    return next((p.port for p in mine if p.source in _COUNTS), None)


def targets(
    service: Service,
    port: ServicePort,
    world: World,
    pods: Sequence[Workload] | None = None,
    *,
    surely: bool = False,
) -> tuple[Target, ...]:
    """Where a port of a Service leads to, by number; none where nothing of the input is behind it. pods: the workloads
    whose pods are behind it; None: those whose pods surely are. surely: at endpoints, that have a port of its name."""
    if service.external_name is not None:
        return ()
    if not service.selector:
        virtual = world.residents.services  # proxies do not follow an endpoint that is a Service's own address
        found = (b for b in world.backends.get(service.key, ()) if b.address not in virtual)
        return tuple(
            Target(port, number, address=b.address)
            for b in found
            if (number := _of_backend(port, b, surely=surely)) is not None
        )
    pods = selected(service, world) if pods is None else pods
    if not pods:
        return (Target(port, port.target if isinstance(port.target, int) else None),)
    by_number: dict[int, list[Workload]] = {}
    for workload in pods:
        number = target_number(port, workload)
        if number is not None:
            by_number.setdefault(number, []).append(workload)
    return tuple(Target(port, number, tuple(some)) for number, some in sorted(by_number.items()))


def may_lead(service: Service, port: ServicePort, world: World, *, surely: bool = False) -> tuple[Target, ...]:
    """Where it leads to, whichever labels controllers give their pods: also to the port of that name where no workload
    is surely behind the Service. surely: as in `targets`."""
    everyone = perhaps_selected(service, world)
    found = targets(service, port, world, everyone, surely=surely)
    if not everyone or selected(service, world) or isinstance(port.target, int):
        return found
    return (*found, *targets(service, port, world, ()))


def backends(service: Service, world: World) -> tuple[IPAddress, ...]:
    """The addresses of its endpoints."""
    found = (backend.address for backend in world.backends.get(service.key, ()))
    return tuple(dict.fromkeys(address for address in found if address not in world.residents.services))


def _of_backend(port: ServicePort, backend: Backend, *, surely: bool) -> int | None:
    """The number of a port at an endpoint, where that has it: under its name, as proxies look for it, else perhaps the
    one that has none."""
    mine = [p for p in backend.ports if p.protocol is port.protocol]
    names = (port.name,) if surely else (port.name, None)
    found = next((p for name in names for p in mine if p.name == name), None)
    if found is None:
        return None
    return found.port if found.port is not None else port.port


def admits(ports: Formula, port: ServicePort) -> bool:
    """True iff a claim about `ports` is about this port of a Service, by its number or by its name."""
    match ports:
        case And(parts):
            return all(admits(part, port) for part in parts)
        case Or(parts):
            return any(admits(part, port) for part in parts)
        case PortIn(protocol, numbers):
            return protocol is port.protocol and (numbers == PORTS or port.port in numbers)
        case PortNamed(name, protocol):
            return name == port.name and protocol in (None, port.protocol)
        case (
            Not() | KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace()
            | SameNode() | SameLabel() | AddressIn() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            raise ValueError(f"no formula over ports: {ports}")
        case _:
            assert_never(ports)


def hiding(cluster: Cluster) -> tuple[Service, ...]:
    """The Services through which outside clients may come with the address of a node."""
    return tuple(service for service in cluster.services if service.hides_source and service.selector)


def getting_on(services: Iterable[Service]) -> Iterator[str]:
    """What to do about Services that hide who asks."""
    for service in services:
        yield (
            f"{service} may hide the address of who asks: `externalTrafficPolicy: Local` there keeps it, and "
            "`--set external_source=preserved` says that it is kept"
        )


def served(services: Iterable[Service], world: World) -> Formula:
    """Over SUBJECT, the destination: a pod of one of these, on a port that it gets from it."""
    found: list[Formula] = []
    for service in services:
        here = NamespaceIn(Role.SUBJECT, frozenset({service.namespace}))
        pods = And((KindIn(Role.SUBJECT, PODLIKE), here, PodLabels(Role.SUBJECT, Selector.of(service.selector))))
        found += [And((pods, port_formula(t))) for port in service.ports for t in may_lead(service, port, world)]
    return Or(tuple(dict.fromkeys(found)))


def port_formula(target: Target) -> Formula:
    """The connections to the port of a target."""
    protocol = target.port.protocol
    if target.number is None:
        return PortNamed(str(target.port.target), protocol)
    return PortIn(protocol, Intervals(((target.number, target.number),)))


def just(address: IPAddress) -> AddressSet:
    return AddressSet.single(int(address), address.version)


def leads(service: Service, found: Iterable[Target]) -> Iterator[str]:
    """Where each port leads to, in words."""
    told: dict[str, list[str]] = {}
    for target in found:
        if target.number is None:
            told.setdefault(str(target.port), []).append(f"the port `{target.port.target}` of its pods")
            continue
        whose = " and ".join(dict.fromkeys(str(w) for w in target.workloads)) or "its pods"
        whose = str(target.address) if target.address is not None else whose
        told.setdefault(str(target.port), []).append(f"{target.number} of {whose}")
    for port, where in told.items():
        yield f"{service}: {port} goes to {' and '.join(dict.fromkeys(where))}"
