"""The second solver confirms what verdicts rest on, and what is dumped says the same to both."""

import importlib.util
import re
from pathlib import Path
from random import Random

import pytest
import z3

from tests import packaged
from tests.casefile import CASES, Line, read_cases
from tests.engine.asking import DENY_ALL, admits, claim, cluster, ingress, namespace, policy, tier
from tests.generators.strategies import a_policy, example, policies
from verifier.engine.check.check import check
from verifier.engine.diff.compare import compare
from verifier.engine.diff.gate import gate
from verifier.engine.lint.lint import lint
from verifier.engine.results.check import Result, Verdict
from verifier.engine.results.diff import Relation
from verifier.engine.solve import crosscheck
from verifier.errors import Disagreement, InputError, UsageError
from verifier.ir.universe import OPEN
from verifier.manifests.kubernetes.load import load_text
from verifier.smt.second import SecondAnswer, ask_second_solver
from verifier.smt.solver import Answer, Limits

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("cvc5") is None, reason="cvc5 is not installed: no cross-check"
)

CROSS = Limits(cross_check=True)
OLD = namespace("shop") + policy("shop", "p", admits("{podSelector: {matchLabels: {app: web}}}"))
NEW = OLD + policy("shop", "q", admits("{ipBlock: {cidr: 192.0.2.0/24}}"))
MORE = "only shop/app=web -> shop/*"
REJECT = {"same_priority": "reject"}
OPS, DEV = (f"{{namespaces: {{matchLabels: {{team: {team}}}}}}}" for team in ("ops", "dev"))
TIE = namespace("shop") + tier("a", ingress(("Accept", OPS)))
HARMLESS = TIE + tier("b", ingress(("Deny", DEV)))
CONFLICTING = TIE + tier("b", ingress(("Deny", OPS)))

SAMPLE = [line for case in read_cases() for line in case.lines if line.kind == "check"][::24]


def asked(line: Line, folder: Path, **more: object) -> Result:
    loaded = load_text((CASES / f"{line.case}.yaml").read_text(), "case.yaml", packaged.options(line.switches))
    where = packaged.universe_of(line.universe, folder)
    return check(loaded.cluster, [packaged.property_of(line.asked)], where, line.switches, **more)[0]


def agree(result: Result) -> bool:
    """True iff both solvers were asked, and gave the same answers."""
    return bool(result.stats.opinions) and all(o.answer == o.second for o in result.stats.opinions)


@pytest.mark.parametrize("line", SAMPLE, ids=str)
def test_a_sample_of_the_cases_is_confirmed(tmp_path: Path, line: Line) -> None:
    assert agree(asked(line, tmp_path, limits=CROSS))


@pytest.mark.parametrize("seed", range(6))
def test_random_clusters_are_confirmed(tmp_path: Path, seed: int) -> None:
    given = example(seed)
    try:
        loaded = load_text(packaged.dumped(given.manifests), "cluster.yaml", packaged.options(given.switches))
        universe = packaged.universe_of(given.universe, tmp_path)
        claimed = packaged.property_of(given.claim, given.namespace)
        [result] = check(loaded.cluster, [claimed], universe, given.switches, CROSS)
    except InputError:
        pytest.skip("this seed draws a universe that the manifests contradict")

    assert agree(result)


@pytest.mark.parametrize("seed", range(4))
def test_random_changes_are_confirmed(seed: int) -> None:
    old = policies(seed)
    new = [manifest for manifest in old if Random(seed).random() < 0.8] + [a_policy(seed)]
    sides = [load_text(packaged.dumped(side)).cluster for side in (old, new)]

    opinions = compare(*sides, OPEN, {"host_network": "as_node", "self_via_service": "policy"}, CROSS).stats.opinions

    assert all(o.answer == o.second for o in opinions)
    assert {o.question for o in opinions} >= {"misdescribed"} or not opinions


def test_a_gate_is_confirmed_on_both_sides_and_in_between() -> None:
    report = gate(cluster(OLD), cluster(NEW), [claim(MORE)], limits=CROSS)

    assert [agree(result) for result in (*report.base.results, *report.head.results)] == [True, True]
    assert {"misdescribed"} <= {o.question for o in report.difference.stats.opinions}


def test_a_proof_asks_for_the_property_and_its_premise() -> None:
    [result] = check(cluster(OLD), [claim(MORE)], limits=CROSS)

    assert [(o.question, o.answer) for o in result.stats.opinions] == [("broken", "unsat"), ("premise 0", "sat")]


