"""Formulas as SMT-LIB terms: the symbolic reading of what `verifier.semantics.holds` reads concretely."""

from collections.abc import Iterable, Mapping
from typing import assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from verifier.encoding.atoms import (
    AddressAtom,
    Atom,
    AtomTable,
    KindAtom,
    LabelAtom,
    NamedPortAtom,
    NamespaceAtom,
    PortAtom,
    SameLabelAtom,
    SameNamespaceAtom,
    SameNodeAtom,
    SwitchAtom,
    UnknownAtom,
)
from verifier.encoding.variables import PROTOCOLS, End, World
from verifier.encoding.world import among
from verifier.ir.endpoint import NODELIKE, PODLIKE
from verifier.ir.labels import NAMESPACE_NAME, Operator, Requirement, Selector, satisfies
from verifier.ir.network import Intervals, Protocol
from verifier.ir.policy import (
    AddressIn,
    And,
    Formula,
    Hairpin,
    Havoc,
    KindIn,
    Leaf,
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
    WorkloadIn,
)
from verifier.smt.script import FALSE, TRUE, Script, conj, disj, neg


class View(Struct, frozen=True):
    """The connection seen from one end. `havoc`: what is made of conditions that nobody can say and that have no
    literal, where they stand under no Not or an even number of them, and the opposite of what is made of them
    elsewhere: so that what is seen is what may hold, or what surely does. `as_seen`: addresses are those that ipBlocks
    see (policies), not the real ones (properties). `supposing`: what is made of others, by what they are about,
    wherever they stand."""

    name: str
    subject: End
    peer: End
    as_seen: bool
    havoc: str = TRUE
    supposing: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """The name by which terms tell one view from another."""
        supposed = "".join(f", {about} {value}" for about, value in self.supposing)
        return f"{self.name}{supposed}" if self.havoc == TRUE else f"{self.name}{supposed}, surely"

    def sure(self) -> "View":
        """The same view of what surely holds."""
        return replace(self, havoc=FALSE)

    def under_not(self) -> "View":
        """The same view of what stands under a Not (`verifier.semantics.View.under_not`)."""
        return replace(self, havoc=neg(self.havoc))

    def end(self, role: Role) -> End:
        return self.subject if role is Role.SUBJECT else self.peer


