"""Sets of ports and addresses in words, the shorter of what they hold and what they leave out."""

from collections.abc import Mapping, Sequence

from verifier.ir.network import ALL_ADDRESSES, PORTS, AddressSet, Intervals, Protocol, blocks
from verifier.ir.prose import listed

PORTED = (Protocol.TCP, Protocol.UDP, Protocol.SCTP)

MOST = 8
"""Ranges and blocks that are named before the rest is only counted."""


def say_ports(ports: Mapping[Protocol, Intervals]) -> str:
    """`TCP 80, UDP 53`, `every port but TCP 80`; a protocol that is missing has no port.

    >>> say_ports({Protocol.TCP: Intervals.of([(1, 79), (81, 65535)])})
    'TCP 1-79, 81-65535'
    """
    other = ("protocols without ports",) if Protocol.OTHER in ports else ()
    held = {p: ports[p] for p in PORTED if p in ports and not ports[p].is_empty()}
    full = [p for p in PORTED if held.get(p) == PORTS]
    if len(full) == len(PORTED):
        return ", ".join(("every port", *other))
    listed = ", ".join((*_whole(full), *(_part(p, held[p]) for p in held if p not in full), *other))
    if len(held) < len(PORTED):
        return listed
    holes = ", ".join(_numbered(p, PORTS.subtract(held[p])) for p in PORTED if p not in full)
    spared = ", ".join((f"every port but {holes}", *other))
    return spared if len(spared) < len(listed) else listed


def _whole(protocols: Sequence[Protocol]) -> tuple[str, ...]:
    return (f"every {' and '.join(protocols)} port",) if protocols else ()


def _part(protocol: Protocol, ports: Intervals) -> str:
    listed, spared = _numbered(protocol, ports), f"every {protocol} port but {_numbers(PORTS.subtract(ports))}"
    return spared if len(spared) < len(listed) else listed


def _numbered(protocol: Protocol, ports: Intervals) -> str:
    return f"{protocol} {_numbers(ports)}"


def _numbers(ports: Intervals) -> str:
    return listed([str(low) if low == high else f"{low}-{high}" for low, high in ports], MOST)


def say_addresses(addresses: AddressSet) -> str:
    """`10.0.0.0/8, fd00::/8`, `0.0.0.0/0 except 10.0.0.0/8`."""
    if addresses == ALL_ADDRESSES:
        return "any address"
    parts = []
    for version in (4, 6):
        cidrs, excepts = blocks(addresses.family(version), version)
        if cidrs:
            hole = f" except {listed([str(cidr) for cidr in excepts], MOST)}" if excepts else ""
            parts.append(listed([str(cidr) for cidr in cidrs], MOST) + hole)
    return ", ".join(parts)
