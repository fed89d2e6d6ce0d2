"""Every way in which the connection of a query can be: what the input leaves open, as forks, and for each
combination of their conditions a concrete connection under a full setting of the switches."""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import islice, product
from math import prod

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.explain.condition import (
    AddressAt,
    Condition,
    DefinedAs,
    Fork,
    NamespaceHas,
    OnOneNode,
    PortCalled,
    SeenAt,
    Setting,
)
from verifier.engine.explain.relevant import bearing
from verifier.engine.explain.undeclared import demanded, label_choices, parts_of
from verifier.engine.problem.admission import keeps, may_show_another, objections
from verifier.engine.problem.mentioned import left_open, mentioned, switches_that_matter
from verifier.engine.problem.problem import Context
from verifier.engine.problem.spans import just, span_of
from verifier.errors import Diagnostic, InputError, InternalError, Undecided
from verifier.ir.connectionquery import (
    AddressEnd,
    ConnectionQuery,
    InquiryEnd,
    LabelledEnd,
    NodeEnd,
    ServiceEnd,
    WorkloadEnd,
)
from verifier.ir.endpoint import (
    NODELIKE,
    Connection,
    Endpoint,
    Kind,
    NamedPort,
    Namespace,
    Workload,
    namespace_labels,
)
from verifier.ir.labels import NAMESPACE_NAME, Requirement
from verifier.ir.network import AddressSet, IPAddress
from verifier.ir.policy import PolicySet
from verifier.ir.residents import NOBODY
from verifier.ir.switches import SWITCHES, concrete
from verifier.vocabulary import Mentions

MOST = 20_000
"""Combinations that are looked at."""

_FAMILIAR = {"source": ("10.244.3.4", "fd00::304"), "destination": ("10.244.7.9", "fd00::709")}
"""Addresses that readers take for those of pods."""
_FAMILIAR_NODES = {"source": ("192.168.0.4", "fd00::4"), "destination": ("192.168.0.9", "fd00::9")}
"""The same for nodes."""


class Possibility(Struct, frozen=True):
    """`policies`: those that bear on it. `chosen`: the conditions that make it so, by their indices in the forks."""

    chosen: tuple[int, ...]
    connection: Connection
    setting: Mapping[str, str]
    policies: PolicySet


class Possibilities(Struct, frozen=True):
    """Forks, and what comes of them; at least one possibility."""

    forks: tuple[Fork, ...]
    all: tuple[Possibility, ...]


def possibilities(query: ConnectionQuery, context: Context) -> Possibilities:
    """Raises Undecided where there are too many, and InputError where the universe admits none."""
    outlines = _outlines(query, context)
    slices = {definitions: bearing(context.policies, c, context.switches) for definitions, c in outlines.items()}
    mentions = mentioned(slices.values(), (context.world,))
    connections = list(outlines.values())
    forks = (
        *_definitions(query, context),
        *_switches(connections, mentions, context),
        *_namespaces(connections, demanded(slices.values(), context.universe), mentions, context),
        *_addresses(query, connections, mentions, context),
        *_names(connections, mentions),
        *_one_node(query, connections),
    )
    if prod(map(len, forks)) > MOST:
        raise Undecided(
            "more combinations of labels, addresses and switches than can be looked at; "
            "Namespace objects in the input, and --set, leave less open"
        )
    found = []
    for chosen in product(*(range(len(fork)) for fork in forks)):
        conditions = [fork[i] for fork, i in zip(forks, chosen, strict=True)]
        definitions = tuple(c.workload for c in conditions if isinstance(c, DefinedAs))
        made = _made(outlines[definitions], conditions, context) if definitions in outlines else None
        if made is not None:
            found.append(Possibility(chosen, *made, slices[definitions]))
    if not found:
        said = f"in the universe `{context.universe.name}`, there can be no such connection"
        raise InputError(Diagnostic("universe-forbids", said))
    return Possibilities(forks, tuple(found))


