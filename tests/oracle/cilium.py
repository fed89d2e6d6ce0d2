"""Cilium policies as plain data (docs/semantics.md 6): whom they select and match, and what they make of a connection,
as the set of all that can come of it. Written from the text before there was a reader."""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from . import behind
from .labels import NAME, meets, requirements

Plain = dict[str, Any]

NAMESPACED, CLUSTERWIDE, GROUP = "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy", "CiliumCIDRGroup"
KINDS = (NAMESPACED, CLUSTERWIDE, GROUP)
NO, PERHAPS, YES = "no", "perhaps", "yes"
ALLOW, DENY, PASS = "allow", "deny", "pass"
ACCOUNT = "(service account)"
"""The key under which the labels of a pod hold its account."""
PROFILE = {
    "local_node_ingress": "always",
    "local_node_egress": "policy",
    "host_network": "as_node",
    "self_via_service": "allow",
    "ipblock_pods": "never",
    "ipblock_nodes": "never",
    "named_port_source": "containers",
    "named_port_dup": "one",
    "same_priority": "deny_first",
    "networks_pods": "never",
    "networks_nodes": "never",
    "np_finality": "per_direction",
    "endport": "yes",
}
_SECTIONS = (("ingress", "Ingress", False), ("ingressDeny", "Ingress", True),
             ("egress", "Egress", False), ("egressDeny", "Egress", True))  # fmt: skip
_MEMBERS = ("Endpoints", "CIDR", "CIDRSet", "Entities", "Groups", "Nodes", "Services", "FQDNs")
_AS_MISSING = ("Services", "FQDNs", "Groups")
"""What counts as missing where it is given and empty."""
_NAME_OF_NAMESPACE, _LABEL_OF_NAMESPACE = "io.kubernetes.pod.namespace", "io.cilium.k8s.namespace.labels."
_ACCOUNT, _CLUSTER = "io.cilium.k8s.policy.serviceaccount", "io.cilium.k8s.policy.cluster"
_INCLUDED = (
    "reserved:.*",
    "io\\.kubernetes\\.pod\\.namespace",
    "io\\.cilium\\.k8s\\.namespace\\.labels",
    "app\\.kubernetes\\.io",
    "io\\.cilium\\.k8s\\.policy\\.cluster",
    "io\\.cilium\\.k8s\\.policy\\.serviceaccount",
)
_IGNORED = (
    "io\\.kubernetes",
    "kubernetes\\.io",
    "k8s\\.io",
    ".*beta\\.kubernetes\\.io",
    "statefulset\\.kubernetes\\.io/pod-name",
    "apps\\.kubernetes\\.io/pod-index",
    "batch\\.kubernetes\\.io/job-completion-index",
    "batch\\.kubernetes\\.io/controller-uid",
    "pod-template-generation",
    "pod-template-hash",
    "controller-revision-hash",
    "controller-uid",
    "annotation.*",
    "etcd_node",
)


@cache
def is_seen(key: str) -> bool:
    """The identity filter: the longest included match is longer than the shortest ignored one, from the start of the
    key; what is in neither list is seen."""
    included = [m.end() for m in (re.match(p, key) for p in _INCLUDED) if m]
    ignored = [m.end() for m in (re.match(p, key) for p in _IGNORED) if m]
    if not ignored:
        return True
    return bool(included) and max(included) > min(ignored)


def shown(labels: dict[str, str]) -> dict[str, str]:
    """The labels of a pod that policies see."""
    return {key: value for key, value in labels.items() if key == ACCOUNT or is_seen(key)}


