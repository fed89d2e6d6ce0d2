"""The facts of the input about addresses never contradict each other, nor the universe (docs/semantics.md 1.6, W3)."""

from collections.abc import Iterator

from msgspec import Struct

from verifier.engine.precheck.located import located
from verifier.engine.problem.declared import World
from verifier.errors import Diagnostic
from verifier.ir.endpoint import Workload
from verifier.ir.network import AddressSet, IPAddress
from verifier.ir.origin import Origin
from verifier.ir.residents import each


def contradictions(world: World) -> Iterator[Diagnostic]:
    """Addresses that two have of whom only one can, and those that the universe does not admit."""
    whose: dict[IPAddress, _Owner] = {}
    for node in world.cluster.nodes:
        for address in each(node.addresses):
            if address in whose:
                yield _both(address, f"Node {node.name}", node.origin, whose[address])
            whose.setdefault(address, _Owner(f"Node {node.name}", node.name, node.origin))
    yield from _hostpods(world, whose)
    pods: dict[IPAddress, _Owner] = {}
    for workload in _told(world):
        for address in () if workload.host_network else workload.addresses:
            pods.setdefault(address, _Owner(str(workload), None, workload.origin))
            if address in whose:
                yield _both(address, str(workload), workload.origin, whose[address])
    for service in world.cluster.services:
        for address in service.addresses:
            other = whose.get(address) or pods.get(address)
            if other is not None:
                yield _both(address, str(service), service.origin, other)
    yield from _endpoints(world)
    yield from _forbidden(world)


class _Owner(Struct, frozen=True):
    """Who has an address, as it is called. `node`: the name of the node whose it is; None: nobody says it."""

    name: str
    node: str | None
    origin: Origin | None


def _hostpods(world: World, whose: dict[IPAddress, _Owner]) -> Iterator[Diagnostic]:
    """The addresses of hostNetwork pods, those of their nodes and so of one node only; adds them to `whose`."""
    for workload in _told(world):
        home = workload.node
        for address in workload.addresses if workload.host_network else ():
            other = whose.get(address)
            if other is None:
                whose[address] = _Owner(str(workload), home, workload.origin)
            elif None not in (home, other.node) and home != other.node:
                yield _both(address, str(workload), workload.origin, other)
            if home is None and workload.kind == "Pod" and other is not None:
                home = other.node


def _endpoints(world: World) -> Iterator[Diagnostic]:
    """Endpoints that say of a Node or a Pod that it has an address which is none of its own."""
    nodes = {f"Node {node.name}": (tuple(each(node.addresses)), node.origin) for node in world.cluster.nodes}
    pods = {str(w): (w.addresses, w.origin) for w in (*world.cluster.workloads, *world.cluster.owned)}
    for backend in world.cluster.backends:
        owner = backend.owner
        own, origin = nodes.get(owner or "") or pods.get(owner or "") or ((), None)
        told = {address.version for address in own}
        is_wrong = told and backend.address not in own
        if is_wrong and (owner in nodes or backend.address.version in told):
            hint = f"it has {', '.join(map(str, own))}"
            hint += f" at {origin.position}" if origin is not None else ""
            what = f"{backend.title} has an endpoint at {backend.address}, which is no address of {owner}"
            yield located(backend.origin, "address-twice", what, hint)


def _told(world: World) -> Iterator[Workload]:
    """All that the input tells addresses of; of hostNetwork pods that others control only their objects do."""
    yield from world.cluster.workloads
    yield from (w for w in world.cluster.owned if w.host_network)


def _both(address: IPAddress, name: str, origin: Origin | None, other: _Owner) -> Diagnostic:
    hint = f"{other.name} has it, too" + (f", at {other.origin.position}" if other.origin is not None else "")
    return located(origin, "address-twice", f"{name} has the address {address}, which is somebody else's", hint)


def _forbidden(world: World) -> Iterator[Diagnostic]:
    universe = world.universe
    said = f"the universe says so at {universe.origin.position}" if universe.origin is not None else None
    for workload in _told(world):
        listed = universe.node_addresses if workload.host_network else universe.pod_addresses
        for address in workload.addresses:
            if listed is not None and address not in listed:
                what = f"{workload} has the address {address}, which is none of `addresses`"
                yield located(workload.origin, "universe-forbids", what, said or "the universe says so")
    for node in world.cluster.nodes:
        for address in each(node.addresses):
            if universe.node_addresses is not None and address not in universe.node_addresses:
                what = f"Node {node.name} has the address {address}, which is none of `addresses.nodes`"
                yield located(node.origin, "universe-forbids", what, said or "the universe says so")
    for service in world.cluster.services:
        for address in service.addresses:
            if universe.service_addresses is not None and _outside(address, universe.service_addresses):
                what = f"{service} has the clusterIP {address}, which is none of `addresses.services`"
                yield located(service.origin, "universe-forbids", what, said or "the universe says so")
    for address in world.residents.strange_pods:
        if universe.pod_addresses is not None and address not in universe.pod_addresses:
            first = next(b for b in world.cluster.backends if b.address == address)
            what = f"{first.owner} has the address {address}, which is none of `addresses.pods`"
            yield located(first.origin, "universe-forbids", what, said or "the universe says so")


def _outside(address: IPAddress, listed: AddressSet) -> bool:
    """True iff it is none of a list that holds any of its family."""
    return not listed.family(address.version).is_empty() and address not in listed
