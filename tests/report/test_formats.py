"""What holds for every format of every command, on every sort of run."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from msgspec.structs import replace

from tests.report import comparisons
from tests.report.comparisons import CHECKS, DIFFS, GATES, gated, judged, region
from tests.report.samples import VIOLATED, leak, prop, report
from verifier.engine.results.check import Result, Verdict
from verifier.engine.results.diff import Change, Difference, OneSided, Reach, Relation
from verifier.engine.results.region import EndRegion
from verifier.errors import Diagnostic
from verifier.ir.acceptance import Flow
from verifier.ir.endpoint import Endpoint, Kind, Namespace, Workload
from verifier.ir.policy import TRUE
from verifier.report.formats import TABLE, formats_of
from verifier.report.words.paint import PLAIN

NAMES = ["text", "json", "markdown", "html", "sarif", "junit", "github", "gitlab"]
OUTPUTS = "github-outputs"
READERS: dict[str, Callable[[str], object]] = {
    "json": json.loads,
    "sarif": json.loads,
    "gitlab": json.loads,
    "junit": Xml.fromstring,
}

EVIL = (
    "\x1b[2J\x00\x07\r\n::error::x|`@team <b>]]>&#x1b;\u202e\ufffe\udc80 ](x) ##[add-mask]\u3164\u2800\ufe0f\U000e0041"
)
EVIL_RESULT = Result(
    replace(prop(name=EVIL), description=EVIL, text=EVIL),
    Verdict.VIOLATED,
    leak(source=Endpoint(Kind.POD, leak().source.address, Namespace(EVIL, {EVIL: EVIL}), {EVIL: EVIL})),  # type: ignore[union-attr]
    notes=(EVIL,),
)
EVIL_EXCUSED = replace(
    EVIL_RESULT,
    verdict=Verdict.ACCEPTED,
    accepted=(replace(comparisons.ACCEPTANCE, owner=EVIL, reason=EVIL, flows=(Flow(None, None, TRUE, EVIL),)),),
)
EVIL_REACH = Reach(EndRegion(frozenset({Kind.POD}), workloads=frozenset({EVIL})), {}, {EVIL: EVIL})
EVIL_DIFF = Difference(
    Relation.WIDER,
    added=(region(switches={EVIL: EVIL}, port_names={EVIL: True}),),
    notes=(EVIL,),
    new_workloads=(OneSided(Workload(EVIL, EVIL, EVIL), (EVIL_REACH,)),),
    gone_workloads=(OneSided(Workload(EVIL, EVIL, EVIL)),),
    turned_workloads=(Workload(EVIL, EVIL, EVIL),),
)
EVIL_GATE = gated(
    judged(EVIL_RESULT, Change.ACCEPTED, accepted=(replace(comparisons.ACCEPTANCE, owner=EVIL, reason=EVIL),)),
    results=(EVIL_RESULT,),
    base_name=EVIL,
    difference=EVIL_DIFF,
    diagnostics=(Diagnostic(EVIL, EVIL, EVIL, 1, 1, EVIL),),
)


def rendered(name: str) -> dict[str, str]:
    """Every run in the format called `name`."""
    shown = {f"check {run}": formats_of("check")[name](value, PLAIN, False) for run, value in CHECKS.items()}
    shown |= {f"diff {run}": formats_of("diff")[name](value, PLAIN, False) for run, value in DIFFS.items()}
    shown |= {f"gate {run}": formats_of("gate")[name](value, PLAIN, False) for run, value in GATES.items()}
    shown["check evil"] = formats_of("check")[name](report(EVIL_RESULT, VIOLATED, EVIL_EXCUSED), PLAIN, False)
    shown["diff evil"] = formats_of("diff")[name](EVIL_DIFF, PLAIN, False)
    shown["gate evil"] = formats_of("gate")[name](EVIL_GATE, PLAIN, False)
    return shown


def documented(header: str) -> list[list[str]]:
    """The rows of the table of docs/formats.md with that header, their cells without backticks."""
    page = (Path(__file__).parent.parent.parent / "docs/formats.md").read_text(encoding="utf-8")
    lines = page.partition(f"\n{header}\n")[2].partition("\n\n")[0].splitlines()
    return [[cell.strip().strip("`") for cell in line[1:-1].split("|")] for line in lines[1:]]


def test_the_table_of_formats_is_that_of_the_code() -> None:
    assert [name for name, *_ in documented("| format | for | what it is |")] == [*NAMES, OUTPUTS]


def test_the_table_of_commands_and_formats_is_that_of_the_code() -> None:
    rows = documented("| | " + " | ".join(f"`{command}`" for command in TABLE) + " |")
    every = dict.fromkeys(name for formats in TABLE.values() for name in formats)

    assert rows == [[name, *("yes" if name in TABLE[command] else "" for command in TABLE)] for name in every]
    assert {next(iter(formats)) for formats in TABLE.values()} == {"text"}, "the page says which is the default"


def test_every_command_has_the_same_formats() -> None:
    """But for the outputs of the action, which runs no other commands."""
    tables = [list(table) for table in (formats_of("check"), formats_of("diff"), formats_of("gate"))]

    assert tables == [[*NAMES, OUTPUTS], NAMES, [*NAMES, OUTPUTS]]


@pytest.mark.parametrize("name", NAMES)
def test_no_run_sends_control_characters(name: str) -> None:
    for shown in rendered(name).values():
        assert re.findall("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", shown) == []
        assert shown.endswith("\n")


@pytest.mark.parametrize("name", NAMES)
def test_no_run_hides_text_or_gives_a_command_in_the_middle_of_a_line(name: str) -> None:
    for run, shown in rendered(name).items():
        assert re.findall("[\u3164\u2800\U000e0041]", shown) == [], run
        assert "##[" not in shown, run


@pytest.mark.parametrize("reason", [None, "the time limit was reached"], ids=["listed in part", "given up"])
@pytest.mark.parametrize("name", NAMES)
def test_every_report_says_that_its_lists_are_not_complete(name: str, reason: str | None) -> None:
    cut = replace(comparisons.WIDER, complete=False, reason=reason)
    for shown in (
        formats_of("diff")[name](cut, PLAIN, False),
        formats_of("gate")[name](gated(difference=cut), PLAIN, False),
    ):
        assert ('"complete": false' if name == "json" else "The lists are not complete") in shown
        assert reason is None or reason in shown
    whole = formats_of("diff")[name](comparisons.WIDER, PLAIN, False)
    assert "not complete" not in whole
    assert '"complete": false' not in whole


@pytest.mark.parametrize("name", NAMES)
def test_the_same_run_gives_the_same_bytes(name: str) -> None:
    assert rendered(name) == rendered(name)


@pytest.mark.parametrize("name", list(READERS))
def test_every_run_can_be_read_back(name: str) -> None:
    for shown in rendered(name).values():
        READERS[name](shown)


@pytest.mark.parametrize("name", NAMES)
def test_an_input_error_is_in_every_report_but_the_text(name: str) -> None:
    shown = rendered(name)

    for run in ("check error", "diff error", "gate error"):
        assert ("port 70000 is out of range" in shown[run]) is (name != "text")


@pytest.mark.parametrize("name", NAMES)
def test_a_refusal_to_answer_never_reads_like_a_clean_run(name: str) -> None:
    shown = rendered(name)

    assert len({shown[f"check {run}"] for run in CHECKS}) == len(CHECKS)
    assert len({shown[f"gate {run}"] for run in GATES}) == len(GATES)
    if name not in ("gitlab", "sarif", "junit"):
        assert len({shown[f"diff {run}"] for run in DIFFS}) == len(DIFFS)
    assert shown["diff unknown"] != shown["diff clean"]
    assert shown["diff depends"] != shown["diff wider"]
