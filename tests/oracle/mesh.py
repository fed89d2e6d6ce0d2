"""Istio's AuthorizationPolicies and PeerAuthentications as plain data (docs/semantics.md 7): what a proxy in front of a
pod makes of a connection, as the set of all that can come of it.

Whether a source shows an identity is one unknown of the connection; whatever else nobody can say counts for itself in
each place where it stands.
"""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from .addresses import inside
from .labels import matches
from .meshroots import ROOT, root_of

Plain = dict[str, Any]

KINDS = ("AuthorizationPolicy", "PeerAuthentication")
GROUP = "security.istio.io/"
ACCOUNT, INJECTED = "(service account)", "annotation sidecar.istio.io/inject"
"""What is kept among the labels of a pod, under keys that no label can have."""
INJECT = "sidecar.istio.io/inject"
NO, PERHAPS, YES = "no", "perhaps", "yes"

IDENTITY = ("principals", "namespaces", "serviceAccounts")
HTTP = ("hosts", "methods", "paths", "requestPrincipals")
WHEN = {
    "source.ip": "ipBlocks",
    "source.namespace": "namespaces",
    "source.principal": "principals",
    "source.serviceAccount": "serviceAccounts",
    "destination.port": "ports",
    "destination.ip": "destination.ip",
}
DRY_RUN = ("1", "t", "T", "TRUE", "true", "True")


@dataclass(frozen=True)
class Caller:
    """Of a source: whether it can show an identity, its namespace, its account, and the blocks its address is in."""

    shows: bool
    namespace: str | None
    account: str | None
    blocks: frozenset[str]


@dataclass(frozen=True)
class Callee:
    """Of a destination: its namespace where a proxy stands in front of it, the policies that select it (by number), and
    the blocks that its address is in."""

    namespace: str | None
    selected: frozenset[int]
    blocks: frozenset[str]


@dataclass
class Mesh:
    """declared: the names of namespaces that are; accounts: those that pods of the input have, or policies name."""

    policies: list[Plain] = field(default_factory=list)
    declared: set[str] = field(default_factory=set)
    accounts: set[str] = field(default_factory=set)
    root: str = ROOT
    injected: set[str] = field(default_factory=set)
    """The values of the annotation that pods of the input carry."""
    _known: dict[object, frozenset[bool]] = field(default_factory=dict)

    # What can be told apart

    def selectors(self) -> tuple[list[Plain], list[Plain]]:
        """All selectors of pods, and all of namespaces."""
        if not self.policies:
            return [], []
        by_pod = [p["spec"]["selector"] for p in self.policies if (p.get("spec") or {}).get("selector")]
        by_pod += [_one(INJECT, "true"), _one(INJECT, "false")]
        by_pod += [_one(INJECTED, value) for value in ("true", "false") if self.injected]
        if self.asks_accounts():
            by_pod += [_one(ACCOUNT, name) for name in sorted(self.accounts)]
        named = sorted({name for test in self.tests() for name in self._names(*test)})
        names = [_one("kubernetes.io/metadata.name", name) for name in (*named, *self._homes())]
        return by_pod, [_one("istio-injection", "enabled"), _one("istio.io/dataplane-mode", "ambient"), *names]

    def _homes(self) -> list[str]:
        return sorted({home(p) for p in self.policies})

    def asks_accounts(self) -> bool:
        return any(name in ("principals", "serviceAccounts") for name, _, _ in self.tests())

    def tests(self) -> Iterator[tuple[str, list[str], Plain]]:
        """Every field of every rule: what it asks for, its values, and the policy."""
        for policy in self.policies:
            for rule in (policy.get("spec") or {}).get("rules") or []:
                for group in _groups(rule):
                    for tests in group:
                        yield from ((name, values, policy) for name, values, _ in tests)

    def _names(self, name: str, values: list[str], policy: Plain) -> Iterator[str]:
        for value in values:
            if name == "namespaces" and "*" not in value:
                yield value
            if name == "serviceAccounts":
                yield _account(value, policy)[0]
            if name == "principals":
                yield from (found[1] for found in [_principal(value)] if found is not None and _is_plain(found[1]))

    def cidrs(self) -> list[str]:
        return self._cidrs

    @cached_property
    def _cidrs(self) -> list[str]:
        found = (
            value for name, values, _ in self.tests() if name in ("ipBlocks", "destination.ip") for value in values
        )
        return sorted({str(ipaddress.ip_network(value, strict=False)) for value in found})

    def ports(self) -> list[int]:
        return self._ports

    @cached_property
    def _ports(self) -> list[int]:
        found = [int(value) for name, values, _ in self.tests() if name == "ports" for value in values]
        return found + [
            int(p) for policy in self.policies for p in (policy.get("spec") or {}).get("portLevelMtls") or {}
        ]

    # The facts of both ends

    def caller(self, end: Any, family: int, address: int, setting: Any) -> Caller | None:
        if not self.policies:
            return None
        name = end.namespace.name if end.namespace is not None else None
        shows = end.kind == "pod" and in_mesh(end, setting)
        return Caller(shows, name, end.labels.get(ACCOUNT), self._blocks(family, address))

    def callee(self, end: Any, family: int, address: int, setting: Any) -> Callee | None:
        if not self.policies:
            return None
        if end.kind != "pod" or not in_mesh(end, setting):
            return Callee(None, frozenset(), frozenset())
        name = end.namespace.name
        selected = (
            i
            for i, p in enumerate(self.policies)
            if _reaches(p, name, self.root) and matches((p.get("spec") or {}).get("selector") or {}, end.labels)
        )
        return Callee(name, frozenset(selected), self._blocks(family, address))

    def _blocks(self, family: int, address: int) -> frozenset[str]:
        return frozenset(cidr for cidr in self.cidrs() if inside(cidr, family, address))

    def ported(self, protocol: str, port: int | None) -> object:
        """What of a port the policies can tell."""
        return protocol == "TCP" and frozenset(number for number in self.ports() if number == port)

    # What comes of a connection

    def outcomes(
        self, caller: Caller | None, callee: Callee | None, protocol: str, port: int | None, setting: Any
    ) -> frozenset[bool]:
        """istio_allow(c), whatever holds of what nobody can say."""
        if caller is None or callee is None or callee.namespace is None or protocol != "TCP":
            return frozenset({True})
        key = (caller, callee, port, setting.get("istio_dataplane"))
        if key not in self._known:
            identities = [False, True] if caller.shows else [False]
            some = [self._asked(_Call(self, caller, callee, port, shown, setting)) for shown in identities]
            self._known[key] = frozenset().union(*some)
        return self._known[key]

    def _asked(self, call: "_Call") -> frozenset[bool]:
        policies = [p for i, p in enumerate(self.policies) if i in call.callee.selected]
        denied = [call.strict(policies)] if not call.shown else []
        allows = []
        for policy in policies:
            action = in_force(policy)
            if action == "WAYPOINT":
                denied.append(PERHAPS)
            elif action == "CUSTOM" and setting_is(call.setting, "sidecar"):
                denied.append(both([PERHAPS, call.matches(policy)]))
            elif action == "DENY":
                denied.append(call.matches(policy))
            elif action == "ALLOW":
                allows.append(call.matches(policy))
        refused, allowed = either(denied), either(allows) if allows else YES
        rest = {YES: {True}, NO: {False}, PERHAPS: {True, False}}[allowed]
        return frozenset({YES: {False}, NO: rest, PERHAPS: rest | {False}}[refused])


