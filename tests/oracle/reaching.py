"""What rules get to say, connection by connection: which of them decide about some, and which policies of equal
priority disagree about some (docs/semantics.md 4.3, 4.4). Connections are as `allowed` takes them."""

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations, groupby, product
from typing import Any

from . import tiers
from .allowed import end
from .rules import (
    EGRESS,
    INGRESS,
    Cluster,
    End,
    Plain,
    Policy,
    blocked_peer,
    governed,
    names_at,
    peers,
    ports_match,
    read,
    selected_peer,
    selects,
)

Rule = tuple[str, str, int | None]
"""A policy (namespace/name of a NetworkPolicy), a direction, and the number of the rule; None: the selection."""
SURE = {tiers.ALLOW: {True}, tiers.DENY: {False}}
WORST = ("verdict", "words", "perhaps")


@dataclass
class Reached:
    """Rules by how far some connection gets with them.

    met: they speak of it. alone: no rule before in the policy surely does. within: and it gets there in its tier.
    below: and the tiers before leave it. last: and NetworkPolicies do. below_here, last_here: with a subject in a
    declared namespace. otherwise: a rule before in the policy may say something else.
    conflicts: of two policies of a tie, the worst disagreement.
    """

    met: set[Rule] = field(default_factory=set)
    alone: set[Rule] = field(default_factory=set)
    within: set[Rule] = field(default_factory=set)
    below: set[Rule] = field(default_factory=set)
    last: set[Rule] = field(default_factory=set)
    below_here: set[Rule] = field(default_factory=set)
    last_here: set[Rule] = field(default_factory=set)
    otherwise: set[Rule] = field(default_factory=set)
    conflicts: dict[tuple[str, str, str], str] = field(default_factory=dict)


def reached(
    manifests: list[Plain], connections: Iterable[Plain], switches: dict[str, str], nodes_count: bool
) -> Reached:
    """nodes_count: that nodes and hostNetwork pods count for what NetworkPolicies say."""
    cluster, found = read(manifests), Reached()
    for connection in connections:
        ends = end(cluster, connection["source"]), end(cluster, connection["destination"])
        for way, subject, peer in ((EGRESS, *ends), (INGRESS, *ends[::-1])):
            _Walk(cluster, way, subject, peer, connection, switches, found, nodes_count).go()
    return found


