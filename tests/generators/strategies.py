"""Random small clusters, universes and properties as plain data, with few names, so that they collide.

Everything comes from one seeded generator: a seed is an example.
"""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random

import yaml

from tests.generators.residents import behind, node_addresses, settled
from tests.objects import GHOST, NAME, NAMESPACES, Objects, Plain
from tests.oracle import VALUES
from tests.oracle.claims import read
from tests.oracle.rules import BEYOND

OF_TIERS = ("same_priority", "np_finality", "networks_pods", "networks_nodes")
"""Switches that matter to cluster-scoped policies only (`tests.generators.tierstrategies`)."""
OF_MESH = ("istio_mesh", "istio_dataplane")
"""Switches that matter to policies of a mesh only (`tests.generators.meshstrategies`)."""
SWITCHES = {name: values for name, values in VALUES.items() if name not in ("self_via_service", *OF_TIERS, *OF_MESH)}


@dataclass(frozen=True)
class Example:
    """A question: what `tests.oracle.verdict` takes."""

    manifests: list[Plain]
    claim: Plain | str
    universe: Plain | str = "open"
    switches: dict[str, str] = field(default_factory=dict)
    namespace: str | None = None
    accepted: list[Plain | str] = field(default_factory=list)
    """Flows that do not break the claim, as claims."""

    def __str__(self) -> str:
        return yaml.safe_dump(vars(self), sort_keys=False, default_flow_style=None, width=120)


def example(seed: int) -> Example:
    draw = Draw(Random(seed))
    universe = draw.universe()
    manifests = draw.manifests(universe)
    claim = draw.claim(manifests)
    manifests = settled(seed, manifests, universe)
    namespace = draw.one(NAMESPACES) if not isinstance(claim, str) and draw.often(0.15) else None
    return Example(manifests, claim, universe, draw.switches(), namespace)


def settled_example(seed: int) -> Example:
    """An example in which the input says whose many addresses are, most often all the pods there are as well."""
    draw = Draw(Random(f"settled {seed}"))
    universe = draw.one(("open", "inventory", "inventory"))
    manifests = draw.manifests(universe)
    manifests = settled(seed, manifests, universe, often=1)
    claim = draw.about_residents(manifests) if draw.often(0.7) else draw.claim(manifests)
    return Example(manifests, claim, universe, draw.switches())


def policies(seed: int) -> list[Plain]:
    """Policies, namespaces and workloads without anything asked about them."""
    return Draw(Random(seed)).manifests("open")


def a_policy(seed: int, namespace: str | None = None) -> Plain:
    found = Draw(Random(seed)).policy("extra")
    if namespace is not None:
        found["metadata"]["namespace"] = namespace
    return found


