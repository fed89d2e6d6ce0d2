"""service-port, service-address, service-without-pods: rules that name what no policy sees, and Services that lead
nowhere (docs/semantics.md 1.6)."""

from collections.abc import Collection, Iterator

from verifier.engine.lint.reading import Line, LintContext, subject_of
from verifier.engine.problem.services import selected, target_number
from verifier.engine.results.lint import LintFinding
from verifier.errors import Severity
from verifier.ir.endpoint import Workload
from verifier.ir.labels import EVERYTHING, Labels, Selector, describe, matches
from verifier.ir.network import PRIVATE_ADDRESSES, AddressSet, IPAddress
from verifier.ir.policy import Citation, Direction, PortIn
from verifier.ir.prose import listed
from verifier.ir.residents import Sort
from verifier.ir.service import Service, ServicePort

_MOST = 4
_LARGE = 1 << 20
"""Addresses of a block that is too large to be meant for Services."""


def ports(look: LintContext) -> Iterator[LintFinding]:
    """A rule names the port of a Service, or its nodePort, where the pods listen on another one."""
    by_namespace: dict[str, list[Service]] = {}
    for service in look.context.cluster.services:
        by_namespace.setdefault(service.namespace, []).append(service)
    for line in look.lines if by_namespace else ():
        for service in (each for home in _homes(look, line, by_namespace) for each in by_namespace[home]):
            pods = _pods_of(look, line, service)
            if pods is None or service.headless:
                continue
            for port in service.ports:
                yield from _port(look, line, service, port, pods)


def _homes(look: LintContext, line: Line, known: Collection[str]) -> Iterator[str]:
    """The namespaces with Services in which those are of whom a line speaks as those that listen."""
    if line.direction is Direction.EGRESS:
        yield from (n.name for n in look.chosen(line) if n.name in known) if line.shape.is_pods else ()
    elif isinstance(line.who.namespace, str):
        yield from (line.who.namespace,) if line.who.namespace in known else ()
    else:
        yield from known


def _pods_of(look: LintContext, line: Line, service: Service) -> tuple[Workload, ...] | None:
    """The workloads of a Service of which a line speaks as those that listen; none where it speaks of pods like those
    that the Service selects, of which no workload is in the input; None where it does not speak of any."""
    if not service.selector or line.shape.opaque:
        return None
    ingress = line.direction is Direction.INGRESS
    selector = subject_of(line.who) if ingress else line.shape.pods or EVERYTHING
    everyone = selected(service, look.context.world)
    spoken_of = tuple(w for w in everyone if matches(w.labels, selector))
    if everyone:
        return spoken_of or None
    return () if matches(service.selector, selector) else None


def _port(
    look: LintContext, line: Line, service: Service, port: ServicePort, pods: tuple[Workload, ...]
) -> Iterator[LintFinding]:
    """What is found where the line has the number of this port, and not what it leads to."""
    numbers = {port.target} if isinstance(port.target, int) else set()
    numbers |= {n for w in pods if (n := target_number(port, w)) is not None}
    for number, what in ((port.port, "port"), (port.node_port, "nodePort")):
        if number is None or not numbers or number in numbers or not _names(line, port, number):
            continue
        if any(_names(line, port, n, ranges=True) for n in numbers) or _is_target(look, service, pods, port, number):
            continue
        there = " or ".join(map(str, sorted(numbers)))
        whose = listed(dict.fromkeys(map(str, pods)), _MOST) or "its pods"
        message = f"{line} names {port.protocol} {number}, the {what} of {service}, whose pods listen on {there}"
        why = f"policies see the pod and its own port: what goes to {service} on {port} comes to {whose} on {there}"
        yield LintFinding(
            "service-port", Severity.WARNING, message, line.policy, line.rung.citation.origin, (why,),
            fix=f"port: {min(numbers)}" if len(numbers) == 1 else None,
        )  # fmt: skip


def _names(line: Line, port: ServicePort, number: int, *, ranges: bool = False) -> bool:
    """True iff the line has this number as a port. ranges: or in a range of them, or has all."""
    items = (p.ports for p in line.shape.ports if isinstance(p, PortIn) and p.protocol is port.protocol)
    return any(number in numbers and (ranges or numbers.size() == 1) for numbers in items)


