"""Nobody passes the gate by what the base is taken for."""

from pathlib import Path

import pytest

from tests.pipeline import CONFIG, GOOD, HOLE, REFACTORED, Project, project_at, runner_of

SPOOF = "{base}:."
"""A directory that is called like the base of the work tree."""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return project_at(tmp_path)


def names_of_base(project: Project) -> list[str]:
    sha = project.repository.git("rev-parse", "main")
    return ["main", sha, sha[:7], "HEAD~1", "main~0"]


def opened(text: str) -> bool:
    return "Newly violated (1)" in text and "role=debug" in text


def test_a_directory_called_like_the_base_is_not_read_as_the_base(project: Project) -> None:
    """The head opens a hole, and holds a directory that is called like the base and has the same hole."""
    project.branch({}, {"k8s/api.yaml": HOLE})
    spoofs = names_of_base(project)
    for name in spoofs:
        beside = {f"{name}:./k8s/api.yaml": HOLE, f"{name}:k8s/api.yaml": HOLE, f"{name}:./netpol.yaml": CONFIG}
        project.repository.write(beside)
    project.repository.commit()

    for name in [*spoofs[:-2], "HEAD~2"]:
        done = project.shell(f"netpol gate --base '{name}' k8s")
        assert done.returncode == 1, (name, done.stdout, done.stderr)
        assert opened(done.stdout)


def test_an_honest_change_beside_such_a_directory_passes(project: Project) -> None:
    project.branch({}, {"k8s/api.yaml": None, "k8s/web.yaml": REFACTORED})
    for name in names_of_base(project):
        project.repository.write({f"{name}:./k8s/api.yaml": HOLE, f"{name}:k8s/api.yaml": HOLE})
    project.repository.commit()

    done = project.shell("netpol gate --base main k8s")

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("files", "code"), [({"k8s/api.yaml": HOLE}, 1), ({"k8s/api.yaml": REFACTORED}, 0)])
def test_the_action_is_not_spoofed_either(project: Project, tmp_path: Path, files: dict[str, str], code: int) -> None:
    sha = project.repository.git("rev-parse", "main")
    project.branch({}, {**files, f"{sha}:./k8s/api.yaml": HOLE, f"{sha}:k8s/api.yaml": HOLE})
    runner = runner_of(project, tmp_path / "runner", base=sha, path="k8s")

    assert runner.run() == code, runner.log

    assert runner.outputs["grew"] == str(code == 1).lower()


def test_a_directory_called_like_a_revision_is_not_compared_in_its_place(project: Project) -> None:
    project.branch({}, {"k8s/api.yaml": HOLE, "main:k8s/api.yaml": HOLE})

    by_path = project.shell("netpol diff main change --path k8s")
    by_name = project.shell("netpol diff main:k8s k8s")
    project.shell("git rm --quiet -r main:k8s")
    honest = project.shell("netpol diff main:k8s k8s")

    assert (by_path.returncode, by_name.returncode, honest.returncode) == (1, 2, 1)
    assert "WIDER" in by_path.stdout
    assert "both a file and a path at the revision `main`" in by_name.stderr
    assert honest.stdout == by_path.stdout.replace("change:k8s", "k8s")


def test_a_tag_does_not_stand_in_for_the_branch(project: Project) -> None:
    project.branch({}, {"k8s/api.yaml": HOLE})
    project.repository.git("tag", "main", "change")

    by_name, by_ref = (project.shell(f"netpol gate --base {name} k8s") for name in ("main", "refs/heads/main"))

    assert (by_name.returncode, by_ref.returncode) == (2, 1)
    assert "`main` is ambiguous: `refs/tags/main` and `refs/heads/main` are not the same" in by_name.stderr


def test_replaced_objects_count_for_nothing(project: Project) -> None:
    project.branch({}, {"k8s/api.yaml": HOLE})
    project.repository.git("replace", "main", "change")

    done = project.shell("netpol gate --base main k8s")

    assert done.returncode == 1, done.stdout + done.stderr


@pytest.mark.parametrize("honest", [False, True])
def test_a_repository_committed_into_the_tree_is_none(project: Project, tmp_path: Path, honest: bool) -> None:
    """A bare repository in a directory of the head, whose `main` has the hole already; found by who starts there."""
    project.repository.commit({"deploy/k8s/api.yaml": GOOD})
    project.repository.git("switch", "--quiet", "--create", "change")
    project.repository.commit({"deploy/k8s/api.yaml": REFACTORED if honest else HOLE})
    if not honest:
        other = project_at_deploy(tmp_path)
        project.shell(f"cp -r '{other}'/. deploy/ && mkdir -p deploy/refs/heads && touch deploy/refs/heads/.keep")
        assert project.shell("git -C deploy rev-parse --is-bare-repository").stdout == "true\n"

    done = project.shell("cd deploy && netpol gate --base main k8s")

    assert done.returncode == (0 if honest else 2), done.stdout + done.stderr


def project_at_deploy(folder: Path) -> Path:
    """A bare repository whose `main` holds the hole."""
    (folder / "other").mkdir()
    made = project_at(folder / "other")
    made.repository.commit({"k8s/api.yaml": HOLE})
    made.repository.git("clone", "--quiet", "--bare", str(made.root), str(folder / "bare"))
    return folder / "bare"
