"""The endpoints of a Service that a rule of Calico names (docs/semantics.md 5.3), by their addresses, as a destination
by their ports too.

What selects pods has these behind it, at their own addresses, and perhaps pods of the host's network, at addresses that
everything on the node has; what is listed for it besides is kept by a controller, so that nobody can say whether it
still is. Behind another Service is what is listed in the input, or nobody can say.
"""

from collections.abc import Iterable, Iterator

from verifier.ir.endpoint import NODELIKE, Kind
from verifier.ir.labels import Selector
from verifier.ir.network import PORTS, AddressSet, Intervals, Protocol
from verifier.ir.policy import (
    AddressIn,
    And,
    Formula,
    Havoc,
    KindIn,
    NamespaceIn,
    Or,
    PodLabels,
    PortIn,
    Role,
    SwitchIs,
)
from verifier.ir.service import Backend, BackendPort, ServicePort
from verifier.ir.service import Service as Known
from verifier.manifests.kubernetes.calico.spec import Service
from verifier.manifests.kubernetes.facts.behind import Behind


def endpoints(named: Service, behind: Behind, role: Role, *, with_ports: bool) -> Formula:
    """Iff the address of the end is one of an endpoint, and the port too, if `with_ports`."""
    unclear = behind.unclear(named.namespace, named.name)
    unknown = Havoc(f"the endpoints of Service `{named.namespace}/{named.name}`{unclear}")
    service = behind.service(named.namespace, named.name)
    if service is None:
        return unknown
    listed = behind.listed(service)
    if service.selector:
        listed = tuple(each for each in listed if each.target is None or each.target[0] != "Pod")
    found = [*_pods(service, unknown, role, with_ports=with_ports)] if service.selector else []
    sure = not service.selector
    found += (_backend(each, unknown, role, with_ports=with_ports, sure=sure and each.ready) for each in listed)
    return found[0] if len(found) == 1 else Or(tuple(dict.fromkeys(found)))


def _pods(service: Known, unknown: Formula, role: Role, *, with_ports: bool) -> Iterator[Formula]:
    here = (
        KindIn(role, frozenset({Kind.POD})),
        NamespaceIn(role, frozenset({service.namespace})),
        PodLabels(role, Selector.of(service.selector)),
    )
    on_node = KindIn(role, NODELIKE)
    if not with_ports:
        yield And(here)
        yield And((on_node, unknown))
        yield And((KindIn(role, frozenset({Kind.EXTERNAL})), SwitchIs("external_source", "node"), unknown))
        return
    numbers = [_port(port.protocol, port.target) for port in service.ports if isinstance(port.target, int)]
    if numbers:
        yield And((*here, _either(numbers)))
        yield And((on_node, _either(numbers), unknown))
    if len(numbers) < len(service.ports) or not service.ports:
        names = [And((PortIn(p.protocol, PORTS), _called(p.target, service))) for p in service.ports if _is_name(p)]
        yield And((*here, _either(names) if names else unknown))
        yield And((on_node, *([_either(names)] if names else []), unknown))


def _is_name(port: ServicePort) -> bool:
    return isinstance(port.target, str)


def _called(name: str | int, service: Known) -> Formula:
    """The port that pods of the Service call so: each has its own."""
    return Havoc(f"the port `{name}` of the pods of {service}")


def _backend(backend: Backend, unknown: Formula, role: Role, *, with_ports: bool, sure: bool) -> Formula:
    address = AddressIn(role, AddressSet.single(int(backend.address), backend.address.version))
    doubt = () if sure else (unknown,)
    if not with_ports:
        return And((address, *doubt))
    if not backend.ports:
        return And((address, unknown))
    return And((address, _either([_of_backend(port, unknown) for port in backend.ports]), *doubt))


def _of_backend(port: BackendPort, unknown: Formula) -> Formula:
    if port.port is None:
        return And((PortIn(port.protocol, PORTS), unknown))
    return _port(port.protocol, port.port)


def _port(protocol: Protocol, number: int) -> Formula:
    return PortIn(protocol, Intervals(((number, number),)))


def _either(parts: Iterable[Formula]) -> Formula:
    found = tuple(dict.fromkeys(parts))
    return found[0] if len(found) == 1 else Or(found)
