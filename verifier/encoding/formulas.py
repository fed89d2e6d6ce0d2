"""Formulas as SMT-LIB terms: the symbolic reading of what `verifier.semantics.holds` reads concretely."""

from dataclasses import dataclass, field

from verifier.encoding.world import PROTOCOLS, End, World, among
from verifier.ir.labels import NAMESPACE_NAME, Operator, Requirement, Selector
from verifier.ir.network import Protocol
from verifier.ir.policy import (
    AddressIn,
    And,
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
    SwitchIs,
)
from verifier.smt.script import FALSE, Script, conj, disj, neg


@dataclass(frozen=True, slots=True)
class View:
    """The connection seen from one end. `as_seen`: addresses are those that ipBlocks see (policies), not the real ones
    (properties)."""

    name: str
    subject: End
    peer: End
    as_seen: bool

    def end(self, role: Role) -> End:
        return self.subject if role is Role.SUBJECT else self.peer


@dataclass(slots=True)
class Encoder:
    """Turns formulas into terms; equal objects seen from one end are written once and named."""

    script: Script
    world: World
    _terms: dict[tuple[int, str], str] = field(default_factory=dict)
    _kept: list[Formula] = field(default_factory=list)
    _requirements: dict[tuple[str, bool, Requirement], str] = field(default_factory=dict)

    def term(self, formula: Formula, view: View) -> str:
        """A term that is true iff `formula` holds of the connection as seen in `view`."""
        key = (id(formula), view.name)
        if key not in self._terms:
            self._kept.append(formula)  # INVARIANT: an id in the table belongs to an object that is alive
            self._terms[key] = self._encode(formula, view)
        return self._terms[key]

    def _encode(self, formula: Formula, view: View) -> str:
        match formula:
            case And(items):
                return self.script.define(f"{view.name}.and", conj(self.term(i, view) for i in items))
            case Or(items):
                return self.script.define(f"{view.name}.or", disj(self.term(i, view) for i in items))
            case Not(item):
                return neg(self.term(item, view))
            case _:
                return self._atom(formula, view)

    def _atom(self, formula: Formula, view: View) -> str:
        world = self.world
        match formula:
            case KindIn(role, kinds):
                return view.end(role).is_kind(*sorted(kinds))
            case PodLabels(role, selector):
                return self._selector(selector, view.end(role), of_namespace=False)
            case NamespaceLabels(role, selector):
                return self._selector(selector, view.end(role), of_namespace=True)
            case NamespaceIn(role, names):
                end, index = view.end(role), world.vocabulary.index
                return conj((end.podlike, end.namespace.among(index[n] for n in names if n in index)))
            case SameNamespace():
                one, other = view.subject, view.peer
                return conj((one.podlike, other.podlike, one.namespace.same(other.namespace)))
            case SameLabel(key, of_namespace):
                return self._same_label(key, of_namespace, view)
            case AddressIn(role, addresses):
                end = view.end(role)
                return among(end.seen if view.as_seen else end.address, addresses, world.vocabulary)
            case PortIn(protocol, ports):
                return FALSE if protocol is Protocol.OTHER else world.port_among(protocol, ports)
            case PortNamed(name, protocol):
                fits = PROTOCOLS[:3] if protocol is None else (protocol,)
                return conj((world.named[name], world.protocol.among(PROTOCOLS.index(p) for p in fits)))
            case SwitchIs(switch, value):
                return world.switch_is(switch, value)
            case Hairpin():
                return FALSE  # W5: no claim speaks about a pod's traffic with itself
            case _:
                raise AssertionError(formula)

    def _same_label(self, key: str, of_namespace: bool, view: View) -> str:
        one, other = view.subject, view.peer
        if of_namespace and key == NAMESPACE_NAME:
            same = one.namespace.same(other.namespace)
        elif of_namespace:
            same = one.namespace_labels[key].same(other.namespace_labels[key])
        else:
            same = one.labels[key].same(other.labels[key])
        return conj((one.podlike, other.podlike, same))

    def _selector(self, selector: Selector, end: End, of_namespace: bool) -> str:
        return conj((end.podlike, *(self._requirement(r, end, of_namespace) for r in selector)))

    def _requirement(self, requirement: Requirement, end: End, of_namespace: bool) -> str:
        """The symbolic reading of `verifier.semantics.satisfies`."""
        key = (end.name, of_namespace, requirement)
        if key not in self._requirements:
            term = _satisfies(requirement, end, of_namespace, self.world)
            self._requirements[key] = self.script.define(f"{end.name}.requires {requirement.key}", term)
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
