"""How far a list of boxes is from the shortest: connections of which no two can be in one box.

A box says something of the namespace of an end, something of each of its labels, of its address, of the port, of each
switch, one by one; and of what is about several of these (one namespace, a port by name, pods that no policy isolates)
that it is so, or that it is not. So whatever box holds two connections also holds each mixture of them (the source of
the one, the destination of the other) in which that is so which is so in both, and that is not so which is in neither.
Where a mixture does not meet the goal, no box of connections that all meet it holds both. Of connections of which that
is true for each two, each needs a box of its own, in whatever list.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import assert_never

from verifier.encoding.atoms import (
    AddressAtom,
    Atom,
    KindAtom,
    LabelAtom,
    LegAtom,
    NamedPortAtom,
    NamespaceAtom,
    PortAtom,
    SameLabelAtom,
    SameNamespaceAtom,
    SameNodeAtom,
    SwitchAtom,
    UnknownAtom,
    UnselectedAtom,
    WorkloadAtom,
)
from verifier.engine.region.boxes import Boxes, Found
from verifier.smt.solver import Answer, Model

_MOST = 200
"""Questions beyond which a smaller figure is good enough."""

_MANY = 30
"""Boxes of which connections are looked at."""

_Axis = tuple[str, str, str]
"""An end (empty: neither), what of it, and which."""


def fewest(asked: Boxes, found: Sequence[Found], opposite: str) -> int | None:
    """A number such that no list of boxes with the union of these is shorter, nothing being taken out of any; None:
    there is none to be had, since something is taken out of these. opposite: the negation of their goal."""
    if any(one.taken for one in found):
        return None
    if len(found) < 2:
        return len(found)
    apart: list[Model] = []
    questions = iter(range(_MOST))
    for one in found[:_MANY]:
        model = asked.alone(one, (other for other in found if other is not one))
        if all(_are_apart(asked, model, other, opposite, questions) for other in apart):
            apart.append(model)
    return len(apart)


def _are_apart(asked: Boxes, one: Model, other: Model, opposite: str, questions: Iterator[int]) -> bool:
    """True only if no box of connections that all meet the goal holds both."""
    pods = asked.pods_of(one) & asked.pods_of(other)
    for mixture in _mixtures(asked.atoms, one, other, pods):
        if next(questions, None) is None:
            return False
        if asked.ask(*mixture, opposite) is Answer.SAT:
            return True
    return False


def _mixtures(atoms: Mapping[str, Atom], one: Model, other: Model, pods: frozenset[str]) -> Iterator[tuple[str, ...]]:
    """What is so in mixtures of the two, as literals: an end or the port is that of the other, or a single thing is.
    pods: ends that are pods in both. Another one is mixed as a whole: the labels of what is no pod mean nothing."""
    said: dict[_Axis, list[tuple[str, str]]] = {}
    joined: list[str] = []
    for name, atom in atoms.items():
        mine, its = (name if model.get(name, 0) else f"!{name}" for model in (one, other))
        axis = _axis(atom)
        if axis is not None:
            said.setdefault(axis, []).append((mine, its))
        elif mine == its:
            joined.append(mine)
    differing = [axis for axis, pairs in said.items() if any(mine != its for mine, its in pairs)]
    whole = [frozenset(axis for axis in differing if axis[0] == end) for end in dict.fromkeys(a[0] for a in differing)]
    single = [frozenset({axis}) for axis in differing if axis[0] in ("", *pods)]
    swapped = dict.fromkeys(some for each in (*whole, *single) for some in (each, frozenset(differing) - each))
    for some in swapped:
        if some and len(some) < len(differing):
            yield (*joined, *(pair[axis in some] for axis, pairs in said.items() for pair in pairs))


def _axis(atom: Atom) -> _Axis | None:
    """What the atom is about alone: of which end, and what; None: about several of these at once."""
    match atom:
        case LabelAtom(end=end, of_namespace=of_namespace, requirement=requirement):
            return end, "namespace label" if of_namespace else "label", requirement.key
        case KindAtom() | NamespaceAtom() | WorkloadAtom() | AddressAtom():
            return atom.end, type(atom).__name__, ""
        case PortAtom():
            return "", "port", ""
        case SwitchAtom():
            return "", "switch", atom.switch
        case SameNamespaceAtom() | SameLabelAtom() | SameNodeAtom() | NamedPortAtom() | LegAtom():
            return None
        case UnknownAtom() | UnselectedAtom():
            return None
        case _:
            assert_never(atom)
