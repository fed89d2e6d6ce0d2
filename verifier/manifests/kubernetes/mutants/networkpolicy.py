"""What can be another in a NetworkPolicy: each line that says something left out, or wider by a little."""

from collections.abc import Iterator, Mapping

from verifier.ir.mutant import Sort
from verifier.ir.origin import Path
from verifier.manifests.kubernetes.fields import dotted
from verifier.manifests.kubernetes.mutants.change import Change, items, mapping
from verifier.manifests.kubernetes.mutants.selectors import of_block, of_selector

_PEERS = {"ingress": "from", "egress": "to"}


def of_networkpolicy(value: Mapping[str, object]) -> Iterator[Change]:
    """The changes of an object, but that it may be gone as a whole."""
    spec = mapping(value.get("spec"))
    yield from of_selector(spec.get("podSelector"), ("spec", "podSelector"))
    types = items(spec.get("policyTypes"))
    if len(set(map(str, types))) > 1:
        for number, name in enumerate(types):
            yield Change(Sort.TYPE, ("spec", "policyTypes", number), f"`spec.policyTypes` without {name}")
    for direction, side in _PEERS.items():
        for number, rule in enumerate(items(spec.get(direction))):
            yield from _of_rule(mapping(rule), ("spec", direction, number), side)


def _of_rule(rule: Mapping[str, object], path: Path, side: str) -> Iterator[Change]:
    """A list of one item without it is an empty list, which does not restrict: that is `any peer`, or `any port`."""
    yield Change(Sort.RULE, path, f"without `{dotted(path)}`")
    for name, sort, one in ((side, Sort.ANY_PEER, Sort.PEER), ("ports", Sort.ANY_PORT, Sort.PORT)):
        listed = items(rule.get(name))
        if not listed:
            continue
        place = (*path, name)
        yield Change(sort, place, f"`{dotted(path)}` {sort}")
        if len(listed) > 1:
            for number in range(len(listed)):
                yield Change(one, (*place, number), f"without `{dotted((*place, number))}`")
    for number, peer in enumerate(items(rule.get(side))):
        said, place = mapping(peer), (*path, side, number)
        for name in ("podSelector", "namespaceSelector"):
            yield from of_selector(said.get(name), (*place, name))
        yield from of_block(said.get("ipBlock"), (*place, "ipBlock"))
