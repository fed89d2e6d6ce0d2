"""What never decides, and what conflicts, against the enumeration: nothing is found that is not so, and nothing is
missing."""

from collections import Counter
from copy import deepcopy
from itertools import islice
from random import Random
from typing import Any

import pytest

from tests import packaged
from tests.generators.tierstrategies import TierDraw
from tests.oracle import VALUES, connections
from tests.oracle.reaching import Reached, Rule, reached
from verifier.engine.lint.survey import survey
from verifier.engine.lint.unreachable import Cause, Unreachable
from verifier.engine.precheck.conflicts import Grade, conflicts
from verifier.engine.precheck.reject import free_of_conflicts
from verifier.engine.problem.problem import Context
from verifier.engine.problem.switches import settle
from verifier.errors import InputError
from verifier.ir.cluster import Cluster
from verifier.ir.universe import OPEN, Universe
from verifier.manifests.kubernetes.load import load_text
from verifier.smt.solver import Limits

Plain = dict[str, Any]

EXAMPLES = 560
MOST = 1300
"""Connections: examples that can tell more of them apart are left out."""
FIXED = {
    "local_node_ingress": "always",
    "external_source": "preserved",
    "other_protocols": "off",
    "endport": "yes",
    "sctp": "yes",
}


class CrowdedDraw(TierDraw):
    """Draws more policies of one tier than others do, with more rules, so that they get into each other's way."""

    def crowd(self) -> list[Plain]:
        found = [self.cluster(f"c{i}") for i in range(self.one((2, 3, 4)))]
        for policy in found:
            spec = policy["spec"]
            spec["priority"] = self.one((1, 1, 1, 2))
            if self.often(0.6):
                spec["subject"] = {"namespaces": {}}
            for way, side in (("ingress", "from"), ("egress", "to")):
                if spec.get(way) and self.often(0.3):
                    spec[way].insert(0, {"action": self.one(("Deny", "Pass", "Accept")), side: [{"namespaces": {}}]})
                if way == "egress" and self.often(0.2):
                    spec[way] = [{"action": "Accept", "to": [{"domainNames": ["example.com"]}]}, *(spec.get(way) or [])]
        if self.often(0.25):
            found[1]["spec"] = twin = deepcopy(found[0]["spec"])
            for rule in [*(twin.get("ingress") or []), *(twin.get("egress") or [])]:
                if not any("domainNames" in peer for peer in rule.get("from") or rule["to"]):
                    rule["action"] = self.one(("Accept", "Pass"))
        return found

    def cluster_of(self) -> list[Plain]:
        found = [self.namespace("shop"), *(self.policy(f"p{i}") for i in range(self.one((0, 0, 1, 2))))]
        if self.often(0.3):
            found.append(self.default_deny("shop"))
        return [*found, *(self.crowd() if self.often(0.7) else self.tiers()), *self.nodes()]


def example(seed: int) -> tuple[list[Plain], Plain, dict[str, str]]:
    """Manifests, a universe, and a full setting of the switches. There are few labels, so that everything can be
    enumerated."""
    draw = CrowdedDraw(Random(seed), {"app": ("a",)}, {"team": ("a",)}, ("shop",))
    setting = {name: FIXED.get(name) or draw.one(values) for name, values in VALUES.items()}
    return draw.cluster_of(), {"families": [4], "nodes": draw.often(0.5)}, setting


def expected(found: Reached, rules: list[Rule]) -> dict[Rule, tuple[Cause, bool, bool]]:
    """Of each rule that never decides: why, whether rules before say something else, whether it decides elsewhere."""
    lost = {}
    for key in rules:
        name, _, _ = key
        if "/" in name:
            if key in found.met and key not in found.below:
                lost[key] = (Cause.TIERS, False, False)
        elif key not in found.met:
            lost[key] = (Cause.NOTHING, False, False)
        elif key not in found.alone:
            lost[key] = (Cause.POLICY, key in found.otherwise, False)
        elif key not in found.within:
            lost[key] = (Cause.TIER, False, False)
        elif key not in found.below:
            lost[key] = (Cause.TIERS, False, False)
        elif key in found.below_here and key not in found.last_here:
            lost[key] = (Cause.ISOLATION, False, key in found.last)
    return lost


