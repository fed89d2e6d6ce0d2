"""What a change changes besides policies: namespaces, their labels, workloads. For properties that turn although no
connection was opened, and for those whose namespaces are gone."""

from collections.abc import Iterator

from verifier.engine.problem.pairing import inventories
from verifier.engine.problem.scope import World
from verifier.ir.endpoint import namespace_labels
from verifier.ir.labels import NAMESPACE_NAME, Labels, Operator
from verifier.ir.pods import PodPeer
from verifier.ir.property import Claim, Confined, Exactly, Isolated, Only, Peers, Separate

_RELABELLED = "has other labels"


def is_about_gone(claim: Claim, base: World, head: World) -> bool:
    """True iff the claim is about pods of namespaces that the base declares and the head does not: all peers on one of
    its ends name such namespaces, and no others. Whom alone it lets in is not what it is about."""
    gone = base.declared.keys() - head.declared.keys()
    return any(_names(peers) and _names(peers) <= gone for peers in _ends(claim))


def _ends(claim: Claim) -> tuple[Peers, ...]:
    match claim:
        case Separate():
            return ()
        case Isolated() | Confined():
            return (claim.pods,)
        case Only() | Exactly():
            return (claim.destinations,)
        case _:
            return (claim.sources, claim.destinations)


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
    return (*_namespaces(base, head), *_workloads(base, head))


def relabelled(base: World, head: World) -> tuple[str, ...]:
    """The same, of labels alone."""
    return tuple(sentence for sentence in what_else(base, head) if _RELABELLED in sentence)


def _namespaces(base: World, head: World) -> Iterator[str]:
    for name in sorted(base.declared.keys() | head.declared.keys()):
        before, after = base.declared.get(name), head.declared.get(name)
        if before is None:
            yield f"namespace `{name}` is declared now"
        elif after is None:
            yield f"nothing declares namespace `{name}` any more"
        elif before.labels is None and after.labels is not None:
            yield f"the labels of namespace `{name}` are known now"
        elif before.labels is not None and after.labels is None:
            yield f"the labels of namespace `{name}` are not known any more"
        elif (old := namespace_labels(before)) != (new := namespace_labels(after)):
            yield f"namespace `{name}` {_RELABELLED}: {_relabelled(old, new)}"


def _relabelled(before: Labels, after: Labels) -> str:
    keys = sorted(key for key in before.keys() | after.keys() if before.get(key) != after.get(key))
    return ", ".join(f"`{key}` was {_value(before, key)}, is {_value(after, key)}" for key in keys)


def _value(labels: Labels, key: str) -> str:
    return f"`{labels[key]}`" if key in labels else "not set"


def _workloads(base: World, head: World) -> Iterator[str]:
    pods = inventories(base.cluster.workloads, head.cluster.workloads)
    for old, new in pods.both:
        if old.labels != new.labels:
            yield f"{new} {_RELABELLED}: {_relabelled(old.labels, new.labels)}"
        if old.named_ports != new.named_ports:
            yield f"{new} has other container ports"
    yield from (f"{workload} is new" for workload in pods.new)
    yield from (f"{workload} is gone" for workload in pods.gone)
