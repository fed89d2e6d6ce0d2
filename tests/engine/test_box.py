"""Boxes: what their literals say, and that joining them neither adds a connection nor loses one."""

from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st
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
    SameNamespaceAtom,
    SameNodeAtom,
    SwitchAtom,
    UnknownAtom,
    WorkloadAtom,
)
from verifier.engine.region.box import Box, formula, read_box
from verifier.engine.region.merging import join, merged
from verifier.engine.results.region import EndRegion
from verifier.ir.endpoint import Connection, Endpoint, Kind, NamedPort, Namespace, Workload
from verifier.ir.labels import EVERYTHING, NAMESPACE_NAME, Operator, Requirement, Selector, matches, simplest
from verifier.ir.network import PORTS, AddressSet, Intervals, IPAddress, Protocol
from verifier.ir.policy import Direction
from verifier.ir.switches import SWITCHES, concrete
from verifier.ir.view import View
from verifier.semantics import holds

# A small world

VALUES = ("a", "b", "c")
LABELS = ({}, *({"app": value} for value in VALUES), {"app": "a", "role": "a"}, {"role": "b"})
NAMESPACES = ("shop", "ops", "dev")
ADDRESSES = tuple(ip_address(text) for text in ("10.0.0.1", "10.0.0.9", "192.168.0.1"))
BLOCKS = tuple(AddressSet.of(b) for b in (["10.0.0.0/8"], ["10.0.0.0/29", "192.168.0.0/16"], ["10.0.0.8/29"]))
WORKLOADS = tuple(f"Deployment {name}/{name}" for name in NAMESPACES)
PORT_SETS = (Intervals(((80, 80),)), Intervals(((1, 80),)), Intervals(((81, 65535),)), PORTS)
SWITCH = "named_port_source"
ABOUT = ("what `k.io` resolves to", "the addresses of node `one`")
World = tuple[Connection, str, dict[str, bool]]
"""A connection, the setting, and what is true of what nobody can say."""


def pod(namespace: str, labels: dict[str, str], named: bool = False) -> Endpoint:
    """A pod whose namespace has the labels that the pod has not."""
    home = Namespace(namespace, {"app": "b"} if namespace == "shop" else {})
    ports = (NamedPort("web", Protocol.TCP, 80),) if named else ()
    made = Workload("Deployment", namespace, namespace)
    return Endpoint(Kind.POD, ADDRESSES[len(labels) % 3], home, labels, ports, made)


ENDS = (
    *(pod(name, labels) for name in NAMESPACES for labels in LABELS),
    pod("shop", {"app": "a"}, named=True),
    *(Endpoint(Kind.EXTERNAL, address) for address in ADDRESSES),
    Endpoint(Kind.NODE, ADDRESSES[0]),
)
ends = st.sampled_from(ENDS)


def _seen_from_outside(connection: Connection) -> Connection:
    """Only an outside client can be seen with another address than its own."""
    return connection if connection.source.kind is Kind.EXTERNAL else replace(connection, seen=None)


connections = st.builds(
    Connection,
    ends,
    ends,
    st.sampled_from([Protocol.TCP, Protocol.UDP]),
    st.sampled_from([1, 80, 81]),
    same_node=st.booleans(),
    seen=st.none() | st.sampled_from(ADDRESSES),
).map(_seen_from_outside)
supposed = st.fixed_dictionaries({about: st.booleans() for about in ABOUT})
worlds = st.tuples(connections, st.sampled_from(SWITCHES[SWITCH].values), supposed)

# Atoms and boxes over it

