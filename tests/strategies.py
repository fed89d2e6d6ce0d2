"""Random small clusters, universes and properties as plain data, with few names, so that they collide.

Everything comes from one seeded generator: a seed is an example.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

import yaml

from tests.enumeration import VALUES

Plain = dict[str, Any]
T = TypeVar("T")

NAMESPACES = ("shop", "ops")
GHOST = "ghost"
POD_KEYS = {"app": ("a", "b", "c"), "role": ("x", "")}
NAMESPACE_KEYS = {"team": ("a", "b", "c")}
NAME = "kubernetes.io/metadata.name"
BLOCKS = (
    ("10.0.0.0/8", ("10.1.0.0/16", "10.0.0.7/32")),
    ("10.0.0.0/24", ("10.0.0.0/25",)),
    ("10.0.0.7/32", ()),
    ("203.0.113.0/24", ("203.0.113.5/32", "203.0.113.128/25")),
    ("203.0.113.5/32", ()),
    ("0.0.0.0/0", ("10.0.0.0/8", "203.0.113.0/24")),
    ("::/0", ("fd00::/8",)),
    ("fd00::7/128", ()),
    ("2001:db8::/32", ("2001:db8:1::/48",)),
)
PORT_NAMES = ("web", "dns")
OF_TIERS = ("same_priority", "np_finality", "networks_pods", "networks_nodes")
"""Switches that matter to cluster-scoped policies only (`tests.tierstrategies`)."""
SWITCHES = {name: values for name, values in VALUES.items() if name not in ("self_via_service", *OF_TIERS)}


@dataclass(frozen=True)
class Example:
    """A question: what `tests.enumeration.verdict` takes."""

    manifests: list[Plain]
    claim: Plain | str
    universe: Plain | str = "open"
    switches: dict[str, str] = field(default_factory=dict)
    namespace: str | None = None

    def __str__(self) -> str:
        return yaml.safe_dump(vars(self), sort_keys=False, default_flow_style=None, width=120)


def example(seed: int) -> Example:
    draw = Draw(Random(seed))
    universe = draw.universe()
    manifests = draw.manifests(universe)
    claim = draw.claim(manifests)
    namespace = draw.one(NAMESPACES) if not isinstance(claim, str) and draw.often(0.15) else None
    return Example(manifests, claim, universe, draw.switches(), namespace)


def policies(seed: int) -> list[Plain]:
    """Policies, namespaces and workloads without anything asked about them."""
    return Draw(Random(seed)).manifests("open")


def a_policy(seed: int, namespace: str | None = None) -> Plain:
    found = Draw(Random(seed)).policy("extra")
    if namespace is not None:
        found["metadata"]["namespace"] = namespace
    return found


@dataclass
class Draw:
    """Draws the parts of examples. `pod_keys`, `namespace_keys`: labels and their values; `homes`: names of
    namespaces."""

    random: Random
    pod_keys: dict[str, tuple[str, ...]] = field(default_factory=lambda: POD_KEYS)
    namespace_keys: dict[str, tuple[str, ...]] = field(default_factory=lambda: NAMESPACE_KEYS)
    homes: tuple[str, ...] = NAMESPACES

    def often(self, share: float) -> bool:
        return self.random.random() < share

    def one(self, options: Sequence[T]) -> T:
        return self.random.choice(options)

    def some(self, least: int, most: int, make: Callable[[], T]) -> list[T]:
        return [make() for _ in range(self.random.randint(least, most))]

    def put(self, where: Plain, key: str, make: Callable[[], Any], missing: float = 0.2, null: float = 0.07) -> None:
        """A field, or none, or null, or the empty list where the field is a list."""
        chance = self.random.random()
        if chance < null:
            where[key] = None
        elif chance >= null + missing:
            where[key] = make()

    # Selectors

    def requirement(self, keys: dict[str, tuple[str, ...]]) -> Plain:
        key = self.one(list(keys))
        operator = self.one(("In", "In", "NotIn", "NotIn", "Exists", "DoesNotExist"))
        if operator in ("Exists", "DoesNotExist"):
            return {"key": key, "operator": operator}
        return {"key": key, "operator": operator, "values": self.some(1, 2, lambda: self.one(keys[key]))}

    def selector(self, keys: dict[str, tuple[str, ...]]) -> Plain:
        found: Plain = {}
        if self.often(0.55):
            key = self.one(list(keys))
            found["matchLabels"] = {key: self.one(keys[key])}
        if self.often(0.3):
            found["matchExpressions"] = self.some(1, 2, lambda: self.requirement(keys))
        return found

    def pods(self) -> Plain:
        return self.selector(self.pod_keys)

    def namespaces(self) -> Plain:
        if self.often(0.25):
            return {"matchLabels": {NAME: self.one((*self.homes, GHOST))}}
        if self.often(0.1):
            names = self.some(1, 2, lambda: self.one((*self.homes, GHOST)))
            return {"matchExpressions": [{"key": NAME, "operator": self.one(("In", "NotIn")), "values": names}]}
        return self.selector(self.namespace_keys)

    def labels(self, keys: dict[str, tuple[str, ...]], least: int = 0) -> dict[str, str]:
        chosen = self.random.sample(list(keys), self.random.randint(least, len(keys)))
        return {key: self.one(keys[key]) for key in chosen}

    # NetworkPolicies

    def block(self) -> Plain:
        cidr, holes = self.one(BLOCKS)
        if holes and self.often(0.4):
            return {"cidr": cidr, "except": [self.one(holes)]}
        return {"cidr": cidr, "except": None} if self.often(0.05) else {"cidr": cidr}

    def peer(self) -> Plain:
        kind = self.one(("pods", "pods", "namespaces", "both", "both", "block", "block"))
        if kind == "block":
            return {"ipBlock": self.block()}
        found: Plain = {}
        if kind in ("pods", "both"):
            found["podSelector"] = self.pods()
        if kind in ("namespaces", "both"):
            found["namespaceSelector"] = self.namespaces()
        if kind == "pods" and self.often(0.1):
            found["namespaceSelector"] = None
        return found

    def port(self) -> Plain | None:
        if self.often(0.04):
            return None
        found: Plain = {}
        self.put(found, "protocol", lambda: self.one(("TCP", "TCP", "UDP", "SCTP")), missing=0.4)
        kind = self.one(("none", "number", "number", "range", "name"))
        if kind == "number":
            found["port"] = self.one((53, 80, 81, 65535))
        elif kind == "range":
            found |= {"port": self.one((1, 80)), "endPort": self.one((80, 90, 65535))}
        elif kind == "name":
            found["port"] = self.one(PORT_NAMES)
        return found

    def rule(self, peers: str) -> Plain | None:
        if self.often(0.03):
            return None
        found: Plain = {}
        self.put(found, peers, lambda: self.some(0 if self.often(0.1) else 1, 2, self.peer))
        self.put(found, "ports", lambda: self.some(0 if self.often(0.1) else 1, 2, self.port), missing=0.4)
        return found

    def policy(self, name: str) -> Plain:
        spec: Plain = {}
        self.put(spec, "podSelector", self.pods, missing=0.1)
        types = (["Ingress"], ["Egress"], ["Ingress", "Egress"], ["Ingress", "Ingress"], [])
        self.put(spec, "policyTypes", lambda: self.one(types), missing=0.35)
        self.put(spec, "ingress", lambda: self.some(0, 2, lambda: self.rule("from")), missing=0.3)
        self.put(spec, "egress", lambda: self.some(0, 2, lambda: self.rule("to")), missing=0.4)
        meta: Plain = {"name": name, "namespace": self.one(self.homes)}
        found: Plain = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": spec}
        if self.often(0.02):
            del found["spec"]
        return found

    def default_deny(self, namespace: str) -> Plain:
        spec: Plain = {"podSelector": {}, "policyTypes": self.one((["Ingress"], ["Egress"], ["Ingress", "Egress"]))}
        meta: Plain = {"name": "deny", "namespace": namespace}
        return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": spec}

    # Everything else in a cluster

    def namespace(self, name: str) -> Plain:
        meta: Plain = {"name": name}
        self.put(meta, "labels", lambda: self.labels(self.namespace_keys))
        return {"apiVersion": "v1", "kind": "Namespace", "metadata": meta}

    def container(self, name: str) -> Plain:
        found: Plain = {"name": name, "image": "example/app"}
        names = self.random.sample(PORT_NAMES, self.random.randint(0, 2))
        if names:
            found["ports"] = [{"name": n, "containerPort": self.one((53, 80, 81))} for n in names]
            for port in found["ports"]:
                self.put(port, "protocol", lambda: self.one(("TCP", "UDP")), missing=0.6, null=0)
        return found

    def workload(self, name: str) -> Plain:
        kind = self.one(("Pod", "Pod", "Deployment", "StatefulSet", "DaemonSet", "CronJob"))
        spec: Plain = {"containers": [self.container(f"c{i}") for i in range(self.random.randint(1, 2))]}
        if self.often(0.3):
            spec["initContainers"] = [self.container("i0")]
            if self.often(0.5):
                spec["initContainers"][0]["restartPolicy"] = "Always"
        if self.often(0.25):
            spec["hostNetwork"] = True
        labels = self.labels(self.pod_keys, 0 if kind == "Pod" else 1)
        meta: Plain = {"name": name, "namespace": self.one(self.homes)}
        if kind == "Pod":
            return {"apiVersion": "v1", "kind": kind, "metadata": {**meta, "labels": labels}, "spec": spec}
        template: Plain = {"metadata": {"labels": labels}, "spec": spec}
        if kind == "CronJob":
            job = {"schedule": "0 0 * * *", "jobTemplate": {"spec": {"template": template}}}
            return {"apiVersion": "batch/v1", "kind": kind, "metadata": meta, "spec": job}
        body = {"selector": {"matchLabels": labels}, "template": template}
        return {"apiVersion": "apps/v1", "kind": kind, "metadata": meta, "spec": body}

    def manifests(self, universe: Plain | str) -> list[Plain]:
        inventory = universe == "inventory" or (not isinstance(universe, str) and "others" in universe.get("pods", {}))
        found = [self.namespace(name) for name in self.homes if self.often(0.7)]
        found += [self.policy(f"p{i}") for i in range(self.random.choice((0, 1, 1, 1, 2, 2, 3)))]
        found += [self.default_deny(name) for name in self.homes if self.often(0.25)]
        found += [
            self.workload(f"w{i}") for i in range(self.random.randint(2 if inventory else 0, 4 if inventory else 2))
        ]
        self.random.shuffle(found)
        return found

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
        return {name: self.one((*SWITCHES[name], "open")) for name in names}

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
        kind = self.one(("never", "never", "never", "always", "only", "exactly"))
        if chance < 0.5:
            text = f"{kind} {self.short_peer()} -> {self.short_peer()}"
            return text + (f" : {self.short_ports()}" if self.often(0.5) else "")
        body = {}
        self.put(body, "from", lambda: self.some(1, 2, self.property_peer), null=0)
        self.put(body, "to", lambda: self.some(1, 2, self.property_peer), null=0)
        self.put(body, "ports", lambda: self.some(1, 2, self.property_port), missing=0.5, null=0)
        return {kind: body}

    def flow(self) -> Plain:
        """An accepted flow, as a claim."""
        body: Plain = {}
        self.put(body, "from", lambda: self.some(1, 2, self.property_peer), missing=0.4, null=0)
        self.put(body, "to", lambda: self.some(1, 2, self.property_peer), missing=0.4, null=0)
        self.put(body, "ports", lambda: self.some(1, 2, self.property_port), missing=0.6, null=0)
        return {"never": body}

    def isolated(self) -> Plain:
        body: Plain = {}
        self.put(body, "pods", lambda: self.some(1, 2, self.property_pods), null=0)
        self.put(body, "directions", lambda: self.one(("both", "ingress", "egress")), missing=0.3, null=0)
        return body

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
