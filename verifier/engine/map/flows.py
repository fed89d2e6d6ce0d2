"""What one class may open to another, exactly: which ports always, and which others when."""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from itertools import product

from msgspec import Struct

from verifier.engine.explain.condition import Condition, Fork, Setting, When, branches
from verifier.engine.map.classes import EndpointClass
from verifier.engine.map.meetings import Way, place, shape, ways
from verifier.engine.map.peers import End, Peers
from verifier.engine.map.ports import PortCells
from verifier.engine.map.portsets import Spread, bits, by_peer
from verifier.engine.map.reach import Reach
from verifier.ir.endpoint import NODELIKE, PODLIKE, Kind, Switches
from verifier.ir.network import Intervals, Protocol
from verifier.ir.policy import Direction, Formula, PolicySet, SameNode, parts_of
from verifier.ir.switches import SWITCHES, concrete
from verifier.vocabulary import policy_formulas


class Flow(Struct, frozen=True):
    """Ports (as bits) that are allowed `when` conditions hold. surely: or only perhaps, since policies tie or something
    is not in the manifests."""

    mask: int
    when: When = ()
    surely: bool = True


Flows = tuple[Flow, ...]


class _Row(Struct, frozen=True):
    """The ports that are surely let through to each peer that has any, and those that may be. open: it is everything,
    to everybody."""

    surely: Mapping[int, int]
    maybe: Mapping[int, int]
    classes: int
    open: bool


class _Side(Struct, frozen=True):
    """The rows of one class in one direction: for each setting, and in it for each variant; with ends on other nodes,
    and on its own. classes: those with which there can be anything at all, as bits."""

    rows: tuple[tuple[_Row, ...], ...]
    near: tuple[tuple[_Row, ...], ...]
    classes: int


