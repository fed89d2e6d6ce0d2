"""What has to hold before anything is asked: all that is wrong with either side is told, and told by all commands."""

from pathlib import Path

import pytest

from tests.engine.asking import ALL, claim, cluster, ingress, namespace, pod, tier, universe
from verifier.engine.check.check import check
from verifier.engine.diff.compare import compare
from verifier.engine.diff.gate import gate
from verifier.engine.draft import drafting
from verifier.engine.explain.explain import explain
from verifier.engine.lint.lint import lint
from verifier.engine.map.map import draw
from verifier.engine.precheck.prepare import Given, Pods, prepare
from verifier.errors import InputError, Undecided
from verifier.ir.cluster import Cluster
from verifier.ir.universe import INVENTORY, OPEN, Universe
from verifier.manifests.kubernetes.load import load_text
from verifier.manifests.notation.connection import parse_connection_query
from verifier.smt.solver import Limits

REJECT = {"same_priority": "reject"}
SHOP = namespace("shop", "{team: shop}")
OPS = "{namespaces: {matchLabels: {team: ops}}}"
ONE, OTHER = tier("a", ingress(("Accept", OPS))), tier("b", ingress(("Deny", OPS)))
HARMLESS = cluster(SHOP + ONE + tier("b", ingress(("Deny", "{namespaces: {matchLabels: {team: dev}}}"))))
ONLY_DB = universe("{pods: {labels: {app: {values: [db], others: false}}}}")
CLAIM = claim("always */* -> shop/*")
NO_TIME = Limits(deadline=0.0)


def named(name: str, manifests: str) -> Cluster:
    return load_text(manifests, name).cluster


def forbidden(name: str) -> Cluster:
    return named(f"{name}.yaml", pod("shop", name, "{app: web}"))


def conflicting(name: str) -> Cluster:
    return named(f"{name}.yaml", SHOP + ONE + OTHER)


def mistakes(error: "pytest.ExceptionInfo[InputError]") -> list[tuple[str, str | None]]:
    return [(d.code, d.file) for d in error.value.diagnostics]


def both(first: Cluster, second: Cluster, limits: Limits) -> None:
    prepare((Given(first), Given(second)), ONLY_DB, REJECT, limits, Pods.ANY)


# Both sides


def test_a_comparison_tells_what_is_wrong_with_either_side() -> None:
    with pytest.raises(InputError) as refused:
        compare(forbidden("old"), forbidden("new"), ONLY_DB)

    assert mistakes(refused) == [("universe-forbids", "old.yaml"), ("universe-forbids", "new.yaml")]


def test_a_gate_tells_what_is_wrong_with_either_side() -> None:
    with pytest.raises(InputError) as refused:
        gate(forbidden("old"), forbidden("new"), [CLAIM], universe=ONLY_DB)

    assert mistakes(refused) == [("universe-forbids", "old.yaml"), ("universe-forbids", "new.yaml")]


def test_a_gate_tells_what_is_wrong_with_a_base_that_there_is_nothing_to_ask_about() -> None:
    known = "{namespaces: {known: [{name: shop, labels: {team: ops}}]}, pods: {others: false}}"
    base, head = named("old.yaml", SHOP), named("new.yaml", SHOP + pod("shop", "web"))

    with pytest.raises(InputError) as refused:
        gate(base, head, [CLAIM], universe=universe(known))

    assert mistakes(refused) == [("universe-forbids", "old.yaml"), ("universe-forbids", "new.yaml")]


def test_conflicts_of_either_side_are_told() -> None:
    with pytest.raises(InputError) as refused:
        compare(conflicting("old"), conflicting("new"), OPEN, REJECT)

    assert mistakes(refused) == [("conflicting-priority", "old.yaml"), ("conflicting-priority", "new.yaml")]


def test_one_side_may_be_wrong_in_another_way_than_the_other() -> None:
    with pytest.raises(InputError) as refused:
        both(forbidden("old"), conflicting("new"), Limits())

    assert mistakes(refused) == [("universe-forbids", "old.yaml"), ("conflicting-priority", "new.yaml")]


def test_what_is_wrong_with_both_sides_is_told_once() -> None:
    with pytest.raises(InputError) as refused:
        both(forbidden("same"), forbidden("same"), Limits())

    assert len(refused.value.diagnostics) == 1


def test_what_is_surely_wrong_counts_for_more_than_what_cannot_be_decided() -> None:
    for sides in ((forbidden("x"), HARMLESS), (HARMLESS, forbidden("x"))):
        with pytest.raises(InputError, match="app"):
            both(*sides, NO_TIME)

    with pytest.raises(Undecided):
        both(HARMLESS, HARMLESS, NO_TIME)


# All commands


def test_limits_hold_for_what_is_asked_before_a_connection_and_a_map() -> None:
    query = parse_connection_query("ops/{} -> shop/{} : TCP/80", ())

    with pytest.raises(Undecided):
        explain(HARMLESS, query, OPEN, REJECT, limits=NO_TIME)
    with pytest.raises(Undecided):
        draw(HARMLESS, OPEN, REJECT, limits=NO_TIME)


def test_all_that_is_wrong_with_a_connection_is_told() -> None:
    query = parse_connection_query("shop/app=web -> shop/app=api : SCTP/80", ())

    with pytest.raises(InputError) as refused:
        explain(cluster(SHOP), query, ONLY_DB, {"sctp": "no"})

    assert [d.code for d in refused.value.diagnostics] == ["not-covered", "universe-forbids", "universe-forbids"]


@pytest.mark.parametrize("of", [ONLY_DB, INVENTORY])
def test_a_draft_is_of_what_may_be_asked_about(of: Universe) -> None:
    nobody = of is INVENTORY

    with pytest.raises(InputError, match="no pod can exist" if nobody else "does not admit"):
        drafting(cluster(SHOP) if nobody else forbidden("x"), of)


def test_lint_tells_of_conflicts_by_a_rule_of_its_own_and_looks_at_rules_for_sctp() -> None:
    to = "protocols: [{sctp: {destinationPort: {number: 9}}}]"
    sctp = tier("c", f"ingress: [{{action: Accept, from: [{ALL}], {to}}}]", priority=2)

    found = lint(cluster(SHOP + ONE + OTHER + sctp), switches={**REJECT, "sctp": "no"}).smells

    assert "conflicting-priority" in {finding.rule for finding in found}
    assert not any(finding.rule == "never-reached-rule" and finding.about.name == "c" for finding in found)


def test_each_side_has_its_own_files(tmp_path: Path) -> None:
    compare(HARMLESS, HARMLESS, OPEN, REJECT, dump_to=tmp_path / "pair")
    check(HARMLESS, [CLAIM], OPEN, REJECT, dump_to=tmp_path / "one")

    names = {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("same-priority*")}
    assert {name.split(".ingress")[0] for name in names} == {
        "pair/same-priority.old",
        "pair/same-priority.new",
        "one/same-priority",
    }


def test_what_is_said_is_a_diagnostic_with_a_place() -> None:
    with pytest.raises(InputError) as refused:
        both(HARMLESS, conflicting("new"), Limits())

    [found] = refused.value.diagnostics
    assert (found.file, found.line) == ("new.yaml", 14)
