"""What docs/ci.md, action.yml and .pre-commit-hooks.yaml tell people to run, run in throw-away git repositories."""

import json
import re
import shlex
from pathlib import Path

import pytest
import yaml

from tests.pipeline import ACCEPTED, ACTION, GOOD, HOLE, REFACTORED, Project, Runner, project_at, runner_of
from tests.readme import blocks
from tests.repository import Repository
from verifier.engine.results.check import CheckReport
from verifier.engine.results.diff import Difference, GateReport, Relation
from verifier.report.findings import githuboutputs

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}

CHANGES = {
    "a hole": ({}, {"k8s/api.yaml": HOLE}, 1),
    "a refactoring": ({}, {"k8s/api.yaml": None, "k8s/shop/web.yaml": REFACTORED}, 0),
    "a hole that was accepted": (
        {"netpol.accept.yaml": ACCEPTED % ("9999-12-31", "9999-12-31")},
        {"k8s/api.yaml": HOLE},
        0,
    ),
    "a hole whose acceptance expired": (
        {"netpol.accept.yaml": ACCEPTED % ("2020-01-01", "2020-01-01")},
        {"k8s/api.yaml": HOLE},
        2,
    ),
}
changes = pytest.mark.parametrize(("before", "after", "code"), CHANGES.values(), ids=CHANGES)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_at(tmp_path)


def fenced(language: str, beginning: str) -> str:
    """The block of the guide that begins so."""
    [block] = [block for block in blocks(GUIDE, language) if block.startswith(beginning)]
    return block


# GitLab, and anywhere else


@changes
def test_gitlab(project: Project, before: dict[str, str], after: dict[str, str], code: int) -> None:
    job = yaml.safe_load(fenced("yaml", "netpol:"))["netpol"]
    project.branch(before, after)
    base = project.repository.git("rev-parse", "main")

    done = project.shell("\n".join(job["script"]), "-eo", "pipefail", CI_MERGE_REQUEST_DIFF_BASE_SHA=base)

    assert done.returncode == code, done.stderr
    assert ("EQUIVALENT" in done.stdout) == (code == 0)
    reports = job["artifacts"]["reports"]
    assert (project.root / reports["junit"]).read_text().startswith("<?xml")
    found = json.loads((project.root / reports["codequality"]).read_text())
    assert any(finding["severity"] != "info" for finding in found) == (code != 0)


def test_elsewhere_the_merge_base_counts(project: Project) -> None:
    project.branch({}, {"k8s/api.yaml": HOLE})
    project.repository.git("switch", "--quiet", "main")
    project.repository.commit(
        {"k8s/more.yaml": GOOD.replace("name: api,", "name: more,").replace("role: web", "role: new")}
    )
    project.repository.git("remote", "add", "origin", ".")
    project.repository.git("switch", "--quiet", "change")

    done = project.shell(fenced("sh", "git fetch"), "-e")

    assert done.returncode == 1, done.stderr
    assert "role=debug" in done.stdout
    assert "role=new" not in done.stdout
    assert (project.root / "netpol.md").read_text().startswith("<!-- netpol:comment")


def test_a_project_adopts_the_gate(project: Project) -> None:
    project.repository.commit({"k8s/api.yaml": HOLE})
    assert project.shell("netpol gate --base HEAD").returncode == 1

    done = project.shell(fenced("sh", "netpol gate"), "-e")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "wrote 1 acceptance to netpol.accept.yaml" in done.stderr


# pre-commit


def hook_line(identifier: str) -> str:
    """What pre-commit runs: entry and arguments, without file names."""
    configured = {hook["id"]: hook for hook in yaml.safe_load(fenced("yaml", "repos:"))["repos"][0]["hooks"]}
    hook = {**HOOKS[identifier], **configured[identifier]}
    assert hook["pass_filenames"] is False
    return " ".join([hook["entry"], *map(shlex.quote, hook.get("args", []))])


@pytest.mark.parametrize("identifier", ["netpol-check", "netpol-gate"])
def test_a_hook_of_git_refuses_the_commit_that_opens_a_hole(project: Project, identifier: str) -> None:
    hook = project.root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {hook_line(identifier)}\n")
    hook.chmod(0o755)

    project.repository.write({"k8s/api.yaml": REFACTORED})
    accepted = project.shell("git commit --all --message refactoring")
    project.repository.write({"k8s/api.yaml": HOLE})
    refused = project.shell("git commit --all --message hole")

    assert accepted.returncode == 0, accepted.stderr
    assert refused.returncode == 1
    assert "VIOLATED  only-web" in refused.stdout + refused.stderr
    assert project.repository.git("log", "--format=%s").splitlines()[0] == "refactoring"


def test_hooks_look_at_manifests_and_are_told_no_file_names() -> None:
    for hook in HOOKS.values():
        assert re.search(hook["files"], "k8s/api.yml")
        assert not re.search(hook["files"], "main.py")
        assert (hook["pass_filenames"], hook["require_serial"], hook["language"]) == (False, True, "python")


# GitHub


