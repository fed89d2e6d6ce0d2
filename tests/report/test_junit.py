from xml.etree import ElementTree as Xml

from msgspec.structs import replace

from tests.report.comparisons import (
    ACCEPTANCE,
    BROKEN,
    CHECKS,
    DEPENDS,
    EQUIVALENT,
    FAILED_GATE,
    INCOMPARABLE,
    gated,
    judged,
)
from tests.report.samples import PROVED, UNKNOWN, VACUOUS, VIOLATED, report
from verifier.engine.results.check import Result, Verdict
from verifier.engine.results.diff import Change
from verifier.ir.property import PropertySeverity
from verifier.report.findings import junit


def read(text: str) -> Xml.Element:
    """The only suite; its counts are right."""
    root = Xml.fromstring(text)
    [suite] = root
    cases = list(suite)
    for element in (root, suite):
        assert int(element.attrib["tests"]) == len(cases)
        assert int(element.attrib["failures"]) == len(suite.findall("testcase/failure"))
        assert int(element.attrib["errors"]) == len(suite.findall("testcase/error"))
        assert (element.attrib["skipped"], element.attrib["time"]) == ("0", "0.0")
    assert len({(case.attrib["classname"], case.attrib["name"]) for case in cases}) == len(cases)
    return suite


def only(text: str) -> Xml.Element:
    [case] = read(text)
    return case


def test_a_proved_property_is_an_empty_case() -> None:
    case = only(junit.check(CHECKS["clean"]))

    assert (case.attrib["name"], list(case)) == ("no-cloud-metadata", [])


def test_a_violation_is_a_failure_with_message_and_full_text() -> None:
    case = only(junit.check(report(VIOLATED)))
    [failure] = case

    assert case.attrib == {
        "classname": "netpol.yaml", "name": "only-monitoring", "file": "netpol.yaml", "time": "0.0",
    }  # fmt: skip
    assert (failure.tag, failure.attrib["type"]) == ("failure", "violated")
    assert failure.attrib["message"].startswith("only-monitoring: A pod in ops-1 can reach")
    assert "> 14 |     - namespaceSelector:" in (failure.text or "")
    assert "packet TCP 10.244.7.9 -> 10.244.3.4:5000" in (failure.text or "")


def test_unknown_and_vacuous_are_errors() -> None:
    faults = [case[0] for case in read(junit.check(report(UNKNOWN, VACUOUS)))]

    assert [(fault.tag, fault.attrib["type"]) for fault in faults] == [("error", "unknown"), ("error", "vacuous")]
    assert "depends on ipblock_pods" in faults[0].attrib["message"]


def test_what_never_fails_the_run_passes_with_a_note() -> None:
    mild = replace(VIOLATED, property=replace(VIOLATED.property, severity=PropertySeverity.WARNING))
    spare = replace(VACUOUS, property=replace(VACUOUS.property, optional=True))

    for case in read(junit.check(report(mild, spare))):
        assert [child.tag for child in case] == ["system-out"]


def test_an_input_error_is_an_error_of_its_own() -> None:
    for text in (junit.check(CHECKS["error"]), junit.gate(FAILED_GATE)):
        case = only(text)
        assert (case.attrib["name"], case[0].attrib["type"]) == ("input", "input")
        assert "k8s/shop/api.yaml:17:24: port 70000 is out of range" in (case[0].text or "")


def test_characters_that_xml_forbids_are_shown_as_escapes() -> None:
    odd = Result(replace(VIOLATED.property, name="a\x00\x1b\ufffe\udc80&<\"'>"), Verdict.PROVED)

    assert only(junit.check(report(odd))).attrib["name"] == "a\\x00\\x1b\\ufffe\\udc80&<\"'>"


def test_a_comparison_has_a_case_for_what_opens_and_one_for_what_closes() -> None:
    cases = {case.attrib["name"]: list(case) for case in read(junit.diff(INCOMPARABLE))}

    assert cases["nothing is opened"][0].attrib["type"] == "opened"
    assert "any pod in namespaces team=ops -> shop pods role=api, TCP 5000" in (
        cases["nothing is opened"][0].text or ""
    )
    assert cases["nothing is closed"][0].attrib["type"] == "closed"
    assert [list(case) for case in read(junit.diff(EQUIVALENT))] == [[], []]


def test_an_undecided_comparison_is_an_error() -> None:
    *others, last = read(junit.diff(DEPENDS))

    assert [list(case) for case in others] == [[], []]
    assert (last.attrib["name"], last[0].attrib["type"]) == ("the comparison is decided", "unknown")


def test_the_gate_fails_on_what_was_opened_and_not_on_what_was_closed() -> None:
    failed = {
        fail_on: [case.attrib["name"] for case in read(junit.gate(BROKEN, fail_on)) if case.find("failure") is not None]
        for fail_on in ("added", "any", "none")
    }

    assert failed == {
        "added": ["only-monitoring", "nothing is opened"],
        "any": ["only-monitoring", "nothing is opened", "nothing is closed"],
        "none": ["only-monitoring"],
    }


def test_an_accepted_violation_passes_with_a_note() -> None:
    accepted = gated(judged(VIOLATED, Change.ACCEPTED, accepted=(ACCEPTANCE,)), results=(VIOLATED,))
    case = next(iter(read(junit.gate(accepted))))

    assert [child.tag for child in case] == ["system-out"]
    assert "until 2027-01-31, owner @team-dev: the old agent needs it" in (case[0].text or "")


def test_the_gate_says_how_it_was_before() -> None:
    case = next(iter(read(junit.gate(BROKEN))))

    assert case[0].attrib["message"].endswith("Newly violated. On main it was proved.")


def test_a_property_that_was_fixed_passes() -> None:
    fixed = gated(judged(PROVED, Change.FIXED, Verdict.VIOLATED), results=(PROVED,))
    case = next(iter(read(junit.gate(fixed))))

    assert case.findtext("system-out") == "Fixed. On main it was violated."