class FlowTable:
    """The flows between all pairs of `klasses`, under every setting of the switches that `left_open` names."""

    def __init__(
        self,
        policies: PolicySet,
        klasses: Sequence[EndpointClass],
        ports: PortCells,
        switches: Mapping[str, str],
        left_open: Sequence[str],
    ) -> None:
        self._klasses, self._ports = klasses, ports
        self._kinds = [klass.variants[0].end.endpoint.kind for klass in klasses]
        self._forks: list[Fork] = [tuple(Setting(n, v) for v in SWITCHES[n].values) for n in left_open]
        chosen = list(product(*(range(len(fork)) for fork in self._forks)))
        self._settings = [(c, _setting(switches, self._forks, c)) for c in chosen]
        ends: list[End] = []
        self._first: list[int] = []
        for klass in klasses:
            self._first.append(len(ends))
            ends += [variant.end for variant in klass.variants]
        peers = Peers(ends)
        self._reaches = [Reach(policies, peers, ports, setting) for _, setting in self._settings]
        self._near = self._reaches
        if any(map(_asks_for_nodes, policy_formulas(policies))):
            self._near = [Reach(policies, peers, ports, setting, same_node=True) for _, setting in self._settings]
        self._owner = [n for n, klass in enumerate(klasses) for _ in klass.variants]
        self._hosts = sum(1 << n for n, kind in enumerate(self._kinds) if kind in NODELIKE)
        self._rows: dict[int, tuple[Spread, _Row]] = {}
        self._sides = {way: [self._side(n, way) for n in range(len(klasses))] for way in Direction}
        shapes: dict[object, int] = {}
        self._shapes = [shapes.setdefault((shape(klass), place(klass)), len(shapes)) for klass in klasses]
        self._once: dict[Flows, Flows] = {}
        self._ways: dict[object, tuple[Way, ...]] = {}
        self._told: dict[object, Flows] = {}
        self._claims = [_claim(setting, ports) for _, setting in self._settings]

    def flows(self) -> list[dict[int, Flows]]:
        """For each class those to which it may open anything, and what; equal flows are one object."""
        number = len(self._klasses)
        into = [0] * number
        for target in range(number):
            for source in bits(self._sides[Direction.INGRESS][target].classes):
                into[source] |= 1 << target
        found: list[dict[int, Flows]] = []
        for source in range(number):
            targets = self._sides[Direction.EGRESS][source].classes & into[source]
            pairs = {target: self._between(source, target) for target in bits(targets)}
            found.append({target: flows for target, flows in pairs.items() if flows})
        return found

    def isolated(self, number: int, way: Direction) -> bool:
        """True iff its policies do not let everything through, under some setting."""
        return not all(row.open for rows in self._sides[way][number].rows for row in rows)

    def _side(self, number: int, way: Direction) -> _Side:
        places = range(self._first[number], self._first[number] + len(self._klasses[number].variants))
        rows, near = (
            tuple(tuple(self._row(*reach.row(end, way)) for end in places) for reach in reaches)
            for reaches in (self._reaches, self._near)
        )
        if self._kinds[number] in NODELIKE:
            return _Side(rows, near, (1 << len(self._klasses)) - 1)
        return _Side(rows, near, reduce(int.__or__, (row.classes for some in rows for row in some), self._hosts))

    def _row(self, surely: Spread, maybe: Spread) -> _Row:
        key = id(maybe)
        if key not in self._rows:
            certain = by_peer(maybe)
            classes = sum(1 << n for n in {self._owner[end] for end in certain})
            whole = set(maybe) == {self._ports.everything}
            row = _Row(certain if surely is maybe else by_peer(surely), certain, classes, whole)
            self._rows[key] = (maybe, row)
        return self._rows[key][1]

    def _between(self, source: int, target: int) -> Flows:
        """What the first may open to the second; nothing where no end is a pod."""
        if PODLIKE.isdisjoint({self._kinds[source], self._kinds[target]}):
            return ()
        met = self._met_in(source, target)
        unwritten = self._klasses[target].variants[0].end.unwritten
        out, into = self._sides[Direction.EGRESS][source], self._sides[Direction.INGRESS][target]
        masks = [
            self._mask(
                _rows(out, way)[k][way.source],
                _rows(into, way)[k][way.destination],
                way,
                source,
                target,
                setting,
                claim,
            )
            for k, ((_, setting), claim) in enumerate(zip(self._settings, self._claims, strict=True))
            for way in met
        ]
        if not masks:
            return ()
        if not unwritten:
            whatever = self._ports.whatever_called
            masks = [(whatever(surely), whatever(maybe)) for surely, maybe in masks]
        alike = masks.count(masks[0]) == len(masks)
        key = masks[0] if alike else (self._shapes[source], self._shapes[target], tuple(masks))
        if key not in self._told:
            found = _plain(*masks[0]) if alike else self._resolved(met, masks)
            self._told[key] = self._once.setdefault(found, found)
        return self._told[key]

    def _mask(
        self, leaves: _Row, enters: _Row, way: Way, source: int, target: int, setting: Switches, held: int
    ) -> tuple[int, int]:
        """The ports that are surely, and those that may be allowed."""
        towards, back = self._first[target] + way.destination, self._first[source] + way.source
        everything = self._ports.everything
        surely, maybe = leaves.surely.get(towards, 0), leaves.maybe.get(towards, 0)
        lets, may_let = enters.surely.get(back, 0), enters.maybe.get(back, 0)
        if way.same_node:
            if _nodelike(self._kinds[target], setting) and setting["local_node_egress"] == "always":
                surely = maybe = everything
            dropping = self._kinds[source] is Kind.POD and setting["local_node_egress"] == "policy_then_drop"
            if dropping and _nodelike(self._kinds[target], setting):
                surely = maybe = 0
            if _nodelike(self._kinds[source], setting) and setting["local_node_ingress"] == "always":
                lets = may_let = everything
        return surely & lets & held, maybe & may_let & held

    def _met_in(self, source: int, target: int) -> tuple[Way, ...]:
        key = (self._shapes[source], self._shapes[target])
        if key not in self._ways:
            self._ways[key] = tuple(ways(self._klasses[source], self._klasses[target]))
        return self._ways[key]

    def _resolved(self, met: Sequence[Way], masks: Sequence[tuple[int, int]]) -> Flows:
        """The flows of a pair for which not every way comes to the same."""
        columns: list[Fork] = [tuple(dict.fromkeys(column)) for column in zip(*(w.facts for w in met), strict=True)]
        places = [tuple(column.index(f) for column, f in zip(columns, way.facts, strict=True)) for way in met]
        cases = {
            (*chosen, *place): mask
            for (chosen, place), mask in zip(product((c for c, _ in self._settings), places), masks, strict=True)
        }
        always = reduce(int.__and__, (mask for mask, _ in masks))
        rest = {case: (surely & ~always, maybe & ~surely) for case, (surely, maybe) in cases.items()}
        found = [Flow(always)] if always else []
        for when, (surely, perhaps) in branches([*self._forks, *columns], rest):
            found += [Flow(surely, when)] if surely else []
            found += [Flow(perhaps, when, surely=False)] if perhaps else []
        return tuple(found)


def _rows(side: _Side, way: Way) -> tuple[tuple[_Row, ...], ...]:
    return side.near if way.same_node else side.rows


def _asks_for_nodes(formula: Formula) -> bool:
    """True iff it can hang on whether both ends are on one node."""
    return isinstance(formula, SameNode) or any(map(_asks_for_nodes, parts_of(formula)))


def _setting(switches: Mapping[str, str], forks: Iterable[Sequence[Condition]], chosen: Sequence[int]) -> Switches:
    conditions = [fork[i] for fork, i in zip(forks, chosen, strict=True)]
    return concrete(switches, {c.switch: c.value for c in conditions if isinstance(c, Setting)})


def _claim(setting: Switches, ports: PortCells) -> int:
    """The ports about which anything is said."""
    claim = ports.everything
    if setting["sctp"] == "no":
        claim &= ~ports.protocol(Protocol.SCTP)
    if setting["other_protocols"] == "off":
        claim &= ~ports.of_ports(Protocol.OTHER, Intervals())
    return claim


def _plain(surely: int, maybe: int) -> Flows:
    """The flows where there are no conditions."""
    found = (Flow(surely),) if surely else ()
    return (*found, Flow(maybe & ~surely, surely=False)) if maybe & ~surely else found


def _nodelike(kind: Kind, setting: Switches) -> bool:
    return kind is Kind.NODE or (kind is Kind.HOSTPOD and setting["host_network"] != "as_pod")