requirements = st.one_of(
    st.builds(
        Requirement,
        st.sampled_from(["app", "role"]),
        st.sampled_from([Operator.IN, Operator.NOT_IN]),
        st.frozensets(st.sampled_from(VALUES), min_size=1, max_size=2),
    ),
    st.builds(
        Requirement, st.sampled_from(["app", "role"]), st.sampled_from([Operator.EXISTS, Operator.DOES_NOT_EXIST])
    ),
)
selectors = st.builds(Selector, st.frozensets(requirements, max_size=4))
names = st.frozensets(st.sampled_from(NAMESPACES), min_size=1, max_size=2)
some_workloads = st.frozensets(st.sampled_from(WORKLOADS), min_size=1, max_size=2)
sides = st.sampled_from(["src", "dst"])
pod_atoms = st.one_of(
    st.builds(LabelAtom, sides, st.booleans(), requirements),
    st.builds(NamespaceAtom, sides, names),
    st.builds(WorkloadAtom, sides, some_workloads),
)
other_atoms = st.one_of(
    st.builds(AddressAtom, sides, st.sampled_from(BLOCKS), st.just(True)),
    st.builds(AddressAtom, st.just("src"), st.sampled_from(BLOCKS), st.just(False)),
    st.builds(PortAtom, st.sampled_from([Protocol.TCP, Protocol.UDP]), st.sampled_from(PORT_SETS)),
    st.just(NamedPortAtom("web", frozenset({Protocol.TCP}))),
    st.just(SameNodeAtom()),
    st.builds(SwitchAtom, st.just(SWITCH), st.sampled_from(SWITCHES[SWITCH].values)),
    st.builds(UnknownAtom, st.sampled_from(ABOUT)),
)


def _atom(literal: tuple[Atom, bool]) -> Atom:
    return literal[0]


@st.composite
def literals(draw: st.DrawFn) -> list[tuple[Atom, bool]]:
    """Literals as a comparison gives them, one for an atom: the kind of either end, of pods also labels, and more."""
    kinds = {side: draw(st.sampled_from([Kind.POD, Kind.POD, Kind.EXTERNAL])) for side in ("src", "dst")}
    found: list[tuple[Atom, bool]] = [(KindAtom(side, frozenset({kind})), True) for side, kind in kinds.items()]
    found += draw(st.lists(st.tuples(other_atoms, st.booleans()), max_size=3, unique_by=_atom))
    about_pods = draw(st.lists(st.tuples(pod_atoms, st.booleans()), max_size=4, unique_by=_atom))
    found += [(atom, value) for atom, value in about_pods if kinds[atom.end] is Kind.POD]
    if set(kinds.values()) == {Kind.POD} and draw(st.booleans()):
        found.append((SameNamespaceAtom(), draw(st.booleans())))
    return found


boxes = literals().map(lambda held: read_box(held, False, frozenset(WORKLOADS)))
pod_ends = st.builds(
    EndRegion,
    st.just(frozenset({Kind.POD})),
    st.none() | names,
    namespace_selector=selectors.map(simplest),
    pod_selector=selectors.map(simplest),
    workloads=st.none() | some_workloads,
)
address_ends = st.builds(
    EndRegion,
    st.sampled_from([frozenset({k}) for k in Kind]),
    addresses=st.none() | st.sampled_from(BLOCKS),
    own=st.none() | st.sampled_from(BLOCKS),
)
end_regions = st.one_of(pod_ends, address_ends)


@st.composite
def neighbours(draw: st.DrawFn) -> tuple[Box, Box]:
    """Two boxes that differ on one axis, or in one field of an end."""
    box = draw(boxes)
    axis = draw(st.sampled_from(["source", "destination", "ports", "switches", "supposing", "label", "place", "any"]))
    match axis:
        case "source" | "destination":
            return box, replace(box, **{axis: draw(end_regions)})
        case "ports":
            protocols = st.sampled_from([Protocol.TCP, Protocol.UDP])
            ports = st.dictionaries(protocols, st.sampled_from(PORT_SETS), min_size=1)
            return replace(box, ports=draw(ports)), replace(box, ports=draw(ports))
        case "switches":
            values = st.frozensets(st.sampled_from(SWITCHES[SWITCH].values), min_size=1)
            return replace(box, switches={SWITCH: draw(values)}), replace(box, switches={SWITCH: draw(values)})
        case "supposing":
            some = st.dictionaries(st.sampled_from(ABOUT), st.booleans())
            return replace(box, supposing=draw(some)), replace(box, supposing=draw(some))
        case "label":
            kept, (one, other) = draw(selectors), draw(st.tuples(requirements, requirements))
            end = EndRegion(frozenset({Kind.POD}))
            made = [replace(end, pod_selector=Selector(kept.requirements | {line})) for line in (one, other)]
            return replace(box, source=made[0]), replace(box, source=made[1])
        case "place":
            end = draw(pod_ends)
            return replace(box, source=end), replace(box, source=replace(end, namespaces=draw(names)))
        case _:
            return box, draw(boxes)


