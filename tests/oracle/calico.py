"""Calico's policies as plain data (docs/semantics.md 5): tiers in their order, with the policies of Kubernetes among
them, and what they make of one side of a connection."""

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from . import behind, tiers
from .addresses import inside
from .calicoselectors import NO, PERHAPS, UNKNOWN, YES, both, either, meaning, mentioned, negated, of, values_of
from .labels import NAME

Plain = dict[str, Any]
ACCOUNT = "(service account)"
"""Under this key the labels of an endpoint hold the name of its service account."""
PROFILE = {
    "local_node_egress": "policy",
    "host_network": "as_node",
    "ipblock_pods": "match",
    "ipblock_nodes": "match",
    "named_port_source": "all_init",
    "named_port_ipblock": "resolve",
    "same_priority": "by_name",
}
"""What the profile of Calico fixes, which its objects choose (8)."""
NAMESPACED = ("NetworkPolicy", "StagedNetworkPolicy", "StagedKubernetesNetworkPolicy")
"""The kinds of policies that live in a namespace."""
GROUPS = ("projectcalico.org/", "crd.projectcalico.org/")
BUILT_IN = {"kube-admin": (1000, "Pass"), "default": (1000000, "Deny"), "kube-baseline": (10000000, "Pass")}
OF_KUBERNETES = 1000
_LAST = float("inf")
_ACTIONS = {"Allow": tiers.ALLOW, "Deny": tiers.DENY, "Pass": tiers.PASS}
_NUMBERS = {6: "TCP", 17: "UDP", 132: "SCTP"}
_HOME, _ACCOUNT = "projectcalico.org/namespace", "projectcalico.org/serviceaccount"


@dataclass(frozen=True, eq=False)
class Policy:
    kind: str
    namespace: str
    name: str
    tier: str
    order: float
    spec: Plain
    types: tuple[str, ...]

    @property
    def key(self) -> str:
        """Under either API an object has one name, in front of which one of them may store the tier `default`."""
        stored = self.tier == "default" and self.name.startswith("default.")
        name = self.name[len("default.") :] if stored else self.name
        return f"{name}/{self.namespace}/{self.kind}"


@dataclass(frozen=True, eq=False)
class Known:
    """Addresses with labels: a set of networks, or a host endpoint. namespace: None: in none. ports: names that a host
    endpoint has, with protocol and number."""

    namespace: str | None
    labels: dict[str, str]
    cidrs: list[str]
    ports: tuple[tuple[str, str, int], ...] = ()


@dataclass
class Calico:
    tiers: list[tuple[str, str]] = field(default_factory=list)
    """Names in order, and what each does with what nothing in it matches."""
    policies: list[Policy] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)
    accounts: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    namespaces: dict[str, Any] = field(default_factory=dict)
    services: list[Plain] = field(default_factory=list)
    """Services, and the objects that say what is behind them."""
    is_used: bool = False
    """There is an object of Calico."""
    asks_accounts: bool = False
    """A policy, staged or not, asks for the service accounts of pods."""


def is_of(manifest: Plain) -> bool:
    return str(manifest.get("apiVersion", "")).startswith(GROUPS)


def read(manifests: list[Plain], namespaces: dict[str, Any]) -> Calico:
    found = Calico(namespaces=namespaces)
    order: dict[str, tuple[float, str]] = {name: (float(n), action) for name, (n, action) in BUILT_IN.items()}
    for manifest in manifests:
        meta, spec, kind = manifest.get("metadata") or {}, manifest.get("spec") or {}, manifest["kind"]
        if kind == "ServiceAccount":
            found.accounts[meta.get("namespace") or "default", meta["name"]] = meta.get("labels") or {}
        found.services += [manifest] if kind in behind.KINDS else []
        if not is_of(manifest):
            continue
        found.is_used = True
        said = str(spec)
        found.asks_accounts |= any(word in said for word in ("serviceAccount", "pcsa.", _ACCOUNT))
        home = meta.get("namespace") or "default"
        if kind == "Tier" and meta["name"] not in BUILT_IN:
            given = spec.get("order")
            order[meta["name"]] = (_LAST if given is None else given, spec.get("defaultAction") or "Deny")
        elif kind in ("NetworkSet", "GlobalNetworkSet"):
            inside_of = home if kind == "NetworkSet" else None
            found.known.append(Known(inside_of, meta.get("labels") or {}, spec.get("nets") or []))
        elif kind == "HostEndpoint":
            cidrs = [str(ipaddress.ip_network(address)) for address in spec.get("expectedIPs") or []]
            ports = tuple((p["name"], _NUMBERS.get(p["protocol"], p["protocol"]), p["port"])
                          for p in spec.get("ports") or [])  # fmt: skip
            found.known.append(Known(None, meta.get("labels") or {}, cidrs, ports))
        elif kind in ("NetworkPolicy", "GlobalNetworkPolicy"):
            namespace = home if kind == "NetworkPolicy" else ""
            given = spec.get("order")
            found.policies.append(
                Policy(
                    kind,
                    namespace,
                    meta["name"],
                    spec.get("tier") or "default",
                    _LAST if given is None else given,
                    spec,
                    _types(spec),
                )
            )
    found.tiers = [(name, order[name][1]) for name in sorted(order, key=lambda name: (order[name][0], name))]
    return found


