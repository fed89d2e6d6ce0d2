"""The variables of a question, and the axioms that hold of them (docs/semantics.md W1 to W8, and the universe)."""

from collections.abc import Mapping

from msgspec.structs import replace

from verifier.encoding.listed import declare_pods, in_cells
from verifier.encoding.problem import Problem, Side
from verifier.encoding.tenancy import Tenancy
from verifier.encoding.variables import KINDS, PROTOCOLS, End, World
from verifier.ir.endpoint import NODELIKE, Kind
from verifier.ir.labels import NAMESPACE_NAME
from verifier.ir.network import PRIVATE_ADDRESSES, AddressSet, Protocol
from verifier.ir.residents import BELIEVED, NOBODY
from verifier.ir.switches import OPEN, SWITCHES
from verifier.smt.script import FALSE, TRUE, Script, Var, conj, disj, implies, neg
from verifier.vocabulary import Vocabulary


def declare(script: Script, problem: Problem) -> World:
    """Declares the variables and asserts the axioms, but for the invariants, which are formulas."""
    vocabulary = problem.vocabulary
    switches = {name: _switch(script, name, problem) for name in vocabulary.switches}
    source = _end(
        script, "src", problem.sources, vocabulary, moved=switches.get("external_source") not in (None, "preserved")
    )
    destination = _end(script, "dst", problem.destinations, vocabulary, moved=False)
    assumptions: dict[str, str] = {}
    tenancies = _tenancies(script, assumptions, problem)
    world = World(
        source=source,
        destination=destination,
        protocol=script.bits("proto", 3 if problem.switches["other_protocols"] == "off" else 4),
        port=script.bits("port", len(vocabulary.ports.cells)),
        same_node=script.boolean("same-node"),
        named={name: script.boolean(f"dst.named.{name}") for name in vocabulary.port_names},
        switches=switches,
        assumptions=assumptions,
        vocabulary=vocabulary,
        tenancies=tenancies,
    )
    if problem.switches["sctp"] != "yes":
        sctp = world.protocol.equals(PROTOCOLS.index(Protocol.SCTP))
        script.require(implies(sctp, world.switch_is("sctp", "yes")))
    if problem.switches["other_protocols"] != "off":
        other = world.protocol.equals(PROTOCOLS.index(Protocol.OTHER))
        script.require(implies(other, world.switch_is("other_protocols", "on")))
    if problem.marks is not None:
        version, marks = problem.marks.declare(script)
        world = replace(world, version=version, marks=marks)
    world = replace(world, which=declare_pods(script, world, problem))
    for end in (source, destination):
        know_namespaces(script, end, vocabulary)
        _domains(script, end, vocabulary, problem)
    _addresses(script, world, problem)
    for given, tenancy in tenancies.items():
        _tenants(script, world, problem, given, tenancy)
    _two_ends(script, world)
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
        namespace=script.told(f"{name}.namespace", len(vocabulary.namespaces)),
        labels={k: script.bits(f"{name}.label.{k}", len(d.values)) for k, d in vocabulary.pod_labels.items()},
        namespace_labels={
            k: script.bits(f"{name}.namespace-label.{k}", len(d.values)) for k, d in vocabulary.namespace_labels.items()
        },
        address=address,
        seen=script.bits(f"{name}.seen", len(vocabulary.addresses.cells)) if moved else address,
        podlike=disj((pod, hostpod)),
        nodelike=disj((node, hostpod)),
    )


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


_PRIVATE = "pods have private addresses (RFC 1918, fc00::/7)"


def _addresses(script: Script, world: World, problem: Problem) -> None:
    given = TRUE
    if problem.universe.pod_addresses is None:
        given = script.boolean("assume.private-pod-addresses")
        world.assumptions[given] = _PRIVATE
    _ranges(script, world, problem, given)
    if world.source.seen is not world.source.address:
        _translated(script, world, problem)


def _ranges(script: Script, world: World, problem: Problem, given: str) -> None:
    """Pods and nodes are where the universe has them, or, where it does not say where pods are and `given` holds, in
    private ranges."""
    universe = problem.universe
    pods = PRIVATE_ADDRESSES if universe.pod_addresses is None else universe.pod_addresses
    for end in (world.source, world.destination):
        script.require(implies(conj((given, end.is_kind(Kind.POD))), among(end.address, pods, world.vocabulary)))
        if universe.node_addresses is not None:
            script.require(implies(end.nodelike, among(end.address, universe.node_addresses, world.vocabulary)))


