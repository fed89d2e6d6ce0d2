"""Leaving out rules that cannot fire for any connection of a question; never one that could.

A policy that may govern an end stays, and isolates it (`slicing`); of its rungs those go whose guard is false for every
connection that the question is about. Guards are read with three values: true, false, and what cannot be told, which
keeps the rung. What is false here is so by what the claim's own formulas say of the ends and the ports, by the kinds of
ends that there are, by labels of declared namespaces and by switches that are set: by nothing that can be assumed or
not, and by no address that policies may see another in place of (`external_source`).
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import assert_never

from msgspec import Struct

from verifier.encoding.problem import Obligation, Side
from verifier.engine.problem.ends import ANYBODY, Part, Ports, any_of, ends_of, ports_of, somebody
from verifier.ir.endpoint import NODELIKE, PODLIKE, Kind, Namespace, namespace_labels
from verifier.ir.labels import NAMESPACE_NAME, Operator, Requirement, Selector, matches, satisfies
from verifier.ir.network import AddressSet
from verifier.ir.policy import (
    FALSE,
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
    Pipe,
    PodLabels,
    PolicySet,
    PortIn,
    PortNamed,
    Role,
    Rung,
    SameLabel,
    SameNamespace,
    SameNode,
    Selects,
    SwitchIs,
    WorkloadIn,
)
from verifier.ir.switches import OPEN

_MOST_NAMES = 64
"""Namespaces of a part whose labels are looked at."""
Truth = bool | None
"""None: it cannot be told, or it is not the same for all connections."""


class Box(Struct, frozen=True, dict=True):
    """Every connection that a question looks at is in it: from one of `sources` to one of `destinations` on `ports`.
    declared: the namespaces whose labels may be known."""

    sources: tuple[Part, ...]
    destinations: tuple[Part, ...]
    ports: Ports
    switches: Mapping[str, str]
    declared: Mapping[str, Namespace]

    @cached_property
    def is_seen_as_it_is(self) -> bool:
        """True iff policies see every source under its own address."""
        outside = any(Kind.EXTERNAL in part.kinds for part in self.sources)
        return not outside or self.switches["external_source"] == "preserved"


def box_of(
    obligations: Iterable[Obligation],
    reached: Formula,
    sides: tuple[Side, Side],
    switches: Mapping[str, str],
    declared: Mapping[str, Namespace],
) -> Box:
    """The box of a question: what meets the premise of an obligation, or is in `reached` (of Problem). sides: sources,
    destinations."""
    source, destination = (side.kinds for side in sides)
    asked = [(ends_of(each.source), ends_of(each.destination), ports_of(each.both)) for each in obligations]
    if reached != FALSE:
        asked.append(((ANYBODY,), ends_of(reached), ports_of(reached)))
    return Box(
        somebody(part.of_kinds(source) for parts, *_ in asked for part in parts),
        somebody(part.of_kinds(destination) for _, parts, _ in asked for part in parts),
        any_of(ports for *_, ports in asked),
        switches,
        declared,
    )


def without_idle_rungs(policies: PolicySet, box: Box) -> PolicySet:
    """The policies without rungs that cannot fire for a connection of the box. INVARIANT: of such a connection both
    legs say what they said."""
    if not box.sources or not box.destinations:
        return policies  # nothing meets the premise, and that is for the solver to say
    return PolicySet(
        _pipe(policies.ingress, _Reading(box, Direction.INGRESS)),
        _pipe(policies.egress, _Reading(box, Direction.EGRESS)),
        policies.objects,
    )


def _pipe(pipe: Pipe, reading: "_Reading") -> Pipe:
    """The pipe without these rungs; those of no policy stay, since on them hangs what a stage `isolates`."""
    stages = tuple(
        stage.mapped(lambda who: who, lambda rung: rung if rung.selects is None or reading.can_fire(rung) else None)
        for stage in pipe.stages
    )
    return Pipe(stages, pipe.final)


class _Reading:
    """Guards of one direction, read for a whole box; remembers what it found of each formula, which rungs share."""

    def __init__(self, box: Box, direction: Direction) -> None:
        self._box = box
        ends = (box.destinations, box.sources) if direction is Direction.INGRESS else (box.sources, box.destinations)
        # Whoever is no pod is not governed: what rungs say of it makes no difference.
        subjects = somebody(part.of_kinds(PODLIKE) for part in ends[0])
        self._ends: Mapping[Role, tuple[Part, ...]] = {Role.SUBJECT: subjects, Role.PEER: ends[1]}
        self._source = Role.PEER if direction is Direction.INGRESS else Role.SUBJECT
        self._known: dict[int, tuple[Formula, Truth]] = {}
        self._selections: dict[int, tuple[Selects, bool]] = {}

    def can_fire(self, rung: Rung) -> bool:
        """False only if the rung fires for no connection of the box."""
        who = rung.selects
        if not self._ends[Role.SUBJECT] or (who is not None and not self._selects(who)):
            return False
        return self.truth(rung.guard) is not False

    def _selects(self, who: Selects) -> bool:
        found = self._selections.get(id(who))
        if found is None:
            here = who.namespace is None or not isinstance(who.namespace, str) or self._any_in(who.namespace)
            found = (who, here and self.truth(who.pods) is not False)
            self._selections[id(who)] = found  # INVARIANT: an id in the table belongs to an object that is alive
        return found[1]

    def _any_in(self, name: str) -> bool:
        return any(part.names is None or name in part.names for part in self._ends[Role.SUBJECT])

    def truth(self, formula: Formula) -> Truth:
        """True or False only if the formula is that of every connection of the box."""
        found = self._known.get(id(formula))
        if found is None:
            found = self._known[id(formula)] = (formula, self._read(formula))
        return found[1]

    def _read(self, formula: Formula) -> Truth:
        match formula:
            case And(items):
                return self._every(items)
            case Or(items):
                return self._some(items)
            case Not(item):
                return _opposite(self.truth(item))
            case KindIn(role, kinds):
                return self._of_parts(role, lambda part: _is_among(part.kinds, kinds))
            case SwitchIs(switch, value):
                setting = self._box.switches[switch]
                return None if setting == OPEN else setting == value
            case PodLabels(role, selector):
                return self._never(role, lambda part: _no_pod(part) or _contradict_any(selector, part.pods))
            case NamespaceLabels(role, selector):
                return self._never(role, lambda part: _no_pod(part) or self._in_no_namespace(part, selector))
            case NamespaceIn(role, names):
                return self._never(role, lambda part: _no_pod(part) or _are_disjoint(part.names, names))
            case AddressIn(role, addresses):
                told = role is not self._source or self._box.is_seen_as_it_is
                return self._never(role, lambda part: told and _is_elsewhere(part.addresses, addresses))
            case PortIn(protocol, ports):
                known = self._box.ports
                if known is not None and (protocol not in known or known[protocol].intersect(ports).is_empty()):
                    return False
                return None
            case PortNamed(_, protocol):
                known = self._box.ports
                other = known is not None and protocol is not None and protocol not in known
                return False if other or all(map(_no_pod, self._box.destinations)) else None
            case SameNamespace():
                return False if self._is_lonely() or self._are_apart() else None
            case SameLabel():
                return False if self._is_lonely() else None
            case SameNode():
                ends = (*self._box.sources, *self._box.destinations)
                return False if all(part.kinds.isdisjoint(NODELIKE) for part in ends) else None
            case WorkloadIn() | Hairpin() | Havoc():
                return None
            case _:
                assert_never(formula)

    def _every(self, items: tuple[Formula, ...]) -> Truth:
        """Whether all hold."""
        whole: Truth = True
        for item in items:
            truth = self.truth(item)
            if truth is False:
                return False
            whole = whole if truth else None
        return whole

    def _some(self, items: tuple[Formula, ...]) -> Truth:
        """Whether one holds."""
        whole: Truth = False
        for item in items:
            truth = self.truth(item)
            if truth is True:
                return True
            whole = None if truth is None else whole
        return whole

    def _of_parts(self, role: Role, of: Callable[[Part], Truth]) -> Truth:
        """What is the same of all parts of an end."""
        found = {of(part) for part in self._ends[role]}
        return found.pop() if len(found) == 1 else None

    def _never(self, role: Role, excluded: Callable[[Part], bool]) -> Truth:
        """False iff every part of an end is excluded."""
        return False if all(map(excluded, self._ends[role])) else None

    def _is_lonely(self) -> bool:
        """True iff an end is surely no pod."""
        return any(all(map(_no_pod, parts)) for parts in self._ends.values())

    def _are_apart(self) -> bool:
        """True iff the ends are surely in two namespaces."""
        here, there = ([part.names for part in parts] for parts in self._ends.values())
        return all(other is not None and _are_disjoint(one, other) for one in here for other in there)

    def _in_no_namespace(self, part: Part, selector: Selector) -> bool:
        """True only if no namespace that a pod of the part can be in meets the selector."""
        if _contradict_any(selector, part.namespaces):
            return True
        names = part.names
        return names is not None and len(names) <= _MOST_NAMES and all(self._fails(name, selector) for name in names)

    def _fails(self, name: str, selector: Selector) -> bool:
        """True only if the labels of the namespace do not meet the selector."""
        namespace = self._box.declared.get(name)
        if namespace is not None and namespace.labels is not None:
            return not matches(namespace_labels(namespace), selector)
        named = {NAMESPACE_NAME: name}
        return any(not satisfies(named, r) for r in selector.requirements if r.key == NAMESPACE_NAME)


def _opposite(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _no_pod(part: Part) -> bool:
    return part.kinds.isdisjoint(PODLIKE)


def _is_among(possible: frozenset[Kind], kinds: frozenset[Kind]) -> Truth:
    return False if possible.isdisjoint(kinds) else True if possible <= kinds else None


def _are_disjoint(one: frozenset[str] | None, other: frozenset[str]) -> bool:
    return one is not None and one.isdisjoint(other)


def _is_elsewhere(known: AddressSet | None, addresses: AddressSet) -> bool:
    return known is not None and known.intersect(addresses).is_empty()


def _contradict_any(selector: Selector, others: Iterable[Selector]) -> bool:
    """True only if labels that meet all the others do not meet the selector."""
    return any(contradict(selector, other) for other in others)


def contradict(one: Selector, other: Selector) -> bool:
    """True only if no labels meet both: of two lines on one key, one leaves no value that meets the other."""
    mine: dict[str, list[Requirement]] = {}
    for line in one.requirements:
        mine.setdefault(line.key, []).append(line)
    return any(
        _excludes(line, more) or _excludes(more, line) for more in other.requirements for line in mine.get(more.key, ())
    )


def _excludes(line: Requirement, more: Requirement) -> bool:
    """True iff the line names what the label can be, and nothing of that meets the other one."""
    if line.operator is Operator.IN:
        return not any(satisfies({line.key: value}, more) for value in line.values)
    return line.operator is Operator.DOES_NOT_EXIST and not satisfies({}, more)