def _types(spec: Plain) -> tuple[str, ...]:
    if spec.get("preDNAT") or spec.get("doNotTrack"):
        return ()
    if spec.get("types"):
        return tuple(spec["types"])
    if not spec.get("egress"):
        return ("Ingress",)
    return ("Ingress", "Egress") if spec.get("ingress") else ("Egress",)


def rules(policy: Policy, way: str) -> list[Plain]:
    return list(policy.spec.get(way.lower()) or []) if way in policy.types else []


# Labels


def _of_namespace(name: str, labels: Any) -> Callable[[str], str | None]:
    """What the labels of a namespace are, as `pcns.` gives them; `labels` None: nobody has said them."""

    def get(key: str) -> str | None:
        if key in ("projectcalico.org/name", NAME):
            return name
        if labels is None:
            return UNKNOWN
        found: str | None = labels.get(key)
        return found

    return get


def labels_of(calico: Calico, end: Any) -> Callable[[str], str | None]:
    """What the labels of a pod are to Calico."""
    home, account = end.namespace.name, end.labels.get(ACCOUNT, "default")
    of_namespace = _of_namespace(home, end.namespace.labels)

    def get(key: str) -> str | None:
        found: str | None
        match key:
            case "projectcalico.org/namespace":
                return str(home)
            case "projectcalico.org/orchestrator":
                return "k8s"
            case "projectcalico.org/serviceaccount" | "pcsa.projectcalico.org/name":
                return str(account)
        if key.startswith("pcns."):
            return of_namespace(key.removeprefix("pcns."))
        if key.startswith("pcsa."):
            if (home, account) not in calico.accounts:
                return UNKNOWN
            return calico.accounts[home, account].get(key.removeprefix("pcsa."))
        found = end.labels.get(key)
        return found

    return get


def _of_known(calico: Calico, known: Known) -> Callable[[str], str | None]:
    def get(key: str) -> str | None:
        if known.namespace is None:
            return known.labels.get(key)
        if key == _HOME:
            return known.namespace
        if key.startswith("pcns."):
            labels = calico.namespaces.get(known.namespace)
            return _of_namespace(known.namespace, labels)(key.removeprefix("pcns."))
        return known.labels.get(key)

    return get


# Whom policies select, and whom rules speak of


@dataclass(frozen=True)
class Selector:
    """Texts that must all hold: each with what stands before its keys, and the key that `all()` asks for."""

    parts: tuple[tuple[str, str, str], ...]

    def __call__(self, get: Callable[[str], str | None]) -> str:
        return both(*(meaning(text, prefix, everybody)(get) for text, prefix, everybody in self.parts))


def _own(text: str) -> tuple[str, str, str]:
    return text, "", ""


def _namespaced(text: str) -> tuple[str, str, str]:
    return text, "pcns.", _HOME


def _by_account(text: str) -> tuple[str, str, str]:
    return text, "pcsa.", _ACCOUNT


def subject_of(policy: Policy) -> Selector:
    spec, parts = policy.spec, [_own(policy.spec.get("selector") or "")]
    if policy.namespace:
        parts.append(_own(f'{_HOME} == "{policy.namespace}"'))
    if spec.get("namespaceSelector"):
        parts.append(_namespaced(spec["namespaceSelector"]))
    if spec.get("serviceAccountSelector"):
        parts.append(_by_account(spec["serviceAccountSelector"]))
    return Selector(tuple(parts))


