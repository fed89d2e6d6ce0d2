"""A task answers as a check does, wherever it is answered."""

import pickle
from pathlib import Path

import pytest

from tests.fleet.fleets import asked, claims, write_fleet
from verifier.engine.check.check import report as check
from verifier.errors import InputError
from verifier.fleet import remote
from verifier.fleet import task as task_module
from verifier.fleet.assemble import assembled
from verifier.fleet.local import answer_here
from verifier.fleet.parcel import pack, program, unpack
from verifier.fleet.plan import Asked, ask_each, tasks_of
from verifier.fleet.result import ClusterReport, Failure
from verifier.fleet.task import REGIONS, Answer, Refusal, Task, answer
from verifier.manifests.kubernetes.load import Options, find_texts, load
from verifier.manifests.specs.fleet import Asking, FleetCluster, Line, read_fleet
from verifier.report.json import run as json
from verifier.report.text import check as text
from verifier.smt.solver import solver_version

COUNT = 9


MESH = """\
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec: {mtls: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: web, namespace: %s}
spec:
  rules:
  - from: [{source: {namespaces: [shop]}}]
    to: [{operation: {ports: ["5000"]}}]
  - to: [{operation: {methods: [GET], ports: ["5001"]}}]
"""


@pytest.fixture(scope="module")
def meshes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Asked, ...]:
    """Every other cluster has a mesh, of which the verdicts hang on what nobody can say, and on a switch."""
    folder = tmp_path_factory.mktemp("meshes")
    more = ["never external -> app=b : TCP/5000", "never ops/* -> app=b : TCP/5001", "never external -> app=b : UDP"]
    file = write_fleet(folder, 4, [*claims(3), *more])
    for number in (0, 2):
        (folder / f"c{number}" / "mesh.yaml").write_text(MESH % f"c{number}")
    return tuple(ask_each(read_fleet(str(file)).clusters))


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> tuple[Asked, ...]:
    file = write_fleet(tmp_path_factory.mktemp("fleet"), 4, claims(COUNT), ["always * -> app=api", "never * -> x=y"])
    return tuple(ask_each(read_fleet(str(file)).clusters))


def plain(asked: Asked) -> tuple[str, str]:
    """What `netpol check` says about a cluster."""
    loaded = load(asked.cluster.manifests, Options.under(asked.switches, asked.cluster.namespace))
    switches, told = asked.switches, loaded.diagnostics
    found = check(loaded.cluster, asked.properties, asked.universe, switches, diagnostics=told, limit=REGIONS)
    return json.check(found), text.check(found)


def said(cluster: ClusterReport) -> tuple[str, str]:
    return json.check(cluster.report), text.check(cluster.report)


def test_the_verdicts_are_those_of_a_check_and_so_is_every_byte_about_them(fleet: tuple[Asked, ...]) -> None:
    report = assembled("f", fleet, answer_here(tuple(tasks_of(fleet)), 1, None))

    assert [said(cluster) for cluster in report.clusters] == [plain(each) for each in fleet]
    counts = report.tally()
    assert counts["proved"]
    assert counts["violated"]


def test_a_mesh_says_in_a_fleet_what_it_says_alone(meshes: tuple[Asked, ...]) -> None:
    tasks = tuple(tasks_of(meshes))

    here = assembled("f", meshes, answer_here(tasks, 1, None))
    there = assembled("f", meshes, answer_here(tasks, 2, None))

    assert [said(cluster) for cluster in here.clusters] == [plain(each) for each in meshes]
    assert json.fleet(there) == json.fleet(here)
    verdicts = [[result.verdict.value for result in cluster.report.results[-3:]] for cluster in here.clusters]
    assert verdicts[0] == verdicts[2] == ["proved", "unknown", "violated"]
    assert verdicts[1] == verdicts[3] == ["violated", "violated", "violated"]


def test_several_processes_say_the_same(fleet: tuple[Asked, ...]) -> None:
    tasks = tuple(tasks_of(fleet))

    here = assembled("f", fleet, answer_here(tasks, 1, None))
    there = assembled("f", fleet, answer_here(tasks, 2, None))

    assert json.fleet(there) == json.fleet(here)
    assert [said(cluster) for cluster in there.clusters] == [said(cluster) for cluster in here.clusters]


def test_a_parcel_says_the_same_where_the_files_are_not(fleet: tuple[Asked, ...]) -> None:
    tasks = list(tasks_of(fleet))
    parcels = [pack((task, find_texts(task.paths))) for task in tasks]
    moved = [(folder, folder.rename(folder.with_name(f"{folder.name}-moved"))) for folder in _folders(tasks)]
    try:
        answers = [remote.answer_parcel(parcel, program(), None) for parcel in parcels]
    finally:
        for was, is_now in moved:
            is_now.rename(was)

    assert {word for word, _ in answers} == {remote.DONE}
    outcomes = [remote.outcome_of(*answer) for answer in answers]
    report = assembled("f", fleet, zip(tasks, outcomes, strict=True))
    assert [said(cluster) for cluster in report.clusters] == [plain(each) for each in fleet]


def _folders(tasks: list[Task]) -> list[Path]:
    return [Path(path) for path in dict.fromkeys(path for task in tasks for path in task.paths)]


