"""What a kustomization takes in is read before anything is run, and what is no path of the repository is refused."""

from pathlib import Path

import pytest

from tests.repository import Repository
from verifier.manifests.render.ground import HERE
from verifier.manifests.render.reach import Reach


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    (tmp_path / "elsewhere.yaml").write_text("kind: ConfigMap\n")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kustomization.yaml").write_text("namespace: x\n")
    made = Repository.at(tmp_path / "repository")
    made.write({"k/a.yaml": "kind: ConfigMap\n", "base/kustomization.yaml": "resources: [b.yaml]\n", "base/b.yaml": ""})
    monkeypatch.chdir(made.root)
    return made


def look(repository: Repository, text: str) -> Reach:
    repository.write({"k/kustomization.yaml": text})
    reach = Reach(HERE)
    reach.look(str(repository.root / "k"))
    return reach


def names(reach: Reach, folder: str = "k") -> list[str]:
    """The files that one takes in itself."""
    return sorted(HERE.cite(file) for file in reach.found[str(Path.cwd() / folder)].files)


@pytest.mark.parametrize(
    "text",
    [
        "resources: [a.yaml]",
        "crds: [a.yaml]",
        "configurations: [a.yaml]",
        "patchesStrategicMerge: [a.yaml]",
        "patches: [{path: a.yaml}]",
        "patchesJson6902: [{path: a.yaml, target: {kind: X}}]",
        "replacements: [{path: a.yaml}]",
        "generators: [a.yaml]",
        "transformers: [a.yaml]",
        "validators: [a.yaml]",
        "openapi: {path: a.yaml}",
        "configMapGenerator: [{name: x, files: [a.yaml]}]",
        "configMapGenerator: [{name: x, files: [key=a.yaml]}]",
        "configMapGenerator: [{name: x, envs: [a.yaml]}]",
        "secretGenerator: [{name: x, env: a.yaml}]",
        "transformers:\n- |-\n  kind: PatchTransformer\n  path: a.yaml\n",
    ],
)
def test_every_field_that_takes_a_path_is_followed(repository: Repository, text: str) -> None:
    reach = look(repository, text)

    assert reach.mistakes == []
    assert names(reach) == ["k/a.yaml", "k/kustomization.yaml"]


@pytest.mark.parametrize("name", ["resources", "bases", "components", "generators", "transformers", "validators"])
def test_directories_are_followed_to_the_end(repository: Repository, name: str) -> None:
    reach = look(repository, f"{name}: [../base]")

    assert reach.mistakes == []
    assert names(reach, "base") == ["base/b.yaml", "base/kustomization.yaml"]
    assert reach.below(str(Path.cwd() / "k")) == {str(Path.cwd() / "base")}


EXEC = "kind: X\nmetadata: {annotations: {config.kubernetes.io/function: 'exec: {path: ./x}'}}\n"
REMOTE = [
    "https://example.org/x.yaml",
    "HTTPS://example.org/x.yaml",
    "github.com/org/repo",
    "github.com/org/repo//path?ref=v1",
    "git@github.com:org/repo.git",
    "someone@host:org/repo",
    "ssh://git@example.org/org/repo",
    "git::https://example.org/org/repo",
    "file:///etc",
    "gh:org/repo",
    "a.yaml?ref=x",
    "/etc/hostname",
]


@pytest.mark.parametrize("entry", REMOTE)
def test_what_kustomize_would_fetch_is_refused_whatever_lies_here(repository: Repository, entry: str) -> None:
    if ":" not in entry and not entry.startswith("/"):
        repository.write({f"k/{entry}/kustomization.yaml": "resources: []\n"})

    [mistake] = look(repository, f"resources:\n- {entry}\n").mistakes

    assert (mistake.file, mistake.line) == ("k/kustomization.yaml", 2)
    assert f"`{entry}`" in mistake.message


@pytest.mark.parametrize(
    "text",
    [
        "resources: [none.yaml]",
        "resources: [../../elsewhere.yaml]",
        "resources: [../../elsewhere]",
        "resources: [link.yaml]",
        "resources: [linked]",
        "resources: [pipe]",
        "resources: [{a: b}]",
        "resources: a.yaml",
        "resources: [empty]",
        "patches: [{path: ../base}]",
        "configMapGenerator: [{name: x, files: [key=https://example.org/x]}]",
        "helmCharts: [{name: x, repo: https://example.org}]",
        "helmChartInflationGenerator: [{chartName: x}]",
        "helmGlobals: {chartHome: x}",
        "generators: [exec.yaml]",
        f"generators:\n- |-\n  {EXEC}".replace("\nmeta", "\n  meta"),
        "transformers:\n- |-\n  kind: PatchTransformer\n  path: https://example.org/x.yaml\n",
        "transformers:\n- |-\n  kind: [\n",
        "a: b\n---\nc: d\n",
        "- a\n",
        "a: [\n",
    ],
)
def test_what_leads_out_or_would_be_run_or_cannot_be_read_is_refused(repository: Repository, text: str) -> None:
    import os

    (repository.root / "k" / "link.yaml").symlink_to("../../elsewhere.yaml")
    (repository.root / "k" / "linked").symlink_to("../../elsewhere")
    (repository.root / "k" / "empty").mkdir()
    os.mkfifo(repository.root / "k" / "pipe")
    repository.write({"k/exec.yaml": EXEC})

    assert look(repository, text).mistakes != []


def test_two_kustomizations_in_one_directory_are_refused(repository: Repository) -> None:
    repository.write({"k/Kustomization": "namespace: x\n"})

    [mistake] = look(repository, "resources: [a.yaml]").mistakes

    assert "several kustomizations" in mistake.message


def test_a_link_within_the_repository_is_followed(repository: Repository) -> None:
    (repository.root / "k" / "link.yaml").symlink_to("a.yaml")

    assert names(look(repository, "resources: [link.yaml]")) == ["k/a.yaml", "k/kustomization.yaml"]


def test_of_what_is_missing_one_is_named_and_the_others_counted(repository: Repository) -> None:
    [mistake] = look(repository, "resources: [x.yaml, y.yaml, z.yaml]").mistakes

    assert mistake.message == "`x.yaml`: no such file or directory (and 2 more of what it names is missing)"
    assert "--exclude 'kustomization.yaml'" in str(mistake.hint)


def test_a_circle_ends(repository: Repository) -> None:
    repository.write({"base/kustomization.yaml": "resources: [../k]\n"})

    reach = look(repository, "resources: [../base]")

    assert str(Path.cwd() / "k") in reach.below(str(Path.cwd() / "k"))
