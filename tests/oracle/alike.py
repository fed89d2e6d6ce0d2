"""What behaves alike on both sides of a comparison is one value: endpoints by their labels, addresses, ends of
connections under one setting, ports. Pairs are (old, new)."""

from typing import NamedTuple

from .pairedtiers import Meant, Pairs
from .rules import End


class Both(NamedTuple):
    """One endpoint as either side has it."""

    old: End
    new: End


class Who(NamedTuple):
    """All that decides which endpoints can be the two ends of one connection (W1, W3, W5)."""

    namespace: str | None
    variant: int
    lone: int | None
    addresses: tuple[tuple[int, ...], tuple[int, ...]]


class Labels(NamedTuple):
    """What policies and regions make of an endpoint's labels. Pairs are (old, new); bit masks, in each direction, of
    policies that govern it, of arms whose selectors mean it, of regions that hold it as source, as destination, of bars
    of cluster-scoped policies whose subject it is, of those that select it, and of accepted flows that mean it as
    source, as destination. elsewhere: a NetworkPolicy governs it in the other direction only."""

    kinds: tuple[str, str]
    names: object
    governing: tuple[tuple[int, int], tuple[int, int]]
    selected: tuple[tuple[int, int], tuple[int, int]]
    inside: tuple[int, int]
    bars: Pairs
    barred: Pairs
    elsewhere: tuple[tuple[bool, bool], tuple[bool, bool]]
    accepted: tuple[int, int]


class Place(NamedTuple):
    """What they make of an address: bit masks of arms whose block holds it, for each direction, of regions that hold
    it, of those that do as the source's own, of those that do as where an end was before, of what cluster-scoped
    policies call networks, and of flows."""

    family: int
    blocks: tuple[int, int]
    inside: tuple[int, int]
    owned: int
    was: tuple[int, int]
    networks: int
    accepted: tuple[int, int]


class Row(NamedTuple):
    """Endpoints that behave alike on one side of connections under one setting. Pairs are (old, new).

    isolated, arms: by the policies that govern it on its own side. offered: the arms of the other end that mean it.
    bars: of the cluster-scoped policies that govern it; meant: those of the other end that mean it.
    elsewhere: a NetworkPolicy governs it, in the other direction only.
    """

    podlike: bool
    on_node: tuple[bool, bool]
    nodelike: tuple[bool, bool]
    family: int
    isolated: tuple[bool, bool]
    arms: tuple[int, int]
    offered: tuple[int, int]
    inside: int
    names: object
    bars: tuple[int, int]
    meant: tuple[Meant, Meant]
    elsewhere: tuple[bool, bool]
    accepted: int


Rows = dict[Row, set[Who]]


class Point(NamedTuple):
    """A protocol and port. inward, outward: the arms, and the bars, whose ports they meet, (old, new)."""

    protocol: str
    port: int | None
    names: tuple[str, ...]
    inward: tuple[int, int]
    outward: tuple[int, int]
    bars_inward: tuple[int, int]
    bars_outward: tuple[int, int]
    inside: int
    accepted: int