def positive(policy: Policy, entity: Plain) -> Selector | None:
    """P of 5.3; None: anybody at all."""
    parts = [_own(entity["selector"])] if entity.get("selector") else []
    accounts = entity.get("serviceAccounts")
    if accounts is not None:
        if accounts.get("names"):
            listed = ", ".join(f'"{name}"' for name in accounts["names"])
            parts.append(_own(f"{_ACCOUNT} in {{{listed}}}"))
        if accounts.get("selector"):
            parts.append(_by_account(accounts["selector"]))
    if entity.get("namespaceSelector"):
        parts.append(_namespaced(entity["namespaceSelector"]))
    elif policy.namespace and (entity.get("selector") or accounts is not None or entity.get("notSelector")):
        parts.append(_own(f'{_HOME} == "{policy.namespace}"'))
    return Selector(tuple(parts)) if parts else None


def selects(calico: Calico, policy: Policy, end: Any) -> str:
    return subject_of(policy)(labels_of(calico, end)) if end.kind == "pod" else NO


def among(calico: Calico, who: Selector, end: Any, family: int, address: int) -> str:
    """a(y) ∈ IPs(s)."""
    found = [who(labels_of(calico, end))] if end.kind == "pod" else []
    here = (known for known in calico.known if any(inside(cidr, family, address) for cidr in known.cidrs))
    found += [who(_of_known(calico, known)) for known in here]
    return either(*found)


@dataclass(frozen=True)
class Side:
    """An end with the address that policies see."""

    end: Any
    family: int
    address: int


@dataclass(frozen=True)
class Packet:
    source: Side
    destination: Side
    protocol: str
    port: int | None
    names: frozenset[str]
    """What the destination calls this port."""
    may_hide: bool = False
    """Outside clients may show the address of a node."""


def matched(calico: Calico, policy: Policy, rule: Plain, packet: Packet) -> str:
    """match(R, c) of 5.3."""
    source, destination = rule.get("source") or {}, rule.get("destination") or {}
    found = [of(_family(rule) in (None, packet.source.family))]
    if rule.get("protocol") is not None:
        found.append(_protocol(rule["protocol"], packet.protocol))
    if rule.get("notProtocol") is not None:
        found.append(negated(_protocol(rule["notProtocol"], packet.protocol)))
    if rule.get("icmp") is not None:
        found.append(PERHAPS if packet.protocol == "OTHER" else NO)
    if rule.get("notICMP") is not None:
        found.append(PERHAPS if packet.protocol == "OTHER" else YES)
    if rule.get("http") is not None:
        found.append(PERHAPS)
    if NO in found:
        return NO
    found.append(_entity(calico, policy, source, packet.source))
    found.append(_entity(calico, policy, destination, packet.destination))
    for entity, side, as_source in ((source, packet.source, True), (destination, packet.destination, False)):
        if entity.get("services") is not None:
            found.append(
                behind.endpoints(
                    entity["services"], policy.namespace, calico.services, side, packet, as_source=as_source
                )
            )
    found += [PERHAPS for name in ("ports", "notPorts") if source.get(name)]
    if destination.get("ports"):
        found.append(_ports(calico, destination["ports"], packet))
    if destination.get("notPorts"):
        found.append(negated(_ports(calico, destination["notPorts"], packet)))
    return both(*found)


def cidrs_of(rule: Plain) -> list[str]:
    ends = (rule.get("source") or {}, rule.get("destination") or {})
    return [cidr for entity in ends for name in ("nets", "notNets") for cidr in entity.get(name) or []]


def _family(rule: Plain) -> int | None:
    families = {ipaddress.ip_network(cidr).version for cidr in cidrs_of(rule)}
    if rule.get("ipVersion") is not None:
        families.add(rule["ipVersion"])
    if len(families) > 1:
        return 0
    return next(iter(families), None)


def _protocol(spelled: Any, protocol: str) -> str:
    word = _NUMBERS.get(spelled, spelled)
    if word in ("TCP", "UDP", "SCTP"):
        return of(word == protocol)
    return PERHAPS if protocol == "OTHER" else NO