def _outlines(query: ConnectionQuery, context: Context) -> dict[tuple[Workload, ...], Connection]:
    """The connection with what is known of it, for each choice of definitions; addresses of pods are stand-ins, and the
    labels of namespaces that nobody has said are None."""
    found = {}
    for source, destination in product(_ends(query.source, context), _ends(query.destination, context)):
        workloads = (source.workload, destination.workload)
        itself = source.workload is not None and source.workload.is_just(destination.workload)
        if itself and source.workload != destination.workload:
            continue  # one pod has its labels at either end
        forked = [len(_definitions_of(end, context)) > 1 for end in (query.source, query.destination)]
        key = tuple(w for w, several in zip(workloads, forked, strict=True) if several and w is not None)
        found[key] = Connection(
            source, destination, query.protocol, query.port, itself=itself, via_service=query.via_service
        )
    return found


def _definitions_of(end: InquiryEnd, context: Context) -> tuple[Workload, ...]:
    """The workloads that the end can be a pod of: more than one where the input defines it in several ways, or gives
    its address to several."""
    if isinstance(end, WorkloadEnd):
        return end.definitions
    if isinstance(end, AddressEnd) and context.world.residents.node_at(end.address) is None:
        return tuple(w for w in context.world.pods if end.address in w.addresses)
    return ()


def _ends(asked: InquiryEnd, context: Context) -> list[Endpoint]:
    """The endpoint, for each of its definitions."""
    nowhere = ip_address("10.244.0.1")
    match asked:
        case AddressEnd(address):
            return _at(address, context)
        case NodeEnd(_, there):
            return [Endpoint(Kind.NODE, there or nowhere)]
        case LabelledEnd(name, labels):
            return [Endpoint(Kind.POD, nowhere, _namespace(name, context), dict(labels))]
        case WorkloadEnd(definitions):
            return [_pod_of(w, nowhere, context) for w in definitions]
        case ServiceEnd():
            raise InternalError("a Service stands for what is behind it")


def _at(address: IPAddress, context: Context) -> list[Endpoint]:
    """Who is there: a node, a pod, or, where the input says nothing of the address, somebody outside the cluster."""
    if context.world.residents.node_at(address) is not None:
        return [Endpoint(Kind.NODE, address)]
    pods = [_pod_of(w, address, context) for w in _definitions_of(AddressEnd(address), context)]
    return pods or [Endpoint(Kind.EXTERNAL, address)]


def _pod_of(workload: Workload, address: IPAddress, context: Context) -> Endpoint:
    kind = Kind.HOSTPOD if workload.host_network else Kind.POD
    namespace = _namespace(workload.namespace, context)
    return Endpoint(kind, address, namespace, workload.labels, workload.named_ports, workload)


def _namespace(name: str, context: Context) -> Namespace:
    new = context.known_namespaces is not None and name not in context.known_namespaces
    return context.world.declared.get(name) or Namespace(name, new=new)


def _on_node(connection: Connection) -> bool:
    return not NODELIKE.isdisjoint({connection.source.kind, connection.destination.kind})


# Forks


def _one_node(query: ConnectionQuery, connections: Sequence[Connection]) -> Iterator[Fork]:
    if any(_on_node(c) for c in connections):
        ends = (query.source, query.destination)
        elsewhere = any(isinstance(end, NodeEnd) and end.address is not None for end in ends)
        yield (OnOneNode(False),) if elsewhere else (OnOneNode(False), OnOneNode(True))


def _definitions(query: ConnectionQuery, context: Context) -> Iterator[Fork]:
    for name, end in (("source", query.source), ("destination", query.destination)):
        workloads = _definitions_of(end, context)
        if len(workloads) > 1:
            yield tuple(DefinedAs(name, w) for w in workloads)


def _switches(connections: Sequence[Connection], mentions: Mentions, context: Context) -> Iterator[Fork]:
    sources = {c.source.kind for c in connections}
    targets = {c.destination.kind for c in connections} - {Kind.EXTERNAL}  # which show the address that they have
    ports = [p for c in connections for p in c.destination.named_ports if p.name in mentions.port_names]
    names = switches_that_matter(mentions, frozenset(sources | targets), ports, frozenset({connections[0].protocol}))
    if any(c.itself and c.via_service for c in connections):
        names |= mentions.switches & {"self_via_service"}
    for name in left_open(names, context.switches):
        yield tuple(Setting(name, value) for value in SWITCHES[name].values)


