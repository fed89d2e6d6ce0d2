"""What formulas and rungs hang on that nobody can say."""

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
    PodLabels,
    PortIn,
    PortNamed,
    Rung,
    SameLabel,
    SameNamespace,
    SameNode,
    SwitchIs,
    WorkloadIn,
)


def unknowns_of(rung: Rung) -> set[str]:
    """What it hangs on that nobody can say whether the rung fires."""
    return unknowns(rung.guard) | (unknowns(rung.selects.pods) if rung.selects is not None else set())


def unknowns(formula: Formula) -> set[str]:
    """What the formula hangs on that nobody can say."""
    match formula:
        case And(items) | Or(items):
            return set().union(*(unknowns(item) for item in items))
        case Not(item):
            return unknowns(item)
        case Havoc(about):
            return {about}
        case (
            KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace() | SameNode()
            | SameLabel() | AddressIn() | PortIn() | PortNamed() | SwitchIs() | Hairpin()
        ):  # fmt: skip
            return set()
        case _:
            assert_never(formula)
