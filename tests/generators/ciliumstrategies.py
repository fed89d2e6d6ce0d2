"""Random Cilium policies as plain data, beside what the other strategies draw, with few names, so that they collide."""

from copy import deepcopy
from dataclasses import replace
from random import Random
from typing import Any

from tests.generators.strategies import Example, example
from tests.generators.tierstrategies import TierDraw
from tests.objects import GHOST, PORT_NAMES
from tests.oracle.cilium import KINDS, is_seen

Plain = dict[str, Any]

API = "cilium.io/v2"
WAYS = (("ingress", "from"), ("egress", "to"))
NAMESPACE, LABELS = "io.kubernetes.pod.namespace", "io.cilium.k8s.namespace.labels."
ACCOUNT, CLUSTER = "io.cilium.k8s.policy.serviceaccount", "io.cilium.k8s.policy.cluster"
ACCOUNTS = ("default", "web", "job")
HIDDEN = ("pod-template-hash", "statefulset.kubernetes.io/pod-name", "kubernetes.io/arch", "job-name")
ENTITIES = (
    "all", "world", "world", "cluster", "cluster", "host", "remote-node", "kube-apiserver", "init", "health", "none",
)  # fmt: skip
CIDRS = (
    "10.0.0.0/8", "10.0.0.7/32", "203.0.113.0/24", "203.0.113.5/32", "0.0.0.0/0", "0.0.0.0/0", "::/0", "2001:db8::/32",
)  # fmt: skip
HOLES = {
    "0.0.0.0/0": ("203.0.113.0/24", "10.0.0.0/8"),
    "203.0.113.0/24": ("203.0.113.128/25", "203.0.113.5/32", "203.0.113.0/16"),
    "10.0.0.0/8": ("10.0.0.7/32",),
}
GROUPS = ("internet", "office", "absent")
ABOVE: tuple[Plain, ...] = (
    {"rules": {"http": [{"method": "GET", "path": "/items"}]}},
    {"rules": {"http": [{}]}},
    {"serverNames": ["www.example.com"]},
)


def cilium_example(seed: int) -> Example:
    """An example of `tests.generators.strategies` in a cluster of Cilium: its own policies among others, sometimes with
    tiers around them."""
    given, draw = example(seed), CiliumDraw(Random(f"cilium {seed}"))
    if draw.often(0.3):
        return doubtful_example(seed)
    found = draw.beside(given.manifests, given.universe)
    claim = draw.claim_about_cilium(found) if draw.often(0.65) else given.claim
    universe = given.universe
    if draw.often(0.3):
        universe = {} if universe == "open" else universe
        universe = {**universe, "nodes": True} if not isinstance(universe, str) else universe
    return replace(given, manifests=found, claim=claim, universe=universe, switches=draw.cilium_switches())


def doubtful_example(seed: int) -> Example:
    """One policy with an entry that hangs on what no manifest says, and a claim that repeats it."""
    draw = CiliumDraw(Random(f"doubtful {seed}"))
    while True:
        policy = draw.cilium()
        for rule in [policy["spec"]] if "spec" in policy else policy["specs"]:
            rule.pop("enableDefaultDeny", None)
        if any(is_doubtful(rule) for rule in (policy.get("spec"), *policy.get("specs", ())) if rule):
            break
    groups = [draw.group(name) for name in GROUPS[:2] if "cidrGroup" in str(policy)]
    homes = [draw.namespace(name) for name in draw.homes]
    others = [draw.cilium()] if draw.often(0.2) else []
    manifests = [*homes, policy, *groups, *others]
    claim = draw.claim_about_cilium([policy])
    return Example(manifests, claim, {"nodes": draw.often(0.3)}, {})


def cilium_policies(seed: int) -> list[Plain]:
    """Cilium's policies alone."""
    draw = CiliumDraw(Random(f"policies {seed}"))
    return draw.some(1, 3, draw.cilium)


def is_doubtful(entry: Plain) -> bool:
    """True iff what an entry says hangs on what no manifest says."""
    words = ("rules", "serverNames", "authentication", "FQDNs", "Groups", "Services", "kube-apiserver", "absent",
             "Nodes", "'ports': []")  # fmt: skip
    return any(word in str(entry) for word in words)