@dataclass(frozen=True, eq=False)
class Arm:
    """One way of an entry to match: its peers, and one item of its ports (None: all), or its icmps."""

    rule: "Rule"
    way: str
    denies: bool
    entry: Plain
    item: Plain | None
    icmps: bool
    layer7: bool
    dns: bool = False
    """What lets DNS itself through for a rule with names."""

    @property
    def side(self) -> str:
        return "from" if self.way == "Ingress" else "to"

    @property
    def member(self) -> str | None:
        """Which sort of peers is given."""
        found = [m for m in _MEMBERS if self.entry.get(self.side + m) is not None]
        found = [m for m in found if self.entry[self.side + m] or m not in _AS_MISSING]
        return found[0] if found else None

    @property
    def closed(self) -> bool:
        """A list that must not be empty is: the entry matches nothing, whatever else it gives."""
        given = (self.entry.get(self.side + m) for m in _MEMBERS if m not in _AS_MISSING)
        return any(each is not None and not each for each in given)

    @property
    def by_cidr(self) -> bool:
        """What is behind a Service may be addresses, too."""
        return self.member in ("CIDR", "CIDRSet", "Services")


@dataclass(frozen=True, eq=False)
class Rule:
    """`spec`, or an item of `specs`. namespace None: of a cluster-wide policy. asks: for a default deny, by way."""

    namespace: str | None
    subject: Plain
    asks: dict[str, bool]
    arms: list[Arm] = field(default_factory=list)


@dataclass
class Fence:
    """All Cilium policies of a cluster. groups: the blocks of CiliumCIDRGroups, by name, and their labels. services:
    Services, and the objects that say what is behind them."""

    rules: list[Rule] = field(default_factory=list)
    services: list[Plain] = field(default_factory=list)
    groups: dict[str, tuple[list[str], Plain]] = field(default_factory=dict)
    is_there: bool = False

    def arms(self, way: str) -> list[Arm]:
        return [arm for rule in self.rules for arm in rule.arms if arm.way == way]


def read(manifests: Iterable[Plain]) -> Fence:
    fence = Fence()
    for manifest in manifests:
        fence.services += [manifest] if manifest["kind"] in behind.KINDS else []
        if manifest["kind"] not in KINDS:
            continue
        fence.is_there = True
        meta = manifest["metadata"]
        if manifest["kind"] == GROUP:
            fence.groups[meta["name"]] = (manifest["spec"]["externalCIDRs"], meta.get("labels") or {})
            continue
        home = (meta.get("namespace") or "default") if manifest["kind"] == NAMESPACED else None
        for spec in [manifest.get("spec"), *(manifest.get("specs") or [])]:
            if spec and spec.get("endpointSelector") is not None:
                fence.rules.append(_rule(spec, home))
    return fence


def _rule(spec: Plain, home: str | None) -> Rule:
    asked = spec.get("enableDefaultDeny") or {}
    asks = {}
    for way in ("Ingress", "Egress"):
        some = any(spec.get(name) for name, of, _ in _SECTIONS if of == way)
        said = asked.get(way.lower())
        asks[way] = some and (said is None or said)
    rule = Rule(home, spec["endpointSelector"], asks)
    for name, way, denies in _SECTIONS:
        for entry in spec.get(name) or []:
            rule.arms.extend(_arms(rule, way, denies, entry))
    return rule


def _arms(rule: Rule, way: str, denies: bool, entry: Plain) -> Iterator[Arm]:
    narrowed = entry.get("authentication") is not None
    for item in entry.get("toPorts") or []:
        deep = any(item.get(k) for k in ("serverNames", "listener", "terminatingTLS", "originatingTLS"))
        deep = deep or any(value is not None for value in (item.get("rules") or {}).values())
        yield Arm(rule, way, denies, entry, item, False, deep or narrowed)
    if entry.get("icmps"):
        yield Arm(rule, way, denies, entry, None, True, narrowed)
    if not entry.get("toPorts") and not entry.get("icmps"):
        yield Arm(rule, way, denies, entry, None, False, narrowed)
    if way == "Egress" and entry.get("toFQDNs"):
        yield Arm(rule, way, False, {}, None, False, False, dns=True)


# Selectors


class Line(NamedTuple):
    source: str
    key: str
    operator: str
    values: tuple[str, ...]


