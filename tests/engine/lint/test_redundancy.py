"""What can go, and nothing changes: each verdict is held against `diff` of the sets with and without."""

import re
from copy import deepcopy
from random import Random
from typing import Any

import pytest
import yaml

from tests import enumeration
from tests.strategies import a_policy
from tests.tierchanges import allow_list
from tests.tierstrategies import TierDraw
from verifier.engine.compare import equivalent
from verifier.engine.lint.lint import lint
from verifier.engine.lint.smell import Smell
from verifier.ir.cluster import Cluster
from verifier.manifests.load import load_text

Plain = dict[str, Any]
CAN_GO = ("redundant-policy", "redundant-rule", "shadowed-peer", "inert-policy", "inert-rule")
TOGETHER = "together with all others of which this is said"
PLACE = re.compile(r"(ingress|egress)\[(\d+)\](?:\.(from|to)\[(\d+)\])? of ")


def written_out(manifests: list[Plain]) -> list[Plain]:
    """The same policies, their directions listed, so that no rule isolates by being there."""
    manifests = deepcopy(manifests)
    for manifest in manifests:
        spec = manifest.setdefault("spec", {}) or {}
        manifest["spec"] = spec
        if not spec.get("policyTypes"):
            spec["policyTypes"] = ["Ingress", *(["Egress"] if spec.get("egress") else [])]
    return manifests


NAMESPACES = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in ("shop", "ops")]


def loaded(manifests: list[Plain]) -> Cluster:
    return load_text(yaml.safe_dump_all([*NAMESPACES, *manifests])).cluster


def without(manifests: list[Plain], smells: list[Smell]) -> list[Plain]:
    """The manifests without what the findings are about; those of the last places are taken away first."""
    manifests = deepcopy(manifests)
    places = []
    for smell in smells:
        found = PLACE.match(smell.message)
        at = (found[1], int(found[2]), int(found[4] or -1)) if found is not None else ("", 0, 0)
        places.append((smell.about.kind, smell.about.name, at))
    for kind, name, (direction, rule, peer) in sorted(places, reverse=True):
        (policy,) = (p for p in manifests if (p["kind"], p["metadata"]["name"]) == (kind, name))
        if not direction:
            manifests.remove(policy)
        elif peer < 0:
            del policy["spec"][direction][rule]
            if not policy["spec"][direction] and kind != "NetworkPolicy":
                del policy["spec"][direction]
        else:
            del policy["spec"][direction][rule]["from" if direction == "ingress" else "to"][peer]
    return manifests


@pytest.mark.parametrize("seed", range(24))
def test_what_can_go_changes_nothing_alone_and_together(seed: int) -> None:
    manifests = written_out([a_policy(6 * seed + i, "shop") for i in range(6)])
    for number, manifest in enumerate(manifests):
        manifest["metadata"] = {"name": f"p{number}", "namespace": "shop"}
    cluster = loaded(manifests)

    found = lint(cluster, rules=CAN_GO).smells

    for smell in found:
        assert equivalent(cluster, loaded(without(manifests, [smell]))), smell.message
    jointly = [s for s in found if s.rule.startswith("inert") or any(TOGETHER in why for why in s.why)]
    assert equivalent(cluster, loaded(without(manifests, jointly)))


FIXED = {
    "host_network": "as_pod",
    "ipblock_pods": "match",
    "ipblock_nodes": "never",
    "local_node_egress": "policy",
    "named_port_ipblock": "resolve",
    "named_port_source": "containers",
    "self_via_service": "allow",
}


@pytest.mark.parametrize("seed", range(48))
def test_what_can_go_of_tiers_changes_nothing_by_the_enumeration(seed: int) -> None:
    draw = TierDraw(Random(f"redundant {seed}"))
    manifests = draw.tiers()
    if draw.often(0.6):
        manifests.append(allow_list(manifests[0]["kind"], draw))
    for number in range(draw.one((0, 1, 2))):
        (written,) = written_out([a_policy(3 * seed + number, "shop")])
        manifests.append({**written, "metadata": {"name": f"p{number}", "namespace": "shop"}})
    nodes, switches = draw.nodes(), dict(FIXED)
    if draw.often(0.4):
        switches["same_priority"] = draw.one(("by_name", "deny_first"))
    around = [*NAMESPACES, *nodes]

    found = lint(loaded([*nodes, *manifests]), switches=switches, rules=CAN_GO).smells

    jointly = [s for s in found if s.rule.startswith("inert") or any(TOGETHER in why for why in s.why)]
    for smells in (*([smell] for smell in found), jointly):
        left = without(manifests, smells)
        told = enumeration.compare([*around, *manifests], [*around, *left], {"nodes": True}, switches)
        assert told.relation == "equivalent", [smell.message for smell in smells]


def test_of_two_equal_policies_one_has_to_stay() -> None:
    one = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "a", "namespace": "shop"},
    }
    other = {**one, "metadata": {"name": "b", "namespace": "shop"}}

    found = lint(loaded([one, other]), rules=CAN_GO).smells

    assert [(s.rule, s.about.name) for s in found] == [("redundant-policy", "a"), ("redundant-policy", "b")]
    assert [any(TOGETHER in why for why in s.why) for s in found] == [True, False]


def test_a_policy_that_only_isolates_is_not_redundant() -> None:
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "a", "namespace": "shop"},
    }

    assert lint(loaded([policy]), rules=CAN_GO).smells == ()


def test_what_covers_a_rule_is_named_and_nothing_else() -> None:
    spec = {
        "podSelector": {"matchLabels": {"app": "db"}},
        "ingress": [
            {"ports": [{"port": 5432}]},
            {"ports": [{"port": 5000, "endPort": 6000}]},
            {"ports": [{"port": 443}]},
        ],
    }
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "a", "namespace": "shop"},
        "spec": spec,
    }

    (found,) = lint(loaded([policy]), switches={"endport": "yes"}, rules=CAN_GO).smells

    assert found.why[0] == "covered by ingress[1]"
