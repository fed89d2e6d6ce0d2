"""Tiers: the package against the enumeration on random small clusters with cluster-scoped policies, and the laws that
hold whatever the policies are."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests import oracle, packaged
from tests.generators.strategies import Draw, a_policy, policies
from tests.generators.tierstrategies import networks_example, tiered_example, tiers
from tests.objects import NAMESPACES, POD_KEYS, PORT_NAMES
from tests.oracle.allowed import outcomes
from tests.test_agreement import asked, everything, flows, package
from verifier.engine.diff.compare import compare
from verifier.engine.results.diff import Relation
from verifier.ir.cluster import Cluster
from verifier.manifests.kubernetes.load import load_text

Plain = dict[str, Any]

EXAMPLES = 250
NETWORKS = 250
CONCRETE = 30
LAWS = 20

EVERYONE: Plain = {"namespaces": {}}
NOBODY: Plain = {
    "namespaces": {"matchExpressions": [{"key": "team", "operator": op} for op in ("Exists", "DoesNotExist")]}
}


def cluster_policy(name: str, tier: str, priority: int, **rules: list[Plain]) -> Plain:
    spec = {"tier": tier, "priority": priority, "subject": EVERYONE, **rules}
    meta = {"name": name}
    return {
        "apiVersion": "policy.networking.k8s.io/v1alpha2",
        "kind": "ClusterNetworkPolicy",
        "metadata": meta,
        "spec": spec,
    }


def cluster_policies(seed: int) -> list[Plain]:
    """Random ClusterNetworkPolicies, so that others can stand beside them."""
    return next(found for s in range(seed * 100, seed * 100 + 100) if is_cluster(found := tiers(s)))


def is_cluster(found: list[Plain]) -> bool:
    return {policy["kind"] for policy in found} == {"ClusterNetworkPolicy"}


def relation(old: list[Plain], new: list[Plain], **switches: str) -> Relation:
    before, after = (load_text(packaged.dumped(side)).cluster for side in (old, new))
    return compare(before, after, packaged.universe_of("open"), switches).relation


def without_ties(answer: oracle.Answer) -> oracle.Answer:
    """What hangs on a tie may be told from what hangs on havoc in one reading only: which policies bear on it."""
    return answer._replace(depends_on=tuple(name for name in answer.depends_on if name != "same_priority"))


def test_check_agrees_with_the_enumeration(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    verdicts: Counter[str] = Counter()
    for seed in range(EXAMPLES):
        given = tiered_example(seed)
        answer = package(given, tmp_path)
        if answer is not None:
            expected = oracle.verdict(*asked(given))
            assert without_ties(answer) == without_ties(expected), f"tiered_example({seed})\n{given}"
            verdicts[answer.verdict] += 1
    record_property("shares", str(verdicts))
    assert min(verdicts["proved"], verdicts["violated"]) >= verdicts.total() * 0.2
    assert verdicts["unknown"] >= 5


def test_readings_agree_on_what_hangs_on_whether_networks_are_pods(tmp_path: Path) -> None:
    hang = 0
    for seed in range(NETWORKS):
        given = networks_example(seed)
        answer = package(given, tmp_path)
        if answer is not None:
            expected = oracle.verdict(*asked(given))
            assert without_ties(answer) == without_ties(expected), f"networks_example({seed})\n{given}"
            hang += "networks_pods" in answer.depends_on
    assert hang >= 5


ADDRESSES = ("10.0.0.7", "10.0.0.9", "10.1.0.1", "203.0.113.5", "203.0.113.9", "fd00::7", "fd00::8", "2001:db8::1")


class ConnectionDraw(Draw):
    """Draws connections between what the policies of an example may speak of."""

    def end(self, kind: str) -> Plain:
        if kind in ("node", "external"):
            return {"kind": kind}
        names = self.random.sample(PORT_NAMES, self.random.randint(0, 2))
        named = [{"name": n, "protocol": self.one(("TCP", "UDP")), "port": self.one((53, 80, 81))} for n in names]
        home = self.one((*NAMESPACES, "ghost"))
        return {"kind": kind, "namespace": home, "labels": self.labels(POD_KEYS), "namedPorts": named}

    def connection(self) -> Plain:
        kinds = self.one((("pod", "pod"), ("pod", "pod"), ("pod", "external"), ("external", "pod"), ("pod", "node"),
                          ("node", "pod"), ("hostpod", "pod"), ("pod", "hostpod")))  # fmt: skip
        family = self.one((4, 4, 6))
        shown = self.random.sample([a for a in ADDRESSES if (":" in a) == (family == 6)], 2)
        source, destination = ({**self.end(kind), "ip": ip} for kind, ip in zip(kinds, shown, strict=True))
        if kinds == ("pod", "pod") and self.often(0.1):
            return {"source": source, "destination": source, "itself": True, "viaService": True, **self.packet()}
        return {"source": source, "destination": destination, "sameNode": self.often(0.2), **self.packet()}

    def packet(self) -> Plain:
        return {"protocol": self.one(("TCP", "TCP", "UDP", "SCTP")), "port": self.one((1, 53, 80, 81, 85, 65535))}


def test_evaluator_agrees_with_the_enumeration_on_connections() -> None:
    answers: Counter[frozenset[bool]] = Counter()
    for seed in range(CONCRETE):
        manifests = [*policies(seed), *tiers(seed)]
        cluster = load_text(packaged.dumped(manifests)).cluster
        draw = ConnectionDraw(Random(seed))
        for connection in (draw.connection() for _ in range(100)):
            switches = {name: draw.one(values) for name, values in oracle.VALUES.items()}
            answer = packaged.outcomes(cluster, connection, switches)
            assert answer == outcomes(manifests, connection, switches), (seed, connection, switches)
            answers[answer] += 1
    assert len(answers) == 3


@pytest.mark.parametrize("seed", range(LAWS))
def test_diff_finds_every_connection_that_a_changed_tier_changes(seed: int) -> None:
    fixed = everything(seed)
    old, new = [*fixed, *tiers(seed)], [*fixed, *changed(tiers(seed), seed)]
    before, after = (load_text(packaged.dumped(side)).cluster for side in (old, new))
    switches = {
        "ipblock_pods": "match",
        "ipblock_nodes": "match",
        "named_port_ipblock": "resolve",
        "other_protocols": "off",
    }
    full = {name: switches.get(name, values[0]) for name, values in oracle.VALUES.items()}
    found = compare(before, after, packaged.universe_of("open"), full)
    draw = ConnectionDraw(Random(seed))
    assert covers(found.relation, (before, after), [draw.connection() for _ in range(300)], full)


def covers(
    relation: Relation,
    sides: tuple[Cluster, Cluster],
    connections: Iterable[Plain],
    switches: Mapping[str, str],
    suppose: Callable[[], Mapping[str, bool]] = dict,
) -> bool:
    """True iff the relation says of each connection of pods and outside addresses that is opened that something is,
    and of each that is closed likewise."""
    more = less = False
    for connection in connections:
        kinds = {connection[end]["kind"] for end in ("source", "destination")}
        if connection.get("itself") or not kinds <= {"pod", "external"}:
            continue
        supposing = suppose()
        then, now = (packaged.outcomes(side, connection, switches, supposing) for side in sides)
        more |= (True in now) > (True in then) or (now == {True}) > (then == {True})
        less |= (True in now) < (True in then) or (now == {True}) < (then == {True})
    told = {Relation.WIDER: (True, False), Relation.NARROWER: (False, True), Relation.EQUIVALENT: (False, False)}
    wider, narrower = told.get(relation, (True, True))
    return more <= wider and less <= narrower


def changed(policies: list[Plain], seed: int) -> list[Plain]:
    """The same but for one policy: without it, or with its rules in another order, or with another action."""
    random = Random(seed)
    found = deepcopy(policies)
    chosen = random.randrange(len(found))
    spec, kind = found[chosen]["spec"], random.randrange(3)
    rules = [rule for way in ("ingress", "egress") for rule in spec.get(way) or []]
    if kind == 0 or not rules:
        return found[:chosen] + found[chosen + 1 :]
    if kind == 1:
        spec |= {way: spec[way][::-1] for way in ("ingress", "egress") if spec.get(way)}
        return found
    rule = random.choice(rules)
    if not any("domainNames" in peer for peer in rule.get("from") or rule["to"]):
        allows = "Accept" if found[chosen]["kind"] == "ClusterNetworkPolicy" else "Allow"
        rule["action"] = allows if rule["action"] == "Deny" else "Deny"
    return found


@pytest.mark.parametrize("seed", range(LAWS))
def test_network_policy_never_overrides_an_admin_deny(seed: int) -> None:
    who = {"pods": {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "a"}}}}
    deny = cluster_policy("first", "Admin", 0, ingress=[{"action": "Deny", "from": [who]}])
    manifests = [*everything(seed), *cluster_policies(seed), deny]
    assert packaged.verdict(manifests, "never */app=a -> shop/*").verdict == "proved"
    assert packaged.verdict([*manifests, a_policy(seed + 4000)], "never */app=a -> shop/*").verdict == "proved"


@pytest.mark.parametrize("seed", range(LAWS))
def test_pass_to_nothing_equals_no_rule(seed: int) -> None:
    old = [*everything(seed), *tiers(seed)]
    new = deepcopy(old)
    for policy in new:
        if policy["kind"] in ("AdminNetworkPolicy", "ClusterNetworkPolicy"):
            for way, side in (("ingress", "from"), ("egress", "to")):
                policy["spec"][way] = [{"action": "Pass", side: [NOBODY]}, *(policy["spec"].get(way) or [])]
    assert relation(old, new) is Relation.EQUIVALENT


@pytest.mark.parametrize("seed", range(LAWS))
def test_baseline_matters_only_where_no_network_policy_isolates(seed: int) -> None:
    isolates = {"podSelector": {}, "policyTypes": ["Ingress"]}
    meta = {"name": "isolates", "namespace": "shop"}
    deny = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": meta, "spec": isolates}
    baseline = cluster_policy("last", "Baseline", 0, ingress=[{"action": "Deny", "from": [EVERYONE]}])
    old = [*everything(seed), deny]
    for flow in flows(seed):
        flow = f"{flow.partition(' -> ')[0]} -> shop/* : TCP"
        for kind in ("never", "always"):
            assert packaged.verdict(old, f"{kind} {flow}") == packaged.verdict([*old, baseline], f"{kind} {flow}")
    assert packaged.verdict([*everything(seed)[:2], baseline], "never */* -> shop/*").verdict == "proved"


@pytest.mark.parametrize("seed", range(LAWS))
def test_renumbered_priorities_are_the_same_set(seed: int) -> None:
    old = [*everything(seed), *tiers(seed)]
    new = deepcopy(old)
    for policy in new:
        if "priority" in policy.get("spec", {}):
            policy["spec"]["priority"] = policy["spec"]["priority"] * 7 + 3
    assert relation(old, new) is Relation.EQUIVALENT
