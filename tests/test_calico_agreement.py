"""Calico: the package against the enumeration on random small clusters with its policies, and the laws that hold
whatever the policies are."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests import oracle, packaged
from tests.generators.calicostrategies import ACCOUNTS, API, APIS, CalicoDraw, calico_example
from tests.generators.strategies import policies
from tests.oracle.allowed import outcomes
from tests.oracle.calico import ACCOUNT
from tests.oracle.labels import requirements
from tests.test_agreement import asked, package
from tests.test_tier_agreement import ConnectionDraw, without_ties
from verifier.engine.diff.compare import compare
from verifier.engine.results.diff import Relation
from verifier.errors import InputError
from verifier.manifests.kubernetes.load import load_text

Plain = dict[str, Any]

EXAMPLES = 300
CONCRETE = 60


class CalicoConnections(ConnectionDraw):
    """Draws connections of pods with service accounts."""

    def end(self, kind: str) -> Plain:
        found = super().end(kind)
        if "labels" in found:
            found["labels"] = {**found["labels"], ACCOUNT: self.one(ACCOUNTS)}
        return found

    def packet(self) -> Plain:
        found = super().packet()
        return {"protocol": "OTHER", "port": None} if self.often(0.1) else found


def test_evaluator_agrees_with_the_enumeration_on_connections() -> None:
    answers: Counter[frozenset[bool]] = Counter()
    for seed in range(CONCRETE):
        draw = CalicoDraw(Random(f"concrete {seed}"))
        wide = draw.cluster_wide() if draw.often(0.3) else []
        manifests = [*policies(seed), *draw.calico(), *wide]
        cluster = load_text(packaged.dumped(manifests)).cluster
        connections = CalicoConnections(Random(seed))
        for connection in (connections.connection() for _ in range(100)):
            switches = {name: draw.one(values) for name, values in oracle.VALUES.items()}
            answer = packaged.outcomes(cluster, connection, switches)
            assert answer == outcomes(manifests, connection, switches), (seed, connection, switches)
            answers[answer] += 1
    assert len(answers) == 3
    assert min(answers.values()) >= answers.total() // 50


def test_check_agrees_with_the_enumeration(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    verdicts: Counter[str] = Counter()
    hanging: Counter[str] = Counter()
    for seed in range(EXAMPLES):
        given = calico_example(seed)
        answer = package(given, tmp_path)
        if answer is not None:
            expected = oracle.verdict(*asked(given))
            assert without_ties(answer) == without_ties(expected), f"calico_example({seed})\n{given}"
            verdicts[answer.verdict] += 1
            hanging.update(answer.depends_on)
    record_property("shares", f"{verdicts} {hanging}")
    assert min(verdicts["proved"], verdicts["violated"]) >= verdicts.total() * 0.2


# Laws

LAWS = 25


def relation(old: list[Plain], new: list[Plain], **switches: str) -> Relation:
    before, after = (load_text(packaged.dumped(side)).cluster for side in (old, new))
    return compare(before, after, packaged.universe_of("open"), switches).relation


def with_calico(seed: int) -> list[Plain]:
    return [*policies(seed), *CalicoDraw(Random(f"laws {seed}")).calico()]


def tier(name: str, **spec: Any) -> Plain:
    return {"apiVersion": API, "kind": "Tier", "metadata": {"name": name}, "spec": spec}


def everywhere(name: str, **spec: Any) -> Plain:
    return {"apiVersion": API, "kind": "GlobalNetworkPolicy", "metadata": {"name": name}, "spec": spec}


@pytest.mark.parametrize("seed", range(LAWS))
def test_a_tier_that_selects_nobody_does_nothing(seed: int) -> None:
    old = with_calico(seed)
    nobody = everywhere("no.body", tier="no", selector="has(app) && !has(app)", types=["Ingress", "Egress"])
    assert relation(old, [*old, tier("no", order=1), nobody]) is Relation.EQUIVALENT
    in_default = everywhere("body", order=1, selector="app in {}", ingress=[{"action": "Deny"}])
    assert relation(old, [*old, in_default]) is Relation.EQUIVALENT


@pytest.mark.parametrize("seed", range(LAWS))
def test_a_pass_in_the_last_tier_allows(seed: int) -> None:
    old = with_calico(seed)

    def last(action: str) -> list[Plain]:
        rule = {"action": action, "source": {"selector": 'app == "a"'}}
        return [tier("zz"), everywhere("zz.p", tier="zz", selector='app == "b"', ingress=[rule])]

    assert relation([*old, *last("Pass")], [*old, *last("Allow")]) is Relation.EQUIVALENT


@pytest.mark.parametrize("seed", range(LAWS))
def test_a_tier_that_passes_whatever_comes_does_nothing(seed: int) -> None:
    old = with_calico(seed)
    lets = everywhere("zz.p", tier="zz", order=1, ingress=[{"action": "Pass"}], egress=[{"action": "Pass"}])
    assert relation(old, [*old, tier("zz", order=-5), lets]) is Relation.EQUIVALENT


@pytest.mark.parametrize("seed", range(LAWS))
def test_orders_matter_only_by_their_order(seed: int) -> None:
    old = with_calico(seed)
    new = deepcopy(old)
    for manifest in new:
        spec = manifest.get("spec") or {}
        if manifest["apiVersion"] in APIS and manifest["kind"].endswith("NetworkPolicy") and spec.get("order"):
            spec["order"] = {0.5: 0.25, 1: 2, 5: 100, 999: 999.5, 1000: 1000, 1001: 5000}[spec["order"]]
    assert relation(old, new) is Relation.EQUIVALENT


@pytest.mark.parametrize("seed", range(LAWS))
def test_the_order_of_objects_never_matters(seed: int) -> None:
    old = with_calico(seed)
    new = old[:]
    Random(seed).shuffle(new)
    one, other = (load_text(packaged.dumped(side)).cluster for side in (old, new))
    assert one.policies == other.policies


@pytest.mark.parametrize("seed", range(LAWS))
def test_networkpolicies_are_policies_of_calico_of_their_order(seed: int) -> None:
    """The policies of Kubernetes, said in Calico's words."""
    old = [tier("empty"), *policies(seed)]
    new = [converted(m) if m["kind"] == "NetworkPolicy" else m for m in old]
    assert relation(old, new, calico_np_name="plain") is Relation.EQUIVALENT