def lines(selector: Plain) -> list[Line]:
    """`source:key`; no source is any."""
    found = []
    for key, operator, values in requirements(selector):
        source, colon, rest = key.partition(":")
        found.append(Line(source if colon else "any", rest if colon else key, operator, values))
    return found


def _speaks_of_namespace(line: Line) -> bool:
    of_namespace = line.key == _NAME_OF_NAMESPACE or line.key.startswith(_LABEL_OF_NAMESPACE)
    return line.source in ("k8s", "any") and of_namespace


class Known(NamedTuple):
    """A label of an identity. value None: nobody can say. perhaps: it may be missing."""

    source: str
    key: str
    value: str | None
    perhaps: bool = False


def identity(end: Any, family: int, same_node: bool) -> list[Known]:
    if end.kind == "pod":
        labels = [Known("k8s", k, v) for k, v in shown(end.labels).items() if k != ACCOUNT]
        labels += [Known("k8s", _LABEL_OF_NAMESPACE + k, v) for k, v in end.namespace.labels.items()]
        account = end.labels.get(ACCOUNT, "default")
        return [*labels, Known("k8s", _NAME_OF_NAMESPACE, end.namespace.name), Known("k8s", _ACCOUNT, account),
                Known("k8s", _CLUSTER, None)]  # fmt: skip
    perhaps = Known("reserved", "kube-apiserver", "", perhaps=True)
    if end.kind == "external":
        return [Known("reserved", "world", ""), Known("reserved", f"world-ipv{family}", ""), perhaps]
    return [Known("reserved", "host" if same_node else "remote-node", ""), perhaps]


def _met(line: Line, labels: list[Known]) -> str:
    answers = set()
    mine = [k for k in labels if k.key == line.key and line.source in ("any", k.source)]
    if not mine:
        return YES if meets(None, line.operator, line.values) else NO
    for known in mine:
        if known.value is None:
            return PERHAPS  # nobody says how the cluster is called
        answers.add(meets(known.value, line.operator, line.values))
        if known.perhaps:
            answers.add(meets(None, line.operator, line.values))
    return PERHAPS if len(answers) > 1 else YES if answers == {True} else NO


def least(answers: Iterable[str]) -> str:
    return min(answers, key=(NO, PERHAPS, YES).index, default=YES)


def most(answers: Iterable[str]) -> str:
    return max(answers, key=(NO, PERHAPS, YES).index, default=NO)


def selected(selector: Plain, home: str | None, end: Any, family: int, same_node: bool) -> str:
    """Whether a selector of peers means the endpoint."""
    said, labels = lines(selector), identity(end, family, same_node)
    met = least(_met(line, labels) for line in said)
    if any(line.source == "reserved" for line in said):
        return met
    if end.kind != "pod":
        return NO
    if home is not None and not any(map(_speaks_of_namespace, said)) and end.namespace.name != home:
        return NO
    return met


def governs(rule: Rule, end: Any) -> str:
    """Whether it is a subject of the rule: its own namespace is forced on labels that say another."""
    if end.kind != "pod":
        return NO
    if rule.namespace is None:
        return selected(rule.subject, None, end, 4, False)
    if end.namespace.name != rule.namespace:
        return NO
    labels = {key: value for key, value in (rule.subject.get("matchLabels") or {}).items() if not _speaks_of_name(key)}
    kept = {"matchLabels": labels, "matchExpressions": rule.subject.get("matchExpressions") or []}
    return least(_met(line, identity(end, 4, False)) for line in lines(kept))


def _speaks_of_name(key: str) -> bool:
    return key in (_NAME_OF_NAMESPACE, f"k8s:{_NAME_OF_NAMESPACE}", f"any:{_NAME_OF_NAMESPACE}")


# Peers and ports


def _in(cidr: str, family: int, address: int) -> bool:
    network = ipaddress.ip_network(cidr, strict=False)
    return network.version == family and int(network.network_address) <= address <= int(network.broadcast_address)


