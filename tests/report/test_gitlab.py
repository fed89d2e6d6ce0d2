import json
from typing import Any

from msgspec.structs import replace

from tests.report.comparisons import BROKEN, CHECKS, FAILED_CHECK, INCOMPARABLE, OPENED
from tests.report.samples import PROVED, UNKNOWN, VACUOUS, VIOLATED, report
from verifier.engine.results.check import Result
from verifier.ir.property import PropertySeverity
from verifier.report.findings import findings, gitlab


def entries(found: findings.Findings) -> Any:
    return json.loads(gitlab.render(found))


def check(*results: Result) -> Any:
    return entries(findings.of_check(report(*results)))


def test_a_clean_run_is_an_empty_array() -> None:
    assert check(PROVED) == []


def test_a_violation_names_its_property_and_its_lines() -> None:
    [entry] = check(VIOLATED)

    assert entry["description"].startswith("only-monitoring: A pod in ops-1 can reach Deployment shop/api on TCP 5000")
    assert entry["location"] == {"path": "k8s/shop/api.yaml", "lines": {"begin": 14, "end": 15}}
    assert (entry["check_name"], entry["severity"]) == ("only-monitoring", "critical")


def test_severities_follow_the_verdict() -> None:
    mild = replace(VIOLATED, property=replace(VIOLATED.property, severity=PropertySeverity.WARNING))
    spare = replace(VACUOUS, property=replace(VACUOUS.property, optional=True))

    severities = [check(result)[0]["severity"] for result in (VIOLATED, mild, UNKNOWN, VACUOUS, spare)]
    assert severities == ["critical", "minor", "major", "major", "info"]


def test_an_input_error_blocks_and_a_warning_does_not() -> None:
    error, *warnings = entries(findings.of_check(FAILED_CHECK))

    assert (error["severity"], error["check_name"]) == ("blocker", "input-V4")
    assert error["location"] == {"path": "k8s/shop/api.yaml", "lines": {"begin": 17, "end": 17}}
    assert [entry["severity"] for entry in warnings] == ["minor"]


def test_what_stands_in_no_file_is_shown_where_it_could_be_written() -> None:
    assert check(VACUOUS)[0]["location"]["path"] == "netpol.yaml"


def test_fingerprints_differ_within_a_report_and_stay_between_runs() -> None:
    twice = findings.of_diff(replace(INCOMPARABLE, added=(OPENED, OPENED)))
    prints = [entry["fingerprint"] for entry in entries(twice)]

    assert len(set(prints)) == 4
    assert prints[0] == entries(findings.of_diff(INCOMPARABLE))[0]["fingerprint"]


def test_regions_weigh_what_they_do_to_the_run() -> None:
    assert [entry["severity"] for entry in entries(findings.of_diff(INCOMPARABLE))] == ["major", "info", "info"]
    assert [entry["severity"] for entry in entries(findings.of_gate(BROKEN))] == [
        "critical",
        "critical",
        "info",
        "info",
    ]


def test_two_errors_have_two_fingerprints() -> None:
    wrong = CHECKS["error"].diagnostics[0]
    both = replace(FAILED_CHECK, diagnostics=(wrong, replace(wrong, line=18)))

    assert len({entry["fingerprint"] for entry in entries(findings.of_check(both))}) == 2
