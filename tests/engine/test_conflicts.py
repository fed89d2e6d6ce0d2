"""`same_priority: reject`: who refuses a set, with which places, and what becomes of one that is free of conflicts."""

from collections.abc import Callable

import pytest

from tests.engine.asking import ALL, cluster, egress, ingress, namespace, tier
from verifier.engine.check.check import check
from verifier.engine.diff.compare import compare
from verifier.engine.explain.explain import explain
from verifier.engine.map.map import draw
from verifier.engine.results.diff import Relation
from verifier.errors import InputError, Undecided
from verifier.ir.cluster import Cluster
from verifier.ir.switches import SWITCHES
from verifier.ir.universe import OPEN
from verifier.manifests.notation.connection import parse_connection_query
from verifier.manifests.notation.expression import parse_expression
from verifier.session import Session
from verifier.smt.solver import Limits

REJECT = {"same_priority": "reject"}
SHOP = namespace("shop", "{team: shop}")
OPS = "{namespaces: {matchLabels: {team: ops}}}"
ONE, OTHER = tier("a", ingress(("Accept", OPS))), tier("b", ingress(("Deny", OPS)))
CONFLICTING = cluster(SHOP + ONE + OTHER)
HARMLESS = cluster(SHOP + ONE + tier("b", ingress(("Deny", "{namespaces: {matchLabels: {team: dev}}}"))))
CLAIM = parse_expression("always {team=ops}/* -> shop/*")

ASKING: dict[str, Callable[[Cluster], object]] = {
    "check": lambda it: check(it, [CLAIM], OPEN, REJECT),
    "diff, old": lambda it: compare(it, HARMLESS, OPEN, REJECT),
    "diff, new": lambda it: compare(HARMLESS, it, OPEN, REJECT),
    "explain": lambda it: explain(it, parse_connection_query("ops/{} -> shop/{} : TCP/80", it.workloads), OPEN, REJECT),
    "map": lambda it: draw(it, OPEN, REJECT),
}


@pytest.mark.parametrize("ask", ASKING.values(), ids=ASKING)
def test_policies_that_disagree_are_refused_with_both_places(ask: Callable[[Cluster], object]) -> None:
    with pytest.raises(InputError) as refused:
        ask(CONFLICTING)

    (diagnostic,) = refused.value.diagnostics
    assert (diagnostic.code, diagnostic.line) == ("conflicting-priority", 14)
    assert diagnostic.message == (
        "ClusterNetworkPolicy a and ClusterNetworkPolicy b, both of priority 1, disagree: ingress[0] of the first "
        "allows what ingress[0] of the second denies, as from a pod in other-namespace to a pod in shop on TCP/80; "
        "the first stands at manifests.yaml:9:71"
    )


@pytest.mark.parametrize("ask", ASKING.values(), ids=ASKING)
def test_policies_that_tie_and_never_disagree_are_not(ask: Callable[[Cluster], object]) -> None:
    ask(HARMLESS)


def test_what_is_proved_free_of_conflicts_is_asked_like_any_other() -> None:
    (strict,), (lenient,) = check(HARMLESS, [CLAIM], OPEN, REJECT), check(HARMLESS, [CLAIM], OPEN)

    assert (strict.verdict, strict.depends_on) == (lenient.verdict, lenient.depends_on)
    assert compare(HARMLESS, HARMLESS, OPEN, REJECT).relation is Relation.EQUIVALENT


def test_a_disagreement_of_which_nobody_can_say_is_refused() -> None:
    accept, deny = egress(("Accept", "{domainNames: [example.com]}")), egress(("Deny", "{networks: [0.0.0.0/0]}"))

    with pytest.raises(InputError, match="can disagree"):
        check(cluster(SHOP + tier("a", accept) + tier("b", deny)), [CLAIM], OPEN, REJECT)


def test_a_disagreement_that_changes_no_verdict_is_refused_too() -> None:
    both = tier("a", ingress(("Accept", ALL))) + tier("b", ingress(("Pass", ALL)))

    with pytest.raises(InputError, match="disagree"):
        check(cluster(SHOP + both), [CLAIM], OPEN, REJECT)


def test_what_cannot_be_proved_harmless_is_not_taken_for_harmless() -> None:
    with pytest.raises(Undecided):
        check(HARMLESS, [CLAIM], OPEN, REJECT, Limits(deadline=0.0))


def test_every_pair_that_disagrees_is_named() -> None:
    third = tier("c", ingress(("Deny", ALL)))

    with pytest.raises(InputError) as refused:
        check(cluster(SHOP + ONE + OTHER + third), [CLAIM], OPEN, REJECT)
    assert len(refused.value.diagnostics) == 2


def test_no_plugin_rejects_so_that_an_open_switch_does_not_consider_it() -> None:
    assert "reject" not in SWITCHES["same_priority"].values
    (found,) = check(CONFLICTING, [CLAIM], OPEN, {"same_priority": "open"})
    assert found.depends_on == ("same_priority",)


def test_a_session_refuses_what_came_to_conflict_and_stays_as_it_was() -> None:
    session = Session({"a.yaml": SHOP + ONE}, [CLAIM], OPEN, REJECT)
    before = session.results

    with pytest.raises(InputError, match="disagree"):
        session.update({"b.yaml": OTHER})

    assert session.results == before
    assert [r.verdict for r in session.update({})] == ["proved"]
    assert len(session.cluster.policies.objects) == 1
