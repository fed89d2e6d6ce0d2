"""Random cluster-scoped policies as plain data, beside what `tests.generators.strategies` draws, with few
priorities, so that they tie."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import replace
from ipaddress import ip_network
from random import Random
from typing import Any

from tests.generators.strategies import SWITCHES, Draw, Example, example
from tests.oracle.addresses import may_have, span
from tests.oracle.world import spec

Plain = dict[str, Any]

API = "policy.networking.k8s.io"
NETWORKS = ("10.0.0.0/8", "10.0.0.7/32", "203.0.113.77/24", "0.0.0.0/0", "::/0", "fd00::7/128")
NODE = {"apiVersion": "v1", "kind": "Node"}
EVERY_POD: Plain = {"podSelector": {}, "namespaceSelector": {}}


def tiered_example(seed: int) -> Example:
    """An example of `tests.generators.strategies` in whose cluster there are tiers too."""
    given, draw = example(seed), TierDraw(Random(seed))
    tiers = draw.tiers()
    switches = {name: value for name, value in given.switches.items() if name in SWITCHES} | draw.tier_switches()
    claim = draw.claim_about(tiers) if draw.often(0.45) else given.claim
    return replace(
        given,
        manifests=[*given.manifests, *tiers, *draw.nodes(given.manifests, given.universe)],
        claim=claim,
        switches=switches,
    )


def networks_example(seed: int) -> Example:
    """Tiers alone, some of whose rules speak of networks, and a claim that repeats such a policy, often with pods in
    the place of networks: whether these are pods too is often left open."""
    draw = TierDraw(Random(f"networks {seed}"))
    about: list[Plain] = []
    while not about:
        found = draw.tiers()
        about = [policy for policy in found if "'networks'" in str(policy)]
    repeated = draw.claim_about(about)
    claim = of_pods(repeated) if draw.often(0.8) else repeated
    universe = {"addresses": {"pods": ["10.0.0.0/16"]}, "families": [4]}
    pods = draw.one(("open", "open", "open", "match", "never"))
    switches = {"networks_pods": pods, "same_priority": "by_name", "ipblock_pods": "match", "host_network": "as_node"}
    return Example([*map(draw.namespace, draw.homes), *found], claim, universe, switches)


def of_pods(claim: Plain) -> Plain:
    """The claim with pods where it speaks of blocks of addresses."""
    return other_than_blocks(claim, lambda _: deepcopy(EVERY_POD))


def other_than_blocks(claim: Plain, instead: Callable[[Plain], Plain]) -> Plain:
    """The claim with other peers where it speaks of blocks of addresses."""
    ((kind, body),) = deepcopy(claim).items()
    there = {side: [instead(p) if "ipBlock" in p else p for p in body[side]] for side in ("from", "to") if side in body}
    return {kind: {**body, **there}}


def tiers(seed: int) -> list[Plain]:
    """Cluster-scoped policies alone."""
    return TierDraw(Random(seed)).tiers()


class TierDraw(Draw):
    """Draws cluster-scoped policies, all of one version."""

    def tiers(self) -> list[Plain]:
        if self.often(0.4):
            found = [self.admin(f"a{i}") for i in range(self.one((1, 1, 2, 2, 3)))]
            return found + ([self.baseline()] if self.often(0.5) else [])
        return [self.cluster(f"c{i}") for i in range(self.one((1, 2, 2, 3, 3)))]

    def tier_switches(self) -> dict[str, str]:
        found = {}
        if self.often(0.5):
            found["same_priority"] = self.one(("by_name", "deny_first"))
        for name in ("networks_pods", "networks_nodes"):
            if self.often(0.2):
                found[name] = self.one(("never", "open"))
        if self.often(0.3):
            found["np_finality"] = self.one(("per_pod", "open"))
        return found

    def admin(self, name: str) -> Plain:
        spec = {"priority": self.one((1, 1, 2)), **self.body(("Allow", "Deny", "Deny", "Pass"), "ports")}
        return self.whole("v1alpha1", "AdminNetworkPolicy", name, spec)

    def baseline(self) -> Plain:
        spec = self.body(("Allow", "Deny", "Deny"), "ports")
        return self.whole("v1alpha1", "BaselineAdminNetworkPolicy", "default", spec)

    def cluster(self, name: str) -> Plain:
        spec = {"tier": self.one(("Admin", "Admin", "Baseline")), "priority": self.one((1, 1, 2))}
        return self.whole(
            "v1alpha2",
            "ClusterNetworkPolicy",
            name,
            {**spec, **self.body(("Accept", "Deny", "Deny", "Pass"), "protocols")},
        )

    def whole(self, version: str, kind: str, name: str, spec: Plain) -> Plain:
        return {"apiVersion": f"{API}/{version}", "kind": kind, "metadata": {"name": name}, "spec": spec}

    def body(self, actions: tuple[str, ...], ports: str) -> Plain:
        found: Plain = {"subject": self.who()}
        for way, side in (("ingress", "from"), ("egress", "to")):
            self.put(
                found,
                way,
                lambda way=way, side=side: self.some(1, 2, lambda: self.tier_rule(actions, way, side, ports)),
                0.35,
            )
        return found

    def who(self) -> Plain:
        if self.often(0.5):
            return {"namespaces": {} if self.often(0.4) else self.namespaces()}
        both = {"namespaceSelector": {} if self.often(0.4) else self.namespaces(), "podSelector": self.pods()}
        return {"pods": both}

    def tier_rule(self, actions: tuple[str, ...], way: str, side: str, ports: str) -> Plain:
        action = self.one(actions)
        rule: Plain = {"action": action, side: self.some(1, 2, self.who)}
        if way == "egress" and self.often(0.4):
            rule[side].append(self.outside(names=action in ("Allow", "Accept") and "Pass" in actions))
        entry = self.number if ports == "ports" else self.protocol
        self.put(rule, ports, lambda: self.some(1, 2, entry), missing=0.5)
        if all(set(peer) <= {"namespaces", "pods"} for peer in rule[side]) and self.often(0.15):
            name = "namedPort" if ports == "ports" else "destinationNamedPort"
            rule[ports] = [*(rule.get(ports) or []), {name: self.one(("web", "dns"))}]
        return rule

    def outside(self, names: bool) -> Plain:
        kind = self.one(("networks", "networks", "networks", "nodes", "domainNames"))
        if kind == "domainNames" and names:
            return {kind: self.some(1, 2, self.domain)}
        if kind == "nodes":
            return {kind: {"matchLabels": {"zone": self.one(("a", "b"))}} if self.often(0.6) else {}}
        return {"networks": self.random.sample(NETWORKS, self.random.randint(1, 2))}

    def domain(self) -> str:
        return self.one(("example.com", "*.example.org", "www.example.org"))

    def number(self) -> Plain:
        found: Plain = {} if self.often(0.4) else {"protocol": self.one(("TCP", "UDP", "SCTP"))}
        if self.often(0.6):
            return {"portNumber": {**found, "port": self.one((53, 80, 81))}}
        return {"portRange": {**found, "start": self.one((1, 80)), "end": self.one((53, 90, 65535))}}

    def protocol(self) -> Plain:
        span = {"number": self.one((53, 80, 81))}
        if self.often(0.4):
            span = {"range": {"start": self.one((1, 80)), "end": self.one((90, 65535))}}
        return {self.one(("tcp", "tcp", "udp", "sctp")): {"destinationPort": span}}

    def nodes(self, beside: Sequence[Plain] = (), universe: Plain | str = "open") -> list[Plain]:
        """Nodes for a cluster that has none yet, with addresses that nobody there has and the universe admits."""
        if self.often(0.6) or any(m["kind"] == "Node" for m in beside):
            return []
        found = []
        taken = {m["status"]["podIP"] for m in beside if "podIP" in (m.get("status") or {})}
        free = [address for address in ("10.0.0.7", "203.0.113.5", "fd00::7", "10.1.0.9") if address not in taken]
        limit = (spec(universe).get("addresses") or {}).get("nodes")
        admitted = [address for address in free if may_have(limit, *span(address)[:2])]
        addresses = self.random.sample(admitted, min(2, len(admitted)))
        for name in ("one", "two")[: self.one((1, 2))]:
            node: Plain = {**NODE, "metadata": {"name": name, "labels": {"zone": self.one(("a", "b"))}}}
            if self.often(0.8) and addresses:
                address = addresses.pop()
                node["status"] = {
                    "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}]
                }
            found.append(node)
        return found

    def claim_about(self, tiers: list[Plain]) -> Plain:
        """A claim that repeats what some rule says: such claims have a fair chance to hold."""
        spec = self.one(tiers)["spec"]
        rules = [
            (way, side, rule) for way, side in (("ingress", "from"), ("egress", "to")) for rule in spec.get(way) or []
        ]
        own = _as_peer(spec["subject"])
        if not rules:
            return {"always": {"to": [own]}}
        way, side, rule = self.one(rules)
        others = [peer for given in rule[side] for peer in _as_peers(given)]
        body: Plain = {"from": others, "to": [own]} if way == "ingress" else {"from": [own], "to": others}
        if not others:
            del body["to"]
        kind = "never" if rule["action"] == "Deny" else self.one(("always", "only", "never"))
        ports = [port for given in rule.get("ports") or rule.get("protocols") or [] for port in _as_ports(given)]
        return {kind: {**body, "ports": ports} if ports else body}


def _as_peer(who: Plain) -> Plain:
    if "namespaces" in who:
        return {"podSelector": {}, "namespaceSelector": deepcopy(who["namespaces"])}
    return deepcopy(who["pods"])  # type: ignore[no-any-return]


def _as_peers(given: Plain) -> list[Plain]:
    if "networks" in given:
        return [{"ipBlock": {"cidr": str(ip_network(cidr, strict=False))}} for cidr in given["networks"]]
    return [_as_peer(given)] if given.keys() & {"namespaces", "pods"} else []


def _as_ports(given: Plain) -> list[Plain]:
    if "portNumber" in given:
        return [{"protocol": "TCP", **given["portNumber"]}]
    if "portRange" in given:
        span = given["portRange"]
        if span["start"] > span["end"]:
            return []
        return [{"protocol": span.get("protocol") or "TCP", "port": span["start"], "endPort": span["end"]}]
    ((protocol, rest),) = given.items()
    if protocol not in ("tcp", "udp", "sctp"):
        return []
    span = rest["destinationPort"]
    if "number" in span:
        return [{"protocol": protocol.upper(), "port": span["number"]}]
    return [{"protocol": protocol.upper(), "port": span["range"]["start"], "endPort": span["range"]["end"]}]