@dataclass(frozen=True)
class _Call:
    """One connection, and whether its source shows an identity."""

    mesh: Mesh
    caller: Caller
    callee: Callee
    port: int | None
    shown: bool
    setting: Any

    def matches(self, policy: Plain) -> str:
        return either(self.rule(rule, policy) for rule in (policy.get("spec") or {}).get("rules") or [])

    def rule(self, rule: Plain, policy: Plain) -> str:
        groups = list(_groups(rule))
        of_http = any(is_http(name) for group in groups for tests in group for name, _, _ in tests)
        if not of_http:
            return self.groups(groups, policy)
        sidecar = setting_is(self.setting, "sidecar")
        if action_of(policy) != "DENY":  # on plain TCP it is left out
            return both([PERHAPS, self.groups(groups, policy)]) if sidecar else NO
        if sidecar:  # on plain TCP its fields are left out
            return self.groups(groups, policy)
        left = [[[t for t in tests if not is_http(t[0])] for tests in group] for group in groups]
        return self.groups([[tests for tests in group if tests] for group in left], policy)

    def groups(self, groups: Any, policy: Plain) -> str:
        """Each group of alternatives has one all of whose fields hold."""
        return both(either(both(self.test(*test, policy) for test in tests) for tests in group) for group in groups)

    def test(self, name: str, values: list[str], negated: bool, policy: Plain) -> str:
        found = either(self.value(name, value, policy) for value in values)
        return {YES: NO, NO: YES}.get(found, PERHAPS) if negated else found

    def value(self, name: str, value: str, policy: Plain) -> str:
        caller = self.caller
        if name == "ports":
            return _if(int(value) == self.port)
        if name in ("ipBlocks", "destination.ip"):
            blocks = caller.blocks if name == "ipBlocks" else self.callee.blocks
            return _if(str(ipaddress.ip_network(value, strict=False)) in blocks)
        if name in IDENTITY or name == "trustDomains":
            if not self.shown:
                return NO
            if name == "namespaces":
                return self._namespace(value)
            if name == "serviceAccounts":
                return both(_if(a == b) for a, b in zip(_account(value, policy), self._who(), strict=True))
            if name == "principals":
                return self._principal(value)
            return YES if value == "*" else PERHAPS
        return PERHAPS

    def _who(self) -> tuple[str | None, str | None]:
        return self.caller.namespace, self.caller.account

    def _namespace(self, pattern: str) -> str:
        return _name_fits(pattern, self.caller.namespace, self.mesh.declared)

    def _principal(self, pattern: str) -> str:
        """TRUST-DOMAIN/ns/NS/sa/NAME; what the trust domain is, nobody says."""
        found = _principal(pattern)
        if found is None:
            return NO
        domain, namespace, account = found
        fits = [self._namespace(namespace), _name_fits(account, self.caller.account, self.mesh.accounts)]
        return both([YES if domain == "*" else PERHAPS, *fits])

    # Mutual TLS

    def strict(self, policies: list[Plain]) -> str:
        """Whether the destination takes nobody without an identity, on this port: pod over namespace over root."""
        mine = [p for p in policies if p["kind"] == KINDS[1]]
        root = [p for p in mine if home(p) == self.mesh.root and not _selects(p)]
        here = [p for p in mine if home(p) != self.mesh.root and not _selects(p)]
        pods = [p for p in mine if home(p) != self.mesh.root and _selects(p)]
        found = NO
        for level in (root, here, pods):
            found = self._level(level, found)
        return found

    def _level(self, level: list[Plain], above: str) -> str:
        """The oldest of equals decides; of those whose age nobody says, any may."""
        first = [p for p in level if not any(_is_older(other, p) for other in level)]
        said = {self._mode(p, above) for p in first} or {above}
        return said.pop() if len(said) == 1 else PERHAPS

    def _mode(self, policy: Plain, above: str) -> str:
        spec = policy.get("spec") or {}
        whole = (spec.get("mtls") or {}).get("mode") or "UNSET"
        ports = {
            int(number): (mtls or {}).get("mode") or "UNSET"
            for number, mtls in (spec.get("portLevelMtls") or {}).items()
        }
        mode = ports.get(self.port or 0, "UNSET")
        mode = whole if mode == "UNSET" else mode
        return above if mode == "UNSET" else _if(mode == "STRICT")


