import itertools

import pytest
from msgspec.structs import replace

from tests.engine.asking import admits, cluster, policy
from tests.report.comparisons import DEPENDS, INCOMPARABLE, MOVED, UNDECIDED, WIDER
from tests.report.samples import PROVED, UNKNOWN, VACUOUS, VIOLATED, prop, report
from verifier.cli.exits import Exit, of_difference, of_report, worst
from verifier.engine.diff import compare, listing
from verifier.engine.results.check import Result, Verdict
from verifier.engine.results.diff import Relation
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


# Comparisons


def test_a_difference_counts_iff_there_is_one_under_every_setting() -> None:
    codes = [
        of_difference(each, "any") for each in (WIDER, DEPENDS, replace(DEPENDS, changes=((True, False), (True, True))))
    ]

    assert codes == [Exit.VIOLATED, Exit.UNDECIDED, Exit.VIOLATED]
    assert [of_difference(INCOMPARABLE, fail_on) for fail_on in ("added", "removed", "none")] == [1, 1, 0]
    assert [of_difference(DEPENDS, fail_on) for fail_on in ("added", "removed", "none")] == [3, 0, 0]
    assert [of_difference(UNDECIDED, fail_on) for fail_on in ("added", "removed", "none")] == [3, 3, 3]


def test_what_was_found_counts_whatever_ran_out_later_and_nothing_else_is_fine() -> None:
    ran_out = {"complete": False, "reason": "the time limit was reached"}
    wider, both = replace(WIDER, **ran_out), replace(INCOMPARABLE, **ran_out)
    narrower = replace(both, relation=Relation.NARROWER, added=())
    unknown = replace(WIDER, relation=Relation.UNKNOWN, changes=((True, None),), **ran_out)
    perhaps = replace(unknown, changes=((True, None), (None, None)))

    codes = {fail_on: [of_difference(each, fail_on) for each in (wider, both, narrower, unknown, perhaps)]
             for fail_on in ("any", "added", "removed", "none")}  # fmt: skip
    assert codes == {
        "any": [1, 1, 1, 1, 3],
        "added": [1, 1, 3, 1, 3],
        "removed": [3, 1, 1, 3, 3],
        "none": [3, 3, 3, 3, 3],
    }


def test_workloads_that_come_go_or_turn_count() -> None:
    nothing = replace(MOVED, new_workloads=(), gone_workloads=(), turned_workloads=())
    come = replace(nothing, new_workloads=MOVED.new_workloads)
    go = replace(nothing, gone_workloads=MOVED.gone_workloads)
    turn = replace(nothing, turned_workloads=MOVED.turned_workloads)

    codes = {fail_on: [of_difference(each, fail_on) for each in (come, go, turn)]
             for fail_on in ("any", "added", "removed", "none")}  # fmt: skip
    assert codes == {"any": [1, 1, 1], "added": [1, 0, 1], "removed": [0, 1, 1], "none": [0, 0, 0]}


def test_list_that_was_cut_off_counts() -> None:
    cut = replace(WIDER, complete=False)
    assert [of_difference(cut, fail_on) for fail_on in ("any", "added", "removed", "none")] == [1, 1, 0, 0]


@pytest.mark.parametrize("many", [0, 1000], ids=["whole legs", "spelled out"])
def test_code_does_not_hang_on_how_regions_are_told(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A region that says "as far as the egress policies let it out" names no switch on which these hang."""
    monkeypatch.setattr(listing, "_MANY_ATOMS", many)
    rules = [f"{{to: [{{ipBlock: {{cidr: 10.{i}.0.0/16}}}}]}}" for i in range(3)]
    leg = policy("shop", "out", f"{{policyTypes: [Egress], egress: [{', '.join(rules)}]}}")
    old, new = (cluster(leg + policy("shop", "in", spec)) for spec in ("{}", admits("{podSelector: {}}")))

    found = compare.compare(old, new)

    assert (found.depends_on, of_difference(found, "any")) == (("ipblock_pods",), Exit.UNDECIDED)
