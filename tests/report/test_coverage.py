"""Whoever reads only one report, in whatever format, is told what it rests on and what it does not cover."""

import json
from xml.etree import ElementTree as Xml

import pytest
from msgspec.structs import replace

from tests.report.comparisons import ODD, PASSED, WIDER
from tests.report.samples import PAGE, PROVED, UNKNOWN, report
from verifier.engine.results.check import CheckReport
from verifier.engine.results.coverage import CoverageReport
from verifier.engine.results.diff import Difference, GateReport
from verifier.engine.results.lint import LintReport
from verifier.engine.results.passedover import left_unread
from verifier.engine.results.standing import NODES, OTHER_PROTOCOLS, STANDING, UNDECLARED, each_once
from verifier.fleet.result import ClusterReport, FleetReport
from verifier.ir.cluster import PassedOver
from verifier.ir.origin import Origin
from verifier.mending.result import FixReport
from verifier.report.findings import findings, gitlab, sarif
from verifier.report.formats import TABLE, formats_of
from verifier.report.words.coverage import Coverage, coverage_of, of_fleet, of_gate
from verifier.report.words.paint import PLAIN

OWN = "pods that this run left out"
ASSUMED = "what everything rests on"
OVER = (PassedOver("cilium.io", "CiliumNetworkPolicy", "shop/open", "x", Origin(PAGE, ())),)
UNREAD = left_unread(OVER)
SAID = {"assumptions": (ASSUMED,), "not_covered": (OWN, NODES, OTHER_PROTOCOLS, *UNREAD), "passed_over": OVER}
CHECK = replace(report(PROVED, UNKNOWN), diagnostics=(ODD,), **SAID)
DIFF = replace(WIDER, complete=False, diagnostics=(ODD,), **SAID)
LINT = LintReport("open", (), diagnostics=(ODD,), undecided=("inert-rule",), rules=("inert-rule",), **SAID)  # type: ignore[arg-type]
RUNS: dict[str, CheckReport | Difference | GateReport | LintReport | FleetReport | FixReport | CoverageReport] = {
    "check": CHECK,
    "diff": DIFF,
    "gate": replace(PASSED, head=CHECK, difference=DIFF),
    "fleet": FleetReport("all", (ClusterReport("one", CHECK), ClusterReport("two", report(PROVED)))),
    "lint": LINT,
    "fix": FixReport("open", (), diagnostics=(ODD,), **SAID),  # type: ignore[arg-type]
    "coverage": CoverageReport("open", diagnostics=(ODD,), **SAID),  # type: ignore[arg-type]
}
SHORT = ("github-outputs", "lcov", "patch")
"""Formats that have no place for it."""
EVERY = [(run, name) for run in RUNS for name in TABLE[run] if name not in SHORT]


@pytest.mark.parametrize(("run", "name"), EVERY)
def test_every_format_of_every_run_tells_it(run: str, name: str) -> None:
    shown = formats_of(run)[name](RUNS[run], PLAIN, False)

    for told in (OWN, ASSUMED, NODES, OTHER_PROTOCOLS, "CiliumNetworkPolicy shop/open"):
        assert told in shown, told
    if name != "text":  # the warnings of a text report go to standard error
        assert ODD.message in shown


@pytest.mark.parametrize("run", RUNS)
def test_a_quiet_report_tells_what_the_run_left_out_and_no_standing_sentence(run: str) -> None:
    shown = formats_of(run)["text"](RUNS[run], PLAIN, True)

    assert f"Not covered: {OWN}" in shown
    assert f"Not covered: {UNREAD[0]}" in shown
    assert NODES not in shown
    assert OTHER_PROTOCOLS not in shown
    assert ASSUMED not in shown


@pytest.mark.parametrize("run", ["check", "fleet"])
def test_a_quiet_report_says_why_something_is_unknown(run: str) -> None:
    shown = formats_of(run)["text"](RUNS[run], PLAIN, True)

    assert "UNKNOWN   blocks" in shown
    assert "some settings break it and some do not" in shown
    assert "decide with --set ipblock_pods=match|never" in shown
    assert "packet" not in shown