def setting_is(setting: Any, dataplane: str) -> bool:
    return bool(setting["istio_dataplane"] == dataplane)


def in_mesh(end: Any, setting: Any) -> bool:
    if setting["istio_mesh"] == "all":
        return True
    said = end.labels.get(INJECT)
    said = said if said in ("true", "false") else end.labels.get(INJECTED)
    if said in ("true", "false"):
        return bool(said == "true")
    labels = end.namespace.labels
    return labels.get("istio-injection") == "enabled" or labels.get("istio.io/dataplane-mode") == "ambient"


def home(policy: Plain) -> str:
    return policy["metadata"].get("namespace") or "default"


def _reaches(policy: Plain, namespace: str, root: str) -> bool:
    """A waypoint can serve pods of every namespace; what is meant for a Service those of its own."""
    spec = policy.get("spec") or {}
    targets = [*(spec.get("targetRefs") or []), *([spec["targetRef"]] if spec.get("targetRef") else [])]
    if targets:
        return home(policy) == namespace or any(t["kind"] in ("Gateway", "GatewayClass") for t in targets)
    return home(policy) in (namespace, root)


def action_of(policy: Plain) -> str:
    return (policy.get("spec") or {}).get("action") or "ALLOW"


def in_force(policy: Plain) -> str | None:
    """What the policy does at the pods that it selects; None: nothing."""
    annotations = policy["metadata"].get("annotations") or {}
    spec = policy.get("spec") or {}
    if policy["kind"] != KINDS[0] or annotations.get("istio.io/dry-run") in DRY_RUN or action_of(policy) == "AUDIT":
        return None
    return "WAYPOINT" if spec.get("targetRefs") or spec.get("targetRef") else action_of(policy)


def is_http(name: str) -> bool:
    return name in HTTP or name.startswith("request.")


def _groups(rule: Plain) -> Iterator[list[list[tuple[str, list[str], bool]]]]:
    """Sources, operations, and each condition: lists of alternatives, of fields that are joined."""
    for part, inner in (("from", "source"), ("to", "operation")):
        if rule.get(part):
            yield [list(_fields(item[inner])) for item in rule[part]]
    for condition in rule.get("when") or []:
        name = WHEN.get(condition["key"], condition["key"])
        both_lists = ((condition.get("values"), False), (condition.get("notValues"), True))
        yield [[(name, values, negated) for values, negated in both_lists if values]]


