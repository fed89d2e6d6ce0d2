"""What can go and what never decides, asked home by home where some policies govern several, against the same asked of
all policies in one script."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from tests.engine.lint.test_kinds import drawn, universe
from tests.engine.lint.test_redundancy import CAN_GO, TOGETHER
from tests.generators.calicostrategies import CalicoDraw
from tests.generators.ciliumstrategies import CiliumDraw
from tests.generators.tierstrategies import TierDraw
from verifier.engine.lint import redundancy, survey
from verifier.engine.lint.homes import Home, homes, policies_of
from verifier.engine.lint.lint import lint
from verifier.engine.precheck.prepare import Given, Pods, prepare
from verifier.engine.problem.problem import Context
from verifier.errors import InputError
from verifier.ir.cluster import Cluster
from verifier.ir.policy import Direction
from verifier.ir.universe import OPEN, Universe
from verifier.manifests.kubernetes.load import Options, load_text
from verifier.manifests.kubernetes.lowering import HAIRPIN
from verifier.smt.solver import Limits

Plain = dict[str, Any]
UNDONE = ("undone-exclusion", "undone-default-deny")
WIDE = """\
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: closed}
spec:
  tier: Baseline
  priority: 1
  subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: a}}}
  egress: [{name: none, action: Deny, to: [{networks: [192.0.2.0/24]}]}]
"""
TWICE = """\
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: {name: wide}
spec:
  endpointSelector: {matchLabels: {"k8s:io.kubernetes.pod.namespace": a}}
  ingress: [{fromEndpoints: [{matchLabels: {"k8s:io.kubernetes.pod.namespace": c}}]}]
---
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: own, namespace: a}
spec:
  endpointSelector: {}
  ingress:
  - fromEndpoints: [{matchLabels: {"k8s:io.kubernetes.pod.namespace": c}}]
  - fromEndpoints: [{matchLabels: {"k8s:io.kubernetes.pod.namespace": d}}]
