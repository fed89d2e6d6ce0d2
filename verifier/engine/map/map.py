"""`netpol map`: what may talk to what (docs/map.md).

Endpoints that no policy can tell apart are one class; what each class lets out and in is computed for all ports and all
peers at once, under every setting of the switches that are open. Classes that talk alike are then drawn as one node.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import itemgetter
from typing import assert_never

from verifier.engine.explain.condition import Condition, NamespaceHas, Setting
from verifier.engine.explain.undeclared import labels_left, selectors_of
from verifier.engine.map.about import is_confined
from verifier.engine.map.classes import Classification, EndpointClass, Member, Whose
from verifier.engine.map.flows import Flows, FlowTable
from verifier.engine.map.kinds import kinds_of, with_two_of_each
from verifier.engine.map.ports import PortCells
from verifier.engine.map.portsets import as_bits, bits
from verifier.engine.map.result import EVERYTHING, Link, Map, Node, Opening, Selection, ServedPort
from verifier.engine.precheck.prepare import Given, Pods, prepare
from verifier.engine.precheck.validate import no_pod
from verifier.engine.problem.hostpeers import BESIDE_PEERS, selects_hostpods
from verifier.engine.problem.mentioned import left_open, mentioned, named, switches_that_matter
from verifier.engine.problem.problem import Context
from verifier.engine.problem.proxies import taken_for_granted
from verifier.engine.problem.services import selected, target_number
from verifier.engine.problem.variants import for_formulas
from verifier.engine.results.passedover import left_unread, made_elsewhere
from verifier.engine.results.standing import NODES_BUT_LISTED, OTHER_HOSTPODS, OTHER_PROTOCOLS
from verifier.errors import Diagnostic, InputError, InternalError, Undecided
from verifier.ir.cluster import Cluster
from verifier.ir.endpoint import Kind
from verifier.ir.filter import Choice
from verifier.ir.network import AddressSet
from verifier.ir.pods import PodPeer
from verifier.ir.policy import (
    Action,
    AddressIn,
    And,
    Direction,
    Formula,
    Hairpin,
    Havoc,
    KindIn,
    NamespaceIn,
    NamespaceLabels,
    Not,
    Or,
    PodLabels,
    PolicySet,
    PortIn,
    PortNamed,
    Role,
    SameLabel,
    SameNamespace,
    SameNode,
    SwitchIs,
    WorkloadIn,
)
from verifier.ir.residents import BELIEVED, NOBODY
from verifier.ir.switches import OPEN as LEFT_OPEN
from verifier.ir.switches import SWITCHES
from verifier.ir.universe import OPEN, Universe
from verifier.smt.limits import Limits
from verifier.vocabulary import Mentions, any_may_apply

_NO_LIMITS = Limits()


def draw(
    cluster: Cluster,
    universe: Universe = OPEN,
    switches: Mapping[str, str] | None = None,
    selection: Selection = EVERYTHING,
    diagnostics: Sequence[Diagnostic] = (),
    limits: Limits = _NO_LIMITS,
    most: int | None = None,
    *,
    by_kind: bool = False,
) -> Map:
    """The map. by_kind: of namespaces that are alike but for their names two are drawn (`kinds`). limits: of the
    solver, for what `prepare` asks.

    Raises what `prepare` raises, InputError where no pod can exist, and Undecided where policies compare labels of pods
    that could exist, or there are more than `most` classes, each counted once for every setting of the open switches
    that matter.
    """
    [context] = prepare((Given(cluster),), universe, switches, limits, Pods.FOUND)
    choices = (c.peer.pods for c in selection.choices if isinstance(c.peer, PodPeer))
    context = _told_apart(context, [PodLabels(Role.SUBJECT, pods) for pods in choices])
    mentions = mentioned((context.policies,), (context.world,))
    kinds = kinds_of(context, mentions, selection.choices) if by_kind else ()
    fewer = with_two_of_each(context, kinds)
    census = _census(fewer, mentions, selection.choices)
    klasses = census.klasses()
    if all(klass.member.kind in ("external", "node") for klass in klasses):
        raise InputError(no_pod(context.world))
    has_hostpods = any(klass.variants[0].end.endpoint.kind is Kind.HOSTPOD for klass in klasses)
    cut = Mentions()
    if selection.ports is not None:
        cut.add(selection.ports)
    other = context.switches["other_protocols"] != "off"
    ports = PortCells.of(mentions.ports | cut.ports, mentions.port_names, other)
    sorts = frozenset(klass.variants[0].end.endpoint.kind for klass in klasses)
    names = switches_that_matter(mentions, sorts, named(mentions, (context.world,)))
    undecided = left_open(names, context.switches)
    if most is not None and len(klasses) << len(undecided) > most:
        settings = f", in {1 << len(undecided)} settings of open switches" if undecided else ""
        raise Undecided(f"{len(klasses)} classes of pods and addresses{settings} are too many")
    table = FlowTable(fewer.policies, klasses, ports, context.switches, undecided)
    nodes, links, lone = _drawn(klasses, table, ports, selection)
    places = {member.namespace for node in nodes for member in node.members}
    kinds = tuple(kind for kind in kinds if not places.isdisjoint(kind.drawn))
    conditions = dict.fromkeys(c for link in links for o in link.openings for fork in o.when for c in fork)
    depends_on = {c.switch: None for c in conditions if isinstance(c, Setting)}
    if any_may_apply(context.policies, context.switches) and any(not o.surely for link in links for o in link.openings):
        depends_on["same_priority"] = None
    return Map(
        universe.name,
        universe.other_pods,
        nodes,
        links,
        lone,
        selection,
        len(context.policies.objects),
        tuple(depends_on),
        tuple(_assumptions(context, mentions, tuple(conditions))),
        (*_left_out(context, has_hostpods), *left_unread(cluster.passed_over), *census.partly),
        tuple(diagnostics),
        cluster.passed_over,
        cluster.assumptions,
        _services(context),
        not census.partly,
        kinds,
    )


def _services(context: Context) -> Mapping[str, tuple[ServedPort, ...]]:
    """The ports of Services that lead to the pods of each workload."""
    found: dict[str, dict[ServedPort, None]] = {}
    for service in context.cluster.services:
        for port in service.ports:
            for workload in selected(service, context.world):
                number = target_number(port, workload)
                if number is not None:
                    found.setdefault(str(workload), {})[ServedPort(str(service), str(port), number)] = None
    return {name: tuple(ports) for name, ports in found.items()}


def _told_apart(context: Context, formulas: Sequence[Formula]) -> Context:
    """With its workloads in variants. Where any pod could exist, those that have too many stay whole: their pods are in
    the classes of all that could exist."""
    try:
        return for_formulas(context, formulas)[0]
    except Undecided:
        if not context.universe.other_pods:
            raise
        return for_formulas(context, formulas, foreign=False)[0]


def _census(context: Context, mentions: Mentions, choices: tuple[Choice, ...]) -> Classification:
    subjects: dict[Whose, dict[int, Formula]] = {}
    guards: dict[Whose, dict[int, Formula]] = {}
    for direction in Direction:
        for stage in context.policies.pipe(direction).stages:
            selecting = [*(stage.applies or ())]
            for rung in (rung for block in stage.blocks() for rung in block.rungs):
                whose = rung.selects.namespace if rung.selects is not None and is_confined(rung.guard) else None
                guards.setdefault(whose, {})[id(rung.guard)] = rung.guard
                selecting += [rung.selects] if rung.selects is not None else []
            for who in selecting:
                subjects.setdefault(who.namespace, {})[id(who.pods)] = who.pods
    whom = {place: tuple(some.values()) for place, some in subjects.items()}
    what = {place: tuple(some.values()) for place, some in guards.items()}
    return Classification(context, mentions, whom, what, selectors_of((context.policies,), context.universe), choices)


def _drawn(
    klasses: Sequence[EndpointClass], table: FlowTable, ports: PortCells, selection: Selection
) -> tuple[tuple[Node, ...], tuple[Link, ...], frozenset[int]]:
    """Nodes, the links that are wanted, and the nodes of one pod only."""
    flows = table.flows()
    rows = [frozenset((id(opened), targets) for opened, targets in row.items()) for row in flows]
    columns = _columns(rows, len(klasses))
    alike: dict[object, list[int]] = {}
    for n, klass in enumerate(klasses):
        sort = (klass.member.kind, klass.member.host_network, klass.chosen)
        alike.setdefault((sort, rows[n], columns[n]), []).append(n)
    groups = list(alike.values())
    nodes = tuple(_node([klasses[n].member for n in group], group[0], table) for group in groups)
    lone = frozenset(i for i, group in enumerate(groups) if len(group) == 1 and klasses[group[0]].lone)
    wanted = ports.everything if selection.ports is None else _mask(selection.ports, ports)
    told: dict[int, tuple[Opening, ...]] = {}
    first = {group[0]: i for i, group in enumerate(groups)}
    firsts = as_bits(first)
    links, chosen = [], bool(selection.choices)
    for here, i in first.items():
        drawn: list[tuple[int, tuple[Opening, ...]]] = []
        for opened, targets in flows[here].items():
            if id(opened) not in told:
                told[id(opened)] = tuple(_openings(opened, wanted, ports))
            if openings := told[id(opened)]:
                drawn += [(there, openings) for there in bits(targets & firsts)]
        for there, openings in sorted(drawn, key=itemgetter(0)):
            j = first[there]
            if i == j and i in lone:
                continue
            if chosen and not _is_wanted(selection, klasses[here].chosen, klasses[there].chosen):
                continue
            links.append(Link(i, j, openings))
    return nodes, tuple(links), lone


def _columns(rows: Sequence[frozenset[tuple[int, int]]], number: int) -> list[frozenset[tuple[int, int]]]:
    """Rows of what each opens to whom, as bits, by whom it is opened to; what is opened by its identity."""
    alike: dict[frozenset[tuple[int, int]], list[int]] = {}
    for source, row in enumerate(rows):
        alike.setdefault(row, []).append(source)
    columns: list[dict[int, int]] = [{} for _ in range(number)]
    for row, some in alike.items():
        sources = as_bits(some)
        for opened, targets in row:
            for target in bits(targets):
                columns[target][opened] = columns[target].get(opened, 0) | sources
    return [frozenset(column.items()) for column in columns]


def _node(members: Sequence[Member], number: int, table: FlowTable) -> Node:
    """The node for classes that talk alike; addresses are one set, whatever they were cut into."""
    isolated = frozenset(way for way in Direction if table.isolated(number, way))
    outside = [m.addresses for m in members if m.addresses is not None]
    if outside:
        return Node((Member("external", addresses=reduce(AddressSet.union, outside)),), isolated)
    return Node(tuple(members), isolated)


def _is_wanted(selection: Selection, here: Sequence[bool], there: Sequence[bool]) -> bool:
    """True iff a link between two classes is wanted; `here` and `there`: which of the choices mean them."""
    first, second = len(selection.focus), len(selection.focus) + len(selection.sources)
    out, into = any(here[:first]), any(there[:first])
    focused = {Direction.EGRESS: out, Direction.INGRESS: into, None: out or into}[selection.direction]
    return (
        (focused or not selection.focus)
        and (not selection.sources or any(here[first:second]))
        and (not selection.destinations or any(there[second:]))
    )


def _mask(formula: Formula, ports: PortCells) -> int:
    """The ports for which a formula made of ports holds."""
    match formula:
        case Or(items):
            return reduce(int.__or__, (_mask(item, ports) for item in items), 0)
        case PortIn(protocol, numbers):
            return ports.of_ports(protocol, numbers)
        case (
            And() | Not() | KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn()
            | SameNamespace() | SameNode() | SameLabel() | AddressIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            raise InternalError(f"no set of ports: {formula}")
        case _:
            assert_never(formula)


def _openings(flows: Flows, wanted: int, ports: PortCells) -> Iterator[Opening]:
    for flow in flows:
        told = ports.told(flow.mask & wanted)
        if not told.is_empty:
            yield Opening(told, flow.when, flow.surely)


def _assumptions(context: Context, mentions: Mentions, conditions: Sequence[Condition]) -> Iterator[str]:
    yield from context.cluster.assumptions
    if mentions.addresses and context.switches["external_source"] == "preserved":
        yield "outside clients are seen with their own address (external_source: preserved)"
    residents = context.world.residents
    if mentions.addresses and residents != NOBODY:
        yield BELIEVED
    if residents.are_all and (context.universe.nodes or context.world.hostpods):
        yield residents.all_nodes
    if mentions.addresses and context.universe.pod_addresses is None:
        yield "pods have private addresses (the universe has no addresses.pods)"
    if len(mentions.port_names) > 1 and context.universe.other_pods and _names_can_differ(context.policies):
        yield "a pod that nobody has written calls no port by two names that policies use"
    kinds = {
        Kind.POD,
        *([Kind.NODE] if context.universe.nodes else []),
        *([Kind.HOSTPOD] if context.world.hostpods else []),
    }
    yield from taken_for_granted(mentions.switches, context.switches, kinds)
    for name in sorted({c.namespace for c in conditions if isinstance(c, NamespaceHas)}):
        yield f"nobody has said the labels of namespace {name}: {labels_left(context.universe)}"
    for name, value in context.switches.items():
        if value not in (LEFT_OPEN, SWITCHES[name].default) and not SWITCHES[name].at_reading:
            yield f"{name}: {value}"


def _names_can_differ(policies: PolicySet) -> bool:
    """True iff two names of one port can say different things: to a rule that does not allow, or to the rules of the
    source and those of the destination."""
    asked: dict[Direction, Mentions] = {direction: Mentions() for direction in Direction}
    closing = Mentions()
    for direction, mentions in asked.items():
        for stage in policies.pipe(direction).stages:
            for rung in (rung for block in stage.blocks() for rung in block.rungs):
                mentions.add(rung.guard)
                if rung.action is not Action.ALLOW:
                    closing.add(rung.guard)
    return bool(closing.port_names) or all(mentions.port_names for mentions in asked.values())


def _left_out(context: Context, has_hostpods: bool) -> Iterator[str]:
    if not context.universe.nodes:
        yield NODES_BUT_LISTED
    elif context.universe.other_pods:
        yield OTHER_HOSTPODS
    if has_hostpods and selects_hostpods(context.policies, context.switches):
        yield BESIDE_PEERS
    if not context.universe.other_pods:
        yield from made_elsewhere(context.cluster)
    if context.switches["sctp"] == "no":
        yield "SCTP (sctp: no)"
    if context.switches["other_protocols"] == "off":
        yield OTHER_PROTOCOLS
