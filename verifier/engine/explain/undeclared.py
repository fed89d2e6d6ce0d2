"""What manifests do not say: labels of namespaces without a Namespace object, and the addresses of pods and nodes; as
far as policies can tell the possibilities apart."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address
from typing import assert_never

from verifier.encoding.question import places
from verifier.engine.explain.condition import NamespaceHas
from verifier.engine.problem.problem import Context
from verifier.ir.labels import NAMESPACE_NAME, Operator, Requirement, Selector, opposite, satisfies
from verifier.ir.network import AddressSet, IPAddress
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
    PolicySet,
    PortIn,
    PortNamed,
    SameLabel,
    SameNamespace,
    SameNode,
    SwitchIs,
    WorkloadIn,
)
from verifier.ir.universe import Universe
from verifier.vocabulary import Mentions, domain, policy_formulas


def demanded(policies: Iterable[PolicySet], universe: Universe) -> tuple[Requirement, ...]:
    """What the policies and the invariants of the universe demand of the labels of namespaces, each once."""
    return tuple(dict.fromkeys(r for selector in selectors_of(policies, universe) for r in selector))


def selectors_of(policies: Iterable[PolicySet], universe: Universe) -> tuple[Selector, ...]:
    """The selectors by which the policies and the invariants of the universe mean namespaces, each once."""
    formulas = (*(formula for some in policies for formula in policy_formulas(some)), *places(universe))
    return tuple(dict.fromkeys(selector for formula in formulas for selector in _selectors(formula)))


def demands(formula: Formula) -> Iterator[Requirement]:
    """What a formula demands of the labels of namespaces."""
    return (requirement for selector in _selectors(formula) for requirement in selector)


def _selectors(formula: Formula) -> Iterator[Selector]:
    match formula:
        case And(items) | Or(items):
            for item in items:
                yield from _selectors(item)
        case Not(item):
            yield from _selectors(item)
        case NamespaceLabels(_, selector):
            yield selector
        case (
            KindIn() | PodLabels() | WorkloadIn() | NamespaceIn() | SameNamespace() | SameNode() | SameLabel()
            | AddressIn() | PortIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            pass
        case _:
            assert_never(formula)


def label_choices(
    name: str, demanded: Iterable[Requirement], mentions: Mentions, context: Context
) -> Iterator[tuple[NamespaceHas, ...]]:
    """For each key that policies look at, what can be told apart of the labels of the namespace `name`."""
    demanded = sorted(set(demanded), key=lambda r: (r.key, r.operator, sorted(r.values)))
    compared = {key for key, of_namespace in mentions.compared if of_namespace}
    for key in sorted({*mentions.namespace_labels} - {NAMESPACE_NAME}):
        about = [r for r in demanded if r.key == key]
        values = domain(mentions.namespace_labels[key], context.universe.namespace_labels.get(key))
        said = frozenset(value for value in values.values[: values.known] if value is not None)
        alike: dict[object, NamespaceHas] = {}
        for code in sorted(values.possible):
            value = values.values[code]
            truth = tuple(satisfies({} if value is None else {key: value}, r) for r in about)
            told = tuple(r if holds else opposite(r) for r, holds in zip(about, truth, strict=True))
            if key in compared:
                alike[value] = NamespaceHas(name, key, value, _exactly(key, value, said))
            else:
                alike.setdefault(truth, NamespaceHas(name, key, value, _simplest(value, told)))
        yield tuple(alike.values())


def labels_left(universe: Universe) -> str:
    """What labels a namespace can have where nobody has said them."""
    return (
        "it can have any that the universe admits"
        if universe.namespace_labels or universe.invariants
        else "it can have any"
    )


def _simplest(value: str | None, told: tuple[Requirement, ...]) -> tuple[Requirement, ...]:
    """`told`, or the one of them that says it all."""
    exact = [r for r in told if r.operator is Operator.IN and r.values == {value}]
    return tuple(exact[:1]) or tuple(dict.fromkeys(told))


def _exactly(key: str, value: str | None, said: frozenset[str]) -> tuple[Requirement, ...]:
    """What is told of a value that is compared with others: itself, or that it is none of those that anybody says."""
    if value is None:
        return (Requirement(key, Operator.DOES_NOT_EXIST),)
    if value in said:
        return (Requirement(key, Operator.IN, frozenset({value})),)
    others = (Requirement(key, Operator.NOT_IN, said),) if said else ()
    return (Requirement(key, Operator.EXISTS), *others)


def parts_of(span: AddressSet, sets: Iterable[AddressSet]) -> list[AddressSet]:
    """The span, cut into what `sets` tell apart; an empty span has no part."""
    parts = [] if span.is_empty() else [span]
    for block in sorted(sets, key=lambda a: (a.v4.parts, a.v6.parts)):
        parts = [p for part in parts for p in (part.intersect(block), part.subtract(block)) if not p.is_empty()]
    return parts


def address_in(addresses: AddressSet) -> IPAddress:
    """Some address of a set that is not empty."""
    if not addresses.v4.is_empty():
        return IPv4Address(addresses.v4.parts[0][0])
    return IPv6Address(addresses.v6.parts[0][0])
