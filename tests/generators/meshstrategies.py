"""Random AuthorizationPolicies and PeerAuthentications as plain data, beside what `tests.generators.strategies` draws,
with few values, so that rules meet each other's."""

from copy import deepcopy
from dataclasses import replace
from random import Random
from typing import Any

from tests.generators.meshsettings import settings_of_mesh
from tests.generators.residents import settled
from tests.generators.strategies import Draw, Example
from tests.generators.tierstrategies import TierDraw
from tests.objects import NAMESPACE_KEYS, NAMESPACES, POD_KEYS
from tests.oracle.mesh import INJECT, ROOT, in_force

Plain = dict[str, Any]

API = "security.istio.io/v1"
ACCOUNTS = ("backup", "web", "default")
BLOCKS = ("10.0.0.0/8", "10.0.0.7", "10.0.0.9/24", "203.0.113.0/24", "203.0.113.5", "fd00::7", "0.0.0.0/0")
PORTS = ("80", "81", "53", "5432")
_HTTP = {
    "hosts": ("example.com", "*.example.com"), "methods": ("GET", "POST"), "paths": ("/admin*",),
    "request.headers[x-token]": ("abc",), "requestPrincipals": ("*",),
}  # fmt: skip


def mesh_example(seed: int) -> Example:
    """Policies of a mesh, often beside network policies and tiers, and a claim that is often about what one says."""
    random = Random(f"mesh {seed}")
    draw = MeshDraw(random)
    universe = draw.universe()
    manifests = draw.manifests(universe)
    if draw.often(0.5):
        manifests = [m for m in manifests if m["kind"] != "NetworkPolicy"]
    manifests = settled(seed, manifests, universe, often=0.2)
    if draw.often(0.15):
        manifests += TierDraw(random).tiers()
    mesh = draw.mesh()
    claim = draw.claim_of_mesh(mesh) if draw.often(0.85) else draw.claim(manifests)
    switches = {} if draw.often(0.5) else draw.mesh_switches()
    if draw.often(0.2):
        switches |= draw.switches()
    return Example([*manifests, *settings_of_mesh(seed), *mesh], claim, universe, switches)


def beside_mesh(given: Example, seed: int) -> Example:
    """The example with policies of a mesh beside its own."""
    draw, mesh = MeshDraw(Random(f"beside a mesh {seed}")), mesh_policies(seed)
    claim = draw.claim_of_mesh(mesh) if draw.often(0.5) else given.claim
    switches = given.switches if draw.often(0.5) else {**given.switches, **draw.mesh_switches()}
    return replace(given, manifests=[*given.manifests, *mesh], claim=claim, switches=switches)


def mesh_policies(seed: int) -> list[Plain]:
    """Policies of a mesh alone."""
    return MeshDraw(Random(f"mesh {seed}")).mesh()