def inside(box: Box, world: World) -> bool:
    """True iff the connection meets every condition of the box."""
    connection, value, supposing = world
    space = {end.namespace.name if end.namespace else None for end in (connection.source, connection.destination)}
    web = any(
        (p.protocol, p.port) == (connection.protocol, connection.port) for p in connection.destination.named_ports
    )
    return (
        within(box.source, connection.source, connection.seen)
        and within(box.destination, connection.destination)
        and connection.port in box.ports.get(connection.protocol, Intervals())
        and all(web is wanted for wanted in box.port_names.values())
        and box.same_namespace in (None, len(space) == 1 and None not in space)
        and box.same_node in (None, connection.same_node)
        and value in box.switches.get(SWITCH, {value})
        and box.supposing.items() <= supposing.items()
    )


def within(region: EndRegion, end: Endpoint, seen: IPAddress | None = None) -> bool:
    home = end.namespace
    return (
        end.kind in region.kinds
        and (region.namespaces is None or (home is not None and home.name in region.namespaces))
        and (home is None or home.name not in region.not_namespaces)
        and (region.namespace_selector == EVERYTHING or (home is not None and of_home(home, region.namespace_selector)))
        and (region.pod_selector == EVERYTHING or (home is not None and matches(end.labels, region.pod_selector)))
        and (region.addresses is None or (seen or end.address) in region.addresses)
        and (region.own is None or end.address in region.own)
        and (region.workloads is None or str(end.workload) in region.workloads)
    )


def of_home(home: Namespace, selector: Selector) -> bool:
    return matches(home.labels or {}, selector)


def is_true(atom: Atom, world: World) -> bool:
    """True iff the atom holds of the connection; labels are those of pods only."""
    connection, value, supposing = world
    ends = {"src": connection.source, "dst": connection.destination}
    match atom:
        case KindAtom(end, kinds):
            return ends[end].kind in kinds
        case LabelAtom(end, of_namespace, requirement):
            one = ends[end]
            assert one.namespace is not None
            return matches(
                (one.namespace.labels or {}) if of_namespace else one.labels, Selector(frozenset({requirement}))
            )
        case NamespaceAtom(end, some):
            return ends[end].namespace.name in some
        case WorkloadAtom(end, some):
            return str(ends[end].workload) in some
        case AddressAtom(end, addresses, as_seen):
            seen = connection.seen if as_seen and end == "src" else None
            return (seen or ends[end].address) in addresses
        case PortAtom(protocol, ports):
            return connection.protocol is protocol and connection.port in ports
        case NamedPortAtom(_, protocols):
            named = {(p.protocol, p.port) for p in ends["dst"].named_ports}
            return connection.protocol in protocols and (connection.protocol, connection.port) in named
        case SameNamespaceAtom():
            return ends["src"].namespace.name == ends["dst"].namespace.name
        case SameNodeAtom():
            return connection.same_node
        case SwitchAtom(_, wanted):
            return value == wanted
        case UnknownAtom(about):
            return supposing[about]
        case _:
            raise AssertionError(atom)


# Laws


@given(literals(), st.lists(worlds, min_size=1, max_size=30))
def test_box_holds_what_its_literals_say(held: list[tuple[Atom, bool]], some: list[World]) -> None:
    box = read_box(held, False, frozenset(WORKLOADS))
    kinds, others = held[:2], held[2:]
    for world in some:
        fits = all(is_true(atom, world) for atom, _ in kinds)
        assert inside(box, world) is (fits and all(is_true(atom, world) is value for atom, value in others))


