"""One meaning of an exclude: in the work tree, at a revision, from any directory, for charts that are not read."""

import subprocess
from pathlib import Path

import pytest

from tests.cli.process import GOOD, netpol
from tests.repository import Repository
from verifier.errors import InputError, Severity
from verifier.manifests.documents.excludes import Excludes, unused
from verifier.manifests.kubernetes.load import Options, load

OTHER = GOOD.replace("name: api", "name: other")
PATTERNS = (
    "drafts", "drafts/", "*.draft.yaml", "deploy/k8s/drafts", "/deploy/k8s/drafts/", "k8s/drafts", "/k8s",
    "k8s/**/x.yaml", "drafts/x.yaml", "**/drafts/x.yaml", "!drafts", "x.yaml/", "[", "deploy",
)  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The configuration lies in `deploy`, the manifests in `deploy/k8s`."""
    files = {
        "deploy/k8s/a.yaml": GOOD,
        "deploy/k8s/drafts/x.yaml": OTHER,
        "deploy/k8s/y.draft.yaml": OTHER,
        "deploy/netpol.yaml": "",
    }
    Repository.at(tmp_path).commit(files)
    return tmp_path


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("here", [".", "deploy", "deploy/k8s"])
def test_a_revision_leaves_out_what_the_work_tree_does(
    repository: Path, monkeypatch: pytest.MonkeyPatch, here: str, pattern: str
) -> None:
    monkeypatch.chdir(repository / here)
    folder = str((repository / "deploy").resolve())
    path = {".": "deploy/k8s", "deploy": "k8s", "deploy/k8s": "."}[here]

    def read(where: str) -> object:
        try:
            loaded = load([where], Options(exclude=(pattern,), exclude_from=folder, skip_unknown=True))
        except InputError as error:
            return [d.message for d in error.diagnostics if "stands at" not in d.message]
        return sorted(str(place).rpartition("/")[2] for place in loaded.places), loaded.fitted

    assert read(path) == read("main:deploy/k8s")


@pytest.mark.parametrize(
    "pattern", ["drafts/", "*.draft.yaml", "/a.yaml", "sub/a.yaml", "sub/*", "b/", "**/b/c.yaml", "a*"]
)
def test_patterns_fit_what_git_ignores_by_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str) -> None:
    monkeypatch.chdir(tmp_path)
    files = [
        "a.yaml",
        "b/c.yaml",
        "sub/a.yaml",
        "sub/b/c.yaml",
        "drafts/x.yaml",
        "sub/drafts",
        "x.draft.yaml",
        "b.yaml",
    ]
    for name in files:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()
    subprocess.run(["git", "init", "--quiet"], check=True)
    Path(".gitignore").write_text(pattern + "\n")
    told = subprocess.run(["git", "check-ignore", "--", *files], capture_output=True, text=True, check=False)

    below = Excludes((pattern,)).of(".")
    assert [name for name in files if below.leaves_out(name, is_folder=False)] == told.stdout.split()


def test_the_last_pattern_that_fits_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    below = Excludes(("*.yaml", "!/k/keep.yaml"), str(tmp_path / "sub")).of("k")

    assert below.leaves_out("a.yaml", is_folder=False)
    assert not below.leaves_out("keep.yaml", is_folder=False)


@pytest.mark.parametrize("here", [".", "deploy", "deploy/k8s", "elsewhere"])
def test_a_pattern_counts_from_the_configuration_wherever_one_is(
    repository: Path, monkeypatch: pytest.MonkeyPatch, here: str
) -> None:
    (repository / here).mkdir(exist_ok=True)
    monkeypatch.chdir(repository / here)
    below = Excludes(("/k8s/drafts",), str(repository / "deploy")).of(str(repository / "deploy/k8s"))

    assert below.leaves_out("drafts", is_folder=True)
    assert not below.leaves_out("a.yaml", is_folder=False)


def test_what_lies_outside_is_known_by_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    assert Excludes(("b.yaml",)).of("../k").leaves_out("b.yaml", is_folder=False)
    assert not Excludes(("/k/b.yaml",)).of("../k").leaves_out("b.yaml", is_folder=False)


def test_a_text_that_is_no_pattern_is_an_error() -> None:
    with pytest.raises(InputError, match="`!` is no pattern"):
        Excludes(("ok", "!")).of("k")


def test_a_pattern_that_fits_nothing_is_warned_about() -> None:
    [found] = unused(Excludes(("a", "b", "!c")), frozenset({"a"}))

    assert (found.message, found.severity) == ("the exclude `b` leaves out nothing", Severity.WARNING)


CHECK = ("check", "-e", "never elsewhere/* -> shop/*")
CONFIG = """\
apiVersion: netpol-verifier/v1
kind: Config
spec: {manifests: [k8s], exclude: [drafts, '*.draft.yaml', nobody]}
"""


def warned(*arguments: str, here: Path) -> bool:
    return "leaves out nothing" in netpol(*arguments, cwd=here).stderr


def test_commands_warn_of_it(repository: Path) -> None:
    deploy = repository / "deploy"
    (deploy / "netpol.yaml").write_text(CONFIG)

    assert warned(*CHECK, here=deploy)
    assert not warned(*CHECK, "k8s/a.yaml", here=deploy)
    assert warned(*CHECK, "k8s/a.yaml", "--exclude", "nobody", here=deploy)
    assert not warned(*CHECK, "k8s", "--exclude", "drafts", "--exclude", "*.draft.yaml", here=deploy)


def test_a_pattern_that_fits_one_side_of_a_comparison_fits(repository: Path) -> None:
    (repository / "deploy/k8s/new").mkdir()
    (repository / "deploy/k8s/new/z.yaml").write_text("broken: [")
    only = ("--exclude", "drafts", "--exclude", "*.draft.yaml")

    gate = ("gate", "--base", "main", "deploy/k8s", *only)
    assert not warned(*gate, "--exclude", "new/", here=repository)
    assert warned(*gate, "--exclude", "new/", "--exclude", "newer/", here=repository)
    diff = ("diff", "main:deploy/k8s", "deploy/k8s", *only)
    assert not warned(*diff, "--exclude", "new/", here=repository)
