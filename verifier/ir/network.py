"""Protocols, port sets and address sets.

Sets of ports and addresses share one algebra, that of `Intervals`; two sets are equal iff they hold the same elements.
"""

import ipaddress
from collections.abc import Iterable, Iterator
from enum import StrEnum

from msgspec import Struct

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network


class Protocol(StrEnum):
    TCP = "TCP"
    UDP = "UDP"
    SCTP = "SCTP"
    OTHER = "OTHER"
    """Anything without ports (ICMP, GRE, ...); exists only where the switch `other_protocols` is on."""


class Intervals(Struct, frozen=True):
    """A finite set of integers as disjoint, non-adjacent, ascending, inclusive intervals."""

    parts: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, parts: Iterable[tuple[int, int]]) -> "Intervals":
        """The union of inclusive intervals; those whose bounds are reversed are empty."""
        merged: list[tuple[int, int]] = []
        for low, high in sorted(p for p in parts if p[0] <= p[1]):
            if merged and low <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(merged[-1][1], high))
            else:
                merged.append((low, high))
        return cls(tuple(merged))

    def __contains__(self, element: int) -> bool:
        return any(low <= element <= high for low, high in self.parts)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self.parts)

    def size(self) -> int:
        return sum(high - low + 1 for low, high in self.parts)

    def is_empty(self) -> bool:
        return not self.parts

    def union(self, other: "Intervals") -> "Intervals":
        return Intervals.of((*self.parts, *other.parts))

    def intersect(self, other: "Intervals") -> "Intervals":
        mine, theirs, both, i, j = self.parts, other.parts, [], 0, 0
        while i < len(mine) and j < len(theirs):
            low, high = max(mine[i][0], theirs[j][0]), min(mine[i][1], theirs[j][1])
            if low <= high:
                both.append((low, high))
            if mine[i][1] < theirs[j][1]:
                i += 1
            else:
                j += 1
        return Intervals(tuple(both))

    def subtract(self, other: "Intervals") -> "Intervals":
        left: list[tuple[int, int]] = []
        for low, high in self.parts:
            for cut_low, cut_high in other.parts:
                if cut_high < low or cut_low > high:
                    continue
                if cut_low > low:
                    left.append((low, cut_low - 1))
                low = cut_high + 1
                if low > high:
                    break
            if low <= high:
                left.append((low, high))
        return Intervals(tuple(left))

    def is_subset(self, other: "Intervals") -> bool:
        return self.subtract(other).is_empty()


PORTS = Intervals(((1, 65535),))
"""Every port number."""


class AddressSet(Struct, frozen=True):
    """A set of IPv4 and IPv6 addresses, as integers of each family."""

    v4: Intervals = Intervals()
    v6: Intervals = Intervals()

    @classmethod
    def block(cls, cidr: IPNetwork, excepts: Iterable[IPNetwork] = ()) -> "AddressSet":
        """The addresses of `cidr` that lie in none of `excepts` (3.5)."""
        result = cls._network(cidr)
        for hole in excepts:
            result = result.subtract(cls._network(hole))
        return result

    @classmethod
    def _network(cls, network: IPNetwork) -> "AddressSet":
        span = Intervals(((int(network.network_address), int(network.broadcast_address)),))
        return cls(v4=span) if network.version == 4 else cls(v6=span)

    @classmethod
    def of(cls, cidrs: Iterable[str]) -> "AddressSet":
        """The union of CIDRs in text form; raises ValueError where one is not canonical."""
        result = cls()
        for cidr in cidrs:
            result = result.union(cls._network(ipaddress.ip_network(cidr)))
        return result

    @classmethod
    def single(cls, number: int, family: int) -> "AddressSet":
        one = Intervals(((number, number),))
        return cls(v4=one) if family == 4 else cls(v6=one)

    def family(self, version: int) -> Intervals:
        return self.v4 if version == 4 else self.v6

    def __contains__(self, address: IPAddress) -> bool:
        return int(address) in self.family(address.version)

    def is_empty(self) -> bool:
        return self.v4.is_empty() and self.v6.is_empty()

    def sole(self) -> IPAddress | None:
        """The one address of the set; None where it has another number of them."""
        if self.v4.size() + self.v6.size() != 1:
            return None
        (number, _), *_ = (*self.v4, *self.v6)
        return ipaddress.IPv4Address(number) if not self.v4.is_empty() else ipaddress.IPv6Address(number)

    def union(self, other: "AddressSet") -> "AddressSet":
        return AddressSet(self.v4.union(other.v4), self.v6.union(other.v6))

    def intersect(self, other: "AddressSet") -> "AddressSet":
        return AddressSet(self.v4.intersect(other.v4), self.v6.intersect(other.v6))

    def subtract(self, other: "AddressSet") -> "AddressSet":
        return AddressSet(self.v4.subtract(other.v4), self.v6.subtract(other.v6))

    def gaps(self) -> "AddressSet":
        """What the smallest CIDR of each family around the set holds besides, as `except` takes it out of a block."""
        around = AddressSet()
        for version in (4, 6):
            if not self.family(version).is_empty():
                around = around.union(self._network(_around(self.family(version), version)))
        return around.subtract(self)

    def is_subset(self, other: "AddressSet") -> bool:
        return self.subtract(other).is_empty()


ALL_ADDRESSES = AddressSet.of(("0.0.0.0/0", "::/0"))
PRIVATE_ADDRESSES = AddressSet.of(("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))
"""Where pods are assumed to have their addresses when the universe does not say."""


def blocks(numbers: Intervals, version: int) -> tuple[list[IPNetwork], list[IPNetwork]]:
    """CIDRs, and others to be taken out of them, that make up the addresses; with fewer blocks rather than more."""
    listed = _cidrs(numbers, version)
    if len(listed) < 2:
        return listed, []
    around = _around(numbers, version)
    span = Intervals.of([(int(around.network_address), int(around.broadcast_address))])
    excepts = _cidrs(span.subtract(numbers), version)
    return ([around], excepts) if 1 + len(excepts) < len(listed) else (listed, [])


def _cidrs(numbers: Intervals, version: int) -> list[IPNetwork]:
    address = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    return [cidr for low, high in numbers for cidr in ipaddress.summarize_address_range(address(low), address(high))]


def _around(numbers: Intervals, version: int) -> IPNetwork:
    """The smallest CIDR that holds all of them."""
    bits = 32 if version == 4 else 128
    low, high = numbers.parts[0][0], numbers.parts[-1][1]
    free = (low ^ high).bit_length()
    network = ipaddress.IPv4Network if version == 4 else ipaddress.IPv6Network
    return network(((low >> free) << free, bits - free))
