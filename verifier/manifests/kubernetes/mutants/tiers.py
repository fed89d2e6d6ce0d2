"""What can be another in a cluster-scoped policy of sig-network, whichever kind it is of."""

from collections.abc import Iterator, Mapping, Sequence

from verifier.ir.mutant import Sort
from verifier.ir.origin import Path
from verifier.manifests.kubernetes.fields import dotted
from verifier.manifests.kubernetes.mutants.change import Change, items, mapping
from verifier.manifests.kubernetes.mutants.selectors import of_selector, twice

_PEERS = {"ingress": "from", "egress": "to"}
_PORTS = ("ports", "protocols")
_EVERY_POD: Sequence[object] = [{"namespaces": {}}]
OPPOSITE = {"Allow": "Deny", "Accept": "Deny", "Pass": "Deny"}
"""What a rule does instead; one that denies does what its kind calls allowing."""


def of_tier_policy(value: Mapping[str, object], priorities: Sequence[int]) -> Iterator[Change]:
    """The changes of an object, but that it may be gone as a whole. priorities: all that policies of its tier have."""
    spec = mapping(value.get("spec"))
    allows = "Accept" if "tier" in spec else "Allow"
    yield from _of_subject(spec.get("subject"), ("spec", "subject"))
    raised = _raised(spec.get("priority"), priorities)
    if raised is not None:
        yield Change(Sort.PRIORITY, ("spec", "priority"), f"`spec.priority` is {raised}", raised)
    for direction, side in _PEERS.items():
        for number, rule in enumerate(items(spec.get(direction))):
            yield from _of_rule(mapping(rule), ("spec", direction, number), side, allows)


def _raised(priority: object, known: Sequence[int]) -> int | None:
    """The first number that comes before the next policy's; None where there is none, or another one has it."""
    if not isinstance(priority, int):
        return None
    before = [number for number in known if number < priority]
    raised = max(before) - 1 if before else -1
    return raised if raised >= 0 and raised not in known else None


def _of_rule(rule: Mapping[str, object], path: Path, side: str, allows: str) -> Iterator[Change]:
    yield Change(Sort.RULE, path, f"without `{dotted(path)}`")
    action = rule.get("action")
    other = OPPOSITE.get(action, allows) if isinstance(action, str) else None
    if other is not None:
        place = (*path, "action")
        yield Change(Sort.ACTION, place, f"`{dotted(place)}` is {other}", other)
    peers = items(rule.get(side))
    if peers != _EVERY_POD:
        yield Change(Sort.ANY_PEER, (*path, side), f"`{dotted(path)}` for every pod", _EVERY_POD)
    for number, peer in enumerate(peers):
        place = (*path, side, number)
        if len(peers) > 1:
            yield Change(Sort.PEER, place, f"without `{dotted(place)}`")
        yield from _of_subject(peer, place)
        yield from _of_networks(items(mapping(peer).get("networks")), (*place, "networks"))
    for name in _PORTS:
        listed = items(rule.get(name))
        if listed:
            yield Change(Sort.ANY_PORT, (*path, name), f"`{dotted(path)}` {Sort.ANY_PORT}")
        for number in range(len(listed) if len(listed) > 1 else 0):
            place = (*path, name, number)
            yield Change(Sort.PORT, place, f"without `{dotted(place)}`")


def _of_subject(value: object, path: Path) -> Iterator[Change]:
    said = mapping(value)
    yield from of_selector(said.get("namespaces"), (*path, "namespaces"))
    pods = mapping(said.get("pods"))
    for name in ("namespaceSelector", "podSelector"):
        yield from of_selector(pods.get(name), (*path, "pods", name))


def _of_networks(cidrs: Sequence[object], path: Path) -> Iterator[Change]:
    for number, cidr in enumerate(cidrs):
        place = (*path, number)
        if len(cidrs) > 1:
            yield Change(Sort.PEER, place, f"without `{dotted(place)}`")
        wider = twice(cidr) if isinstance(cidr, str) else None
        if wider is not None:
            yield Change(Sort.CIDR, place, f"`{dotted(place)}` is {wider}", wider)
