"""What can go, and nothing changes: each verdict is held against `diff` of the sets with and without."""

import re
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from tests import oracle
from tests.engine.asking import ALL, admits, ingress, policy, tier
from tests.generators.strategies import a_policy
from tests.generators.tierchanges import allow_list
from tests.generators.tierstrategies import TierDraw
from tests.packaged import universe_of
from verifier.engine.diff.compare import equivalent
from verifier.engine.lint.lint import lint
from verifier.engine.lint.naming import STAYS
from verifier.engine.results.lint import LintFinding
from verifier.ir.cluster import Cluster
from verifier.ir.universe import OPEN, Universe
from verifier.manifests.kubernetes.load import load_text

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


def without(manifests: list[Plain], smells: list[LintFinding]) -> list[Plain]:
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
def test_what_can_go_of_tiers_changes_nothing_by_the_enumeration(seed: int, tmp_path: Path) -> None:
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
    of: Plain = {"nodes": True}
    if draw.often(0.6):
        (written,) = written_out([a_policy(seed)])
        of["newNamespacesGet"] = [{**written, "metadata": {"name": "new"}}]

    asked = (*CAN_GO, "never-reached-rule")
    found = lint(
        loaded([*nodes, *manifests]), universe=universe_of(of, tmp_path), switches=switches, rules=asked
    ).smells

    found = tuple(smell for smell in found if STAYS not in smell.why)
    lost = [smell for smell in found if smell.rule == "never-reached-rule"]
    found = tuple(smell for smell in found if smell.rule != "never-reached-rule")
    jointly = [s for s in found if s.rule.startswith("inert") or any(TOGETHER in why for why in s.why)]
    policies = {smell.about for smell in jointly if not PLACE.match(smell.message)}
    some = [smell for smell in draw.random.sample(lost, len(lost) // 2) if smell.about not in policies]
    for smells in (*([smell] for smell in found), jointly, [*jointly, *some]):
        left = without(manifests, smells)
        told = oracle.compare([*around, *manifests], [*around, *left], of, switches)
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


def test_what_never_decides_may_stay_or_go_where_the_rest_goes_together() -> None:
    """Without a and b, c decides: that both can go holds only if c goes with them, and nobody says that it should."""
    accept, deny = (ingress((action, "{namespaces: {matchLabels: {team: a}}}")) for action in ("Accept", "Deny"))
    manifests = list(
        yaml.safe_load_all(tier("a", accept) + tier("b", accept, priority=2) + tier("c", deny, priority=3))
    )

    found = lint(loaded(manifests), rules=CAN_GO).smells

    assert [(smell.rule, smell.about.name) for smell in found] == [("redundant-policy", "a")]
    assert found[0].why[-1] == "the policy can be removed, but then something else that is reported has to stay"


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


DENY_NEW = {"newNamespacesGet": [
    {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "deny"}, "spec": {}}
]}  # fmt: skip
NOBODY = "{matchLabels: {a: b}, matchExpressions: [{key: a, operator: DoesNotExist}]}"
HEARD = "matchLabels: {kubernetes.io/metadata.name: heard}"


@pytest.mark.parametrize(
    ("manifest", "rule"),
    [
        (policy("heard", "p", f"{{podSelector: {NOBODY}}}"), "inert-policy"),
        (policy("shop", "p", admits(f"{{podSelector: {NOBODY}, namespaceSelector: {{{HEARD}}}}}")), "inert-rule"),
        (tier("t", ingress(("Deny", ALL), ("Deny", f"{{namespaces: {{{HEARD}}}}}"))), "never-reached-rule"),
    ],
)
def test_what_does_nothing_but_name_a_namespace_is_said_to(manifest: str, rule: str, tmp_path: Path) -> None:
    here = load_text(yaml.safe_dump_all(NAMESPACES) + manifest).cluster
    (named,) = lint(here, universe=universe_of(DENY_NEW, tmp_path), rules=[rule]).smells
    (unnamed,) = lint(here, rules=[rule]).smells

    assert STAYS in named.why
    assert STAYS not in unnamed.why
    assert "remove it, or move it up" not in named.why


def test_policies_of_new_namespaces_count_and_are_not_reported(tmp_path: Path) -> None:
    """Letting in changes nothing where nothing isolates: in new namespaces that hangs on what they get."""
    here = load_text(yaml.safe_dump_all(NAMESPACES) + tier("t", ingress(("Accept", ALL)))).cluster
    opened = {"newNamespacesGet": [{**DENY_NEW["newNamespacesGet"][0], "spec": {"ingress": [{}]}}]}

    def reported(universe: Universe) -> list[str]:
        return [str(smell.about) for smell in lint(here, universe=universe, rules=CAN_GO).smells]

    assert reported(OPEN) == ["ClusterNetworkPolicy t"]
    assert reported(universe_of(DENY_NEW, tmp_path)) == []
    assert reported(universe_of(opened, tmp_path)) == ["ClusterNetworkPolicy t"]
