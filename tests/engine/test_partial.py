"""What is said where policies are passed over: nothing about the whole cluster, and nothing that is not known."""

from random import Random
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from tests.engine.asking import DENY_INGRESS, admits, policy
from tests.generators.changes import pair
from verifier.engine.check.check import report
from verifier.engine.diff.compare import compare, equivalent, implies
from verifier.engine.diff.gate import Known, gate
from verifier.engine.explain.explain import explain
from verifier.engine.lint.lint import lint
from verifier.engine.lint.rules import OF_ALL, RULES
from verifier.engine.map.map import draw
from verifier.engine.results.diff import Relation
from verifier.errors import Severity, Undecided
from verifier.ir.cluster import Cluster, PassedOver
from verifier.ir.universe import OPEN
from verifier.manifests.kubernetes.load import Options, load_text
from verifier.manifests.notation.connection import parse_connection_query
from verifier.manifests.notation.expression import parse_expression

Plain = dict[str, Any]
SKIPPING = Options(skip_unknown=True)
UNREAD: tuple[Plain, ...] = tuple(
    {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": {"egress": rules}}
    for api, kind in (("k8s.ovn.org/v1", "EgressFirewall"), ("crd.antrea.io/v1beta1", "NetworkPolicy"))
    for name in ("a", "b")
    for rules in ([], [{"type": "Deny"}])
)
FIREWALL = f"---\n{yaml.safe_dump(UNREAD[1])}"
OTHER = f"---\n{yaml.safe_dump(UNREAD[0])}"
OPENING = policy("shop", "all", "{podSelector: {}, policyTypes: [Egress], egress: [{}]}")
REDUNDANT = policy("shop", "deny", DENY_INGRESS) + policy("shop", "again", DENY_INGRESS)


def cluster(text: str) -> Cluster:
    return load_text(text, options=SKIPPING).cluster


def unread(random: Random) -> list[Plain]:
    return random.sample(UNREAD, random.randrange(3))


def dumped(manifests: list[Plain]) -> str:
    return yaml.safe_dump_all(manifests)


def last_of_each(manifests: list[Plain]) -> list[Plain]:
    """What there is on a cluster, and what was there before it, read from the objects alone."""
    return sorted(manifests, key=lambda m: (m["apiVersion"], m["kind"], m["metadata"]["name"]))


@pytest.mark.parametrize("seed", range(40))
def test_comparisons_are_as_far_as_was_read_or_undecided(seed: int) -> None:
    random = Random(seed)
    given = pair(seed)
    mine = unread(random)
    theirs = random.choice((mine, unread(random)))
    how, settings = OPEN, given.switches

    whole = compare(cluster(dumped(given.old)), cluster(dumped(given.new)), how, settings, limit=2)
    partly = compare(
        cluster(dumped([*given.old, *mine])), cluster(dumped([*theirs, *given.new])), how, settings, limit=2
    )

    names = {f"{m['kind']} shop/{m['metadata']['name']}" for m in (*mine, *theirs)}
    assert {str(each) for each in partly.passed_over} == names
    assert (partly.added, partly.removed) == (whole.added, whole.removed)
    assert partly.complete is (whole.complete and not names)
    same = last_of_each(mine) == last_of_each(theirs)
    assert partly.relation is (whole.relation if same else Relation.UNKNOWN)
    assert same or "not the same on both sides" in str(partly.reason)


def test_of_two_of_one_name_the_order_counts() -> None:
    """On a cluster the last overwrites the others, and files may be applied in another order than they are read in. How
    many copies there are counts too: nobody says that several are one, as where names are made up."""
    one, two = cluster(OPENING + FIREWALL + OTHER), cluster(OPENING + OTHER + FIREWALL)

    assert compare(one, two).relation is Relation.UNKNOWN
    assert compare(one, cluster(OPENING + OTHER)).relation is Relation.UNKNOWN
    assert compare(one, one).relation is Relation.EQUIVALENT
    assert compare(cluster(OPENING + OTHER), cluster(OPENING + OTHER + OTHER)).relation is Relation.UNKNOWN


def test_whether_two_clusters_are_equivalent_is_undecided_too() -> None:
    known, partly = cluster(OPENING), cluster(OPENING + FIREWALL)

    assert equivalent(partly, partly)
    for asked in (equivalent, implies):
        with pytest.raises(Undecided, match="not the same on both sides"):
            asked(known, partly)


def test_every_report_knows_what_was_passed_over() -> None:
    partly = cluster(OPENING + FIREWALL)
    claim = parse_expression("always shop/* -> 198.51.100.4 : TCP/443")
    judged = gate(partly, partly, [claim])

    reports = [
        report(partly, [claim]),
        compare(partly, partly),
        lint(partly),
        draw(partly),
        explain(partly, parse_connection_query("shop/a=b -> 198.51.100.4 : TCP/443", ())),
        *(judged.base, judged.head, judged.difference),
    ]

    assert [[str(each) for each in found.passed_over] for found in reports] == [["EgressFirewall shop/a"]] * len(
        reports
    )
    told = "what EgressFirewall shop/a decides, which is not understood and was passed over"
    assert all(told in found.not_covered for found in reports)


def test_lint_asks_nothing_about_all_policies_together() -> None:
    whole, partly = lint(cluster(REDUNDANT)), lint(cluster(REDUNDANT + FIREWALL))

    assert "redundant-policy" in {smell.rule for smell in whole.smells}
    assert not OF_ALL & {smell.rule for smell in partly.smells}
    assert partly.rules == tuple(name for name in RULES if name not in OF_ALL)
    [warning] = [d for d in partly.diagnostics if d.code == "not-asked"]
    assert warning.severity is Severity.WARNING
    assert "redundant-policy" in warning.message


def test_lint_asks_of_such_rules_only_those_that_are_wanted() -> None:
    partly = lint(cluster(REDUNDANT + FIREWALL), rules=["redundant-rule", "and-or"])

    assert [d.message for d in partly.diagnostics] == ["not asked, since not all policies were read: redundant-rule"]
    assert lint(cluster(REDUNDANT + FIREWALL), rules=["and-or"]).diagnostics == ()


def test_what_can_never_be_is_found_whatever_was_passed_over() -> None:
    """And within a policy that could go, if all were known."""
    never = "{podSelector: {matchExpressions: [{key: a, operator: Exists}, {key: a, operator: DoesNotExist}]}}"
    known = policy("shop", "all", admits("{podSelector: {}}")) + policy("shop", "some", admits(never))

    assert "redundant-policy" in {smell.rule for smell in lint(cluster(known)).smells}
    assert {smell.rule for smell in lint(cluster(known + FIREWALL)).smells} & {"inert-rule", "dead-peer"}


def test_a_rule_that_is_never_reached_is_not_to_be_removed() -> None:
    peers = "from: [{namespaces: {}}]"
    rules = f"[{{name: a, action: Accept, {peers}}}, {{name: b, action: Deny, {peers}}}]"
    tier = (
        "---\napiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: t}\n"
        f"spec: {{tier: Admin, priority: 1, subject: {{namespaces: {{}}}}, ingress: {rules}}}\n"
    )

    def advice(text: str) -> tuple[str, ...]:
        [found] = [smell for smell in lint(cluster(text)).smells if smell.rule == "never-reached-rule"]
        return found.why

    assert "remove it, or move it up" in advice(tier)
    assert "move it up" in advice(tier + FIREWALL)
    assert not any("remove" in why for why in advice(tier + FIREWALL))


def test_nothing_is_said_where_everything_was_read() -> None:
    known = report(cluster(OPENING), [parse_expression("always shop/* -> 198.51.100.4")], OPEN)

    assert known.passed_over == ()
    assert not any("passed over" in text for text in known.not_covered)


def test_what_a_live_cluster_did_not_list_is_the_same_as_nothing() -> None:
    """Not even as what the same cluster did not list a moment ago."""
    unlisted = PassedOver("", "Node", "", "cluster:prod", unlisted_by="cluster:prod")
    whole = cluster(OPENING)
    partly = replace(whole, passed_over=(unlisted,))

    for old, new in ((whole, partly), (partly, whole), (partly, partly)):
        found = compare(old, new)
        assert found.relation is Relation.UNKNOWN
        assert found.reason == "nobody knows whether that is all, since cluster:prod did not list: Node"
        with pytest.raises(Undecided):
            equivalent(old, new)


def test_reports_tell_what_was_not_listed_from_what_is_not_understood() -> None:
    unlisted = PassedOver("", "Node", "", "cluster:prod", unlisted_by="cluster:prod")
    both = replace(cluster(OPENING + FIREWALL), passed_over=(*cluster(FIREWALL).passed_over, unlisted))

    found = report(both, [parse_expression("never shop/a=b -> shop/c=d")])

    assert found.not_covered[-2:] == (
        "what EgressFirewall shop/a decides, which is not understood and was passed over",
        "what cluster:prod did not list: Node",
    )


def test_a_gate_that_is_told_that_nothing_is_opened_says_what_was_not_read() -> None:
    side = cluster(OPENING + FIREWALL)

    found = gate(side, side, (), known=Known((), (), narrower=True)).difference

    assert (found.relation, found.complete) == (Relation.NARROWER, False)
    assert found.passed_over == side.passed_over
    assert found.passed_over
