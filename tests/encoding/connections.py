"""Random connections and formulas over few, colliding names, and a world in which a connection is pinned."""

import ipaddress
from dataclasses import dataclass

from hypothesis import strategies as st

from verifier.encoding.formulas import Encoder, View
from verifier.encoding.problem import Problem, Side
from verifier.encoding.variables import KINDS, PROTOCOLS, End, World
from verifier.encoding.world import declare
from verifier.ir.endpoint import Connection, Endpoint, Kind, NamedPort, Namespace
from verifier.ir.labels import NAMESPACE_NAME, Operator, Requirement, Selector
from verifier.ir.network import ALL_ADDRESSES, AddressSet, Intervals, Protocol
from verifier.ir.policy import (
    NO_POLICIES,
    AddressIn,
    And,
    Direction,
    Formula,
    Hairpin,
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
)
from verifier.ir.switches import SWITCHES
from verifier.ir.universe import Universe
from verifier.semantics import PODLIKE, named_ports
from verifier.smt.script import Script, Var
from verifier.vocabulary import Mentions, vocabulary

DECLARED = (Namespace("ops", {"team": "a", NAMESPACE_NAME: "ops"}), Namespace("shop"))
"""One whose labels are known, and one whose labels are free."""
ANONYMOUS = ("other-namespace", "other-namespace-2")
KEYS, VALUES = ("app", "team"), ("a", "b", "")
ADDRESSES = tuple(
    ipaddress.ip_address(a) for a in ("10.0.0.1", "10.0.0.2", "10.1.0.1", "203.0.113.9", "fd00::1", "fd00::2")
)
BLOCKS = tuple(
    AddressSet.of(b) for b in (["10.0.0.0/24"], ["10.0.0.1/32", "fd00::/64"], ["0.0.0.0/0"], ["fd00::2/128"], [])
)
NAMED = (NamedPort("web", Protocol.TCP, 80), NamedPort("web", Protocol.UDP, 81), NamedPort("dns", Protocol.UDP, 80))

roles = st.sampled_from(list(Role))
keys = st.sampled_from([*KEYS, NAMESPACE_NAME])
value_sets = st.frozensets(st.sampled_from([*VALUES, "shop", "lab"]), min_size=1, max_size=2)
requirements = st.one_of(
    st.builds(Requirement, keys, st.sampled_from([Operator.IN, Operator.NOT_IN]), value_sets),
    st.builds(Requirement, keys, st.sampled_from([Operator.EXISTS, Operator.DOES_NOT_EXIST])),
)
selectors = st.builds(Selector, st.frozensets(requirements, max_size=2))
port_sets = st.sampled_from([Intervals(((80, 80),)), Intervals(((1, 80), (90, 99)))])
settings = st.fixed_dictionaries({name: st.sampled_from(switch.values) for name, switch in SWITCHES.items()})
atoms = st.one_of(
    st.builds(KindIn, roles, st.frozensets(st.sampled_from(list(Kind)))),
    st.builds(PodLabels, roles, selectors),
    st.builds(NamespaceLabels, roles, selectors),
    st.builds(NamespaceIn, roles, st.frozensets(st.sampled_from(["shop", "ops", "lab"]))),
    st.just(SameNamespace()),
    st.just(SameNode()),
    st.builds(SameLabel, keys, st.booleans()),
    st.builds(AddressIn, roles, st.sampled_from(BLOCKS)),
    st.builds(PortIn, st.sampled_from(list(Protocol)), port_sets),
    st.builds(PortNamed, st.sampled_from(["web", "dns"]), st.sampled_from([None, Protocol.TCP, Protocol.UDP])),
    st.sampled_from([SwitchIs("ipblock_pods", "match"), SwitchIs("host_network", "as_pod"), SwitchIs("endport", "no")]),
    st.just(Hairpin()),
)  # fmt: skip
formulas: st.SearchStrategy[Formula] = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: And(tuple(items))),
        st.lists(inner, max_size=3).map(lambda items: Or(tuple(items))),
        inner.map(Not),
    ),
    max_leaves=6,
)

labels = st.dictionaries(st.sampled_from(KEYS), st.sampled_from([*VALUES, "other"]), max_size=2)


