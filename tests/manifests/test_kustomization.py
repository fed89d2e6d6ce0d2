"""A kustomization that is not plain is a warning, and what a gate compares."""

from pathlib import Path

import pytest

from tests.repository import Repository
from verifier.errors import Severity
from verifier.manifests.kubernetes.kustomization import Kustomization, changed_kustomizations
from verifier.manifests.kubernetes.load import Loaded, load

POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: %s, namespace: shop}
"""
PATCHED = "resources: [a.yaml]\npatches: [{path: patch.json, target: {kind: NetworkPolicy}}]\n"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    made = Repository.at(tmp_path)
    made.write({"k/a.yaml": POLICY % "a"})
    monkeypatch.chdir(tmp_path)
    return made


def found(repository: Repository, files: dict[str, str | None], path: str = "k") -> Loaded:
    repository.write(files)
    return load([path])


@pytest.mark.parametrize("name", ["kustomization.yaml", "kustomization.yml", "Kustomization"])
def test_one_that_takes_in_what_is_read_is_plain(repository: Repository, name: str) -> None:
    loaded = found(repository, {f"k/{name}": "resources: [a.yaml, b]", "k/b/b.yaml": POLICY % "b"})

    assert [d.severity for d in loaded.diagnostics if d.code == "kustomization"] == [Severity.NOTE]
    assert loaded.kustomizations == ()


@pytest.mark.parametrize("name", ["kustomization.yaml", "kustomization.yml", "Kustomization", "any.yaml"])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PATCHED, "a kustomization with `patches`, which is not applied"),
        ("namespace: other\n", "a kustomization with `namespace`, which is not applied"),
        ("resources: [https://example.org/x.yaml]\n", "takes in `https://example.org/x.yaml`, which is not read"),
        ("resources: [../shared]\n", "a kustomization that takes in `../shared`, which is not read"),
        ("resources: [a.txt]\n", "a kustomization that takes in `a.txt`, which is not read"),
        ("resources: []\n", "a kustomization that does not take in `k/a.yaml`, which is read"),
    ],
)
def test_one_that_changes_what_it_takes_in_is_a_warning(
    repository: Repository, name: str, text: str, message: str
) -> None:
    head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n" if name == "any.yaml" else ""

    loaded = found(repository, {f"k/{name}": head + text})

    (warning,) = [d for d in loaded.diagnostics if d.code == "kustomization"]
    assert message in warning.message
    assert (warning.file, warning.severity) == (f"k/{name}", Severity.WARNING)
    assert [k.name for k in loaded.kustomizations] == [f"k/{name}"]


def test_a_component_is_never_plain(repository: Repository) -> None:
    text = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nresources: [a.yaml]\n"

    assert len(found(repository, {"k/kustomization.yaml": text}).kustomizations) == 1


def test_many_are_one_warning(repository: Repository) -> None:
    loaded = found(repository, {f"k/{n}/kustomization.yaml": "namespace: x\n" for n in "abc"})

    (warning,) = loaded.diagnostics
    assert warning.message.endswith("(and 2 more)")


def test_what_is_called_kustomization_without_a_suffix_holds_no_manifest(repository: Repository) -> None:
    assert found(repository, {"k/Kustomization": POLICY % "hidden"}).policies == 1


def changed(old: Loaded, new: Loaded) -> tuple[str, ...]:
    return changed_kustomizations(old.kustomizations, new.kustomizations)


def test_at_a_revision_they_are_the_same_as_in_the_work_tree(repository: Repository) -> None:
    base = {"k/kustomization.yaml": PATCHED, "k/patch.json": "[]", "k/b/kustomization.yaml": "resources: [../a.yaml]\n"}
    repository.commit(base)

    old, new = load(["main:k"]), load(["k"])

    assert [k.name for k in old.kustomizations] == ["main:k/kustomization.yaml"]
    assert changed(old, new) == ()
    assert changed(load(["main:"]), new) == ()


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ({"k/kustomization.yaml": f"# a comment\n{PATCHED}"}, ("main:k/kustomization.yaml", "k/kustomization.yaml")),
        ({"k/kustomization.yaml": None}, ("main:k/kustomization.yaml",)),
        ({"k/kustomization.yaml": "resources: [a.yaml, patch.json]\n"}, ("main:k/kustomization.yaml",)),
        ({"k/patch.json": '["x"]'}, ("main:k/kustomization.yaml", "k/kustomization.yaml")),
        ({"k/b/Kustomization": "namespace: x\n"}, ("k/b/Kustomization",)),
        ({"k/b/Kustomization": PATCHED}, ("k/b/Kustomization",)),
        ({"k/a.yaml": POLICY % "other"}, ()),
    ],
)
def test_what_a_gate_has_to_hear_of_is_named(
    repository: Repository, files: dict[str, str | None], names: tuple[str, ...]
) -> None:
    repository.commit({"k/kustomization.yaml": PATCHED, "k/patch.json": "[]"})

    assert changed(load(["main:k"]), found(repository, files)) == names


def test_none_of_one_name_hides_another() -> None:
    one, two = Kustomization("a", "x"), Kustomization("a", "y")

    assert changed_kustomizations((one,), (two, one)) == ("a",)
    assert changed_kustomizations((one, two), (two, one)) == ()


def test_one_that_turns_up_twice_with_one_text_is_one_that_came() -> None:
    one, two = Kustomization("a", "x"), Kustomization("b", "x")

    assert changed_kustomizations((one,), (one, two)) == ("b",)
