"""Pods of workloads that a question lists: which there are, with which labels and port names, and where."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeVar

from verifier.encoding.problem import Problem
from verifier.encoding.variables import End, Which, World
from verifier.ir.endpoint import NODELIKE, Kind, NamedPort, PortSource, Workload
from verifier.ir.network import Intervals
from verifier.smt.script import FALSE, TRUE, Script, Var, conj, disj, implies, neg
from verifier.vocabulary import Vocabulary

T = TypeVar("T")
Codes = tuple[int | None, ...]
"""Namespace and label codes; None: any."""


def codes_of(workload: Workload, vocabulary: Vocabulary, *, free: bool = False) -> Codes:
    """All that a question can tell of a workload's pods but for port names. free: labels that its controller may add,
    if it is of a kind that is not known, can be any."""
    labels, any_other = workload.labels, free and workload.foreign
    domains = vocabulary.pod_labels.items()
    return (
        vocabulary.index[workload.namespace],
        *(None if any_other and k not in labels else d.code(labels.get(k)) for k, d in domains),
    )


def group(
    workloads: Iterable[Workload], vocabulary: Vocabulary, *, free: bool = False
) -> Mapping[Codes, list[Workload]]:
    """Workloads that a question cannot tell apart but by port names, under their codes."""
    groups: dict[Codes, list[Workload]] = {}
    for workload in workloads:
        groups.setdefault(codes_of(workload, vocabulary, free=free), []).append(workload)
    return groups


def fit(pattern: Codes, codes: Codes) -> bool:
    """True iff some labels have both codes."""
    return all(a is None or b is None or a == b for a, b in zip(pattern, codes, strict=True))


def declare_pods(script: Script, world: World, problem: Problem) -> Mapping[tuple[str, Kind], Which]:
    """Which pods there are, where a side lists them, and at which addresses; a destination's port names are theirs; and
    a workload that is one pod has no other pod of its own to talk to (W5). Gives which they are, where addresses tell
    pods with the same labels apart."""
    ends = ((world.source, problem.sources), (world.destination, problem.destinations))
    which: dict[tuple[str, Kind], Which] = {}
    for kind in (Kind.POD, Kind.HOSTPOD):
        listed = [(end, side, side.pods if kind is Kind.POD else side.hostpods) for end, side in ends]
        if world.tenancies:
            which |= _told_pods(script, world, problem, kind)
            continue
        for end, side, workloads in listed:
            if kind in side.kinds and workloads is not None:
                script.require(implies(end.is_kind(kind), _is_one_of(workloads, end, world, free=problem.free_labels)))
    for literal in world.named.values():
        script.require(implies(literal, world.destination.podlike))
    if world.tenancies:
        _one_node(script, world, which)
    else:
        for term in _are_two(world, problem, free=problem.free_labels):
            script.require(term)
    return which


def have_said_labels(world: World, problem: Problem) -> str:
    """True iff the ends can be pods that have just the labels that are known of them (1.6)."""
    terms = []
    for end, side in ((world.source, problem.sources), (world.destination, problem.destinations)):
        for kind, workloads in ((Kind.POD, side.pods), (Kind.HOSTPOD, side.hostpods)):
            if kind not in side.kinds or not any(w.foreign or w.supposed for w in workloads or ()):
                continue
            said = [w for w in workloads or () if not w.supposed]
            which = world.which.get((end.name, kind))
            if which is None:
                known = _is_one_of(said, end, world, free=False)
            else:
                of_each = (
                    (which.value.equals(which.numbers[w]), has_codes(end, codes_of(w, world.vocabulary))) for w in said
                )
                known = disj({conj(both): None for both in of_each})
            terms.append(implies(end.is_kind(kind), known))
    if not terms:
        return TRUE
    return conj(terms if world.tenancies else (*terms, *_are_two(world, problem, free=False)))


def _is_one_of(workloads: Iterable[Workload], end: End, world: World, *, free: bool) -> str:
    """True iff the end has the namespace, labels and, as a destination, port names of one of the workloads."""
    terms = []
    for codes, members in group(workloads, world.vocabulary, free=free).items():
        own = {_ports_of(w, end, world): None for w in members}
        terms.append(conj((has_codes(end, codes), disj(own))))
    return disj(terms)


def _told_pods(script: Script, world: World, problem: Problem, kind: Kind) -> Mapping[tuple[str, Kind], Which]:
    """The same where addresses are known, so that pods with the same labels can be told apart by where they are: for an
    end whose pods are listed a variable says which of those it is that nothing tells apart."""
    sides = ((world.source, problem.sources), (world.destination, problem.destinations))
    ends = [(end, side.pods if kind is Kind.POD else side.hostpods) for end, side in sides if kind in side.kinds]
    nodes = bool((problem.sources.kinds | problem.destinations.kinds) & NODELIKE)
    alike: dict[object, list[Workload]] = {}
    for workload in dict.fromkeys(w for _, listed in ends for w in listed or ()):
        alike.setdefault(_telling(workload, world, nodes, free=problem.free_labels), []).append(workload)
    numbers = {w: number for number, members in enumerate(alike.values()) for w in members}
    found = {}
    for end, listed in ends:
        if listed is None:
            continue
        value = script.bits(f"{end.name}.{kind}", max(1, len(alike)))
        found[end.name, kind] = Which(value, numbers)
        terms = (
            conj((value.equals(number), has_codes(end, codes_of(w, world.vocabulary, free=problem.free_labels)),
                  _ports_of(w, end, world), lives(w, end, world)))
            for number, w in {numbers[w]: w for w in listed}.items()
        )  # fmt: skip
        script.require(implies(end.is_kind(kind), disj(terms)))
    for both in of_one_pod(enumerate(alike.values())) if len(found) == 2 else ():
        met = zip((end for end, _ in ends), both, strict=True)
        here = (conj((end.is_kind(kind), found[end.name, kind].value.equals(n))) for end, n in met)
        script.require(neg(conj(here)))
    return found


def of_one_pod(groups: Iterable[tuple[T, Iterable[Workload]]]) -> Iterator[tuple[T, T]]:
    """Of groups of workloads under their names: every two (one with itself, too) in which all is one and the same
    pod, so that these cannot be the two ends of a connection (W5)."""
    found: dict[object, list[T]] = {}
    for name, workloads in groups:
        pods = {workload.one_pod for workload in workloads}
        if len(pods) == 1 and None not in pods:
            found.setdefault(pods.pop(), []).append(name)
    return ((one, other) for names in found.values() for one in names for other in names)


def _one_node(script: Script, world: World, which: Mapping[tuple[str, Kind], Which]) -> None:
    """Two listed pods that say where they run are on one node iff that is the same; so far as it matters."""
    on_node = disj((world.source.nodelike, world.destination.nodelike))
    for given, tenancy in world.tenancies.items():
        homes: list[dict[int, str]] = []
        for end in (world.source, world.destination):
            there: dict[int, str] = {}
            for (name, kind), known in which.items():
                at: dict[int, set[int]] = {}
                for workload, number in known.numbers.items() if name == end.name else ():
                    home = tenancy.home_of(workload)
                    if home is not None and workload.host_network is (kind is Kind.HOSTPOD):
                        at.setdefault(home, set()).add(number)
                for home, numbers in at.items():
                    here = conj((end.is_kind(kind), known.value.among(numbers)))
                    there[home] = disj((there.get(home, FALSE), here))
            homes.append(there)
        together = disj(conj((here, homes[1][home])) for home, here in homes[0].items() if home in homes[1])
        both = conj((given, on_node, *(disj(there.values()) for there in homes)))
        if both != FALSE:
            script.require(implies(conj((both, world.same_node)), together))
            script.require(implies(conj((both, together)), world.same_node))


def _telling(workload: Workload, world: World, nodes: bool, *, free: bool) -> object:
    """All by which the question can tell the pods of a workload. nodes: on which node they are, too."""
    ports = tuple(p for p in workload.named_ports if p.name in world.named)
    places = tuple((t.of_workload(workload), t.home_of(workload) if nodes else None) for t in world.tenancies.values())
    return codes_of(workload, world.vocabulary, free=free), ports, places


def _ports_of(workload: Workload, end: End, world: World) -> str:
    return has_ports(workload, world) if end is world.destination and world.named else TRUE


def lives(workload: Workload, end: End, world: World) -> str:
    """True iff the end is where the pods of the workload are, as far as the input says: at their addresses, and on one
    node with the other end iff that is on theirs."""
    other = world.source if end is world.destination else world.destination
    terms = []
    for given, tenancy in world.tenancies.items():
        told = workload.host_network or not tenancy.all_nodes
        term = in_cells(end.address, tenancy.of_workload(workload)) if told else TRUE
        home = tenancy.home_of(workload)
        if home is not None:
            beside, only = in_cells(other.address, tenancy.beside(home)), in_cells(other.address, tenancy.only_at(home))
            there = conj((implies(world.same_node, beside), disj((world.same_node, neg(only)))))
            term = conj((term, implies(other.nodelike, there)))
        terms.append(implies(given, term))
    return conj(terms)


def in_cells(address: Var, cells: Collection[int]) -> str:
    return TRUE if len(cells) == address.size else address.among(sorted(cells))


def has_codes(end: End, codes: Codes) -> str:
    """True iff the end has the namespace and labels that the codes stand for."""
    variables = (end.namespace, *end.labels.values())
    return conj(var.equals(code) for var, code in zip(variables, codes, strict=True) if code is not None)


def has_ports(workload: Workload, world: World) -> str:
    """The truth of every mentioned port name for the connection's protocol and port, at this workload (3.4)."""
    return conj(_iff(literal, _named(workload.named_ports, name, world)) for name, literal in world.named.items())