def _outside(end: Any, setting: Any) -> bool:
    """Whether blocks speak of it."""
    if end.kind == "external":
        return True
    return bool(setting["ipblock_pods" if end.kind == "pod" else "ipblock_nodes"] == "match")


def peer_fits(arm: Arm, fence: Fence, end: Any, family: int, address: int, same_node: bool, setting: Any) -> str:
    member = arm.member
    if arm.dns:
        return YES
    if arm.closed:
        return NO
    if member is None:
        if arm.item is not None or arm.icmps:
            return YES
        return YES if setting["cilium_empty_rule"] == "all" else NO
    listed = arm.entry[arm.side + member]
    if member == "Endpoints":
        return most(selected(each, arm.rule.namespace, end, family, same_node) for each in listed)
    if member == "Entities":
        return most(_entity(each, end, same_node) for each in listed)
    if member == "CIDR":
        return most(YES if _in(each, family, address) and _outside(end, setting) else NO for each in listed)
    if member == "CIDRSet":
        return most(_cidr_set(each, fence, end, family, address, setting) for each in listed)
    if member == "Nodes":
        return PERHAPS if listed and end.kind in ("node", "hostpod") and not same_node else NO
    if member == "Services":
        takes = _outside(end, setting)
        return most(behind.to_service(e, fence.services, end, family, address, takes_blocks=takes) for e in listed)
    return PERHAPS if end.kind == "external" else NO


def _entity(name: str, end: Any, same_node: bool) -> str:
    on_node = end.kind in ("node", "hostpod")
    apiserver = PERHAPS if on_node or end.kind == "external" else NO
    return {
        "all": YES,
        "world": YES if end.kind == "external" else NO,
        "host": YES if on_node and same_node else NO,
        "remote-node": YES if on_node and not same_node else NO,
        "cluster": YES if end.kind == "pod" or on_node else apiserver,
        "kube-apiserver": apiserver,
    }.get(name, NO)


def _cidr_set(item: Plain, fence: Fence, end: Any, family: int, address: int, setting: Any) -> str:
    if not _outside(end, setting) or any(_in(hole, family, address) for hole in item.get("except") or []):
        return NO
    if "cidr" in item:
        return YES if _in(item["cidr"], family, address) else NO
    if "cidrGroupRef" in item:
        chosen = [fence.groups[item["cidrGroupRef"]]] if item["cidrGroupRef"] in fence.groups else []
    else:
        wanted = list(requirements(item["cidrGroupSelector"]))
        chosen = [g for g in fence.groups.values() if all(meets(g[1].get(k), o, v) for k, o, v in wanted)]
    if not chosen:
        return PERHAPS
    return YES if any(_in(cidr, family, address) for cidrs, _ in chosen for cidr in cidrs) else NO


def number(text: str) -> int | None:
    """The number that a port is, with a base prefix; None: it is a name."""
    if not text.isdigit():
        return None
    return int(text, 8) if text.startswith("0") and text != "0" else int(text)


def port_fits(arm: Arm, protocol: str, port: int | None, names: Iterable[str]) -> str:
    if arm.dns:
        return PERHAPS if port == 53 else NO
    if arm.icmps:
        return PERHAPS if protocol == "OTHER" else NO
    if arm.item is None:
        return YES
    listed = arm.item.get("ports")
    if not listed:
        return PERHAPS  # what an item without ports means is open
    return YES if any(_port_fits(each, protocol, port, names) for each in listed) else NO


def _port_fits(entry: Plain, protocol: str, port: int | None, names: Iterable[str]) -> bool:
    if port is None or (entry.get("protocol") or "ANY") not in ("ANY", protocol):
        return False
    low = number(entry["port"])
    if low is None:
        return entry["port"].lower() in names
    return low == 0 or low <= port <= max(low, entry.get("endPort") or 0)


# What comes of it


