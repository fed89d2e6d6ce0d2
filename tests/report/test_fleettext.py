"""The report about a fleet for people."""

import json

from msgspec.structs import replace

from tests.report.samples import PROVED, UNKNOWN, VACUOUS, VIOLATED, prop, report
from verifier.engine.results.check import Result, Verdict
from verifier.errors import Diagnostic, Severity
from verifier.fleet.result import ClusterReport, Failure, FleetReport
from verifier.report.findings import junit, sarif
from verifier.report.findings.findings import of_fleet
from verifier.report.markdown import markdown
from verifier.report.text.fleet import fleet
from verifier.report.words.paint import Paint

WRONG = Diagnostic("yaml", "wrong", "a.yaml", 1, 2)


def cluster(name: str, *results: Result, **more: object) -> ClusterReport:
    return ClusterReport(name, replace(report(*results), **more))  # type: ignore[arg-type]


def proved(name: str) -> Result:
    return Result(prop(name=name), Verdict.PROVED)


def lines(*clusters: ClusterReport, quiet: bool = False, told: int | None = None) -> list[str]:
    return fleet(FleetReport("f", clusters, told=told), quiet=quiet).splitlines()


def named(result: Result, name: str) -> Result:
    return replace(result, property=replace(result.property, name=name))


def test_each_verdict_stands_in_its_row_and_column() -> None:
    text = lines(
        cluster("east", proved("p"), named(VIOLATED, "q")),
        cluster("a-long-name", named(UNKNOWN, "q"), named(VACUOUS, "r")),
        cluster("lost", diagnostics=(WRONG,)),
    )

    assert text[2:6] == [
        "   east      a-long-name  lost",
        "p  proved    -            not read",
        "q  VIOLATED  UNKNOWN      not read",
        "r  -         VACUOUS      not read",
    ]
    assert "3 clusters: 1 proved, 1 violated, 1 unknown, 1 vacuous; 1 cluster not read" in text


def test_a_cluster_that_was_not_read_is_named_where_the_rest_holds() -> None:
    """Nobody has asked there, so nothing is proved in every cluster."""
    shown = lines(cluster("east", proved("p")), cluster("lost", diagnostics=(WRONG,)), quiet=True)

    assert "1 property proved wherever asked, but 1 cluster not read" in shown


def test_many_clusters_have_a_row_each() -> None:
    clusters = [
        cluster(f"cluster-{n}", proved("p"), named(VIOLATED, "q") if n == 7 else proved("q")) for n in range(99)
    ]
    text = lines(*clusters)

    assert text[2] == "              proved  violated   unknown   vacuous"
    assert "cluster-7          1         1         0         0  q" in text
    assert "38 more clusters in which everything is proved" in text
    assert "98 clusters in which everything is proved" in lines(*clusters, quiet=True)


def test_clusters_that_do_not_fit_beside_each_other_stand_below() -> None:
    text = lines(*(cluster(f"cluster-number-{n}", proved("p")) for n in range(10)))

    rows = [line for line in text if line.startswith("p")]
    assert [line.split() for line in text if line.startswith("   cluster")] == [
        [f"cluster-number-{n}" for n in range(6)], [f"cluster-number-{n}" for n in range(6, 10)],
    ]  # fmt: skip
    assert [row.count("proved") for row in rows] == [6, 4]
    assert max(map(len, text[:7])) <= 110


def test_many_properties_that_hold_take_a_line() -> None:
    text = lines(cluster("a", *(proved(f"p{n}") for n in range(1000)), named(VIOLATED, "q")))

    assert "940 more properties proved wherever asked" in text
    assert sum(line.startswith("p") for line in text) == 60
    assert "q     VIOLATED" in text


def test_a_property_of_some_clusters_that_holds_there_is_proved_wherever_asked() -> None:
    text = lines(cluster("a", proved("p")), cluster("b", named(VIOLATED, "q")), quiet=True)

    assert "1 property proved wherever asked" in text


def test_what_is_the_same_in_several_clusters_is_told_once() -> None:
    text = lines(cluster("a", VIOLATED), cluster("b", VIOLATED), cluster("c", named(VIOLATED, "other")))

    assert [line for line in text if line.startswith("== ")] == ["== a", "== c"]
    assert "  Also in b: policies and rules of the same names decide there." in text


