"""`netpol explain`: each row of its exit code table, and where what is written."""

import json
from pathlib import Path

import pytest

from tests.cli.process import GOOD, POD, netpol

DEPENDS = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: block, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}
"""
ALLOWED = "shop/role=monitoring -> shop/api : TCP/5000"
DENIED = "shop/role=monitorin -> shop/api : TCP/5000"
HANGS = "shop/{} -> shop/app=web : TCP/80"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "k8s.yaml").write_text(GOOD + POD + DEPENDS)
    return tmp_path


@pytest.mark.parametrize(
    ("text", "code", "word"), [(ALLOWED, 0, "ALLOWED"), (DENIED, 1, "DENIED"), (HANGS, 3, "DEPENDS")]
)
def test_the_exit_code_is_the_answer(here: Path, text: str, code: int, word: str) -> None:
    done = netpol("explain", "k8s.yaml", text, cwd=here)

    assert (done.returncode, done.stderr) == (code, "")
    assert done.stdout.startswith(f"{word}  ")


def test_what_came_close_is_shown_with_its_line(here: Path) -> None:
    done = netpol("explain", "k8s.yaml", DENIED, cwd=here)

    assert "`monitoring` and `monitorin` are one letter apart" in done.stdout
    assert "k8s.yaml:13" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "no connection"),
        (["k8s.yaml"], "`k8s.yaml` is no connection"),
        ([ALLOWED], "no manifests"),
        (["k8s.yaml", "shop/apy -> shop/api : TCP/80"], "no workload `apy`"),
        (["gone.yaml", ALLOWED], "gone.yaml"),
        (["k8s.yaml", ALLOWED, "-u", "inventory"], "only workloads of the manifests exist"),
        (["k8s.yaml", ALLOWED, "-o", "sarif"], "unknown output format `sarif`"),
        (["k8s.yaml", ALLOWED, "-o", "svg"], "unknown output format `svg`\nhint: one of text, json, html"),
    ],
)
def test_2_when_the_input_is_at_fault(here: Path, arguments: list[str], message: str) -> None:
    done = netpol("explain", *arguments, cwd=here)

    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_json_goes_where_it_is_sent(here: Path) -> None:
    done = netpol("explain", "k8s.yaml", DENIED, "-o", "json=out.json", "-q", cwd=here)

    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert json.loads((here / "out.json").read_text())["allowed"] is False


def test_json_tells_of_bad_input(here: Path) -> None:
    done = netpol("explain", "k8s.yaml", "shop/apy -> shop/api : TCP/80", "-o", "json", cwd=here)

    assert done.returncode == 2
    assert json.loads(done.stdout)["allowed"] is None
    assert len(json.loads(done.stdout)["errors"]) == 1


def test_manifests_come_from_standard_input(here: Path) -> None:
    assert netpol("explain", "-", ALLOWED, cwd=here, stdin=GOOD + POD).returncode == 0


def test_manifests_come_from_the_configuration(here: Path) -> None:
    (here / "netpol.yaml").write_text("apiVersion: netpol-verifier/v1\nkind: Config\nspec: {manifests: [k8s.yaml]}\n")

    assert netpol("explain", ALLOWED, cwd=here).returncode == 0


def test_a_switch_that_is_set_decides(here: Path) -> None:
    assert netpol("explain", "k8s.yaml", HANGS, "--set", "ipblock_pods=never", cwd=here).returncode == 1
