"""What lint says of Calico's policies: what can go is held against `diff` of the sets with and without."""

import re
from collections.abc import Sequence
from copy import deepcopy
from random import Random
from typing import Any

import yaml

from tests.generators.calicostrategies import CalicoDraw
from tests.generators.strategies import a_policy
from tests.oracle.calico import is_of
from verifier.engine.diff.compare import equivalent
from verifier.engine.lint.lint import lint
from verifier.engine.results.lint import LintFinding
from verifier.ir.cluster import Cluster
from verifier.ir.universe import OPEN
from verifier.manifests.kubernetes.load import load_text

Plain = dict[str, Any]
CAN_GO = ("redundant-policy", "redundant-rule", "shadowed-peer", "inert-policy", "inert-rule")
TOGETHER = "together with all others of which this is said"
PLACE = re.compile(r"(ingress|egress)\[(\d+)\](?:\.(from|to)\[(\d+)\])? of ")
TIERS = [
    {"apiVersion": "projectcalico.org/v3", "kind": "Tier", "metadata": {"name": name}, "spec": {"order": order}}
    for name, order in (("security", 100), ("teams", 2000))
]
CALICO = {"apiVersion": "projectcalico.org/v3", "kind": "NetworkPolicy"}
KUBERNETES = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
SEEDS = 40


def loaded(manifests: list[Plain]) -> Cluster:
    return load_text(yaml.safe_dump_all([*TIERS, *manifests])).cluster


def drawn(seed: int) -> list[Plain]:
    """Policies whose directions are written out, so that no rule says them by being there."""
    draw = CalicoDraw(Random(f"can go {seed}"))
    tier = ("default", "default", "security", "teams")
    found = [draw.calico_policy(i, draw.one(tier)) for i in range(4)]
    found += [a_policy(7 * seed + i, "shop") for i in range(2)]
    for number, policy in enumerate(found):
        spec = policy["spec"] = policy.get("spec") or {}
        spec.pop("doNotTrack", None)
        types = "types" if is_of(policy) else "policyTypes"
        if not spec.get(types):
            kept = [] if is_of(policy) and spec.get("egress") and not spec.get("ingress") else ["Ingress"]
            spec[types] = [*kept, *(["Egress"] if spec.get("egress") else [])]
        policy["metadata"]["name"] = f"p{number}"
    return found


def without(manifests: list[Plain], smells: Sequence[LintFinding]) -> list[Plain]:
    """The manifests without what the findings are about; those of the last places are taken away first."""
    manifests = deepcopy(manifests)
    places = []
    for smell in smells:
        found = PLACE.match(smell.message)
        at = (found[1], int(found[2]), int(found[4] or -1)) if found is not None else ("", 0, 0)
        places.append((smell.about.name, at))
    for name, (direction, rule, peer) in sorted(places, reverse=True):
        policies = [p for p in manifests if p["metadata"]["name"] == name]
        if not direction:
            manifests.remove(policies[0])
        elif policies and peer < 0:
            del policies[0]["spec"][direction][rule]
        elif policies:
            del policies[0]["spec"][direction][rule]["from" if direction == "ingress" else "to"][peer]
    return manifests


def test_what_can_go_changes_nothing_alone_and_together() -> None:
    gone = 0
    for seed in range(SEEDS):
        manifests = drawn(seed)
        cluster = loaded(manifests)
        found = lint(cluster, rules=CAN_GO).smells
        for smell in found:
            assert equivalent(cluster, loaded(without(manifests, [smell])), OPEN), (seed, smell.message)
        jointly = [s for s in found if s.rule.startswith("inert") or any(TOGETHER in why for why in s.why)]
        assert equivalent(cluster, loaded(without(manifests, jointly)), OPEN), seed
        gone += len(found)
    assert gone >= SEEDS // 4


def test_a_rule_that_stands_in_two_places_is_reached_if_it_is_from_either() -> None:
    """How the policies of Kubernetes are called decides whether it comes before them (switch `calico_np_name`)."""
    deny = {"action": "Deny", "protocol": "TCP", "destination": {"ports": [80]}}
    calico = {"order": 1000, "selector": "all()", "types": ["Ingress"], "ingress": [deny]}
    manifests = [
        {**CALICO, "metadata": {"name": "m", "namespace": "shop"}, "spec": calico},
        {**KUBERNETES, "metadata": {"name": "z", "namespace": "shop"}, "spec": {"podSelector": {}, "ingress": [{}]}},
    ]

    assert not lint(loaded(manifests)).smells
    assert [s.rule for s in lint(loaded(manifests), switches={"calico_np_name": "knp"}).smells] == ["redundant-policy"]
