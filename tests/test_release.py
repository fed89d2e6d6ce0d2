"""What a release is made of: changelog, man page, what other channels are told, and the workflow that publishes."""

import json
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import yaml

from release import channels, project
from release.changelog import Refused, cut, notes, version_of, versions
from release.readme import standing_alone
from tests.pipeline import HOLE, Project, project_at
from tests.readme import blocks

ROOT = Path(__file__).parent.parent
RELEASE = ROOT / "release"
WORKFLOW = ROOT / ".github/workflows/release.yml"
CHANGELOG = "# Changes\n\n## [Unreleased]\n\n### Added\n\n- one\n\n## [0.1.0] - 2026-01-02\n\n- before\n"
DAY = date(2026, 2, 3)


def test_what_was_unreleased_becomes_the_version() -> None:
    after = cut(CHANGELOG, "0.2.0", DAY)

    assert "## [Unreleased]\n\n## [0.2.0] - 2026-02-03\n\n### Added" in after
    assert (notes(after, "Unreleased"), notes(after, "0.2.0")) == ("\n", notes(CHANGELOG, "Unreleased"))
    assert notes(after, "0.1.0") == "- before\n"
    assert versions(after) == ["0.2.0", "0.1.0"]


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "1.0", "v1.0.0", "01.0.0", "1.0.0; rm"])
def test_a_version_that_is_not_above_the_others_is_refused(version: str) -> None:
    with pytest.raises(Refused):
        cut(CHANGELOG, version, DAY)


def test_versions_are_compared_as_numbers() -> None:
    assert versions(
        cut(cut(CHANGELOG, "0.9.0", DAY).replace("[Unreleased]\n", "[Unreleased]\n\n- x\n"), "0.10.0", DAY)
    ) == [
        "0.10.0",
        "0.9.0",
        "0.1.0",
    ]


def test_nothing_is_released_twice() -> None:
    with pytest.raises(Refused, match="nothing is unreleased"):
        cut(cut(CHANGELOG, "0.2.0", DAY), "0.3.0", DAY)


@pytest.mark.parametrize("tag", ["0.1.0", "v0.1", "v0.1.0-rc1", "v0.1.0\n", ""])
def test_a_tag_of_another_form_is_refused(tag: str) -> None:
    with pytest.raises(Refused):
        version_of(tag)