@dataclass
class _Walk:
    """One direction of one connection."""

    cluster: Cluster
    way: str
    subject: End
    peer: End
    connection: Plain
    setting: dict[str, str]
    found: Reached
    nodes_count: bool

    def __post_init__(self) -> None:
        role = "source" if self.way == INGRESS else "destination"
        self.address = ipaddress.ip_address(self.connection[role]["ip"])
        target = self.subject if self.way == INGRESS else self.peer
        self.names = names_at(target, self.connection["protocol"], self.connection["port"], self.setting)
        self.here = self.subject.namespace is not None and self.subject.namespace.name in self.cluster.namespaces

    def go(self) -> None:
        namespaced, elsewhere = self.namespaced()
        after_network = self.network(namespaced, elsewhere, self.tier_result("Baseline"))
        admin = self.tier("Admin", {tiers.PASS}, {tiers.PASS}, after_network)
        self.namespaced_rules(admin)
        network = {tiers.PASS} if namespaced == tiers.PASS and not elsewhere else {tiers.ALLOW}
        self.tier("Baseline", admin, network, {True})

    def network(self, namespaced: str, elsewhere: bool, baseline: set[str]) -> set[bool]:
        """What NetworkPolicies and what comes after them allow."""
        if namespaced != tiers.PASS:
            return SURE[namespaced]
        return {True} if elsewhere else {action != tiers.DENY for action in baseline}

    # Tiers

    def tier(self, tier: str, before: set[str], network: set[str], after: set[bool]) -> set[str]:
        """What the tier comes to. before: what the tiers before it come to; network: NetworkPolicies that stand
        between; after: what is allowed where the tier leaves it."""
        said: set[str] = set()
        may, surely = True, True
        for group in self.groups(tier):
            results = [self.result(policy) for policy in group]
            for number, policy in enumerate(group):
                others = [(i, result) for i, result in enumerate(results) if i != number]
                self.rules(policy, may, (number, others), before, network)
            leads = tiers.PASS in before and tiers.PASS in network
            certain = before == {tiers.PASS} and network == {tiers.PASS}
            if may and leads:
                self.disputes(group, results, surely and certain, after)
            result = tiers.tied(tuple(map(frozenset, results)), self.setting["same_priority"])
            said |= result - {tiers.NONE} if may else set()
            surely = surely and result == {tiers.NONE}
            may = may and tiers.NONE in result
        return said | ({tiers.PASS} if may else set())

    def tier_result(self, tier: str) -> set[str]:
        return tiers.staged(self.cluster.tiers, tier, self.fires, self.way, self.setting["same_priority"])

    def groups(self, tier: str) -> Iterator[list[tiers.Tiered]]:
        mine = sorted((p for p in self.cluster.tiers if p.tier == tier), key=lambda p: (p.order, p.name))
        for _, equal in groupby(mine, key=lambda p: p.order):
            yield list(equal)

    def fires(self, policy: tiers.Tiered, rule: tiers.Rule) -> str:
        if not tiers.governs(policy, self.subject):
            return tiers.NO
        protocol, port = self.connection["protocol"], self.connection["port"]
        if rule.ports is not None and not any(tiers.port_fits(e, protocol, port, self.names) for e in rule.ports):
            return tiers.NO
        version, number = self.address.version, int(self.address)
        fits = {tiers.peer_fits(p, self.peer, version, number, self.cluster.nodes, self.setting) for p in rule.peers}
        return next(answer for answer in (tiers.YES, tiers.PERHAPS, tiers.NO) if answer in fits)

    def result(self, policy: tiers.Tiered) -> set[str]:
        found = set()
        for rule in policy.rules[self.way]:
            fires = self.fires(policy, rule)
            found |= {rule.action} if fires != tiers.NO else set()
            if fires == tiers.YES:
                return found
        return found | {tiers.NONE}

    def rules(
        self, policy: tiers.Tiered, may: bool, rivals: tuple[int, Any], before: set[str], network: set[str]
    ) -> None:
        """How far the connection gets with each rule of a policy."""
        alive, earlier = True, set[str]()
        for number, rule in enumerate(policy.rules[self.way]):
            fires = self.fires(policy, rule)
            if fires == tiers.NO:
                continue
            key: Rule = (policy.name, self.way, number)
            self.found.met.add(key)
            if earlier - {rule.action}:
                self.found.otherwise.add(key)
            if alive:
                self.found.alone.add(key)
                if may and self.chosen(rivals, rule.action):
                    self.within(key, before, network)
                earlier.add(rule.action)
            alive = alive and fires != tiers.YES

    def within(self, key: Rule, before: set[str], network: set[str]) -> None:
        self.found.within.add(key)
        if tiers.PASS not in before:
            return
        self.found.below.add(key)
        if self.here:
            self.found.below_here.add(key)
        if tiers.PASS in network:
            self.found.last.add(key)
            if self.here:
                self.found.last_here.add(key)

    def chosen(self, rivals: tuple[int, Any], action: str) -> bool:
        """Whether, of a tie, the policy may be the one that applies when it comes to `action`."""
        number, others = rivals
        order = (tiers.DENY, tiers.ALLOW, tiers.PASS)
        for choice in product(*(result for _, result in others)):
            said = [(i, other) for (i, _), other in zip(others, choice, strict=True) if other != tiers.NONE]
            match self.setting["same_priority"]:
                case "by_name" if any(i < number for i, _ in said):
                    continue
                case "deny_first" if any(order.index(other) < order.index(action) for _, other in said):
                    continue
                case _:
                    return True
        return False

    def disputes(self, group: list[tiers.Tiered], results: list[set[str]], surely: bool, after: set[bool]) -> None:
        for (one, first), (other, second) in combinations(zip(group, results, strict=True), 2):
            grade = _grade(first, second, surely, after)
            if grade is not None:
                key = (one.name, other.name, self.way)
                known = self.found.conflicts.get(key, grade)
                self.found.conflicts[key] = min(known, grade, key=WORST.index)

    # NetworkPolicies

    def namespaced(self) -> tuple[str, bool]:
        """What NetworkPolicies say, and whether they keep the Baseline away without saying anything (4.5)."""
        mine = [p for p in self.cluster.policies if governed(self.subject, self.setting) and selects(p, self.subject)]
        applying = [policy for policy in mine if self.way in policy.rules]
        if not applying:
            return tiers.PASS, bool(mine) and self.setting["np_finality"] == "per_pod"
        lets = any(self.fits(policy, rule) for policy in applying for rule in policy.rules[self.way])
        return tiers.ALLOW if lets else tiers.DENY, False

    def namespaced_rules(self, admin: set[str]) -> None:
        ordinary = not (self.subject.on_node or self.peer.on_node)
        if not governed(self.subject, self.setting) or not (ordinary or self.nodes_count):
            return
        for policy in self.cluster.policies:
            if self.way in policy.rules and selects(policy, self.subject):
                fitting = [i for i, rule in enumerate(policy.rules[self.way]) if self.fits(policy, rule)]
                for number in (None, *fitting):
                    key: Rule = (f"{policy.namespace}/{policy.name}", self.way, number)
                    self.found.met.add(key)
                    if tiers.PASS in admin:
                        self.found.below.add(key)

    def fits(self, policy: Policy, rule: Plain) -> bool:
        protocol, port = self.connection["protocol"], self.connection["port"]
        listed = peers(rule, self.way)
        if not listed:
            return ports_match(rule, protocol, port, self.names, self.setting)
        for item in listed:
            block = "ipBlock" in item
            if block:
                meant = blocked_peer(item, self.peer, self.address.version, int(self.address), self.setting)
            else:
                meant = selected_peer(item, policy, self.peer, self.setting)
            by_address = block and self.way == EGRESS
            if meant and ports_match(rule, protocol, port, self.names, self.setting, by_address):
                return True
        return False


def _grade(first: set[str], second: set[str], surely: bool, after: set[bool]) -> str | None:
    """How much two policies disagree that come to one of these actions each; None: not at all."""
    apart = [(a, b) for a in first - {tiers.NONE} for b in second - {tiers.NONE} if a != b]
    if not apart:
        return None
    if not surely or len(first) > 1 or len(second) > 1:
        return "perhaps"
    ends = [SURE.get(action, after) for action in apart[0]]
    return "verdict" if ends in ([{True}, {False}], [{False}, {True}]) else "words"
