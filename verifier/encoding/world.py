"""The variables of a question, and the axioms that hold of them (docs/semantics.md W1 to W8, and the universe)."""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from verifier.encoding.problem import Problem, Side
from verifier.ir.endpoint import Kind, NamedPort, PortSource, Workload
from verifier.ir.labels import NAMESPACE_NAME
from verifier.ir.network import PRIVATE_ADDRESSES, AddressSet, Intervals, Protocol
from verifier.ir.switches import OPEN, SWITCHES
from verifier.smt.script import FALSE, TRUE, Script, Var, conj, disj, implies, neg
from verifier.vocabulary import Vocabulary

KINDS = (Kind.POD, Kind.EXTERNAL, Kind.NODE, Kind.HOSTPOD)
"""Kinds by code."""
PROTOCOLS = (Protocol.TCP, Protocol.UDP, Protocol.SCTP, Protocol.OTHER)
"""Protocols by code."""


class End(Struct, frozen=True):
    """The variables of one end. Labels are codes of the vocabulary's domains, the address is the index of a cell.

    `seen`: the address as ipBlocks see it.
    """

    name: str
    kind: Var
    namespace: Var
    labels: Mapping[str, Var]
    namespace_labels: Mapping[str, Var]
    address: Var
    seen: Var
    podlike: str
    nodelike: str

    def is_kind(self, *kinds: Kind) -> str:
        return self.kind.among(KINDS.index(k) for k in kinds if KINDS.index(k) < self.kind.size)


class World(Struct, frozen=True):
    """All variables of a question. `assumptions`: literals to assume, and what each one stands for."""

    source: End
    destination: End
    protocol: Var
    port: Var
    same_node: str
    named: Mapping[str, str]
    switches: Mapping[str, Var | str]
    """An open switch is a variable; a fixed one is its value."""
    assumptions: dict[str, str]
    vocabulary: Vocabulary
    unknowns: Mapping[str, str] = {}
    """Literals of conditions that nobody can say, by what they are about; those that are missing have none."""

    def port_among(self, protocol: Protocol, ports: Intervals) -> str:
        """True iff the connection's protocol is this one and its port one of `ports`."""
        cells = self.port.within(self.vocabulary.ports.ranges(ports, 0))
        return conj((self.protocol.equals(PROTOCOLS.index(protocol)), cells))

    def switch_is(self, switch: str, value: str) -> str:
        """True iff the setting under consideration has this value."""
        setting = self.switches[switch]
        if isinstance(setting, str):
            return TRUE if setting == value else FALSE
        return setting.equals(SWITCHES[switch].values.index(value))


def declare(script: Script, problem: Problem) -> World:
    """Declares the variables and asserts the axioms, but for the invariants, which are formulas."""
    vocabulary = problem.vocabulary
    switches = {name: _switch(script, name, problem) for name in vocabulary.switches}
    source = _end(
        script, "src", problem.sources, vocabulary, moved=switches.get("external_source") not in (None, "preserved")
    )
    destination = _end(script, "dst", problem.destinations, vocabulary, moved=False)
    world = World(
        source=source,
        destination=destination,
        protocol=script.bits("proto", 3 if problem.switches["other_protocols"] == "off" else 4),
        port=script.bits("port", len(vocabulary.ports.cells)),
        same_node=script.boolean("same-node"),
        named={name: script.boolean(f"dst.named.{name}") for name in vocabulary.port_names},
        switches=switches,
        assumptions={},
        vocabulary=vocabulary,
    )
    if problem.switches["sctp"] != "yes":
        sctp = world.protocol.equals(PROTOCOLS.index(Protocol.SCTP))
        script.require(implies(sctp, world.switch_is("sctp", "yes")))
    if problem.switches["other_protocols"] != "off":
        other = world.protocol.equals(PROTOCOLS.index(Protocol.OTHER))
        script.require(implies(other, world.switch_is("other_protocols", "on")))
    for end, side in ((source, problem.sources), (destination, problem.destinations)):
        _pods(script, end, side, world, problem)
        know_namespaces(script, end, vocabulary)
        _domains(script, end, vocabulary, problem)
    _addresses(script, world, problem)
    _two_ends(script, world, problem)
    return world