@given(boxes, st.lists(worlds, min_size=1, max_size=30))
def test_formula_of_a_box_says_the_same(box: Box, some: list[World]) -> None:
    said = replace(box, same_node=None, source=replace(box.source, own=None))
    for world in some:
        connection, value, supposing = world
        view = View(connection, Direction.INGRESS, concrete({}, {SWITCH: value}), supposing)
        assert holds(formula(said), view) is inside(said, world)


@given(neighbours(), st.lists(worlds, min_size=1, max_size=60))
def test_joined_box_is_the_union(pair: tuple[Box, Box], some: list[World]) -> None:
    union = join(*pair)
    if union is not None:
        for world in some:
            assert inside(union, world) is any(inside(box, world) for box in pair)


@given(st.lists(st.one_of(boxes, neighbours().map(lambda pair: pair[0])), max_size=5), st.lists(worlds, max_size=40))
def test_merged_boxes_hold_the_same(several: list[Box], some: list[World]) -> None:
    found = merged([(box, number) for number, box in enumerate(several)])

    assert len(found) <= len(several)
    for world in some:
        assert any(inside(box, world) for box, _ in found) is any(inside(box, world) for box in several)


def test_every_way_to_join_two_boxes_is_taken() -> None:
    """What the laws above speak of does happen."""
    box = Box(EndRegion(frozenset({Kind.POD})), EndRegion(frozenset({Kind.POD})), {Protocol.TCP: PORT_SETS[1]})
    named = replace(box, source=replace(box.source, namespaces=frozenset({"shop"})))

    def under(value: str) -> Box:
        return replace(box, switches={SWITCH: frozenset({value})})

    pairs = (
        (box, named),
        (box, replace(box, ports={Protocol.UDP: PORTS})),
        (under("containers"), under("sidecars")),
        (named, replace(named, source=replace(named.source, namespaces=frozenset({"ops"})))),
        (box, replace(box, source=EndRegion(frozenset({Kind.EXTERNAL})))),
        (
            replace(box, source=replace(box.source, pod_selector=Selector.of({"app": "a"}))),
            replace(box, source=replace(box.source, pod_selector=Selector.of({"app": "b"}))),
        ),
        (
            replace(box, destination=replace(box.destination, addresses=BLOCKS[0])),
            replace(box, destination=replace(box.destination, addresses=BLOCKS[1])),
        ),
    )  # fmt: skip

    assert all(join(one, other) is not None and join(other, one) is not None for one, other in pairs)


def test_merged_box_keeps_what_stood_beside_the_first() -> None:
    one, other = (
        Box(EndRegion(frozenset({kind})), EndRegion(frozenset({Kind.POD})), {Protocol.TCP: PORTS})
        for kind in (Kind.POD, Kind.EXTERNAL)
    )

    assert [beside for _, beside in merged([(one, "first"), (other, "second")])] == ["first"]


def test_leg_that_must_let_it_through_is_kept_apart() -> None:
    kinds = [(KindAtom(side, frozenset({Kind.POD})), True) for side in ("src", "dst")]

    box = read_box([*kinds, (LegAtom(Direction.EGRESS), True)], False)

    assert box.provided == frozenset({Direction.EGRESS})
    assert join(box, replace(box, provided=frozenset())) == replace(box, provided=frozenset())
    assert join(box, replace(box, provided=frozenset({Direction.INGRESS}))) is None


def test_names_that_a_selector_rules_out_are_not_listed() -> None:
    """The label with its name is the name of a namespace (docs/semantics.md W2)."""
    named = Requirement(NAMESPACE_NAME, Operator.NOT_IN, frozenset({"ops"}))
    among = Requirement(NAMESPACE_NAME, Operator.IN, frozenset({"ops", "dev"}))
    held: list[tuple[Atom, bool]] = [(NamespaceAtom("dst", frozenset(NAMESPACES)), True)]

    without = read_box([*held, (LabelAtom("dst", True, named), True)], False).destination
    both = read_box([*held, (LabelAtom("dst", True, among), True), (LabelAtom("dst", True, named), True)], False)

    assert (without.namespaces, without.namespace_selector) == (frozenset({"shop", "dev"}), EVERYTHING)
    assert both.destination.namespaces == frozenset({"dev"})