def test_what_same_priority_reject_asks_is_confirmed_before_anything_else() -> None:
    [result] = check(cluster(HARMLESS), [claim(MORE)], OPEN, REJECT, CROSS)
    difference = compare(cluster(HARMLESS), cluster(HARMLESS + policy("shop", "p", DENY_ALL)), OPEN, REJECT, CROSS)

    first = "same_priority, ingress: disputed 0"
    assert agree(result)
    assert [o.question for o in result.stats.opinions][:2] == [first, "broken"]
    assert [o.question for o in difference.stats.opinions][:2] == [first, first]
    assert all(o.answer == o.second for o in difference.stats.opinions)


def test_what_lint_asks_is_counted_and_can_be_confirmed() -> None:
    manifests = CONFLICTING + policy("shop", "p", DENY_ALL) + policy("shop", "q", DENY_ALL)

    quick, sure = (lint(cluster(manifests), limits=limits).stats for limits in (Limits(), CROSS))

    assert quick.queries == sure.queries > len(sure.opinions) > 10
    assert quick.script_bytes == sure.script_bytes > 0
    assert all(o.answer == o.second for o in sure.opinions)


def test_a_conflict_that_the_second_solver_sees_and_z3_does_not_is_an_internal_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    says(monkeypatch, SecondAnswer(Answer.SAT, 0.1))

    with pytest.raises(Disagreement, match="`same_priority, ingress: disputed 0` Z3 says unsat and cvc5 sat"):
        check(cluster(HARMLESS), [claim(MORE)], OPEN, REJECT, CROSS)


def test_freedom_from_conflicts_that_is_not_confirmed_is_said_with_every_verdict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    says(monkeypatch, SecondAnswer(Answer.UNKNOWN, 0.1, "its resource limit"))

    [result] = check(cluster(HARMLESS), [claim(MORE)], OPEN, REJECT, CROSS)

    assert any("not confirmed by cvc5: `same_priority, ingress: disputed 0`" in note for note in result.notes)


def test_without_a_wish_the_second_solver_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(crosscheck, "ask_second_solver")

    [result] = check(cluster(OLD), [claim(MORE)])

    assert result.stats.opinions == ()


def says(monkeypatch: pytest.MonkeyPatch, answer: SecondAnswer) -> None:
    monkeypatch.setattr(crosscheck, "ask_second_solver", lambda _script, _deadline: answer)


def test_solvers_that_disagree_are_an_internal_error_with_the_script_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    says(monkeypatch, SecondAnswer(Answer.SAT, 0.1))

    with pytest.raises(Disagreement, match="`broken` Z3 says unsat and cvc5 sat") as caught:
        check(cluster(OLD), [claim(MORE)], limits=CROSS)

    [kept] = tmp_path.iterdir()
    assert str(kept) in str(caught.value)
    assert ask_second_solver(kept.read_text()).answer is Answer.UNSAT


def test_where_the_second_solver_does_not_know_the_report_says_so_and_the_verdict_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    says(monkeypatch, SecondAnswer(Answer.UNKNOWN, 0.1, "its resource limit"))

    [result] = check(cluster(OLD), [claim(MORE)], limits=CROSS)
    difference = compare(cluster(OLD), cluster(NEW), limits=CROSS)

    assert result.verdict is Verdict.PROVED
    assert result.notes[0] == "not confirmed by cvc5: `broken`, to which Z3 says unsat (its resource limit)"
    assert difference.relation is Relation.WIDER
    assert any("not confirmed by cvc5: `misdescribed`" in note for note in difference.notes)


# Dumps


def answers(path: Path) -> tuple[str, str]:
    """What either solver says to a file as it is."""
    solver = z3.Solver(ctx=z3.Context())
    solver.from_file(str(path))
    return str(solver.check()), ask_second_solver(path.read_text()).answer


@pytest.mark.parametrize("line", SAMPLE, ids=str)
def test_both_solvers_take_a_dump_as_it_is_and_agree_with_the_verdict(tmp_path: Path, line: Line) -> None:
    result = asked(line, tmp_path, dump_to=tmp_path)
    found = {path.stem: answers(path) for path in tmp_path.glob("*.smt2")}
    broken = [both for stem, both in found.items() if not re.search(r"\.(premise-\d|surely-broken)$", stem)]
    premises = [both for stem, both in found.items() if re.search(r"\.premise-\d$", stem)]

    assert len(broken) == 1
    assert premises
    assert all(one == other for one, other in found.values())
    assert (broken[0][0] == "sat") is (result.verdict in (Verdict.VIOLATED, Verdict.UNKNOWN))
    assert result.verdict is not Verdict.PROVED or {both[0] for both in premises} == {"sat"}
    assert result.verdict is not Verdict.VACUOUS or "unsat" in {both[0] for both in premises}


