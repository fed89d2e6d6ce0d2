"""What a change changes besides policies: namespaces, their labels, workloads. For properties that turn although no
connection was opened, and for those whose namespaces are gone."""

from collections.abc import Iterator, Set
from typing import assert_never

from msgspec import Struct

from verifier.encoding.pairedpods import has_moved
from verifier.engine.problem.declared import World
from verifier.engine.problem.pairing import inventories
from verifier.ir.endpoint import namespace_labels
from verifier.ir.labels import NAMESPACE_NAME, Labels, Operator
from verifier.ir.pods import PodPeer
from verifier.ir.property import Always, Claim, Confined, Exactly, Isolated, Never, NodePeer, Only, Peers, Separate


def is_about_gone(claim: Claim, base: World, head: World) -> bool:
    """True iff the claim is about pods of namespaces that the base declares and the head does not: all peers on one of
    its ends name such namespaces, and no others. Whom alone it lets in is not what it is about, and what may not reach
    a namespace that is still there is about that one, too. None is that has nodes on an end: what opens for these may
    be nobody's, since comparisons cover them only where one side says so much of them."""
    if any(isinstance(peer, NodePeer) for peers in _ends(claim) for peer in peers or ()):
        return False
    gone = base.declared.keys() - head.declared.keys()
    match claim:
        case Separate():
            return False
        case Isolated() | Confined():
            return _name_only(claim.pods, gone)
        case Only() | Exactly():
            return _name_only(claim.destinations, gone)
        case Always():
            return _name_only(claim.sources, gone) or _name_only(claim.destinations, gone)
        case Never():
            named = [peers for peers in (claim.sources, claim.destinations) if _names(peers)]
            return bool(named) and all(_name_only(peers, gone) for peers in named)
        case _:
            assert_never(claim)


def _ends(claim: Claim) -> tuple[Peers, ...]:
    match claim:
        case Separate() | Isolated():
            return ()
        case Only() | Exactly() | Always() | Never():
            return claim.sources, claim.destinations
        case Confined():
            return claim.pods, *(flow.destinations for flow in claim.reach)
        case _:
            assert_never(claim)


def _name_only(peers: Peers, gone: Set[str]) -> bool:
    """True iff all peers name namespaces, and no others than these."""
    names = _names(peers)
    return bool(names) and names <= gone


def _names(peers: Peers) -> frozenset[str]:
    """The namespaces that peers name; none where one of them means others, too."""
    found: set[str] = set()
    for peer in peers or ():
        names = _named_by(peer) if isinstance(peer, PodPeer) else None
        if names is None:
            return frozenset()
        found |= names
    return frozenset(found)


def _named_by(peer: PodPeer) -> frozenset[str] | None:
    if peer.names is not None or peer.namespaces is None:
        return peer.names
    named = [r.values for r in peer.namespaces if r.key == NAMESPACE_NAME and r.operator is Operator.IN]
    return frozenset.intersection(*named) if named else None


def what_else(base: World, head: World) -> tuple[str, ...]:
    """What the sides differ in besides policies, each in a sentence without a period."""
    return tuple(change.text for change in _changes(base, head))


def relabelled(base: World, head: World) -> tuple[str, ...]:
    """The same, of labels and Nodes alone: by them policies and claims can come to mean others."""
    return tuple(change.text for change in _changes(base, head) if change.is_of_meaning)


class _Difference(Struct, frozen=True):
    text: str
    is_of_meaning: bool = False


def _changes(base: World, head: World) -> Iterator[_Difference]:
    parts = ("namespaces", "nodes", "workloads")
    if base.universe is head.universe and all(getattr(base.cluster, p) is getattr(head.cluster, p) for p in parts):
        return
    for name in sorted(base.declared.keys() | head.declared.keys()):
        before, after = base.declared.get(name), head.declared.get(name)
        if before is None:
            yield _Difference(f"namespace `{name}` is declared now")
        elif after is None:
            yield _Difference(f"nothing declares namespace `{name}` any more")
        elif before.labels is None and after.labels is not None:
            yield _Difference(f"the labels of namespace `{name}` are known now")
        elif before.labels is not None and after.labels is None:
            yield _Difference(f"the labels of namespace `{name}` are not known any more")
        elif (old := namespace_labels(before)) != (new := namespace_labels(after)):
            yield _other_labels(f"namespace `{name}`", old, new)
    yield from _nodes(base, head)
    pods = inventories(base.cluster.workloads, head.cluster.workloads)
    for earlier, later in pods.both:
        if earlier.labels != later.labels:
            yield _other_labels(str(later), earlier.labels, later.labels)
        if earlier.named_ports != later.named_ports:
            yield _Difference(f"{later} has other container ports")
        if has_moved(earlier, later):
            verb = "uses its node's network now" if later.host_network else "has a network of its own now"
            yield _Difference(f"{later} {verb}", is_of_meaning=True)
    yield from (_Difference(f"{workload} is new") for workload in pods.only_new)
    yield from (_Difference(f"{workload} is gone") for workload in pods.only_old)


def _nodes(base: World, head: World) -> Iterator[_Difference]:
    old, new = ({node.name: node for node in side.cluster.nodes} for side in (base, head))
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            yield _Difference(f"Node {name} is new", is_of_meaning=True)
        elif name not in new:
            yield _Difference(f"Node {name} is gone", is_of_meaning=True)
        elif old[name].addresses != new[name].addresses:
            yield _Difference(f"Node {name} has other addresses", is_of_meaning=True)


def _other_labels(whose: str, before: Labels, after: Labels) -> _Difference:
    keys = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    told = ", ".join(f"`{key}` was {_value(before, key)}, is {_value(after, key)}" for key in keys)
    return _Difference(f"{whose} has other labels: {told}", is_of_meaning=True)


def _value(labels: Labels, key: str) -> str:
    return f"`{labels[key]}`" if key in labels else "not set"
