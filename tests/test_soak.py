"""A short soak: the readings agree on its seeds; and what a long one needs works: finds, the ledger, going on."""

import dataclasses
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec import structs

from tests import oracle
from tests.casefile import read_case
from tests.generators.residents import settled
from tests.generators.strategies import Draw, Example
from tests.oracle import Answer
from tests.soak import drawing, ledger, pairs
from tests.soak.__main__ import AHEAD, blocks, main
from tests.soak.block import SIZE, run
from tests.soak.drawing import drawn
from tests.soak.find import case_of
from tests.soak.ledger import Block
from tests.soak.report import starved, table

SEEDS = 10
FIRST = 500_000


@pytest.mark.parametrize("first", range(FIRST, FIRST + 4 * SEEDS, SEEDS))
def test_all_readings_agree(first: int) -> None:
    block, finds = run("test", first, SEEDS, small=False)

    assert not finds, [(find.what, find.files) for find in finds]
    assert block.tally["seeds"] == SEEDS
    assert block.tally["cases"] > SEEDS
    assert block.tally["witnesses"] > 0


def test_a_seed_means_the_same_whatever_was_drawn_before() -> None:
    assert [drawn(seed) for seed in (7, 8, 9)] == [drawn(seed) for seed in (9, 8, 7)][::-1]


@pytest.mark.parametrize(
    "seed", [70000098, 72000002, 80000235, 50017495, 50101575, 50119459, 50163636, 51012328, 51086743]
)
def test_seeds_that_broke_a_reading(seed: int) -> None:
    """Of the tests: a Service among several destinations; labels of a pod of the input that Cilium does not see; names
    of new namespaces, known for policies that all such get; labels of a Rollout that no policy asks for; whose the
    address of an endpoint is that a Deployment's Service has. And `check`: a narrower claim was looked for beside one
    about a Service; and a map that did not say what it takes for granted of ports with two names."""
    block, finds = run("test", seed, 1, small=False)

    assert not finds, [(find.what, find.files) for find in finds]
    assert block.tally["cases"] > 0


def test_only_what_is_named_is_asked() -> None:
    block, finds = run("test", FIRST, 20, kinds=("mesh", pairs.DIALECT))

    assert not finds
    kinds = {name for name in block.tally if name.startswith("kind/")} - {
        "kind/connections",
        "kind/explained",
        "kind/mapped",
    }
    assert kinds <= {"kind/mesh", f"kind/{pairs.DIALECT}"}
    assert 0 < block.tally["cases"] < 80


