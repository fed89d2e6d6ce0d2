"""How members of two classes can meet: the combinations of what nobody has said about either."""

from collections.abc import Iterator
from itertools import islice, product

from msgspec import Struct

from verifier.engine.explain.condition import AddressAt, Condition, OnOneNode, SeenAt
from verifier.engine.map.classes import EndpointClass, Variant
from verifier.ir.endpoint import NODELIKE, Kind


class Way(Struct, frozen=True):
    """A variant at each end, by index, and whether they share a node. facts: the same as conditions."""

    source: int
    destination: int
    same_node: bool
    facts: tuple[Condition, ...]


def shape(klass: EndpointClass) -> object:
    """What of a class matters for how it can meet others. Its namespace does where the labels of that are told."""
    first = klass.variants[0]
    kind = first.end.endpoint.kind
    placed = place(klass) if any(variant.place for variant in klass.variants) else None
    address = first.end.endpoint.address if kind is Kind.EXTERNAL else None
    return kind, placed, address, tuple((v.place, v.families, v.addresses, v.span) for v in klass.variants)


def place(klass: EndpointClass) -> str | None:
    """The name of its namespace."""
    namespace = klass.variants[0].end.endpoint.namespace
    return namespace.name if namespace is not None else None


def ways(here: EndpointClass, there: EndpointClass) -> Iterator[Way]:
    """Every way in which the two can meet (W1, W3, W5 of docs/semantics.md 1.1)."""
    kinds = {here.variants[0].end.endpoint.kind, there.variants[0].end.endpoint.kind}
    on_nodes = bool(kinds & NODELIKE) and Kind.EXTERNAL not in kinds
    can_share = kinds <= NODELIKE
    same_place = place(here) == place(there)
    for (i, source), (j, target) in product(enumerate(here.variants), enumerate(there.variants)):
        clash = source.addresses == target.addresses and _size(source) == 1
        placed = not same_place or source.place == target.place
        if source.families & target.families and target.seen is None and placed and (can_share or not clash):
            for same_node in ((True,) if clash else (False, True)) if on_nodes else (False,):
                yield Way(i, j, same_node, tuple(_facts(source, target, same_node, same_place)))


def once(met: Iterator[Way]) -> Iterator[Way]:
    """One way for all of `ways`, where it makes no difference which variants meet: with the ends on different nodes,
    and on one, as far as they can be. Variants that can meet on different nodes can on one, if that is asked at all,
    and that way comes next; so nothing else is told of the two."""
    close: Way | None = None
    for way in met:
        if way.same_node:
            close = close or way
            continue
        yield way
        yield from (after for after in islice(met, 1) if after.same_node)
        return
    if close is not None:
        yield close


def _facts(source: Variant, target: Variant, same_node: bool, same_place: bool) -> Iterator[Condition]:
    yield from source.place
    if not same_place:
        yield from target.place
    yield AddressAt("source", source.addresses, source.span)
    yield AddressAt("destination", target.addresses, target.span)
    yield SeenAt(source.seen)
    yield OnOneNode(same_node)


def _size(variant: Variant) -> int:
    return variant.addresses.v4.size() + variant.addresses.v6.size()