def _namespaces(
    connections: Sequence[Connection], demanded: Iterable[Requirement], mentions: Mentions, context: Context
) -> Iterator[Fork]:
    """For each namespace whose labels nobody has said, and each key that is looked at: what can be told apart of it."""
    ends = [end for c in connections for end in (c.source, c.destination)]
    unsaid = sorted({e.namespace.name for e in ends if e.namespace is not None and e.namespace.labels is None})
    for name in unsaid:
        yield from label_choices(name, demanded, mentions, context)


def _addresses(
    query: ConnectionQuery, connections: Sequence[Connection], mentions: Mentions, context: Context
) -> Iterator[Fork]:
    """Where the addresses of pods and nodes can lie, and what outside sources can show, as far as ipBlocks tell them
    apart."""
    ends = [{(e.kind, e.workload) for c in connections for e in (pick(c),)} for pick in (_source, _destination)]
    outside: list[int] = [
        e.address.version for c in connections[:1] for e in (c.source, c.destination) if e.kind is Kind.EXTERNAL
    ]
    spans = [
        {family: _span(kinds, family, asked, context) for family in outside or sorted(context.universe.families)}
        for kinds, asked in zip(ends, (query.source, query.destination), strict=True)
    ]
    families = [family for family in spans[0] if not any(side[family].is_empty() for side in spans)]
    limited = (context.universe.pod_addresses, context.universe.node_addresses) != (None, None)
    if not mentions.addresses and not limited:
        families = families[:1]
    for name, kinds, side in zip(("source", "destination"), ends, spans, strict=True):
        if (Kind.EXTERNAL, None) not in kinds:
            whole = reduce(AddressSet.union, (side[family] for family in families), AddressSet())
            cut = [part for family in families for part in parts_of(side[family], mentions.addresses)]
            yield tuple(AddressAt(name, part, whole) for part in cut)
    showing = context.switches["external_source"] != "preserved"
    if mentions.addresses and showing and (Kind.EXTERNAL, None) in ends[0] and families:
        nodes = parts_of(span_of(Kind.NODE, families[0], context), mentions.addresses)
        yield (SeenAt(None), *(SeenAt(part) for part in nodes))


def _source(connection: Connection) -> Endpoint:
    return connection.source


def _destination(connection: Connection) -> Endpoint:
    return connection.destination


def _span(ends: Iterable[tuple[Kind, Workload | None]], family: int, asked: InquiryEnd, context: Context) -> AddressSet:
    """Where the end can have an address of this family: at the address that was asked about, where it is somebody's; a
    Node that lists some has no others."""
    span = reduce(AddressSet.union, (span_of(kind, family, context, workload) for kind, workload in ends), AddressSet())
    if isinstance(asked, AddressEnd | NodeEnd) and asked.address is not None:
        return just(asked.address)
    listed = asked.node.addresses if isinstance(asked, NodeEnd) and asked.node is not None else AddressSet()
    return span if listed.is_empty() else span.intersect(listed)


def _names(connections: Sequence[Connection], mentions: Mentions) -> Iterator[Fork]:
    """Whether a pod that nobody has written calls the port by one of the names that policies use."""
    if any(c.destination.is_hypothetical for c in connections):
        yield from ((PortCalled(name, False), PortCalled(name, True)) for name in sorted(mentions.port_names))


# What comes of the conditions


