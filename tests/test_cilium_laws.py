"""Laws of Cilium's policies, whatever they say: a NetworkPolicy and its translation are one, the order of entries is
none, a deny entry only closes, an entry that lets through only opens, and one that asks for a default deny is enough;
and what `diff` says is what the enumeration finds connection by connection."""

from collections import Counter
from copy import deepcopy
from random import Random
from typing import Any

from msgspec.structs import replace

from tests import packaged
from tests.generators.ciliumstrategies import API, LABELS, NAMESPACE, CiliumDraw, cilium_policies, is_doubtful
from tests.generators.strategies import policies
from tests.oracle.allowed import outcomes
from tests.oracle.cilium import PROFILE
from tests.oracle.verdict import connections
from verifier.engine.diff.compare import compare
from verifier.engine.results.diff import Difference, Relation
from verifier.ir.cluster import Cluster
from verifier.ir.switches import concrete
from verifier.manifests.kubernetes.load import load_text

Plain = dict[str, Any]

LAWS = 60
COMPARED = 10


def cluster(manifests: list[Plain]) -> Cluster:
    return load_text(packaged.dumped(manifests), options=replace(packaged.options({}), profile="cilium")).cluster


def difference(old: list[Plain], new: list[Plain], universe: Plain | str = "open") -> Difference:
    return compare(cluster(old), cluster(new), packaged.universe_of(universe))


def homes() -> list[Plain]:
    draw = CiliumDraw(Random(1))
    return [draw.namespace(name) for name in draw.homes]


# A NetworkPolicy and its translation


def translated(policy: Plain) -> Plain:
    """A NetworkPolicy as one of Cilium."""
    spec = policy.get("spec") or {}
    listed = {way: [rule or {} for rule in spec.get(way) or []] for way in ("ingress", "egress")}
    types = spec.get("policyTypes") or (["Ingress", "Egress"] if listed["egress"] else ["Ingress"])
    found: Plain = {"endpointSelector": labels(spec.get("podSelector") or {})}
    for way, side in (("ingress", "from"), ("egress", "to")):
        if way.capitalize() in types:
            found[way] = [entry for rule in listed[way] for entry in entries(rule, side)] or [{}]
    return {"apiVersion": API, "kind": "CiliumNetworkPolicy", "metadata": policy["metadata"], "spec": found}


def labels(selector: Plain, prefix: str = "") -> Plain:
    kept = {prefix + k: v for k, v in (selector.get("matchLabels") or {}).items()}
    expressions = [{**e, "key": prefix + e["key"]} for e in selector.get("matchExpressions") or []]
    return {"matchLabels": kept, "matchExpressions": expressions}


def entries(rule: Plain, side: str) -> list[Plain]:
    ports = [port or {} for port in rule.get("ports") or []]
    to_ports = {"toPorts": [{"ports": [ported(port) for port in ports]}]} if ports else {}
    peers = [peer or {} for peer in rule.get(side) or []]
    if not peers:
        return [to_ports or {f"{side}Entities": ["all"]}]
    return [{**peered(peer, side), **to_ports} for peer in peers]


def ported(port: Plain) -> Plain:
    found: Plain = {"protocol": port.get("protocol") or "TCP", "port": str(port.get("port") or 0)}
    return {**found, "endPort": port["endPort"]} if port.get("endPort") else found


def peered(peer: Plain, side: str) -> Plain:
    if peer.get("ipBlock") is not None:
        return {f"{side}CIDRSet": [{k: v for k, v in peer["ipBlock"].items() if v is not None}]}
    pods = labels(peer.get("podSelector") or {})
    if peer.get("namespaceSelector") is not None:
        theirs = labels(peer["namespaceSelector"], LABELS)
        pods = {name: {**pods[name], **theirs[name]} if name == "matchLabels" else pods[name] + theirs[name]
                for name in pods}  # fmt: skip
        pods["matchExpressions"].append({"key": NAMESPACE, "operator": "Exists"})
    return {f"{side}Endpoints": [pods]}


def test_a_network_policy_and_its_translation_are_equivalent() -> None:
    done = 0
    for seed in range(LAWS):
        given = [m for m in policies(seed) if m["kind"] in ("NetworkPolicy", "Namespace")]
        of_them = [m for m in given if m["kind"] == "NetworkPolicy"]
        if of_them:
            rest = [m for m in given if m not in of_them]
            assert difference(given, [*rest, *map(translated, of_them)]).relation is Relation.EQUIVALENT, given
            done += 1
    assert done >= LAWS // 2


