"""Boxes: literals over atoms, read as a condition on each axis of a connection (ends, ports, switches), and written as
formulas. A region is a box."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from verifier.encoding.atoms import (
    AddressAtom,
    Atom,
    KindAtom,
    LabelAtom,
    LegAtom,
    NamedPortAtom,
    NamespaceAtom,
    PortAtom,
    SameLabelAtom,
    SameNamespaceAtom,
    SameNodeAtom,
    SwitchAtom,
    UnknownAtom,
    UnselectedAtom,
    WorkloadAtom,
)
from verifier.engine.results.region import EndRegion
from verifier.ir.endpoint import Kind
from verifier.ir.labels import EVERYTHING, NAMESPACE_NAME, Operator, Requirement, Selector, opposite, simplest
from verifier.ir.network import ALL_ADDRESSES, PORTS, Intervals, Protocol
from verifier.ir.policy import (
    TRUE,
    AddressIn,
    And,
    Direction,
    Formula,
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
    SwitchIs,
    WorkloadIn,
)
from verifier.ir.switches import switch_called

_OF_VALUES = (Operator.IN, Operator.NOT_IN)
Workloads = frozenset[str]
"""Workloads as `Kind ns/name`."""

ALL_PORTS = dict.fromkeys((Protocol.TCP, Protocol.UDP, Protocol.SCTP), PORTS)


class Box(Struct, frozen=True):
    """The connections that meet all of these conditions. `ports`: OTHER, which has no ports, stands with no intervals.

    switches: the values under which the box counts; a switch that is missing may have any.
    supposing: whether conditions that nobody can say hold, by what they are about.
    same_labels: whether both ends have a label of this key with one value, or neither has it; True beside the key: of
        their namespaces.
    unselected: directions in which no policy isolates the pod that they govern.
    provided: directions whose leg, the same on both sides, must let the connection through.
    excluding: boxes whose connections are not in this one.
    """

    source: EndRegion
    destination: EndRegion
    ports: Mapping[Protocol, Intervals]
    port_names: Mapping[str, bool] = field(default_factory=dict)
    same_namespace: bool | None = None
    same_node: bool | None = None
    switches: Mapping[str, frozenset[str]] = field(default_factory=dict)
    supposing: Mapping[str, bool] = field(default_factory=dict)
    provided: frozenset[Direction] = frozenset()
    excluding: "tuple[Box, ...]" = ()
    same_labels: Mapping[tuple[str, bool], bool] = field(default_factory=dict)
    unselected: frozenset[Direction] = frozenset()


def read_box(literals: Iterable[tuple[Atom, bool]], other_protocols: bool, workloads: Workloads = frozenset()) -> Box:
    """The box of a conjunction of atoms, each with whether it holds. `workloads`: all there are, in an inventory."""
    held = list(literals)
    ports, names = _read_ports(held, other_protocols)
    nodes = [value for atom, value in held if isinstance(atom, SameNodeAtom)]
    spaces = [value for atom, value in held if isinstance(atom, SameNamespaceAtom)]
    ends = (_read_end("src", held, workloads), _read_end("dst", held, workloads))
    source, destination, space = _placed(*ends, spaces[0] if spaces else None)
    return Box(
        source=source,
        destination=destination,
        ports=ports,
        port_names=names,
        same_namespace=space,
        same_node=nodes[0] if nodes else None,
        switches=_read_switches(held),
        supposing={atom.about: value for atom, value in held if isinstance(atom, UnknownAtom)},
        provided=frozenset(atom.direction for atom, value in held if isinstance(atom, LegAtom) and value),
        same_labels={(a.key, a.of_namespace): value for a, value in held if isinstance(a, SameLabelAtom)},
        unselected=frozenset(atom.direction for atom, value in held if isinstance(atom, UnselectedAtom) and value),
    )


def _placed(source: EndRegion, destination: EndRegion, same: bool | None) -> tuple[EndRegion, EndRegion, bool | None]:
    """The ends with "same namespace" said of one of them, where the other's namespace is a single one. The ends of a
    pair whose namespaces are compared are pods."""
    for one, other in ((source, destination), (destination, source)):
        if same is not None and one.namespaces is not None and len(one.namespaces) == 1 and other.namespaces is None:
            told = (
                replace(other, namespaces=one.namespaces - other.not_namespaces, not_namespaces=frozenset())
                if same
                else replace(other, not_namespaces=other.not_namespaces | one.namespaces)
            )
            return (told, destination, None) if one is destination else (source, told, None)
    return source, destination, same


def _read_end(name: str, held: list[tuple[Atom, bool]], workloads: Workloads) -> EndRegion:
    end = EndRegion(frozenset(Kind))
    for atom, value in held:
        match atom:
            case KindAtom(end=here, kinds=kinds, side=side) if here == name and side != "old":
                end = replace(end, kinds=end.kinds & kinds if value else end.kinds - kinds)
            case NamespaceAtom(end=here, names=names) if here == name:
                if value:
                    inside = names if end.namespaces is None else end.namespaces & names
                    end = replace(end, namespaces=inside)
                else:
                    end = replace(end, not_namespaces=end.not_namespaces | names)
            case LabelAtom(end=here, of_namespace=True, requirement=requirement) if here == name:
                end = replace(end, namespace_selector=_with(end.namespace_selector, requirement, value))
            case LabelAtom(end=here, of_namespace=False, requirement=requirement) if here == name:
                end = replace(end, pod_selector=_with(end.pod_selector, requirement, value))
            case AddressAtom(end=here, addresses=addresses, side="old") if here == name:
                around = ALL_ADDRESSES if end.was is None else end.was
                end = replace(end, was=around.intersect(addresses) if value else around.subtract(addresses))
            case AddressAtom(end=here, addresses=addresses, as_seen=as_seen) if here == name:
                placed = end.addresses if as_seen else end.own
                around = ALL_ADDRESSES if placed is None else placed
                placed = around.intersect(addresses) if value else around.subtract(addresses)
                end = replace(end, addresses=placed) if as_seen else replace(end, own=placed)
            case WorkloadAtom(end=here, workloads=some) if here == name:
                among = workloads if end.workloads is None else end.workloads
                end = replace(end, workloads=among & some if value else among - some)
            case _:
                pass
    return _settled(end)


def _settled(end: EndRegion) -> EndRegion:
    """Names that are excluded from a list of names need no word of their own; requirements on one key are joined."""
    if end.namespaces is not None:
        end = _by_name(replace(end, namespaces=end.namespaces - end.not_namespaces, not_namespaces=frozenset()))
    return replace(end, namespace_selector=simplest(end.namespace_selector), pod_selector=simplest(end.pod_selector))


def _by_name(end: EndRegion) -> EndRegion:
    """The end with what its selector says of the names of namespaces said by the list of these alone."""
    names = end.namespaces or frozenset()
    lines = [line for line in end.namespace_selector if line.key == NAMESPACE_NAME and line.operator in _OF_VALUES]
    for line in lines:
        names = names & line.values if line.operator is Operator.IN else names - line.values
    kept = end.namespace_selector.requirements - {*lines}
    return replace(end, namespaces=names, namespace_selector=Selector(kept))


def _with(selector: Selector, requirement: Requirement, value: bool) -> Selector:
    return Selector(selector.requirements | {requirement if value else opposite(requirement)})


def _read_ports(
    held: list[tuple[Atom, bool]], other_protocols: bool
) -> tuple[Mapping[Protocol, Intervals], dict[str, bool]]:
    ports = dict(ALL_PORTS)
    other, names = other_protocols, {}
    for atom, value in held:
        match atom:
            case PortAtom(protocol, intervals) if value:
                ports, other = {protocol: ports.get(protocol, Intervals()).intersect(intervals)}, False
            case PortAtom(protocol, intervals) if protocol in ports:
                ports[protocol] = ports[protocol].subtract(intervals)
            case NamedPortAtom(name, protocols):
                names[_written(name, protocols)] = value
                if value:
                    ports, other = {p: i for p, i in ports.items() if p in protocols}, False
            case _:
                pass
    found = {protocol: intervals for protocol, intervals in ports.items() if not intervals.is_empty()}
    return found | ({Protocol.OTHER: Intervals()} if other else {}), names


def _read_switches(held: list[tuple[Atom, bool]]) -> Mapping[str, frozenset[str]]:
    switches: dict[str, frozenset[str]] = {}
    for atom, value in held:
        if isinstance(atom, SwitchAtom):
            some = switches.get(atom.switch, frozenset(switch_called(atom.switch).values))
            switches[atom.switch] = some & {atom.value} if value else some - {atom.value}
    return dict(sorted(switches.items()))


# Boxes as formulas


def formula(box: Box) -> Formula:
    """The formula of a box, over SUBJECT, the destination, and PEER, the source; but for `provided`, `unselected`,
    `same_node`, own and old addresses, and what is taken out of it."""
    parts = [*_end(box.source, Role.PEER), *_end(box.destination, Role.SUBJECT), _ports(box.ports)]
    for name, value in box.port_names.items():
        parts.append(_named(name) if value else Not(_named(name)))
    if box.same_namespace is not None:
        parts.append(SameNamespace() if box.same_namespace else Not(SameNamespace()))
    for (key, of_namespace), value in box.same_labels.items():
        same = SameLabel(key, of_namespace)
        parts.append(same if value else Not(same))
    for switch, values in box.switches.items():
        parts.append(Or(tuple(SwitchIs(switch, v) for v in sorted(values))))
    for about, value in box.supposing.items():
        parts.append(Havoc(about) if value else Not(Havoc(about)))
    return And(tuple(parts))


def _written(name: str, protocols: frozenset[Protocol]) -> str:
    """A port name as a region shows it: `TCP/http`, or `http` where the protocol does not matter."""
    return f"{next(iter(protocols))}/{name}" if len(protocols) == 1 else name


def _named(written: str) -> Formula:
    protocol, slash, name = written.rpartition("/")
    return PortNamed(name, Protocol(protocol) if slash else None)


def _end(end: EndRegion, role: Role) -> Iterator[Formula]:
    yield KindIn(role, end.kinds)
    if end.namespaces is not None:
        yield NamespaceIn(role, end.namespaces)
    if end.not_namespaces:
        yield Not(NamespaceIn(role, end.not_namespaces))
    if end.namespace_selector != EVERYTHING:
        yield NamespaceLabels(role, end.namespace_selector)
    if end.pod_selector != EVERYTHING:
        yield PodLabels(role, end.pod_selector)
    if end.addresses is not None:
        yield AddressIn(role, end.addresses)
    if end.workloads is not None:
        yield WorkloadIn(role, end.workloads)


def _ports(ports: Mapping[Protocol, Intervals]) -> Formula:
    items: list[Formula] = [PortIn(p, i) for p, i in sorted(ports.items()) if p is not Protocol.OTHER]
    if Protocol.OTHER in ports:
        items.append(Not(Or(tuple(PortIn(p, i) for p, i in ALL_PORTS.items()))))
    return TRUE if len(items) == len(Protocol) and ports.items() >= ALL_PORTS.items() else Or(tuple(items))