def _made(
    outline: Connection, conditions: Sequence[Condition], context: Context
) -> tuple[Connection, Mapping[str, str]] | None:
    """The connection and the setting; None where there is no such thing."""
    setting = concrete(context.switches, {c.switch: c.value for c in conditions if isinstance(c, Setting)})
    labels: dict[str, dict[str, str]] = {}
    for has in (c for c in conditions if isinstance(c, NamespaceHas) and c.value is not None):
        labels.setdefault(has.namespace, {})[has.key] = str(has.value)
    called = [c.name for c in conditions if isinstance(c, PortCalled) and c.called]
    source, destination = (_placed(end, labels) for end in (outline.source, outline.destination))
    if called and outline.port is not None:
        ports = tuple(NamedPort(name, outline.protocol, outline.port) for name in called)
        destination = replace(destination, named_ports=ports)
    ends = {"source": source, "destination": destination}
    placed = [c for c in conditions if isinstance(c, AddressAt)]
    others = {end.address for name, end in ends.items() if name not in {at.end for at in placed}}
    kinds = {source.kind, destination.kind}
    one_node = OnOneNode(True) in conditions
    nodes = {name for name, end in ends.items() if end.kind is Kind.NODE}
    residents = context.world.residents

    def fits(some: tuple[IPAddress, ...]) -> bool:
        if not others.isdisjoint(some):
            return False
        if residents == NOBODY or not kinds & NODELIKE:
            return True
        at = {name: end.address for name, end in ends.items()}
        at |= {place.end: address for place, address in zip(placed, some, strict=True)}
        homes = {residents.place_of(end.kind, at[name], end.workload) for name, end in ends.items()}
        return None in homes or (len(homes) == 1) is one_node

    many = residents != NOBODY and bool(kinds & NODELIKE)  # of whom a few addresses may be those of one node
    most = None if many else 6  # four or more that differ, where there are
    addresses = _addresses_at(placed, fits, outline.itself or (one_node and kinds <= NODELIKE), nodes, most)
    if addresses is None:
        return None
    for at, address in zip(placed, addresses, strict=True):
        ends[at.end] = replace(ends[at.end], address=address)
    told = {name: replace(end, address_of=residents.called(end.address)) for name, end in ends.items()}
    connection = replace(outline, source=told["source"], destination=told["destination"])
    for condition in conditions:
        if isinstance(condition, OnOneNode):
            connection = replace(connection, same_node=condition.same)
        if isinstance(condition, SeenAt) and condition.addresses is not None:
            shown = next(_some(AddressAt("source", condition.addresses, condition.addresses), is_node=True))
            connection = replace(connection, seen=shown)
    return (connection, setting) if _can_be(connection, setting, context) else None


def _placed(end: Endpoint, labels: Mapping[str, Mapping[str, str]]) -> Endpoint:
    """The end with the labels of its namespace chosen where nobody has said them."""
    namespace = end.namespace
    if namespace is None or namespace.labels is not None:
        return end
    chosen = {**labels.get(namespace.name, {}), NAMESPACE_NAME: namespace.name}
    return replace(end, namespace=replace(namespace, labels=chosen, origin=namespace.declaration))


def _addresses_at(
    placed: Sequence[AddressAt],
    fits: Callable[[tuple[IPAddress, ...]], bool],
    shared: bool,
    nodes: Container[str],
    most: int | None,
) -> tuple[IPAddress, ...] | None:
    """An address for each, such that they fit, and no two the same; the same only where it can be `shared`, and must.
    `nodes`: the ends that are nodes. most: how many of each are tried; None: all."""
    alike = None
    for some in product(*(tuple(islice(_some(at, at.end in nodes), most)) for at in placed)):
        if not fits(some):
            continue
        if len(set(some)) == len(some):
            return some
        alike = alike or some
    return alike if shared else None


def _some(at: AddressAt, is_node: bool) -> Iterator[IPAddress]:
    """A few addresses out of those, familiar ones first."""
    known = _FAMILIAR_NODES if is_node else _FAMILIAR
    yield from (familiar for text in known[at.end] if (familiar := ip_address(text)) in at.addresses)
    for version in (4, 6):
        for low, high in at.addresses.family(version):
            for number in range(low + 1 if high - low > 3 else low, min(high, low + 3) + 1):
                yield IPv4Address(number) if version == 4 else IPv6Address(number)


def _can_be(connection: Connection, setting: Mapping[str, str], context: Context) -> bool:
    source, destination = connection.source, connection.destination
    return (
        source.address.version == destination.address.version
        and (connection.seen is None or may_show_another(connection, context.translated, setting))
        and all(_admitted(end, context) for end in (source, destination))
    )


def _admitted(end: Endpoint, context: Context) -> bool:
    """True iff the universe admits the pod in its namespace, with the labels chosen for that."""
    if end.namespace is None:
        return True
    fits = not any(True for _ in objections(namespace_labels(end.namespace), context.universe.namespace_labels))
    return fits and all(keeps(end.labels, end.namespace, i) for i in context.universe.invariants)
