"""`netpol map`: its exit codes, formats and choices."""

import json
from pathlib import Path

import pytest

from tests.cli.process import GOOD, POD, netpol

WEB = """\
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: probe, namespace: shop}
spec: {template: {metadata: {labels: {role: monitoring}}, spec: {containers: [{name: c, image: i}]}}}
"""


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "k8s.yaml").write_text(GOOD + POD + WEB)
    (tmp_path / "policies.yaml").write_text(GOOD)
    return tmp_path


def test_workloads_are_drawn_where_there_are_some(here: Path) -> None:
    done = netpol("map", "k8s.yaml", cwd=here)

    assert (done.returncode, done.stderr) == (0, "")
    assert "  api\n    <- probe: TCP 5000\n" in done.stdout
    assert "Universe: inventory" in done.stdout


def test_possible_pods_are_drawn_where_there_are_none(here: Path) -> None:
    done = netpol("map", "policies.yaml", cwd=here)

    assert done.returncode == 0
    assert "  app=api,role!=monitoring\n    <- " in done.stdout
    assert "Universe: open" in done.stdout


def test_a_universe_that_is_named_is_the_one_that_is_drawn(here: Path) -> None:
    assert "Universe: open" in netpol("map", "k8s.yaml", "-u", "open", cwd=here).stdout


@pytest.mark.parametrize("name", ["text", "json", "html", "csv", "markdown", "mermaid", "dot", "matrix", "svg"])
def test_every_format_can_be_written(here: Path, name: str) -> None:
    done = netpol("map", "k8s.yaml", "-o", f"{name}=out", cwd=here)

    assert (done.returncode, done.stdout) == (0, "")
    assert "5000" in (here / "out").read_text()


@pytest.mark.parametrize(
    ("choice", "number"),
    [
        (["--to", "api"], 1), (["--from", "shop/deployment/probe"], 3), (["--focus", "shop/app=api"], 3),
        (["--in", "shop"], 6), (["--in", "ops"], 0), (["--to", "api", "--port", "UDP"], 0),
        (["--focus", "api", "--direction", "ingress"], 1),
    ],
)  # fmt: skip
def test_choices_leave_what_they_mean(here: Path, choice: list[str], number: int) -> None:
    done = netpol("map", "k8s.yaml", *choice, "-o", "json", cwd=here)

    assert done.returncode == 0
    assert len(json.loads(done.stdout)["connections"]) == number


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["k8s.yaml", "--focus", "shop/apy"], "no workload is called `shop/apy`"),
        (["k8s.yaml", "--port", "TCP/http"], "a port name is not one port"),
        (["k8s.yaml", "-o", "png"], "unknown output format `png`\nhint: `-o dot | dot -Tpng` has Graphviz draw it"),
        (["k8s.yaml", "-o", "png=map.png"], "hint: `-o dot | dot -Tpng` has Graphviz draw it"),
        (["gone.yaml"], "gone.yaml"),
        ([], "no manifests"),
    ],
)
def test_2_when_the_input_is_at_fault(here: Path, arguments: list[str], message: str) -> None:
    done = netpol("map", *arguments, cwd=here)

    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr


def test_json_tells_of_bad_input(here: Path) -> None:
    done = netpol("map", "gone.yaml", "-o", "json", cwd=here)

    assert done.returncode == 2
    assert len(json.loads(done.stdout)["errors"]) == 1


def test_a_page_of_a_check_has_the_map_beside_its_verdicts_and_the_same_exit_code(here: Path) -> None:
    claim = "never shop/* -> shop/*"
    plain = netpol("check", "k8s.yaml", "-e", claim, cwd=here)
    done = netpol("check", "k8s.yaml", "-e", claim, "-o", "html=out.html", "-o", "text", cwd=here)

    assert (done.returncode, done.stdout) == (plain.returncode, plain.stdout)
    assert plain.returncode == 1
    page = (here / "out.html").read_text()
    assert "The map is of the universe inventory" in page
    assert "Who may open connections to whom" in page


def test_a_page_says_why_there_is_no_map_beside_its_verdicts(here: Path) -> None:
    (here / "universe.yaml").write_text(
        "apiVersion: netpol-verifier/v1\nkind: Universe\nmetadata: {name: small}\nspec: {namespaces: {known: ["
        + ", ".join(f"{{name: n{number}}}" for number in range(201))
        + "]}}\n"
    )
    claim = "never */* -> external"
    done = netpol("check", "policies.yaml", "-u", "universe.yaml", "-e", claim, "-o", "html", cwd=here)

    assert done.returncode == 1, done.stderr
    assert "possible pods of 202 namespaces are too many" in done.stdout


def test_by_kind_two_namespaces_stand_for_all_that_are_alike(here: Path) -> None:
    (here / "tenants").mkdir()
    for name in ("a", "b", "c"):
        (here / "tenants" / f"{name}.yaml").write_text(GOOD.replace("shop", name) + POD.replace("shop", name))
    drawn = netpol("map", "tenants", "--by-kind", cwd=here)
    listed = netpol("map", "tenants", "--by-kind", "-q", "-o", "csv", cwd=here)

    assert drawn.returncode == 0
    assert "Alike: a and b stand for 3 namespaces: a, b, c\n" in drawn.stdout
    assert "Alike: a and b stand for 3 namespaces" in listed.stderr
    assert "c/api" not in listed.stdout
    assert "Alike" not in netpol("map", "tenants", cwd=here).stdout