def test_sarif_notes_it() -> None:
    [run] = json.loads(sarif.render(findings.of_check(CHECK)))["runs"]
    [invocation] = run["invocations"]
    notes = [n for n in invocation["toolExecutionNotifications"] if n["level"] == "note"]

    assert invocation["executionSuccessful"] is True
    assert [note["descriptor"]["id"] for note in notes] == ["not-covered"] * 4 + ["assumed"]
    assert notes[0]["message"]["text"] == f"Not covered: {UNREAD[0]}"


def test_junit_tells_it_as_the_output_of_a_case_that_passes() -> None:
    [case] = [
        c
        for c in Xml.fromstring(formats_of("check")["junit"](CHECK, PLAIN, False)).iter("testcase")
        if c.get("name") == "coverage"
    ]

    assert [child.tag for child in case] == ["system-out"]


def test_gitlab_tells_it_in_one_entry_that_stays_the_same() -> None:
    first, second = (
        [entry for entry in json.loads(gitlab.render(findings.of_check(run))) if entry["check_name"] == "not-covered"]
        for run in (CHECK, replace(CHECK, results=()))
    )

    assert first == second
    assert [entry["severity"] for entry in first] == ["info"]


@pytest.mark.parametrize(("left_out", "command"), [(STANDING, "::notice"), ((OWN, NODES), "::warning")])
def test_github_warns_only_of_what_the_run_itself_left_out(left_out: tuple[str, ...], command: str) -> None:
    plain = replace(report(PROVED), not_covered=tuple(left_out))
    shown = formats_of("check")["github"](plain, PLAIN, False).splitlines()

    assert [line.split(" ")[0] for line in shown if "coverage" in line] == [command]


def test_where_everything_is_covered_nothing_is_said() -> None:
    for name in TABLE["check"]:
        assert "overed" not in formats_of("check")[name](report(PROVED), PLAIN, False).replace("notCovered", "")


def test_what_holds_in_some_clusters_names_them() -> None:
    same = replace(report(PROVED), not_covered=(NODES,))
    here = replace(report(PROVED), not_covered=(NODES, OWN))
    fleet = FleetReport("all", (ClusterReport("one", same), ClusterReport("two", here)))

    assert of_fleet(fleet) == Coverage((), (NODES, f"{OWN} (in two)"))


def test_of_undeclared_namespaces_there_is_one_entry() -> None:
    narrow, wide = f"{UNDECLARED}, as destinations of anything but pods", f"{UNDECLARED}, as destinations"

    assert each_once((wide, "x", narrow)) == (wide, "x")
    assert each_once((narrow, wide, f"{UNDECLARED}, as sources")) == (f"{wide}, and as sources",)
    assert each_once((wide, UNDECLARED)) == (UNDECLARED,)


def test_what_was_passed_over_is_told_once() -> None:
    assert coverage_of(CHECK, DIFF) == Coverage((ASSUMED,), (OWN, NODES, OTHER_PROTOCOLS), UNREAD)


def test_a_gate_tells_what_any_of_its_parts_leaves_out() -> None:
    parts = [replace(report(PROVED), not_covered=(name,)) for name in ("of the head", "of the base", "of other terms")]
    found = replace(PASSED, head=parts[0], base=parts[1], other=replace(PASSED, base=parts[2]))

    assert of_gate(found).not_covered == ("of the head", "of the base", "of other terms")


def test_an_undecided_rule_of_lint_is_an_error_for_junit() -> None:
    shown = formats_of("lint")["junit"](LINT, PLAIN, False)
    mild = formats_of("lint")["junit"](replace(LINT, fail_on="none"), PLAIN, False)

    assert 'errors="1"' in shown
    assert 'errors="0"' in mild


def test_a_comment_stays_within_its_size_however_much_is_not_covered() -> None:
    many = tuple(f"{'x' * 900} {number}" for number in range(300))
    shown = formats_of("check")["markdown"](replace(report(PROVED), not_covered=many), PLAIN, False)

    assert len(shown) < 10_000
    assert "296 more" in shown