def rules_of(manifests: list[Plain]) -> list[Rule]:
    found: list[Rule] = []
    for manifest in manifests:
        spec, meta = manifest.get("spec") or {}, manifest["metadata"]
        if manifest["kind"] not in ("NetworkPolicy", "Namespace", "Node") and "subject" in spec:
            name = meta["name"]
        elif manifest["kind"] == "NetworkPolicy":
            name = f"{meta.get('namespace') or 'default'}/{meta['name']}"
            found += [(name, way, None) for way in ("Ingress", "Egress")]
        else:
            continue
        found += [(name, way, i) for way in ("Ingress", "Egress") for i in range(len(spec.get(way.lower()) or []))]
    return found


def key_of(lost: Unreachable) -> Rule:
    policy = lost.policy
    name = f"{policy.namespace}/{policy.name}" if policy.namespace is not None else policy.name
    number = None if lost.rule is None else int(lost.rule.partition("[")[2].rstrip("]"))
    return name, lost.direction.value.capitalize(), number


def test_what_never_decides_and_what_conflicts_is_what_enumeration_says() -> None:
    causes: Counter[object] = Counter()
    for seed in range(EXAMPLES):
        manifests, universe, setting = example(seed)
        every = list(islice(connections(manifests, {**universe, "nodes": True}, setting, believing=False), MOST + 1))
        if len(every) > MOST:
            continue
        found = reached(manifests, every, setting, universe["nodes"])
        cluster = load_text(packaged.dumped(manifests)).cluster
        of = packaged.universe_of(universe)
        context = Context(cluster, of, settle("k8s", of.switches, setting))

        lost = {
            key_of(each): (each.cause, each.otherwise, each.elsewhere)
            for each in survey(context, Limits()).lost
            if each.rule is not None or each.isolates
        }
        disagreeing = {
            (*(p.name for p in each.policies), each.direction.value.capitalize()): each.grade.name.lower()
            for each in conflicts(context, Limits())
        }

        assert lost == expected(found, rules_of(manifests)), (seed, setting)
        assert disagreeing == found.conflicts, (seed, setting)
        assert is_refused(cluster, of, setting) is bool(found.conflicts), (seed, setting)
        causes.update(cause for cause, _, _ in lost.values())
        causes.update(disagreeing.values())
        causes["examples"] += 1
    assert causes["examples"] >= 80
    assert min(causes[cause] for cause in (*Cause, *(grade.name.lower() for grade in Grade))) >= 2, causes


def is_refused(cluster: Cluster, of: Universe, setting: dict[str, str]) -> bool:
    """Whether the set is refused by those who ask for policies of equal priority that never disagree."""
    context = Context(cluster, of, settle("k8s", of.switches, {**setting, "same_priority": "reject"}))
    try:
        return free_of_conflicts(context, Limits()).switches["same_priority"] != "any"
    except InputError:
        return True


@pytest.mark.parametrize("by", ["by_name", "deny_first"])
def test_a_conflict_is_one_whatever_the_plugin_makes_of_it(by: str) -> None:
    manifests, _, setting = next(e for e in map(example, range(EXAMPLES)) if _has_conflict(*e))

    assert list(conflicts(_ground(manifests, {**setting, "same_priority": by}), Limits()))


def _has_conflict(manifests: list[Plain], _: object, setting: dict[str, str]) -> bool:
    return any(True for _ in conflicts(_ground(manifests, setting), Limits()))


def _ground(manifests: list[Plain], setting: dict[str, str]) -> Context:
    return Context(load_text(packaged.dumped(manifests)).cluster, OPEN, settle("k8s", {}, setting))
