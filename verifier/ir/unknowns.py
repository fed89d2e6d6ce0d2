"""What formulas and rungs hang on that nobody can say."""

from collections.abc import Iterable, Iterator
from typing import assert_never

from verifier.ir.policy import (
    AddressIn,
    And,
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
    PortIn,
    PortNamed,
    Rung,
    SameLabel,
    SameNamespace,
    SameNode,
    SwitchIs,
    WorkloadIn,
    parts_of,
)

_KEPT = 64
_SHARED: dict[int, tuple[Pipe, tuple[str, ...]]] = {}


def shared_unknowns(pipe: Pipe) -> tuple[str, ...]:
    """What is one unknown wherever it stands in the pipe (`Havoc.shared`), in a fixed order."""
    found = _SHARED.get(id(pipe))
    if found is None:
        if len(_SHARED) >= _KEPT:
            _SHARED.clear()
        names = {part.about for part in _parts(_formulas(pipe)) if isinstance(part, Havoc) and part.shared}
        found = _SHARED[id(pipe)] = (pipe, tuple(sorted(names)))  # INVARIANT: an id in the table is of a live object
    return found[1]


def _formulas(pipe: Pipe) -> Iterator[Formula]:
    """Each formula object once: policies share most of them."""
    found: dict[int, Formula] = {}
    for stage in pipe.stages:
        found |= {id(who.pods): who.pods for who in stage.applies or ()}
        for rung in (rung for block in stage.blocks() for rung in block.rungs):
            found[id(rung.guard)] = rung.guard
            if rung.selects is not None:
                found[id(rung.selects.pods)] = rung.selects.pods
    yield from found.values()


def _parts(formulas: Iterable[Formula]) -> Iterator[Formula]:
    """The formulas and what they join, each object once."""
    waiting, met = list(formulas), set[int]()
    while waiting:
        formula = waiting.pop()
        if id(formula) not in met:
            met.add(id(formula))
            waiting += parts_of(formula)
            yield formula


def unknowns_of(rung: Rung) -> set[str]:
    """What it hangs on that nobody can say whether the rung fires."""
    return unknowns(rung.guard) | (unknowns(rung.selects.pods) if rung.selects is not None else set())


def unknowns(formula: Formula) -> set[str]:
    """What the formula hangs on that nobody can say."""
    return {havoc.about for havoc in _havocs(formula)}


def _havocs(formula: Formula) -> Iterator[Havoc]:
    match formula:
        case And(items) | Or(items):
            for item in items:
                yield from _havocs(item)
        case Not(item):
            yield from _havocs(item)
        case Havoc():
            yield formula
        case (
            KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace() | SameNode()
            | SameLabel() | AddressIn() | PortIn() | PortNamed() | SwitchIs() | Hairpin()
        ):  # fmt: skip
            return
        case _:
            assert_never(formula)
