"""`netpol fleet` by processes of its own: its exit codes, its streams, and that clusters do not hide each other."""

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.process import GOOD, PROVED, VACUOUS, VIOLATED, netpol
from tests.cli.test_check import ONLY_ON_ONE_SETTING
from verifier.fleet.local import answer_files
from verifier.fleet.task import Task

HEAD = "apiVersion: netpol-verifier/v1\nkind: Fleet\nspec:\n"


def write(folder: Path, *clusters: str, properties: tuple[str, ...] = (PROVED,), **manifests: str) -> None:
    """A fleet of these clusters, each a mapping in one line, and the manifests of each in a file of its own."""
    for name, text in manifests.items():
        (folder / f"{name}.yaml").write_text(text)
    shared = [f"  - '{text}'" for text in properties]
    lines = ["  properties:", *shared, "  clusters:", *(f"  - {cluster}" for cluster in clusters)]
    (folder / "fleet.yaml").write_text(HEAD + "\n".join(lines) + "\n")


def fleet(folder: Path, *arguments: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return netpol("fleet", "fleet.yaml", *arguments, cwd=folder, **env)


ONE = "{name: one, manifests: one.yaml}"
TWO = "{name: two, manifests: two.yaml}"


def test_0_when_all_is_proved_everywhere(tmp_path: Path) -> None:
    write(tmp_path, ONE, TWO, one=GOOD, two=GOOD)
    done = fleet(tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert done.stdout.splitlines()[0] == ("fleet fleet: 2 clusters, 1 property, 2 policies, 0 workloads, 2 namespaces")
    assert "only shop/role=monitoring -> shop/app=api  proved    proved\n" in done.stdout
    assert "\n2 clusters: 2 proved\nUniverse: open (" in done.stdout


def test_1_when_one_is_violated_somewhere(tmp_path: Path) -> None:
    own = "{name: two, manifests: two.yaml, properties: ['" + VIOLATED + "']}"
    write(tmp_path, ONE, own, one=GOOD, two=GOOD)
    done = fleet(tmp_path)

    assert done.returncode == 1, done.stderr
    assert "== two\n\nVIOLATED" in done.stdout
    assert "NetworkPolicy shop/api admits it by ingress[0].from[0]:\n   two.yaml:13\n" in done.stdout


def test_2_when_one_is_vacuous(tmp_path: Path) -> None:
    pod = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: api, namespace: shop, labels: {app: api}}\n"
    write(
        tmp_path,
        ONE,
        "{name: two, manifests: two.yaml, universe: inventory}",
        properties=(VACUOUS,),
        one=GOOD,
        two=GOOD + pod,
    )
    done = fleet(tmp_path)

    assert done.returncode == 2, done.stderr
    assert "VACUOUS" in done.stdout


def test_3_when_it_depends_on_a_switch_and_none_is_violated(tmp_path: Path) -> None:
    claim = "never other/* -> shop/*"
    fixed = "{name: two, manifests: one.yaml, switches: {ipblock_pods: never}}"
    write(tmp_path, ONE, fixed, properties=(claim,), one=ONLY_ON_ONE_SETTING)
    done = fleet(tmp_path)

    assert done.returncode == 3, done.stderr
    assert "never other/* -> shop/*  UNKNOWN   proved\n" in done.stdout


def test_4_when_it_fails_inside_and_the_rest_is_told_all_the_same(tmp_path: Path) -> None:
    write(tmp_path, ONE, TWO, one=GOOD, two=GOOD)
    program = (
        "import verifier.fleet.task as task\n"
        "check = task.check\n"
        "def broken(cluster, *rest, **more):\n"
        "    if 'two' in str(cluster.policies.objects[0].origin.position):\n"
        "        raise KeyError('of ours')\n"
        "    return check(cluster, *rest, **more)\n"
        "task.check = broken\n"
        "from verifier.cli import main\n"
        "main()\n"
    )
    done = netpol("fleet", "fleet.yaml", "--debug", cwd=tmp_path, program=("-c", program), TMPDIR=str(tmp_path))

    assert done.returncode == 4, done.stderr
    assert "netpol: internal error: KeyError: 'of ours' (details in " in done.stderr
    assert "in broken\n" in done.stderr
    assert "proved    UNKNOWN\n" in done.stdout
    assert "== two\nfailed: KeyError: 'of ours'\n" in done.stdout


def test_a_cluster_that_cannot_be_read_does_not_hide_the_verdicts_about_others(tmp_path: Path) -> None:
    write(
        tmp_path,
        ONE,
        "{name: broken, manifests: broken.yaml}",
        "{name: gone, manifests: nowhere}",
        "{name: revision, manifests: 'nosuch:k8s'}",
        "{name: nothing, manifests: nothing.yaml}",
        "{name: asks, manifests: one.yaml, properties: nowhere.yaml, universe: inventry}",
        properties=(VIOLATED,),
        one=GOOD, broken="kind: [", nothing="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
    )  # fmt: skip
    done = fleet(tmp_path, "-o", "json", "-o", "text=report.txt")

    assert done.returncode == 2
    assert "nowhere: no such file or directory\n" in done.stderr
    found = json.loads(done.stdout)
    assert found["summary"] == {
        "clusters": 6, "notRead": 5, "proved": 0, "violated": 1, "unknown": 0, "vacuous": 0, "accepted": 0,
    }  # fmt: skip
    codes = {each["name"]: [error["code"] for error in each["check"]["errors"]] for each in found["clusters"]}
    assert codes["one"] == []
    assert codes["broken"] == ["yaml"]
    assert codes["gone"] == codes["asks"][:1] == ["path"]
    assert len(codes["revision"]) == 1
    assert codes["nothing"] == ["nothing-to-check"]
    assert len(codes["asks"]) == 2
    text = (tmp_path / "report.txt").read_text()
    assert "VIOLATED  not read" in text
    assert text.count("error in the input: nothing was checked") == 4


def test_violations_are_not_hidden_by_the_code_2_of_another_cluster(tmp_path: Path) -> None:
    write(tmp_path, ONE, "{name: gone, manifests: nowhere}", properties=(VIOLATED,), one=GOOD)

    assert fleet(tmp_path).returncode == 2
    assert "VIOLATED" in fleet(tmp_path, "-q").stdout


def test_mistakes_in_the_fleet_and_in_what_all_share_are_told_once_and_nothing_is_asked(tmp_path: Path) -> None:
    write(tmp_path, ONE, TWO, properties=("nowhere.yaml",), one=GOOD, two=GOOD)
    done = fleet(tmp_path, "-o", "json")
    assert done.returncode == 2
    assert done.stderr == "nowhere.yaml: no such file or directory\n"
    assert json.loads(done.stdout)["errors"][0]["message"] == "no such file or directory"

    write(tmp_path, ONE, ONE, one=GOOD)
    done = fleet(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "fleet.yaml:8:12: a second cluster named `one`\n" in done.stderr

    assert netpol("fleet", "nothing.yaml", cwd=tmp_path).returncode == 2
    assert netpol("fleet", cwd=tmp_path).returncode == 2


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_revisions_are_clusters(tmp_path: Path) -> None:
    write(tmp_path, "{name: old, manifests: 'HEAD:one.yaml'}", ONE, one=GOOD, properties=(VIOLATED,))
    git = ["git", "-c", "user.name=n", "-c", "user.email=e@example.org"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *arguments], cwd=tmp_path, check=True)
    (tmp_path / "one.yaml").write_text(GOOD.replace("5000", "6000"))
    done = fleet(tmp_path)

    assert done.returncode == 1, done.stderr
    assert "TCP/5000  VIOLATED  proved\n" in done.stdout
    assert "HEAD:one.yaml:13\n" in done.stdout


def test_time_that_runs_out_leaves_the_rest_unknown(tmp_path: Path) -> None:
    write(tmp_path, ONE, TWO, one=GOOD, two=GOOD)
    done = fleet(tmp_path, "--timeout", "0.001")

    assert done.returncode == 3, done.stderr
    assert ": 2 unknown" in done.stdout
    assert "allow more with --timeout" in done.stdout


def test_a_limit_on_queries_is_that_of_check(tmp_path: Path) -> None:
    write(tmp_path, ONE, one=GOOD)

    assert fleet(tmp_path, "--rlimit", "1").returncode == 3
    assert fleet(tmp_path, "--rlimit", "1", "--jobs", "2").returncode == 3


def test_the_number_of_jobs_changes_not_a_byte(tmp_path: Path) -> None:
    write(tmp_path, ONE, TWO, "{name: gone, manifests: nowhere}", properties=(PROVED, VIOLATED), one=GOOD, two=GOOD)
    runs = [fleet(tmp_path, "--jobs", jobs, "-o", "text", "-o", f"json={jobs}.json") for jobs in ("1", "2", "3")]

    assert len({(run.returncode, run.stdout) for run in runs}) == 1
    assert len({(tmp_path / f"{jobs}.json").read_bytes() for jobs in "123"}) == 1


def test_a_process_that_dies_costs_its_task_and_no_other(tmp_path: Path) -> None:
    write(tmp_path, ONE, TWO, "{name: three, manifests: three.yaml}", one=GOOD, two=GOOD, three=GOOD)
    program = (
        "import verifier.fleet.local as local\n"
        "from tests.cli import test_fleet\n"
        "local.answer_files = test_fleet.dies_in_the_second\n"
        "from verifier.cli import main\n"
        "main()\n"
    )
    done = netpol("fleet", "fleet.yaml", "--jobs", "2", cwd=tmp_path, program=("-c", program))

    assert done.returncode == 4, done.stderr
    assert done.stderr == "netpol: a worker process was ended by SIGKILL; was there enough memory?\n"
    assert "proved    UNKNOWN   proved\n" in done.stdout


def dies_in_the_second(deadline: float | None, task: object) -> object:
    assert isinstance(task, Task)
    if task.cluster == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer_files(deadline, task)


def test_a_thousand_properties_are_a_thousand_verdicts(tmp_path: Path) -> None:
    claims = [f"never x=y -> app=a{number}" for number in range(1000)]
    write(tmp_path, ONE, one=GOOD, properties=tuple(claims))
    done = fleet(tmp_path, "--timeout", "0.001", "-o", "json", "-o", "text=report.txt")

    assert done.returncode == 3, done.stderr
    results = json.loads(done.stdout)["clusters"][0]["check"]["results"]
    assert [result["property"] for result in results] == claims


def test_what_netpol_yaml_and_the_environment_ask_does_not_count(tmp_path: Path) -> None:
    """The fleet says all that is asked; how it is reported they may say."""
    (tmp_path / "netpol.yaml").write_text(
        "apiVersion: netpol-verifier/v1\nkind: Config\nspec: {universe: inventory, profile: cilium, output: json}\n"
    )
    write(tmp_path, ONE, one=GOOD)
    done = fleet(tmp_path, NETPOL_UNIVERSE="inventory", NETPOL_SET="sctp=no")

    [cluster] = json.loads(done.stdout)["clusters"]
    assert cluster["check"]["universe"] == "open"
    assert cluster["check"]["notCovered"] == ["nodes and hostNetwork pods", "protocols other than TCP, UDP and SCTP"]


def test_the_starter_set_is_checked_where_nobody_says_what(tmp_path: Path) -> None:
    (tmp_path / "one.yaml").write_text(GOOD)
    (tmp_path / "fleet.yaml").write_text(f"{HEAD}  clusters:\n  - {ONE}\n")
    done = fleet(tmp_path)

    assert done.stderr.startswith("no properties given, so the starter set is checked: default-deny, ")
    assert "no-cloud-metadata" in done.stdout


def test_v_tells_sizes_and_times(tmp_path: Path) -> None:
    write(tmp_path, ONE, one=GOOD)
    done = fleet(tmp_path, "-v")

    assert done.stderr.startswith(f"1 of 1: PROVED    one: {PROVED}  ")
    assert "\none: 1 files, " in done.stderr
    assert "\ntotal " in done.stderr
