"""Repairs in the formats that programs apply and reviews show, with names that somebody hostile has chosen."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.report.samples import PAGE, VIOLATED, prop, report
from tests.report.test_formats import EVIL, EVIL_DIFF, EVIL_RESULT
from verifier.engine.results.check import Result, Verdict
from verifier.engine.results.diff import Difference, Relation
from verifier.ir.property import PropertySeverity
from verifier.mending.result import Change, FixReport, Outcome, Repair
from verifier.report.findings import sarif
from verifier.report.findings.fixfinding import of_fix
from verifier.report.formats import formats_of
from verifier.report.markdown.fix import suggestion
from verifier.report.words.paint import PLAIN

BEFORE = "a: 1\nb: 2\nc: 3\n"
NARROWER = Difference(Relation.NARROWER)


def repair(*changes: Change, **more: object) -> Repair:
    values: dict[str, object] = {"edits": ("narrow it",), "proved": ("only-monitoring",), "difference": NARROWER}
    return Repair(**(values | {"changes": changes, "cost": 1} | more))  # type: ignore[arg-type]


def outcome(*repairs: Repair, result: Result = VIOLATED, **more: object) -> Outcome:
    first = repairs[0] if repairs else None
    return Outcome(result.property, repair=first, alternatives=repairs[1:], found=result, **more)  # type: ignore[arg-type]


def results(*outcomes: Outcome) -> Any:
    return json.loads(sarif.render(of_fix(FixReport("open", outcomes))))["runs"][0]["results"]


def fixed(result: Any) -> dict[str, str]:
    """What the first fix of a result makes of files that hold BEFORE."""
    made = {}
    for changed in result["fixes"][0]["artifactChanges"]:
        made[changed["artifactLocation"]["uri"]] = applied(BEFORE, changed["replacements"])
    return made


def applied(text: str, replacements: list[Any]) -> str:
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    for each in reversed(replacements):
        region = each["deletedRegion"]
        assert (region["endLine"], region["endColumn"]) >= (region["startLine"], region["startColumn"])
        first = starts[region["startLine"] - 1] + region["startColumn"] - 1
        last = starts[region["endLine"] - 1] + region["endColumn"] - 1
        text = text[:first] + each["insertedContent"]["text"] + text[last:]
    return text


AFTER = "a: 1\nb:\n- 3\nc: 3\nd: 4\n"


@pytest.mark.parametrize(
    "after", [AFTER, "b: 2\nc: 3\n", "a: 1\nb: 2\n", "", "x: 0\na: 1\nb: 2\nc: 3", "a: 1\nc: 3\n", "x: 0\na: 1\ny: 0\n"]
)
def test_the_fix_of_a_result_makes_the_change(after: str) -> None:
    [result] = results(outcome(repair(Change("k8s/a.yaml", BEFORE, after))))

    assert fixed(result) == {"k8s/a.yaml": after}
    assert result["message"]["text"].endswith("Proved repair: narrow it. See also: [the property](1), [to Deployment shop/api](2).")  # fmt: skip  # noqa: E501


@given(st.lists(st.sampled_from(BEFORE.splitlines(keepends=True)), max_size=5).map("".join), st.sampled_from(["", "z"]))
@example("a: 1\nx", "")
def test_whatever_the_change_is_its_fix_makes_it(after: str, end: str) -> None:
    if after + end != BEFORE:
        [result] = results(outcome(repair(Change("k8s/a.yaml", BEFORE, after + end))))
        assert fixed(result) == {"k8s/a.yaml": after + end}


def test_a_fix_of_several_files_is_one_and_alternatives_are_several() -> None:
    both = repair(Change("a.yaml", BEFORE, AFTER), Change("my work/b.yaml", BEFORE, "a: 1\n"))
    [result] = results(outcome(both, repair(Change("c.yaml", BEFORE, "c: 3\n"), edits=("drop it",))))

    assert fixed(result) == {"a.yaml": AFTER, "my%20work/b.yaml": "a: 1\n"}
    assert [fix["description"]["text"] for fix in result["fixes"]] == ["narrow it", "drop it"]


def test_a_repair_that_makes_a_file_is_told_and_is_no_fix() -> None:
    """None of what SARIF has makes a file, and half of a repair is none."""
    new = repair(Change("a.yaml", BEFORE, AFTER), Change("new.yaml", None, "a: 1\n"))
    [result] = results(outcome(new))

    assert "fixes" not in result
    assert "Proved repair: narrow it (it makes a new file" in result["message"]["text"]


def test_what_lies_outside_of_the_repository_is_no_fix(tmp_path: Path) -> None:
    [result] = results(outcome(repair(Change(str(tmp_path / "a.yaml"), BEFORE, AFTER))))

    assert "fixes" not in result


def test_what_holds_with_a_repair_before_it_has_its_fix() -> None:
    other = replace(VIOLATED, property=prop(name="other"))
    first = outcome(repair(Change("a.yaml", BEFORE, AFTER)))
    second = Outcome(other.property, holds=True, found=other, repaired_with=("only-monitoring",))
    told = results(first, second)

    assert [fixed(each) for each in told] == [{"a.yaml": AFTER}] * 2
    assert "It holds once those before it are repaired." in told[1]["message"]["text"]


def test_what_held_is_no_result_and_what_is_not_repaired_says_why() -> None:
    held = Outcome(prop(), holds=True, found=replace(VIOLATED, verdict=Verdict.PROVED))
    [result] = results(held, outcome(why="nothing was proved to repair it"))

    assert "No repair: nothing was proved to repair it." in result["message"]["text"]
    assert "fixes" not in result


# Comments


def comment(*outcomes: Outcome) -> str:
    return formats_of("fix")["markdown"](FixReport("open", outcomes), PLAIN, False)


def test_one_stretch_of_lines_is_a_suggestion() -> None:
    told = comment(outcome(repair(Change("k8s/a.yaml", BEFORE, "a: 1\nb: 4\nd: 5\n"))))

    assert "`k8s/a.yaml:2-3`:\n\n```suggestion\nb: 4\nd: 5\n```\n" in told
    assert "```diff\n--- a/k8s/a.yaml\n" in told


def test_lines_that_are_added_take_the_one_before_them_along() -> None:
    found = suggestion(repair(Change("a.yaml", BEFORE, "a: 1\nb: 2\nx: 0\nc: 3\n")))

    assert found is not None
    assert (found[0].line, found[1]) == (2, "```suggestion\nb: 2\nx: 0\n```")


@pytest.mark.parametrize(
    "changes",
    [
        (Change("a.yaml", BEFORE, "x: 1\nb: 2\ny: 3\n"),),
        (Change("a.yaml", BEFORE, "a: 1\n"), Change("b.yaml", BEFORE, "a: 1\n")),
        (Change("a.yaml", None, BEFORE),),
        (Change("a.yaml", BEFORE, "a: 1\nb: '\u202e'\nc: 3\n"),),
    ],
    ids=["two stretches", "two files", "a new file", "what nobody sees"],
)
def test_what_is_no_such_stretch_is_none(changes: tuple[Change, ...]) -> None:
    assert suggestion(repair(*changes)) is None
    assert "```suggestion" not in comment(outcome(repair(*changes)))


def test_backticks_do_not_end_a_suggestion() -> None:
    told = comment(outcome(repair(Change("a.yaml", BEFORE, "a: 1\n````\nc: 3\n"))))

    assert "\n`````suggestion\n````\n`````\n" in told


def test_a_warning_that_is_not_repaired_says_so() -> None:
    mild = replace(VIOLATED, property=replace(VIOLATED.property, severity=PropertySeverity.WARNING))
    told = formats_of("fix")["text"](FixReport("open", (outcome(result=mild, why="nobody knows"),)), PLAIN, False)

    assert "NO REPAIR only-monitoring  (severity warning: does not fail the run)\n  nobody knows\n" in told
    assert "**no repair** (severity warning): nobody knows" in comment(outcome(result=mild, why="nobody knows"))


# Hostile names


def hostile() -> FixReport:
    evil = repair(
        Change(EVIL.replace("\udc80", ""), BEFORE, AFTER),
        edits=(EVIL,),
        proved=(EVIL,),
        difference=EVIL_DIFF,
        builds_on=(EVIL,),
    )
    told = outcome(evil, evil, result=EVIL_RESULT)
    plain = outcome(result=EVIL_RESULT, why=EVIL, places=(EVIL,))
    also = Outcome(prop(name=EVIL), holds=True, found=EVIL_RESULT, repaired_with=(EVIL,))
    return FixReport("open", (told, plain, also), evil.changes, assumptions=(EVIL,), not_covered=(EVIL,), wanted=2)


@pytest.mark.parametrize("name", ["text", "json", "markdown", "sarif"])
def test_no_report_of_repairs_sends_control_characters_or_commands(name: str) -> None:
    shown = formats_of("fix")[name](hostile(), PLAIN, False)

    assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff\u3164\u2800\U000e0041]", shown) == []
    assert "##[" not in shown
    assert name in ("text", "markdown") or json.loads(shown)
    assert shown.endswith("\n")


def test_nothing_hostile_ends_a_cell_or_begins_a_tag_of_a_comment() -> None:
    shown = formats_of("fix")["markdown"](hostile(), PLAIN, False)
    outside = re.sub(r"(?ms)^(`{3,})\w+\n.*?^\1$", "", shown)

    assert re.findall(r"(?<!\\)<b>", outside) == []
    assert "@team" not in outside
    rows = [line for line in outside.splitlines() if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}


def test_the_place_of_a_violation_is_what_check_says() -> None:
    from verifier.report.findings.findings import of_check

    [of_check_] = json.loads(sarif.render(of_check(report(VIOLATED))))["runs"][0]["results"]
    [of_fix_] = results(outcome())

    assert PAGE is not None
    for field in ("ruleId", "level", "locations", "codeFlows", "partialFingerprints"):
        assert of_fix_[field] == of_check_[field]
