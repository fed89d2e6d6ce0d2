"""Who is known to be inside the CIDRs of a claim, which mean outside addresses (docs/semantics.md 1.6)."""

from collections.abc import Iterator
from itertools import islice

from verifier.encoding.problem import Problem
from verifier.ir.endpoint import Kind
from verifier.ir.network import AddressSet, blocks
from verifier.ir.property import AddressPeer, Peer
from verifier.ir.prose import listed
from verifier.ir.residents import Sort

_MOST = 4


def known_inside(peer: Peer, kinds: frozenset[Kind], problem: Problem) -> Iterator[str]:
    """The nodes and pods whose address lies in the CIDR and which the claim does not mean by it: pods where the
    universe does not say that they may be there. kinds: what else it means at that end. One address means its owner."""
    if not isinstance(peer, AddressPeer) or peer.addresses.sole() is not None:
        return
    pods = problem.universe.pod_addresses
    sorts = [] if Kind.NODE in kinds else [Sort.NODE]
    if pods is None or pods.intersect(peer.addresses).is_empty():
        sorts.append(Sort.POD)
    parts = [(family, low, high) for family in (4, 6) for low, high in peer.addresses.family(family)]
    residents = problem.residents
    count = sum(high - low + 1 - residents.strangers(family, low, high, *sorts) for family, low, high in parts)
    if sorts and count:
        found = islice((a for part in parts for a in residents.known(*part, *sorts)), _MOST)
        who = listed((f"{address} ({residents.called(address)})" for address in found), _MOST, of=count)
        yield f"in {_written(peer.addresses)}, which means outside addresses: {who}"


def _written(addresses: AddressSet) -> str:
    """`10.0.0.0/8 except 10.1.0.0/16`."""
    found = [blocks(addresses.family(family), family) for family in (4, 6)]
    whole, holes = (", ".join(str(cidr) for each in found for cidr in each[i]) for i in (0, 1))
    return f"{whole} except {holes}" if holes else whole
