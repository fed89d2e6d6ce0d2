import pytest
from msgspec.structs import replace

from tests.report.comparisons import (
    BROKEN,
    DEPENDS,
    FAILED_GATE,
    INCOMPARABLE,
    OPEN_QUESTION,
    PASSED,
    UNDECIDED,
    WIDER,
    gated,
    judged,
)
from tests.report.samples import PROVED, UNKNOWN, VACUOUS, VIOLATED
from verifier.engine.diff.outcome import of_gate
from verifier.engine.results.check import Verdict
from verifier.engine.results.diff import Change, GateReport, Relation
from verifier.errors import Diagnostic
from verifier.ir.property import PropertySeverity

MILD = replace(VIOLATED, property=replace(VIOLATED.property, severity=PropertySeverity.WARNING))
SPARE = replace(VACUOUS, property=replace(VACUOUS.property, optional=True))


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (PASSED, "exit 0: nothing newly violated, nothing opened"),
        (BROKEN, "exit 1: 1 property newly violated, traffic was opened that nobody accepted"),
        (gated(judged(VIOLATED, Change.STILL_VIOLATED, Verdict.VIOLATED)), "exit 1: 1 property still violated"),
        (gated(judged(VIOLATED, Change.ACCEPTED)), "exit 0: nothing newly violated, nothing opened"),
        (gated(judged(PROVED, Change.FIXED, Verdict.VIOLATED)), "exit 0: nothing newly violated, nothing opened"),
        (gated(judged(UNKNOWN, Change.UNDECIDED)), "exit 3: 1 property undecided"),
        (gated(difference=WIDER, grew=True), "exit 1: traffic was opened that nobody accepted"),
        (gated(difference=DEPENDS), "exit 3: the comparison is undecided"),
        (gated(difference=UNDECIDED), "exit 3: the comparison is undecided"),
        (OPEN_QUESTION, "exit 2: 1 property vacuous"),
        (FAILED_GATE, "exit 2: 1 error in the input"),
        (gated(judged(MILD, Change.NEWLY_VIOLATED)), "exit 0: what is newly violated only warns, nothing opened"),
        (gated(judged(SPARE, Change.UNDECIDED)), "exit 0: nothing newly violated, nothing opened"),
    ],
)
def test_the_code_comes_with_its_reason(report: GateReport, said: str) -> None:
    assert str(of_gate(report)) == said


def test_what_growth_means_is_for_the_caller_to_say() -> None:
    grown = gated(difference=INCOMPARABLE, grew=True)

    codes = {fail_on: of_gate(grown, fail_on).code for fail_on in ("added", "any", "none")}
    assert codes == {"added": 1, "any": 1, "none": 0}
    assert of_gate(grown, "any").reasons == ("traffic was opened that nobody accepted", "traffic was closed")


def test_traffic_that_was_closed_counts_only_where_any_change_does() -> None:
    shrunk = gated(difference=replace(INCOMPARABLE, added=()))

    assert [of_gate(shrunk, fail_on).code for fail_on in ("added", "any")] == [0, 1]


def test_growth_that_hangs_on_a_switch_is_undecided_unless_some_of_it_does_not() -> None:
    hangs = gated(difference=DEPENDS, grew=True)
    sure = gated(difference=replace(DEPENDS, changes=((True, False), (True, True))), grew=True)

    assert [of_gate(report).code for report in (hangs, sure)] == [3, 1]


def test_growth_that_was_found_before_a_limit_fails_and_the_rest_is_undecided() -> None:
    ran_out = {"complete": False, "reason": "the time limit was reached"}
    grown = gated(difference=replace(WIDER, **ran_out), grew=True)
    unknown = gated(difference=replace(grown.difference, relation=Relation.UNKNOWN, changes=((True, None),)), grew=True)
    shrunk = gated(difference=replace(INCOMPARABLE, relation=Relation.NARROWER, added=(), **ran_out))

    assert [of_gate(report).code for report in (grown, unknown, shrunk)] == [1, 1, 3]
    assert [of_gate(report, "none").code for report in (grown, unknown, shrunk)] == [0, 0, 0]
    assert of_gate(shrunk, "any").code == 1


def test_a_violation_outweighs_what_is_undecided() -> None:
    assert of_gate(gated(judged(VIOLATED, Change.NEWLY_VIOLATED), judged(UNKNOWN, Change.UNDECIDED))).code == 1


@pytest.mark.parametrize("fail_on", ["added", "none"])
def test_terms_that_have_to_change_first_fail_a_gate_that_finds_nothing_else(fail_on: str) -> None:
    blocked = replace(PASSED, blocked=(Diagnostic("unknown-kind", "`Firewall` is not understood", "k8s/a.yaml", 3, 1),))
    said = "exit 1: the terms and the manifests have to change one after the other"

    assert str(of_gate(blocked, fail_on)) == said
    assert of_gate(PASSED, fail_on).code == 0