@st.composite
def connections(draw: st.DrawFn, setting: dict[str, str]) -> Connection:
    """A connection of the open universe with nodes: W1, W3 and W7 hold of it."""
    kinds = draw(st.tuples(*[st.sampled_from(KINDS)] * 2).filter(lambda pair: set(pair) & PODLIKE))
    family = draw(st.sampled_from([4, 6]))
    addresses = draw(st.permutations([a for a in ADDRESSES if a.version == family]))
    free = {name: draw(labels) for name in ("shop", "lab", *ANONYMOUS)}
    ends = []
    for kind, address in zip(kinds, addresses, strict=False):
        if kind not in PODLIKE:
            ends.append(Endpoint(kind, address))
            continue
        name = draw(st.sampled_from(["ops", *free]))
        carried = DECLARED[0].labels if name == "ops" else {**free[name], NAMESPACE_NAME: name}
        home = Namespace(name, carried, name in ANONYMOUS, new=name in ANONYMOUS)
        ports = tuple(draw(st.lists(st.sampled_from(NAMED), unique=True, max_size=2)))
        ends.append(Endpoint(kind, address, home, draw(labels), ports))
    protocol = draw(st.sampled_from(PROTOCOLS if setting["other_protocols"] == "on" else PROTOCOLS[:3]))
    if protocol is Protocol.SCTP and setting["sctp"] == "no":
        protocol = Protocol.TCP
    node = {Kind.NODE, Kind.HOSTPOD}
    moved = kinds[0] is Kind.EXTERNAL and setting["external_source"] == "node" and draw(st.booleans())
    return Connection(
        *ends,
        protocol,
        None if protocol is Protocol.OTHER else draw(st.sampled_from([1, 80, 81, 85, 95, 443])),
        same_node=bool(set(kinds) & node) and draw(st.booleans()),
        seen=addresses[2] if moved and len(addresses) > 2 else None,
    )


@dataclass(frozen=True)
class Pinned:
    """A script in which every variable has the value that a connection gives it."""

    script: Script
    world: World
    encoder: Encoder

    def view(self, direction: Direction) -> View:
        near, far = self.world.destination, self.world.source
        return View("in", near, far, as_seen=True) if direction is Direction.INGRESS else View("out", far, near, True)


def pinned(connection: Connection, setting: dict[str, str], *of: Formula) -> Pinned:
    """The world of these formulas with the connection in it, under the setting."""
    mentions = Mentions()
    for formula in of:
        mentions.add(formula)
    mentions.add(Or(tuple(AddressIn(Role.PEER, AddressSet.of([f"{a}/{a.max_prefixlen}"])) for a in ADDRESSES)))
    mentions.add(Or((NamespaceIn(Role.PEER, frozenset({"lab"})), PortNamed("web", None), PortNamed("dns", None))))
    for port in (1, 80, 81, 85, 95, 443):
        mentions.add(PortIn(Protocol.TCP, Intervals(((port, port),))))
    for key in KEYS:
        keys = Selector(frozenset({Requirement(key, Operator.IN, frozenset({*VALUES, "other"}))}))
        mentions.add(And((PodLabels(Role.PEER, keys), NamespaceLabels(Role.PEER, keys))))
    mentions.switches |= set(SWITCHES)
    words = vocabulary(mentions, DECLARED, True, (4, 6), {}, {})
    side = Side(frozenset(Kind), None, None)
    universe = Universe(nodes=True, pod_addresses=ALL_ADDRESSES)
    problem = Problem(words, universe, side, side, NO_POLICIES, NO_POLICIES, (), setting)
    script = Script()
    world = declare(script, problem)
    for end, is_end in ((connection.source, world.source), (connection.destination, world.destination)):
        _pin_end(script, is_end, end, world)
    _pin(script, world.protocol, PROTOCOLS.index(connection.protocol))
    if connection.port is not None:
        _pin(script, world.port, _cell(world.vocabulary.ports.cells, 0, connection.port))
    seen = connection.seen or connection.source.address
    _pin(script, world.source.seen, _cell(words.addresses.cells, seen.version, int(seen)))
    script.require(world.same_node if connection.same_node else f"(not {world.same_node})")
    _pin_ports(script, connection, setting, world)
    return Pinned(script, world, Encoder(script, world))


def _pin(script: Script, var: Var, value: int) -> None:
    script.require(var.equals(value))


def _cell(cells, family: int, number: int) -> int:
    return next(i for i, c in enumerate(cells) if c.family == family and c.low <= number <= c.high)


def _pin_end(script: Script, is_end: End, end: Endpoint, world: World) -> None:
    words = world.vocabulary
    _pin(script, is_end.kind, KINDS.index(end.kind))
    _pin(script, is_end.address, _cell(words.addresses.cells, end.address.version, int(end.address)))
    if end.namespace is None:
        return
    _pin(script, is_end.namespace, words.index[end.namespace.name])
    for key, var in is_end.labels.items():
        _pin(script, var, words.pod_labels[key].code(end.labels.get(key)))
    for key, var in is_end.namespace_labels.items():
        _pin(script, var, words.namespace_labels[key].code((end.namespace.labels or {}).get(key)))


def _pin_ports(script: Script, connection: Connection, setting: dict[str, str], world: World) -> None:
    """The names that the destination gives to the connection's protocol and port."""
    declared = named_ports(connection.destination.named_ports, setting)
    here = {p.name for p in declared if (p.protocol, p.port) == (connection.protocol, connection.port)}
    for name, literal in world.named.items():
        script.require(literal if name in here else f"(not {literal})")
