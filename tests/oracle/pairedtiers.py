"""Cluster-scoped policies on both sides of a comparison, as bit masks over their bars. What nobody can say of a
connection is the same on both sides (docs/semantics.md 1.5): every way in which it can be is tried."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any, NamedTuple

from . import tiers
from .ladders import Bar, Ladders
from .rules import EGRESS, INGRESS, Cluster, End, Plain

WAYS = (INGRESS, EGRESS)
Pairs = tuple[tuple[int, int], tuple[int, int]]
"""For each direction, a bit mask of (old, new) bars."""


class Meant(NamedTuple):
    """The bars whose peer an endpoint is: surely, and those that hang on an unknown each."""

    surely: int
    perhaps: tuple[tuple[str, int], ...] = ()

    def under(self, supposing: Mapping[str, bool]) -> int:
        found = self.surely
        for about, mask in self.perhaps:
            found |= mask if supposing.get(about) else 0
        return found


class PairedTiers:
    """The tiers of both sides."""

    def __init__(self, old: Cluster, new: Cluster) -> None:
        self.sides = (old, new)
        self.ladders = (Ladders(old), Ladders(new))
        self.cidrs = sorted({cidr for side in self.sides for cidr in tiers.cidrs(side.tiers, side.nodes)})
        self.entries = [entry for ladders in self.ladders for entry in ladders.entries()]

    def governing(self, old: End, new: End) -> Pairs:
        """The bars of policies whose subject the endpoint is."""
        return self._by_labels(old, new, lambda bar, end: tiers.governs(bar.policy, end))

    def selected(self, old: End, new: End) -> Pairs:
        """The bars that select it as a peer, or that leave out nobody."""
        return self._by_labels(old, new, _selects)

    def _by_labels(self, old: End, new: End, fits: Any) -> Pairs:
        found = [
            tuple(
                _mask(fits(bar, end) for bar in ladders.bars[way])
                for ladders, end in zip(self.ladders, (old, new), strict=True)
            )
            for way in WAYS
        ]
        return found[0], found[1]  # type: ignore[return-value]

    def placed(self, way: str, kind: str, family: int, address: int, setting: Any) -> tuple[Meant, Meant]:
        """The bars that mean an endpoint of this kind by its address."""
        found = []
        for side, ladders in zip(self.sides, self.ladders, strict=True):
            surely, perhaps = 0, dict[str, int]()
            for i, bar in enumerate(ladders.bars[way]):
                if bar.peer is None or _by_selector(bar.peer):
                    continue
                match tiers.peer_fits(bar.peer, End(kind), family, address, side.nodes, setting):
                    case tiers.YES:
                        surely |= 1 << i
                    case tiers.PERHAPS:
                        for about in unknowns(bar.peer, side.nodes):
                            perhaps[about] = perhaps.get(about, 0) | 1 << i
            found.append(Meant(surely, tuple(sorted(perhaps.items()))))
        return found[0], found[1]

    def ported(self, way: str, protocol: str, port: int | None, names: Iterable[set[str]]) -> tuple[int, int]:
        """The bars whose rule's ports these are; `names`: what the destination calls them, (old, new)."""
        found = [
            ladders.ported(way, protocol, port, frozenset(called))
            for ladders, called in zip(self.ladders, names, strict=True)
        ]
        return found[0], found[1]

    def outcomes(
        self, version: int, way: str, hits: int, namespaced: str, elsewhere: bool, setting: Any
    ) -> frozenset[bool]:
        """All that one leg of one side can come to where these bars fire, and no others."""
        return self.ladders[version].outcomes(way, (hits, hits), namespaced, elsewhere, setting)


def _by_selector(peer: Plain) -> bool:
    return peer.get("namespaces") is not None or peer.get("pods") is not None


def _selects(bar: Bar, end: End) -> bool:
    """`governs` of a peer; a rule that fails closed means everybody."""
    if bar.peer is None:
        return True
    return _by_selector(bar.peer) and tiers.peer_fits(bar.peer, end, 0, 0, [], {}) == tiers.YES


def unknowns(peer: Plain, nodes: list[Plain]) -> Iterator[str]:
    """What it hangs on whether the peer is meant, in the words of a report; any of it is enough."""
    for name in peer.get("domainNames") or ():
        yield f"what `{_lower(name)}` resolves to"
    if peer.get("nodes") is not None:
        if not nodes:
            yield f"the addresses of nodes `{_told(peer['nodes'])}`"
        for node in nodes:
            labels = node["metadata"].get("labels") or {}
            if tiers.matches(peer["nodes"], labels) and not tiers.node_addresses(node):
                yield f"the addresses of node `{node['metadata']['name']}`"


def _lower(name: str) -> str:
    return name.lower().rstrip(".")


def _told(selector: Plain) -> str:
    assert not selector.get("matchExpressions")
    return ",".join(f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())) or "*"


@cache
def ways_to_be(about: frozenset[str]) -> tuple[dict[str, bool], ...]:
    """All that can be true of what nobody can say: what a name resolves to is among what a pattern does that it fits
    (4.2), and the addresses of nodes with some labels are among those of nodes with fewer of them."""
    listed = sorted(about)
    ordered = [(wide, narrow) for wide, narrow in product(listed, repeat=2) if _holds(wide, narrow)]
    every = (dict(zip(listed, values, strict=True)) for values in product((False, True), repeat=len(listed)))
    return tuple(found for found in every if all(found[wide] or not found[narrow] for wide, narrow in ordered))


def _holds(wide: str, narrow: str) -> bool:
    """True iff the one is a pattern for more labels before what the other, a name, ends in, or asks of nodes for labels
    all of which the other asks for."""
    (begin, pattern, end), (same, name, to) = wide.split("`"), narrow.split("`")
    if (begin, end) != (same, to):
        return False
    if end == " resolves to" and pattern.startswith("*."):
        here, there = pattern.split(".")[1:], name.split(".")
        return len(there) > len(here) and there[-len(here) :] == here
    return begin.endswith("of nodes ") and (pattern == "*" or set(pattern.split(",")) <= set(name.split(",")))


def _mask(bits: Iterable[bool]) -> int:
    return sum(bit << i for i, bit in enumerate(bits))
