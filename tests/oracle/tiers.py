"""Cluster-scoped policies as plain data (docs/semantics.md 4): what they select and match, and what their tiers make of
a connection, as the set of all that can come of it."""

import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, product
from typing import Any

from .addresses import inside
from .labels import matches

Plain = dict[str, Any]

KINDS = ("AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy")
TYPES = ("namespaces", "pods", "networks", "nodes", "domainNames")
NO, PERHAPS, YES = "no", "perhaps", "yes"
ALLOW, DENY, PASS, NONE = "allow", "deny", "pass", "none"
_ACTIONS = {"Allow": ALLOW, "Accept": ALLOW, "Deny": DENY, "Pass": PASS}


@dataclass(frozen=True, eq=False)
class Rule:
    """`everything`: one that fails closed and denies whatever comes (4.2)."""

    action: str
    peers: list[Plain]
    ports: list[Plain] | None
    everything: bool = False


@dataclass(frozen=True, eq=False)
class Tiered:
    """A cluster-scoped policy. `order`: which version's policies come first, then the priority."""

    tier: str
    order: tuple[int, int]
    name: str
    subject: Plain
    rules: dict[str, list[Rule]]
    kind: str = ""


def tiered(manifest: Plain) -> Tiered:
    spec, kind = manifest["spec"], manifest["kind"]
    tier = {KINDS[0]: "Admin", KINDS[1]: "Baseline"}.get(kind) or spec["tier"]
    rules = {way: [rule for r in spec.get(way.lower()) or [] for rule in _rule(r)] for way in ("Ingress", "Egress")}
    order = (int(kind == KINDS[2]), spec.get("priority") or 0)
    return Tiered(tier, order, manifest["metadata"]["name"], spec["subject"], rules, kind)


def _rule(rule: Plain) -> Iterable[Rule]:
    """A peer of no known type makes a rule fail closed: one that allows matches nothing, others deny everything."""
    listed, action = rule.get("from") or rule["to"], _ACTIONS[rule["action"]]
    if all(any(peer.get(name) is not None for name in TYPES) for peer in listed):
        yield Rule(action, listed, rule.get("ports") or rule.get("protocols"))
    elif action != ALLOW:
        yield Rule(DENY, [], None, everything=True)


def selectors(policies: Iterable[Tiered]) -> tuple[list[Plain], list[Plain]]:
    """All selectors of pods, and all of namespaces."""
    by_pod, by_namespace = [], []
    for policy in policies:
        for who in [policy.subject, *(peer for rules in policy.rules.values() for r in rules for peer in r.peers)]:
            by_namespace += [who["namespaces"]] if who.get("namespaces") is not None else []
            if who.get("pods") is not None:
                by_namespace.append(who["pods"].get("namespaceSelector") or {})
                by_pod.append(who["pods"].get("podSelector") or {})
    return by_pod, by_namespace


def governs(policy: Tiered, end: Any) -> bool:
    return _selected(policy.subject, end)


def _selected(who: Plain, end: Any) -> bool:
    """Pods alone: hostNetwork pods are neither subjects nor peers (1.4)."""
    if end.kind != "pod":
        return False
    if who.get("namespaces") is not None:
        return matches(who["namespaces"], end.namespace.labels)
    two = who["pods"]
    return matches(two.get("namespaceSelector") or {}, end.namespace.labels) and matches(
        two.get("podSelector") or {}, end.shown
    )


def node_addresses(node: Plain) -> list[str]:
    listed = (node.get("status") or {}).get("addresses") or []
    return [each["address"] for each in listed if each["type"] in ("InternalIP", "ExternalIP")]


def cidrs(policies: Iterable[Tiered], nodes: Iterable[Plain]) -> list[str]:
    """Every block of addresses that the policies can tell apart."""
    found = [
        cidr
        for policy in policies
        for rules in policy.rules.values()
        for rule in rules
        for peer in rule.peers
        for cidr in peer.get("networks") or ()
    ]
    return found + [str(ipaddress.ip_network(address)) for node in nodes for address in node_addresses(node)]


