"""Random policies, namespaces and workloads as plain data, with few names, so that they collide."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

Plain = dict[str, Any]
T = TypeVar("T")

NAMESPACES = ("shop", "ops")
GHOST = "ghost"
POD_KEYS = {"app": ("a", "b", "c"), "role": ("x", "")}
GIVEN = {
    "statefulset.kubernetes.io/pod-name": ("w0-0", "w0-1", "w1-0", "w1-2", "w1-01"),
    "apps.kubernetes.io/pod-index": ("0", "1", "00"),
    "job-name": ("w0", "w1", "w2"),
}
"""Labels that controllers add."""
CHOSEN = {
    "pod-template-hash": ("x", "z"),
    "controller-revision-hash": ("x", "z"),
    "pod-template-generation": ("1",),
    "controller-uid": ("x",),
    "batch.kubernetes.io/controller-uid": ("x", "z"),
    "batch.kubernetes.io/job-completion-index": ("0", "1", "x"),
    "job-name": ("w0", "w1-7", "w2-7", "x"),
    "batch.kubernetes.io/job-name": ("w1", "w0-7"),
    "statefulset.kubernetes.io/pod-name": ("w0-0", "w1-0", "x"),
    "apps.kubernetes.io/pod-index": ("0", "1"),
}
"""Labels whose values controllers choose."""
_MADE_BY = {
    "Deployment": ("pod-template-hash",),
    "ReplicaSet": ("pod-template-hash",),
    "StatefulSet": tuple(key for key in CHOSEN if key.startswith(("controller-rev", "statefulset", "apps"))),
    "DaemonSet": ("controller-revision-hash", "pod-template-generation"),
    "Rollout": ("pod-template-hash", "controller-uid"),
    "Job": tuple(key for key in CHOSEN if "job" in key or "uid" in key),
    "CronJob": tuple(key for key in CHOSEN if "job" in key or "uid" in key),
}
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
WORKLOADS = ("Pod", "Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job")
STRANGERS: tuple[Plain, ...] = (
    {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}},
    {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "elsewhere"}},
    {"apiVersion": "example.org/v1", "kind": "Machine", "metadata": {"name": "m"}},
)
"""Owners that are not in the input."""


@dataclass
class Objects:
    """Draws what a cluster holds. `pod_keys`, `namespace_keys`: labels and their values; `homes`: names of
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
        if self.often(0.06):
            key = self.one(list(GIVEN))
            operator = self.one(("In", "In", "In", "NotIn", "Exists"))
            values = {"values": self.some(1, 2, lambda: self.one(GIVEN[key]))} if operator != "Exists" else {}
            return {"matchExpressions": [{"key": key, "operator": operator, **values}]}
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
        kind = self.one(("Pod", "Pod", "Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"))
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
        if kind == "Job":
            return {"apiVersion": "batch/v1", "kind": kind, "metadata": meta, "spec": {"template": template}}
        body: Plain = {"selector": {"matchLabels": labels}, "template": template}
        if kind == "StatefulSet" and self.often(0.3):
            body["ordinals"] = {"start": self.one((0, 1, 2))}
        return {"apiVersion": "apps/v1", "kind": kind, "metadata": meta, "spec": body}

    def manifests(self, universe: Plain | str) -> list[Plain]:
        inventory = universe == "inventory" or (not isinstance(universe, str) and "others" in universe.get("pods", {}))
        found = [self.namespace(name) for name in self.homes if self.often(0.7)]
        found += [self.policy(f"p{i}") for i in range(self.random.choice((0, 1, 1, 1, 2, 2, 3)))]
        found += [self.default_deny(name) for name in self.homes if self.often(0.25)]
        found += [
            self.workload(f"w{i}") for i in range(self.random.randint(2 if inventory else 0, 4 if inventory else 2))
        ]
        found += self.owners([m for m in found if m["kind"] in WORKLOADS])
        self.random.shuffle(found)
        choices(found, Random(repr(found)))
        return found

    def owners(self, workloads: list[Plain]) -> list[Plain]:
        """Says whose workloads are; some Pods lose their names, or finish. Gives owners that are no workloads."""
        random = Random(self.random.random())
        for manifest in workloads:
            kind, meta = manifest["kind"], manifest["metadata"]
            if random.random() < 0.3:
                others = [m for m in workloads if m is not manifest and m["kind"] != "Pod" and "name" in m["metadata"]]
                owner = random.choice(others) if others and random.random() < 0.8 else random.choice(STRANGERS)
                said = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": owner["metadata"]["name"]}
                meta["ownerReferences"] = [{**said, "uid": "u", "controller": random.random() < 0.9}]
            if kind == "DaemonSet" and random.random() < 0.4:
                manifest |= {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout"}
            if kind == "Deployment" and random.random() < 0.3:
                manifest["kind"] = "ReplicaSet"
                manifest["spec"]["replicas"] = random.choice((0, 0, 1))
            if kind == "Pod" and random.random() < 0.15:
                meta["generateName"] = meta.pop("name") + "-"
            if kind == "Pod" and random.random() < 0.1:
                manifest["status"] = {"phase": random.choice(("Running", "Succeeded", "Failed"))}
        return [STRANGERS[-1]] if random.random() < 0.3 else []


def choices(manifests: list[Plain], random: Random, often: float = 0.2) -> None:
    """Now and then policies that speak of labels which controllers choose, mostly those of the workloads there are."""
    made = [m for m in manifests if m["kind"] in _MADE_BY]
    places = [place for m in manifests if m["kind"] == "NetworkPolicy" for place in _selectors(m.get("spec") or {})]
    if not made or not places or random.random() >= often:
        return
    for manifest in made:
        _vary(manifest, random)
    for place in random.sample(places, min(len(places), random.choice((1, 1, 2)))):
        key = random.choice(_MADE_BY[random.choice(made)["kind"]] if random.random() < 0.9 else tuple(CHOSEN))
        operator = random.choice(("In", "In", "In", "NotIn", "Exists", "Exists", "DoesNotExist"))
        listed = operator in ("In", "NotIn")
        some = random.sample(CHOSEN[key], random.randint(1, min(2, len(CHOSEN[key])))) if listed else []
        line = {"key": key, "operator": operator, **({"values": some} if listed else {})}
        kept = place["podSelector"] if place.get("podSelector") and random.random() < 0.4 else {}
        place["podSelector"] = {**kept, "matchExpressions": [*(kept.get("matchExpressions") or ()), line]}


def _vary(manifest: Plain, random: Random) -> None:
    """Templates that hold what controllers add, Jobs that do not, and names that are made up."""
    spec = manifest["spec"]
    job = spec["jobTemplate"]["spec"] if manifest["kind"] == "CronJob" else spec
    if random.random() < 0.3:
        labels = job["template"]["metadata"]["labels"]
        labels["pod-template-hash" if manifest["kind"] in ("Deployment", "ReplicaSet") else "job-name"] = "x"
    if manifest["kind"] in ("Job", "CronJob"):
        if random.random() < 0.5:
            job |= {"completionMode": "Indexed", "completions": random.choice((1, 2, 3))}
        if random.random() < 0.2:
            job |= {"manualSelector": True, "selector": {"matchLabels": dict(job["template"]["metadata"]["labels"])}}
    if manifest["kind"] in ("Job", "StatefulSet") and "name" in manifest["metadata"] and random.random() < 0.2:
        manifest["metadata"]["generateName"] = manifest["metadata"].pop("name")
    if "selector" in spec:
        spec["selector"] = {"matchLabels": dict(job["template"]["metadata"]["labels"])}


def _selectors(spec: Plain) -> Iterator[Plain]:
    """What holds the selectors of a policy by which pods are meant."""
    yield spec
    for rules, peers in (("ingress", "from"), ("egress", "to")):
        for rule in spec.get(rules) or ():
            yield from (peer for peer in (rule or {}).get(peers) or () if peer and "ipBlock" not in peer)