def declare_places(script: Script, other: World, new: World, problem: Problem) -> None:
    """What holds of the addresses of both ends where the old side of a comparison has its own: what does on the new
    side, whose family is theirs, too."""
    given = next((literal for literal, text in new.assumptions.items() if text == _PRIVATE), TRUE)
    _ranges(script, other, problem, given)
    _two_places(script, other)
    script.require(_same_family(other.source.address, new.source.address, new.vocabulary))


def _tenancies(script: Script, assumptions: dict[str, str], problem: Problem) -> Mapping[str, Tenancy]:
    """What the input says of addresses, each under a literal that assumes it: whose they are; and where the nodes of
    the input are all there are, that. None where it says nothing."""
    residents = problem.residents
    if residents == NOBODY:
        return {}
    cells = problem.vocabulary.addresses
    known = script.boolean("assume.addresses")
    assumptions[known] = BELIEVED
    found = {known: Tenancy(residents, problem.universe, cells, all_nodes=False)}
    if residents.are_all:
        literal = script.boolean("assume.nodes")
        assumptions[literal] = residents.all_nodes
        found[literal] = Tenancy(residents, problem.universe, cells, all_nodes=True)
    return found


def _tenants(script: Script, world: World, problem: Problem, given: str, tenancy: Tenancy) -> None:
    """Who can be at which address, and what that says of nodes."""
    ends = (world.source, world.destination)
    for end, side in zip(ends, (problem.sources, problem.destinations), strict=True):
        listed = {Kind.POD: side.pods, Kind.HOSTPOD: side.hostpods}
        kinds = (k for k in KINDS[: end.kind.size] if listed.get(k) is None)  # where listed pods are, `lives` says
        for kind in (k for k in kinds if not tenancy.all_nodes or k in NODELIKE):
            script.require(implies(conj((given, end.is_kind(kind))), in_cells(end.address, tenancy.of(kind))))
    both = conj((given, *(end.nodelike for end in ends)))
    if both == FALSE:
        pass
    elif tenancy.all_nodes:
        together = (conj(in_cells(e.address, cells) for e in ends) for cells in tenancy.neighbourhoods())
        script.require(implies(conj((both, world.same_node)), disj(together)))
    for cells in tenancy.lone() if both != FALSE else ():
        alone = conj(in_cells(e.address, cells) for e in ends)
        script.require(implies(conj((both, alone)), world.same_node))
    if tenancy.all_nodes and len(tenancy.residents.homes) == 1:
        on_node = disj(end.nodelike for end in ends)
        script.require(implies(conj((given, on_node, *(disj((e.podlike, e.nodelike)) for e in ends))), world.same_node))


def _translated(script: Script, world: World, problem: Problem) -> None:
    """Under `external_source: node` a node's address of the same family may be seen instead of the client's (1.4)."""
    vocabulary, nodes = problem.vocabulary, problem.universe.node_addresses
    source = world.source
    kept = source.seen.same(source.address)
    node = conj(
        (
            _same_family(source.seen, source.address, vocabulary),
            TRUE if nodes is None else among(source.seen, nodes, vocabulary),
            *(implies(given, in_cells(source.seen, t.for_nodes)) for given, t in world.tenancies.items()),
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


def _two_ends(script: Script, world: World) -> None:
    source, destination = world.source, world.destination
    script.require(disj((source.podlike, destination.podlike)))  # W7
    together = conj((source.podlike, destination.podlike, source.namespace.same(destination.namespace)))
    for key, var in source.namespace_labels.items():  # W1
        script.require(implies(together, var.same(destination.namespace_labels[key])))
    _two_places(script, world)
    if source.nodelike == FALSE and destination.nodelike == FALSE:
        script.require(neg(world.same_node))


def _two_places(script: Script, world: World) -> None:
    """W3: one family, and only what runs on one node can share an address."""
    source, destination, vocabulary = world.source, world.destination, world.vocabulary
    script.require(_same_family(source.address, destination.address, vocabulary))
    singletons = [i for i, cell in enumerate(vocabulary.addresses.cells) if cell.size == 1]
    if singletons:
        shared = conj((source.address.same(destination.address), source.address.among(singletons)))
        script.require(implies(shared, conj((source.nodelike, destination.nodelike, world.same_node))))