def test_a_dump_of_a_comparison_asks_for_what_was_added_removed_and_described(tmp_path: Path) -> None:
    compare(cluster(OLD), cluster(NEW), dump_to=tmp_path)

    found = {path.name: answers(path) for path in tmp_path.iterdir()}

    assert found == {
        "added.smt2": ("sat", "sat"),
        "removed.smt2": ("unsat", "unsat"),
        "misdescribed.smt2": ("unsat", "unsat"),
    }


def test_a_dump_holds_what_same_priority_reject_asks(tmp_path: Path) -> None:
    check(cluster(HARMLESS), [claim(MORE)], OPEN, REJECT, dump_to=tmp_path / "check")
    compare(cluster(HARMLESS), cluster(HARMLESS), OPEN, REJECT, dump_to=tmp_path / "diff")

    asked = tmp_path / "check" / "same-priority.ingress.disputed-0.smt2"
    assert answers(asked) == ("unsat", "unsat")
    assert "; question: can a connection get to policies of equal priority of which two" in asked.read_text()
    assert {"same-priority.old.ingress.disputed-0.smt2", "same-priority.new.ingress.disputed-0.smt2"} <= {
        path.name for path in (tmp_path / "diff").iterdir()
    }


def test_a_dump_of_a_conflict_holds_each_pair_that_was_asked_about(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="disagree"):
        check(cluster(CONFLICTING), [claim(MORE)], OPEN, REJECT, dump_to=tmp_path)

    found = {path.name: answers(path) for path in tmp_path.iterdir()}
    assert len(found) > 1
    assert all(one == other for one, other in found.values())
    assert found["same-priority.ingress.surely-reached-0-and-does-0-0-allow-and-does-0-1-deny.smt2"] == ("sat", "sat")


def test_a_gate_dumps_each_side_and_the_difference_into_folders(tmp_path: Path) -> None:
    gate(cluster(OLD), cluster(NEW), [claim("never external -> shop/*")], dump_to=tmp_path)

    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.smt2")) == [
        "base/never-external---shop.premise-0.smt2",
        "base/never-external---shop.smt2",
        "difference/added.smt2",
        "difference/misdescribed.smt2",
        "difference/removed.smt2",
        "head/never-external---shop.premise-0.smt2",
        "head/never-external---shop.smt2",
    ]


def test_properties_whose_names_differ_in_odd_characters_only_have_files_of_their_own(tmp_path: Path) -> None:
    texts = [
        "never shop/app=a -> shop/*",
        "never shop/app!=a -> shop/*",
        f"never shop/app in ({'a,' * 150}b) -> shop/*",
    ]

    check(cluster(OLD), [claim(text) for text in texts], dump_to=tmp_path)

    heads = [path.read_text() for path in tmp_path.glob("*.smt2") if "premise" not in path.name]
    assert {text for text in texts if any(f"; claim: {text}\n" in head for head in heads)} == set(texts)


def test_a_directory_that_cannot_be_written_is_the_users_fault(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match="cannot write to"):
        check(cluster(OLD), [claim(MORE)], dump_to=tmp_path / "file")


def test_a_dump_says_what_it_asks_and_what_its_numbers_mean(tmp_path: Path) -> None:
    old = OLD + policy("shop", "deny", DENY_ALL)
    check(cluster(old), [claim("never ghost/team=x -> shop/* : TCP/web")], dump_to=tmp_path)

    [path] = (path for path in tmp_path.iterdir() if "premise" not in path.name)
    head = path.read_text().partition("(set-logic")[0].splitlines()

    assert all(line.startswith(";") for line in head)
    for expected in (
        "; claim: never ghost/team=x -> shop/* : TCP/web",
        "; question: can a connection of the universe break the property, perhaps?",
        ";     0 shop: kubernetes.io/metadata.name=shop",
        ";     1 ghost, which nobody declares: any labels",
        ';     1 "web"',
        ";     2 a value that nobody mentions",
        ";     1 10.0.0.0 to 10.255.255.255",
        ";   dst.named.web: the destination has a port `web` of this protocol and number",
        ";   assume.private-pod-addresses: assumed: pods have private addresses (RFC 1918, fc00::/7)",
    ):
        assert expected in head
