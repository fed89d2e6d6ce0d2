"""Which files a path stands for, and what is said of paths that stand for none."""

import os
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from verifier.errors import InputError, Severity, UsageError
from verifier.manifests.documents.excludes import Excludes
from verifier.manifests.documents.files import find_files
from verifier.manifests.documents.source import Source, shown
from verifier.manifests.kubernetes.load import Options, load

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(*paths: str) -> None:
    for number, path in enumerate(paths):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(NAMESPACE % f"n{number}")


def refusal(*paths: str, exclude: tuple[str, ...] = ()) -> str:
    with pytest.raises(InputError) as caught:
        load(paths, Options(exclude=exclude))
    return str(caught.value)


def test_directories_are_read_recursively_and_in_order() -> None:
    write("k/b.yaml", "k/a/z.yml", "k/a/y.json", "k/c.txt", "k/README.md")

    assert find_files(["k"]).paths == ["k/a/y.json", "k/a/z.yml", "k/b.yaml"]


def test_git_node_modules_and_chart_templates_are_left_out() -> None:
    write("k/.git/a.yaml", "k/package.json", "k/node_modules/a.yaml")
    write("k/chart/Chart.yaml", "k/chart/templates/a.yaml", "k/templates/a.yaml")

    found = find_files(["k"])

    assert found.paths == ["k/chart/Chart.yaml", "k/package.json", "k/templates/a.yaml"]
    assert found.left_out == ["k/.git", "k/chart/templates", "k/node_modules"]


def test_what_is_called_node_modules_and_is_no_package_is_read() -> None:
    write("k/node_modules/a.yaml", "k/js/package.json")

    assert find_files(["k"]).paths == ["k/js/package.json", "k/node_modules/a.yaml"]


def test_a_kustomization_without_a_suffix_is_found_in_a_directory() -> None:
    write("k/Kustomization", "k/kustomization", "k/a.yaml")

    assert find_files(["k"]).paths == ["k/Kustomization", "k/a.yaml"]


def test_charts_and_links_to_directories_that_are_left_out_are_noted() -> None:
    write("k/chart/Chart.yaml", "k/chart/templates/a.yaml", "elsewhere/b.yaml")
    Path("k/link").symlink_to("../elsewhere")

    found = find_files(["k"])

    assert found.left_out == ["k/chart/templates", "k/link"]
    assert [(d.file, d.severity, d.message) for d in found.mistakes] == [
        ("k/chart/templates", Severity.NOTE, "templates of a Helm chart, left out"),
        ("k/link", Severity.NOTE, "a symbolic link to a directory, left out"),
    ]
    assert find_files(["k"], Excludes(("link", "templates"))).mistakes == []


def test_chart_templates_are_read_where_they_are_asked_for() -> None:
    write("chart/Chart.yaml", "chart/templates/a.yaml")

    assert find_files(["chart/templates"]).paths == ["chart/templates/a.yaml"]


@pytest.mark.parametrize(
    ("glob", "fits"),
    [
        *((glob, True) for glob in ("skip", "skip/", "sk*", "*ip", "k/skip/*", "/k/skip", "**/skip/b.yaml")),
        *((glob, False) for glob in ("k?ip", "skip/*", "/skip", "b.yaml/", "#skip", "K/skip")),
    ],
)
def test_patterns_are_those_of_a_gitignore(glob: str, fits: bool) -> None:
    write("k/a.yaml", "k/skip/b.yaml")
    found = find_files(["k"], Excludes((glob,)))

    assert ("k/skip/b.yaml" in found.paths) is not fits
    assert found.fitted == ({glob} if fits else set())


def test_globs_exclude_by_name_at_any_depth() -> None:
    write("k/a.yaml", "k/x/a.test.yaml")

    assert find_files(["k"], Excludes(("*.test.yaml",))).paths == ["k/a.yaml"]


def test_globs_exclude_files_that_are_named() -> None:
    write("a.yaml", "b.yaml")

    assert find_files(["a.yaml", "b.yaml"], Excludes(("b*",))).paths == ["a.yaml"]


def test_a_file_counts_once_however_often_it_is_named() -> None:
    write("k/a.yaml")

    assert load(["k", "k/a.yaml", "./k"]).files == 1


def test_a_file_of_any_name_is_read_where_it_is_named() -> None:
    write("policy.txt")

    assert load(["policy.txt"]).files == 1


def test_a_missing_path_is_refused() -> None:
    assert refusal("nowhere") == "nowhere: no such file or directory"


def test_all_bad_paths_are_listed() -> None:
    Path("empty").mkdir()

    assert refusal("nowhere", "empty").split("\n") == [
        "nowhere: no such file or directory",
        "empty: a directory without manifests",
        "hint: looked for .yaml, .yml, .json",
    ]


def test_a_directory_whose_manifests_are_all_left_out_says_so() -> None:
    write("k/a.yaml")

    assert "left out k/a.yaml" in refusal("k", exclude=("a.yaml",))


