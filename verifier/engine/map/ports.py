"""Ports as bits: one for each stretch of ports that policies cannot tell apart, so that a set of ports is one number.

For destinations that nobody has written there is a bit, too, for "the port that the pod calls so", by name, protocol
and stretch: such a pod may call any of its ports by any name. A port that it calls by several of the names is told as
if it were several.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct

from verifier.ir.network import PORTS, Intervals, Protocol
from verifier.vocabulary import Cells

PORTED = (Protocol.TCP, Protocol.UDP, Protocol.SCTP)


class PortSet(Struct, frozen=True):
    """Ports in plain words: by number, but for those that a pod calls by a name of `spared`; and those that it calls by
    a name of `named`, whatever else is said of their number."""

    numbers: Mapping[Protocol, Intervals]
    named: tuple[tuple[Protocol, str, Intervals], ...] = ()
    spared: tuple[tuple[Protocol, str, Intervals], ...] = ()

    def __hash__(self) -> int:
        return hash((*self.numbers, self.named, self.spared))

    @property
    def is_empty(self) -> bool:
        return not self.numbers and not self.named


class PortCells(Struct, frozen=True, dict=True):
    """The bits. names: those that policies use. other: there are protocols without ports."""

    cells: tuple[tuple[int, int], ...]
    names: tuple[str, ...]
    other: bool

    @classmethod
    def of(cls, sets: Iterable[Intervals], names: Iterable[str], other: bool) -> "PortCells":
        cut = Cells.cut({0: PORTS}, ({0: ports} for ports in sets))
        return cls(tuple((c.low, c.high) for c in cut.cells), tuple(sorted(names)), other)

    @cached_property
    def width(self) -> int:
        return len(PORTED) * len(self.cells) * (1 + len(self.names)) + 1

    @cached_property
    def numbered(self) -> int:
        """Every port by its number, and the protocols without ports."""
        plain = (1 << len(PORTED) * len(self.cells)) - 1
        return plain | (1 << self.width - 1 if self.other else 0)

    @cached_property
    def everything(self) -> int:
        """Those that pods call by names too."""
        return ((1 << self.width - 1) - 1) | (1 << self.width - 1 if self.other else 0)

    def protocol(self, protocol: Protocol) -> int:
        """Every port of a protocol, by number or name."""
        return self.of_ports(protocol, PORTS)

    def of_ports(self, protocol: Protocol, ports: Intervals) -> int:
        """The ports of that number, called by a name or not."""
        if protocol is Protocol.OTHER:
            return 1 << self.width - 1 if self.other else 0
        bits = sum(1 << i for i, (low, high) in enumerate(self.cells) if low in ports and high in ports)
        start = PORTED.index(protocol) * len(self.cells)
        size = len(PORTED) * len(self.cells)
        return sum(bits << start + size * group for group in range(1 + len(self.names)))

    def of_name(self, name: str, protocol: Protocol | None) -> int:
        """The ports that a pod calls so, which nobody has written."""
        size = len(PORTED) * len(self.cells)
        group = size * (1 + self.names.index(name))
        wanted = PORTED if protocol is None else (protocol,)
        whole = (1 << len(self.cells)) - 1
        return sum(whole << group + PORTED.index(p) * len(self.cells) for p in wanted)

    def named_number(self, protocol: Protocol, number: int) -> int:
        """The one port of that number."""
        return self.of_ports(protocol, Intervals(((number, number),))) & self.numbered

    def whatever_called(self, mask: int) -> int:
        """The ports of the set by their numbers, by whatever names they are called."""
        size = len(PORTED) * len(self.cells)
        plain = mask & ((1 << size) - 1)
        return sum(plain << size * group for group in range(1 + len(self.names))) | mask & (1 << self.width - 1)

    def told(self, mask: int) -> PortSet:
        """The set in words. A port that is in by its number whoever calls it what is not told by name again."""
        numbers = {p: ports for p in PORTED if not (ports := self._ports(mask, p, 0)).is_empty()}
        if mask >> self.width - 1 & 1:
            numbers[Protocol.OTHER] = Intervals()
        return PortSet(numbers, tuple(self._named(mask, numbers)), tuple(self._spared(mask, numbers)))

    def _named(self, mask: int, numbers: Mapping[Protocol, Intervals]) -> Iterator[tuple[Protocol, str, Intervals]]:
        for group, name in enumerate(self.names, start=1):
            for protocol in PORTED:
                called = self._ports(mask, protocol, group)
                more = called.subtract(numbers.get(protocol, Intervals()))
                if not more.is_empty():
                    whole = called == PORTS
                    yield protocol, name, PORTS if whole else more

    def _spared(self, mask: int, numbers: Mapping[Protocol, Intervals]) -> Iterator[tuple[Protocol, str, Intervals]]:
        """Ports that are in by number, but not if they are called so."""
        for group, name in enumerate(self.names, start=1):
            for protocol, ports in numbers.items():
                if protocol is not Protocol.OTHER:
                    less = ports.subtract(self._ports(mask, protocol, group))
                    if not less.is_empty():
                        yield protocol, name, less

    def _ports(self, mask: int, protocol: Protocol, group: int) -> Intervals:
        start = (group * len(PORTED) + PORTED.index(protocol)) * len(self.cells)
        return Intervals.of(cell for i, cell in enumerate(self.cells) if mask >> start + i & 1)