def test_one_slip_in_a_translation_is_a_region() -> None:
    policy: Plain = {
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {"podSelector": {"matchLabels": {"app": "a"}},
                 "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "b"}}}], "ports": [{"port": 80}]}]},
    }  # fmt: skip
    slip = translated(policy)
    del slip["spec"]["ingress"][0]["toPorts"][0]["ports"][0]["protocol"]

    found = difference([*homes(), policy], [*homes(), slip])

    assert found.relation is Relation.WIDER
    assert {str(protocol) for region in found.added for protocol in region.ports} == {"UDP", "SCTP"}


# What entries do


def rules(policy: Plain) -> list[Plain]:
    return [policy["spec"]] if "spec" in policy else policy["specs"]


def plain_policies(seed: int) -> list[Plain]:
    """Policies that hang on nothing that no manifest says."""
    return next(
        found
        for number in range(seed * 1000, seed * 1000 + 1000)
        if not is_doubtful(found := [{**p, "metadata": {**p["metadata"], "name": f"p{i}"}}
                                     for i, p in enumerate(cilium_policies(number))])
        and not any(word in str(found) for word in ("cluster", "icmps", "cidrGroup"))
    )  # fmt: skip


def an_entry(draw: CiliumDraw, *, denies: bool) -> Plain:
    """An entry for ingress that hangs on nothing that no manifest says."""
    while True:
        entry = draw.entry("ingress", "from", denies)
        if not is_doubtful(entry) and not any(word in str(entry) for word in ("cluster", "icmps", "cidrGroup")):
            return entry


def test_the_order_of_entries_is_none() -> None:
    for seed in range(LAWS):
        before = [{**p, "metadata": {**p["metadata"], "name": f"p{i}"}} for i, p in enumerate(cilium_policies(seed))]
        after, random = deepcopy(before), Random(seed)
        for rule in (rule for policy in after for rule in rules(policy)):
            for section in ("ingress", "ingressDeny", "egress", "egressDeny"):
                random.shuffle(rule.get(section, []))
        assert difference([*homes(), *before], [*homes(), *after]).relation is Relation.EQUIVALENT, before


def test_a_deny_entry_more_only_closes() -> None:
    seen: Counter[Relation] = Counter()
    for seed in range(LAWS):
        before, draw = plain_policies(seed), CiliumDraw(Random(f"deny {seed}"))
        after = deepcopy(before)
        rule = draw.one([r for p in after for r in rules(p) if "endpointSelector" in r] or [None])
        if rule is None:
            continue
        entry = an_entry(draw, denies=True)
        rule["ingressDeny"] = [*rule.get("ingressDeny", []), entry]
        seen[relation := difference([*homes(), *before], [*homes(), *after]).relation] += 1
        assert relation in (Relation.EQUIVALENT, Relation.NARROWER), (before, entry)
    assert seen[Relation.NARROWER] >= 5


def test_an_allow_entry_more_only_opens_where_a_default_deny_is_asked_for() -> None:
    seen: Counter[Relation] = Counter()
    for seed in range(LAWS):
        before, draw = plain_policies(seed), CiliumDraw(Random(f"allow {seed}"))
        for rule in (rule for policy in before for rule in rules(policy) if "endpointSelector" in rule):
            rule.pop("enableDefaultDeny", None)
            rule.setdefault("ingress", [{}])
        after = deepcopy(before)
        rule = draw.one([r for p in after for r in rules(p) if "endpointSelector" in r] or [None])
        if rule is None:
            continue
        entry = an_entry(draw, denies=False)
        rule["ingress"].append(entry)
        seen[relation := difference([*homes(), *before], [*homes(), *after]).relation] += 1
        assert relation in (Relation.EQUIVALENT, Relation.WIDER), (before, entry)
    assert seen[Relation.WIDER] >= 5


def test_one_rule_that_asks_for_a_default_deny_is_enough() -> None:
    for seed in range(LAWS):
        before = plain_policies(seed)
        quiet = {"endpointSelector": {}, "enableDefaultDeny": {"ingress": False}, "ingress": [{}]}
        meta = {"name": "quiet", "namespace": "shop"}
        more = {"apiVersion": API, "kind": "CiliumNetworkPolicy", "metadata": meta, "spec": quiet}
        assert difference([*homes(), *before], [*homes(), *before, more]).relation is Relation.EQUIVALENT, before


# Comparisons


def test_diff_finds_what_the_enumeration_finds() -> None:
    """Under one setting, of what hangs on nothing else."""
    seen: Counter[Relation] = Counter()
    setting = concrete(PROFILE, {})
    for seed in range(COMPARED):
        old, new = plain_policies(seed), plain_policies(seed + 5000)
        kept = [policy for number, policy in enumerate(old) if number] + [new[0]]
        sides = [[*homes(), *old], [*homes(), *kept]]
        universe: Plain = {"families": [4], "namespaces": {"others": False}}
        told = difference(*sides, universe).relation
        added = removed = False
        for connection in connections([*homes(), *old, *new], universe, PROFILE):
            before, after = (outcomes(side, connection, setting) == {True} for side in sides)
            added, removed = added or after > before, removed or before > after
        expected = {
            (False, False): Relation.EQUIVALENT, (True, False): Relation.WIDER, (False, True): Relation.NARROWER,
            (True, True): Relation.INCOMPARABLE,
        }[added, removed]  # fmt: skip
        assert told is expected, (seed, old, new)
        seen[told] += 1
    assert len(seen) >= 3