def test_unknowns_for_different_reasons_are_told_apart() -> None:
    text = lines(cluster("a", UNKNOWN), cluster("b", replace(UNKNOWN, reason="another reason")))

    assert [line for line in text if line.startswith("== ")] == ["== a", "== b"]


def test_a_limit_counts_what_it_leaves_out() -> None:
    text = lines(cluster("a", VIOLATED, named(UNKNOWN, "u")), cluster("b", named(VIOLATED, "v")), told=1)

    assert sum(line.startswith(("VIOLATED", "UNKNOWN")) for line in text) == 1
    assert "2 more findings, beyond --limit 1" in text


def test_notes_about_what_is_proved_name_their_clusters() -> None:
    noted = replace(PROVED, notes=("nothing reaches it at all",))
    text = lines(*(cluster(f"c{n}", noted) for n in range(9)))

    name = PROVED.property.name
    assert f"note: {name}: nothing reaches it at all (c0, c1, c2, c3, c4, c5 and 3 more)" in text


def test_what_is_assumed_is_said_for_those_that_assume_it() -> None:
    text = lines(
        cluster("a", proved("p")),
        cluster("b", proved("p"), assumptions=("the sky is blue",)),
        cluster("c", proved("p")),
    )

    place = text.index("In b:")
    assert text[place + 1].startswith("Universe: ")
    assert "Assumed: the sky is blue" in text[place:]
    assert "In a, c:" in text
    assert (
        lines(cluster("a", proved("p")), cluster("b", proved("p"))).count(
            "Universe: open (every pod that could exist, with any labels, today's or not)"
        )
        == 1
    )


def test_failures_are_said_where_they_happened() -> None:
    text = lines(replace(cluster("a", UNKNOWN), failures=(Failure("KeyError: 5", "Traceback"),)))

    place = text.index("== a")
    assert text[place + 1] == "failed: KeyError: 5"


def test_names_cannot_steer_a_terminal() -> None:
    shown = fleet(FleetReport("f\x1b[2J", (cluster("c\x1b[2J", named(VIOLATED, "p\x1b[2J")),)))

    assert "\x1b" not in shown
    assert "\x1b[2J" not in fleet(FleetReport("f", (cluster("c\x1b[2J"),)), Paint(colour=True))


def test_programs_are_told_the_cluster_with_each_finding() -> None:
    found = of_fleet(FleetReport("f", (cluster("a", VIOLATED), cluster("b", VIOLATED, diagnostics=(WRONG,)))))

    name = VIOLATED.property.name
    assert [rule.id for rule in found.rules] == [f"a/{name}", f"b/{name}"]
    assert [finding.rule.id for finding in found.items] == [f"a/{name}", f"b/{name}"]
    assert len({finding.fingerprint for finding in found.items}) == 2
    assert found.items[0].message.startswith(f"In a: {name}: ")
    assert [error.message for error in found.errors] == ["In b: wrong"]
    assert found.worst() is Severity.ERROR
    run = json.loads(sarif.render(found))["runs"][0]
    assert run["automationDetails"] == {"id": "netpol/fleet/"}
    assert [result["ruleIndex"] for result in run["results"]] == [0, 1]


def test_failures_are_errors_for_programs_too() -> None:
    failed = FleetReport("f", (replace(cluster("a", UNKNOWN), failures=(Failure("KeyError: 5"),)),))

    assert json.loads(sarif.render(of_fleet(failed)))["runs"][0]["invocations"][0]["executionSuccessful"] is False
    assert '<error type="failure" message="KeyError: 5">' in junit.fleet(failed)
    assert "- `a` failed: KeyError: 5" in markdown.fleet(failed)


def test_test_cases_of_clusters_have_different_names() -> None:
    text = junit.fleet(FleetReport("f", (cluster("a", VIOLATED, PROVED), cluster("b", VIOLATED))))

    names = [line.split(' file="')[0] for line in text.splitlines() if "<testcase" in line]
    assert len(set(names)) == 3
    assert 'failures="2"' in text
