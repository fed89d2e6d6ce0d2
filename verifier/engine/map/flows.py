"""What one class may open to another, exactly: which ports always, and which others when."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from verifier.engine.condition import AddressAt, Fork, OnOneNode, SeenAt, Setting, When, branches
from verifier.engine.map.classes import Klass, Variant
from verifier.engine.map.masks import Masks, at
from verifier.engine.map.ports import PortCells
from verifier.engine.map.reach import End, Reach
from verifier.ir.endpoint import Kind, Switches
from verifier.ir.network import Intervals, Protocol
from verifier.ir.policy import Direction, PolicySet
from verifier.ir.profiles import OPEN, SWITCHES, concrete
from verifier.semantics import PODLIKE


@dataclass(frozen=True, slots=True)
class Flow:
    """Ports (as bits) that are allowed `when` conditions hold. surely: or only perhaps, since policies tie or something
    is not in the manifests."""

    mask: int
    when: When = ()
    surely: bool = True


Flows = tuple[Flow, ...]


@dataclass(frozen=True, slots=True)
class _Way:
    """A pair of variants that can be at the two ends, and whether they share a node."""

    source: int
    destination: int
    same_node: bool
    facts: tuple[object, ...]


class FlowTable:
    """The flows between all pairs of `klasses`, under every setting of the switches that `open_switches` names."""

    def __init__(
        self,
        policies: PolicySet,
        klasses: Sequence[Klass],
        ports: PortCells,
        switches: Mapping[str, str],
        open_switches: Sequence[str],
    ) -> None:
        self._klasses, self._ports = klasses, ports
        self._forks: list[Fork] = [tuple(Setting(n, v) for v in SWITCHES[n].values) for n in open_switches]
        values = [SWITCHES[n].values if switches[n] == OPEN else (switches[n],) for n in open_switches]
        self._settings = [concrete(switches, dict(zip(open_switches, v, strict=True))) for v in product(*values)]
        self._chosen = [
            tuple(SWITCHES[n].values.index(setting[n]) for n in open_switches) for setting in self._settings
        ]
        self._first: list[int] = []
        ends: list[End] = []
        for klass in klasses:
            self._first.append(len(ends))
            ends += [variant.end for variant in klass.variants]
        self._rows: list[dict[Direction, list[list[tuple[Masks, Masks]]]]] = []
        for setting in self._settings:
            reach = Reach(policies, ends, ports, setting)
            self._rows.append(
                {
                    way: [
                        [reach.row(start + i, way) for i in range(len(klass.variants))]
                        for start, klass in zip(self._first, klasses, strict=True)
                    ]
                    for way in Direction
                }
            )
        self._ways: dict[object, tuple[_Way, ...]] = {}
        self._shapes = [_shape(klass) for klass in klasses]
        self._cache: dict[object, Flows] = {}
        self._claimed = [self._claim(setting) for setting in self._settings]

    def flows(self, source: int, destination: int) -> Flows:
        """What the first may open to the second; nothing between two that cannot be at the two ends."""
        there = self._klasses[destination].variants[0].end
        if PODLIKE.isdisjoint({self._klasses[source].variants[0].end.endpoint.kind, there.endpoint.kind}):
            return ()
        ways = self._between(source, destination)
        held = self._ports.everything if there.unwritten else self._ports.numbered
        masks = []
        for setting, rows, claim in zip(self._settings, self._rows, self._claimed, strict=True):
            out, into = rows[Direction.EGRESS][source], rows[Direction.INGRESS][destination]
            masks += [self._mask(out, into, way, source, destination, setting, held & claim) for way in ways]
        if not masks:
            return ()
        if all(mask == masks[0] for mask in masks):
            return _plain(*masks[0])
        key = (self._shapes[source], self._shapes[destination], tuple(masks))
        if key not in self._cache:
            self._cache[key] = self._resolved(ways, masks)
        return self._cache[key]

    def isolated(self, number: int, way: Direction) -> bool:
        """True iff its policies do not let everything through, under some setting."""
        return any(row[1] != self._ports.everything for rows in self._rows for row in rows[way][number])

    def _mask(
        self,
        out: list[tuple[Masks, Masks]],
        into: list[tuple[Masks, Masks]],
        way: _Way,
        source: int,
        destination: int,
        setting: Switches,
        held: int,
    ) -> tuple[int, int]:
        """The ports that are surely, and those that may be allowed."""
        towards, back = self._first[destination] + way.destination, self._first[source] + way.source
        leaves, enters = out[way.source], into[way.destination]
        everything = self._ports.everything
        surely, maybe = at(leaves[0], towards), at(leaves[1], towards)
        lets, may_let = at(enters[0], back), at(enters[1], back)
        if way.same_node:
            here, there = (self._klasses[k].variants[0].end.endpoint.kind for k in (source, destination))
            if _nodelike(there, setting) and setting["local_node_egress"] == "always":
                surely = maybe = everything
            if _nodelike(here, setting) and setting["local_node_ingress"] == "always":
                lets = may_let = everything
        return surely & lets & held, maybe & may_let & held

    def _claim(self, setting: Switches) -> int:
        """The ports about which anything is said."""
        claim = self._ports.everything
        if setting["sctp"] == "no":
            claim &= ~self._ports.protocol(Protocol.SCTP)
        if setting["other_protocols"] == "off":
            claim &= ~self._ports.of_ports(Protocol.OTHER, _NO_PORTS)
        return claim

    # Ways

    def _between(self, source: int, destination: int) -> tuple[_Way, ...]:
        here, there = self._klasses[source], self._klasses[destination]
        key = (self._shapes[source], self._shapes[destination], _namespace(here) == _namespace(there))
        if key not in self._ways:
            self._ways[key] = tuple(_ways(here, there))
        return self._ways[key]

    def _resolved(self, ways: Sequence[_Way], masks: Sequence[tuple[int, int]]) -> Flows:
        """The flows of a pair for which not every way comes to the same."""
        facts = [way.facts for way in ways]
        forks: list[Fork] = list(self._forks)
        columns = [tuple(dict.fromkeys(column)) for column in zip(*facts, strict=True)]
        forks += columns
        cases: dict[tuple[int, ...], tuple[int, int]] = {}
        outcomes = iter(masks)
        for chosen in self._chosen:
            for fact in facts:
                indices = tuple(column.index(f) for column, f in zip(columns, fact, strict=True))
                cases[(*chosen, *indices)] = next(outcomes)
        always = _common(mask for mask, _ in masks)
        found = [Flow(always)] if always else []
        for when, (surely, maybe) in branches(forks, {c: (s & ~always, m & ~s) for c, (s, m) in cases.items()}):
            found += [Flow(surely, when)] if surely else []
            found += [Flow(maybe, when, surely=False)] if maybe else []
        return tuple(found)


_NO_PORTS = Intervals()


def _plain(surely: int, maybe: int) -> Flows:
    """The flows where there are no conditions."""
    found = (Flow(surely),) if surely else ()
    return (*found, Flow(maybe & ~surely, surely=False)) if maybe & ~surely else found


def _common(masks: Iterator[int]) -> int:
    found = ~0
    for mask in masks:
        found &= mask
    return found


def _nodelike(kind: Kind, setting: Switches) -> bool:
    return kind is Kind.NODE or (kind is Kind.HOSTPOD and setting["host_network"] == "as_node")


def _namespace(klass: Klass) -> str | None:
    namespace = klass.variants[0].end.endpoint.namespace
    return namespace.name if namespace is not None else None


def _shape(klass: Klass) -> object:
    """What of a class matters for how it can meet others."""
    first = klass.variants[0]
    placed = _namespace(klass) if first.place else None
    address = first.end.endpoint.address if first.end.endpoint.kind is Kind.EXTERNAL else None
    return first.end.endpoint.kind, placed, len(klass.variants), address, tuple(v.place for v in klass.variants)


def _ways(here: Klass, there: Klass) -> Iterator[_Way]:
    """Every way in which the two can meet (W1, W3, W5)."""
    kinds = {here.variants[0].end.endpoint.kind, there.variants[0].end.endpoint.kind}
    nodes = (False, True) if kinds & {Kind.NODE, Kind.HOSTPOD} and Kind.EXTERNAL not in kinds else (False,)
    same_place = _namespace(here) == _namespace(there)
    for (i, source), (j, target) in product(enumerate(here.variants), enumerate(there.variants)):
        clash = source.addresses == target.addresses and _size(source) == 1
        placed = not same_place or source.place == target.place
        if source.families & target.families and target.seen is None and placed and not clash:
            for same in nodes:
                yield _Way(i, j, same, tuple(_facts(source, target, same, same_place)))


def _facts(source: Variant, target: Variant, same_node: bool, same_place: bool) -> Iterator[object]:
    yield from source.place
    if not same_place:
        yield from target.place
    yield AddressAt("source", source.addresses, source.span)
    yield AddressAt("destination", target.addresses, target.span)
    yield SeenAt(source.seen)
    yield OnOneNode(same_node)


def _size(variant: Variant) -> int:
    return variant.addresses.v4.size() + variant.addresses.v6.size()
