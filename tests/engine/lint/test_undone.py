"""What is kept out and let through all the same: each finding is held against the comparison and the enumeration of the
set with and without what keeps it out, and nothing of the kind is called removable."""

from copy import deepcopy
from random import Random
from typing import Any

import pytest
import yaml

from tests import oracle
from tests.engine.asking import ALL, admits, policy, tier
from tests.engine.lint.test_lint import looked
from tests.engine.lint.test_redundancy import CAN_GO, FIXED, NAMESPACES, PLACE, loaded
from verifier.engine.diff.compare import equivalent
from verifier.engine.lint.lint import lint
from verifier.engine.results.lint import LintFinding
from verifier.manifests.kubernetes.load import Options, load_text

Plain = dict[str, Any]
AS_NODE = {"host_network": "as_node"}
"""No selector means a hostNetwork pod, so that those of tiers and of NetworkPolicies mean the same pods."""
KEPT_OUT = ("undone-exclusion", "undone-default-deny")

NAME = "kubernetes.io/metadata.name"
PEERS: tuple[Plain, ...] = (
    {"namespaceSelector": {}},
    {"namespaceSelector": {"matchExpressions": [{"key": NAME, "operator": "NotIn", "values": ["ops"]}]}},
    {"namespaceSelector": {"matchLabels": {NAME: "ops"}}},
    {"podSelector": {}},
    {"podSelector": {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}},
    {"podSelector": {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["a"]}]}},
    {"podSelector": {"matchLabels": {"app": "a"}}},
    {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}},
    {"ipBlock": {"cidr": "10.0.0.0/8"}},
)


def drawn(seed: int, *directions: str) -> list[Plain]:
    """Policies of few peers, so that what one keeps out another one often lets through. directions: if not any."""
    random = Random(f"undone {seed}")

    def rule(way: str) -> Plain:
        side = "from" if way == "ingress" else "to"
        peers = {side: deepcopy(random.sample(PEERS, random.choice((1, 2, 2, 3))))} if random.random() < 0.85 else {}
        return {**peers, **({"ports": [{"port": 80}]} if random.random() < 0.25 else {})}

    found = []
    for number in range(random.choice((1, 2, 3))):
        ways = directions or random.choice((("ingress",), ("egress",), ("ingress", "egress")))
        rules = {way: [rule(way) for _ in range(random.choice((0, 1, 2)))] for way in ways}
        selector = random.choice(({}, {}, {"matchLabels": {"app": "a"}}))
        spec = {"podSelector": selector, "policyTypes": [way.capitalize() for way in ways], **rules}
        metadata = {"name": f"p{number}", "namespace": "shop"}
        found.append(
            {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}
        )
    return found


def let_through(manifests: list[Plain], finding: LintFinding) -> list[Plain]:
    """The manifests, in which what the finding speaks of keeps nothing out."""
    manifests = deepcopy(manifests)
    (manifest,) = (m for m in manifests if m["metadata"]["name"] == finding.about.name)
    if finding.rule == "undone-default-deny":
        for way in finding.message.partition("denies all ")[2].partition(" of its")[0].split(" and "):
            manifest["spec"][way] = [{}]
        return manifests
    place = PLACE.match(finding.message)
    assert place is not None
    rule = manifest["spec"][place[1]][int(place[2])]
    peer = rule["from" if place[1] == "ingress" else "to"][int(place[4])]
    for selector in ("podSelector", "namespaceSelector"):
        peer.get(selector, {}).pop("matchExpressions", None)
    peer.get("ipBlock", {}).pop("except", None)
    return manifests


@pytest.mark.parametrize("seed", range(40))
def test_without_what_keeps_it_out_the_same_is_allowed(seed: int) -> None:
    manifests = drawn(seed)
    cluster = loaded(manifests)

    for finding in lint(cluster, rules=KEPT_OUT).smells:
        other = let_through(manifests, finding)
        assert other != manifests, finding.message
        assert equivalent(cluster, loaded(other)), finding.message
        told = oracle.compare([*NAMESPACES, *manifests], [*NAMESPACES, *other], {}, FIXED)
        assert told.relation == "equivalent", finding.message


def test_what_is_drawn_has_both_findings() -> None:
    found = [finding.rule for seed in range(40) for finding in lint(loaded(drawn(seed)), rules=KEPT_OUT).smells]

    assert {rule: found.count(rule) > 3 for rule in KEPT_OUT} == dict.fromkeys(KEPT_OUT, True)


