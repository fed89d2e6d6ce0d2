"""Which pods, and of which namespaces, a formula can be about at all."""

from collections.abc import Iterator
from typing import assert_never

from verifier.ir.endpoint import Namespace, namespace_labels
from verifier.ir.labels import Selector, matches
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
    Role,
    SameLabel,
    SameNamespace,
    SameNode,
    SwitchIs,
    WorkloadIn,
    parts_of,
)


def by_pods(formula: Formula, role: Role, namespace: Namespace) -> Iterator[Selector]:
    """The pod selectors of a formula that can count for pods of this namespace."""
    match formula:
        case And(items):
            if not any(rules_out(item, role, namespace) for item in items):
                for item in items:
                    yield from by_pods(item, role, namespace)
        case Or(items):
            for item in items:
                yield from by_pods(item, role, namespace)
        case Not(item):
            yield from by_pods(item, role, namespace)
        case PodLabels(whose, selector):
            yield from [selector] if whose is role else []
        case (
            KindIn() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace() | SameNode() | SameLabel()
            | AddressIn() | PortIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            pass
        case _:
            assert_never(formula)


def by_pods_of_both(formula: Formula, namespace: Namespace) -> Iterator[Selector]:
    """The same for either end."""
    yield from by_pods(formula, Role.PEER, namespace)
    yield from by_pods(formula, Role.SUBJECT, namespace)


def namespaces_asked(formula: Formula) -> Iterator[Selector]:
    """The selectors by which a formula means namespaces: all that `by_pods` hangs on, of one whose labels are known."""
    if isinstance(formula, NamespaceLabels):
        yield formula.selector
    for part in parts_of(formula):
        yield from namespaces_asked(part)


def rules_out(formula: Formula, role: Role, namespace: Namespace) -> bool:
    """True iff the formula never holds for pods of the namespace, as one of a conjunction on them."""
    match formula:
        case NamespaceLabels(whose, selector) if whose is role and namespace.labels is not None:
            return not matches(namespace_labels(namespace), selector)
        case (
            And() | Or() | Not() | KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn()
            | SameNamespace() | SameNode() | SameLabel() | AddressIn() | PortIn() | PortNamed() | SwitchIs()
            | Hairpin() | Havoc() ):  # fmt: skip
            return False
        case _:
            assert_never(formula)


def is_confined(guard: Formula) -> bool:
    """True iff the guard holds between ends of one namespace only."""
    match guard:
        case And(items):
            return any(is_confined(item) for item in items)
        case SameNamespace():
            return True
        case (
            Or() | Not() | KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNode()
            | SameLabel() | AddressIn() | PortIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            return False
        case _:
            assert_never(guard)