@pytest.fixture
def runner(project: Project, tmp_path: Path) -> Runner:
    workflow = yaml.safe_load(fenced("yaml", "name: network policies"))
    [step] = [step for step in workflow["jobs"]["netpol"]["steps"] if "netpol-verifier" in step["uses"]]
    chosen = {name: str(value).lower() if value is True else value for name, value in step["with"].items()}
    return runner_of(project, tmp_path / "runner", **{**chosen, "comment": "false"})


@changes
def test_github(runner: Runner, before: dict[str, str], after: dict[str, str], code: int) -> None:
    runner.project.branch(before, after)

    assert runner.run() == code, runner.log

    verdict = {0: "passed", 1: "failed", 2: "invalid"}[code]
    assert (runner.outputs["exit-code"], runner.outputs["verdict"]) == (str(code), verdict)
    assert (runner.outputs["violated"], runner.outputs["grew"]) == (("0", "false") if code == 0 else ("1", "true"))
    assert ("::error " in runner.log) == (code != 0)
    summary = (runner.folder / "summary").read_text()
    assert summary == Path(runner.outputs["markdown"]).read_text()
    assert summary.startswith("<!-- netpol:comment")
    assert json.loads((runner.project.root / runner.outputs["sarif"]).read_text())["version"] == "2.1.0"


def test_github_fetches_a_base_that_the_clone_lacks(runner: Runner, tmp_path: Path) -> None:
    runner.project.branch({}, {"k8s/api.yaml": HOLE})
    clone = Repository(tmp_path / "clone")
    runner.project.repository.git(
        "clone", "--quiet", "--depth=1", "--branch=change", f"file://{runner.project.root}", str(clone.root)
    )
    shallow = Runner(Project(clone, runner.project.environ), runner.folder, runner.inputs)

    assert shallow.run() == 1, shallow.log
    assert shallow.outputs["verdict"] == "failed"


def test_github_only_checks_where_there_is_no_base(runner: Runner) -> None:
    runner.project.branch({}, {"k8s/api.yaml": HOLE})
    runner.inputs["base"] = ""

    assert runner.run() == 1
    assert (runner.outputs["violated"], runner.outputs["grew"], runner.outputs["unknown"]) == ("1", "false", "0")


def test_github_passes_on_what_it_is_given_as_it_is(runner: Runner) -> None:
    runner.inputs |= {"path": "k8s $(touch hacked) *", "args": "--rlimit 1000000"}

    assert runner.run() == 2
    assert not (runner.project.root / "hacked").exists()
    assert runner.outputs["verdict"] == "invalid"


GH = """\
#!/bin/sh
echo "$@" >> "$GH_LOG"
case "$*" in *--paginate*) cat "$GH_IDS";; esac
"""


@pytest.mark.parametrize(
    ("ids", "call"),
    [
        ("", "api --silent --method POST repos/some/project/issues/7/comments --field body=@"),
        ("5\n6\n", "api --silent --method PATCH repos/some/project/issues/comments/5 --field body=@"),
    ],
)
def test_github_keeps_one_comment_up_to_date(runner: Runner, ids: str, call: str) -> None:
    tool = Path(runner.project.environ["PATH"].split(":")[0]) / "gh"
    tool.write_text(GH)
    tool.chmod(0o755)
    (runner.folder / "ids").write_text(ids)
    log = runner.folder / "gh"
    runner.project.environ.update(GH_LOG=str(log), GH_IDS=str(runner.folder / "ids"))
    runner.project.branch({}, {"k8s/api.yaml": HOLE})
    runner.inputs["comment"] = "prod;x"

    assert runner.run() == 1, runner.log

    listed, written = log.read_text().splitlines()
    assert "--paginate repos/some/project/issues/7/comments" in listed
    assert written == call + runner.outputs["markdown"]
    assert Path(runner.outputs["markdown"]).read_text().startswith("<!-- netpol:comment tag=prod-x -->")


def test_the_action_hands_inputs_to_shells_only_by_their_environment() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"], step["name"]


def test_the_guide_lists_all_inputs_and_outputs() -> None:
    listed = set(re.findall(r"`([a-z-]+)`", GUIDE.partition("Inputs:")[2].partition("Without a base")[0]))

    assert listed == {*ACTION["inputs"], *ACTION["outputs"]}


def test_every_output_is_one_of_the_step_that_judges() -> None:
    [judge] = [step for step in ACTION["runs"]["steps"] if step.get("id") == "judge"]
    empty = CheckReport("open", ())
    report = GateReport("main", empty, empty, Difference(Relation.EQUIVALENT), (), grew=False)

    for name, output in ACTION["outputs"].items():
        assert output["value"] == f"${{{{ steps.judge.outputs.{name} }}}}"
        assert f"{name}=" in judge["run"] + githuboutputs.gate(report)


def test_a_check_gives_the_outputs_of_a_gate() -> None:
    empty = CheckReport("open", ())
    report = GateReport("main", empty, empty, Difference(Relation.EQUIVALENT), (), grew=False)

    assert githuboutputs.check(empty) == githuboutputs.gate(report)