"""
CALICO = "projectcalico.org/v3"
POLICY: Plain = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
OWN = (("a", "one"), ("b", "one"), ("b", "two"))
ASKED = (*CAN_GO, "dead-peer", "never-reached-rule", "shadowed-by-tier", "baseline-overridden")


def cluster(seed: int) -> Cluster:
    """NetworkPolicies of several namespaces, and policies of tiers, of Calico or of Cilium beside them."""
    random = Random(f"wide {seed}")
    manifests, sort = drawn(seed), seed % 4
    if sort == 3:
        return load_text(yaml.safe_dump_all(repeating(random)), options=Options(profile="calico")).cluster
    if sort == 0:
        manifests += TierDraw(random).tiers()
    elif sort == 1:
        manifests += CalicoDraw(random).calico()
    else:
        manifests = CiliumDraw(random).beside(manifests, "open")
    profile = ("k8s", "calico", "cilium")[sort]
    return load_text(yaml.safe_dump_all(manifests), options=Options(profile=profile)).cluster


def repeating(random: Random) -> list[Plain]:
    """Policies of Calico with few peers, so that rules repeat each other, some for one namespace by its name."""
    return [
        {"apiVersion": CALICO, "kind": "Tier", "metadata": {"name": "teams"}, "spec": {"order": 100}},
        *(_repeating(random, number) for number in range(random.randint(2, 5))),
        *({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in "abcd"),
    ]


def _repeating(random: Random, number: int) -> Plain:
    tier = random.choice(("default", "default", "teams"))
    rules = [
        {
            "action": random.choice(("Allow", "Allow", "Deny", "Pass")),
            "source": {"namespaceSelector": _of("c", "d")[at]},
        }
        for at in random.choices((0, 1), k=random.randint(1, 3))
    ]
    spec: Plain = {"tier": tier, "order": random.choice((10, 10, 20)), "types": ["Ingress"], "ingress": rules}
    if random.random() < 0.4:
        rules.append({"action": "Deny"})
    name = {"name": f"p{number}" if tier == "default" else f"{tier}.p{number}"}
    if random.random() < 0.5:
        spec["namespaceSelector"] = random.choice((*_of("a", "b"), "all()"))
        return {"apiVersion": CALICO, "kind": "GlobalNetworkPolicy", "metadata": name, "spec": spec}
    home = {"namespace": random.choice("aab")}
    return {"apiVersion": CALICO, "kind": "NetworkPolicy", "metadata": {**name, **home}, "spec": spec}


def _of(*names: str) -> tuple[str, ...]:
    return tuple(f"kubernetes.io/metadata.name == '{name}'" for name in names)


Found = dict[str, Counter[tuple[str, str, bool]]]


def told(of: Cluster, within: Universe) -> Found:
    """What is found, by what it is about."""
    found: Found = {}
    for smell in lint(of, universe=within, rules=(*ASKED, *UNDONE)).smells:
        jointly = any(TOGETHER in why for why in smell.why)
        found.setdefault(str(smell.about), Counter())[smell.rule, smell.message, jointly] += 1
    return found


def in_one_script(context: Context) -> Iterator[Home]:
    """All policies as of one home."""
    stages = (stage for d in Direction for stage in context.cluster.policies.pipe(d).stages)
    yield Home(None, policies_of(*stages), context.policies)


@pytest.mark.parametrize("seed", range(120))
def test_home_by_home_and_in_one_script_the_same_is_found(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        of, within = cluster(seed), universe(seed, tmp_path)
        found = told(of, within)
    except InputError:
        pytest.skip("the reader or the universe forbids what was drawn")

    for module in (redundancy, survey):
        monkeypatch.setattr(module, "homes", in_one_script)
    together = told(of, within)

    # A stage that is ordered may say nothing in some namespace that hangs on its order: only there items only add.
    added = {policy for policy, some in found.items() if any(rule in UNDONE for rule, _, _ in some)}
    assert _without(found, added) == _without(together, added)


def _without(found: Found, policies: set[str]) -> Found:
    return {about: some for about, some in found.items() if about not in policies}


def test_what_governs_several_namespaces_may_be_decided_in_another_one() -> None:
    deny = {"podSelector": {}, "policyTypes": ["Egress"]}
    own = [{**POLICY, "metadata": {"name": name, "namespace": home}, "spec": deny} for home, name in OWN]
    spaces = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in "ab"]
    given = load_text(yaml.safe_dump_all([yaml.safe_load(WIDE), *own, *spaces])).cluster

    found = lint(given, rules=CAN_GO).smells

    jointly = {(str(smell.about), any(TOGETHER in why for why in smell.why)) for smell in found}
    assert jointly == {("NetworkPolicy b/one", True), ("NetworkPolicy b/two", False)}


def test_rules_are_asked_as_they_are_grouped_in_each_namespace() -> None:
    """One rule of two peers, of which one decides, and two rules of one peer each."""
    peers = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}} for name in ("c", "d")]
    rules = {"a": [{"from": peers}], "b": [{"from": [peer]} for peer in peers]}
    own = [
        {**POLICY, "metadata": {"name": "p", "namespace": home}, "spec": {"podSelector": {}, "ingress": some}}
        for home, some in rules.items()
    ]
    spaces = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in "abcd"]
    wide = yaml.safe_load(WIDE)
    there = {"namespaces": {"matchLabels": {"kubernetes.io/metadata.name": "c"}}}
    deny = [{"name": "none", "action": "Deny", "from": [there]}]
    wide["spec"] = {"tier": "Admin", "priority": 1, "subject": {"namespaces": {}}, "ingress": deny}

    found = lint(load_text(yaml.safe_dump_all([wide, *own, *spaces])).cluster, rules=ASKED).smells

    assert [(smell.rule, smell.message[: smell.message.index(" never")]) for smell in found] == [
        ("shadowed-by-tier", "ingress[0] of NetworkPolicy b/p")
    ]


def test_what_no_policy_says_stands_beside_those_of_each_namespace() -> None:
    own = [{**POLICY, "metadata": {"name": "p", "namespace": name}, "spec": {"podSelector": {}}} for name in "ab"]
    [context] = prepare((Given(load_text(yaml.safe_dump_all(own)).cluster),), OPEN, {}, Limits(), Pods.EACH)

    for home in homes(context):
        rungs = [rung for stage in home.policies.ingress.stages for block in stage.blocks() for rung in block.rungs]
        assert HAIRPIN in rungs


def test_what_goes_of_several_namespaces_has_gone_in_each_of_them() -> None:
    found = lint(load_text(TWICE).cluster, rules=CAN_GO).smells

    jointly = {(smell.rule, str(smell.about), any(TOGETHER in why for why in smell.why)) for smell in found}
    assert jointly == {
        ("redundant-policy", "CiliumClusterwideNetworkPolicy wide", True),
        ("redundant-rule", "CiliumNetworkPolicy a/own", False),
    }


def test_what_hides_a_rule_that_is_lost_does_not_go_together_with_it() -> None:
    allowed = [{"action": "Allow", "source": {"namespaceSelector": peer}} for peer in _of("c", "d")]
    wide = {"order": 10, "namespaceSelector": _of("a")[0], "types": ["Ingress"], "ingress": allowed[:1]}
    own = {"order": 20, "types": ["Ingress"], "ingress": [*allowed, {"action": "Deny"}]}
    manifests: list[Plain] = [
        {"apiVersion": CALICO, "kind": "GlobalNetworkPolicy", "metadata": {"name": "wide"}, "spec": wide},
        {"apiVersion": CALICO, "kind": "NetworkPolicy", "metadata": {"name": "own", "namespace": "a"}, "spec": own},
        *({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in "acd"),
    ]

    found = lint(load_text(yaml.safe_dump_all(manifests)).cluster, rules=ASKED).smells

    assert [(smell.rule, any(TOGETHER in why for why in smell.why)) for smell in found] == [
        ("never-reached-rule", False), ("redundant-policy", False), ("redundant-rule", True)
    ]  # fmt: skip
