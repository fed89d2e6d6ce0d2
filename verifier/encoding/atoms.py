"""Atoms: the leaves that formulas are made of, as data, so that sets of connections can be described by them."""

from dataclasses import dataclass, field

from verifier.ir.endpoint import Kind
from verifier.ir.labels import Requirement
from verifier.ir.network import AddressSet, Intervals, Protocol
from verifier.ir.policy import Direction
from verifier.smt.script import FALSE, TRUE, Script


@dataclass(frozen=True, slots=True)
class KindAtom:
    """The end is of one of these kinds."""

    end: str
    kinds: frozenset[Kind]


@dataclass(frozen=True, slots=True)
class LabelAtom:
    """The labels of the end, or of its namespace, meet the requirement. `side`: whose namespace labels, where the two
    sides of a comparison differ in them."""

    end: str
    of_namespace: bool
    requirement: Requirement
    side: str = ""


@dataclass(frozen=True, slots=True)
class NamespaceAtom:
    """The end is in one of these namespaces."""

    end: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class SameNamespaceAtom:
    """Both ends are in one namespace."""


@dataclass(frozen=True, slots=True)
class SameLabelAtom:
    """Both ends have the label with one value, or neither has it."""

    key: str
    of_namespace: bool
    side: str = ""


@dataclass(frozen=True, slots=True)
class AddressAtom:
    """The address of the end lies in the set. `as_seen`: the one that ipBlocks see."""

    end: str
    addresses: AddressSet
    as_seen: bool


@dataclass(frozen=True, slots=True)
class PortAtom:
    """The connection's protocol is this one and its port one of these."""

    protocol: Protocol
    ports: Intervals


@dataclass(frozen=True, slots=True)
class NamedPortAtom:
    """The destination has a container port of this name, of the connection's protocol (one of these) and port."""

    name: str
    protocols: frozenset[Protocol]
    side: str = ""


@dataclass(frozen=True, slots=True)
class SameNodeAtom:
    """Both ends run on one node."""


@dataclass(frozen=True, slots=True)
class WorkloadAtom:
    """The end is a pod of one of these workloads."""

    end: str
    workloads: frozenset[str]


@dataclass(frozen=True, slots=True)
class LegAtom:
    """The leg of this direction, which is the same on both sides of a comparison, lets the connection through."""

    direction: Direction


@dataclass(frozen=True, slots=True)
class SwitchAtom:
    """The switch has this value."""

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
    | SwitchAtom
)


@dataclass(slots=True)
class AtomTable:
    """Gives every atom a Boolean of its own, equal to its term, so that it can be assumed either way."""

    script: Script
    literals: dict[str, Atom] = field(default_factory=dict)
    _names: dict[Atom, str] = field(default_factory=dict)

    def literal(self, atom: Atom, term: str) -> str:
        """The Boolean of an atom; a term that is true or false of everything needs none."""
        if term in (TRUE, FALSE):
            return term
        if atom not in self._names:
            name = self.script.boolean(f"atom.{len(self._names)}")
            self.script.require(f"(= {name} {term})")
            self._names[atom] = name
            self.literals[name] = atom
        return self._names[atom]
