from pathlib import Path

import pytest

from tests.report.samples import Page
from verifier.errors import Diagnostic
from verifier.ir.origin import Origin
from verifier.report.words.place import Place, file_of, in_repository, place, place_of_diagnostic


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository; the working directory is `deploy` in it."""
    root = tmp_path / "repo"
    (root / ".git").mkdir(parents=True)
    (root / "deploy/k8s").mkdir(parents=True)
    (root / "deploy/k8s/api.yaml").write_text("a: 1\n")
    monkeypatch.chdir(root / "deploy")
    return root


@pytest.mark.usefixtures("repository")
def test_paths_are_relative_to_the_root_of_the_repository() -> None:
    assert in_repository("k8s/api.yaml") == "deploy/k8s/api.yaml"
    assert in_repository("../other/./x.yaml") == "other/x.yaml"


def test_absolute_paths_too(repository: Path) -> None:
    assert in_repository(str(repository / "deploy/k8s/api.yaml")) == "deploy/k8s/api.yaml"


def test_symbolic_links_are_resolved(repository: Path) -> None:
    (repository / "deploy/link").symlink_to("k8s")

    assert in_repository("link/api.yaml") == "deploy/k8s/api.yaml"


@pytest.mark.usefixtures("repository")
def test_what_is_in_no_file_of_the_repository_has_no_place(tmp_path: Path) -> None:
    assert in_repository("<stdin>") is None
    assert in_repository("builtin:default-deny") is None
    assert in_repository(str(tmp_path / "rendered.yaml")) is None


@pytest.mark.usefixtures("repository")
def test_the_path_of_a_revision_stands_from_the_root() -> None:
    assert in_repository("HEAD~1:deploy/k8s/api.yaml") == "deploy/k8s/api.yaml"
    assert in_repository("main:../x.yaml") is None


def test_a_file_whose_name_looks_like_a_revision_is_that_file(repository: Path) -> None:
    (repository / "deploy/main:x.yaml").write_text("")

    assert in_repository("main:x.yaml") == "deploy/main:x.yaml"


@pytest.mark.usefixtures("repository")
def test_a_file_whose_name_breaks_lines_is_no_path_at_a_revision() -> None:
    """It is cited with `?` for the break, and nothing of that name is there."""
    assert in_repository("main:deploy/a?b.yaml") is None
    assert in_repository("k8s?::error file=x:deploy/k8s/api.yaml") is None


def test_without_a_repository_the_working_directory_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert in_repository("k8s/api.yaml") == "k8s/api.yaml"


def stretch(text: str, at: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    found = place(Origin(Page("a.yaml", text, {("x",): at}), ("x",)))
    assert found is not None
    return found.line, found.column, found.end_line, found.end_column


def test_a_stretch_ends_with_what_it_holds_and_not_before_the_next_token() -> None:
    assert stretch("a:\n  b: 1\n\n# comment\nc: 2\n", (2, 3, 5, 1)) == (2, 3, 2, 7)


def test_the_end_column_is_exclusive() -> None:
    assert stretch("key: [value, other]\n", (1, 7, 1, 12)) == (1, 7, 1, 12)


def test_a_stretch_is_never_empty() -> None:
    assert stretch("key:\n", (1, 5, 1, 5)) == (1, 5, 1, 6)
    assert stretch("", (3, 1, 3, 1)) == (3, 1, 3, 2)


def test_a_place_reads_as_file_and_line() -> None:
    assert str(Place("a.yaml", 14)) == "a.yaml:14"


def test_the_file_as_a_whole_is_its_first_line() -> None:
    assert file_of(Origin(Page("a.yaml", "x\n", {}))) == Place("a.yaml", 1, 1, 1, 2)
    assert file_of(None) is None


def test_a_diagnostic_without_a_line_stands_at_the_first() -> None:
    assert place_of_diagnostic(Diagnostic("x", "wrong", "a.yaml")) == Place("a.yaml", 1, 1, 1, 2)
    assert place_of_diagnostic(Diagnostic("x", "wrong", "a.yaml", 3, 7)) == Place("a.yaml", 3, 7, 3, 8)
    assert place_of_diagnostic(Diagnostic("usage", "wrong")) is None