def test_an_unreadable_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.yaml")

    def refuse(_path: str, _flags: int) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.open", refuse)

    assert refusal("a.yaml") == "a.yaml: permission denied"


def test_a_pipe_that_is_named_is_read() -> None:
    """As `netpol check <(kubectl kustomize x)` names one."""
    os.mkfifo("pipe")
    writer = Thread(target=write, args=("pipe",))
    writer.start()

    found = load(["pipe"]).cluster.namespaces

    writer.join()
    assert [namespace.name for namespace in found] == ["n0"]


def test_a_pipe_in_a_directory_is_left_out_instead_of_waited_for() -> None:
    write("k/a.yaml")
    os.mkfifo("k/pipe.yaml")

    found = find_files(["k"])

    assert (found.paths, found.left_out) == (["k/a.yaml"], ["k/pipe.yaml"])


def test_a_device_is_refused() -> None:
    assert refusal("/dev/null") == "/dev/null: neither a file nor a directory"


def test_a_path_that_no_file_can_have_is_refused() -> None:
    assert refusal("a\0b").endswith("embedded null byte")


def test_a_huge_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.yaml")
    monkeypatch.setattr("verifier.manifests.documents.source.MAX_BYTES", 10)

    assert "larger than" in refusal("a.yaml")


def test_standard_input_is_read_under_its_own_name() -> None:
    loaded = load(["-"], stdin=(NAMESPACE % "piped").encode)

    (namespace,) = loaded.cluster.namespaces
    assert namespace.name == "piped"
    assert namespace.origin is not None
    assert str(namespace.origin.position) == "<stdin>:1:1"


def test_no_paths_at_all_is_a_mistake_of_usage() -> None:
    with pytest.raises(UsageError, match="no manifests"):
        load([])


def test_symbolic_links_to_files_are_read_and_to_directories_are_not() -> None:
    write("k/real/a.txt", "k/b.yaml")
    Path("k/link.yaml").symlink_to("real/a.txt")
    Path("k/loop").symlink_to(Path("k").resolve())

    assert find_files(["k"]).paths == ["k/b.yaml", "k/link.yaml"]


OUTSIDE = "k/link.yaml: a symbolic link that is absolute or leads out of the repository, to `%s`"


@pytest.mark.parametrize("is_repository", [True, False])
def test_an_absolute_link_in_a_directory_is_refused_wherever_it_leads(is_repository: bool) -> None:
    write("k/real/a.yaml", *[".git/config"] * is_repository)
    target = Path("k/real/a.yaml").resolve()
    Path("k/link.yaml").symlink_to(target)

    assert refusal("k").startswith(OUTSIDE % target)
    assert load(["k/link.yaml"]).documents == 1


def test_a_link_out_of_the_repository_is_refused_and_one_inside_is_followed() -> None:
    write("project/.git/config", "project/shared/a.yaml", "project/k/b.yaml", "elsewhere/c.yaml")
    os.chdir("project")
    Path("k/inside.yaml").symlink_to("../shared/a.yaml")
    assert find_files(["k"]).paths == ["k/b.yaml", "k/inside.yaml"]

    Path("k/link.yaml").symlink_to("../../elsewhere/c.yaml")
    assert refusal("k").startswith(OUTSIDE % "../../elsewhere/c.yaml")


def test_where_there_is_no_repository_a_link_may_not_leave_the_directory() -> None:
    write("shared/a.yaml", "k/b.yaml")
    Path("k/link.yaml").symlink_to("../shared/a.yaml")

    assert refusal("k").startswith(OUTSIDE % "../shared/a.yaml")


def test_a_way_that_takes_an_absolute_link_in_its_middle_is_refused() -> None:
    write("k/.git/config", "k/real/a.yaml")
    Path("k/middle").symlink_to(Path("k/real").resolve())
    Path("k/link.yaml").symlink_to("middle/a.yaml")

    assert refusal("k").startswith(OUTSIDE % "middle/a.yaml")


def test_an_empty_directory_where_submodules_are_is_a_warning() -> None:
    write("project/.git/config", "project/k/a.yaml")
    Path("project/k/vendor").mkdir()
    assert load(["project/k"]).diagnostics == ()

    write("project/.gitmodules")
    (warning,) = load(["project/k"]).diagnostics
    assert (warning.code, warning.file, warning.severity) == ("submodule", "project/k/vendor", Severity.WARNING)


def test_a_mounted_config_map_is_read() -> None:
    write("k/..2026_01/a.yaml")
    Path("k/..data").symlink_to("..2026_01")
    Path("k/a.yaml").symlink_to("..data/a.yaml")

    assert load(["k"]).documents == 1


def test_a_dangling_link_is_refused() -> None:
    write("k/a.yaml")
    Path("k/b.yaml").symlink_to("gone")

    assert refusal("k") == "k/b.yaml: no such file or directory"


