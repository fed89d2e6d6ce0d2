"""A mesh: the package against the enumeration on random small clusters with policies of Istio, and the laws that hold
whatever the policies are."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests import oracle, packaged
from tests.engine.asking import universe
from tests.engine.map.reading import permits
from tests.generators.calicostrategies import calico_example
from tests.generators.ciliumstrategies import cilium_example
from tests.generators.meshstrategies import API, MeshDraw, beside_mesh, mesh_example, mesh_policies
from tests.generators.strategies import Example
from tests.oracle.allowed import outcomes
from tests.oracle.mesh import ACCOUNT, KINDS, ROOT, Mesh, in_force
from tests.oracle.rules import read
from tests.test_agreement import asked, everything, package
from tests.test_tier_agreement import ConnectionDraw, covers, without_ties
from verifier.engine.diff.compare import compare
from verifier.engine.lint.lint import lint
from verifier.engine.map.map import draw
from verifier.engine.results.diff import Relation
from verifier.ir.switches import SWITCHES
from verifier.manifests.kubernetes.load import load_text
from verifier.vocabulary import Mentions

Plain = dict[str, Any]

EXAMPLES = 200
BESIDE = 10
CONCRETE = 60
MOST = 5000
"""Connections of one example that some are drawn from."""
LAWS = 8
FIXED = {"ipblock_pods": "match", "named_port_ipblock": "resolve", "other_protocols": "off", "same_priority": "by_name"}
FEW_LABELS: Plain = {"pods": {"labels": {"app": {"values": ["a", "b"]}}}}


def authorization(name: str, namespace: str, **spec: Any) -> Plain:
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": API, "kind": "AuthorizationPolicy", "metadata": meta, "spec": spec}


def relation(old: list[Plain], new: list[Plain], where: Plain | str = "open", **switches: str) -> Relation:
    before, after = (load_text(packaged.dumped(side)).cluster for side in (old, new))
    return compare(before, after, packaged.universe_of(where), {**FIXED, **switches}).relation


def test_check_agrees_with_the_enumeration(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    verdicts: Counter[str] = Counter()
    hang = 0
    for seed in range(EXAMPLES):
        given = mesh_example(seed)
        answer = package(given, tmp_path)
        if answer is not None:
            expected = oracle.verdict(*asked(given))
            assert without_ties(answer) == without_ties(expected), f"mesh_example({seed})\n{given}"
            verdicts[answer.verdict] += 1
            hang += "istio_dataplane" in answer.depends_on
    record_property("shares", f"{verdicts}, {hang} hang on istio_dataplane")
    assert min(verdicts["proved"], verdicts["violated"], verdicts["unknown"]) >= verdicts.total() * 0.1
    assert hang >= 3


@pytest.mark.parametrize("example", [calico_example, cilium_example])
def test_check_agrees_beside_the_policies_of_a_plugin(example: Callable[[int], Example], tmp_path: Path) -> None:
    verdicts: Counter[str] = Counter()
    for seed in range(BESIDE):
        given = beside_mesh(example(seed), seed)
        answer = package(given, tmp_path)
        if answer is not None:
            expected = oracle.verdict(*asked(given))
            assert without_ties(answer) == without_ties(expected), f"beside_mesh({example.__name__}({seed}))\n{given}"
            verdicts[answer.verdict] += 1
    assert min(verdicts["proved"], verdicts["violated"]) > 0


class MeshConnections(ConnectionDraw):
    """Draws connections between pods that a mesh can tell apart."""

    def end(self, kind: str) -> Plain:
        found = super().end(kind)
        if kind in ("pod", "hostpod") and self.often(0.7):
            found["labels"] = {**found["labels"], ACCOUNT: self.one(("backup", "web", "default", "other"))}
        if kind in ("pod", "hostpod") and self.often(0.4):
            found["labels"] = {**found["labels"], "sidecar.istio.io/inject": self.one(("true", "false", "yes"))}
        if kind in ("pod", "hostpod") and self.often(0.4):
            found["namespaceLabels"] = {self.one(("istio-injection", "istio.io/dataplane-mode")): "enabled"}
        return found

    def packet(self) -> Plain:
        return {**super().packet(), "port": self.one((53, 80, 81, 82, 5432))}


def test_evaluator_tells_all_that_can_come_of_a_connection() -> None:
    answers: Counter[frozenset[bool]] = Counter()
    for seed in range(CONCRETE):
        given = mesh_example(seed)
        cluster = load_text(packaged.dumped(given.manifests)).cluster
        drawn = MeshConnections(Random(seed))
        for connection in (drawn.connection() for _ in range(60)):
            switches = {name: drawn.one(values) for name, values in oracle.VALUES.items()}
            answer = packaged.outcomes(cluster, connection, switches)
            assert answer == outcomes(given.manifests, connection, switches), (seed, connection, switches)
            answers[answer] += 1
    assert min(answers[some] for some in map(frozenset, ({True}, {False}, {True, False}))) > 50


def test_identity_is_one_unknown_of_the_source() -> None:
    """What a rule takes for the identity of a source, no other rule takes for none."""
    either = [{"from": [{"source": {"namespaces": ["ops"]}}]}, {"from": [{"source": {"notNamespaces": ["ops"]}}]}]
    assert packaged.verdict([authorization("p", "shop", rules=either)], "always * -> shop/* : TCP").verdict == "proved"
    deny = authorization("q", "shop", action="DENY", rules=either[:1])
    allow = authorization("p", "shop", rules=either[:1])
    assert packaged.verdict([deny, allow], "never * -> shop/* : TCP").verdict == "proved"
    assert packaged.verdict([allow], "never ops/* -> shop/* : TCP").verdict == "unknown"


@pytest.mark.parametrize(("where", "examples"), [("inventory", 40), ("open", 6)])
def test_the_map_allows_what_enumeration_allows(where: str, examples: int) -> None:
    seen: Counter[frozenset[bool]] = Counter()
    for seed in range(examples):
        random = Random(seed)
        manifests = [m for m in mesh_example(seed).manifests if m["kind"] != "Node"]
        if where == "inventory" and not read(manifests).workloads:
            continue
        given = {name: random.choice(values) for name, values in oracle.VALUES.items()} | {
            "other_protocols": "off", "external_source": "preserved", "sctp": "yes"
        }  # fmt: skip
        drawn = draw(load_text(packaged.dumped(manifests)).cluster, universe(where), given)
        found = list(islice(oracle.connections(manifests, where, given), MOST))
        for connection in random.sample(found, min(60, len(found))):
            expected = outcomes(manifests, connection, given)
            told = [permits(drawn, connection, given, surely) for surely in (True, False)]
            assert told == [expected == {True}, True in expected], (seed, given, connection)
            seen[expected] += 1
    assert len(seen) == 3


@pytest.mark.parametrize("seed", range(LAWS))
def test_diff_finds_every_connection_that_a_changed_policy_changes(seed: int) -> None:
    fixed = everything(seed)
    old, new = [*fixed, *mesh_policies(seed)], [*fixed, *changed(mesh_policies(seed), seed)]
    before, after = (load_text(packaged.dumped(side)).cluster for side in (old, new))
    full = {name: FIXED.get(name, values[0]) for name, values in oracle.VALUES.items()}
    full = {name: value for name, value in full.items() if name in SWITCHES}
    found = compare(before, after, packaged.universe_of("open"), full)
    mentions = Mentions()
    for side in (before, after):
        mentions.add_policies(side.policies)
    drawn = MeshConnections(Random(seed))

    def suppose() -> dict[str, bool]:
        return {unknown.about: drawn.often(0.5) for unknown in mentions.unknowns}

    connections = (drawn.connection() for _ in range(300))
    assert covers(found.relation, (before, after), connections, full, suppose)


def changed(policies: list[Plain], seed: int) -> list[Plain]:
    """The same but for one policy: gone, or with a rule less, or about other pods, or with another action."""
    random = Random(seed)
    found = deepcopy(policies)
    chosen = random.randrange(len(found))
    spec, kind = found[chosen]["spec"], random.randrange(4)
    if kind == 0 or found[chosen]["kind"] != "AuthorizationPolicy" or "targetRefs" in spec:
        return found[:chosen] + found[chosen + 1 :]
    if kind == 1 and len(spec.get("rules") or []) > 1:
        del spec["rules"][0]
    elif kind == 2:
        spec["selector"] = {"matchLabels": {"app": "b"}}
    elif spec.get("rules") and spec.get("action") != "CUSTOM":
        spec["action"] = "ALLOW" if spec.get("action") == "DENY" else "DENY"
    return found


# Laws


@pytest.mark.parametrize("seed", range(LAWS))
def test_what_a_policy_denies_no_other_allows(seed: int) -> None:
    rules = [{"to": [{"operation": {"ports": ["80"]}}]}]
    deny = authorization("zz", MeshDraw(Random(seed)).one(("shop", ROOT)), action="DENY", rules=rules)
    manifests = [*everything(seed), *mesh_policies(seed), deny]
    assert packaged.verdict(manifests, "never * -> shop/* : TCP/80").verdict == "proved"


@pytest.mark.parametrize("seed", range(LAWS))
def test_a_policy_that_allows_closes_the_rest_for_tcp_only(seed: int) -> None:
    old = [*everything(seed), *(p for p in mesh_policies(seed) if in_force(p) != "ALLOW")]
    new = [*old, authorization("zz", "shop", rules=[])]
    assert packaged.verdict(new, "never * -> shop/* : TCP").verdict == "proved"
    for claim in ("never * -> shop/* : UDP", "always external -> shop/* : SCTP", "always * -> ops/*"):
        assert packaged.verdict(new, claim) == packaged.verdict(old, claim)


@pytest.mark.parametrize("seed", range(LAWS))
def test_another_rule_that_allows_never_closes(seed: int) -> None:
    allow = authorization("zz", "shop", rules=MeshDraw(Random(seed)).some(0, 2, lambda: _rule(seed)))
    more = deepcopy(allow)
    more["spec"]["rules"] = [*more["spec"]["rules"], _rule(seed + 1)]
    fixed = [*everything(seed), *mesh_policies(seed)]
    assert relation([*fixed, allow], [*fixed, more]) in (Relation.EQUIVALENT, Relation.WIDER)


def _rule(seed: int) -> Plain:
    return MeshDraw(Random(f"rule {seed}")).mesh_rule("ALLOW")


@pytest.mark.parametrize("seed", range(LAWS))
def test_a_policy_that_selects_nobody_changes_nothing(seed: int) -> None:
    old = [*everything(seed), *mesh_policies(seed)]
    extra = [p for p in mesh_policies(seed + 500) if "targetRefs" not in p["spec"]]
    for number, policy in enumerate(extra):
        policy["metadata"]["name"] = f"zz{number}"
        policy["spec"]["selector"] = {"matchLabels": {"app": "nobody"}}
    few: Plain = {"pods": {"labels": {"app": {"values": ["a", "b"], "others": False}}}}
    assert relation(old, [*old, *extra], few) is Relation.EQUIVALENT


@pytest.mark.parametrize("seed", range(LAWS))
def test_order_of_policies_and_rules_is_irrelevant(seed: int) -> None:
    old = [*everything(seed), *mesh_policies(seed)]
    new = deepcopy(old)[::-1]
    for policy in new:
        if policy["kind"] == "AuthorizationPolicy" and policy["spec"].get("rules"):
            policy["spec"]["rules"] = policy["spec"]["rules"][::-1]
    assert relation(old, new) is Relation.EQUIVALENT


def test_policies_of_new_namespaces_come_after_the_mesh(tmp_path: Path) -> None:
    """Where the input has none of its own, too: what those let in the mesh has not refused."""
    lets_in = {"metadata": {"name": "t"}, "spec": {"podSelector": {}, "ingress": [{}]}}
    template = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", **lets_in}
    shop = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    given = [shop, authorization("closed", ROOT)]
    for port, verdict in (("TCP/80", "proved"), ("UDP/80", "violated")):
        claim = f"never shop/* -> {{!team}}/* : {port}"
        for more in ([], [{**template, "metadata": {"name": "t", "namespace": "shop"}}]):
            where = {"newNamespacesGet": [template]}
            assert packaged.verdict([*given, *more], claim, where, folder=tmp_path).verdict == verdict
            assert oracle.verdict([*given, *more], claim, where).verdict == verdict


def test_enumeration_without_a_mesh_lets_everything_pass() -> None:
    assert Mesh().outcomes(None, None, "TCP", 80, {}) == {True}


def test_what_lint_calls_removable_changes_nothing() -> None:
    removable = 0
    for seed in range(25):
        manifests = [*everything(seed)[:4], *mesh_policies(seed)]
        loaded = load_text(packaged.dumped(manifests))
        for smell in lint(loaded.cluster, rules=["redundant-policy"]).smells:
            rest = [m for m in manifests if not _is(m, str(smell.about))]
            if len(rest) < len(manifests) and smell.about.kind in KINDS:
                after = load_text(packaged.dumped(rest)).cluster
                assert compare(loaded.cluster, after, packaged.universe_of("open")).relation is Relation.EQUIVALENT, (
                    seed
                )
                removable += 1
    assert removable >= 5


def _is(manifest: Plain, called: str) -> bool:
    meta = manifest["metadata"]
    return f"{manifest['kind']} {meta.get('namespace')}/{meta['name']}" == called


def test_mutual_tls_is_said_by_several_policies_together() -> None:
    """One that is overridden, or overrides, is none that could go by itself."""
    meta = {"namespace": "shop"}
    strict, other = ({"apiVersion": API, "kind": KINDS[1], "metadata": {**meta, "name": n}, "spec": {}} for n in "ab")
    strict["spec"] = {"mtls": {"mode": "STRICT"}}
    other["spec"] = {"selector": {"matchLabels": {"app": "a"}}, "mtls": {"mode": "STRICT"}}
    cluster = load_text(packaged.dumped([strict, other])).cluster
    assert lint(cluster, rules=["redundant-policy", "redundant-rule", "never-reached-rule"]).smells == ()
