"""`check --explain-scope`: whom a claim ranges over, as far as the input says who there is (docs/properties.md,
"Scope")."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.problem.peers import named_by
from verifier.engine.results.check import CheckReport
from verifier.ir.cluster import Cluster
from verifier.ir.labels import EVERYTHING, describe, matches
from verifier.ir.pods import PodPeer, is_in
from verifier.ir.property import (
    AddressPeer,
    Always,
    Claim,
    Confined,
    Exactly,
    ExternalPeer,
    Isolated,
    Never,
    NodePeer,
    Only,
    Peers,
    Separate,
    ServicePeer,
)
from verifier.ir.prose import listed, number
from verifier.ir.universe import Universe

MOST = 8
"""Namespaces and workloads that are listed before the rest is only counted."""


class _Side(Struct, frozen=True):
    """One side of a claim. bare, wide: where a peer without namespaces, and one that chooses them by labels or means
    all, may mean pods of namespaces that nobody has declared."""

    name: str
    peers: Peers
    bare: bool = False
    wide: bool = False


def ranged_over(claim: Claim, cluster: Cluster, universe: Universe) -> tuple[str, ...]:
    """A sentence for each peer of a claim: which namespaces and workloads of the input it means, and who else."""
    if isinstance(claim, Separate):
        return (f"scope: pods with different values of {claim.key}",)
    return tuple(f"scope of `{side.name}`: {said}" for side in _sides(claim) for said in _said(side, cluster, universe))


def _sides(claim: Claim) -> Sequence[_Side]:
    """The rules of docs/properties.md, "Scope"."""
    match claim:
        case Isolated(pods):
            return (_Side("pods", pods if pods is not None else (PodPeer(),)),)
        case Confined(pods, reach):
            return (_Side("pods", pods), *(_Side("reach", flow.destinations, bare=True, wide=True) for flow in reach))
        case Never(sources, destinations):
            return (_Side("from", sources, bare=True, wide=True), _Side("to", destinations, wide=True))
        case Always(sources, destinations):
            return (_Side("from", sources, wide=True), _Side("to", destinations, wide=True))
        case Only(sources, destinations) | Exactly(sources, destinations):
            return (_Side("from", sources, bare=True, wide=True), _Side("to", destinations))
        case Separate():
            return ()
        case _:
            assert_never(claim)


def with_scopes(report: CheckReport, cluster: Cluster, universe: Universe) -> CheckReport:
    """The report, in which each result says whom its claim ranged over."""
    results = (
        replace(result, notes=(*ranged_over(result.property.claim, cluster, universe), *result.notes))
        for result in report.results
    )
    return replace(report, results=tuple(results))


def _said(side: _Side, cluster: Cluster, universe: Universe) -> Iterator[str]:
    if side.peers is None:
        yield "anything: pods, and outside addresses"
    for peer in side.peers or ():
        match peer:
            case PodPeer():
                yield _pods(peer, side, cluster, universe)
            case AddressPeer(_, text):
                yield f"outside addresses of {text}, and whoever of the input has one"
            case ExternalPeer():
                yield "every address outside the cluster"
            case NodePeer():
                yield f"nodes, and pods that use hostNetwork; the input has {number(len(cluster.nodes), 'Node')}"
            case ServicePeer():
                yield from _behind(peer, side, cluster, universe)
            case _:
                assert_never(peer)


def _behind(peer: ServicePeer, side: _Side, cluster: Cluster, universe: Universe) -> Iterator[str]:
    there = {(service.namespace, service.name) for service in cluster.services}
    found = [f"{namespace}/{name}" for namespace, name in peer.any_of if (namespace, name) in there]
    if found:
        yield f"what is behind {number(len(found), 'Service')} of the input: {listed(found, MOST)}"
        return
    named = listed([f"{namespace}/{name}" for namespace, name in peer.any_of], MOST)
    if peer.otherwise is None:
        yield f"nothing, since the input has no Service {named}"
        return
    for said in _said(replace(side, peers=peer.otherwise.destinations), cluster, universe):
        yield f"{said} (the input has no Service {named})"


def _pods(peer: PodPeer, side: _Side, cluster: Cluster, universe: Universe) -> str:
    declared = {namespace.name: namespace for namespace in (*cluster.namespaces, *universe.known)}
    homes = {name: peer.is_bare or is_in(home, peer) for name, home in sorted(declared.items())}
    surely = [name for name, fate in homes.items() if fate]
    perhaps = [name for name, fate in homes.items() if fate is None]
    strange = sorted(named_by(peer) - declared.keys())
    beyond = universe.other_namespaces and (side.bare if peer.is_bare else side.wide and not named_by(peer))
    places = (
        listed(surely, MOST),
        f"{listed(perhaps, MOST)} (if they have the labels)" if perhaps else "",
        f"{listed(strange, MOST)} (which nothing declares)" if strange else "",
        "namespaces that nobody has declared" if beyond else "",
    )
    there = [str(w) for w in cluster.workloads if homes.get(w.namespace) is not False and matches(w.labels, peer.pods)]
    who = "every pod" if peer.pods == EVERYTHING else f"pods {describe(peer.pods)}"
    where = " and ".join(filter(None, places)) or "no namespace"
    return f"{who} of {where}; of the input {listed(dict.fromkeys(there), MOST) or 'no workload'}"
