"""Sets of ports for many peers at once: for each set of ports (as bits) the peers that have it (as bits too).

Peers that have the same are handled together, so that cost follows how many different answers there are, and hardly how
many peers.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from struct import unpack

Spread = Mapping[int, int]
"""Ports to peers; each of the peers stands in exactly one place, and no place is empty."""


def uniform(ports: int, peers: int) -> Spread:
    """The same ports for all of `peers`."""
    return {ports: peers}


def where(holding: int, ports: int, peers: int) -> Spread:
    """`ports` for those of `peers` that are in `holding`, and nothing for the rest."""
    inside, outside = peers & holding, peers & ~holding
    return {p: who for p, who in ((ports, inside), (0, outside)) if who} if ports else {0: peers}


def gathered(ports: Iterable[int]) -> Spread:
    """The ports of each peer in turn."""
    found: dict[int, int] = {}
    for number, mask in enumerate(ports):
        found[mask] = found.get(mask, 0) | 1 << number
    return found


def both(first: Spread, second: Spread) -> Spread:
    """For each peer what is in both."""
    return _combined(first, second, int.__and__)


def either(first: Spread, second: Spread) -> Spread:
    """For each peer what is in one of them."""
    return _combined(first, second, int.__or__)


def without(first: Spread, second: Spread) -> Spread:
    """For each peer what is in the first and not in the second."""
    return _combined(first, second, lambda mine, theirs: mine & ~theirs)


def _combined(first: Spread, second: Spread, combine: Callable[[int, int], int]) -> Spread:
    found: dict[int, int] = {}
    for mine, here in first.items():
        for theirs, there in second.items():
            who = here & there
            if who:
                ports = combine(mine, theirs)
                found[ports] = found.get(ports, 0) | who
    return found


def is_nothing(spread: Spread) -> bool:
    return len(spread) == 1 and 0 in spread


def towards(spread: Spread, peer: int) -> int:
    """The ports of one peer."""
    for ports, who in spread.items():
        if who >> peer & 1:
            return ports
    return 0


def having_any(spread: Spread) -> int:
    """The peers that have some ports."""
    return reduce(int.__or__, (who for ports, who in spread.items() if ports), 0)


def bits(number: int) -> list[int]:
    """The places of the bits that are set, ascending. Taken out word by word, so that cost follows how long the number
    is and how many bits are set, and not their product; byte by byte where many are."""
    if number.bit_count() * _MANY > number.bit_length():
        whole = number.to_bytes((number.bit_length() + 7) // 8, "little")
        return [8 * place + bit for place, byte in enumerate(whole) if byte for bit in _OF_BYTE[byte]]
    found = []
    words = (number.bit_length() + _WORD - 1) // _WORD
    for place, word in enumerate(unpack(f"<{words}Q", number.to_bytes(words * 8, "little"))):
        while word:
            low = word & -word
            found.append(place * _WORD + low.bit_length() - 1)
            word ^= low
    return found


_WORD, _MANY = 64, 16
_OF_BYTE = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))


def as_bits(places: Iterable[int]) -> int:
    """The number whose bits are set at these places."""
    found = list(places)
    whole = bytearray(max(found, default=0) // 8 + 1)
    for place in found:
        whole[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(whole, "little")