def converted(policy: Plain) -> Plain:
    """The policy of Calico that Felix makes of a NetworkPolicy (5.1)."""
    spec = policy.get("spec") or {}
    rules = {way: [rule or {} for rule in spec.get(way) or []] for way in ("ingress", "egress")}
    types = spec.get("policyTypes") or (["Ingress", "Egress"] if rules["egress"] else ["Ingress"])
    made: Plain = {"order": 1000, "selector": _selector(spec.get("podSelector") or {}), "types": sorted({*types})}
    for way, side, peers in (("ingress", "source", "from"), ("egress", "destination", "to")):
        made[way] = [
            {"action": "Allow", **_ports(port, _peer(peer, side))}
            for rule in rules[way]
            for peer in rule.get(peers) or [None]
            for port in rule.get("ports") or [{"any": True}]
        ]
    return {"apiVersion": API, "kind": "NetworkPolicy", "metadata": policy["metadata"], "spec": made}


def _peer(peer: Plain | None, side: str) -> Plain:
    if peer is None:
        return {}
    if peer.get("ipBlock"):
        block = peer["ipBlock"]
        return {side: {"nets": [block["cidr"]], "notNets": block.get("except") or []}}
    entity = {"selector": _selector(peer.get("podSelector") or {}) + " && projectcalico.org/orchestrator == 'k8s'"}
    if peer.get("namespaceSelector") is not None:
        entity["namespaceSelector"] = _selector(peer["namespaceSelector"])
    return {side: entity}


def _ports(port: Plain | None, rule: Plain) -> Plain:
    port = port or {}
    if port.get("any"):
        return rule
    rule = {**rule, "protocol": port.get("protocol") or "TCP"}
    if port.get("port") is not None:
        span = port["port"] if port.get("endPort") is None else f"{port['port']}:{port['endPort']}"
        rule["destination"] = {**(rule.get("destination") or {}), "ports": [span]}
    return rule


def _selector(selector: Plain) -> str:
    words = {"In": "in", "NotIn": "not in"}
    found = []
    for key, operator, values in requirements(selector):
        if operator in words:
            listed = ", ".join(f'"{value}"' for value in values)
            found.append(f"{key} {words[operator]} {{{listed}}}")
        else:
            found.append(f"{'!' if operator == 'DoesNotExist' else ''}has({key})")
    return " && ".join(found) or "all()"


def test_policies_of_new_namespaces_stand_at_their_order(tmp_path: Path) -> None:
    allows = {"metadata": {"name": "t"}, "spec": {"podSelector": {}, "ingress": [{}]}}
    template = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", **allows}
    universe = {"newNamespacesGet": [template]}
    claim = "always external -> {team=new}/app=a"
    selector = {"selector": "has(app)", "types": ["Ingress"]}
    denies = {**selector, "ingress": [{"action": "Deny"}]}
    shop = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    for order, verdict in ((1, "violated"), (2000, "proved")):
        before = [everywhere("p", order=order, **denies), shop]
        assert packaged.verdict(before, claim, universe, folder=tmp_path).verdict == verdict
        assert oracle.verdict(before, claim, universe).verdict == verdict
    with pytest.raises(InputError, match="nobody says which come first"):
        packaged.verdict([everywhere("p", order=1000, **denies)], claim, universe, folder=tmp_path)
    closed = {"newNamespacesGet": [{**template, "spec": {"podSelector": {}}}]}
    found = packaged.verdict([shop, everywhere("p", order=1000, **denies)], claim, closed, folder=tmp_path)
    assert found.verdict == "violated"