def judged(fires: Iterable[tuple[Arm, str]], lets: bool, isolated: str) -> set[str]:
    """What the Cilium stages come to, in one direction. fires: of each arm; lets: a NetworkPolicy lets it through;
    isolated: whether a rule or a NetworkPolicy asks for a default deny."""
    found = [(arm, how) for arm, how in fires if how != NO]
    plain = [(arm, how) for arm, how in found if not arm.denies and not arm.layer7]
    deep = [how for arm, how in found if not arm.denies and arm.layer7]
    walk = [(DENY, how) for arm, how in found if arm.denies]
    walk += [(ALLOW, how) for arm, how in plain if not arm.by_cidr]
    walk += [(ALLOW, YES)] if lets else []
    walk += [(ALLOW, PERHAPS) for _ in deep] + [(DENY, PERHAPS) for _ in deep]
    walk += [(ALLOW, how) for arm, how in plain if arm.by_cidr]
    walk += [(DENY, how) for how in deep]
    walk += [(DENY, isolated)] if isolated != NO else []
    said = set()
    for action, how in walk:
        said.add(action)
        if how == YES:
            return said
    return said | {PASS}


def isolated(fence: Fence, way: str, end: Any, by_network_policy: bool, setting: Any) -> str:
    if setting["cilium_mode"] == "never":
        return NO
    if by_network_policy or (setting["cilium_mode"] == "always" and end.kind == "pod"):
        return YES
    return most(governs(rule, end) for rule in fence.rules if rule.asks[way])


# What there is to tell apart


def selectors(fence: Fence) -> tuple[list[Plain], list[Plain]]:
    """Every line of every selector, as selectors of pods and of namespaces."""
    by_pod: list[Plain] = []
    by_namespace: list[Plain] = []
    said = [rule.subject for rule in fence.rules]
    for rule in fence.rules:
        for arm in rule.arms:
            said += arm.entry.get(f"{arm.side}Endpoints") or []
    for line in (line for selector in said for line in lines(selector)):
        if line.source not in ("k8s", "any"):
            continue
        key, into = line.key, by_pod
        if line.key == _NAME_OF_NAMESPACE:
            key, into = NAME, by_namespace
        elif line.key.startswith(_LABEL_OF_NAMESPACE):
            key, into = line.key.removeprefix(_LABEL_OF_NAMESPACE), by_namespace
        elif line.key == _ACCOUNT:
            key = ACCOUNT
        elif line.key == _CLUSTER:
            continue
        into.append({"matchExpressions": [{"key": key, "operator": line.operator, "values": list(line.values)}]})
    homes = [rule.namespace for rule in fence.rules if rule.namespace is not None]
    for home, labels in behind.selectors(fence.services) if _names_services(fence) else ():
        homes.append(home)
        by_pod.append({"matchLabels": labels})
    return by_pod, by_namespace + [{"matchLabels": {NAME: home}} for home in homes]


def _names_services(fence: Fence) -> bool:
    return any(arm.member == "Services" for rule in fence.rules for arm in rule.arms)


def cidrs(fence: Fence) -> list[str]:
    found = [cidr for listed, _ in fence.groups.values() for cidr in listed]
    found += behind.cidrs(fence.services) if _names_services(fence) else []
    for rule in fence.rules:
        for arm in rule.arms:
            found += arm.entry.get(f"{arm.side}CIDR") or []
            for item in arm.entry.get(f"{arm.side}CIDRSet") or []:
                found += [*([item["cidr"]] if "cidr" in item else []), *(item.get("except") or [])]
    return [str(ipaddress.ip_network(cidr, strict=False)) for cidr in found]


def ports(fence: Fence) -> tuple[list[int], set[str]]:
    """The numbers at which something can change, and the names."""
    numbers, names = [53] if any(arm.dns for rule in fence.rules for arm in rule.arms) else [], set()
    for rule in fence.rules:
        for arm in rule.arms:
            for entry in (arm.item or {}).get("ports") or []:
                low = number(entry["port"])
                if low is None:
                    names.add(entry["port"].lower())
                elif low:
                    numbers += [low, max(low, entry.get("endPort") or 0)]
    return numbers, names
