"""What one class may open to another, exactly: which ports always, and which others when."""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from itertools import product

from msgspec import Struct

from verifier.engine.explain.condition import Condition, Fork, Setting, When, branches
from verifier.engine.map.classes import EndpointClass
from verifier.engine.map.meetings import Way, once, shape, ways
from verifier.engine.map.peers import Peers
from verifier.engine.map.ports import PortCells
from verifier.engine.map.portsets import Spread, as_bits, bits, having_any, towards
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
_Told = tuple[int, ...]
"""Ports: surely let through and perhaps, for each setting with ends on different nodes, then for each with ends on one.
"""


class _Row(Struct, frozen=True):
    """The ports that are surely let through to each peer, and those that may be. classes: of the peers that have any,
    as bits. open: it is everything, to everybody."""

    surely: Spread
    maybe: Spread
    classes: int
    open: bool


class _Side(Struct, frozen=True):
    """The rows of one class in one direction: for each setting, and in it for each variant; with ends on other nodes,
    and on its own. classes: those with which there can be anything at all, as bits. even: where all variants have the
    same rows, what these say to each class that they tell one thing, whichever of its variants it is (`_evenly`); of
    equal ones one object."""

    rows: tuple[tuple[_Row, ...], ...]
    near: tuple[tuple[_Row, ...], ...]
    classes: int
    even: tuple[tuple[_Told, int], ...]

    def of(self, way: Way) -> tuple[tuple[_Row, ...], ...]:
        return self.near if way.same_node else self.rows

    def to(self, bit: int) -> _Told | None:
        """What is said to a class, given as a bit; None where that hangs on more."""
        for told, classes in self.even:
            if classes & bit:
                return told
        return None


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
        # The first variants of all classes, then the second ones, and so on, so that peers as bits are cut into classes
        # by shifting; a class that has no more variants fills its place with its last one.
        self._width = max((len(klass.variants) for klass in klasses), default=0)
        filled = range(self._width)
        peers = Peers([klass.variants[min(k, len(klass.variants) - 1)].end for k in filled for klass in klasses])
        guards: dict[tuple[object, ...], Spread] = {}
        self._reaches = [Reach(policies, peers, ports, setting, guards) for _, setting in self._settings]
        self._near = self._reaches
        if any(map(_asks_for_nodes, policy_formulas(policies))):
            self._near = [Reach(policies, peers, ports, s, guards, same_node=True) for _, s in self._settings]
        self._hosts = as_bits(n for n, kind in enumerate(self._kinds) if kind in NODELIKE)
        self._pods = as_bits(n for n, kind in enumerate(self._kinds) if kind in PODLIKE)
        self._rows: dict[tuple[int, int], _Row] = {}
        self._once_sides: dict[object, _Side] = {}
        self._said_once: dict[_Told, _Told] = {}
        self._sides = {way: [self._side(n, way) for n in range(len(klasses))] for way in Direction}
        shapes: dict[object, int] = {}
        self._shapes = [shapes.setdefault((shape(k), k.variants[0].end.unwritten), len(shapes)) for k in klasses]
        alike: dict[tuple[int, int], int] = {}
        keys = [(id(side), self._shapes[n]) for n, side in enumerate(self._sides[Direction.INGRESS])]
        for number, key in enumerate(keys):
            alike[key] = alike.get(key, 0) | 1 << number
        self._alike = [alike[key] for key in keys]
        """For each class those of its shape that are let in by the same, as bits."""
        self._once: dict[Flows, Flows] = {}
        self._ways: dict[object, tuple[Way, ...]] = {}
        self._few: dict[object, tuple[Way, ...]] = {}
        self._told: dict[object, Flows] = {}
        self._evened: dict[tuple[int, int, int, int], Flows] = {}
        self._called: dict[int, int] = {}
        self._claims = [_claim(setting, ports) for _, setting in self._settings]

    def flows(self) -> list[dict[Flows, int]]:
        """For each class what it may open, and to whom, as bits; nothing to the rest. Equal flows are one object."""
        number = len(self._klasses)
        into = [0] * number
        by_sources: dict[int, int] = {}
        for target, side in enumerate(self._sides[Direction.INGRESS]):
            by_sources[side.classes] = by_sources.get(side.classes, 0) | 1 << target
        for sources, targets in by_sources.items():
            for source in bits(sources):
                into[source] |= targets
        return [
            self._from(source, self._sides[Direction.EGRESS][source].classes & into[source]) for source in range(number)
        ]

    def _from(self, source: int, targets: int) -> dict[Flows, int]:
        """What a class may open to these. Of targets of one shape that are told the same, and let in by the same, one
        is asked about."""
        targets &= self._pods if self._kinds[source] not in PODLIKE else -1
        found: dict[Flows, int] = {}
        sides, left, mine = self._sides[Direction.INGRESS], targets, 1 << source
        let_in: dict[int, _Told | None] = {}
        for told, classes in self._sides[Direction.EGRESS][source].even:
            here, left = targets & classes, left & ~classes
            opened: dict[tuple[int, int], Flows] = {}
            told_alike: dict[tuple[int, int], int] = {}
            while here:
                target = (here & -here).bit_length() - 1
                same = here & self._alike[target]
                here ^= same
                side = sides[target]
                if id(side) not in let_in:
                    let_in[id(side)] = side.to(mine)
                enters = let_in[id(side)]
                if enters is None:
                    self._each(found, source, same)
                    continue
                key = (id(enters), self._shapes[target])
                if key not in opened:
                    opened[key], told_alike[key] = self._evenly(source, target, told, enters), 0
                told_alike[key] |= same
            for key, flows in opened.items():
                found[flows] = found.get(flows, 0) | told_alike[key]
        self._each(found, source, left)
        return {flows: some for flows, some in found.items() if flows}

    def _each(self, found: dict[Flows, int], source: int, targets: int) -> None:
        """Adds what a class may open to each of these, asked about one by one."""
        for target in bits(targets):
            flows = self._between(source, target)
            found[flows] = found.get(flows, 0) | 1 << target

    def isolated(self, number: int, way: Direction) -> bool:
        """True iff its policies do not let everything through, under some setting."""
        return not all(row.open for rows in self._sides[way][number].rows for row in rows)

    def _side(self, number: int, way: Direction) -> _Side:
        variants = range(len(self._klasses[number].variants))

        def of(reaches: Sequence[Reach]) -> tuple[tuple[_Row, ...], ...]:
            return tuple(tuple(self._row(*r.row(self._end(number, k), way)) for k in variants) for r in reaches)

        rows = of(self._reaches)
        near = rows if self._near is self._reaches else of(self._near)
        everybody = self._kinds[number] in NODELIKE
        key = (everybody, tuple(tuple(map(id, some)) for some in (*rows, *near)))
        if key not in self._once_sides:
            met = self._hosts
            for some in rows:
                for row in some:
                    met |= row.classes
            classes = (1 << len(self._klasses)) - 1 if everybody else met
            self._once_sides[key] = _Side(rows, near, classes, self._even(rows, near))
        return self._once_sides[key]

    def _even(self, rows: Sequence[Sequence[_Row]], near: Sequence[Sequence[_Row]]) -> tuple[tuple[_Told, int], ...]:
        """`_Side.even`: nothing where the variants have rows of their own."""
        if any(row is not some[0] for some in (*rows, *near) for row in some):
            return ()
        found: list[tuple[_Told, int]] = [((), (1 << len(self._klasses)) - 1)]
        before: dict[int, int] = {}
        for spread in (spread for some in (*rows, *near) for spread in (some[0].surely, some[0].maybe)):
            at = before.setdefault(id(spread), len(found[0][0]) if found else 0)
            if found and at < len(found[0][0]):
                found = [((*told, told[at]), classes) for told, classes in found]
                continue
            cut = [(ports, self._whole(who)) for ports, who in spread.items()]
            found = [((*told, ports), both) for told, c in found for ports, some in cut if (both := c & some)]
        return tuple((self._said_once.setdefault(told, told), classes) for told, classes in found)

    def _whole(self, ends: int) -> int:
        """The classes all of whose variants are among these ends."""
        number = len(self._klasses)
        found = (1 << number) - 1
        for k in range(self._width):
            found &= ends >> k * number
        return found

    def _end(self, number: int, variant: int) -> int:
        """The number of a variant of a class among all ends."""
        return variant * len(self._klasses) + number

    def _row(self, surely: Spread, maybe: Spread) -> _Row:
        key = (id(surely), id(maybe))
        if key not in self._rows:
            peers, number, classes = having_any(maybe), len(self._klasses), 0
            for k in range(self._width):
                classes |= peers >> k * number & (1 << number) - 1
            whole = set(maybe) == {self._ports.everything}
            self._rows[key] = _Row(surely, maybe, classes, whole)
        return self._rows[key]

    def _between(self, source: int, target: int) -> Flows:
        """What the first may open to the second, every way in which they can meet looked at."""
        met = self._met_in(source, target)
        out, into = self._sides[Direction.EGRESS][source], self._sides[Direction.INGRESS][target]
        masks = []
        for k in range(len(self._settings)):
            for way in met:
                there, back = self._end(target, way.destination), self._end(source, way.source)
                leaves, enters = out.of(way)[k][way.source], into.of(way)[k][way.destination]
                lets = (towards(leaves.surely, there), towards(leaves.maybe, there))
                masks.append(
                    self._mask(
                        lets, (towards(enters.surely, back), towards(enters.maybe, back)), way, source, target, k
                    )
                )
        return self._said(source, target, met, masks)

    def _evenly(self, source: int, target: int, leaves: _Told, enters: _Told) -> Flows:
        """The same where it makes no difference which variants meet, of what each says to the other: two sets of ports
        a setting, with the ends on different nodes, then on one."""
        key = (id(leaves), id(enters), self._shapes[source], self._shapes[target])
        if key not in self._evened:
            self._evened[key] = self._said(source, target, *self._joined(source, target, leaves, enters))
        return self._evened[key]

    def _joined(
        self, source: int, target: int, leaves: _Told, enters: _Told
    ) -> tuple[Sequence[Way], Sequence[tuple[int, int]]]:
        """The ways in which the two meet, one for all variants, and the masks in each setting and way."""
        met = self._met_once(source, target)
        masks = []
        for k in range(len(self._settings)):
            for way in met:
                at = 2 * (k + len(self._settings) if way.same_node else k)
                masks.append(self._mask(leaves[at : at + 2], enters[at : at + 2], way, source, target, k))
        return met, masks

    def _mask(
        self, lets: Sequence[int], admits: Sequence[int], way: Way, source: int, target: int, k: int
    ) -> tuple[int, int]:
        """The ports that are surely, and those that may be allowed, of those that the source lets out and the target
        lets in."""
        setting, held, everything = self._settings[k][1], self._claims[k], self._ports.everything
        (surely, maybe), (enters, may_enter) = lets, admits
        if way.same_node:
            if _nodelike(self._kinds[target], setting) and setting["local_node_egress"] == "always":
                surely = maybe = everything
            dropping = self._kinds[source] is Kind.POD and setting["local_node_egress"] == "policy_then_drop"
            if dropping and _nodelike(self._kinds[target], setting):
                surely = maybe = 0
            if _nodelike(self._kinds[source], setting) and setting["local_node_ingress"] == "always":
                enters = may_enter = everything
        return surely & enters & held, maybe & may_enter & held

    def _said(self, source: int, target: int, met: Sequence[Way], masks: Sequence[tuple[int, int]]) -> Flows:
        """The flows of a pair; nothing where they cannot meet, or no end is a pod."""
        if not masks or PODLIKE.isdisjoint({self._kinds[source], self._kinds[target]}):
            return ()
        if not self._klasses[target].variants[0].end.unwritten:
            masks = [(self._whatever_called(surely), self._whatever_called(maybe)) for surely, maybe in masks]
        alike = masks.count(masks[0]) == len(masks)
        key = masks[0] if alike else (self._shapes[source], self._shapes[target], len(met), tuple(masks))
        if key not in self._told:
            found = _plain(*masks[0]) if alike else self._resolved(met, masks)
            self._told[key] = self._once.setdefault(found, found)
        return self._told[key]

    def _whatever_called(self, mask: int) -> int:
        if mask not in self._called:
            self._called[mask] = self._ports.whatever_called(mask)
        return self._called[mask]

    def _met_in(self, source: int, target: int) -> tuple[Way, ...]:
        key = (self._shapes[source], self._shapes[target])
        if key not in self._ways:
            self._ways[key] = tuple(ways(self._klasses[source], self._klasses[target]))
        return self._ways[key]

    def _met_once(self, source: int, target: int) -> tuple[Way, ...]:
        """As `_met_in`, one way for all variants (`once`)."""
        key = (self._shapes[source], self._shapes[target])
        if key not in self._few:
            self._few[key] = tuple(once(ways(self._klasses[source], self._klasses[target])))
        return self._few[key]

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
