"""With --skip-unknown every report of every command, in every format, says what was passed over, and none speaks of all
that could be."""

import json
from pathlib import Path

import pytest

from tests.cli.process import GOOD, POD, PROVED, netpol
from tests.repository import Repository

FIREWALL = "---\napiVersion: k8s.ovn.org/v1\nkind: EgressFirewall\nmetadata: {name: default, namespace: shop}\n"
NAMED = "EgressFirewall shop/default"
FORMATS = ("text", "json", "markdown", "sarif", "junit", "github", "gitlab")
DRAWN = ("text", "json", "markdown", "mermaid", "dot", "matrix", "svg")
CONNECTION = "shop/a=b -> shop/app=api : TCP/5000"
EVERYBODY = ("every pod that could exist", "changes nothing", "can be removed")
ANSWERS = {
    "check": (("p.yaml", "-e", PROVED), FORMATS),
    "diff": (("p.yaml", "p.yaml"), FORMATS),
    "gate": (("--base", "main", "p.yaml", "-e", PROVED), FORMATS),
    "fleet": (("fleet.yaml",), FORMATS),
    "lint": (("p.yaml",), FORMATS),
    "coverage": (("p.yaml", "-e", PROVED), ("text", "json", "markdown", "sarif")),
    "map": (("p.yaml", "-u", "open"), DRAWN),
    "explain": (("p.yaml", CONNECTION), ("text", "json")),
}
FLEET = f"""\
apiVersion: netpol-verifier/v1
kind: Fleet
spec:
  skipUnknown: true
  properties: ['{PROVED}']
  clusters: [{{name: one, manifests: p.yaml}}]
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    Repository.at(tmp_path).commit({"p.yaml": GOOD + POD + FIREWALL, "fleet.yaml": FLEET})
    return tmp_path


def asked(command: str, folder: Path, *more: str) -> str:
    arguments, _ = ANSWERS[command]
    skipping = () if command == "fleet" else ("--skip-unknown",)
    done = netpol(command, *arguments, *skipping, *more, cwd=folder)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


@pytest.mark.parametrize("command", ANSWERS)
def test_every_format_says_what_was_passed_over(command: str, project: Path) -> None:
    formats = ANSWERS[command][1]

    asked(command, project, *(word for name in formats for word in ("-o", f"{name}=report.{name}")))

    for name in formats:
        text = (project / f"report.{name}").read_text()
        assert "EgressFirewall" in text, name
        assert "passed over" in text, name
        assert not [said for said in EVERYBODY if said in text], name
    found = json.loads((project / "report.json").read_text())["passedOver"]
    assert found == [
        {"kind": "EgressFirewall", "name": "shop/default", "origin": {"file": "p.yaml", "line": 22, "column": 7}}
    ]


@pytest.mark.parametrize("command", ANSWERS)
def test_a_quiet_report_says_it_too(command: str, project: Path) -> None:
    assert f"Not covered: what {NAMED} decides" in asked(command, project, "-q")


def test_a_draft_says_it_too(project: Path) -> None:
    done = netpol("init", "p.yaml", "--skip-unknown", "--file", "-", cwd=project)

    assert f"\n# Not covered: what {NAMED} decides" in done.stdout
    assert "every pod that could run there, for ingress." not in done.stdout


def test_without_it_nothing_is_answered(project: Path) -> None:
    """docs/semantics.md L13."""
    done = netpol("check", "p.yaml", "-e", "always shop/* -> 198.51.100.4 : TCP/443", cwd=project)

    assert (done.returncode, done.stdout) == (2, "")
    assert "p.yaml:22:7: `EgressFirewall` of `k8s.ovn.org/v1` decides about traffic" in done.stderr


def test_hostile_names_stay_in_their_place(project: Path) -> None:
    name = r'"a\n::error::b|c\u001b[2J<script>' + "x" * 900 + '"'
    (project / "p.yaml").write_text(GOOD + POD + FIREWALL.replace("default", name))

    for format_of in FORMATS:
        text = asked("check", project, "-o", format_of)
        assert "EgressFirewall" in text
        assert "\n::error" not in text
        assert "\x1b" not in text
        assert "x" * 300 not in text or format_of == "json"


def test_many_are_named_and_counted(project: Path) -> None:
    many = "".join(FIREWALL.replace("default", f"f{number:03}") for number in range(300))
    (project / "p.yaml").write_text(GOOD + POD + many)

    for format_of in ("text", "markdown"):
        assert "EgressFirewall shop/f003 and 296 more decide" in asked("check", project, "-o", format_of)
    assert "and 280 more" in asked("check", project, "-o", "markdown")