def _switch(script: Script, name: str, problem: Problem) -> Var | str:
    value = problem.switches[name]
    return script.bits(f"switch.{name}", len(SWITCHES[name].values)) if value == OPEN else value


def _end(script: Script, name: str, side: Side, vocabulary: Vocabulary, moved: bool) -> End:
    codes = [KINDS.index(k) for k in side.kinds]
    kind = script.bits(f"{name}.kind", 2 if max(codes, default=0) < 2 else 4)
    script.require(kind.among(codes))
    address = script.bits(f"{name}.address", len(vocabulary.addresses.cells))
    pod, node, hostpod = (
        kind.equals(KINDS.index(k)) if k in side.kinds else FALSE for k in (Kind.POD, Kind.NODE, Kind.HOSTPOD)
    )
    return End(
        name=name,
        kind=kind,
        namespace=script.bits(f"{name}.namespace", len(vocabulary.namespaces)),
        labels={k: script.bits(f"{name}.label.{k}", len(d.values)) for k, d in vocabulary.pod_labels.items()},
        namespace_labels={
            k: script.bits(f"{name}.namespace-label.{k}", len(d.values)) for k, d in vocabulary.namespace_labels.items()
        },
        address=address,
        seen=script.bits(f"{name}.seen", len(vocabulary.addresses.cells)) if moved else address,
        podlike=disj((pod, hostpod)),
        nodelike=disj((node, hostpod)),
    )


# Pods


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


def _pods(script: Script, end: End, side: Side, world: World, problem: Problem) -> None:
    """Which pods there are, where the side lists them; a destination's port names are theirs."""
    for kind, workloads in ((Kind.POD, side.pods), (Kind.HOSTPOD, side.hostpods)):
        if kind in side.kinds and workloads is not None:
            script.require(implies(end.is_kind(kind), _is_of_one(end, workloads, world, free=problem.free_labels)))
    if end is world.destination:
        for literal in world.named.values():
            script.require(implies(literal, end.podlike))


def _is_of_one(end: End, workloads: Iterable[Workload], world: World, *, free: bool) -> str:
    """True iff the end has the namespace, labels and, as a destination, port names of one of the workloads."""
    terms = []
    for codes, members in group(workloads, world.vocabulary, free=free).items():
        here = has_codes(end, codes)
        if end is world.destination and world.named:
            here = conj((here, disj({has_ports(w, world): None for w in members})))
        terms.append(here)
    return disj(terms)


def have_said_labels(world: World, problem: Problem) -> str:
    """True iff the ends can be pods that have just the labels that are known of them (1.6)."""
    terms = []
    for end, side in ((world.source, problem.sources), (world.destination, problem.destinations)):
        for kind, workloads in ((Kind.POD, side.pods), (Kind.HOSTPOD, side.hostpods)):
            if kind in side.kinds and any(workload.foreign for workload in workloads or ()):
                terms.append(implies(end.is_kind(kind), _is_of_one(end, workloads or (), world, free=False)))
    return conj((*terms, *_are_two(world, problem, free=False))) if terms else TRUE


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


# Namespaces


def know_namespaces(script: Script, end: End, vocabulary: Vocabulary) -> None:
    """A namespace whose labels are known has exactly these (W8)."""
    for key, var in end.namespace_labels.items():
        domain = vocabulary.namespace_labels[key]
        by_value: dict[int, list[int]] = {}
        for index, namespace in enumerate(vocabulary.namespaces):
            if namespace.labels is not None:
                by_value.setdefault(domain.code(namespace.labels.get(key)), []).append(index)
        for code, indices in sorted(by_value.items()):
            script.require(implies(conj((end.podlike, end.namespace.among(indices))), var.equals(code)))


def _domains(script: Script, end: End, vocabulary: Vocabulary, problem: Problem) -> None:
    """Values that the universe closes or requires."""
    for variables, domains in (
        (end.labels, vocabulary.pod_labels),
        (end.namespace_labels, vocabulary.namespace_labels),
    ):
        for key, var in variables.items():
            if len(domains[key].possible) < len(domains[key].values):
                script.require(implies(end.podlike, var.among(domains[key].possible)))
    if not problem.universe.other_namespaces:
        script.require(implies(end.podlike, end.namespace.within([(0, vocabulary.declared - 1)])))
    names = problem.universe.namespace_labels.get(NAMESPACE_NAME)
    if names is not None and not names.others:  # W2: the label is the name
        listed = (i for i, namespace in enumerate(vocabulary.namespaces) if namespace.name in names.values)
        script.require(implies(end.podlike, end.namespace.among(listed)))


