"""Manifests of git revisions."""

import os
from pathlib import Path

import pytest

from tests.repository import Repository
from verifier.errors import InputError
from verifier.manifests.documents.refs import Target, resolve
from verifier.manifests.documents.revision import holds_manifests, read_text, target_of
from verifier.manifests.kubernetes.load import Loaded, Options, load

POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: %s, namespace: shop}
spec: {podSelector: {}}
"""
BROKEN = POLICY.replace("podSelector", "podSelecter")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """The working directory, in which k8s/ has one policy on main."""
    for name in os.environ:
        if name.startswith("GIT_"):
            monkeypatch.delenv(name)
    made = Repository.at(tmp_path / "repository")
    made.commit({"k8s/api.yaml": POLICY % "api"})
    monkeypatch.chdir(made.root)
    return made


def names(loaded: Loaded) -> list[str]:
    return [str(citation) for citation in loaded.cluster.policies.objects]


def fault(path: str, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        load([path], Options(**options))  # type: ignore[arg-type]
    return str(caught.value)


def test_a_revision_is_read_as_it_was(repository: Repository) -> None:
    repository.write({"k8s/api.yaml": POLICY % "changed"})

    assert names(load(["main:k8s"])) == ["NetworkPolicy shop/api"]
    assert names(load(["k8s"])) == ["NetworkPolicy shop/changed"]


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    "path", ["main:k8s", "main:k8s/", "main:./k8s", "main:", "main:k8s/api.yaml", "HEAD^{/change}:k8s"]
)
def test_paths_and_revisions_are_written_as_git_has_them(path: str) -> None:
    assert names(load([path])) == ["NetworkPolicy shop/api"]


def test_positions_name_revision_and_path(repository: Repository) -> None:
    repository.commit({"k8s/api.yaml": BROKEN % "api"})

    assert fault("HEAD:k8s").startswith("HEAD:k8s/api.yaml:4:8: unknown field `podSelecter`")
    assert names(load(["HEAD~1:k8s"])) == ["NetworkPolicy shop/api"]


def test_what_is_a_file_and_a_path_at_a_revision_is_refused(repository: Repository) -> None:
    repository.write({"main:k8s": POLICY % "file"})

    said = "main:k8s: both a file and a path at the revision `main`\nhint: write `./main:k8s` for the file"
    assert fault("main:k8s").startswith(said)
    assert names(load(["./main:k8s"])) == ["NetworkPolicy shop/file"]


def test_a_file_is_read_whose_name_begins_with_no_revision(repository: Repository) -> None:
    repository.write({"mine:k8s": POLICY % "file"})

    assert names(load(["mine:k8s"])) == ["NetworkPolicy shop/file"]


def test_a_target_is_read_at_its_revision_whatever_files_there_are(repository: Repository) -> None:
    target = Target("main", "k8s", resolve("main"))
    repository.write({"main:k8s/api.yaml": POLICY % "file"})
    repository.commit({"k8s/api.yaml": POLICY % "later"})

    assert names(load([target])) == ["NetworkPolicy shop/api"]


@pytest.mark.parametrize("name", ["tag", "heads", "remote", "abbreviation"])
def test_a_name_of_two_revisions_is_refused(repository: Repository, name: str) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.commit({"k8s/other.yaml": POLICY % "other"})
    match name:
        case "tag":
            repository.git("tag", "main", first)
            ambiguous, clear = "main", "refs/heads/main"
        case "heads":
            repository.git("update-ref", "refs/heads/heads/main", first)
            ambiguous, clear = "heads/main", "refs/heads/main"
        case "remote":
            repository.git("update-ref", "refs/remotes/origin/main", first)
            repository.git("branch", "origin/main", "HEAD")
            ambiguous, clear = "origin/main~0", "refs/remotes/origin/main"
        case _:
            repository.git("update-ref", f"refs/heads/{first[:7]}", "HEAD")
            ambiguous, clear = first[:7], first

    assert f"is ambiguous: `{'commit' if name == 'abbreviation' else 'refs/'}" in fault(f"{ambiguous}:k8s").replace(
        f"`refs/heads/{first[:7]}` and ", ""
    )
    assert names(load([f"{clear}:k8s"]))


def test_names_of_one_revision_are_as_good_as_one(repository: Repository) -> None:
    repository.git("tag", "--annotate", "--message=x", "main", "HEAD")

    assert names(load(["main:k8s"])) == ["NetworkPolicy shop/api"]


def test_below_the_root_a_dot_begins_a_relative_path(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repository.root / "k8s")

    assert names(load(["main:./api.yaml"])) == ["NetworkPolicy shop/api"]
    assert names(load(["main:../k8s"])) == ["NetworkPolicy shop/api"]
    assert names(load(["main:k8s"])) == ["NetworkPolicy shop/api"]
    assert "did you mean `main:./api.yaml`?" in fault("main:api.yaml")
    assert fault("main:../../k8s") == "main:../../k8s: outside the repository"


def test_a_revision_leaves_out_what_a_directory_leaves_out(repository: Repository) -> None:
    files = {
        "k8s/chart/Chart.yaml": "name: x\n",
        "k8s/chart/templates/t.yaml": "{{ nothing }}\n",
        "k8s/templates/kept.yaml": POLICY % "kept",
        "k8s/package.json": "{}",
        "k8s/node_modules/m/m.yaml": BROKEN,
        "k8s/other/node_modules/m.yaml": POLICY % "module",
        "k8s/Kustomization": "resources: [api.yaml, templates, chart, other]\n",
        "k8s/generated/g.yaml": BROKEN,
        "k8s/notes.txt": "no manifest",
    }
    repository.commit(files)

    at_revision = load(["main:k8s"], Options(exclude=("gen*",)))
    on_disk = load(["k8s"], Options(exclude=("gen*",)))

    found = [f"NetworkPolicy shop/{name}" for name in ("api", "kept", "module")]
    assert names(at_revision) == names(on_disk) == found
    assert "kustomization" in {d.code for d in at_revision.diagnostics} & {d.code for d in on_disk.diagnostics}
    assert at_revision.left_out == tuple(f"main:{path}" for path in on_disk.left_out)
    assert at_revision.left_out == ("main:k8s/chart/templates", "main:k8s/generated", "main:k8s/node_modules")


def test_names_need_no_ascii(repository: Repository) -> None:
    repository.commit({"k8s/ü b\tc\n.yaml": POLICY % "odd"})

    assert names(load(["main:k8s"])) == ["NetworkPolicy shop/api", "NetworkPolicy shop/odd"]


def test_links_are_followed_inside_the_repository(repository: Repository) -> None:
    repository.write({"shared/s.yaml": POLICY % "shared", "k8s/sub/s.yaml": POLICY % "sub"})
    (repository.root / "k8s/again.yaml").symlink_to("api.yaml")
    (repository.root / "k8s/shared.yaml").symlink_to("../shared/s.yaml")
    (repository.root / "k8s/notes").symlink_to("../shared/s.yaml")
    (repository.root / "k8s/directory.yaml").symlink_to("sub")
    (repository.root / "k8s/sub/up").symlink_to("..")
    repository.commit()

    loaded = load(["main:k8s"])

    assert names(loaded) == ["NetworkPolicy shop/api", "NetworkPolicy shop/shared", "NetworkPolicy shop/sub"]
    assert (loaded.diagnostics, loaded.left_out) == ((), ())


@pytest.mark.parametrize("name", ["directory", "directory.yaml"])
def test_links_to_directories_that_are_not_read_are_refused(repository: Repository, name: str) -> None:
    repository.write({"shared/s.yaml": POLICY % "shared"})
    (repository.root / "k8s" / name).symlink_to("../shared")
    repository.commit()

    said = f"main:k8s/{name}: a symbolic link to a directory, which is not followed\nhint: name the directory itself"
    assert fault("main:k8s").startswith(said)
    assert names(load(["main:k8s"], Options(exclude=(name,)))) == ["NetworkPolicy shop/api"]


def test_links_out_of_the_repository_are_refused_as_in_the_work_tree(repository: Repository) -> None:
    (repository.root / "k8s/out.yaml").symlink_to("/etc/hostname")
    repository.commit()

    for path, name in (("main:k8s", "main:k8s/out.yaml"), ("k8s", "k8s/out.yaml")):
        message = "a symbolic link that is absolute or leads out of the repository, to `/etc/hostname`"
        assert fault(path).startswith(f"{name}: {message}\nhint: ")
        assert load([path], Options(exclude=("out.yaml",))).left_out == (name,)


def test_links_to_nowhere_are_refused(repository: Repository) -> None:
    (repository.root / "k8s/dangling.yaml").symlink_to("missing.yaml")
    repository.commit()

    assert fault("main:k8s") == "main:k8s/dangling.yaml: a symbolic link that leads nowhere"


def test_submodules_are_refused(repository: Repository) -> None:
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},k8s/vendor")
    repository.git("commit", "--quiet", "--message=module")

    said = "main:k8s/vendor: a submodule: its files are in another repository, which is not read\nhint: "
    assert fault("main:k8s").startswith(said)
    assert fault("main:k8s/vendor/x.yaml").startswith("main:k8s/vendor/x.yaml: `k8s/vendor` is a submodule")
    assert load(["main:k8s"], Options(exclude=("vendor",))).left_out == ("main:k8s/vendor",)


def test_pointers_of_git_lfs_are_refused(repository: Repository) -> None:
    repository.commit({"k8s/big.yaml": "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n"})

    assert fault("main:k8s").startswith("main:k8s/big.yaml: a pointer of Git LFS, not the content of the file\nhint: ")
    assert fault("k8s").startswith("k8s/big.yaml: a pointer of Git LFS")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("mian:k8s", "mian:k8s: no revision `mian` here\nhint: "),
        ("main:nowhere", "main:nowhere: no such file or directory at revision `main`"),
        ("main:/k8s", "main:/k8s: an absolute path\nhint: "),
        (":k8s", ":k8s: a revision is missing before `:`\nhint: "),
        ("--upload-pack=touch:k8s", "--upload-pack=touch:k8s: no revision `--upload-pack=touch` here\nhint: "),
        ("main:docs", "main:docs: a directory without manifests\nhint: "),
    ],
)
def test_what_cannot_be_read_is_said(repository: Repository, path: str, message: str) -> None:
    repository.commit({"docs/readme.md": "hello"})

    assert fault(path).startswith(message)


def test_a_branch_that_only_the_remote_has_is_hinted_at(repository: Repository) -> None:
    repository.git("update-ref", "refs/remotes/origin/release", "HEAD")

    assert "did you mean `origin/release`?" in fault("release:k8s")


def test_a_shallow_clone_is_hinted_at(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.commit()
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.root}", "shallow")
    monkeypatch.chdir(repository.root / "shallow")

    assert names(load(["HEAD:k8s"])) == ["NetworkPolicy shop/api"]
    assert "`fetch-depth: 0`" in fault("HEAD~1:k8s")


def test_outside_a_repository_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))

    assert fault("main:k8s").startswith("main:k8s: no git repository here\nhint: no file has this name")


def test_without_git_it_is_said(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository.root / "nowhere"))

    assert fault("main:k8s").startswith("main:k8s: the program `git` was not found\nhint: ")


def test_settings_of_the_user_change_nothing(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.commit({"k8s/ü.yaml": BROKEN % "umlaut"})
    said = fault("main:k8s")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.quotePath")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "true")
    monkeypatch.setenv("GIT_TRACE", "1")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")

    assert fault("main:k8s") == said
    assert "main:k8s/ü.yaml:4:8" in said


def test_manifests_are_looked_for_without_reading_them(repository: Repository) -> None:
    repository.commit({"docs/readme.md": "hello", "k8s/broken.yaml": BROKEN})

    assert [
        holds_manifests(target)
        for path in ("main:k8s", "main:k8s/api.yaml", "main:docs", "main:nowhere")
        if (target := target_of(path)) is not None
    ] == [True, True, False, False]


@pytest.mark.usefixtures("repository")
def test_one_file_is_read_as_text() -> None:
    there, nowhere = target_of("main:./k8s/api.yaml"), target_of("main:nowhere")
    assert there is not None
    assert nowhere is not None

    found = read_text(there)

    assert found is not None
    assert (found.name, found.text) == ("main:k8s/api.yaml", POLICY % "api")
    assert read_text(nowhere) is None
