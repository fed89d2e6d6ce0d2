"""What a claim names and the input does not hold, where something that is there is called almost the same.

That nobody meets a peer is no mistake: a claim is about every pod that could exist. But a namespace that nobody
declares, one edit from one that is, or a label that no workload has, one edit from one that some have, is likely a
slip, and then the claim is about nobody who is there. So it is a warning, in every report.
"""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from verifier.engine.problem.slips import Slip, SlipKind, slips
from verifier.errors import Diagnostic, Severity
from verifier.ir.cluster import Cluster
from verifier.ir.endpoint import Namespace, Workload
from verifier.ir.labels import NAMESPACE_NAME, Operator, Requirement, Selector, describe, matches
from verifier.ir.pods import PodPeer, is_in
from verifier.ir.property import Claim, Confined, Isolated, Peer, Property, Separate
from verifier.ir.spelling import slip_between
from verifier.ir.universe import Universe

_NAMES = frozenset({"app", "name", "app.kubernetes.io/name", "app.kubernetes.io/component", "component", "k8s-app"})
"""Keys of labels that say what a pod is called, which are taken for each other."""


class Doubt(Struct, frozen=True):
    """text: what the claim names, that it is not there, and what is, in one sentence. meant: what to write instead."""

    text: str
    meant: str


def warnings_of(properties: Iterable[Property], cluster: Cluster, universe: Universe) -> tuple[Diagnostic, ...]:
    """A warning for each doubt about a property, at its place."""
    return tuple(
        _warning(claimed, doubt) for claimed in properties for doubt in doubts(claimed.claim, cluster, universe)
    )


def _warning(claimed: Property, doubt: Doubt) -> Diagnostic:
    message, hint = f"property `{claimed.name}`: {doubt.text}", f"did you mean `{doubt.meant}`?"
    if claimed.origin is None:
        return Diagnostic("near-miss", message, hint=hint, severity=Severity.WARNING)
    place = claimed.origin.position
    return Diagnostic("near-miss", message, place.file, place.line, place.column, hint, Severity.WARNING)


def doubts(claim: Claim, cluster: Cluster, universe: Universe) -> tuple[Doubt, ...]:
    """The doubts about a claim, in the order of its peers, each once."""
    declared = {namespace.name: namespace for namespace in (*cluster.namespaces, *universe.known)}
    found = (
        doubt
        for peer in peers_of(claim)
        if isinstance(peer, PodPeer)
        for doubt in (*_namespaces(peer, declared), *_labels(peer, declared.values(), cluster.workloads))
    )
    return tuple(dict.fromkeys(found))


def peers_of(claim: Claim) -> Sequence[Peer]:
    """Every peer that a claim names."""
    match claim:
        case Isolated(pods):
            return pods or ()
        case Confined(pods, reach):
            return (*pods, *(peer for flow in reach for peer in flow.destinations or ()))
        case Separate():
            return ()
        case _:
            return (*(claim.sources or ()), *(claim.destinations or ()))


def _namespaces(peer: PodPeer, declared: Iterable[str]) -> Iterator[Doubt]:
    """Namespaces that the peer names, by their name or by the label that says it."""
    known = sorted(declared)
    named = set(peer.names or ())
    for requirement in peer.namespaces or ():
        if requirement.key == NAMESPACE_NAME and requirement.operator is Operator.IN:
            named |= requirement.values
    for name in sorted(named.difference(known)):
        near = next((other for other in known if slip_between(name, other) is not None), None)
        if near is not None:
            yield Doubt(f"nothing declares the namespace `{name}`; there is `{near}`", near)


def _labels(peer: PodPeer, declared: Iterable[Namespace], workloads: Sequence[Workload]) -> Iterator[Doubt]:
    """Labels that no workload has where the peer looks for them."""
    homes = {n.name for n in declared if peer.is_bare or is_in(n, peer) is not False}
    around = [w for w in workloads if w.namespace in homes]
    if not around or any(w.foreign or matches(w.labels, peer.pods) for w in around):
        return
    found = next((slip for slip in slips(peer.pods, around) if _is_likely(slip, peer.pods)), None)
    if found is not None:
        yield Doubt(f"no workload has {describe(peer.pods)}; {found.because}", found.fix.replace(": ", "="))
        return
    for requirement in peer.pods:
        yield from _named(requirement, peer, around)


def _is_likely(slip: Slip, pods: Selector) -> bool:
    """True iff the slip is one of spelling, or of keys that say what a pod is called."""
    names = slip.fix.partition(": ")[0] in _NAMES and any(r.key in _NAMES for r in pods)
    return names or slip.kind is not SlipKind.OTHER_KEY


def _named(requirement: Requirement, peer: PodPeer, around: Sequence[Workload]) -> Iterator[Doubt]:
    """A label key, as in `shop/web`, that no pod has, and that a workload is called by."""
    if requirement.operator is not Operator.EXISTS or any(requirement.key in w.labels for w in around):
        return
    workload = next((w for w in around if w.name == requirement.key and w.labels), None)
    if workload is not None:
        labels = _telling(workload)
        home = f"{workload.namespace}/" if peer.names is not None else ""
        said = f"`{requirement.key}` is a label that no workload has; {workload} has {labels}"
        yield Doubt(said, f"{home}{labels}")


def _telling(workload: Workload) -> str:
    """The label that says what its pods are called, or all."""
    named = {k: v for k, v in workload.labels.items() if k in _NAMES}
    best = {k: v for k, v in named.items() if v == workload.name} or named or dict(workload.labels)
    key = min(best)
    return f"{key}={best[key]}"