# Addresses


def among(var: Var, addresses: AddressSet, vocabulary: Vocabulary) -> str:
    """True iff the cell lies in the set."""
    cells = vocabulary.addresses
    return var.within(r for f in (4, 6) for r in cells.ranges(addresses.family(f), f))


def _addresses(script: Script, world: World, problem: Problem) -> None:
    vocabulary, universe = problem.vocabulary, problem.universe
    ends = (world.source, world.destination)
    if universe.pod_addresses is None:
        literal = script.boolean("assume.private-pod-addresses")
        world.assumptions[literal] = "pods have private addresses (RFC 1918, fc00::/7)"
        pods, given = PRIVATE_ADDRESSES, literal
    else:
        pods, given = universe.pod_addresses, TRUE
    for end in ends:
        script.require(implies(conj((given, end.is_kind(Kind.POD))), among(end.address, pods, vocabulary)))
        if universe.node_addresses is not None:
            script.require(implies(end.nodelike, among(end.address, universe.node_addresses, vocabulary)))
    if world.source.seen is not world.source.address:
        _translated(script, world, problem)


def _translated(script: Script, world: World, problem: Problem) -> None:
    """Under `external_source: node` a node's address of the same family may be seen instead of the client's (1.4)."""
    vocabulary, nodes = problem.vocabulary, problem.universe.node_addresses
    source = world.source
    kept = source.seen.same(source.address)
    node = conj(
        (
            _same_family(source.seen, source.address, vocabulary),
            TRUE if nodes is None else among(source.seen, nodes, vocabulary),
        )
    )
    free = conj((source.is_kind(Kind.EXTERNAL), world.switch_is("external_source", "node")))
    script.require(disj((kept, conj((free, node)))))


def _same_family(one: Var, other: Var, vocabulary: Vocabulary) -> str:
    families = {cell.family for cell in vocabulary.addresses.cells}
    if len(families) < 2:
        return TRUE
    last4 = vocabulary.addresses.first(6) - 1
    return f"(= {one.within([(0, last4)])} {other.within([(0, last4)])})"


# Both ends


def _two_ends(script: Script, world: World, problem: Problem) -> None:
    vocabulary = problem.vocabulary
    source, destination = world.source, world.destination
    script.require(disj((source.podlike, destination.podlike)))  # W7
    script.require(_same_family(source.address, destination.address, vocabulary))  # W3
    together = conj((source.podlike, destination.podlike, source.namespace.same(destination.namespace)))
    for key, var in source.namespace_labels.items():  # W1
        script.require(implies(together, var.same(destination.namespace_labels[key])))
    singletons = [i for i, cell in enumerate(vocabulary.addresses.cells) if cell.size == 1]
    if singletons:  # W3: only what runs on one node can share an address
        shared = conj((source.address.same(destination.address), source.address.among(singletons)))
        script.require(implies(shared, conj((source.nodelike, destination.nodelike, world.same_node))))
    for term in _are_two(world, problem, free=problem.free_labels):
        script.require(term)
    if source.nodelike == FALSE and destination.nodelike == FALSE:
        script.require(neg(world.same_node))


def _are_two(world: World, problem: Problem, *, free: bool) -> Iterator[str]:
    """W5: a workload that is one pod has no other pod of its own to talk to, but for pods with the same labels."""
    for kind, starts, ends in (
        (Kind.POD, problem.sources.pods, problem.destinations.pods),
        (Kind.HOSTPOD, problem.sources.hostpods, problem.destinations.hostpods),
    ):
        if starts is None or ends is None or kind not in problem.sources.kinds & problem.destinations.kinds:
            continue
        sources, destinations = (group(some, problem.vocabulary, free=free) for some in (starts, ends))
        for codes in (c for c in sources if c in destinations):
            alike = (
                w for groups in (sources, destinations) for c, some in groups.items() if fit(c, codes) for w in some
            )
            members = {id(w): w for w in alike}
            if len(members) == 1 and sources[codes][0].single:
                here = (conj((e.is_kind(kind), has_codes(e, codes))) for e in (world.source, world.destination))
                yield neg(conj(here))
