import json
from typing import Any

import pytest
from msgspec.structs import replace

from tests.report.comparisons import BROKEN, CHECKS, DIFFS, FAILED_CHECK, GATES, INCOMPARABLE, OPENED, PASSED
from tests.report.samples import API, NOT_ISOLATED, OUTSIDE, PAGE, PROVED, REFUSED, SERVER, VIOLATED, leak, prop, report
from verifier.engine.results.check import Result, Verdict
from verifier.ir.endpoint import Namespace
from verifier.ir.origin import Origin
from verifier.ir.property import Always, PropertySeverity
from verifier.report.findings import findings, sarif

ALL = (
    [findings.of_check(run) for run in CHECKS.values()]
    + [findings.of_diff(run) for run in DIFFS.values()]
    + [findings.of_gate(run) for run in GATES.values()]
)


def run(found: findings.Findings) -> Any:
    log = json.loads(sarif.render(found))
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    return log["runs"][0]


def check(*results: Result) -> Any:
    return run(findings.of_check(report(*results)))


@pytest.mark.parametrize("found", ALL)
def test_the_structure_is_what_code_scanning_asks_for(found: findings.Findings) -> None:
    log = run(found)
    driver = log["tool"]["driver"]

    assert driver["name"] == "netpol"
    assert driver["semanticVersion"]
    assert driver["informationUri"].startswith("https://")
    assert isinstance(log["results"], list)
    for rule in driver["rules"]:
        assert {"id", "shortDescription", "fullDescription", "help", "defaultConfiguration", "properties"} <= set(rule)
        assert rule.get("name") != rule["id"]
        assert 0.1 <= float(rule["properties"]["security-severity"]) <= 10
        assert rule["properties"]["precision"] == "very-high"
        assert "security" in rule["properties"]["tags"]
    for result in log["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert list(result["partialFingerprints"]) == ["netpolFlow/v1"]
        assert len(result["locations"]) == 1
        for region, uri in places(result):
            assert not uri.startswith(("/", "file:", ".."))
            assert min(region.values()) >= 1
            assert (region["startLine"], region["startColumn"]) < (region["endLine"], region["endColumn"])


def places(result: Any) -> list[tuple[Any, str]]:
    steps = [s["location"] for f in result.get("codeFlows", ()) for t in f["threadFlows"] for s in t["locations"]]
    physical = [at["physicalLocation"] for at in (*result["locations"], *result.get("relatedLocations", ()), *steps)]
    return [(place["region"], place["artifactLocation"]["uri"]) for place in physical]


def test_results_are_there_when_nothing_was_found() -> None:
    assert check(PROVED)["results"] == []
    assert run(findings.of_gate(PASSED))["results"] == []


def test_a_violation_stands_at_the_line_that_lets_it_through() -> None:
    [result] = check(VIOLATED)["results"]

    assert result["ruleId"] == "only-monitoring"
    assert result["level"] == "error"
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "k8s/shop/api.yaml"},
        "region": {"startLine": 14, "startColumn": 7, "endLine": 15, "endColumn": 33},
    }
    assert result["message"]["text"].startswith(
        "only-monitoring: A pod in ops-1 can reach Deployment shop/api on TCP 5000, and is none of those who may."
    )


def test_related_places_are_linked_from_the_message() -> None:
    [result] = check(VIOLATED)["results"]

    assert [(at["id"], at["message"]["text"]) for at in result["relatedLocations"]] == [
        (1, "the property"),
        (2, "to Deployment shop/api"),
    ]
    assert result["message"]["text"].endswith(" See also: [the property](1), [to Deployment shop/api](2).")


def test_the_way_of_the_connection_is_a_code_flow() -> None:
    [result] = check(VIOLATED)["results"]
    steps = result["codeFlows"][0]["threadFlows"][0]["locations"]

    assert [step["location"]["message"]["text"] for step in steps] == [
        "ingress: NetworkPolicy shop/api-metrics admits it by ingress[0].from[1]",
        "to Deployment shop/api",
    ]


def test_a_missing_policy_is_shown_at_the_namespace() -> None:
    [result] = check(NOT_ISOLATED)["results"]

    assert places(result)[0][1] == "k8s/ns.yaml"