class Encoder(Struct):
    """Turns formulas into terms; equal objects seen from one end are written once and named.

    atoms: where given, every leaf becomes a literal of that table.
    side, pod_side: which side of a comparison this one reads, where the two differ in the labels of namespaces, or in
        the labels and ports of pods; place_side: where they differ in the network of pods.
    pods: the term of "this end is a pod of that workload", for the workloads that formulas mention.
    """

    script: Script
    world: World
    atoms: AtomTable | None = None
    side: str = ""
    pod_side: str = ""
    place_side: str = ""
    pods: Mapping[tuple[str, str], str] = field(default_factory=dict)
    _terms: dict[tuple[int, str], str] = field(default_factory=dict)
    _havoc: dict[int, bool] = field(default_factory=dict)
    _kept: list[Formula] = field(default_factory=list)
    _requirements: dict[tuple[str, bool, Requirement], str] = field(default_factory=dict)
    _places: dict[tuple[str, frozenset[str]], str] = field(default_factory=dict)
    _nameless: frozenset[str] | None = None

    def term(self, formula: Formula, view: View) -> str:
        """A term that is true iff `formula` holds of the connection as seen in `view`: may hold, or surely does."""
        key = (id(formula), view.title)
        if key not in self._terms:
            self._kept.append(formula)  # INVARIANT: an id in the table belongs to an object that is alive
            self._terms[key] = self._encode(formula, view)
        return self._terms[key]

    def has_havoc(self, formula: Formula) -> bool:
        """True iff something in the formula is what nobody can say and has no literal."""
        found = self._havoc.get(id(formula))
        if found is None:
            match formula:
                case And(items) | Or(items):
                    found = any(map(self.has_havoc, items))
                case Not(item):
                    found = self.has_havoc(item)
                case Havoc(about):
                    found = about not in self.world.unknowns and about not in self.world.marks
                case (
                    KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace()
                    | SameNode() | SameLabel() | AddressIn() | PortIn() | PortNamed() | SwitchIs() | Hairpin()
                ):  # fmt: skip
                    found = False
                case _:
                    assert_never(formula)
            self._kept.append(formula)
            self._havoc[id(formula)] = found
        return found

    def podlike(self, end: End) -> str:
        """True iff the end is a pod or hostpod."""
        return self._leaf(KindAtom(end.name, PODLIKE), end.podlike)

    def nodelike(self, end: End) -> str:
        """True iff the end is a node or a hostpod."""
        return self._leaf(KindAtom(end.name, NODELIKE, self.place_side), end.nodelike)

    def same_node(self) -> str:
        """True iff both ends run on one node."""
        return self._leaf(SameNodeAtom(), self.world.same_node)

    def in_namespaces(self, end: End, names: Iterable[str]) -> str:
        """True iff the end is a pod or hostpod in one of these namespaces; those that nobody can be in do not count.

        Namespaces without a name of their own (all of them, or none) are told by those that have one.
        """
        key = (end.name, frozenset(names))
        if key not in self._places:
            self._places[key] = self._in_namespaces(end, key[1])
        return self._places[key]

    def _in_namespaces(self, end: End, names: frozenset[str]) -> str:
        index = self.world.vocabulary.index
        possible = frozenset(n for n in names if n in index)
        if self._nameless is None:
            self._nameless = frozenset(n.name for n in self.world.vocabulary.namespaces if n.unnamed)
        told = possible if possible.isdisjoint(self._nameless) else frozenset(index) - possible
        inside = self._leaf(NamespaceAtom(end.name, told), end.namespace.among(index[n] for n in told))
        found = conj((self.podlike(end), inside if told is possible else neg(inside)))
        return self.script.define(f"{end.name}.in namespaces", found) if len(told) > 8 else found

    def switch_is(self, switch: str, value: str) -> str:
        """True iff the switch has this value."""
        called = self.world.called.get(switch, switch)
        return self._leaf(SwitchAtom(called, value), self.world.switch_is(switch, value))

    def port_in(self, protocol: Protocol, ports: Intervals) -> str:
        """True iff the protocol is this one and the port one of these."""
        inside = FALSE if protocol is Protocol.OTHER else self.world.port_among(protocol, ports)
        return self._leaf(PortAtom(protocol, ports), inside)

    def port_named(self, name: str, protocols: frozenset[Protocol]) -> str:
        """True iff the destination gives this name to the connection's protocol, one of these, and port."""
        proto = self.world.protocol.among(PROTOCOLS.index(p) for p in protocols)
        atom = NamedPortAtom(f"{self.world.names_called}{name}", protocols, self.pod_side)
        return self._leaf(atom, conj((self.world.named[name], proto)))

    def _side(self, of_namespace: bool) -> str:
        return self.side if of_namespace else self.pod_side

    def _leaf(self, atom: Atom, term: str) -> str:
        return term if self.atoms is None else self.atoms.literal(atom, term)

    def _encode(self, formula: Formula, view: View) -> str:
        match formula:
            case And(items):
                return self.script.define(f"{view.title}.and", conj(self.term(i, view) for i in items))
            case Or(items):
                return self.script.define(f"{view.title}.or", disj(self.term(i, view) for i in items))
            case Not(item):
                return neg(self.term(item, view.under_not() if self.has_havoc(item) else view))
            case (
                KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace() | SameNode()
                | SameLabel() | AddressIn() | PortIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc()
            ):  # fmt: skip
                return self._atom(formula, view)
            case _:
                assert_never(formula)

    def _atom(self, formula: Leaf, view: View) -> str:
        world = self.world
        match formula:
            case KindIn(role, kinds):
                end = view.end(role)
                return self._leaf(KindAtom(end.name, kinds, self.place_side), end.is_kind(*sorted(kinds)))
            case PodLabels(role, selector):
                return self._selector(selector, view.end(role), of_namespace=False)
            case WorkloadIn(role, names):
                return disj(self.pods[view.end(role).name, name] for name in sorted(names))
            case NamespaceLabels(role, selector):
                return self._selector(selector, view.end(role), of_namespace=True)
            case NamespaceIn(role, names):
                return self.in_namespaces(view.end(role), names)
            case SameNamespace():
                one, other = view.subject, view.peer
                same = self._leaf(SameNamespaceAtom(), world.source.namespace.same(world.destination.namespace))
                return conj((self.podlike(one), self.podlike(other), same))
            case SameNode():
                return conj((disj((self.nodelike(view.subject), self.nodelike(view.peer))), self.same_node()))
            case SameLabel(key, of_namespace):
                return self._same_label(key, of_namespace, view)
            case AddressIn(role, addresses):
                end = view.end(role)
                inside = among(end.seen if view.as_seen else end.address, addresses, world.vocabulary)
                as_seen = view.as_seen or end.seen is end.address
                return self._leaf(AddressAtom(end.name, addresses, as_seen, self.place_side), inside)
            case PortIn(protocol, ports):
                return self.port_in(protocol, ports)
            case PortNamed(name, protocol):
                return self.port_named(name, frozenset(PROTOCOLS[:3] if protocol is None else (protocol,)))
            case SwitchIs(switch, value):
                return self.switch_is(switch, value)
            case Havoc(about) if about in world.marks:
                return world.marks[about]
            case Havoc(about):
                literal = self.world.unknowns.get(about)
                if literal is not None:
                    return self._leaf(UnknownAtom(about), literal)
                return dict(view.supposing).get(about, view.havoc)
            case Hairpin():
                return FALSE  # W5: no claim speaks about a pod's traffic with itself
            case _:
                assert_never(formula)

    def _same_label(self, key: str, of_namespace: bool, view: View) -> str:
        one, other = self.world.source, self.world.destination
        if of_namespace and key == NAMESPACE_NAME:
            same = self._leaf(SameNamespaceAtom(), one.namespace.same(other.namespace))
        else:
            labels = (one.namespace_labels, other.namespace_labels) if of_namespace else (one.labels, other.labels)
            same = self._leaf(
                SameLabelAtom(key, of_namespace, self._side(of_namespace)), labels[0][key].same(labels[1][key])
            )
        return conj((self.podlike(view.subject), self.podlike(view.peer), same))

    def _selector(self, selector: Selector, end: End, of_namespace: bool) -> str:
        return conj((self.podlike(end), *(self.requirement(r, end, of_namespace) for r in selector)))

    def requirement(self, requirement: Requirement, end: End, of_namespace: bool) -> str:
        """The symbolic reading of `verifier.semantics.satisfies`."""
        key = (end.name, of_namespace, requirement)
        if key not in self._requirements:
            term = _satisfies(requirement, end, of_namespace, self.world)
            named = self.script.define(f"{end.name}.requires {requirement.key}", term)
            self._requirements[key] = self._leaf(
                LabelAtom(end.name, of_namespace, requirement, self._side(of_namespace)), named
            )
        return self._requirements[key]


