"""A tree of git is copied as it is, and nothing is written outside of the copy."""

import os
from pathlib import Path

import pytest

from tests.repository import Repository
from verifier.errors import InputError
from verifier.manifests.documents.refs import Revision, resolve
from verifier.manifests.render import ground
from verifier.manifests.render.ground import copied


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    made = Repository.at(tmp_path / "repository")
    monkeypatch.chdir(made.root)
    return made


def test_files_and_links_that_stay_inside_are_there(repository: Repository) -> None:
    (repository.root / "k").mkdir()
    for name, target in (("in", "../a.yaml"), ("out", "../../x"), ("absolute", "/etc/hostname")):
        (repository.root / "k" / name).symlink_to(target)
    repository.commit({"a.yaml": "a: b\n", ".gitattributes": "* text eol=crlf\n", "k/b.yaml": "é\n"})

    with copied(resolve("main")) as (root, there):
        found = {path.relative_to(root).as_posix() for path in Path(root).rglob("*")}
        assert found == {".gitattributes", "a.yaml", "k", "k/b.yaml", "k/in"}
        assert (Path(root) / "k" / "in").read_bytes() == b"a: b\n"
        assert there.cite(os.path.join(root, "k", "b.yaml")) == "main:k/b.yaml"  # noqa: PTH118
        assert there.home(root) == root
    assert not Path(root).exists()


def tree_of(repository: Repository, *lines: str) -> Revision:
    """A tree that nobody's git would make, but anybody's hash."""
    import subprocess

    written = "".join(f"{line}\n" for line in lines)
    done = subprocess.run(
        ["git", "mktree", "--missing"],
        cwd=repository.root,
        input=written,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return Revision("evil", done.stdout.strip(), done.stdout.strip())


def test_nothing_is_written_through_a_link(repository: Repository) -> None:
    outside = repository.root.parent / "outside"
    outside.mkdir()
    repository.commit({"x": "x\n"})
    blob = repository.git("rev-parse", "HEAD:x")
    repository.write({"link": str(outside)})
    link = repository.git("hash-object", "-w", "link")
    inner = tree_of(repository, f"100644 blob {blob}\tx").tree
    evil = tree_of(repository, f"120000 blob {link}\ta", f"040000 tree {inner}\ta")

    try:
        with copied(evil) as (root, _):
            assert not (Path(root) / "a").is_symlink()
    except InputError:
        pass
    assert list(outside.iterdir()) == []


def test_two_files_of_one_name_are_refused(repository: Repository) -> None:
    repository.commit({"x": "x\n"})
    blob = repository.git("rev-parse", "HEAD:x")

    with (
        pytest.raises(InputError, match="cannot be copied"),
        copied(tree_of(repository, f"100644 blob {blob}\tx", f"100755 blob {blob}\tx")),
    ):
        pass


def test_what_is_too_large_is_refused(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.commit({"x": "x" * 1000})
    monkeypatch.setattr(ground, "_MOST_COPIED", 999)

    with pytest.raises(InputError, match="too much to render"), copied(resolve("main")):
        pass
