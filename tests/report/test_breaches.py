"""All that breaks a property, in every format: a short list in a text, all of it elsewhere."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from tests.report.comparisons import BROKEN, region
from tests.report.samples import VIOLATED, report
from verifier.engine.results.check import CheckReport, Result
from verifier.engine.results.diff import GateReport
from verifier.engine.results.standing import each_once
from verifier.ir.cluster import PassedOver
from verifier.ir.labels import Selector
from verifier.report.findings import findings, junit, sarif
from verifier.report.json import run as data
from verifier.report.markdown import markdown
from verifier.report.text.check import check
from verifier.report.text.gate import gate
from verifier.report.words.region import line

SEVEN = tuple(
    region(source=replace(region().source, pod_selector=Selector.of({"app": f"w{number}"}))) for number in range(7)
)
LAST = line(SEVEN[-1])


def violated(count: int = 7, *, complete: bool = True) -> Result:
    return replace(VIOLATED, regions=SEVEN[:count], complete=complete)


def test_the_first_stand_behind_the_witness_and_all_with_v() -> None:
    short, long = (check(report(violated()), verbose=verbose) for verbose in (False, True))

    assert short.index("packet") < short.index("all that breaks it, in 7 regions of connections:")
    assert line(SEVEN[4]) in short
    assert LAST not in short
    assert "and 2 more: -v lists them" in short
    assert f"7. {LAST}" in long


def test_one_region_is_one() -> None:
    assert "all that breaks it, in 1 region of connections:" in check(report(violated(1)))


def test_a_list_that_is_not_complete_says_so() -> None:
    assert "7 regions of connections that break it, and there may be more" in check(report(violated(complete=False)))
    [found] = json.loads(data.check(report(violated(complete=False))))["results"]
    assert (len(found["regions"]), found["complete"]) == (7, False)


def test_every_format_has_all_of_them() -> None:
    run = report(violated())
    [result] = json.loads(sarif.render(findings.of_check(run)))["runs"][0]["results"]

    assert result["properties"] == {"regions": [line(each) for each in SEVEN], "complete": True}
    assert [each["text"] for each in json.loads(data.check(run))["results"][0]["regions"]] == [line(r) for r in SEVEN]
    assert LAST in markdown.check(run)
    assert LAST.replace("->", "-&gt;") in junit.check(run)


def test_fingerprints_do_not_depend_on_regions() -> None:
    def of(*results: Result) -> Any:
        found = json.loads(sarif.render(findings.of_check(report(*results))))["runs"][0]["results"]
        return [each["partialFingerprints"] for each in found]

    assert of(violated(2)) == of(violated(7)) == of(VIOLATED)


def test_v_lists_what_a_gate_folds() -> None:
    twin = replace(violated(), property=replace(VIOLATED.property, name="twin"))
    [first] = [each for each in BROKEN.judged if each.property.name == VIOLATED.property.name][:1]
    run = replace(
        BROKEN,
        head=replace(BROKEN.head, results=(violated(), twin)),
        judged=(first, replace(first, property=twin.property)),
    )
    short, long = gate(run), gate(run, verbose=True)

    assert "1 more that the same rules decide (-v: in full):" in short
    assert LAST not in short
    assert "that the same rules decide" not in long
    assert long.count(f"7. {LAST}") == 2


@pytest.mark.parametrize("wide", ["pods of undeclared namespaces", "pods of undeclared namespaces, as destinations"])
def test_what_a_wider_entry_says_is_not_said_again(wide: str) -> None:
    narrow = "pods of undeclared namespaces, as destinations of anything but pods of declared ones"

    assert each_once(("nodes", narrow, wide, "nodes")) == ("nodes", wide)
    assert each_once((narrow, "pods of undeclared namespaces, as sources of connections to what is no pod")) == (
        f"{narrow}, and as sources of connections to what is no pod",
    )


def test_what_either_sides_terms_pass_over_is_in_every_format_once() -> None:
    one, other = (PassedOver("g.io", kind, "x", "") for kind in ("Tier", "IPPool"))

    def with_it(run: GateReport, found: PassedOver) -> GateReport:
        def of(part: CheckReport) -> CheckReport:
            return replace(part, passed_over=(found,))

        return replace(run, head=of(run.head), base=of(run.base))

    run = replace(with_it(BROKEN, one), other=with_it(BROKEN, other))
    comment, document = markdown.gate(run), json.loads(data.gate(run))

    assert "Tier x" in comment
    assert "IPPool x" in comment
    assert sorted(each["kind"] for each in document["passedOver"]) == ["IPPool", "Tier"]
    assert len(document["notCovered"]) == len(set(document["notCovered"]))
    assert sum("passed over" in entry for entry in document["notCovered"]) == 1
    assert "IPPool x" in sarif.render(findings.of_gate(run))
    assert "IPPool x" in junit.gate(run)
