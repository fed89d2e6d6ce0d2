"""With --duplicates last every report of every command, in every format, says that of some objects the last counts."""

from pathlib import Path

import pytest

from tests.cli.process import GOOD, POD, PROVED, netpol
from tests.repository import Repository

OTHER = GOOD.partition("---\n")[2].replace("5000", "6000")
SAID = "only the last one read counts: NetworkPolicy shop/api"
FORMATS = ("text", "json", "markdown", "sarif", "junit", "github", "gitlab")
FLEET = f"""\
apiVersion: netpol-verifier/v1
kind: Fleet
spec:
  duplicates: last
  properties: ['{PROVED}']
  clusters: [{{name: one, manifests: k8s}}]
"""
ANSWERS = {
    "check": (("k8s", "-e", PROVED), FORMATS),
    "diff": (("k8s", "k8s"), FORMATS),
    "gate": (("--base", "main", "k8s", "-e", PROVED), FORMATS),
    "fleet": (("fleet.yaml",), FORMATS),
    "lint": (("k8s",), FORMATS),
    "coverage": (("k8s", "-e", PROVED), ("text", "json", "markdown", "sarif")),
    "map": (("k8s", "-u", "open"), ("text", "json", "markdown", "mermaid", "dot", "matrix", "svg")),
    "explain": (("k8s", "shop/a=b -> shop/app=api : TCP/5000"), ("text", "json")),
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    Repository.at(tmp_path).commit({"k8s/a.yaml": GOOD + POD, "k8s/b.yaml": OTHER, "fleet.yaml": FLEET})
    return tmp_path


@pytest.mark.parametrize("command", ANSWERS)
def test_every_format_says_that_the_last_counts(command: str, project: Path) -> None:
    arguments, formats = ANSWERS[command]
    settling = () if command == "fleet" else ("--duplicates", "last")
    outputs = [word for name in formats for word in ("-o", f"{name}=report.{name}")]

    done = netpol(command, *arguments, *settling, *outputs, cwd=project)

    assert done.returncode in (0, 1), done.stderr
    for name in formats:
        assert SAID in (project / f"report.{name}").read_text(), name
    assert "which is read last and counts" in (project / "report.json").read_text()


@pytest.mark.parametrize("command", ANSWERS)
def test_a_quiet_report_says_it_and_what_was_left_out_on_purpose(command: str, project: Path) -> None:
    """Who reads nothing but that would take a green answer for one about all that lies there."""
    (project / "k8s" / "c.yaml").write_text("kind: [")
    (project / "fleet.yaml").write_text(FLEET.replace("  properties", "  exclude: [c.yaml]\n  properties"))
    flags = () if command == "fleet" else ("--duplicates", "last", "--exclude", "c.yaml")

    done = netpol(command, *ANSWERS[command][0], *flags, "-q", cwd=project)

    assert done.returncode in (0, 1), done.stderr
    assert SAID in done.stdout
    assert "nothing is deployed of what is left out on purpose: k8s/c.yaml" in done.stdout


def test_a_draft_says_it_and_keeps_to_it(project: Path) -> None:
    done = netpol("init", "k8s", "--duplicates", "last", "--file", "-", cwd=project)

    assert SAID in done.stdout
    assert "  duplicates: last\n" in done.stdout


def test_without_it_nothing_is_answered(project: Path) -> None:
    done = netpol("check", "k8s", "-e", PROVED, cwd=project)

    assert (done.returncode, done.stdout) == (2, "")
