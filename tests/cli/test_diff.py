"""`netpol diff`: each row of its exit code table, and what its two sides may be."""

import json
from pathlib import Path

import pytest

from tests.cli.process import GOOD, ROOT, netpol
from tests.repository import Repository

WIDER = GOOD.replace("role: monitoring", "app: web").replace("- podSelector", "- podSelector: {}\n    - podSelector")
REFACTORED = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: renamed, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress:
  - from: [{podSelector: {matchExpressions: [{key: role, operator: In, values: [monitoring]}]}}]
    ports: [{port: 5000}]
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
"""
OPEN_SWITCH = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec: {podSelector: {}, ingress: [{from: [%s]}]}
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    for name, text in {"good.yaml": GOOD, "wider.yaml": WIDER, "refactored.yaml": REFACTORED}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def test_0_when_only_the_files_differ(here: Path) -> None:
    done = netpol("diff", "good.yaml", "refactored.yaml", cwd=here)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("EQUIVALENT  the same connections are allowed for every pod that could exist\n")


def test_1_when_traffic_differs(here: Path) -> None:
    done = netpol("diff", "good.yaml", "wider.yaml", cwd=here)

    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("WIDER")
    assert "wider.yaml:13" in done.stdout


@pytest.mark.parametrize(
    ("fail_on", "wider", "narrower"), [("any", 1, 1), ("added", 1, 0), ("removed", 0, 1), ("none", 0, 0)]
)
def test_fail_on_says_which_differences_count(here: Path, fail_on: str, wider: int, narrower: int) -> None:
    assert netpol("diff", "good.yaml", "wider.yaml", "--fail-on", fail_on, cwd=here).returncode == wider
    assert netpol("diff", "wider.yaml", "good.yaml", "--fail-on", fail_on, cwd=here).returncode == narrower


def test_2_when_the_input_is_at_fault_on_either_side(here: Path) -> None:
    (here / "bad.yaml").write_text(GOOD.replace("podSelector:", "podSelecter:", 1))
    (here / "worse.yaml").write_text(GOOD.replace("policyTypes", "policyType"))

    done = netpol("diff", "bad.yaml", "worse.yaml", "-o", "json", cwd=here)

    assert done.returncode == 2
    assert "bad.yaml:9:3: " in done.stderr
    assert "worse.yaml:10:3: " in done.stderr
    report = json.loads(done.stdout)
    assert (report["command"], report["relation"]) == ("diff", "unknown")


def test_2_when_there_is_nothing_to_compare(here: Path) -> None:
    (here / "empty.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n")

    done = netpol("diff", "empty.yaml", "empty.yaml", cwd=here)

    assert done.returncode == 2
    assert "neither a policy nor a workload in empty.yaml\n" in done.stderr


def test_one_empty_side_is_compared_with_a_warning(here: Path) -> None:
    (here / "empty.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n")

    done = netpol("diff", "empty.yaml", "good.yaml", cwd=here)

    assert done.returncode == 1
    assert done.stdout.startswith("NARROWER")
    assert "neither a policy nor a workload in empty.yaml: there, everything counts as allowed" in done.stderr


def test_3_when_the_relation_hangs_on_a_switch(here: Path) -> None:
    everywhere = "{ipBlock: {cidr: 0.0.0.0/0}}, {ipBlock: {cidr: '::/0'}}"
    (here / "a.yaml").write_text(OPEN_SWITCH % everywhere)
    (here / "b.yaml").write_text(OPEN_SWITCH % f"{everywhere}, {{namespaceSelector: {{}}}}")

    done = netpol("diff", "a.yaml", "b.yaml", "-o", "json", cwd=here)

    assert (done.returncode, json.loads(done.stdout)["dependsOn"]) == (3, ["ipblock_pods"]), done.stdout


def test_3_when_a_limit_is_reached(here: Path) -> None:
    done = netpol("diff", "good.yaml", "wider.yaml", "--rlimit", "1", cwd=here)

    assert done.returncode == 3


def test_a_limit_on_regions_is_said(here: Path) -> None:
    (here / "more.yaml").write_text(GOOD + "    - {protocol: UDP, port: 53}\n    - {protocol: TCP, port: 80}\n")

    cut = netpol("diff", "good.yaml", "more.yaml", "--limit", "1", "-o", "json", cwd=here)
    whole = netpol("diff", "good.yaml", "more.yaml", "-o", "json", cwd=here)

    assert (cut.returncode, json.loads(cut.stdout)["complete"]) == (1, False)
    assert (whole.returncode, json.loads(whole.stdout)["complete"]) == (1, True)


def test_one_side_may_be_standard_input(here: Path) -> None:
    assert netpol("diff", "refactored.yaml", "-", cwd=here, stdin=GOOD).returncode == 0

    done = netpol("diff", "-", "-", cwd=here)

    assert done.returncode == 2
    assert "`-` stands on both sides" in done.stderr


def test_revisions_are_compared(tmp_path: Path) -> None:
    repository = Repository.at(tmp_path / "repository")
    repository.commit({"k8s/shop.yaml": GOOD})
    repository.commit({"k8s/shop.yaml": None, "k8s/other.yaml": REFACTORED})
    repository.commit({"k8s/other.yaml": WIDER})

    same = netpol("diff", "HEAD~2:k8s", "HEAD~1:k8s", cwd=repository.root)
    by_path = netpol("diff", "HEAD~2", "HEAD", "--path", "k8s", cwd=repository.root)
    with_tree = netpol("diff", "HEAD~2:k8s", "k8s", cwd=repository.root)

    assert same.returncode == 0, same.stderr
    assert by_path.returncode == 1, by_path.stderr
    assert "HEAD:k8s/other.yaml:13" in by_path.stdout
    assert with_tree.returncode == 1, with_tree.stderr
    assert "   k8s/other.yaml:13" in with_tree.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("main:k8s", "k8s"), "main:k8s: "),
        (("main", "good.yaml"), "to compare git revisions, write `REV:PATH`, or give --path PATH"),
        (("main:k8s", "HEAD", "--path", "k8s"), "`main:k8s` names a path, and so does --path"),
        (("good.yaml",), "missing argument"),
        (("good.yaml", "good.yaml", "--fail-on", "everything"), "'everything' is not one of"),
    ],
)
def test_2_and_what_to_do(here: Path, arguments: tuple[str, ...], message: str) -> None:
    done = netpol("diff", *arguments, cwd=here, GIT_CEILING_DIRECTORIES=str(here.parent))

    assert done.returncode == 2
    assert message in done.stderr
    assert done.stdout == ""


def test_verbose_tells_reading_encoding_and_solving_apart(here: Path) -> None:
    done = netpol("diff", "good.yaml", "wider.yaml", "-v", cwd=here)

    phases = [line.split()[0] for line in done.stderr.splitlines() if " s " in f"{line} " and "%" in line]
    assert phases == ["reading", "encoding", "solving", "rest"]


def test_the_example_of_the_dash_is_told_with_its_line() -> None:
    done = netpol("diff", "examples/helidon-and-or/and", "examples/helidon-and-or/or", cwd=ROOT)

    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("WIDER")
    assert "examples/helidon-and-or/or/policy.yaml:12" in done.stdout
    assert "examples/helidon-and-or/or/policy.yaml:15" in done.stdout