class MeshDraw(Draw):
    """Draws policies of a mesh, and pods that it takes in, or not."""

    def __init__(self, random: Random) -> None:
        keys = {INJECT: ("true", "false", "yes")} if random.random() < 0.3 else {}
        labels = {"istio-injection": ("enabled", "disabled"), "istio.io/dataplane-mode": ("ambient",)}
        super().__init__(random, {**POD_KEYS, **keys}, {**NAMESPACE_KEYS, **(labels if keys else {})})

    def manifests(self, universe: Plain | str) -> list[Plain]:
        found = super().manifests(universe)
        for manifest in found:
            for pod in _pods(manifest):
                if self.often(0.6):
                    pod["spec"]["serviceAccountName"] = self.one(ACCOUNTS)
                if INJECT in self.pod_keys and self.often(0.3):
                    pod.setdefault("metadata", {}).setdefault("annotations", {})[INJECT] = self.one(("true", "false"))
        return found

    def mesh_switches(self) -> dict[str, str]:
        found = {}
        if self.often(0.5):
            found["istio_dataplane"] = self.one(("sidecar", "ambient"))
        if self.often(0.4 if INJECT in self.pod_keys else 0.15):
            found["istio_mesh"] = self.one(("labelled", "labelled", "open"))
        return found

    def mesh(self) -> list[Plain]:
        found = [self.authorization(f"az{i}") for i in range(self.one((1, 1, 2, 2, 3)))]
        found += [self.peers(f"pa{i}") for i in range(self.one((0, 0, 1, 1, 2)))]
        return found

    def whole_of_mesh(self, kind: str, name: str, spec: Plain) -> Plain:
        meta: Plain = {"name": name, "namespace": self.one((*NAMESPACES, *NAMESPACES, ROOT))}
        return {
            "apiVersion": self.one((API, "security.istio.io/v1beta1")),
            "kind": kind,
            "metadata": meta,
            "spec": spec,
        }

    def chosen(self) -> Plain:
        return (
            {} if self.often(0.5) else {"selector": {"matchLabels": self.labels({"app": ("a", "b")}) or {"app": "a"}}}
        )

    def authorization(self, name: str) -> Plain:
        action = self.one((None, "ALLOW", "ALLOW", "DENY", "DENY", "DENY", "CUSTOM", "AUDIT"))
        spec: Plain = self.chosen()
        if action is not None:
            spec["action"] = action
        if action == "CUSTOM":
            spec["provider"] = {"name": "gatekeeper"}
        least = 1 if action in ("DENY", "CUSTOM") else 0
        rules = self.some(least, 2, lambda: self.mesh_rule(action or "ALLOW"))
        if rules:
            spec["rules"] = rules
        found = self.whole_of_mesh("AuthorizationPolicy", name, spec)
        if self.often(0.07):
            found["metadata"]["annotations"] = {"istio.io/dry-run": self.one(("true", "false", "T", "yes"))}
        if self.often(0.06) and "selector" not in spec:
            kind = self.one((("", "Service"), ("gateway.networking.k8s.io", "Gateway")))
            spec["targetRefs"] = [{"group": kind[0], "kind": kind[1], "name": "front"}]
        return found

    def mesh_rule(self, action: str) -> Plain:
        found: Plain = {}
        if self.often(0.55):
            found["from"] = self.some(1, 2, lambda: {"source": self.fields(self.of_source(action))})
        if self.often(0.55):
            found["to"] = self.some(1, 2, lambda: {"operation": self.fields(self.of_operation())})
        if self.often(0.2):
            found["when"] = self.some(1, 2, lambda: self.condition(action))
        return found

    def fields(self, choices: dict[str, tuple[str, ...]]) -> Plain:
        found: Plain = {}
        names = self.random.sample(list(choices), min(len(choices), self.one((1, 1, 1, 2))))
        for name in names:
            if name.startswith("serviceAccounts") and found:
                continue
            values = self.random.sample(choices[name], min(len(choices[name]), self.one((1, 1, 2))))
            found[f"not{name[0].upper()}{name[1:]}" if self.often(0.3) else name] = values
            if name == "serviceAccounts":
                break
        return found

    def of_source(self, action: str) -> dict[str, tuple[str, ...]]:
        plain = {"ipBlocks": BLOCKS}
        if self.often(0.1):
            plain["remoteIpBlocks"] = ("203.0.113.0/24",)
        if action == "CUSTOM":
            return plain
        who = {
            "namespaces": (*NAMESPACES, *NAMESPACES, "sh*", "*", "*p*"),
            "principals": tuple(map(self.principal, range(6))),
            "serviceAccounts": ("backup", "shop/backup", "ops/web", "ops/default"),
        }
        if self.often(0.1):
            who["trustDomains"] = ("cluster.local", "*")
        if self.often(0.1):
            who["requestPrincipals"] = ("*",)
        return {**plain, **who}

    def principal(self, _: int) -> str:
        home, account = self.one(NAMESPACES), self.one(ACCOUNTS)
        return self.one(
            ("*", f"cluster.local/ns/{home}/sa/{account}", f"cluster.local/ns/{home}/sa/{account}",
             f"*/ns/{home}/sa/{account}", f"*/sa/{account}", "*b", "cluster.local/*", f"cluster.local/ns/{home}/*",
             f"cluster.local/ns/{home}/sa/we*", f"{home}/{account}", f"*p/sa/{account}")
        )  # fmt: skip

    def of_operation(self) -> dict[str, tuple[str, ...]]:
        http = {"hosts": _HTTP["hosts"], "methods": _HTTP["methods"], "paths": _HTTP["paths"]}
        return {"ports": PORTS, **(http if self.often(0.35) else {})}

    def condition(self, action: str) -> Plain:
        keys: dict[str, tuple[str, ...]] = {
            "source.ip": BLOCKS,
            "destination.ip": ("10.0.0.0/8", "10.0.0.7"),
            "destination.port": PORTS,
        }
        if self.often(0.3):
            keys |= {"request.headers[x-token]": ("abc",), "connection.sni": ("www.example.com",), "remote.ip": BLOCKS}
        if action != "CUSTOM":
            keys |= {
                "source.namespace": NAMESPACES,
                "source.principal": ("*", f"cluster.local/ns/shop/sa/{ACCOUNTS[0]}"),
            }
        key = self.one(list(keys))
        found: Plain = {"key": key}
        if self.often(0.75):
            found["values"] = self.random.sample(keys[key], 1)
        if "values" not in found or self.often(0.2):
            found["notValues"] = self.random.sample(keys[key], 1)
        return found

    def peers(self, name: str) -> Plain:
        spec: Plain = self.chosen()
        modes = ("STRICT", "STRICT", "PERMISSIVE", "DISABLE", "UNSET")
        if self.often(0.9):
            spec["mtls"] = {"mode": self.one(modes)}
        if "selector" in spec and self.often(0.4):
            spec["portLevelMtls"] = {self.one(PORTS): {"mode": self.one(modes)}}
        found = self.whole_of_mesh("PeerAuthentication", name, spec)
        if self.often(0.4):
            found["metadata"]["creationTimestamp"] = self.one(("2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z"))
        return found

    def claim_of_mesh(self, mesh: list[Plain]) -> Plain:
        """A claim about whom a policy selects, on a port that it names: such claims have a fair chance to hold."""
        policy = self.one(mesh)
        spec, home = policy["spec"], policy["metadata"]["namespace"]
        own: Plain = {"podSelector": spec.get("selector") or {}}
        own |= {"namespaceSelector": {}} if home == ROOT else {"namespaces": [home]}
        rules = spec.get("rules") or []
        named = [
            port for rule in rules for item in rule.get("to") or [] for port in item["operation"].get("ports") or []
        ]
        ports: list[Plain] = [{"protocol": self.one(("TCP", "TCP", "TCP", "UDP"))}]
        if self.often(0.6):
            ports[0]["port"] = int(self.one((*named, *named, *PORTS[:2])))
        body: Plain = {"to": [own], "ports": ports}
        if self.often(0.85):
            body["from"] = [self.caller(rules)]
        denies = in_force(policy) == "DENY" or not rules
        return {self.one(("never", "never", "always") if denies else ("always", "always", "never")): body}

    def caller(self, rules: list[Plain]) -> Plain:
        sources = [item["source"] for rule in rules for item in rule.get("from") or []]
        blocks = [b for s in sources for name in ("ipBlocks", "notIpBlocks") for b in s.get(name) or []]
        spaces = [
            n for s in sources for name in ("namespaces", "notNamespaces") for n in s.get(name) or [] if "*" not in n
        ]
        chance = self.random.random()
        if blocks and chance < 0.35:
            block = self.one(blocks)
            cidr = {"10.0.0.9/24": "10.0.0.0/24"}.get(block, block)
            return {"ipBlock": {"cidr": cidr if "/" in cidr else f"{cidr}/{128 if ':' in cidr else 32}"}}
        if chance < 0.55:
            return {"external": {}}
        return {"podSelector": {}, "namespaces": [self.one((*spaces, *NAMESPACES))]}


def _pods(manifest: Plain) -> list[Plain]:
    """The pods, or pod templates, that a manifest holds."""
    if manifest["kind"] == "Pod":
        return [manifest] if "spec" in manifest else []
    spec = manifest.get("spec") or {}
    found = []
    for holder in (spec, (spec.get("jobTemplate") or {}).get("spec") or {}):
        template = holder.get("template") if isinstance(holder, dict) else None
        if isinstance(template, dict) and isinstance(template.get("spec"), dict):
            found.append(template)
    return found


def without_mesh(given: Example) -> Example:
    kinds = ("AuthorizationPolicy", "PeerAuthentication")
    return replace(given, manifests=[deepcopy(m) for m in given.manifests if m["kind"] not in kinds])