def _satisfies(requirement: Requirement, end: End, of_namespace: bool, world: World) -> str:
    """True iff the labels of `end` meet `requirement`; a missing key satisfies NotIn (2.1)."""
    vocabulary = world.vocabulary
    if of_namespace and requirement.key == NAMESPACE_NAME:  # W2: the label is the name
        return _name_satisfies(requirement, end, world)
    domain = (vocabulary.namespace_labels if of_namespace else vocabulary.pod_labels)[requirement.key]
    var = (end.namespace_labels if of_namespace else end.labels)[requirement.key]
    listed = var.among(domain.code(value) for value in requirement.values)
    match requirement.operator:
        case Operator.IN:
            return listed
        case Operator.NOT_IN:
            return neg(listed)
        case Operator.EXISTS:
            return neg(var.equals(domain.code(None)))
        case Operator.DOES_NOT_EXIST:
            return var.equals(domain.code(None))
        case _:
            return var.among(code for code, value in enumerate(domain.values) if _meets(value, requirement))


def _meets(value: str | None, requirement: Requirement) -> bool:
    return satisfies({} if value is None else {requirement.key: value}, requirement)


def _name_satisfies(requirement: Requirement, end: End, world: World) -> str:
    index = world.vocabulary.index
    listed = end.namespace.among(index[value] for value in requirement.values if value in index)
    match requirement.operator:
        case Operator.IN:
            return listed
        case Operator.NOT_IN:
            return neg(listed)
        case Operator.EXISTS:
            return neg(FALSE)
        case Operator.DOES_NOT_EXIST:
            return FALSE
        case _:
            return end.namespace.among(code for name, code in index.items() if _meets(name, requirement))
