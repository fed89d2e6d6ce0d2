"""Every property has exactly one verdict, in its place, however the tasks end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fleet.fleets import answer, asked, verdicts
from verifier.engine.results.check import Verdict
from verifier.errors import Diagnostic, InternalError
from verifier.fleet.assemble import assembled
from verifier.fleet.plan import Asked, tasks_of
from verifier.fleet.result import Failure
from verifier.fleet.task import OUT_OF_TIME, Outcome, Refusal, Task
from verifier.manifests.specs.fleet import FleetCluster

WRONG = Refusal((Diagnostic("yaml", "wrong", "a.yaml", 1, 2),))
BROKEN = Failure("KeyError: 5", "Traceback")


def outcome(kind: str, task: Task) -> Outcome:
    return {"answer": answer(task.properties), "refusal": WRONG, "failure": BROKEN, "time": OUT_OF_TIME}[kind]


def expected(kind: str) -> Verdict:
    return Verdict.PROVED if kind == "answer" else Verdict.UNKNOWN


@given(st.data())
def test_each_property_has_one_verdict_in_its_place(data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(1, 200), min_size=1, max_size=4))
    fleet = [asked(f"c{number}", size) for number, size in enumerate(sizes)]
    tasks = list(tasks_of(fleet))
    kinds = data.draw(
        st.lists(st.sampled_from(["answer", "refusal", "failure", "time"]), min_size=len(tasks), max_size=len(tasks))
    )
    come = data.draw(st.permutations(list(zip(tasks, kinds, strict=True))))
    kept = come[: data.draw(st.integers(0, len(come)))]

    report = assembled("f", fleet, [(task, outcome(kind, task)) for task, kind in kept], rest=OUT_OF_TIME)

    kind_of = {(task.cluster, task.first): kind for task, kind in kept}
    for place, (each, cluster) in enumerate(zip(fleet, report.clusters, strict=True)):
        mine = [kind_of.get((place, task.first), "time") for task in tasks if task.cluster == place]
        if "refusal" in mine and "answer" not in mine:
            assert cluster.report.results == ()
        else:
            said = [
                (claimed.name, str(expected(kind_of.get((place, task.first), "time"))))
                for task in tasks
                if task.cluster == place
                for claimed in task.properties
            ]
            assert verdicts(cluster.report) == said
            assert [r.property for r in cluster.report.results] == list(each.properties)
        assert (Diagnostic("yaml", "wrong", "a.yaml", 1, 2) in cluster.report.diagnostics) is ("refusal" in mine)
        failed = "failure" in mine and bool(cluster.report.results)
        assert bool(cluster.failures) is failed


def test_a_verdict_that_is_missing_is_an_internal_error() -> None:
    fleet = [asked("a", 130)]
    first, _, third = tasks_of(fleet)

    with pytest.raises(InternalError, match="no verdict about a property of `a`"):
        assembled("f", fleet, [(first, answer(first.properties)), (third, answer(third.properties))])
    with pytest.raises(InternalError, match="no verdict about a property of `a`"):
        assembled("f", fleet, [])


def test_a_verdict_that_comes_twice_is_an_internal_error() -> None:
    fleet = [asked("a", 3)]
    [task] = tasks_of(fleet)

    with pytest.raises(InternalError, match="two verdicts about a property of `a`"):
        assembled("f", fleet, [(task, answer(task.properties))] * 2)


def test_an_answer_of_another_length_is_an_error() -> None:
    fleet = [asked("a", 3)]
    [task] = tasks_of(fleet)

    with pytest.raises(ValueError, match="zip"):
        assembled("f", fleet, [(task, answer(task.properties[:2]))])


def test_mistakes_of_a_question_are_those_of_its_cluster() -> None:
    wrong = Diagnostic("path", "no such file", "p.yaml")
    report = assembled("f", [Asked(FleetCluster("a", ("a",)), mistakes=(wrong,))], [])

    assert report.clusters[0].report.diagnostics == (wrong,)
    assert report.clusters[0].report.results == ()
    assert report.not_read == 1


def test_what_went_wrong_in_the_same_way_is_told_once() -> None:
    fleet = [asked("a", 130)]
    report = assembled("f", fleet, [(task, BROKEN) for task in tasks_of(fleet)])

    assert report.clusters[0].failures == (BROKEN,)
    assert {r.reason for r in report.clusters[0].report.results} == {"not asked to the end: KeyError: 5"}
