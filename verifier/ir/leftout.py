"""What a guard leaves out of what it would speak of otherwise: NotIn, DoesNotExist and `except`.

The items of a policy's lists are alternatives, so that an exclusion takes nothing away from what another item, rule or
policy allows. Whoever asks whether one has an effect needs what exactly it leaves out, as a guard of its own.
"""

from collections.abc import Iterator
from typing import assert_never

from msgspec import Struct

from verifier.ir.labels import WANTING, Requirement, Selector, describe, opposite
from verifier.ir.network import AddressSet, blocks
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
)
from verifier.ir.prose import listed


class LeftOut(Struct, frozen=True):
    """One exclusion. what: it in words, as kubectl writes selectors and CIDRs. guard: holds iff the whole guard would,
    were it not for this."""

    what: str
    guard: Formula


def left_out(guard: Formula) -> tuple[LeftOut, ...]:
    """The exclusions of a guard that is a conjunction, as those of NetworkPolicies are; each by itself."""
    return tuple(_of(guard))


def _of(formula: Formula) -> Iterator[LeftOut]:
    match formula:
        case And(items):
            for index, item in enumerate(items):
                for found in _of(item):
                    yield LeftOut(found.what, And((*items[:index], found.guard, *items[index + 1 :])))
        case PodLabels(Role.PEER, selector):
            for what, other in _requirements(selector):
                yield LeftOut(f"pods {what}", PodLabels(Role.PEER, other))
        case NamespaceLabels(Role.PEER, selector):
            for what, other in _requirements(selector):
                yield LeftOut(f"namespaces {what}", NamespaceLabels(Role.PEER, other))
        case AddressIn(Role.PEER, addresses):
            gaps = addresses.gaps()
            if not gaps.is_empty():
                yield LeftOut(listed(_cidrs(gaps), 4), AddressIn(Role.PEER, gaps))
        case (
            Or() | Not() | KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace()
            | SameNode() | SameLabel() | AddressIn() | PortIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            pass
        case _:
            assert_never(formula)


def _requirements(selector: Selector) -> Iterator[tuple[str, Selector]]:
    """Each requirement that excludes, the labels that it leaves out, and the selector of these."""
    for requirement in selector:
        if requirement.operator not in WANTING:
            other: Requirement = opposite(requirement)
            yield describe(Selector(frozenset({other}))), Selector(selector.requirements - {requirement} | {other})


def _cidrs(addresses: AddressSet) -> list[str]:
    return [
        f"{block} but {listed(map(str, holes), 4)}" if holes else str(block)
        for version in (4, 6)
        for found, holes in [blocks(addresses.family(version), version)]
        for block in found
    ]