class Draw(Objects):
    """Draws the parts of examples."""

    # Universes

    def universe(self) -> Plain | str:
        chance = self.random.random()
        if chance < 0.25:
            return "open"
        if chance < 0.4:
            return "inventory"
        closed = chance < 0.65
        found: Plain = {}
        if closed or self.often(0.4):
            found["namespaces"] = self.universe_namespaces(0.9 if closed else 0.3)
        if self.often(0.4):
            found["pods"] = {
                "labels": {key: self.limits(self.pod_keys[key]) for key in self.pod_keys if self.often(0.5)}
            }
        if self.often(0.35 if closed else 0.1):
            found["pods"] = {"others": False}
        if self.often(0.15):
            where = {"podSelector": self.pods(), "namespaceSelector": self.namespaces()}
            found["invariants"] = [{"name": "law", "pods": {"podSelector": self.pods()}, "onlyIn": where}]
        if not closed and self.often(0.2):
            template = self.policy("every")
            del template["metadata"]["namespace"]
            found["newNamespacesGet"] = [template]
        if self.often(0.15):
            found["nodes"] = True
        if self.often(0.5):
            found["families"] = [self.one((4, 4, 4, 6))]
        if self.often(0.5):
            found["addresses"] = self.addresses()
        if self.often(0.1):
            found["switches"] = self.switches()
        return found

    def addresses(self) -> Plain:
        lists = {
            "pods": self.one((["10.0.0.0/16"], ["10.0.0.7/32"], ["10.0.0.6/31"], "any", ["10.0.0.0/24", "fd00::/8"])),
            "nodes": self.one((["10.1.0.0/16"], ["203.0.113.5/32"], ["10.0.0.7/32"], ["10.0.0.0/8"])),
        }
        return {key: value for key, value in lists.items() if self.often(0.7)}

    def universe_namespaces(self, closed: float) -> Plain:
        found: Plain = {}
        if self.often(0.3):
            found["known"] = [{"name": GHOST, "labels": self.labels(self.namespace_keys)}]
        if self.often(closed):
            found["others"] = False
        if self.often(0.25):
            found["labels"] = {"team": self.limits(self.namespace_keys["team"])}
        return found

    def limits(self, values: tuple[str, ...]) -> Plain:
        chosen = self.random.sample(values, self.random.randint(1, len(values)))
        return {"values": chosen, "others": self.often(0.4), "required": self.often(0.3)}

    def switches(self) -> dict[str, str]:
        if self.often(0.4):
            return {}
        names = self.random.sample(list(SWITCHES), self.random.randint(1, 4))
        return {name: self.one((*SWITCHES[name], *BEYOND.get(name, ()), "open")) for name in names}

    # Properties

    def claim(self, manifests: list[Plain]) -> Plain | str:
        chance = self.random.random()
        if chance < 0.4 and (copied := self.copied(manifests)):
            return copied
        chance = self.random.random()
        if chance < 0.12:
            return {"isolated": self.isolated()}
        if chance < 0.22:
            key = self.one(("byNamespaceLabel", "byPodLabel"))
            value = self.one(("team", NAME)) if key == "byNamespaceLabel" else self.one(("app", "role"))
            body = {key: value}
            self.put(body, "unlabelled", lambda: self.one(("ignore", "own")), missing=0.4, null=0)
            return {"separate": body}
        if chance < 0.32:
            return {"confined": self.confined()} if self.often(0.6) else self.short_confined()
        kind = self.one(("never", "never", "never", "always", "only", "exactly"))
        if chance < 0.5:
            text = f"{kind} {self.short_peer()} -> {self.short_peer()}"
            return text + (f" : {self.short_ports()}" if self.often(0.5) else "")
        body = {}
        self.put(body, "from", lambda: self.some(1, 2, self.property_peer), null=0)
        self.put(body, "to", lambda: self.some(1, 2, self.property_peer), null=0)
        self.put(body, "ports", lambda: self.some(1, 2, self.property_port), missing=0.5, null=0)
        return {kind: body}

    def about_residents(self, manifests: list[Plain]) -> Plain | str:
        """A claim about somebody whose address is known, or about the address, and the pods of a policy."""
        policies = [m for m in manifests if m["kind"] == "NetworkPolicy"]
        pods = [m for m in manifests if m["kind"] == "Pod"]
        nodes = [m for m in manifests if m["kind"] == "Node"]
        known = [m["status"]["podIP"] for m in pods if "podIP" in (m.get("status") or {})]
        known += [address for node in nodes for address in node_addresses(node)]
        known += [text for m in manifests for text in behind(m)]
        if not policies or not (pods or known):
            return self.claim(manifests)
        policy = self.one(policies)
        own = {"podSelector": (policy.get("spec") or {}).get("podSelector") or {},
               "namespaces": [policy["metadata"]["namespace"]]}  # fmt: skip
        if known and (not pods or self.often(0.5)):
            address = self.one(known)
            other: Plain = {"ipBlock": {"cidr": f"{address}/{128 if ':' in address else 32}"}}
        else:
            pod = self.one(pods)["metadata"]
            other = {"podSelector": {"matchLabels": pod["labels"]}, "namespaces": [pod["namespace"]]}
        if (about := self.about_a_service(manifests, own)) is not None and self.often(0.5):
            return about
        ends = self.one(((other, own), (other, own), (own, other)))
        return {self.one(("never", "never", "always", "exactly")): {"from": [ends[0]], "to": [ends[1]]}}

    def about_a_service(self, manifests: list[Plain], own: Plain) -> Plain | None:
        """A claim whose destination is a Service, by its name or by its address, if there is one."""
        found = [m for m in manifests if m["kind"] == "Service"]
        if not found:
            return None
        chosen = self.one(found)
        meta, address = chosen["metadata"], chosen["spec"]["clusterIP"]
        named = {"namespace": meta["namespace"], "name": meta["name"]}
        to: Plain = {"service": named}
        if address != "None" and self.often(0.4):
            to = {"ipBlock": {"cidr": f"{address}/{128 if ':' in address else 32}"}}
        elif self.often(0.3):
            to = {"service": {"anyOf": [{"namespace": "lab", "name": "none"}, *([named] if self.often(0.7) else [])]}}
            if self.often(0.7):
                to["service"]["otherwise"] = {"to": [own], "ports": [{"port": 80}]}
        start = self.one((own, {"podSelector": {}}, {"external": {}}))
        body: Plain = {"from": [start], "to": [to]}
        if self.often(0.5):
            body["ports"] = [{"port": self.one((chosen["spec"]["ports"][0]["port"], 80, 8443))}]
        return {self.one(("never", "always", "always", "only", "exactly")): body}

    def flow(self) -> Plain:
        """An accepted flow, as a claim."""
        body: Plain = {}
        self.put(body, "from", lambda: self.some(1, 2, self.property_peer), missing=0.4, null=0)
        self.put(body, "to", lambda: self.some(1, 2, self.property_peer), missing=0.4, null=0)
        self.put(body, "ports", lambda: self.some(1, 2, self.property_port), missing=0.6, null=0)
        return {"never": body}

    def part_of(self, claim: Plain | str) -> Plain:
        """An accepted flow that speaks of what the claim does, but for one field; of `isolated`, either direction."""
        said = read(claim)
        if said["kind"] == "separate":
            return self.flow()
        if said["kind"] == "isolated":
            side, other = self.one((("from", "to"), ("to", "from")))
            beside = self.one(([{"external": {}}], [{"podSelector": {}, "namespaceSelector": {}}], None, None))
            return {"never": {name: peers for name, peers in ((side, said["pods"]), (other, beside)) if peers}}
        body = {name: said[name] for name in ("from", "to", "ports") if said.get(name)}
        body.pop(self.one(("from", "to", "ports")), None)
        return {"never": body}

    def isolated(self) -> Plain:
        body: Plain = {}
        self.put(body, "pods", lambda: self.some(1, 2, self.property_pods), null=0)
        self.put(body, "directions", lambda: self.one(("both", "ingress", "egress")), missing=0.3, null=0)
        return body

    def confined(self) -> Plain:
        return {
            "pods": self.some(1, 2, self.property_pods),
            "reach": self.some(0, 2, lambda: self.reach(self.property_peer)),
        }

    def reach(self, peer: Callable[[], Plain]) -> Plain:
        """What a confined pod may reach."""
        found: Plain = {"to": self.some(1, 2, peer)}
        self.put(found, "ports", lambda: self.some(1, 2, self.property_port), missing=0.5, null=0)
        if "ports" in found and self.often(0.15):
            del found["to"]
        return found

    def short_confined(self) -> str:
        flows = [self.short_peer() for _ in range(self.random.randint(0, 2))]
        flows = [f"{flow} : {self.short_ports()}" if self.often(0.5) else flow for flow in flows]
        return f"confined {self.short_pods()} -> {' + '.join(flows) or 'nothing'}"

    def copied(self, manifests: list[Plain]) -> Plain | None:
        """A claim that repeats what some policy says: such claims have a fair chance to hold."""
        policies = [manifest for manifest in manifests if manifest["kind"] == "NetworkPolicy"]
        if not policies:
            return None
        chosen = self.one(policies)
        home, spec = chosen["metadata"]["namespace"], chosen.get("spec") or {}
        own = [{"podSelector": spec.get("podSelector") or {}, "namespaces": [home]}]
        way = self.one(("ingress", "ingress", "egress"))
        rules = [rule or {} for rule in spec.get(way) or []]
        if not rules and self.often(0.2):
            return {"isolated": {"pods": own, "directions": way}}
        if not rules and way == "egress" and self.often(0.5):
            return {"confined": {"pods": own, "reach": []}}
        if not rules:
            return {"never": {"to": own} if way == "ingress" else {"from": own}}
        peers, ports = [], []
        for rule in rules[:1] if self.often(0.5) else rules:
            for peer in deepcopy(rule.get("from" if way == "ingress" else "to") or []):
                kept = {key: value for key, value in peer.items() if value is not None}
                if kept.get("ipBlock", {}).get("except", ()) is None:
                    del kept["ipBlock"]["except"]
                peers.append({**kept, "namespaces": [home]} if set(kept) == {"podSelector"} else kept)
            listed = rule.get("ports") or []
            ports += [{key: value for key, value in (port or {}).items() if value is not None} for port in listed]
        body = {"from": peers, "to": own} if way == "ingress" else {"from": own, "to": peers}
        if way == "egress" and self.often(0.4):
            flow = {key: value for key, value in {"to": peers, "ports": ports}.items() if value}
            return {"confined": {"pods": own, "reach": [flow] if flow else []}}
        kind = self.one(("only", "only", "always", "exactly")) if way == "ingress" else self.one(("always", "never"))
        return {kind: {key: value for key, value in {**body, "ports": ports}.items() if value}}

    def property_pods(self) -> Plain:
        found: Plain = {"podSelector": self.pods()}
        kind = self.one(("bare", "bare", "selected", "named", "both"))
        if kind in ("selected", "both"):
            found["namespaceSelector"] = self.namespaces()
        if kind in ("named", "both"):
            found["namespaces"] = self.some(1, 2, lambda: self.one((*self.homes, *self.homes, GHOST)))
        return found

    def property_peer(self) -> Plain:
        kind = self.one(("pods", "pods", "pods", "pods", "block", "external", "node"))
        if kind == "pods":
            return self.property_pods()
        if kind == "block":
            return {"ipBlock": {key: value for key, value in self.block().items() if value is not None}}
        return {kind: {}}

    def property_port(self) -> Plain:
        found = self.port() or {}
        return {key: value for key, value in found.items() if value is not None}

    def short_peer(self) -> str:
        if self.often(0.3):
            return self.one(("*", "*", "external", "node", "10.0.0.7", "203.0.113.0/24", "2001:db8::/32"))
        return self.short_pods()

    def short_pods(self) -> str:
        terms = ("app=a", "app!=a", "app", "!app", "role in (x)", "app notin (a,b)", "app=b,role=x", "*")
        place = self.one(
            (
                "",
                "",
                "shop/",
                "shop/",
                "ops/",
                "ops/",
                "ghost/",
                "*/",
                "{}/",
                "{team=a}/",
                "{!team}/",
                f"{{{NAME}=shop}}/",
            )
        )
        return place + (self.one(terms) if place else self.one(terms[:-1]))

    def short_ports(self) -> str:
        items = ("TCP", "TCP/80", "TCP/80-90", "UDP/53", "SCTP", "TCP/web", "UDP/dns", "UDP/1-65535")
        return ",".join(self.random.sample(items, self.random.randint(1, 2)))