def _ports(calico: Calico, listed: list[Any], packet: Packet) -> str:
    found = []
    there = packet.destination
    hosts = [k for k in calico.known if any(inside(cidr, there.family, there.address) for cidr in k.cidrs)]
    of_host = {name for k in hosts for name, *where in k.ports if where == [packet.protocol, packet.port]}
    for port in listed:
        low, _, high = str(port).partition(":")
        if not low.isdigit():
            pod = packet.destination.end.kind == "pod"
            found.append(of((pod and packet.port is not None and port in packet.names) or port in of_host))
        elif packet.port is None:
            found.append(PERHAPS)
        else:
            found.append(of(int(low) <= packet.port <= int(high or low)))
    return either(*found)


def _entity(calico: Calico, policy: Policy, entity: Plain, side: Side) -> str:
    where = (side.end, side.family, side.address)
    found = []
    if entity.get("nets"):
        found.append(of(any(inside(cidr, *where[1:]) for cidr in entity["nets"])))
    if entity.get("notNets"):
        found.append(of(not any(inside(cidr, *where[1:]) for cidr in entity["notNets"])))
    if NO in found:
        return NO
    who = positive(policy, entity)
    if who is not None:
        found.append(among(calico, who, *where))
    if entity.get("notSelector"):
        found.append(negated(among(calico, Selector((_own(entity["notSelector"]),)), *where)))
    return both(*found)


# Tiers


Entry = tuple[float, str, list[tuple[str, str]], str, bool]
"""Order, key, actions with whether they fire, whether the policy selects the subject, and whether it may be tied."""


def pipeline(
    calico: Calico,
    way: str,
    packet: Packet,
    kubernetes: Iterable[tuple[str, str, bool, bool]],
    cluster_wide: Iterable[tuple[tiers.Tiered, bool, list[tuple[str, str]]]],
    setting: Any,
    hairpin: bool,
) -> frozenset[bool]:
    """All that can come of one side. kubernetes: of each NetworkPolicy its name and namespace, whether it isolates the
    subject, and whether it lets the connection through. cluster_wide: of each policy of sig-network whether it selects
    the subject, and its actions with whether they fire."""
    subject = (packet.destination if way == "Ingress" else packet.source).end
    entries: dict[str, list[Entry]] = {name: [] for name, _ in calico.tiers}
    for policy in calico.policies:
        if way in policy.types:
            chosen = selects(calico, policy, subject)
            fires = [
                (_ACTIONS[rule["action"]], NO if chosen == NO else both(chosen, matched(calico, policy, rule, packet)))
                for rule in rules(policy, way)
                if rule["action"] != "Log"
            ]
            entries[policy.tier].append((policy.order, policy.key, fires, chosen, False))
    exact = any(order == OF_KUBERNETES for order, *_ in entries["default"])
    for name, namespace, isolates, lets in kubernetes:
        prefix = "knp.default." if exact and setting["calico_np_name"] == "knp" else ""
        key = f"{prefix}{name}/{namespace}/KubernetesNetworkPolicy"
        entries["default"].append((OF_KUBERNETES, key, [(tiers.ALLOW, of(lets))], of(isolates), False))
    for wide, chosen_too, listed in cluster_wide:
        tier = {"Admin": "kube-admin", "Baseline": "kube-baseline"}[wide.tier]
        entries[tier].append((wide.order[1], f"{wide.name}//{wide.kind}", listed, of(chosen_too), True))
    ends: set[bool] = set()
    for name, default in calico.tiers:
        if name == "default" and hairpin:
            continue
        said = _tier(entries[name], _ACTIONS[default], setting)
        ends |= {action == tiers.ALLOW for action in said - {tiers.PASS}}
        if tiers.PASS not in said:
            return frozenset(ends)
    return frozenset(ends | {True})


def isolated(calico: Calico, way: str, end: Any, by_network_policy: bool) -> str:
    """Whether a tier that denies what nothing in it matches speaks of the endpoint."""
    closing = {name for name, default in calico.tiers if default == "Deny"}
    speaking = (p for p in calico.policies if p.tier in closing and way in p.types)
    return either(of(by_network_policy), *(selects(calico, policy, end) for policy in speaking))


