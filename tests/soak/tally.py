"""What was drawn and what came of it, counted."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.generators.strategies import Example

Plain = dict[str, Any]
Tally = Counter[str]
"""Counts under names like `verdict/proved` and `construct/endPort`."""


def constructs(manifests: list[Plain]) -> set[str]:
    """The constructs of NetworkPolicies, and of what stands beside them, that the manifests use."""
    found: set[str] = set()
    for manifest in manifests:
        kind, spec = manifest["kind"], manifest.get("spec") or {}
        if kind == "NetworkPolicy":
            found |= set(_policy(manifest.get("spec")))
        elif kind == "Namespace":
            found.add("Namespace with labels" if manifest["metadata"].get("labels") else "Namespace without labels")
        elif "containers" not in str(spec):
            found.add(kind)
            found |= {f"tier {action}" for action in ("Allow", "Accept", "Deny", "Pass") if f"'{action}'" in str(spec)}
        else:
            found.add("Pod" if kind == "Pod" else "controller")
            found |= {"hostNetwork"} if "'hostNetwork': True" in str(spec) else set()
            found |= {"named container port"} if "'containerPort'" in str(spec) else set()
    return found


def _policy(spec: Plain | None) -> Iterator[str]:
    if spec is None:
        yield "policy without spec"
        return
    if not spec.get("policyTypes"):
        yield "policyTypes by default"
    for field in ("podSelector", "policyTypes", "ingress", "egress"):
        if field in spec and spec[field] is None:
            yield f"null {field}"
    yield from _selector(spec.get("podSelector") or {})
    for way, peers in (("ingress", "from"), ("egress", "to")):
        rules = spec.get(way)
        if rules == []:
            yield f"empty {way}"
        for rule in rules or []:
            yield f"{way} rule"
            if rule is None:
                yield "null rule"
                continue
            yield from (f"null or empty {field}" for field in (peers, "ports") if field in rule and not rule[field])
            if not rule.get(peers):
                yield "rule for any peer"
            for peer in rule.get(peers) or []:
                yield from _peer(peer)
            for port in rule.get("ports") or []:
                yield from _port(port)


def _peer(peer: Plain) -> Iterator[str]:
    block = peer.get("ipBlock")
    if block is not None:
        yield "ipBlock of IPv6" if ":" in str(block.get("cidr")) else "ipBlock of IPv4"
        if block.get("except"):
            yield "except"
        return
    names = [field for field in ("podSelector", "namespaceSelector") if peer.get(field) is not None]
    yield f"peer by {' and '.join(names)}"
    for name in names:
        yield from _selector(peer[name])


def _port(port: Plain | None) -> Iterator[str]:
    if port is None:
        yield "null port"
        return
    yield f"protocol {port.get('protocol') or 'by default'}"
    if port.get("endPort") is not None:
        yield "endPort"
    elif isinstance(port.get("port"), str):
        yield "named port"
    else:
        yield "port number" if port.get("port") is not None else "protocol without port"


def _selector(selector: Plain) -> Iterator[str]:
    if not selector:
        yield "empty selector"
    if selector.get("matchLabels"):
        yield "matchLabels"
    for line in selector.get("matchExpressions") or []:
        yield str(line.get("operator"))


def question(example: Example) -> Iterator[str]:
    """What kind of question an example asks, of which universe, under which switches."""
    claim = example.claim
    kind = claim.split()[0] if isinstance(claim, str) else next(iter(claim))
    yield f"claim/{kind}"
    yield f"form/{'one line' if isinstance(claim, str) else 'property file'}"
    universe = example.universe
    if isinstance(universe, str):
        yield f"universe/{universe}"
    else:
        yield "universe/file"
        yield from (f"universe field/{field}" for field in universe)
        yield from (f"family/IPv{family} only" for family in universe.get("families") or ())
    yield from (f"switch/{name}={value}" for name, value in example.switches.items())
    yield from ["accepted flows"] if example.accepted else []