class CiliumDraw(TierDraw):
    """Draws Cilium's policies."""

    def beside(self, manifests: list[Plain], universe: Plain | str) -> list[Plain]:
        """The manifests, with Cilium's policies and what belongs to them; some of the NetworkPolicies stay."""
        found = [m for m in manifests if m["kind"] != "NetworkPolicy" or self.often(0.6)]
        for manifest in found:
            self.give_account(manifest)
        policies = [self.cilium() for _ in range(self.one((1, 1, 2, 2, 3)))]
        for number, policy in enumerate(policies):
            policy["metadata"]["name"] = f"ci{number}"
        groups = [self.group(name) for name in GROUPS[:2] if "cidrGroup" in str(policies) or self.often(0.1)]
        tiers = [self.cluster(f"c{i}") for i in range(self.one((1, 2)))] if self.often(0.25) else []
        nodes = self.nodes(manifests, universe) if self.often(0.3) else []
        return [*found, *policies, *groups, *tiers, *nodes]

    def give_account(self, manifest: Plain) -> None:
        spec = manifest.get("spec") or {}
        pod = spec if manifest["kind"] == "Pod" else (spec.get("template") or {}).get("spec")
        if pod is not None and "containers" in pod and self.often(0.3):
            pod["serviceAccountName"] = self.one(ACCOUNTS)

    def cilium_switches(self) -> dict[str, str]:
        found = {}
        for name, values in (
            ("cilium_mode", ("always", "never")),
            ("cilium_empty_rule", ("all",)),
            ("local_node_ingress", ("policy", "open")),
            ("local_node_egress", ("always", "open")),
            ("ipblock_pods", ("match", "open")),
            ("ipblock_nodes", ("match", "open")),
            ("external_source", ("node",)),
            ("host_network", ("as_pod", "as_peer", "open")),
            ("sctp", ("no",)),
            ("other_protocols", ("on",)),
            ("same_priority", ("any",)),
        ):
            if self.often(0.07):
                found[name] = self.one(values)
        return found

    # Objects

    def cilium(self) -> Plain:
        kind = self.one((KINDS[0], KINDS[0], KINDS[0], KINDS[1]))
        meta: Plain = {"name": f"ci{self.random.randint(0, 999)}"}
        if kind == KINDS[0]:
            meta["namespace"] = self.one(self.homes)
        found: Plain = {"apiVersion": API, "kind": kind, "metadata": meta}
        if self.often(0.85):
            return {**found, "spec": self.cilium_rule(kind)}
        return {**found, "specs": self.some(1, 2, lambda: self.cilium_rule(kind))}

    def group(self, name: str) -> Plain:
        meta = {"name": name, "labels": {"kind": self.one(("a", "b"))}}
        cidrs = self.random.sample(CIDRS[2:], 2)
        version = self.one((API, "cilium.io/v2alpha1"))
        return {"apiVersion": version, "kind": KINDS[2], "metadata": meta, "spec": {"externalCIDRs": cidrs}}

    def cilium_rule(self, kind: str) -> Plain:
        found: Plain = {"endpointSelector": self.subject()}
        if kind == KINDS[1] and self.often(0.08):
            found = {"nodeSelector": {}}
        while not any(found.get(f"{way}{deny}") for way, _ in WAYS for deny in ("", "Deny")):
            for way, side in WAYS:
                for deny, share in (("", 0.5), ("Deny", 0.25)):
                    if self.often(share):
                        name = f"{way}{deny}"
                        found[name] = self.some(1, 2, lambda way=way, side=side, d=deny: self.entry(way, side, bool(d)))
        if self.often(0.25):
            found["enableDefaultDeny"] = {
                way: value for way, _ in WAYS if (value := self.one((True, False, False, None))) is not None
            }
        return found

    # Selectors

    def subject(self) -> Plain:
        if self.often(0.35):
            return {}
        found = self.prefixed(self.pods())
        if self.often(0.08):
            found.setdefault("matchLabels", {})[f"k8s:{NAMESPACE}"] = self.one((*self.homes, GHOST))
        return found

    def prefixed(self, selector: Plain) -> Plain:
        """The selector with sources before some of its keys."""

        def key(text: str) -> str:
            return self.one(("", "", "", "k8s:", "any:")) + text if ":" not in text else text

        labels = {key(k): v for k, v in (selector.get("matchLabels") or {}).items()}
        expressions = [{**e, "key": key(e["key"])} for e in selector.get("matchExpressions") or []]
        found: Plain = {}
        if labels:
            found["matchLabels"] = labels
        if expressions:
            found["matchExpressions"] = expressions
        return found

    def endpoints(self) -> Plain:
        if self.often(0.2):
            return {}
        found = deepcopy(self.pods())
        chance = self.random.random()
        if chance < 0.25:
            found.setdefault("matchLabels", {})[NAMESPACE] = self.one((*self.homes, *self.homes, GHOST))
        elif chance < 0.35:
            found.setdefault("matchLabels", {})[LABELS + "team"] = self.one(self.namespace_keys["team"])
        elif chance < 0.45:
            operator = self.one(("In", "NotIn", "Exists", "DoesNotExist"))
            key, values = self.one(((NAMESPACE, self.homes), (LABELS + "team", self.namespace_keys["team"])))
            line: Plain = {"key": key, "operator": operator}
            if operator in ("In", "NotIn"):
                line["values"] = [self.one(values)]
            found.setdefault("matchExpressions", []).append(line)
        elif chance < 0.52:
            found.setdefault("matchLabels", {})[ACCOUNT] = self.one(ACCOUNTS)
        elif chance < 0.56:
            operator = self.one(("NotIn", "Exists"))
            line = {"key": ACCOUNT, "operator": operator, **({"values": ["web"]} if operator == "NotIn" else {})}
            found.setdefault("matchExpressions", []).append(line)
        elif chance < 0.6:
            found.setdefault("matchLabels", {})[CLUSTER] = "main"
        elif chance < 0.66:
            found.setdefault("matchLabels", {})[self.one(HIDDEN)] = "x"
        elif chance < 0.7:
            found.setdefault("matchExpressions", []).append({"key": self.one(HIDDEN), "operator": "DoesNotExist"})
        elif chance < 0.75:
            found.setdefault("matchLabels", {})[self.one(("container:app", "cni:app"))] = "a"
        elif chance < 0.85:
            name = self.one(("host", "world", "remote-node", "kube-apiserver", "world-ipv4", "health"))
            if self.often(0.5):
                found = {"matchLabels": {f"reserved:{name}": ""}}
            else:
                operator = self.one(("Exists", "DoesNotExist", "NotIn"))
                line = {"key": f"reserved:{name}", "operator": operator}
                found = {"matchExpressions": [{**line, **({"values": [""]} if operator == "NotIn" else {})}]}
                if self.often(0.3):
                    found["matchLabels"] = {self.one(list(self.pod_keys)): "a"}
        return self.prefixed(found)

    # Entries

    def entry(self, way: str, side: str, denies: bool) -> Plain:
        if self.often(0.06):
            return {}
        found: Plain = {}
        kinds = (
            ["Endpoints"] * 7
            + ["Entities"] * 4
            + ["CIDR"] * 2
            + ["CIDRSet"] * 3
            + ["Nodes", "Groups", "Groups", None, None]
        )
        if way == "egress":
            kinds += ["Services"] if denies else ["Services", *["FQDNs"] * 4]
        kind = self.one(kinds)
        if kind is not None:
            found[side + kind] = [] if self.often(0.05) else self.some(1, 2, lambda: self.cilium_peer(kind))
        if self.often(0.03):
            found[side + "Endpoints"] = []
        if self.often(0.05):
            found["icmps"] = [{"fields": [{"type": 8, "family": "IPv4"}]}]
        elif self.often(0.5) or kind is None:
            found["toPorts"] = self.some(1, 2, lambda: self.item(denies))
        if not denies and self.often(0.04):
            found["authentication"] = {"mode": "required"}
        return found

    def cilium_peer(self, kind: str) -> Plain | str:
        match kind:
            case "Endpoints":
                return self.endpoints()
            case "Entities":
                return self.one(ENTITIES)
            case "CIDR":
                return self.one(CIDRS)
            case "CIDRSet":
                return self.cidr_set()
            case "Nodes":
                return {"matchLabels": {"zone": self.one(("a", "b"))}}
            case "Services":
                return {"k8sService": {"serviceName": "web", "namespace": self.one(self.homes)}}
            case "FQDNs":
                return self.one(({"matchName": "api.example.com"}, {"matchPattern": "*.example.com"}))
            case _:
                return {"aws": {"region": "eu", "securityGroupsIds": [self.one(("sg-1", "sg-2"))]}}

    def cidr_set(self) -> Plain:
        chance = self.random.random()
        cidr = self.one(list(HOLES))
        found: Plain = {"cidr": cidr}
        if chance < 0.3:
            found = {"cidrGroupRef": self.one(GROUPS)}
        elif chance < 0.45:
            found = {"cidrGroupSelector": {"matchLabels": {"kind": self.one(("a", "b", "c"))}}}
        if self.often(0.4):
            found["except"] = [self.one(HOLES[cidr])]
        return found

    def item(self, denies: bool) -> Plain:
        if self.often(0.05):
            return {"ports": []}
        found: Plain = {"ports": self.some(1, 2, self.cilium_port)}
        if not denies and self.often(0.35):
            found |= deepcopy(self.one(ABOVE))
            found["ports"] = [{"port": self.one(("80", "81")), "protocol": "TCP"}]
        return found

    def cilium_port(self) -> Plain:
        found: Plain = {}
        self.put(found, "protocol", lambda: self.one(("TCP", "TCP", "UDP", "SCTP", "ANY")), missing=0.3)
        kind = self.one(("number", "number", "range", "name", "every", "octal"))
        if kind == "number":
            found["port"] = self.one(("53", "80", "81"))
        elif kind == "range":
            found |= {"port": self.one(("1", "80")), "endPort": self.one((80, 90, 65535))}
        elif kind == "name":
            found["port"] = self.one((*PORT_NAMES, "WEB"))
            if self.often(0.2):
                found["endPort"] = 90
        else:
            found["port"] = "0" if kind == "every" else "0120"
        return found

    # Claims

    def claim_about_cilium(self, manifests: list[Plain]) -> Plain | str:
        """A claim about what some entry says, between those whom it means, as far as a claim can name them."""
        policies = [m for m in manifests if m["kind"] in KINDS[:2]]
        policy = self.one(policies)
        rule = self.one([policy["spec"]] if "spec" in policy else policy["specs"])
        if "endpointSelector" not in rule:
            return self.claim(manifests)
        own = self.as_pods(rule["endpointSelector"], policy["metadata"].get("namespace"))
        sections = [(name, way, side) for way, side in WAYS for name in (way, f"{way}Deny") if rule.get(name)]
        name, way, side = self.one(sections)
        if self.often(0.06):
            return {"isolated": {"pods": [own], "directions": way}}
        doubtful = [(n, w, s, e) for n, w, s in sections for e in rule[n] if is_doubtful(e)]
        doubts = bool(doubtful) and self.often(0.85)
        entry = self.one(rule[name])
        if doubts:
            name, way, side, entry = self.one(doubtful)
        others = [
            peer
            for sort in ("Endpoints", "Entities", "CIDR", "CIDRSet", "Groups", "Services", "FQDNs", "Nodes")
            for given in entry.get(side + sort) or []
            for peer in self.as_peers(sort, given, policy["metadata"].get("namespace"))
        ] or [self.one(({"external": {}}, {"podSelector": {}, "namespaceSelector": {}}))]
        items = entry.get("toPorts") or []
        if doubts:
            others = [self.one(others)]
            items = [item for item in items if is_doubtful(item)] or items
        ports = [port for item in items for each in item["ports"] for port in self.as_ports(each)]
        denies = name.endswith("Deny")
        kind = self.one(("never", "never", "always") if denies else ("always", "always", "never", "only"))
        if doubts:
            kind = self.one(("never", "never", "never", "always"))
        body: Plain = {"from": others, "to": [own]} if way == "ingress" else {"from": [own], "to": others}
        return {kind: {**body, "ports": ports} if ports and (doubts or self.often(0.8)) else body}

    def as_pods(self, selector: Plain, home: str | None) -> Plain:
        """As much of a selector as a claim can say."""
        labels = {k.rpartition(":")[2]: v for k, v in (selector.get("matchLabels") or {}).items()}
        kept = {k: v for k, v in labels.items() if k in self.pod_keys and is_seen(k)}
        expressions = [
            {**e, "key": e["key"].rpartition(":")[2]}
            for e in selector.get("matchExpressions") or []
            if e["key"].rpartition(":")[2] in self.pod_keys
        ]
        found: Plain = {"podSelector": {"matchLabels": kept, "matchExpressions": expressions}}
        named = labels.get(NAMESPACE, home)
        team = labels.get(LABELS + "team")
        if team is not None:
            return {**found, "namespaceSelector": {"matchLabels": {"team": team}}}
        return {**found, "namespaces": [named]} if named is not None else {**found, "namespaceSelector": {}}

    def as_peers(self, sort: str, given: Any, home: str | None) -> list[Plain]:
        every: Plain = {"podSelector": {}, "namespaceSelector": {}}
        match sort:
            case "Endpoints":
                return [{"node": {}}] if "reserved:host" in str(given) else [self.as_pods(given, home)]
            case "Entities":
                return [{"node": {}}] if given in ("host", "remote-node") else [self.one(({"external": {}}, every))]
            case "CIDR":
                return [{"ipBlock": {"cidr": given}}]
            case "CIDRSet":
                return [{"ipBlock": {"cidr": given.get("cidr", "203.0.113.0/24")}}]
            case "Nodes":
                return [{"node": {}}]
            case _:
                return [self.one(({"external": {}}, {"external": {}}, every))]

    def as_ports(self, entry: Plain) -> list[Plain]:
        protocol = entry.get("protocol") or "ANY"
        protocol = self.one(("TCP", "UDP")) if protocol == "ANY" else protocol
        if not entry["port"].isdigit():
            return [{"protocol": protocol, "port": entry["port"].lower()}]
        number = 80 if entry["port"] == "0120" else int(entry["port"])
        if number == 0:
            return [{"protocol": protocol}]
        return [{"protocol": protocol, "port": number, **({"endPort": entry["endPort"]} if "endPort" in entry else {})}]
