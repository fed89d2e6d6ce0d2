"""Random policies of Calico as plain data, beside what `tests.generators.strategies` draws, with few orders and names,
so that they tie."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

from tests.generators.strategies import SWITCHES, Example, example
from tests.generators.tierstrategies import TierDraw

Plain = dict[str, Any]

API = "projectcalico.org/v3"
APIS = (API, API, "crd.projectcalico.org/v1")
SET_KEYS = {"app": ("a", "b"), "zone": ("u", "v")}
ACCOUNTS = ("default", "robot")
NETS4 = ("10.0.0.0/8", "10.0.0.7/32", "10.0.0.0/24", "203.0.113.0/24", "203.0.113.5/32", "10.1.0.0/16")
NETS6 = ("fd00::7/128", "fd00::/8", "2001:db8::/32")
RESERVED = (
    'pcns.team == "a"',
    "has(pcns.team)",
    'projectcalico.org/namespace == "shop"',
    'projectcalico.org/orchestrator == "k8s"',
    'projectcalico.org/serviceaccount == "robot"',
)
TEXTS = ("a", "sh", "op", "b", "x")


def calico_example(seed: int) -> Example:
    """An example of `tests.generators.strategies` in whose cluster there are policies of Calico too."""
    given, draw = example(seed), CalicoDraw(Random(f"calico {seed}"))
    templates = not isinstance(given.universe, str) and "newNamespacesGet" in given.universe
    found = draw.calico(crowded=not templates)
    wide = draw.cluster_wide() if draw.often(0.25) else []
    switches = {name: value for name, value in given.switches.items() if name in SWITCHES}
    if draw.often(0.3):
        switches["calico_np_name"] = draw.one(("plain", "knp", "open"))
    if draw.often(0.2):
        switches["same_priority"] = draw.one(("any", "by_name", "deny_first"))
    claim = draw.claim_about_calico(found) if draw.often(0.5) else given.claim
    manifests = [draw.with_account(m) for m in given.manifests]
    return replace(given, manifests=[*manifests, *found, *wide], claim=claim, switches=switches)


class CalicoDraw(TierDraw):
    """Draws what Calico reads."""

    def calico(self, *, crowded: bool = True) -> list[Plain]:
        """crowded: some may have the very order of policies of Kubernetes."""
        tiers = [self.tier(name) for name in ("security", "teams") if self.often(0.4)]
        names = ["default", "default", "default", *(tier["metadata"]["name"] for tier in tiers)]
        if self.often(0.15):
            names += ["kube-admin", "kube-baseline"]
        found = [self.calico_policy(i, self.one(names)) for i in range(self.random.randint(1, 4))]
        sets = self.some(0, 2, self.network_set)
        hosts = [self.host_endpoint()] if self.often(0.15) else []
        accounts = [self.account()] if self.often(0.3) else []
        staged = [self.staged(i) for i in range(self.one((0, 0, 0, 1)))]
        for policy in found if not crowded else ():
            if policy["spec"].get("order") == 1000:
                policy["spec"]["order"] = self.one((2, 2000))
        everything = [*tiers, *found, *_named_apart(sets), *hosts, *accounts, *staged]
        self.random.shuffle(everything)
        return everything

    def cluster_wide(self) -> list[Plain]:
        """Policies of sig-network of one version, as the tiers kube-admin and kube-baseline hold them."""
        drawn = (self.tiers() for _ in range(200))
        return next(found for found in drawn if {m["kind"] for m in found} == {"ClusterNetworkPolicy"})

    def tier(self, name: str) -> Plain:
        spec: Plain = {}
        self.put(spec, "order", lambda: self.one((100, 100, 2_000_000, 1.5)), missing=0.2, null=0)
        self.put(spec, "defaultAction", lambda: self.one(("Deny", "Pass")), missing=0.4, null=0)
        return {"apiVersion": self.one(APIS), "kind": "Tier", "metadata": {"name": name}, "spec": spec}

    def calico_policy(self, number: int, tier: str) -> Plain:
        is_global = self.often(0.5)
        kind = "GlobalNetworkPolicy" if is_global else "NetworkPolicy"
        name = self.one(("gate", "gate-ops", "kn", "knq", "p0", "p1", "p10", "x"))
        meta: Plain = {"name": f"{name}.{number}"}
        if not is_global:
            meta["namespace"] = self.one(self.homes)
        spec = self.calico_spec(is_global)
        if tier != "default" or self.often(0.1):
            spec["tier"] = tier
        api = self.one(APIS)
        if api != API and "tier" not in spec and number % 2:  # as older versions store it
            meta["name"] = f"default.{meta['name']}"
        if tier.startswith("kube-") and number % 2:  # an order that priorities have, so that names decide
            spec["order"] = 1
        return {"apiVersion": api, "kind": kind, "metadata": meta, "spec": spec}

    def staged(self, number: int) -> Plain:
        found = self.calico_policy(number, "default")
        found["kind"] = f"Staged{found['kind']}"
        return found

    def calico_spec(self, is_global: bool) -> Plain:
        spec: Plain = {}
        self.put(spec, "order", lambda: self.one((1, 5, 999, 1000, 1000, 1000, 1001, 0.5)), missing=0.3, null=0.05)
        self.put(spec, "selector", self.text, missing=0.3)
        types = (["Ingress"], ["Egress"], ["Ingress", "Egress"], ["Ingress"])
        self.put(spec, "types", lambda: self.one(types), missing=0.5)
        self.put(spec, "ingress", lambda: self.some(0, 3, lambda: self.calico_rule("ingress", is_global)), missing=0.3)
        self.put(spec, "egress", lambda: self.some(0, 2, lambda: self.calico_rule("egress", is_global)), missing=0.5)
        if is_global and self.often(0.3):
            spec["namespaceSelector"] = self.namespace_text()
        if self.often(0.1):
            spec["serviceAccountSelector"] = self.account_text()
        if is_global and self.often(0.06):
            spec |= {"applyOnForward": True, "doNotTrack": True}
        return spec

    # Rules

    def calico_rule(self, way: str, is_global: bool) -> Plain:
        found: Plain = {"action": self.one(("Allow", "Allow", "Allow", "Deny", "Deny", "Pass", "Log"))}
        protocol = self.one((None, None, "TCP", "TCP", "UDP", 6, "SCTP", "ICMP", "UDPLite", 47))
        if protocol is not None:
            found["protocol"] = protocol
        elif self.often(0.15):
            found["notProtocol"] = self.one(("TCP", "UDP", "ICMP", 17))
        ported = protocol in ("TCP", "UDP", 6, "SCTP", "UDPLite")
        nets = self.one((NETS4, NETS4, NETS6))
        for side in ("source", "destination"):
            near = (side == "source") is (way == "ingress")
            if self.often(0.75 if near else 0.25):
                found[side] = self.entity(nets, ported, protocol is None, side == "destination")
        if self.often(0.06):
            found["ipVersion"] = 4 if nets is NETS4 else 6
        if protocol == "ICMP" and found.get("ipVersion") == 6:
            del found["ipVersion"]
        if way == "ingress" and found["action"] == "Allow" and protocol in (None, "TCP", 6) and self.often(0.06):
            found["http"] = {"methods": ["GET"]}
        if way == "egress" and is_global and self.often(0.04):
            found["destination"] = {"services": {"name": "svc", "namespace": "shop"}}
        return found

    def entity(self, nets: Sequence[str], ported: bool, nameless: bool, is_destination: bool) -> Plain:
        found: Plain = {}
        if self.often(0.3):
            found["nets"] = self.some(1, 2, lambda: self.one(nets))
        if self.often(0.12):
            found["notNets"] = [self.one(nets)]
        if self.often(0.45):
            found["selector"] = self.text()
        if self.often(0.25):
            found["namespaceSelector"] = "global()" if self.often(0.2) else self.namespace_text()
        if self.often(0.15):
            found["notSelector"] = self.text()
        if self.often(0.12):
            found["serviceAccounts"] = {}
            self.put(found["serviceAccounts"], "names", lambda: [self.one(ACCOUNTS)], missing=0.3)
            self.put(found["serviceAccounts"], "selector", self.account_text, missing=0.5)
        if (ported or nameless) and self.often(0.35 if is_destination else 0.08):
            field = self.one(("ports", "ports", "notPorts"))
            found[field] = self.some(1, 2, lambda: self.calico_port(numbers=ported))
        return found

    def calico_port(self, *, numbers: bool) -> Any:
        names = ("web", "dns")
        return self.one((80, 53, 81, "80:90", "1:1023", *names)) if numbers else self.one(names)

    # Selectors

    def text(self) -> str:
        """A selector of pods and sets."""
        return self.expression(lambda: self.atom({**self.pod_keys, **SET_KEYS}, ""), 0)

    def namespace_text(self) -> str:
        return self.expression(self.namespace_atom, 0)

    def account_text(self) -> str:
        if self.often(0.3):
            return "all()"
        return self.one(('projectcalico.org/name == "robot"', 'kind == "a"', 'kind != "a"', "has(kind)", "!has(kind)"))

    def namespace_atom(self) -> str:
        if self.often(0.15):
            return "all()"
        if self.often(0.3):
            sign, name = self.one(("==", "!=")), self.one((*self.homes, "ghost"))
            return f'projectcalico.org/name {sign} "{name}"'
        if self.often(0.1):
            word = self.one(("contains", "starts with", "ends with"))
            return f'projectcalico.org/name {word} "{self.one(TEXTS)}"'
        return self.atom(self.namespace_keys, "")

    def atom(self, keys: dict[str, tuple[str, ...]], prefix: str) -> str:
        if self.often(0.06):
            return "all()"
        if self.often(0.06):
            return self.one(RESERVED)
        key = self.one(list(keys))
        values = keys[key]
        quoted = [f'"{self.one(values)}"' for _ in range(self.random.randint(0, 2))]
        sort = self.one(("==", "==", "==", "!=", "in", "not in", "has", "has", "text"))
        if sort == "has":
            return f"has({prefix}{key})"
        if sort in ("in", "not in"):
            return f"{prefix}{key} {sort} {{{', '.join(quoted)}}}"
        if sort == "text":
            word = self.one(("contains", "starts with", "ends with"))
            return f"{prefix}{key} {word} '{self.one(('a', 'b', 'x'))}'"
        return f'{prefix}{key} {sort} "{self.one(values)}"'

    def expression(self, atom: Any, depth: int) -> str:
        chance = self.random.random()
        if depth > 1 or chance < 0.55:
            return str(atom())
        if chance < 0.7:
            return f"!{self.one(('', ' '))}({self.expression(atom, depth + 1)})"
        sign = self.one(("&&", "||"))
        parts = [self.expression(atom, depth + 1) for _ in range(2)]
        whole = f"{parts[0]} {sign} {parts[1]}"
        return f"({whole})" if self.often(0.3) else whole

    # What is known by address

    def network_set(self) -> Plain:
        is_global = self.often(0.5)
        kind = "GlobalNetworkSet" if is_global else "NetworkSet"
        meta: Plain = {"name": self.one(("one", "two")), "labels": self.labels(SET_KEYS)}
        if not is_global:
            meta["namespace"] = self.one((*self.homes, "ghost"))
        nets = self.some(0, 3, lambda: self.one((*NETS4, *NETS6)))
        return {"apiVersion": self.one(APIS), "kind": kind, "metadata": meta, "spec": {"nets": nets}}

    def host_endpoint(self) -> Plain:
        spec: Plain = {"node": "n1", "expectedIPs": [self.one(("10.0.0.7", "203.0.113.5", "fd00::7"))]}
        meta = {"name": "host", "labels": self.labels(SET_KEYS)}
        if self.often(0.6):
            named = [{"name": "web", "protocol": "TCP", "port": 80}, {"name": "dns", "protocol": 17, "port": 53},
                     {"name": "web", "protocol": "UDP", "port": 81}]  # fmt: skip
            spec["ports"] = self.random.sample(named, self.one((1, 2)))
        return {"apiVersion": API, "kind": "HostEndpoint", "metadata": meta, "spec": spec}

    def account(self) -> Plain:
        meta = {
            "name": self.one(ACCOUNTS),
            "namespace": self.one(self.homes),
            "labels": self.labels({"kind": ("a", "b")}),
        }
        return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta}

    def with_account(self, manifest: Plain) -> Plain:
        """A Pod now and then with a service account of its own."""
        if manifest["kind"] == "Pod" and self.often(0.4):
            manifest["spec"]["serviceAccountName"] = "robot"
        return manifest

    # Claims

    def claim_about_calico(self, found: list[Plain]) -> Plain | str:
        """A claim about what some rule may speak of."""
        policies = [
            m for m in found if m["apiVersion"] in APIS and m["kind"] in ("NetworkPolicy", "GlobalNetworkPolicy")
        ]
        policy = self.one(policies)
        home = policy["metadata"].get("namespace")
        own = self.property_pods()
        if home is not None:
            own = {"podSelector": own["podSelector"], "namespaces": [home]}
        other = self.property_peer()
        way = self.one(("in", "out"))
        ends = {"from": [other], "to": [own]} if way == "in" else {"from": [own], "to": [other]}
        body: Plain = dict(ends)
        self.put(body, "ports", lambda: self.some(1, 1, self.property_port), missing=0.5, null=0)
        return {self.one(("never", "never", "always", "only")): body}


def _named_apart(sets: list[Plain]) -> list[Plain]:
    found: dict[object, Plain] = {}
    for each in sets:
        found.setdefault((each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]), each)
    return list(found.values())
