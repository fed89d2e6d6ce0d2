"""Boxes joined: two whose union is a box as well become one, so that a difference has few regions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from verifier.engine.region.box import Box
from verifier.engine.results.region import EndRegion
from verifier.ir.labels import Operator, Requirement, Selector
from verifier.ir.network import Intervals, Protocol
from verifier.ir.switches import switch_called

T = TypeVar("T")


def merged(boxes: Iterable[tuple[Box, T]]) -> list[tuple[Box, T]]:
    """Boxes with the same connections in all, as few as joining two at a time gives; in their order. What stands beside
    a box stays beside the one that it went into, of several the first."""
    left: list[tuple[Box, T]] = []
    for box, beside in boxes:
        current, rest = (box, beside), left
        while (found := _first_join(current[0], rest)) is not None:
            index, union = found
            current = (union, rest[index][1])
            rest = rest[:index] + rest[index + 1 :]
        left = [*rest, current]
    return left


def _first_join(box: Box, others: Sequence[tuple[Box, object]]) -> tuple[int, Box] | None:
    for index, (other, _) in enumerate(others):
        union = join(other, box)
        if union is not None:
            return index, union
    return None


def join(one: Box, other: Box) -> Box | None:
    """The box that is the union of two, where one is easy to see: one holds the other, or they differ on one axis."""
    if _holds(one, other) or _holds(other, one):
        return one if _holds(one, other) else other
    if replace(one, ports=other.ports) == other and _same_protocols_named(one, other):
        return replace(one, ports=_union_ports(one.ports, other.ports))
    if replace(one, switches=other.switches) == other:
        switches = _union_switches(one.switches, other.switches)
        return None if switches is None else replace(one, switches=switches)
    if replace(one, supposing=other.supposing) == other:
        supposing = _union_supposing(one.supposing, other.supposing)
        return None if supposing is None else replace(one, supposing=supposing)
    if replace(one, source=other.source) == other:
        end = _join_ends(one.source, other.source)
        return None if end is None else replace(one, source=end)
    if replace(one, destination=other.destination) == other:
        end = _join_ends(one.destination, other.destination)
        return None if end is None else replace(one, destination=end)
    return None


def _holds(whole: Box, part: Box) -> bool:
    """True if every connection of `part` is in `whole`, condition by condition."""
    return (
        _end_holds(whole.source, part.source)
        and _end_holds(whole.destination, part.destination)
        and all(p in whole.ports and i.is_subset(whole.ports[p]) for p, i in part.ports.items())
        and whole.port_names.items() <= part.port_names.items()
        and whole.same_namespace in (None, part.same_namespace)
        and whole.same_node in (None, part.same_node)
        and whole.supposing.items() <= part.supposing.items()
        and whole.same_labels.items() <= part.same_labels.items()
        and whole.unselected <= part.unselected
        and whole.provided <= part.provided
        and all(taken in part.excluding for taken in whole.excluding)
        and all(part.switches.get(name, values | {""}) <= values for name, values in whole.switches.items())
    )


def _end_holds(whole: EndRegion, part: EndRegion) -> bool:
    named = whole.namespaces is None or (part.namespaces is not None and part.namespaces <= whole.namespaces)
    barred = whole.not_namespaces <= part.not_namespaces or (
        part.namespaces is not None and not (part.namespaces & whole.not_namespaces)
    )
    placed = whole.addresses is None or (part.addresses is not None and part.addresses.is_subset(whole.addresses))
    own = whole.own is None or (part.own is not None and part.own.is_subset(whole.own))
    was = whole.was is None or (part.was is not None and part.was.is_subset(whole.was))
    listed = whole.workloads is None or (part.workloads is not None and part.workloads <= whole.workloads)
    return (
        part.kinds <= whole.kinds
        and named
        and barred
        and placed
        and own
        and was
        and listed
        and whole.namespace_selector.requirements <= part.namespace_selector.requirements
        and whole.pod_selector.requirements <= part.pod_selector.requirements
    )


def _same_protocols_named(one: Box, other: Box) -> bool:
    return not one.port_names or one.ports.keys() == other.ports.keys()


def _union_ports(
    one: Mapping[Protocol, Intervals], other: Mapping[Protocol, Intervals]
) -> Mapping[Protocol, Intervals]:
    protocols = [p for p in Protocol if p in one or p in other]
    return {p: one.get(p, Intervals()).union(other.get(p, Intervals())) for p in protocols}


def _union_switches(
    one: Mapping[str, frozenset[str]], other: Mapping[str, frozenset[str]]
) -> Mapping[str, frozenset[str]] | None:
    """The settings of either, where they differ in one switch at most."""
    differing = [name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]
    if len(differing) > 1:
        return None
    kept = dict(one)
    for name in differing:
        union = one.get(name, frozenset()) | other.get(name, frozenset())
        kept.pop(name, None)
        if name in one and name in other and union != set(switch_called(name).values):
            kept[name] = union
    return dict(sorted(kept.items()))


def _union_supposing(one: Mapping[str, bool], other: Mapping[str, bool]) -> Mapping[str, bool] | None:
    """What both suppose, where they differ in one condition, which one of them supposes and the other denies."""
    differing = [about for about in one.keys() | other.keys() if one.get(about) is not other.get(about)]
    if len(differing) != 1 or one.keys() != other.keys():
        return None
    return {about: value for about, value in one.items() if about not in differing}


def _join_selectors(one: Selector, other: Selector) -> Selector | None:
    """The selector of what either selects, where they differ in one requirement each, about one key and its values."""
    (mine, theirs) = (one.requirements - other.requirements, other.requirements - one.requirements)
    if len(mine) != 1 or len(theirs) != 1:
        return None
    (first,), (second,) = mine, theirs
    if first.key != second.key:
        return None
    match first.operator, second.operator:
        case Operator.IN, Operator.IN:
            union = Requirement(first.key, Operator.IN, first.values | second.values)
        case Operator.IN, Operator.NOT_IN:
            union = Requirement(first.key, Operator.NOT_IN, second.values - first.values)
        case Operator.NOT_IN, Operator.IN:
            union = Requirement(first.key, Operator.NOT_IN, first.values - second.values)
        case Operator.NOT_IN, Operator.NOT_IN:
            union = Requirement(first.key, Operator.NOT_IN, first.values & second.values)
        case _:
            return None
    kept = one.requirements & other.requirements
    return Selector(kept | ({union} if union.values else frozenset()))


def _join_ends(one: EndRegion, other: EndRegion) -> EndRegion | None:
    if (
        replace(one, namespaces=other.namespaces) == other
        and one.namespaces is not None
        and other.namespaces is not None
    ):
        return replace(one, namespaces=one.namespaces | other.namespaces)
    if replace(one, addresses=other.addresses) == other and one.addresses is not None and other.addresses is not None:
        return replace(one, addresses=one.addresses.union(other.addresses))
    if replace(one, own=other.own) == other and one.own is not None and other.own is not None:
        return replace(one, own=one.own.union(other.own))
    if replace(one, was=other.was) == other and one.was is not None and other.was is not None:
        return replace(one, was=one.was.union(other.was))
    if replace(one, workloads=other.workloads) == other and one.workloads is not None and other.workloads is not None:
        return replace(one, workloads=one.workloads | other.workloads)
    anything = EndRegion(one.kinds | other.kinds)
    if replace(one, pod_selector=other.pod_selector) == other:
        selector = _join_selectors(one.pod_selector, other.pod_selector)
        return None if selector is None else replace(one, pod_selector=selector)
    if one == EndRegion(one.kinds) and other == EndRegion(other.kinds):
        return anything
    return None
