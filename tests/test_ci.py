"""What docs/ci.md, action.yml and .pre-commit-hooks.yaml tell people to run, run in throw-away git repositories."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
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

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: api, namespace: shop, labels: {app: api}}
spec: {containers: [{name: c, image: i}]}
"""
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
    project.repository.git("remote", "add", "origin", ".")
    script = [line for line in job["before_script"] if not line.startswith("pip ")] + job["script"]

    done = project.shell("\n".join(script), "-eo", "pipefail", CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main")

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
    return " ".join(map(shlex.quote, [*shlex.split(hook["entry"]), *hook.get("args", [])]))


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


@pytest.mark.parametrize("identifier", ["netpol-check", "netpol-gate"])
def test_a_hook_sees_a_commit_that_only_deletes_a_policy_and_one_that_renames_it(
    project: Project, identifier: str
) -> None:
    hook = project.root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {hook_line(identifier)}\n")
    hook.chmod(0o755)
    project.repository.write({"k8s/pod.yaml": POD})

    renamed = project.shell("git add -A && git mv k8s/api.yaml k8s/web.yaml && git commit --message renamed")
    deleted = project.shell("git rm --quiet k8s/web.yaml && git commit --message deleted")

    assert renamed.returncode == 0, renamed.stderr
    assert deleted.returncode == 1
    assert "VIOLATED  only-web" in deleted.stdout + deleted.stderr


# What pre-commit says of a push to those it runs
PUSHED = """\
#!/bin/bash
read -r _ local _ remote
export PRE_COMMIT_REMOTE_NAME=$1 PRE_COMMIT_TO_REF=$local
case $remote in *[!0]*) export PRE_COMMIT_FROM_REF=$remote;; esac
exec """


def test_a_hook_judges_a_push_against_what_the_other_side_has(project: Project) -> None:
    repository = project.repository
    there = project.root.parent / "there.git"
    repository.git("init", "--quiet", "--bare", str(there))
    repository.git("remote", "add", "there", str(there))
    hook = project.root / ".git" / "hooks" / "pre-push"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(PUSHED + hook_line("netpol-gate") + "\n")
    hook.chmod(0o755)

    first = project.shell("git push there HEAD:main")
    assert first.returncode == 0, first.stderr
    assert "1 proved" in first.stdout + first.stderr

    repository.commit({"k8s/api.yaml": HOLE})
    repository.commit({"README": "the last commit opens nothing"})
    refused = project.shell("git push there HEAD:main")
    assert refused.returncode != 0
    assert "Newly violated (1)" in refused.stdout + refused.stderr, "against HEAD it would be violated as before"

    repository.git("branch", "elsewhere")
    repository.git("switch", "--quiet", "--detach", "HEAD~2")
    other = project.shell("git push there elsewhere:main")
    assert other.returncode != 0
    assert "is not checked out, and was not judged" in other.stderr


def test_hooks_always_run_and_are_told_no_file_names() -> None:
    for hook in HOOKS.values():
        assert "files" not in hook
        assert (hook["always_run"], hook["pass_filenames"], hook["require_serial"]) == (True, False, True)
        assert hook["language"] == "python"


# GitHub


@pytest.fixture
def runner(project: Project, tmp_path: Path) -> Runner:
    workflow = yaml.safe_load(fenced("yaml", "name: network policies\n"))
    [step] = [step for step in workflow["jobs"]["netpol"]["steps"] if "netpol-verifier" in step["uses"]]
    chosen = {name: str(value).lower() if value is True else value for name, value in step["with"].items()}
    return runner_of(project, tmp_path / "runner", **{**chosen, "comment": "false", "require-base": "false"})


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


@pytest.mark.parametrize(
    "event", [{"event_name": "workflow_dispatch"}, {"event_name": "push", "event.before": "0" * 40}]
)
def test_github_only_checks_where_there_is_no_base(runner: Runner, event: dict[str, str]) -> None:
    runner.project.branch({}, {"k8s/api.yaml": HOLE})
    runner.inputs["base"] = ""
    runner.event = event

    assert runner.run() == 1
    assert (runner.outputs["violated"], runner.outputs["grew"], runner.outputs["unknown"]) == ("1", "", "0")
    assert "only the properties are checked" in runner.log

    runner.inputs["require-base"] = "true"
    assert runner.run() == 2


def merged(project: Project, branch: str) -> str:
    """Checks out what GitHub makes of a pull request: a merge of `branch` into `main` as it is now."""
    project.repository.git("switch", "--quiet", "--detach", "main")
    project.repository.git("merge", "--quiet", "--no-ff", "-m", "merge", branch)
    return project.repository.git("rev-parse", branch)


MEANWHILE = GOOD.replace("name: api,", "name: more,").replace("role: web", "role: new")


def test_github_judges_a_pull_request_against_what_it_is_merged_into(runner: Runner) -> None:
    """Not against the base of the payload, which others left behind: what they opened is no fault of this change."""
    project = runner.project
    project.branch({}, {"k8s/other.yaml": REFACTORED.replace("web-to-api", "twin")})
    stale = project.repository.git("rev-parse", "main")
    project.repository.git("switch", "--quiet", "main")
    project.repository.commit({"k8s/more.yaml": MEANWHILE})
    head = merged(project, "change")
    runner.inputs["base"] = ""
    runner.event |= {"event.pull_request.base.sha": stale, "event.pull_request.head.sha": head}

    runner.run()

    assert runner.outputs["base"] == project.repository.git("rev-parse", "main")
    assert runner.outputs["grew"] == "false", runner.log
    assert runner.outputs["violated"] == "1", "as before: others did that"


def test_github_takes_the_base_of_the_payload_where_the_head_itself_is_checked_out(runner: Runner) -> None:
    project = runner.project
    project.branch({}, {"k8s/api.yaml": HOLE})
    runner.inputs["base"] = ""
    ends = [project.repository.git("rev-parse", name) for name in ("main", "change")]
    runner.event |= {"event.pull_request.base.sha": ends[0], "event.pull_request.head.sha": ends[1]}

    assert runner.run() == 1, runner.log
    assert runner.outputs["base"] == ends[0]


@pytest.mark.parametrize(("event", "field"), [("merge_group", "event.merge_group.base_sha"), ("push", "event.before")])
def test_github_judges_a_queue_and_a_push_against_what_was_there(runner: Runner, event: str, field: str) -> None:
    """A push is judged as a whole, however many commits it has; a rename opens nothing, a deletion does."""
    project = runner.project
    before = project.repository.git("rev-parse", "main")
    project.repository.commit({"k8s/api.yaml": None, "k8s/renamed.yaml": GOOD})
    runner.inputs["base"] = ""
    runner.event = {"event_name": event, field: before}
    assert runner.run() == 0, runner.log

    project.repository.commit({"k8s/renamed.yaml": None, "k8s/web.yaml": GOOD.replace("app: api", "app: web")})
    assert runner.run() == 1, runner.log
    assert (runner.outputs["base"], runner.outputs["grew"]) == (before, "true")


def test_github_says_how_to_get_a_base_that_cannot_be_fetched(runner: Runner) -> None:
    runner.project.branch({}, {"k8s/api.yaml": HOLE})
    runner.inputs["base"] = "f" * 40

    assert runner.run() == 2
    assert "give actions/checkout a fetch-depth of 0" in runner.log


def test_github_warns_where_the_comment_may_not_be_written(runner: Runner) -> None:
    """The verdict is what it is: the token of a fork may do nothing."""
    tool = Path(runner.project.environ["PATH"].split(":")[0]) / "gh"
    tool.write_text("#!/bin/sh\necho 'HTTP 403' >&2\nexit 1\n")
    tool.chmod(0o755)
    runner.project.branch({}, {"k8s/shop/more.yaml": REFACTORED})
    runner.inputs["comment"] = "true"

    assert runner.run() == 0, runner.log
    assert "::warning title=netpol::the comment could not be written" in runner.log


def test_github_passes_on_what_it_is_given_as_it_is(runner: Runner) -> None:
    runner.inputs |= {"path": "k8s $(touch hacked) *", "args": "--rlimit 1000000"}

    assert runner.run() == 2
    assert not (runner.project.root / "hacked").exists()
    assert runner.outputs["verdict"] == "invalid"


GH = """\
#!/bin/sh
echo "$@" >> "$GH_LOG"
case "$*" in *graphql*) echo netpol-bot;; *--paginate*) echo "author=$author" >> "$GH_LOG"; cat "$GH_IDS";; esac
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

    _, listed, author, written = log.read_text().splitlines()
    assert "--paginate repos/some/project/issues/7/comments" in listed
    assert "select(.user.login == env.author)" in listed
    assert author == "author=netpol-bot"
    assert written == call + runner.outputs["markdown"]
    assert Path(runner.outputs["markdown"]).read_text().startswith("<!-- netpol:comment tag=prod-x -->")


def test_the_action_hands_inputs_to_shells_only_by_their_environment() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", ""), step["name"]


def workflows() -> list[str]:
    return [block for block in blocks(GUIDE, "yaml") if block.startswith("name:")]


def test_actions_are_pinned_by_commit() -> None:
    steps = [*ACTION["runs"]["steps"]]
    for workflow in map(yaml.safe_load, workflows()):
        steps += [step for job in workflow["jobs"].values() for step in job["steps"]]
        assert workflow["permissions"] == {}
        assert "concurrency" in workflow
    used = [step["uses"] for step in steps if "uses" in step]

    assert len(used) >= 7
    assert [action for action in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)] == []


def test_zizmor_finds_nothing_in_the_action_and_in_the_workflows_of_the_guide(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    for number, block in enumerate(workflows()):
        (folder / f"{number}.yml").write_text(block)
    assert len(list(folder.iterdir())) == 3
    tool = Path(sys.executable).parent / "zizmor"

    done = subprocess.run(
        [tool, "--offline", "--no-config", "--persona=pedantic", tmp_path, ROOT / "action.yml"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_action_installs_what_the_package_needs_by_hash() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pinned = dict(re.findall(r"^([a-z0-9-]+)==(\S+) \\$", lock, re.MULTILINE))
    constraints = (ROOT / "constraints.txt").read_text().lower().replace("_", "-")
    known = dict(line.split("==") for line in constraints.splitlines() if "==" in line)
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]

    assert {re.split("[>=]", text)[0] for text in needed} | {"hatchling"} <= pinned.keys()
    assert {name: known.get(name, version) for name, version in pinned.items()} == pinned
    assert lock.count("--hash=sha256:") > 2 * len(pinned)


def test_the_guide_lists_all_inputs_and_outputs() -> None:
    listed = set(re.findall(r"`([a-z-]+)`", GUIDE.partition("Inputs:")[2].partition("\n\n")[0]))

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

    names = [
        [line.partition("=")[0] for line in text.splitlines()]
        for text in (githuboutputs.check(empty), githuboutputs.gate(report))
    ]
    assert names[0] == names[1]


@pytest.mark.parametrize(
    ("relation", "grew", "said"),
    [
        (Relation.EQUIVALENT, False, "false"),
        (Relation.WIDER, True, "true"),
        (Relation.UNKNOWN, False, ""),
        (Relation.UNKNOWN, True, "true"),
    ],
)
def test_grew_is_empty_where_nobody_knows(relation: Relation, grew: bool, said: str) -> None:
    empty = CheckReport("open", ())

    assert f"\ngrew={said}\n" in githuboutputs.gate(
        GateReport("main", empty, empty, Difference(relation), (), grew=grew)
    )
    assert "\ngrew=\n" in githuboutputs.check(empty)