def _is_target(look: LintContext, service: Service, pods: tuple[Workload, ...], port: ServicePort, number: int) -> bool:
    """True iff some of the pods listen on the number, as far as the input says."""
    named = any((p.port, p.protocol) == (number, port.protocol) for w in pods for p in w.named_ports)
    others = (s for s in look.context.cluster.services if s.namespace == service.namespace)
    alike = (s for s in others if s.selector and _may_share(s, service, pods))
    return named or any(p.target == number and p.protocol is port.protocol for s in alike for p in s.ports)


def _may_share(one: Service, other: Service, pods: tuple[Workload, ...]) -> bool:
    return one.selector == other.selector or any(one.selector.items() <= w.labels.items() for w in pods)


def addresses(look: LintContext) -> Iterator[LintFinding]:
    """An ipBlock over addresses of Services."""
    residents = look.context.world.residents
    told = look.context.universe.service_addresses
    for line in look.lines:
        block = line.shape.addresses
        if block is None:
            continue
        inside = tuple(address for address in residents.services if address in block)
        within = told is not None and not block.is_empty() and block.is_subset(told)
        if not within and not (inside and _is_meant(block, inside, look)):
            continue
        if inside:
            named = dict.fromkeys(f"{residents.called(a)} ({a})" for a in sorted(inside, key=lambda a: (a.version, a)))
            what = f"the address of {next(iter(named))}" if len(named) == 1 else f"addresses of {listed(named, _MOST)}"
        else:
            what = "addresses of Services, as the universe has them"
        message = f"the ipBlock {line} holds {what}, which no policy ever sees"
        why = "a connection to a Service is compared as one to its pods, or to its endpoints, on their own port"
        origin = line.rung.citation.origin
        yield LintFinding("service-address", Severity.WARNING, message, line.policy, origin, (why,))


def _is_meant(block: AddressSet, inside: tuple[IPAddress, ...], look: LintContext) -> bool:
    """True iff the block is likely one for Services: it is not large, nor a range that private networks share, and
    holds the address of nobody else."""
    residents = look.context.world.residents
    if block.v4.size() + block.v6.size() > _LARGE and not all(a.version == 6 for a in inside):
        return False
    if any(block.family(f) == PRIVATE_ADDRESSES.family(f) for f in (4, 6) if not block.family(f).is_empty()):
        return False
    others = (residents.of_sort(sort, family) for sort in Sort if sort is not Sort.VIRTUAL for family in (4, 6))
    return all(block.intersect(other).is_empty() for other in others)


def without_pods(look: LintContext) -> Iterator[LintFinding]:
    """A Service that selects no workload of its namespace, or a port of which no pod has the name that it leads to."""
    for service in look.context.cluster.services:
        around = look.by_namespace.get(service.namespace, ())
        if not service.selector or not around:
            continue
        about = Citation("Service", service.namespace, service.name, None, service.origin)
        pods = selected(service, look.context.world)
        if not pods:
            selector = Selector.of(service.selector)
            message = f"{service} selects {describe(selector)}, and no workload in its namespace has these labels"
            origin = None if service.origin is None else service.origin.child("spec", "selector")
            why = (
                _there(around, service.selector),
                "it leads nowhere today, unless such pods come from somewhere else",
            )
            yield LintFinding("service-without-pods", Severity.NOTE, message, about, origin, why)
        for number, port in enumerate(service.ports if pods else ()):
            if isinstance(port.target, str) and all(target_number(port, w) is None for w in pods):
                message = f"{service} leads from {port} to the port `{port.target}`, which none of its pods has"
                names = dict.fromkeys(f"{p.name} ({p.protocol} {p.port})" for w in pods for p in w.named_ports)
                who = dict.fromkeys(map(str, pods))
                verb = "has" if len(who) == 1 else "have"
                has = (f"{listed(who, _MOST)} {verb} {listed(names, _MOST) or 'no named ports'}",)
                origin = None if service.origin is None else service.origin.child("spec", "ports", number)
                yield LintFinding("service-without-pods", Severity.NOTE, message, about, origin, has)


def _there(workloads: tuple[Workload, ...], wanted: Labels) -> str:
    """What there is instead, with the labels that the Service asks about."""
    told: dict[str, None] = {}
    for workload in sorted(workloads, key=str):
        labels = {key: value for key, value in workload.labels.items() if key in wanted} or workload.labels
        said = ",".join(f"{key}={value}" for key, value in sorted(labels.items())) or "no labels"
        told[f"{workload} ({said})"] = None
    return f"there {'are' if len(told) > 1 else 'is'} {listed(told, _MOST)}"
