"""Address blocks as plain data (docs/semantics.md 3.5), and the addresses that a set of blocks can tell apart."""

import ipaddress
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import Any

Plain = dict[str, Any]
PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"]
_LAST = {4: 2**32 - 1, 6: 2**128 - 1}


@cache
def span(cidr: str) -> tuple[int, int, int]:
    """Family, first and last address; host bits are masked (switch `strict_cidr` off)."""
    network = ipaddress.ip_network(cidr, strict=False)
    return network.version, int(network.network_address), int(network.broadcast_address)


def inside(cidr: str, family: int, address: int) -> bool:
    version, low, high = span(cidr)
    return version == family and low <= address <= high


def in_block(block: Plain, family: int, address: int) -> bool:
    """inBlock of 3.5: in the cidr and in none of its excepts."""
    return inside(block["cidr"], family, address) and not any(
        inside(hole, family, address) for hole in block.get("except") or []
    )


def may_have(listed: list[str] | None, family: int, address: int) -> bool:
    """True iff a universe's address list admits the address; a list restricts only the families it contains."""
    if listed is None or all(span(cidr)[0] != family for cidr in listed):
        return True
    return any(inside(cidr, family, address) for cidr in listed)


def cells(cidrs: Iterable[str], family: int) -> list[tuple[int, ...]]:
    """The address space of a family cut at every border of the blocks: of each piece its ends (one address where it is
    just one, two otherwise)."""
    borders = {0, _LAST[family] + 1}
    for cidr in cidrs:
        version, low, high = span(cidr)
        if version == family:
            borders |= {low, high + 1}
    ordered = sorted(borders)
    return [(low, after - 1) if after - low > 1 else (low,) for low, after in pairwise(ordered)]


@cache
def text(family: int, address: int) -> str:
    return str(ipaddress.IPv4Address(address) if family == 4 else ipaddress.IPv6Address(address))
