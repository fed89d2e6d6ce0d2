"""The tiers of a world as bit masks: which rules of cluster-scoped policies an endpoint, an address and a port meet,
and what a leg of the connection can come to (docs/semantics.md 4.3, 4.4)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from . import tiers
from .rules import EGRESS, INGRESS, End, Plain
from .world import World


class Bar(NamedTuple):
    """One peer of one rule; None: of a rule that fails closed."""

    policy: tiers.Tiered
    rule: tiers.Rule
    peer: Plain | None


@dataclass
class Ladders:
    world: World
    bars: dict[str, list[Bar]] = field(init=False)
    _known: dict[object, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bars = {
            way: [
                Bar(policy, rule, peer)
                for policy in self.world.tiers
                for rule in policy.rules[way]
                for peer in rule.peers or [None]
            ]
            for way in (INGRESS, EGRESS)
        }

    def blocks(self) -> list[Plain]:
        return [{"cidr": cidr} for cidr in tiers.cidrs(self.world.tiers, self.world.nodes)]

    def entries(self) -> list[Plain]:
        return [entry for bars in self.bars.values() for bar in bars for entry in bar.rule.ports or []]

    def governing(self, way: str, end: End) -> int:
        """The bars of policies whose subject the endpoint is."""
        key = (way, id(end))
        if key not in self._known:
            self._known[key] = _mask(tiers.governs(bar.policy, end) for bar in self.bars[way])
        return int(self._known[key])

    def meant(self, way: str, end: End, family: int, address: int, setting: Any) -> tuple[int, int]:
        """The bars whose peer the endpoint is: perhaps, and surely."""
        place = (end, family, address, self.world.nodes, setting)
        found = [tiers.YES if bar.peer is None else tiers.peer_fits(bar.peer, *place) for bar in self.bars[way]]
        return _mask(fits != tiers.NO for fits in found), _mask(fits == tiers.YES for fits in found)

    def ported(self, way: str, protocol: str, port: int | None, names: frozenset[str]) -> int:
        """The bars whose rule's ports these are."""
        return _mask(
            bar.rule.ports is None or any(tiers.port_fits(e, protocol, port, names) for e in bar.rule.ports)
            for bar in self.bars[way]
        )

    def outcomes(
        self, way: str, hits: tuple[int, int], namespaced: str, elsewhere: bool, setting: Any
    ) -> frozenset[bool]:
        """All that one side can come to. hits: the bars that fire perhaps, and surely."""
        tie = setting["same_priority"] if any(hits) else "any"
        finality = setting["np_finality"] if elsewhere and namespaced == tiers.PASS and self.world.tiers else ""
        key = (way, hits, namespaced, elsewhere, tie, finality)
        if key not in self._known:
            by_rule = self._by_rule(way, hits)
            results = [
                tiers.staged(self.world.tiers, tier, lambda _, rule: by_rule[id(rule)], way, tie)
                for tier in ("Admin", "Baseline")
            ]
            self._known[key] = tiers.piped(results[0], namespaced, elsewhere, results[1], finality)
        return frozenset(self._known[key])

    def listed(
        self, way: str, end: End, hits: tuple[int, int]
    ) -> list[tuple[tiers.Tiered, bool, list[tuple[str, str]]]]:
        """Of each policy whether its subject the endpoint is, and its actions with whether they fire."""
        by_rule = self._by_rule(way, hits)
        return [
            (policy, tiers.governs(policy, end), [(rule.action, by_rule[id(rule)]) for rule in policy.rules[way]])
            for policy in self.world.tiers
        ]

    def _by_rule(self, way: str, hits: tuple[int, int]) -> dict[int, str]:
        perhaps, surely = hits
        by_rule: dict[int, str] = {}
        for i, bar in enumerate(self.bars[way]):
            fires = tiers.YES if surely >> i & 1 else tiers.PERHAPS if perhaps >> i & 1 else tiers.NO
            strongest = max(fires, by_rule.get(id(bar.rule), tiers.NO), key=_STRENGTH.index)
            by_rule[id(bar.rule)] = strongest
        return by_rule


_STRENGTH = (tiers.NO, tiers.PERHAPS, tiers.YES)


def _mask(bits: Iterable[bool]) -> int:
    return sum(bit << i for i, bit in enumerate(bits))