def _iff(literal: str, term: str) -> str:
    if term in (TRUE, FALSE):
        return literal if term == TRUE else neg(literal)
    return f"(= {literal} {term})"


def _named(declared: tuple[NamedPort, ...], name: str, world: World) -> str:
    """True iff a declaration that counts gives `name` to the connection's protocol and port (switches named_port_*)."""
    mine = [p for p in declared if p.name == name]
    terms = []
    for place, entry in enumerate(mine):
        later = (_counts(other.source, world) for other in mine[place + 1 :])
        last = disj((world.switch_is("named_port_dup", "all"), neg(disj(later))))
        terms.append(
            conj(
                (
                    _counts(entry.source, world),
                    last,
                    world.port_among(entry.protocol, Intervals(((entry.port, entry.port),))),
                )
            )
        )
    return disj(terms)


def _counts(source: PortSource, world: World) -> str:
    """True iff port names of this kind of container count (switch named_port_source)."""
    match source:
        case PortSource.CONTAINER:
            return TRUE
        case PortSource.SIDECAR:
            return neg(world.switch_is("named_port_source", "containers"))
        case PortSource.INIT:
            return world.switch_is("named_port_source", "all_init")


def _are_two(world: World, problem: Problem, *, free: bool) -> Iterator[str]:
    """W5: a workload that is one pod has no other pod of its own to talk to, but for pods with the same labels. free:
    with whatever labels pods may have."""
    for kind, starts, ends in (
        (Kind.POD, problem.sources.pods, problem.destinations.pods),
        (Kind.HOSTPOD, problem.sources.hostpods, problem.destinations.hostpods),
    ):
        if starts is None or ends is None or kind not in problem.sources.kinds & problem.destinations.kinds:
            continue
        told = ([w for w in some if free or not w.supposed] for some in (starts, ends))
        sources, destinations = (group(some, problem.vocabulary, free=free) for some in told)
        everything = {*sources, *destinations}
        patterns = {c for c in everything if None in c}
        members: dict[Codes, list[Workload]] = {}
        for codes in everything:
            alike = {codes, *(c for c in (everything if None in codes else patterns) if fit(c, codes))}
            members[codes] = [w for groups in (sources, destinations) for c in alike for w in groups.get(c, ())]
        for here, there in of_one_pod(members.items()):
            if here in sources and there in destinations:
                met = ((world.source, here), (world.destination, there))
                yield neg(conj(conj((e.is_kind(kind), has_codes(e, codes))) for e, codes in met))