def _fields(given: Plain) -> Iterator[tuple[str, list[str], bool]]:
    for name, values in given.items():
        negated = name.startswith("not") and name[3:4].isupper()
        plain = name[3:4].lower() + name[4:] if negated else name
        if values:
            yield plain, values, negated


def _one(key: str, value: str) -> Plain:
    return {"matchLabels": {key: value}}


def _account(value: str, policy: Plain) -> tuple[str, str]:
    namespace, slash, name = value.rpartition("/")
    return (namespace if slash else home(policy)), name


def _principal(pattern: str) -> tuple[str, str, str] | None:
    """The patterns of the trust domain, the namespace and the account; None: nobody can be called so."""
    if pattern == "*":
        return "*", "*", "*"
    for end in ("first", "last"):
        if pattern.startswith("*") if end == "last" else pattern.endswith("*") and not pattern.startswith("*"):
            text = pattern[1:] if end == "last" else pattern[:-1]
            parts = text.split("/")
            whole = ["*", "ns", "*", "sa", "*"]
            if len(parts) > 5 or "*" in text:
                return None
            where = range(5 - len(parts), 5) if end == "last" else range(len(parts))
            edge = where[0] if end == "last" else where[-1]
            for place, part in zip(where, parts, strict=True):
                word = whole[place]
                if place == edge and word in ("ns", "sa"):
                    if not (word.endswith(part) if end == "last" else word.startswith(part)):
                        return None
                elif place == edge:
                    whole[place] = f"*{part}" if end == "last" else f"{part}*"
                elif word in ("ns", "sa") and part != word:
                    return None
                else:
                    whole[place] = part
            return whole[0].replace("**", "*"), whole[2].replace("**", "*"), whole[4].replace("**", "*")
    parts = pattern.split("/")
    fits = len(parts) == 5 and (parts[1], parts[3]) == ("ns", "sa")
    return (parts[0], parts[2], parts[4]) if fits else None


def _is_plain(name: str) -> bool:
    return "*" not in name


def _name_fits(pattern: str, name: str | None, known: Iterable[str]) -> str:
    """A name that is not known stands for all such, some of which a pattern can fit."""
    if pattern == "*":
        return YES
    if _is_plain(pattern):
        return _if(name == pattern)
    if name not in known:
        return PERHAPS
    return _if(re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), str(name)) is not None)


def _selects(policy: Plain) -> bool:
    return bool(((policy.get("spec") or {}).get("selector") or {}).get("matchLabels"))


def _is_older(one: Plain, other: Plain) -> bool:
    times = [p["metadata"].get("creationTimestamp") for p in (one, other)]
    return None not in times and times[0] < times[1]


def mesh_of(manifests: list[Plain], declared: Iterable[str], labels: list[dict[str, str]]) -> Mesh:
    """declared: the names of declared namespaces; labels: of the pods of the input."""
    policies = [m for m in manifests if is_of_mesh(m)]
    mesh = Mesh(policies, set(declared))
    mesh.root = root_of(manifests)
    mesh.accounts = {"default", *(some[ACCOUNT] for some in labels if ACCOUNT in some)}
    mesh.injected = {some[INJECTED] for some in labels if INJECTED in some}
    for name, values, policy in mesh.tests():
        if name == "serviceAccounts":
            mesh.accounts |= {_account(value, policy)[1] for value in values}
        if name == "principals":
            found = [parsed[2] for value in values if (parsed := _principal(value)) is not None]
            mesh.accounts |= set(filter(_is_plain, found))
    return mesh


def asked_for(manifests: list[Plain], besides: dict[str, str]) -> dict[str, str]:
    """What pods have besides labels, as far as policies ask for it."""
    asked = Mesh([m for m in manifests if is_of_mesh(m)]).asks_accounts()
    return {k: v for k, v in besides.items() if k != ACCOUNT or asked}


def is_of_mesh(manifest: Plain) -> bool:
    return manifest["kind"] in KINDS and manifest.get("apiVersion", "").startswith(GROUP)


def of_pod(spec: Plain, meta: Plain) -> dict[str, str]:
    """What a pod has besides its labels. spec and meta: the pod's own."""
    found = {ACCOUNT: spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"}
    inject = (meta.get("annotations") or {}).get(INJECT)
    return {**found, **({} if inject is None else {INJECTED: inject})}


# Three truths


def _if(fits: bool) -> str:
    return YES if fits else NO


def both(found: Iterable[str]) -> str:
    said = set(found)
    return NO if NO in said else PERHAPS if PERHAPS in said else YES


def either(found: Iterable[str]) -> str:
    said = set(found)
    return YES if YES in said else PERHAPS if PERHAPS in said else NO