def _tier(entries: list[Entry], default: str, setting: Any) -> set[str]:
    applying = either(*(chosen for _, _, _, chosen, _ in entries))
    if applying == NO:
        return {tiers.PASS}
    said: set[str] = set() if applying == YES else {tiers.PASS}
    ordered = sorted(entries, key=lambda entry: (entry[0], entry[1].encode()))
    for _, equal in groupby(ordered, key=lambda entry: entry[0]):
        for some in _together([entry for entry in equal if entry[2]]):
            results = tuple(frozenset(tiers.walk(fires)) for _, _, fires, _, _ in some)
            result = tiers.tied(results, setting["same_priority"] if len(some) > 1 and _apart(results) else "any")
            said |= result - {tiers.NONE}
            if tiers.NONE not in result:
                return said
    return said | {default}


def _together(group: list[Entry]) -> list[list[Entry]]:
    """Policies of one order, by name, each alone; but those that may be tied with all that stand between them."""
    numbers = [number for number, entry in enumerate(group) if entry[4]]
    if len(numbers) < 2:
        return [[one] for one in group]
    before, tied, after = group[: numbers[0]], group[numbers[0] : numbers[-1] + 1], group[numbers[-1] + 1 :]
    return [*([one] for one in before), tied, *([one] for one in after)]


def _apart(results: tuple[frozenset[str], ...]) -> bool:
    return len({action for result in results for action in result - {tiers.NONE}}) > 1


# What can be told apart


def selector_texts(calico: Calico) -> Iterator[tuple[str, str]]:
    """Every selector of the policies, with what stands before its keys."""
    for policy in calico.policies:
        entities = [
            rule.get(end) or {} for way in ("Ingress", "Egress") for rule in rules(policy, way) for end in _ENDS
        ]
        whos = [subject_of(policy), *(who for e in entities if (who := positive(policy, e)) is not None)]
        yield from ((text, prefix) for who in whos for text, prefix, _ in who.parts)
        yield from ((entity["notSelector"], "") for entity in entities if entity.get("notSelector"))


_ENDS = ("source", "destination")


def words(calico: Calico) -> dict[str, set[str]]:
    """Every key that selectors ask for, with values that they tell apart."""
    found = {key: values_of(asked) for key, asked in _looked(calico).items()}
    if calico.asks_accounts:
        found.setdefault(_ACCOUNT, set()).update(name for _, name in calico.accounts)
    return found


def _looked(calico: Calico) -> dict[str, set[tuple[str, str]]]:
    looked: dict[str, set[tuple[str, str]]] = {}
    for text, prefix in selector_texts(calico):
        for key, asked in mentioned(text, prefix).items():
            looked.setdefault(_ALIKE.get(key, key), set()).update(asked)
    return looked


def named_namespaces(calico: Calico) -> set[str]:
    """The namespaces that selectors name: what a name begins with, say, names none."""
    homes = {home for home, _ in behind.selectors(calico.services)} if names_services(calico) else set()
    return homes | {text for how, text in _looked(calico).get(_HOME, ()) if how == "is"}


_ALIKE = {"pcns.projectcalico.org/name": _HOME, "pcsa.projectcalico.org/name": _ACCOUNT}
"""Keys under which one thing is said twice."""


def cidrs(calico: Calico) -> list[str]:
    """Every block of addresses that they can tell apart."""
    of_rules = [cidr for p in calico.policies for way in p.types for rule in rules(p, way) for cidr in cidrs_of(rule)]
    of_rules += behind.cidrs(calico.services) if names_services(calico) else []
    return of_rules + [cidr for known in calico.known for cidr in known.cidrs]


def names_services(calico: Calico) -> bool:
    """True iff a rule names a Service."""
    listed = [rule for p in calico.policies for way in p.types for rule in rules(p, way)]
    return any((rule.get(end) or {}).get("services") is not None for rule in listed for end in _ENDS)


def port_words(calico: Calico) -> tuple[list[int], set[str]]:
    """Every number and name of a port."""
    numbers, names = behind.numbers(calico.services) if names_services(calico) else [], set()
    numbers += [number for known in calico.known for _, _, number in known.ports]
    for policy in calico.policies:
        for way in policy.types:
            for rule in rules(policy, way):
                entity = rule.get("destination") or {}
                for port in [*(entity.get("ports") or []), *(entity.get("notPorts") or [])]:
                    low, _, high = str(port).partition(":")
                    if low.isdigit():
                        numbers += [int(low), int(high or low)]
                    else:
                        names.add(port)
    return numbers, names