def test_without_a_namespace_object_a_missing_policy_is_shown_at_the_workload_or_the_property() -> None:
    stranger = Namespace("shop", None, origin=Origin(PAGE))
    own = replace(NOT_ISOLATED.property, origin=VIOLATED.property.origin)
    for workload, where in ((API, "k8s/shop/api-deploy.yaml"), (None, "netpol.yaml")):
        end = replace(SERVER, namespace=stranger, workload=workload)
        witness = replace(NOT_ISOLATED.witness, destination=end)  # type: ignore[type-var]
        [result] = check(replace(NOT_ISOLATED, property=own, witness=witness))["results"]

        assert places(result)[0][1] == where
        assert "k8s/shop/api.yaml" not in json.dumps(result)


def test_undecided_and_vacuous_are_warnings_on_the_line_of_the_property() -> None:
    for kind in ("unknown", "vacuous"):
        original = CHECKS[kind].results[0]
        asked = replace(original, property=replace(original.property, origin=VIOLATED.property.origin))
        [result] = check(asked)["results"]

        assert result["level"] == "warning"
        assert (places(result)[0][1], places(result)[0][0]["startLine"]) == ("netpol.yaml", 9)


def test_a_warning_is_no_error() -> None:
    mild = replace(VIOLATED, property=replace(VIOLATED.property, severity=PropertySeverity.WARNING))
    log = check(mild)

    assert log["results"][0]["level"] == "warning"
    assert log["tool"]["driver"]["rules"][0]["properties"]["security-severity"] == "4.0"


def test_the_fingerprint_does_not_hang_on_the_witness() -> None:
    other = replace(VIOLATED, witness=leak(source=OUTSIDE, port=5001))
    elsewhere = Result(prop(Always()), Verdict.VIOLATED, leak(allowed=False, ingress=REFUSED))

    prints = [check(r)["results"][0]["partialFingerprints"] for r in (VIOLATED, other, elsewhere)]

    assert prints[0] == prints[1]
    assert prints[0] != prints[2]


def test_input_errors_are_notifications_of_a_run_that_failed() -> None:
    [invocation] = run(findings.of_check(FAILED_CHECK))["invocations"]

    assert invocation["executionSuccessful"] is False
    assert [note["level"] for note in invocation["toolExecutionNotifications"]] == ["error", "warning"]
    first = invocation["toolExecutionNotifications"][0]
    assert first["message"]["text"] == "port 70000 is out of range (1 to 65535)"
    assert first["locations"][0]["physicalLocation"]["region"]["startColumn"] == 24


def test_a_run_that_finished_was_successful() -> None:
    assert check(VIOLATED)["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_a_comparison_has_a_result_for_each_region() -> None:
    results = run(findings.of_diff(INCOMPARABLE))["results"]

    assert [(r["ruleId"], r["level"]) for r in results] == [("traffic-opened", "warning"), ("traffic-closed", "note")]
    assert results[0]["message"]["text"].startswith(
        "Traffic is opened: any pod in namespaces team=ops -> shop pods role=api, TCP 5000. "
        "Let through by NetworkPolicy shop/api-metrics"
    )


def test_what_fails_the_gate_is_an_error_and_says_how_it_was_before() -> None:
    results = run(findings.of_gate(BROKEN))["results"]

    assert [(r["ruleId"], r["level"]) for r in results] == [
        ("only-monitoring", "error"),
        ("traffic-opened", "error"),
        ("traffic-closed", "note"),
    ]
    assert "On main it was proved." in results[0]["message"]["text"]
    assert [r["level"] for r in run(findings.of_gate(BROKEN, "none"))["results"]] == ["error", "warning", "note"]
    assert [r["level"] for r in run(findings.of_gate(BROKEN, "any"))["results"]] == ["error"] * 3


def test_regions_that_read_alike_have_fingerprints_of_their_own() -> None:
    results = run(findings.of_diff(replace(INCOMPARABLE, added=(OPENED, OPENED))))["results"]

    assert len({result["partialFingerprints"]["netpolFlow/v1"] for result in results}) == 3


def test_nothing_from_a_manifest_reads_as_a_link() -> None:
    [result] = check(replace(VIOLATED, property=replace(VIOLATED.property, text="[here](http://x)")))["results"]

    assert "](http" not in result["message"]["text"]
