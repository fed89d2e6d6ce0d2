"""Atoms: the leaves that formulas are made of, as data, so that sets of connections can be described by them."""

from msgspec import Struct, field

from verifier.ir.endpoint import Kind
from verifier.ir.labels import Requirement
from verifier.ir.network import AddressSet, Intervals, Protocol
from verifier.ir.policy import Direction
from verifier.smt.script import FALSE, TRUE, Script


class KindAtom(Struct, frozen=True):
    """The end is of one of these kinds. `side`: on which side of a comparison, where a pod turns to hostNetwork."""

    end: str
    kinds: frozenset[Kind]
    side: str = ""


class LabelAtom(Struct, frozen=True):
    """The labels of the end, or of its namespace, meet the requirement. `side`: whose namespace labels, where the two
    sides of a comparison differ in them."""

    end: str
    of_namespace: bool
    requirement: Requirement
    side: str = ""


class NamespaceAtom(Struct, frozen=True):
    """The end is in one of these namespaces."""

    end: str
    names: frozenset[str]


class SameNamespaceAtom(Struct, frozen=True):
    """Both ends are in one namespace."""


class SameLabelAtom(Struct, frozen=True):
    """Both ends have the label with one value, or neither has it."""

    key: str
    of_namespace: bool
    side: str = ""


class AddressAtom(Struct, frozen=True):
    """The address of the end lies in the set: the one that ipBlocks see, or, unless `as_seen`, its own, where these may
    differ (switch `external_source`). `side`: on which side of a comparison, where a pod turns to hostNetwork."""

    end: str
    addresses: AddressSet
    as_seen: bool
    side: str = ""


class PortAtom(Struct, frozen=True):
    """The connection's protocol is this one and its port one of these."""

    protocol: Protocol
    ports: Intervals


class NamedPortAtom(Struct, frozen=True):
    """The destination has a container port of this name, of the connection's protocol (one of these) and port. Where
    other declarations count on either side of a comparison, the name begins with the side."""

    name: str
    protocols: frozenset[Protocol]
    side: str = ""


class SameNodeAtom(Struct, frozen=True):
    """Both ends run on one node."""


class WorkloadAtom(Struct, frozen=True):
    """The end is a pod of one of these workloads."""

    end: str
    workloads: frozenset[str]


class LegAtom(Struct, frozen=True):
    """The leg of this direction, which is the same on both sides of a comparison, lets the connection through."""

    direction: Direction


class UnselectedAtom(Struct, frozen=True):
    """The end that this direction governs is a pod that no policy isolates in it. side: of a comparison, on this."""

    direction: Direction
    side: str = ""


class UnknownAtom(Struct, frozen=True):
    """The condition holds that nobody can say."""

    about: str


class SwitchAtom(Struct, frozen=True):
    """The switch has this value; one that is another on either side of a comparison is called by its side."""

    switch: str
    value: str


Atom = (
    KindAtom
    | LabelAtom
    | NamespaceAtom
    | SameNamespaceAtom
    | SameLabelAtom
    | AddressAtom
    | PortAtom
    | NamedPortAtom
    | SameNodeAtom
    | WorkloadAtom
    | LegAtom
    | UnselectedAtom
    | SwitchAtom
    | UnknownAtom
)


class AtomTable(Struct):
    """Gives every atom a Boolean of its own, equal to its term, so that it can be assumed either way."""

    script: Script
    literals: dict[str, Atom] = field(default_factory=dict)
    _names: dict[Atom, str] = field(default_factory=dict)

    def literal(self, atom: Atom, term: str) -> str:
        """The Boolean of an atom; a term that is true or false of everything needs none."""
        return term if term in (TRUE, FALSE) else self.named(atom, term)

    def named(self, atom: Atom, term: str) -> str:
        """The Boolean of an atom, whatever its term."""
        if atom not in self._names:
            name = self.script.boolean(f"atom.{len(self._names)}")
            self.script.require(f"(= {name} {term})")
            self._names[atom] = name
            self.literals[name] = atom
        return self._names[atom]
