"""A namespace or label that a claim misspells is a warning of every command that judges claims, `-q` included."""

import json
from pathlib import Path

import pytest

from tests.cli.process import GOOD, POD, netpol
from tests.repository import SETTINGS, Repository

CLAIM = "never * -> shpo/app=api"
MESSAGE = f"property `{CLAIM}`: nothing declares the namespace `shpo`; there is `shop`"
WARNING = f"warning: {MESSAGE}\nhint: did you mean `shop`?\n"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    (tmp_path / "k8s.yaml").write_text(GOOD + POD)
    return tmp_path


def test_a_check_that_is_quiet_says_so_and_so_do_its_reports(here: Path) -> None:
    formats = ("json", "sarif", "junit", "markdown", "github", "gitlab")
    outputs = [word for name in formats for word in ("-o", f"{name}={name}")]
    done = netpol("check", "k8s.yaml", "-q", "-e", CLAIM, "-o", "text", *outputs, cwd=here)

    assert done.stderr == WARNING
    assert [w["message"] for w in json.loads((here / "json").read_text())["warnings"]] == [MESSAGE]
    for name in formats:
        assert "there is" in (here / name).read_text(), name


def test_no_warning_where_nothing_is_misspelt(here: Path) -> None:
    assert netpol("check", "k8s.yaml", "-q", "-e", CLAIM.replace("shpo", "shop"), cwd=here).stderr == ""


def test_a_gate_says_so(tmp_path: Path) -> None:
    repository = Repository.at(tmp_path / "repository")
    repository.commit({"k8s.yaml": GOOD + POD})
    done = netpol("gate", "--base", "HEAD", "k8s.yaml", "-q", "-e", CLAIM, cwd=repository.root, **SETTINGS)

    assert done.stderr.count(WARNING) == 1


def test_a_fleet_says_so_of_its_cluster(here: Path) -> None:
    (here / "fleet.yaml").write_text(
        "apiVersion: netpol-verifier/v1\nkind: Fleet\nspec:\n"
        f"  properties: ['{CLAIM}']\n  clusters: [{{name: one, manifests: k8s.yaml}}]\n"
    )
    done = netpol("fleet", "fleet.yaml", "-q", "-o", "json", cwd=here)

    assert MESSAGE in done.stdout


def test_the_scope_of_a_claim_is_told_where_that_is_asked_for(here: Path) -> None:
    done = netpol("check", "k8s.yaml", "--explain-scope", "-e", "never * -> shop/app=api", cwd=here)
    said = "note: scope of `to`: pods app=api of shop; of the input Pod shop/api\n"

    assert said in done.stdout
    assert "scope of" not in netpol("check", "k8s.yaml", "-e", "never * -> shop/app=api", cwd=here).stdout
