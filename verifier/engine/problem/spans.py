"""Where an endpoint can have its address, as the universe says, and the input (docs/semantics.md W3, 1.6)."""

from verifier.engine.problem.problem import Context
from verifier.ir.endpoint import Kind, Workload
from verifier.ir.network import ALL_ADDRESSES, PRIVATE_ADDRESSES, AddressSet, IPAddress
from verifier.ir.residents import NOBODY, Sort


def span_of(kind: Kind, family: int, context: Context, workload: Workload | None = None) -> AddressSet:
    """Where endpoints of this kind, the pods of `workload` where there is one, can have an address of this family."""
    universe, residents = context.universe, context.world.residents
    pods = universe.pod_addresses if universe.pod_addresses is not None else PRIVATE_ADDRESSES
    listed = {Kind.POD: pods, Kind.EXTERNAL: None}.get(kind, universe.node_addresses)
    whole = AddressSet(v4=ALL_ADDRESSES.v4) if family == 4 else AddressSet(v6=ALL_ADDRESSES.v6)
    span = whole if listed is None or listed.family(family).is_empty() else listed.intersect(whole)
    if residents == NOBODY:
        return span
    own = addresses_of(workload, family)
    if workload is not None and residents.is_told(workload):
        return own
    nodes, pods = residents.of_sort(Sort.NODE, family), residents.of_sort(Sort.POD, family)
    span = span.subtract(residents.of_sort(Sort.VIRTUAL, family))
    if kind is Kind.EXTERNAL:
        return span.subtract(nodes).subtract(pods)
    if not universe.other_pods:
        span = span.subtract(pods).union(own)
    if kind is Kind.POD:
        return span.subtract(nodes).subtract(residents.of_sort(Sort.OUTSIDE, family))
    home = residents.home_of(workload)
    if home is None:
        return nodes if residents.are_all else span
    there = _those(residents.homes[home].addresses, family)
    return there if residents.are_all else span.subtract(nodes).union(there)


def addresses_of(workload: Workload | None, family: int) -> AddressSet:
    """The addresses of this family that the input gives to pods of a workload."""
    return AddressSet() if workload is None else _those(workload.addresses, family)


def _those(addresses: tuple[IPAddress, ...], family: int) -> AddressSet:
    found = AddressSet()
    for address in addresses:
        if address.version == family:
            found = found.union(just(address))
    return found


def just(address: IPAddress) -> AddressSet:
    return AddressSet.single(int(address), address.version)
