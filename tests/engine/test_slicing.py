"""Slices keep what bears on a question, and leave out what cannot."""

import pytest

from tests.engine.asking import DENY_ALL, admits, claim, cluster, policy, universe, verdict
from verifier.engine.problem.declared import World
from verifier.engine.problem.scope import scope
from verifier.engine.problem.slicing import contradict, slice_policies
from verifier.ir.labels import Operator, Requirement, Selector
from verifier.ir.policy import Direction
from verifier.vocabulary import has_ties


def requirement(key: str, operator: Operator, *values: str) -> Requirement:
    return Requirement(key, operator, frozenset(values))


def kept(manifests: str, text: str, direction: Direction, of: str = "open") -> set[str]:
    """The names of the policies that the question about `text` keeps for `direction`."""
    what = cluster(manifests)
    about = scope(claim(text).claim, World(what, universe(of)))
    [stage] = slice_policies(what.policies, about.select).pipe(direction).stages
    return {selects.citation.name for selects in stage.applies or ()}


THREE = "".join(policy(n, n, DENY_ALL) for n in ("a", "b", "c")) + policy(
    "a", "web", "{podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress, Egress]}"
)


def test_a_namespace_keeps_its_own_policies_only() -> None:
    assert kept(THREE, "never a/* -> b/*", Direction.INGRESS) == {"b"}
    assert kept(THREE, "never a/* -> b/*", Direction.EGRESS) == {"a", "web"}


@pytest.mark.parametrize("peer", ["*", "{}/*", "{team=a}/*", "app!=web", "app"])
def test_what_cannot_be_told_is_kept(peer: str) -> None:
    assert kept(THREE, f"never * -> {peer}", Direction.INGRESS) == {"a", "b", "c", "web"}


def test_a_contradicting_label_leaves_a_policy_out() -> None:
    assert kept(THREE, "never * -> app=db", Direction.INGRESS) == {"a", "b", "c"}
    assert kept(THREE, "never * -> app in (db,web)", Direction.INGRESS) == {"a", "b", "c", "web"}


def test_the_complement_of_only_keeps_every_source() -> None:
    assert kept(THREE, "only a/* -> b/*", Direction.EGRESS) == {"a", "b", "c", "web"}
    assert kept(THREE, "exactly a/* -> b/*", Direction.EGRESS) == {"a", "b", "c", "web"}


def test_outside_addresses_are_governed_by_nobody() -> None:
    assert kept(THREE, "never a/* -> external", Direction.INGRESS) == set()
    assert kept(THREE, "never a/* -> 10.0.0.0/8", Direction.INGRESS) == set()


def test_a_block_that_pods_may_be_in_keeps_everything() -> None:
    of = "{addresses: {pods: [10.0.0.0/8]}}"

    assert kept(THREE, "never a/* -> 10.0.0.0/8", Direction.INGRESS, of) == {"a", "b", "c", "web"}
    assert kept(THREE, "always 10.0.0.0/8 -> external", Direction.EGRESS, of) == {"a", "b", "c", "web"}


def test_selectors_contradict_where_no_value_can_meet_both() -> None:
    a, ab, b = (Selector(frozenset({requirement("k", Operator.IN, *v)})) for v in ("a", "ab", "b"))
    absent = Selector(frozenset({requirement("k", Operator.DOES_NOT_EXIST)}))

    assert contradict(a, b)
    assert not contradict(a, ab)
    assert not contradict(Selector(), b)
    assert not contradict(a, Selector(frozenset({requirement("j", Operator.IN, "b")})))
    assert not contradict(absent, Selector(frozenset({requirement("k", Operator.NOT_IN, "a")})))


def test_slicing_changes_no_verdict() -> None:
    """The same question with peers that cannot be sliced by."""
    manifests = THREE + policy(
        "b", "in", admits("{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: a}}}")
    )

    for source, destination in (("a", "b"), ("c", "b"), ("b", "c")):
        for kind in ("never", "always"):
            tight = f"{kind} {source}/* -> {destination}/*"
            name = "kubernetes.io/metadata.name"
            loose = f"{kind} {{{name}={source}}}/* -> {{{name}={destination}}}/*"
            assert verdict(manifests, tight) == verdict(manifests, loose)


def tier(name: str, subject: str) -> str:
    return f"""
---
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {{name: {name}}}
spec:
  priority: 1
  subject: {subject}
  ingress: [{{action: Deny, from: [{{namespaces: {{}}}}]}}]
"""


def test_a_cluster_scoped_policy_is_left_out_by_labels_only() -> None:
    web = "{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}}"
    what = cluster(THREE + tier("all", "{namespaces: {matchLabels: {team: a}}}") + tier("web", web))

    def asked(text: str) -> list[str]:
        about = scope(claim(text).claim, World(what, universe("open")))
        admin = slice_policies(what.policies, about.select).pipe(Direction.INGRESS).stages[0]
        return [rung.citation.name for block in admin.blocks() for rung in block.rungs]

    assert asked("never * -> b/*") == ["all", "web"]
    assert asked("never * -> b/app=db") == ["all"]
    assert asked("never * -> external") == []


def test_a_tie_of_which_one_policy_is_left_is_none() -> None:
    web = "{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}}"
    passing = tier("passing", web).replace("Deny", "Allow")
    manifests = THREE + tier("deny", "{namespaces: {}}") + passing

    assert verdict(manifests, "never c/* -> b/app=db") == "proved"
    what = cluster(manifests)
    sliced = slice_policies(
        what.policies, scope(claim("never * -> b/app=db").claim, World(what, universe("open"))).select
    )
    assert not has_ties(sliced)