def test_a_parcel_of_another_program_is_not_even_opened() -> None:
    assert remote.answer_parcel(b"no parcel", "netpol 0.0", None) == (remote.OTHER, program())


def test_a_worker_that_fails_says_so_in_words() -> None:
    """Not every exception finds its way back through Dask."""
    word, said = remote.answer_parcel(b"no parcel", program(), None)

    assert word == remote.FAILED
    assert remote.outcome_of(word, said) == Failure(f"a worker failed: {said}")
    assert str(said).startswith("error: Error -3")


def test_the_program_is_known_by_its_text_and_its_solver() -> None:
    assert program().startswith("netpol 0.")
    assert program().endswith(f" with {solver_version()}")


def test_answers_are_small_whatever_the_manifests_are(fleet: tuple[Asked, ...]) -> None:
    """Excerpts go with their document, and not with its file. Regions name the namespaces that they are in."""
    task = next(iter(tasks_of(fleet)))
    small = find_texts(task.paths)
    [source] = small.sources
    one = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: more-%d}\n"
    more = "".join(one % number for number in range(3000))
    large = type(small)((type(source)(source.name, source.text + more),))

    sizes = [len(pickle.dumps(answer(task, texts))) for texts in (small, large)]
    assert len(more) > 100_000
    assert sizes[1] < sizes[0] + 10_000


def test_mistakes_of_the_input_are_told_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("kind: [")
    [task] = tasks_of([asked("a", 2)])

    outcome = answer(task, find_texts([str(tmp_path), str(tmp_path / "nowhere")]))

    assert isinstance(outcome, Refusal)
    assert {d.code for d in outcome.diagnostics} == {"yaml", "path"}


def test_a_cluster_with_neither_policy_nor_workload_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n")
    [task] = tasks_of([asked("a", 2)])

    outcome = answer(task, find_texts([str(tmp_path)]))

    assert isinstance(outcome, Refusal)
    assert outcome.diagnostics[-1].message == "neither a policy nor a workload in a"


def test_a_cluster_without_policies_has_verdicts(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {c: d}}\n")
    [task] = tasks_of([asked("a", 2)])

    outcome = answer(task, find_texts([str(tmp_path)]))

    assert isinstance(outcome, Answer)
    assert [str(result.verdict) for result in outcome.results] == ["violated", "violated"]


def test_our_own_mistakes_are_failures_and_never_verdicts(
    fleet: tuple[Asked, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object, **_limits: object) -> None:
        raise KeyError(5)

    monkeypatch.setattr(task_module, "check", broken)
    task = next(iter(tasks_of(fleet)))
    outcome = answer(task, find_texts(task.paths))

    assert isinstance(outcome, Failure)
    assert outcome.message == "KeyError: 5"
    assert "in broken" in outcome.details


def test_without_time_nothing_is_proved(fleet: tuple[Asked, ...]) -> None:
    task = next(iter(tasks_of(fleet)))

    outcome = answer(task, find_texts(task.paths), seconds=0.0)

    assert isinstance(outcome, Answer)
    assert {str(result.verdict) for result in outcome.results} == {"unknown"}


def test_every_outcome_travels() -> None:
    refusal = Refusal(InputError(()).diagnostics)
    for outcome in (refusal, Failure("a", "b"), task_module.OUT_OF_TIME):
        assert unpack(pack(outcome)) == outcome


UNIVERSE = """\
apiVersion: netpol-verifier/v1
kind: Universe
metadata: {name: strict}
spec:
  invariants:
  - name: monitoring-stays-at-home
    pods: {podSelector: {matchLabels: {role: monitoring}}}
    onlyIn: {namespaces: [monitoring]}
  newNamespacesGet: [template.yaml]
"""
TEMPLATE = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: open-door}
spec:
  podSelector: {}
  ingress:
  - from:
    - podSelector: {}
"""
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: %s, labels: {role: monitoring}}\n"


@pytest.mark.parametrize("home", ["monitoring", "elsewhere"])
def test_universes_travel_with_their_places(tmp_path: Path, home: str) -> None:
    """One verdict cites the template of a universe; the other place is that of a mistake in two files at once."""
    for name, content in (("u.yaml", UNIVERSE), ("template.yaml", TEMPLATE), ("pod.yaml", POD % home)):
        (tmp_path / name).write_text(content)
    claim = Line("always external -> */*")
    cluster = FleetCluster("a", (str(tmp_path / "pod.yaml"),), Asking((), (claim,)), universe=str(tmp_path / "u.yaml"))
    [found] = ask_each([cluster])
    [task] = tasks_of([found])
    texts = find_texts(task.paths)
    here = answer(task, texts)
    (tmp_path / "u.yaml").unlink()
    (tmp_path / "template.yaml").unlink()

    there = remote.outcome_of(*remote.answer_parcel(pack((task, texts)), program(), None))

    if home == "elsewhere":
        assert isinstance(here, Refusal)
        assert there == here
        assert "u.yaml" in str(here.diagnostics)
    else:
        assert isinstance(here, Answer)
        said_here, said_there = (json.fleet(assembled("f", [found], [(task, o)])) for o in (here, there))
        assert said_there == said_here
        assert "template.yaml" in said_here
