"""How a fleet is cut into tasks."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.fleet.fleets import asked
from verifier.fleet.plan import PROPERTIES_PER_TASK, ask_each, cut, tasks_of
from verifier.manifests.specs.fleet import Asking, FleetCluster, Line


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 128, 129, 1000])
def test_parts_follow_each_other_are_full_and_differ_by_one_at_most(count: int) -> None:
    properties = asked("a", count).properties
    parts = list(cut(properties))

    assert [claimed for _, part in parts for claimed in part] == list(properties)
    assert [first for first, _ in parts] == [sum(len(p) for _, p in parts[:n]) for n in range(len(parts))]
    assert len(parts) == -(-count // PROPERTIES_PER_TASK)
    sizes = {len(part) for _, part in parts}
    assert not sizes or max(sizes) - min(sizes) <= 1
    assert max(sizes, default=0) <= PROPERTIES_PER_TASK


def test_a_cluster_with_few_properties_is_one_task() -> None:
    tasks = list(tasks_of([asked("a", 3), asked("b", 64)]))

    assert [(task.cluster, task.first, len(task.properties)) for task in tasks] == [(0, 0, 3), (1, 0, 64)]


def test_a_live_cluster_is_one_task_so_that_it_is_asked_once() -> None:
    live = replace(asked("a", 200), cluster=FleetCluster("a", ("k8s", "cluster:prod")))

    assert [(task.first, len(task.properties)) for task in tasks_of([live])] == [(0, 200)]


def test_a_cluster_of_which_nothing_can_be_asked_is_no_task() -> None:
    wrong = FleetCluster("a", ("x",), Asking(("nowhere.yaml",)), universe="inventry")
    [found] = ask_each([wrong])

    assert [d.message for d in found.mistakes] == ["no such file", "no such file or directory"]
    assert list(tasks_of([found])) == []


def test_without_properties_the_starter_set_is_asked() -> None:
    some, none = ask_each([FleetCluster("a", ("x",), Asking((), (Line("never a -> b"),))), FleetCluster("b", ("x",))])

    assert (some.starter, none.starter) == (False, True)
    assert [claimed.name for claimed in none.properties] == ["default-deny", "no-cloud-metadata", "dns-always-works"]


def test_the_more_special_switch_wins() -> None:
    cluster = FleetCluster(
        "a", ("x",), profile="calico",
        fleet_switches={"sctp": "no", "ipblock_pods": "open"}, switches={"ipblock_pods": "never"},
    )  # fmt: skip
    [found] = ask_each([cluster])

    assert (found.switches["sctp"], found.switches["ipblock_pods"]) == ("no", "never")
    assert found.switches["local_node_egress"] == "policy"  # what calico says


def test_two_properties_of_one_name_are_a_mistake_of_the_cluster(tmp_path: Path) -> None:
    text = "apiVersion: netpol-verifier/v1\nkind: Properties\nspec: {properties: [{name: a, only: {}}]}\n"
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text(text)
    files = (str(tmp_path / "one.yaml"), str(tmp_path / "two.yaml"))
    [found] = ask_each([FleetCluster("a", ("x",), Asking(files))])

    assert [d.message for d in found.mistakes] == ["a second property named `a`"]


def test_a_file_named_twice_counts_once() -> None:
    [found] = ask_each([FleetCluster("a", ("x",), Asking(("builtin:default-deny", "builtin:default-deny")))])

    assert len(found.properties) == 1