def peer_fits(peer: Plain, end: Any, family: int, address: int, nodes: list[Plain], setting: Any) -> str:
    """peerA of 4.6: no, yes, or perhaps where the input does not say."""
    if peer.get("networks") is not None:
        if not any(inside(cidr, family, address) for cidr in peer["networks"]):
            return NO
        switch = {"pod": "networks_pods", "external": None}.get(end.kind, "networks_nodes")
        return NO if switch is not None and setting[switch] == "never" else YES
    if peer.get("domainNames") is not None:
        return PERHAPS
    if peer.get("nodes") is None:
        return YES if _selected(peer, end) else NO
    if not end.on_node:
        return NO
    chosen = [node for node in nodes if matches(peer["nodes"], node["metadata"].get("labels") or {})]
    listed = [ipaddress.ip_address(a) for node in chosen for a in node_addresses(node)]
    if any((a.version, int(a)) == (family, address) for a in listed):
        return YES
    return PERHAPS if not nodes or any(not node_addresses(node) for node in chosen) else NO


def port_fits(entry: Plain, protocol: str, port: int | None, names: Iterable[str]) -> bool:
    """portA of 4.6."""
    name = entry.get("namedPort") or entry.get("destinationNamedPort")
    if name is not None:
        return name in names
    spoken, low, high = numbers(entry)
    return spoken == protocol and port is not None and low <= port <= high


def numbers(entry: Plain) -> tuple[str, int, int]:
    """Protocol, first and last port of an entry that gives numbers."""
    if "portNumber" in entry:
        one = entry["portNumber"]
        return one.get("protocol") or "TCP", one["port"], one["port"]
    if "portRange" in entry:
        span = entry["portRange"]
        return span.get("protocol") or "TCP", span["start"], span["end"]
    ((protocol, rest),) = entry.items()
    target = (rest or {}).get("destinationPort") or {"range": {"start": 1, "end": 65535}}
    span = target.get("range") or {"start": target["number"], "end": target["number"]}
    return protocol.upper(), span["start"], span["end"]


# What a tier makes of a connection


def staged(policies: Iterable[Tiered], tier: str, fires: Callable[[Tiered, Rule], str], way: str, tie: str) -> set[str]:
    """stage(S, c) of section 8 for a tier, as all that can come of it: allow, deny, or pass."""
    mine = sorted((p for p in policies if p.tier == tier), key=lambda p: (p.order, p.name))
    said: set[str] = set()
    for _, equal in groupby(mine, key=lambda p: p.order):
        results = [walk([(rule.action, fires(policy, rule)) for rule in policy.rules[way]]) for policy in equal]
        result = tied(tuple(frozenset(each) for each in results), tie)
        said |= result - {NONE}
        if NONE not in result:
            return said
    return said | {PASS}


def walk(rules: list[tuple[str, str]]) -> set[str]:
    """All that can come of rules in order: an action, or none."""
    found = set()
    for action, fires in rules:
        if fires != NO:
            found.add(action)
        if fires == YES:
            return found
    return found | {NONE}


@lru_cache(maxsize=1 << 12)
def tied(results: tuple[frozenset[str], ...], tie: str) -> frozenset[str]:
    """4.4: what can come of policies of equal priority, each of which may come to one of several results."""
    found = set()
    for choice in product(*results):
        fired = [action for action in choice if action != NONE]
        if not fired:
            found.add(NONE)
        elif tie == "by_name":
            found.add(fired[0])
        elif tie == "deny_first":
            found.add(min(fired, key=(DENY, ALLOW, PASS).index))
        else:
            found |= set(fired)
    return frozenset(found)


def piped(admin: set[str], namespaced: str, elsewhere: bool, baseline: set[str], finality: str) -> frozenset[bool]:
    """4.3: Admin, then the NetworkPolicies (allow, deny, or pass where none isolates), then Baseline, else allow.
    elsewhere: a NetworkPolicy selects the pod that does not govern this direction (4.5)."""
    rest = {namespaced} if namespaced != PASS else {ALLOW} if elsewhere and finality == "per_pod" else baseline
    ends = (admin - {PASS}) | (rest if PASS in admin else set())
    return frozenset(action != DENY for action in ends)
