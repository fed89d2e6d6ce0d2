"""Nobody writes a file by what they put into the tree, but in the tree."""

from pathlib import Path

import pytest

from tests.pipeline import CONFIG, REFACTORED, Project, project_at, runner_of

HONEST = {"k8s/api.yaml": None, "k8s/web.yaml": REFACTORED}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_at(tmp_path)


@pytest.mark.parametrize(
    "place", ["../outside", "{home}/outside", "k8s/../../outside", "link", "links/outside", ".git/config", "git/config"]
)
def test_a_configuration_writes_no_report_outside_of_its_tree(project: Project, place: str) -> None:
    home = project.root.parent
    (project.root / "link").symlink_to(home / "outside")
    (project.root / "links").symlink_to(home)
    (project.root / "git").symlink_to(".git")
    before = (project.root / ".git" / "config").read_text()
    output = f"[k8s], output: ['text={place.format(home=home)}', json=reports.json]"
    project.branch({}, {**HONEST, "netpol.yaml": CONFIG.replace("[k8s]", output)})

    done = [
        project.shell(command) for command in ("netpol check", "netpol gate --base main", "netpol diff main:k8s k8s")
    ]

    assert [each.returncode for each in done] == [2, 2, 2]
    assert all("not written" in each.stderr for each in done)
    assert not (home / "outside").exists()
    assert (project.root / ".git" / "config").read_text() == before


def test_a_configuration_writes_reports_in_its_tree(project: Project) -> None:
    (project.root / "reports").mkdir()
    (project.root / "latest").symlink_to("reports")
    output = "[k8s], output: [text, json=latest/r.json]"
    project.branch({}, {**HONEST, "netpol.yaml": CONFIG.replace("[k8s]", output)})

    done = project.shell("netpol gate --base main")

    assert done.returncode == 0, done.stderr
    assert (project.root / "reports" / "r.json").exists()


@pytest.mark.parametrize("hostile", [False, True])
def test_the_action_writes_no_report_through_a_link_of_the_change(
    project: Project, tmp_path: Path, hostile: bool
) -> None:
    project.branch({}, HONEST)
    if hostile:
        (project.root / "netpol.sarif").symlink_to(tmp_path / "outside")
        project.repository.commit()
    runner = runner_of(project, tmp_path / "runner", path="k8s", sarif="netpol.sarif")

    assert runner.run() == (2 if hostile else 0), runner.log

    assert not (tmp_path / "outside").exists()
    assert ("leads out of the work tree" in runner.log) is hostile


def test_the_command_line_may_name_any_file(project: Project, tmp_path: Path) -> None:
    project.branch({}, HONEST)

    done = project.shell(f"netpol gate --base main -o json={tmp_path}/r.json -o text=/dev/stdout -o markdown=/dev/null")

    assert done.returncode == 0, done.stderr
    assert (tmp_path / "r.json").exists()
    assert "EQUIVALENT" in done.stdout