def test_the_project_can_be_cut_and_its_tag_is_held_against_it() -> None:
    text, changes = (ROOT / "pyproject.toml").read_text(), (ROOT / "CHANGELOG.md").read_text()

    assert project.stated(project.with_version(text, "9.9.9")) == "9.9.9"
    assert notes(cut(changes, "9.9.9", DAY), "9.9.9") == notes(changes, "Unreleased")
    refused = subprocess.run(
        [sys.executable, "-m", "release", "notes", "v9.9.9"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "the tag says 9.9.9, pyproject.toml" in refused.stderr


def test_the_man_page_and_the_completions_are_those_of_the_commands() -> None:
    """`python -m release share` writes them anew. In a process of its own, since a command of click keeps the option
    for help that it was first asked for, and other tests ask."""
    written = [path for path in (RELEASE / "share").rglob("*") if path.is_file()]
    there = {str(path.relative_to(RELEASE / "share")): path.read_text() for path in written}

    files = "import json; from release import share; print(json.dumps(dict(share.files())))"
    fresh = subprocess.run([sys.executable, "-c", files], cwd=ROOT, capture_output=True, text=True, check=True)
    assert there == json.loads(fresh.stdout)


def test_links_of_the_readme_lead_into_the_repository() -> None:
    text = "[a](docs/a.md#b) [c](https://x.example/y) [d](#e) ![f](docs/f.png)"

    assert standing_alone(text, "https://h", "v1") == (
        "[a](https://h/blob/v1/docs/a.md#b) [c](https://x.example/y) [d](#e) ![f](https://h/blob/v1/docs/f.png)"
    )


def archives(folder: Path) -> Path:
    for platform in ("linux-amd64", "linux-arm64", "darwin-arm64"):
        (folder / f"netpol-{platform}.tar.gz").write_text(platform)
    return folder


def test_channels_are_told_the_sums_of_what_is_released(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    written = channels.write("1.2.3", archives(tmp_path / "files"), tmp_path / "out")

    assert sorted(path.name for path in written) == ["krew.yaml", "netpol-verifier.rb"]
    krew = yaml.safe_load((tmp_path / "out/krew.yaml").read_text())
    assert krew["spec"]["version"] == "v1.2.3"
    assert {len(platform["sha256"]) for platform in krew["spec"]["platforms"]} == {64}
    assert len({platform["sha256"] for platform in krew["spec"]["platforms"]}) == 3
    assert len(krew["spec"]["shortDescription"]) <= 50
    assert "{{" not in (tmp_path / "out/netpol-verifier.rb").read_text()


def test_nothing_is_told_where_a_file_is_missing(tmp_path: Path) -> None:
    (archives(tmp_path) / "netpol-darwin-arm64.tar.gz").unlink()

    with pytest.raises(Refused, match=r"no file netpol-darwin-arm64\.tar\.gz"):
        channels.write("1.2.3", tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_every_archive_that_is_built_is_told_of_and_no_other() -> None:
    jobs = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    built = {f"netpol-{each['platform']}.tar.gz" for each in jobs["archives"]["strategy"]["matrix"]["include"]}

    for template in ("krew.yaml", "netpol-verifier.rb"):
        assert {*re.findall(r"sha256 (\S+\.gz)", (RELEASE / "channels" / template).read_text())} == built


def test_nothing_is_published_without_a_reviewer_and_nothing_but_actions_pinned_by_commit_is_used() -> None:
    workflow = yaml.safe_load(WORKFLOW.read_text())

    assert workflow["permissions"] == {}
    for name, job in workflow["jobs"].items():
        writes = any(level == "write" for level in job["permissions"].values())
        assert writes == ("environment" in job), name
        used = [step["uses"] for step in job["steps"] if "uses" in step]
        assert [each for each in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", each)] == []


def test_zizmor_finds_nothing_in_the_workflows() -> None:
    tool = Path(sys.executable).parent / "zizmor"
    arguments = ["--offline", "--no-config", "--persona=pedantic", str(WORKFLOW.parent)]

    done = subprocess.run([tool, *arguments], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("there", "starts"), [(["3.13", "3.11"], "3.13"), (["3.11"], "3.11"), ([], None)])
def test_the_launcher_starts_what_fits(tmp_path: Path, there: list[str], starts: str | None) -> None:
    """A `python3.12` that leads nowhere, as shims do, is passed over."""
    home, programs = tmp_path / "lib", tmp_path / "bin"
    home.mkdir()
    programs.mkdir()
    (home / "kubectl-netpol").write_text((RELEASE / "launcher.sh").read_text())
    (home / "kubectl-netpol").chmod(0o755)
    for version in ("3.13", "3.12", "3.11"):
        (home / f"netpol-python{version}.pyz").touch()
    for version in [*there, "3.12"]:
        shim = programs / f"python{version}"
        shim.write_text(f'#!/bin/sh\n[ {version} = 3.12 ] && exit 127\necho {version} "$@"\n')
        shim.chmod(0o755)
    (programs / "netpol").symlink_to("../lib/kubectl-netpol")

    for tool in ("readlink", "dirname"):
        (programs / tool).symlink_to(shutil.which(tool) or pytest.fail(f"{tool} is missing"))

    environ = {"PATH": str(programs)}
    done = subprocess.run(
        [programs / "netpol", "check", "a b"], env=environ, capture_output=True, text=True, cwd=tmp_path, check=False
    )

    if starts is None:
        assert (done.returncode, done.stdout) == (2, "")
    else:
        assert done.stdout == f"{starts} -P {home}/netpol-python{starts}.pyz check a b\n"


def gitlab() -> tuple[dict[str, object], dict[str, object]]:
    """The inputs and the job of the component."""
    spec, jobs = yaml.safe_load_all((RELEASE / "pipelines/gitlab/templates/netpol.yml").read_text())
    return spec["spec"]["inputs"], jobs["netpol"]


def test_the_component_is_the_job_of_the_guide_with_inputs() -> None:
    inputs, job = gitlab()
    [block] = [b for b in blocks((ROOT / "docs/ci.md").read_text(), "yaml") if b.startswith("netpol:")]
    guide = yaml.safe_load(block)["netpol"]

    text = json.dumps(job)
    assert {*re.findall(r"\$\[\[ inputs\.(\w+) \]\]", text)} == inputs.keys()
    for name, value in {
        "install": guide["variables"]["NETPOL_INSTALL"],
        "image": guide["image"],
        "stage": "test",
    }.items():
        text = text.replace(f"$[[ inputs.{name} ]]", value)
    assert json.loads(text.replace(" $[[ inputs.arguments ]]", "")) == {**guide, "stage": "test"}


@pytest.fixture
def change(tmp_path: Path) -> Project:
    found = project_at(tmp_path)
    found.branch({}, {"k8s/api.yaml": HOLE})
    return found


def test_the_task_of_tekton_fails_as_netpol_does_and_tells_the_code(change: Project, tmp_path: Path) -> None:
    task = yaml.safe_load((RELEASE / "pipelines/tekton/netpol-gate.yaml").read_text())
    [step] = task["spec"]["steps"]
    verdict = tmp_path / "verdict"

    done = change.shell(step["script"], BASE="main", VERDICT=str(verdict))

    assert (done.returncode, verdict.read_text()) == (1, "1"), done.stderr
    assert set(re.findall(r"\$\((?:params|results|workspaces)\.(\w+)", json.dumps(step))) == {
        "base",
        "image",
        "source",
        "verdict",
    }


def test_what_jenkins_runs_fails_as_netpol_does(change: Project) -> None:
    text = (RELEASE / "pipelines/jenkins/Jenkinsfile").read_text()
    [script] = re.findall(r"sh '''\n(.*?)'''", text, re.DOTALL)
    change.repository.git("remote", "add", "origin", ".")
    lines = [line.strip() for line in script.splitlines() if "venv" not in line and "pip install" not in line]

    done = change.shell("\n".join(lines).replace(".netpol/bin/netpol", "netpol"), "-e", CHANGE_TARGET="main")

    assert done.returncode == 1, done.stderr
    assert (change.root / "netpol.xml").read_text().startswith("<?xml")