@pytest.mark.parametrize("seed", range(40))
def test_what_only_others_let_through_is_never_called_removable(seed: int) -> None:
    """A line that can go, and whose exclusion could be dropped without a change, is told as the one thing, not as the
    other. In one direction, since that the other end blocks it is no reason."""
    manifests = drawn(seed, ("ingress", "egress")[seed % 2])
    cluster = loaded(manifests)

    for finding in lint(cluster, rules=CAN_GO).smells:
        about = next(m for m in manifests if m["metadata"]["name"] == finding.about.name)
        place = PLACE.match(finding.message)
        for way, number, index in places(about):
            inside = place is None or (place[1], int(place[2])) == (way, number)
            if inside and (place is None or place[4] is None or int(place[4]) == index):
                at = f"{way}[{number}].{'from' if way == 'ingress' else 'to'}[{index}] of "
                other = let_through(manifests, LintFinding("undone-exclusion", finding.severity, at, finding.about))
                same = other == manifests
                assert same or not equivalent(cluster, loaded(other)), (at, finding.message)


def places(manifest: Plain) -> list[tuple[str, int, int]]:
    """Where its peers stand."""
    spec = manifest["spec"]
    return [
        (way, number, index)
        for way, side in (("ingress", "from"), ("egress", "to"))
        for number, rule in enumerate(spec.get(way, ()))
        for index, _ in enumerate(rule.get(side, ()))
    ]


def test_an_exclusion_that_two_items_share_is_none_of_them() -> None:
    """The second of two equal peers can go; what both leave out stays out."""
    others = yaml.safe_dump(PEERS[1], default_flow_style=True).strip()
    here = yaml.safe_dump_all(NAMESPACES) + policy("shop", "p", admits(others, others))

    assert [f.rule for f in lint(load_text(here).cluster, rules=[*KEPT_OUT, *CAN_GO]).smells] == ["shadowed-peer"] * 2


def test_what_a_baseline_would_let_in_is_undone_by_nothing() -> None:
    """NetworkPolicies keep it out before the Baseline is asked."""
    others = yaml.safe_dump(PEERS[1], default_flow_style=True).strip()
    here = yaml.safe_dump_all(NAMESPACES) + policy("shop", "p", admits(others, others))
    base = tier("b", f"ingress: [{{action: Accept, from: [{ALL}]}}]", "Baseline")

    assert lint(load_text(here + base).cluster, switches=AS_NODE, rules=KEPT_OUT).smells == ()


def test_what_a_tier_has_denied_before_is_undone_by_nothing() -> None:
    """It changes nothing to let it through, and yet nobody does."""
    others = yaml.safe_dump(PEERS[1], default_flow_style=True).strip()
    here = yaml.safe_dump_all(NAMESPACES) + policy("shop", "p", admits(others, others))
    ops = "{namespaces: {matchLabels: {kubernetes.io/metadata.name: ops}}}"
    guard = tier("g", f"ingress: [{{action: Deny, from: [{ops}]}}]")

    assert lint(load_text(here + guard).cluster, switches=AS_NODE, rules=KEPT_OUT).smells == ()


def test_a_complement_on_other_ports_is_meant_as_it_stands() -> None:
    """Rules for what is left out, narrower than what leaves it out, undo nothing."""
    spec = (
        "{podSelector: {}, policyTypes: [Egress], egress: ["
        "{to: [{ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}, {to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}"
    )

    assert lint(load_text(policy("shop", "p", spec)).cluster, rules=KEPT_OUT).smells == ()


def test_a_denial_is_undone_by_whoever_selects_its_pods() -> None:
    deny, app = "{podSelector: {matchLabels: {app: a}}}", "{matchLabels: {app: a}}"
    wide = policy("shop", "deny", deny) + policy("shop", "open", "{podSelector: {}, ingress: [{}]}")
    other = policy("shop", "deny", "{}") + policy("shop", "open", f"{{podSelector: {app}, ingress: [{{}}]}}")

    assert [f.rule for f in lint(load_text(wide).cluster, rules=KEPT_OUT).smells] == ["undone-default-deny"]
    assert lint(load_text(other).cluster, rules=KEPT_OUT).smells == ()


def test_rules_that_have_an_order_undo_nothing() -> None:
    """What a tier leaves out, a later one of its rules may well be there for."""
    others = "namespaces: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [ops]}]}"
    rules = f"ingress: [{{action: Accept, from: [{{{others}}}]}}, {{action: Accept, from: [{ALL}]}}]"

    assert lint(load_text(tier("t", rules)).cluster, rules=KEPT_OUT).smells == ()


def test_beside_policies_that_were_passed_over_nothing_is_said_to_be_undone() -> None:
    text = policy("shop", "deny", "{podSelector: {}}") + policy("shop", "open", "{podSelector: {}, ingress: [{}]}")
    other = (
        "---\napiVersion: crd.antrea.io/v1beta1\nkind: NetworkPolicy\nmetadata: {name: c, namespace: shop}\nspec: {}\n"
    )
    partly = load_text(text + other, options=Options(skip_unknown=True)).cluster

    assert looked(text, rules=KEPT_OUT).smells
    assert lint(partly, rules=KEPT_OUT).smells == ()