@pytest.mark.parametrize(
    ("path", "cited"), [("./k/a.yaml", "k/a.yaml"), ("../a", "../a"), ("/x/a", "/x/a"), (".", ".")]
)
def test_paths_are_cited_without_a_leading_dot(path: str, cited: str) -> None:
    assert shown(path) == cited


def test_a_directory_is_no_document() -> None:
    Path("k").mkdir()

    with pytest.raises(InputError, match="a directory where a file is expected"):
        Source.read("k")


# What somebody puts into a directory to break a run


def test_links_that_lead_in_a_circle_are_refused() -> None:
    write("k/b.yaml")
    Path("k/a.yaml").symlink_to("a.yaml")
    Path("k/dir").symlink_to("dir")

    assert refusal("k") == "k/a.yaml: too many levels of symbolic links"


def test_a_link_to_the_directory_above_is_not_followed() -> None:
    write("k/a.yaml")
    Path("k/up").symlink_to("..")

    assert find_files(["k"]).paths == ["k/a.yaml"]


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no /dev/zero here")
def test_a_link_to_a_device_without_end_is_refused() -> None:
    write("k/b.yaml")
    Path("k/a.yaml").symlink_to("/dev/zero")

    assert refusal("k").startswith("k/a.yaml: a symbolic link that is absolute")
    assert refusal("k/a.yaml") == "k/a.yaml: neither a file nor a directory"


def test_a_file_that_turns_into_a_pipe_after_it_was_found_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    write("a.yaml")
    honest = Path("a.yaml").stat()
    Path("a.yaml").unlink()
    os.mkfifo("a.yaml")
    monkeypatch.setattr("verifier.manifests.documents.source.os.stat", lambda _path: honest)

    Source.read("a.yaml")  # returns: there is no writer, and so nothing to read


def test_a_file_that_vanishes_after_it_was_found_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    write("k/a.yaml", "k/b.yaml")
    walk = find_files

    def found_and_gone(paths: list[str], exclude: tuple[str, ...]) -> object:
        files = walk(paths, exclude)
        Path("k/a.yaml").unlink()
        return files

    monkeypatch.setattr("verifier.manifests.kubernetes.load.find_files", found_and_gone)

    assert refusal("k") == "k/a.yaml: no such file or directory"


def test_no_more_is_read_of_an_endless_pipe_than_the_largest_file_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.manifests.documents.source.MAX_BYTES", 100_000)
    os.mkfifo("pipe")

    def pour() -> None:
        with suppress(BrokenPipeError), Path("pipe").open("wb") as pipe:
            while True:
                pipe.write(b"#" * 1000)

    writer = Thread(target=pour)
    writer.start()
    said = refusal("pipe")
    writer.join(timeout=30)

    assert said.startswith("pipe: larger than")


def test_folders_nested_deeper_than_python_recurses_are_read() -> None:
    deep, here = 1500, Path.cwd()
    for _ in range(deep):
        Path("a").mkdir()
        os.chdir("a")
    write("x.yaml")
    os.chdir(here)
    try:
        assert find_files(["a"]).paths == ["a/" * deep + "x.yaml"]
    finally:  # who clears up after tests would recurse
        os.chdir("a/" * deep)
        Path("x.yaml").unlink()
        for _ in range(deep):
            os.chdir("..")
            Path("a").rmdir()


@pytest.mark.parametrize("name", ["a\nb", "a\rb", "a\u2028::error::b", "a\x1b[2J"])
def test_a_path_is_cited_on_one_line_whatever_its_name(name: str) -> None:
    Path("k").mkdir()
    (Path("k") / f"{name}.yaml").write_text("kind: [")

    said = refusal("k")

    assert len(said.splitlines()) == 1
    assert said.startswith("k/a")


def test_a_path_that_is_not_utf8_is_read() -> None:
    write("k/\udcff.yaml")

    assert len(load(["k"]).cluster.namespaces) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(("a", ".", "..", "", "b c", "x\n", "\u00fc")), max_size=6))
def test_a_path_is_cited_as_the_library_writes_it_on_one_line(parts: list[str]) -> None:
    path = "/".join(parts)

    assert shown(path) == Path(path).as_posix().replace("\n", "?")


@pytest.mark.parametrize("start", [".", "./", "deep", "deep/..", "deep//er", "{}"])
def test_a_file_is_read_once_by_whatever_path_it_is_reached(
    start: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "f.yaml").touch()
    (tmp_path / "deep" / "er" / "link.yaml").symlink_to("f.yaml")
    (tmp_path / "other").symlink_to("deep")
    monkeypatch.chdir(tmp_path)

    others = ("other/er/f.yaml", str(tmp_path / "deep/er/f.yaml"), "other/er/link.yaml")
    found = find_files([start.format(tmp_path), *others])

    assert len(found.paths) == 1
    assert found.paths[0].endswith("er/f.yaml")