def test_disagreement_is_saved_as_a_small_case(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where the enumeration denies every violation, each violation is a find."""
    real = oracle.verdict

    def wrong(*question: object, budget: oracle.Budget) -> Answer:
        answer = real(*question, budget=budget)  # type: ignore[arg-type]
        return Answer("proved") if answer.verdict == "violated" else answer

    monkeypatch.setattr(oracle, "verdict", wrong)
    _, finds = run("test", FIRST, 6)
    find = next(find for find in finds if "violated" in find.what and "proved" in find.what)
    find.save(tmp_path)
    (saved,) = [read_case(path) for path in tmp_path.glob("*.yaml")]

    assert [line.expected for line in saved.lines] == ["proved"]
    assert len(saved.text.splitlines()) < 20


def test_reading_that_breaks_down_is_a_find(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_question: object, **_budget: object) -> Answer:
        raise ArithmeticError("no answer")

    monkeypatch.setattr(oracle, "verdict", broken)
    _, finds = run("test", FIRST, 3)

    assert any("ArithmeticError: no answer" in find.what for find in finds)


def test_world_too_large_for_the_enumeration_is_counted_and_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "PAIRS", 0)
    block, finds = run("test", FIRST, 2)

    assert not finds
    assert block.tally["refused/too large to enumerate"] > 0
    assert not any(name.startswith("verdict/") for name in block.tally)


def test_case_holds_universe_switches_and_the_namespace_of_bare_selectors(tmp_path: Path) -> None:
    claim = {"never": {"to": [{"podSelector": {}}]}}
    given = Example([{"kind": "Namespace"}], claim, {"nodes": True}, {"sctp": "no"}, "shop")
    (tmp_path / "case.yaml").write_text(case_of(given, Answer("unknown", ("a", "b")), 1, "two readings differ"))

    (line,) = read_case(tmp_path / "case.yaml").lines
    assert line.asked == {"never": {"to": [{"podSelector": {}, "namespaces": ["shop"]}]}}
    assert (line.universe, line.switches, line.expected) == ({"nodes": True}, {"sctp": "no"}, "depends on a, b")


def test_regions_that_say_too_much_are_noticed() -> None:
    for seed in range(0, 40, 2):
        _, given = pairs.drawn(seed, None)
        try:
            found = pairs.difference(given)
        except Exception:
            continue
        if found.added and not found.depends_on:
            (first, *rest) = found.added
            less = structs.replace(found, added=tuple(rest))
            everywhere = structs.replace(first, source=structs.replace(first.source, addresses=None))
            assert pairs.disagreement(given, found) is None
            assert pairs.disagreement(given, less) or pairs.disagreement(
                given, structs.replace(found, added=(everywhere, *rest))
            )
            return
    pytest.fail("no pair with regions")


def test_the_name_that_a_node_lists_is_drawn_as_no_address() -> None:
    listed = [{"type": "InternalIP", "address": "10.1.0.9"}, {"type": "Hostname", "address": "one"}]
    node: dict[str, Any] = {"kind": "Node", "metadata": {"name": "one"}, "status": {"addresses": listed}}
    peers: list[dict[str, Any]] = [{"podSelector": {}}]
    policy = {
        "kind": "NetworkPolicy",
        "metadata": {"name": "p", "namespace": "shop"},
        "spec": {"podSelector": {}, "ingress": [{"from": peers}]},
    }
    claims = [Draw(Random(seed)).about_residents([policy, node]) for seed in range(40)]
    blocks = [settled(seed, [policy, node], "open", often=1) for seed in range(40)]

    for drawn_peers in (str(claims), str(blocks)):
        assert "10.1.0.9/32" in drawn_peers
        assert "one/32" not in drawn_peers


# The ledger


def test_ledger_gives_back_its_blocks_and_passes_over_a_line_that_was_cut_off(tmp_path: Path) -> None:
    given = [Block("code", 0, 25, 1.5, {"cases": 70}), Block("code", 25, 25, 1.0, {"cases": 80}, ["seed 30: wrong"])]
    for block in given:
        ledger.append(tmp_path / "ledger", block)
    with (tmp_path / "ledger").open("a") as file:
        file.write('{"code":"code","first":50,"cou')

    assert list(ledger.read(tmp_path / "ledger")) == given
    assert ledger.total(given)["cases"] == 150


def test_run_goes_on_where_the_ledger_ends(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "--jobs",
        "1",
        "--seed",
        "600000",
        "--ledger",
        str(tmp_path / "ledger"),
        "--finds",
        str(tmp_path / "f"),
    ]
    main([*arguments, "--count", "1"])
    (done,) = ledger.read(tmp_path / "ledger")
    (tmp_path / "ledger").write_text("")
    ledger.append(tmp_path / "ledger", dataclasses.replace(done, tally={**done.tally, "cases": 12345}))
    main([*arguments, "--count", "12345"])

    assert len(list(ledger.read(tmp_path / "ledger"))) == 1
    assert "12345 cases" in capsys.readouterr().out


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_no_block_is_passed_over(jobs: int) -> None:
    handed_out = range(0, (AHEAD * jobs + 30) * SIZE, SIZE)
    done = {first: Block("code", first, SIZE, 1.0, {"cases": 70}) for first in handed_out}
    asked = [block.first for block, _ in islice(blocks("code", 0, jobs, done), 20)]

    assert asked == list(range(0, 20 * SIZE, SIZE))


def test_blocks_of_other_code_are_done_again(tmp_path: Path) -> None:
    ledger.append(tmp_path / "ledger", Block("other code", 700_000, 25, 1.0, {"cases": 99}))
    main(["--jobs", "1", "--seed", "700000", "--count", "1", "--ledger", f"{tmp_path}/ledger"])

    assert [block.code == ledger.code() for block in ledger.read(tmp_path / "ledger")] == [False, True]


# The report


def test_starved_verdicts_are_named() -> None:
    shares = {"verdict/proved": 600, "verdict/violated": 500, "verdict/unknown": 150, "verdict/vacuous": 100}

    assert starved(shares) == ["verdict/vacuous"]  # type: ignore[arg-type]


def test_table_tells_seeds_cases_rate_and_shares() -> None:
    given = [Block("x", 0, 25, 10.0, {"cases": 100, "verdict/proved": 75, "verdict/violated": 25}, ["seed 3: wrong"])]
    text = table(given)

    assert text.startswith("seeds 0 to 24, 100 cases in 10 s of one process (10 a second)\n1 disagreements\n")
    assert "verdict: proved 75 (75.0%), violated 25 (25.0%)" in text
    assert "seed 3: wrong" in text
