"""Pods of a StatefulSet, told apart by their names and numbers (docs/semantics.md 1.6)."""

import pytest

from verifier.engine.diff.compare import compare
from verifier.engine.explain.explain import explain
from verifier.engine.lint.lint import lint
from verifier.engine.problem.variants import variants
from verifier.engine.results.diff import Relation
from verifier.ir.cluster import Cluster
from verifier.ir.endpoint import Workload
from verifier.ir.labels import POD_INDEX, POD_NAME
from verifier.ir.universe import INVENTORY
from verifier.manifests.kubernetes.load import load_text
from verifier.manifests.notation.connection import parse_connection_query
from verifier.report.words.conditions import conditions
from verifier.vocabulary import Mentions

PG = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: pg, namespace: data}
spec:
  ordinals: {start: START}
  selector: {matchLabels: {app: pg}}
  template: {metadata: {labels: {app: pg}}, spec: {containers: [{name: c, image: i}]}}
---
"""
POLICY = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed, namespace: data}
spec: {podSelector: {matchLabels: {statefulset.kubernetes.io/pod-name: NAME}}}
---
"""


def cluster(start: int = 0, name: str | None = "pg-0", more: str = "") -> Cluster:
    policy = "" if name is None else POLICY.replace("NAME", name)
    return load_text(PG.replace("START", str(start)) + policy + more, "f.yaml").cluster


def told(first: int, **mentioned: set[str]) -> list[tuple[str, str, bool]]:
    workload = Workload("StatefulSet", "data", "pg", first=first)
    keys = {"names": POD_NAME, "numbers": POD_INDEX}
    found = variants(workload, Mentions({keys[k]: values for k, values in mentioned.items()}))
    return [(v.labels[POD_NAME], v.labels[POD_INDEX], v.single) for v in found]


def test_each_number_that_is_mentioned_is_one_pod_and_one_more_stands_for_the_others() -> None:
    assert told(0, names={"pg-0", "web-3"}) == [("pg-0", "0", True), ("pg-1", "1", False)]
    assert told(0, names={"pg-1"}, numbers={"7"}) == [
        ("pg-1", "1", True),
        ("pg-7", "7", True),
        ("pg-0", "0", False),
    ]


@pytest.mark.parametrize("text", ["pg-01", "pg-", "pg--1", "pg-+1", "pg-1 ", "pg-٣", "pg-99999999999", "other-1"])
def test_what_no_controller_writes_is_no_pod(text: str) -> None:
    assert told(0, names={text}) == [("pg-0", "0", False)]


def test_pods_begin_where_the_set_says() -> None:
    assert told(2, names={"pg-0", "pg-2"}) == [("pg-2", "2", True), ("pg-3", "3", False)]


def test_explain_says_which_pod_it_hangs_on() -> None:
    some = cluster()

    said = explain(some, parse_connection_query("data/pg -> data/pg : TCP/80", some.workloads))

    assert said.allowed is None
    ends = [f"the source has any other {POD_NAME}", f"the destination has {POD_NAME}=pg-0"]
    assert [conditions(when) for when, allowed in said.outcomes if not allowed] == [" and ".join(ends)]


def test_lint_knows_the_pods_that_a_policy_selects() -> None:
    rules = {smell.rule for smell in lint(cluster(), universe=INVENTORY).smells}

    assert "dead-subject" not in rules
    assert "dead-subject" in {smell.rule for smell in lint(cluster(1), universe=INVENTORY).smells}


def test_a_comparison_tells_the_pods_apart() -> None:
    assert compare(cluster(), cluster(name="pg-7"), INVENTORY).relation is Relation.INCOMPARABLE
    assert compare(cluster(), cluster(name=None), INVENTORY).relation is Relation.WIDER
    assert compare(cluster(name="web-0"), cluster(name=None), INVENTORY).relation is Relation.EQUIVALENT


def test_a_pod_of_the_input_is_no_second_pod_of_its_name() -> None:
    pod = (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: pg-0\n  namespace: data\n"
        f"  labels: {{app: pg, hash: a, {POD_NAME}: pg-0, {POD_INDEX}: '0'}}\n"
        "  ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: pg, uid: u, controller: true}]\n"
        "spec: {containers: [{name: c, image: i}]}\n"
    )
    some = cluster(more=pod)

    said = explain(
        some, parse_connection_query("data/statefulset/pg -> data/pod/pg-0 : TCP/80", some.workloads, owned=some.owned)
    )

    assert said.allowed is False
    assert [w.single for w in some.workloads if POD_NAME in w.labels] == [True]
