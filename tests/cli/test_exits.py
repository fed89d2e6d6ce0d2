import itertools

import pytest

from tests.report.samples import PROVED, UNKNOWN, VACUOUS, VIOLATED, prop, report
from verifier.cli.exits import Exit, of_report, worst
from verifier.engine.result import Result, Verdict
from verifier.errors import Diagnostic, Severity
from verifier.ir.property import PropertySeverity

ORDER = [Exit.INTERNAL, Exit.INPUT, Exit.VIOLATED, Exit.UNDECIDED, Exit.OK]


@pytest.mark.parametrize(("stronger", "weaker"), list(itertools.combinations(ORDER, 2)))
def test_4_over_2_over_1_over_3_over_0(stronger: Exit, weaker: Exit) -> None:
    assert worst([stronger, weaker]) is worst([weaker, stronger]) is stronger


def test_nothing_at_all_is_fine() -> None:
    assert worst([]) is Exit.OK


def test_each_verdict_has_its_code() -> None:
    assert [of_report(report(result)) for result in (PROVED, VIOLATED, UNKNOWN, VACUOUS)] == [0, 1, 3, 2]


def test_an_optional_property_may_be_vacuous() -> None:
    assert of_report(report(Result(prop(optional=True), Verdict.VACUOUS))) is Exit.OK


@pytest.mark.parametrize("verdict", list(Verdict))
def test_severity_warning_never_fails_the_run(verdict: Verdict) -> None:
    assert of_report(report(Result(prop(severity=PropertySeverity.WARNING), verdict))) is Exit.OK


def test_errors_of_the_input_outweigh_violations_and_warnings_do_not() -> None:
    wrong, odd = Diagnostic("x", "wrong"), Diagnostic("x", "odd", severity=Severity.WARNING)

    assert of_report(report(VIOLATED, diagnostics=(wrong,))) is Exit.INPUT
    assert of_report(report(VIOLATED, diagnostics=(odd,))) is Exit.VIOLATED
