"""What the ends of a connection can be, where that is not one thing: what is behind a Service, each on the port that it
listens on; an address behind a Service may be a node's (docs/semantics.md 1.6)."""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.problem.problem import Context
from verifier.engine.problem.services import Target, is_selected, leads, perhaps_selected, targets
from verifier.engine.problem.variants import for_formulas
from verifier.errors import Diagnostic, InputError
from verifier.ir.connectionquery import AddressEnd, ConnectionQuery, InquiryEnd, LabelledEnd, NodeEnd, ServiceEnd
from verifier.ir.connectionquery import WorkloadEnd as Pods
from verifier.ir.endpoint import Workload
from verifier.ir.labels import Selector, describe
from verifier.ir.policy import Formula, PodLabels, Role
from verifier.ir.service import Service, ServicePort


class Aim(Struct, frozen=True):
    """One of the things that an end can be, in words. port: on which it is asked for; None: on that of the question.
    notes: what leads there."""

    end: InquiryEnd
    words: str = ""
    port: int | None = None
    notes: tuple[str, ...] = ()


def aims(query: ConnectionQuery, context: Context) -> tuple[tuple[Aim, Aim], ...]:
    """The pairs of what the source and the destination can be; at least one. Raises InputError where nothing of the
    input is behind a Service, or in none of the pairs an end is a pod (docs/semantics.md 1.1, W7)."""
    sources = tuple(_of_address(query.source, context))
    destinations = tuple(_destinations(query, context))
    if not any(_can_be_pod(aim.end, context) for aim in (*sources, *destinations)):
        said = f"no end is a pod: policies say nothing about a connection from {query.source} to {query.destination}"
        raise InputError(Diagnostic("connection", said))
    return tuple((source, destination) for source in sources for destination in destinations)


def _can_be_pod(end: InquiryEnd, context: Context) -> bool:
    if isinstance(end, AddressEnd):
        return end.address in context.world.residents.pods
    return not isinstance(end, NodeEnd)


def _of_address(end: InquiryEnd, context: Context, port: int | None = None) -> Iterator[Aim]:
    residents = context.world.residents
    if not isinstance(end, AddressEnd) or end.address not in residents.outside:
        yield Aim(end, "", port)
        return
    if not residents.are_all and _nodes_can_be_at(end, context):
        yield Aim(NodeEnd(address=end.address), f"{end.address} is a node's", port)
        yield Aim(end, f"{end.address} is outside the cluster", port)
    else:
        yield Aim(end, "", port)


def _nodes_can_be_at(end: AddressEnd, context: Context) -> bool:
    listed = context.universe.node_addresses
    return listed is None or listed.family(end.address.version).is_empty() or end.address in listed


def _destinations(query: ConnectionQuery, context: Context) -> Iterator[Aim]:
    asked = query.destination
    if not isinstance(asked, ServiceEnd):
        yield from _of_address(asked, context)
        return
    found = [aim for service in asked.definitions for aim in _of_service(service, query, context)]
    if not found:
        raise InputError(Diagnostic("service", _nothing(asked.definitions[0], query, context)))
    named = f"{asked.address} is {asked}" if asked.address is not None else ""
    for aim in found:
        words = aim.words if len(found) > 1 else ""
        yield Aim(aim.end, words, aim.port, tuple(filter(None, (named, *aim.notes))))


def _of_service(service: Service, query: ConnectionQuery, context: Context) -> Iterator[Aim]:
    pods = behind(service, context)
    supposed = tuple(dict.fromkeys(_supposed(workload, service) for workload in pods if workload.supposed))
    if service.headless and service.selector and service.external_name is None:
        note = f"{service} is headless: it leads to its pods, on the port that is asked for"
        yield from _pods(service, pods, query.port, (note, *supposed))
        return
    for port in (p for p in service.ports if (p.protocol, p.port) == (query.protocol, query.port)):
        found = targets(service, port, context.world, pods)
        notes = (*leads(service, found), *supposed)
        for target in found:
            yield from _of_target(service, target, notes, context)


def behind(service: Service, context: Context) -> tuple[Workload, ...]:
    """The workloads whose pods are behind a Service, as those of their pods that are: with labels that their
    controllers may have chosen, or added."""
    found: list[Workload] = []
    for workload in perhaps_selected(service, context.world):
        alone = replace(context, cluster=replace(context.cluster, workloads=(workload,)))
        (split,) = for_formulas(alone, (selecting(service),)) if workload.foreign else (alone,)
        found += (each for each in split.cluster.workloads if is_selected(service, each))
    return tuple(found)


def selecting(service: Service) -> Formula:
    """Over SUBJECT: a pod with the labels that a Service asks for."""
    return PodLabels(Role.SUBJECT, Selector.of(service.selector))


def _supposed(workload: Workload, service: Service) -> str:
    labels = describe(Selector.of(workload.supposed))
    return f"a pod of {workload} is behind {service} where it has {labels}, which its controller may give it"


def _of_target(service: Service, target: Target, notes: tuple[str, ...], context: Context) -> Iterator[Aim]:
    if target.address is not None:
        for aim in _of_address(AddressEnd(target.address), context, target.number):
            words = aim.words or f"{service} leads to {target.address}"
            yield Aim(aim.end, words, target.number, notes)
    elif target.number is not None:
        yield from _pods(service, target.workloads, target.number, notes)


def _pods(service: Service, pods: tuple[Workload, ...], number: int, notes: tuple[str, ...]) -> Iterator[Aim]:
    """The pods of each workload, or one with just the labels that the Service asks for."""
    by_name: dict[str, tuple[Workload, ...]] = {}
    for workload in pods:
        by_name[str(workload)] = (*by_name.get(str(workload), ()), workload)
    for name, definitions in by_name.items():
        yield Aim(Pods(definitions), f"{service} leads to port {number} of {name}", number, notes)
    if not pods:
        yield Aim(LabelledEnd(service.namespace, dict(service.selector)), "", number, notes)


def _nothing(service: Service, query: ConnectionQuery, context: Context) -> str:
    """Why nothing is behind a Service."""
    if service.external_name is not None:
        return f"{service} is another name for `{service.external_name}`: ask about its address"
    port = next((p for p in service.ports if (p.protocol, p.port) == (query.protocol, query.port)), None)
    if port is None:
        return f"{service} has no port {query.protocol}/{query.port}"
    return f"{service} leads nowhere on {port}: {_lack(service, port, context)}"


def _lack(service: Service, port: ServicePort, context: Context) -> str:
    if not service.selector:
        return "it selects no pods, and no Endpoints or EndpointSlice says what is behind it"
    if behind(service, context):
        return f"none of its pods has a port `{port.target}`"
    return f"no workload of the input is one of its pods, so that nobody can say which port `{port.target}` is"
