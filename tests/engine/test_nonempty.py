"""A universe in which no pod can exist is refused, whatever is asked about it."""

from collections.abc import Callable

import pytest

from tests.engine.asking import DENY_INGRESS, claim, cluster, pod, policy, universe
from verifier.engine.check.check import check
from verifier.engine.diff.compare import compare, equivalent, implies
from verifier.engine.explain.explain import explain
from verifier.engine.lint.lint import lint
from verifier.engine.map.map import draw
from verifier.engine.results.diff import Relation
from verifier.errors import InputError
from verifier.ir.universe import INVENTORY
from verifier.manifests.notation.connection import parse_connection_query

EITHER_B_OR_C = (
    "{invariants: [{name: i, pods: {podSelector: {}}, onlyIn: {podSelector: {matchLabels: {a: b}}}},"
    " {name: j, pods: {podSelector: {}}, onlyIn: {podSelector: {matchLabels: {a: c}}}}]}"
)
NOTHING = cluster("")
DENY = cluster(policy("shop", "deny", DENY_INGRESS))
INHABITED = cluster(pod("shop", "web"))
ASKED: dict[str, Callable[..., object]] = {
    "check": lambda here, of: check(here, [claim("never * -> {}/*")], of),
    "diff": lambda here, of: compare(here, here, of),
    "equivalent": lambda here, of: equivalent(here, here, of),
    "implies": lambda here, of: implies(here, here, of),
    "lint": lambda here, of: lint(here, universe=of),
    "map": draw,
}


@pytest.mark.parametrize("question", ASKED)
@pytest.mark.parametrize(
    "spec",
    [
        "{namespaces: {others: false}}",
        "{pods: {labels: {a: {values: [], others: false, required: true}}}}",
        "{namespaces: {labels: {a: {values: [], others: false, required: true}}}}",
        "{namespaces: {labels: {kubernetes.io/metadata.name: {values: [], others: false}}}}",
        EITHER_B_OR_C,
        "inventory",
    ],
)
def test_a_universe_in_which_no_pod_can_exist_is_refused(spec: str, question: str) -> None:
    with pytest.raises(InputError, match="no pod can exist"):
        ASKED[question](NOTHING, universe(spec))


@pytest.mark.parametrize("question", ASKED)
def test_policies_do_not_make_pods(question: str) -> None:
    with pytest.raises(InputError, match="the manifests hold no workload"):
        ASKED[question](DENY, INVENTORY)


def test_a_connection_in_a_universe_without_pods_is_refused() -> None:
    with pytest.raises(InputError, match="there can be no such connection"):
        explain(DENY, parse_connection_query("shop/a=b -> shop/a=c : TCP/80", ()), universe(EITHER_B_OR_C))


@pytest.mark.parametrize("question", ASKED)
def test_hostnetwork_pods_are_somebody(question: str) -> None:
    ASKED[question](cluster(pod("shop", "agent", spec="hostNetwork: true")), INVENTORY)


def test_the_first_workload_and_the_last_are_a_difference() -> None:
    assert compare(NOTHING, INHABITED, INVENTORY).relation is Relation.WIDER
    assert compare(INHABITED, NOTHING, INVENTORY).relation is Relation.NARROWER


AGENT = pod("data", "agent", "{app: db}", "hostNetwork: true")
DB_IN_B = (
    "{name: i, pods: {podSelector: {matchLabels: {app: db}}}, onlyIn: {namespaceSelector: {matchLabels: {team: b}}}}"
)
WEB_IN_A = DB_IN_B.replace("app: db", "app: web").replace("team: b", "team: a").replace("name: i", "name: j")
ONLY_A = "namespaces: {labels: {team: {values: [a], others: false}}}"


@pytest.mark.parametrize("question", ASKED)
@pytest.mark.parametrize(
    ("manifests", "spec", "said"),
    [
        (pod("data", "db", "{app: db}"), f"{{{ONLY_A}, invariants: [{DB_IN_B}]}}", "Pod data/db cannot be: "),
        (AGENT, f"{{{ONLY_A}, invariants: [{DB_IN_B}]}}", "Pod data/agent cannot be: "),
        (AGENT, "{namespaces: {labels: {team: {values: [], others: false, required: true}}}}", "agent cannot be: "),
        (pod("data", "db", "{app: db}") + pod("data", "web", "{app: web}"), f"{{invariants: [{DB_IN_B}, {WEB_IN_A}]}}",
         "the workloads of namespace `data` cannot all be: "),
    ],
)  # fmt: skip
def test_workloads_that_rules_forbid_together_are_refused(manifests: str, spec: str, said: str, question: str) -> None:
    with pytest.raises(InputError, match=said):
        ASKED[question](cluster(manifests), universe(spec))


def test_workloads_whose_namespace_can_have_the_labels_are_admitted() -> None:
    both = pod("data", "db", "{app: db}") + pod("ops", "web", "{app: web}")

    ASKED["check"](cluster(both), universe(f"{{invariants: [{DB_IN_B}, {WEB_IN_A}]}}"))
    ASKED["check"](cluster(pod("data", "db", "{app: cache}")), universe(f"{{{ONLY_A}, invariants: [{DB_IN_B}]}}"))


@pytest.mark.parametrize(
    ("manifests", "spec", "said"),
    [
        ("", "inventory", "the manifests hold no workload"),
        ("", "{namespaces: {others: false}}", "there is no namespace"),
        (pod("shop", "web", "{a: b}"), EITHER_B_OR_C, "breaks the invariant"),
        ("", EITHER_B_OR_C, "its rules contradict each other"),
    ],
)
def test_it_is_said_why_nobody_can_be(manifests: str, spec: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        ASKED["diff"](cluster(manifests), universe(spec))
