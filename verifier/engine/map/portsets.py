"""Sets of ports for many peers at once: for each set of ports (as bits) the peers that have it (as bits too).

Peers that have the same are handled together, so that cost follows how many different answers there are, and hardly how
many peers.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

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


def by_peer(spread: Spread) -> Mapping[int, int]:
    """The ports of each peer that has any."""
    return {peer: ports for ports, who in spread.items() if ports for peer in bits(who)}


def bits(number: int) -> Iterator[int]:
    """The places of the bits that are set, ascending."""
    while number:
        low = number & -number
        yield low.bit_length() - 1
        number ^= low
