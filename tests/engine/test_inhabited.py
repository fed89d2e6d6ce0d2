"""A universe in which no pod can exist is refused, whatever is asked about it."""

from collections.abc import Callable

import pytest

from tests.engine.asking import DENY_INGRESS, claim, cluster, pod, policy, universe
from verifier.engine.check import check
from verifier.engine.compare import compare, equivalent, implies
from verifier.engine.difference import Relation
from verifier.engine.explain import explain
from verifier.engine.lint.lint import lint
from verifier.engine.map.map import draw
from verifier.errors import InputError
from verifier.ir.universe import INVENTORY
from verifier.manifests.inquirytext import parse_inquiry

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
        explain(DENY, parse_inquiry("shop/a=b -> shop/a=c : TCP/80", ()), universe(EITHER_B_OR_C))


@pytest.mark.parametrize("question", ASKED)
def test_hostnetwork_pods_are_somebody(question: str) -> None:
    ASKED[question](cluster(pod("shop", "agent", spec="hostNetwork: true")), INVENTORY)


def test_the_first_workload_and_the_last_are_a_difference() -> None:
    assert compare(NOTHING, INHABITED, INVENTORY).relation is Relation.EQUIVALENT
    assert compare(DENY, INHABITED, INVENTORY).new_workloads == compare(INHABITED, DENY, INVENTORY).gone_workloads
