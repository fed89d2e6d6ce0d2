"""`check` and `gate` tell the line that looks for a repair of what is violated, and it runs as it stands."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.process import netpol
from tests.cli.test_fix import HOLE, ONLY
from tests.cli.test_waysout import paste
from tests.pipeline import GOOD, project_at
from tests.pipeline import HOLE as OPENED
from tests.repository import Repository

HELD = "never shop/app=api -> shop/app=db : TCP/1"
ADMIN = """\
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: everybody}
spec:
  priority: 10
  subject: {namespaces: {}}
  ingress: [{action: Allow, from: [{namespaces: {}}]}]
"""


def offered(report: str) -> list[str]:
    """The lines to type, from a text report."""
    return re.findall(r"^  look for a repair: (.*)$", report, re.MULTILINE)


def is_offered(cwd: Path, *words: str, stdin: str = HOLE) -> bool:
    run = netpol("check", *words, cwd=cwd, stdin=stdin)
    assert run.returncode == 1, run.stderr
    return bool(offered(run.stdout))


@pytest.mark.parametrize("folder", ["k8s", "my k8s", "$(touch pwned)", "-x", "`id`;", "it's"])
def test_the_line_runs_as_it_stands(folder: str, tmp_path: Path) -> None:
    """Under the same settings: what is left out stays so, and the namespace is the one that was named."""
    place = tmp_path / folder
    place.mkdir()
    (place / "db.yaml").write_text(HOLE.replace(", namespace: shop", ""))
    (place / "c.yaml").write_text("kind: {a")
    (tmp_path / "other.yaml").write_text("apiVersion: netpol-verifier/v1\nkind: Config\nspec: {}\n")
    how = ("--exclude", "c.yaml", "-n", "shop", "--config", "other.yaml", "-e", ONLY, "-e", HELD)
    run = netpol("check", *how, "--", folder, cwd=tmp_path)

    (line,) = offered(run.stdout)
    fixed = paste(f"{line} --apply", tmp_path)
    assert fixed.returncode == 0, fixed.stderr
    assert "REPAIRED  only shop/app=api" in fixed.stdout
    assert "HOLDS     never shop/app=api" in fixed.stdout
    assert netpol("check", *how, "--", folder, cwd=tmp_path).returncode == 0
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("name", ["text", "json", "markdown", "html", "junit"])
def test_it_stands_in_every_format_that_people_read(name: str, tmp_path: Path) -> None:
    (tmp_path / "db.yaml").write_text(HOLE)
    shown = netpol("check", "db.yaml", "-e", ONLY, "-o", name, cwd=tmp_path).stdout

    assert "netpol fix db.yaml -e" in shown
    if name == "json":
        (result,) = json.loads(shown)["results"]
        assert result["repair"] == f"netpol fix db.yaml -e '{ONLY}'"


@pytest.mark.parametrize(
    "words",
    [
        ("-", "-e", ONLY),
        (".", "-e", ONLY, "--exclude", "db.json"),
        ("db.json", "-e", ONLY),
        ("odd", "-e", ONLY, "--skip-unknown"),
    ],
    ids=["standard input", "a tier", "json", "passed over"],
)
def test_it_is_not_told_where_fix_cannot_do_it(words: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "db.json").write_text(json.dumps(_as_json()))
    (tmp_path / "db.yaml").write_text(HOLE)
    if words[0] == ".":
        (tmp_path / "tiers.yaml").write_text(ADMIN)
    (tmp_path / "odd").mkdir()
    if words[0] == "odd":
        (tmp_path / "odd" / "odd.yaml").write_text("apiVersion: x.io/v1\nkind: NetworkPolicy\nmetadata: {name: odd}\n")
        (tmp_path / "odd" / "db.yaml").write_text(HOLE)

    assert not is_offered(tmp_path, *words)


CALICO = """\
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec: {selector: app == 'db', ingress: [{action: Allow, protocol: TCP}]}
"""


@pytest.mark.parametrize(
    "claim", ["confined shop/app=web -> nothing", "only shop/app=api -> shop/app=db : TCP/5432", "default-deny"]
)
def test_it_is_told_of_other_claims_and_dialects_and_runs(claim: str, tmp_path: Path) -> None:
    (tmp_path / "calico.yaml").write_text(CALICO)
    asked = ("-p", "builtin:default-deny") if claim == "default-deny" else ("-e", claim)
    run = netpol("check", ".", *asked, cwd=tmp_path)

    (line,) = offered(run.stdout)
    assert paste(f"{line} --apply", tmp_path).returncode == 0
    assert netpol("check", ".", *asked, cwd=tmp_path).returncode == 0


def _as_json() -> object:
    spec = {"podSelector": {"matchLabels": {"app": "db"}}, "ingress": [{"from": [{"podSelector": {}}]}]}
    head = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    return {**head, "metadata": {"name": "db", "namespace": "shop"}, "spec": spec}


@pytest.mark.parametrize("folder", ["##[group]x", "a\u202eb"])
def test_a_line_that_would_steer_a_runner_or_of_what_no_patch_can_name_is_not_told(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "db.yaml").write_text(HOLE)

    assert not is_offered(tmp_path, folder, "-e", ONLY)


def test_of_a_file_behind_a_link_it_is_not_told(tmp_path: Path) -> None:
    (tmp_path / "real.txt").write_text(HOLE)
    (tmp_path / "db.yaml").symlink_to(tmp_path / "real.txt")

    assert not is_offered(tmp_path, "db.yaml", "-e", ONLY)


# gate


def test_a_gate_tells_it_of_what_the_change_breaks(tmp_path: Path) -> None:
    project = project_at(tmp_path)
    project.branch({}, {"k8s/api.yaml": OPENED})
    told = {
        name: netpol("gate", "--base", "main", "-o", name, cwd=project.root).stdout
        for name in ("text", "json", "markdown", "html")
    }

    (line,) = offered(told["text"])
    assert line == "netpol fix"
    (result,) = json.loads(told["json"])["head"]["results"]
    assert result["repair"] == line
    assert all("look for a repair" in told[name] for name in ("markdown", "html"))
    assert paste(f"{line} --apply", project.root).returncode == 0
    assert netpol("gate", "--base", "main", cwd=project.root).returncode == 0


def test_a_gate_does_not_tell_it_where_fix_would_read_something_else(tmp_path: Path) -> None:
    """What merging gives, what a command writes, and what only the terms of the base claim; no line decides, so that a
    new policy would do."""
    project = project_at(tmp_path)
    project.branch({}, {"k8s/api.yaml": GOOD.replace("{app: api}", "{app: other}")})
    here = project.root
    for more in ((), ("--merge",), ("--render", "cat k8s/api.yaml")):
        run = netpol("gate", "--base", "main", *more, cwd=here)
        assert run.returncode == 1, run.stderr
        assert "VIOLATED  only-web" in run.stdout
        assert bool(offered(run.stdout)) == (not more), more
    (here / "netpol.yaml").write_text((here / "netpol.yaml").read_text().partition("---\n")[0])
    run = netpol("gate", "--base", "main", "--terms", "base", cwd=here)
    assert run.returncode == 1, run.stderr
    assert "VIOLATED  only-web" in run.stdout
    assert offered(run.stdout) == []


def test_what_is_accepted_is_not_to_be_repaired(tmp_path: Path) -> None:
    Repository.at(tmp_path).commit({"db.yaml": HOLE})
    accepted = """\
apiVersion: netpol-verifier/v1
kind: Acceptances
spec:
  acceptances:
  - {property: %r, flows: ['shop/* -> shop/app=db : TCP/5432'], reason: r, owner: o, expires: 9999-12-31}
"""
    Repository(tmp_path).commit({"netpol.accept.yaml": accepted % ONLY})
    run = netpol("gate", "--base", "HEAD", "db.yaml", "-e", ONLY, cwd=tmp_path)

    assert "Accepted (1)" in run.stdout, run.stderr
    assert offered(run.stdout) == []
    assert "look for a repair" not in netpol("gate", "--base", "HEAD", "db.yaml", "-e", ONLY, "-o", "html", cwd=tmp_path).stdout  # fmt: skip  # noqa: E501
