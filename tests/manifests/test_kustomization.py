"""A kustomization that is not plain is a warning, and what a gate compares."""

import json
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
    below = {"k/b/b.yaml": POLICY % "b", f"k/b/{name}": "resources: [b.yaml]"}

    loaded = found(repository, {f"k/{name}": "resources: [a.yaml, b]", **below})

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
        ("resources: [a.yaml]\nconfigMapGenerator: [{name: x}, {name: istio}]\n", "makes settings of a mesh"),
        ("resources: [a.yaml]\nconfigMapGenerator: [{name: istio-v2, behavior: merge}]\n", "makes settings of a mesh"),
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


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"k/kustomization.yaml": "resources: [.]\n"}, "takes in `.`, in which it lies itself"),
        (
            {"k/b/kustomization.yaml": "resources: [..]\n", "k/kustomization.yaml": "resources: [a.yaml]\n"},
            "takes in `..`, in which it lies itself",
        ),
        (
            {"k/kustomization.yaml": "resources: [a.yaml, b]\n", "k/b/b.yaml": POLICY % "b"},
            "takes in `b`, a directory without a kustomization, or with several",
        ),
        (
            {
                "k/kustomization.yaml": "resources: [a.yaml, b]\n",
                "k/b/kustomization.yaml": "resources: [b.yaml]\n",
                "k/b/kustomization.yml": "resources: [b.yaml]\n",
                "k/b/b.yaml": POLICY % "b",
            },
            "takes in `b`, a directory without a kustomization, or with several",
        ),
        (
            {"k/kustomization.yaml": "resources: [b]\n", "k/a.yaml": None, "k/c.yaml": POLICY % "c",
             "k/b/kustomization.yaml": "resources: [../c.yaml]\n"},
            "takes in `../c.yaml`, a file outside of its directory",
        ),
        ({"k/kustomization.yaml": "resources: [a.yaml, ./a.yaml]\n"}, "takes in `./a.yaml`, which it takes in twice"),
        (
            {
                "k/kustomization.yaml": "resources: [a.yaml, b, c]\n",
                "k/b/kustomization.yaml": "resources: [../c]\n",
                "k/c/kustomization.yaml": "resources: [c.yaml]\n",
                "k/c/c.yaml": POLICY % "c",
            },
            "takes in something twice, or itself, by others",
        ),
        (
            {
                "k/a.yaml": None,
                "k/b/kustomization.yaml": "resources: [../c]\n",
                "k/c/kustomization.yaml": "resources: [../b, c.yaml]\n",
                "k/c/c.yaml": POLICY % "c",
            },
            "takes in something twice, or itself, by others",
        ),
    ],
)  # fmt: skip
def test_one_that_kustomize_does_not_build_is_not_plain(
    repository: Repository, files: dict[str, str | None], message: str
) -> None:
    loaded = found(repository, files)

    assert next(d.severity for d in loaded.diagnostics if d.code == "kustomization") is Severity.WARNING
    assert any(message in d.message for d in loaded.diagnostics)
    assert loaded.kustomizations != ()


@pytest.mark.parametrize(
    ("generator", "message"),
    [
        (f"{{name: x, literals: {json.dumps(['p=' + POLICY % 'b'])}}}", "NetworkPolicy"),
        ("{name: x, files: [p=p.txt]}", "a ConfigMap of `p.txt`, which holds NetworkPolicy"),
        ("{name: x, envs: [gone.txt]}", "a ConfigMap of `gone.txt`, which cannot be read"),
        ("{name: x, files: [../p.txt]}", "a ConfigMap of `../p.txt`, which cannot be read"),
    ],
)
@pytest.mark.parametrize("revision", [False, True])
def test_a_config_map_that_carries_policies_is_not_plain(
    repository: Repository, generator: str, message: str, revision: bool
) -> None:
    files: dict[str, str | None] = {
        "k/kustomization.yaml": f"resources: [a.yaml]\nconfigMapGenerator:\n- {generator}\n",
        "k/p.txt": POLICY % "b",
    }
    if revision:
        repository.commit(files)

    loaded = found(repository, files, "main:k" if revision else "k")

    [complaint] = [d for d in loaded.diagnostics if d.code == "kustomization"]
    assert complaint.severity is Severity.WARNING
    assert message in complaint.message


def test_a_config_map_of_data_is_plain(repository: Repository) -> None:
    text = "resources: [a.yaml]\nconfigMapGenerator: [{name: x, files: [p.txt], literals: [a=b]}]\n"

    loaded = found(repository, {"k/kustomization.yaml": text, "k/p.txt": "kind: of blue\n"})

    assert [d.severity for d in loaded.diagnostics if d.code == "kustomization"] == [Severity.NOTE]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"k/kustomization.yaml": "resources: [a.yaml]\n---\n" + POLICY % "b"}, "in one file with other objects"),
        ({"k/kustomization.yaml": POLICY % "b" + "---\nresources: [a.yaml]\n"}, "in one file with other objects"),
        ({"k/kustomization.yaml": "kind: List\nitems: [{resources: [a.yaml]}]\n"}, "in one file with other objects"),
        ({"k/b/kustomization.yaml": POLICY % "b"}, "does not take in `k/b/kustomization.yaml`, which is read"),
        ({"k/kustomization.yml": POLICY % "b"}, "does not take in `k/kustomization.yml`, which is read"),
    ],
)
def test_a_policy_in_a_file_that_has_the_name_of_a_kustomization_is_no_part_of_one(
    repository: Repository, files: dict[str, str | None], message: str
) -> None:
    loaded = found(repository, {"k/kustomization.yaml": "resources: [a.yaml]\n"} | files)

    (warning,) = [d for d in loaded.diagnostics if d.severity is Severity.WARNING]
    assert message in warning.message
    assert len(loaded.kustomizations) == 1


def test_a_file_with_the_name_of_a_kustomization_may_be_taken_in_or_be_empty(repository: Repository) -> None:
    files = {"k/kustomization.yaml": "resources: [a.yaml, b/kustomization.yml]\n", "k/c/kustomization.yml": "\n"}
    loaded = found(repository, {**files, "k/b/kustomization.yml": POLICY % "b"})

    assert (loaded.kustomizations, loaded.policies) == ((), 2)


@pytest.mark.parametrize(
    "entry", ["github.com/x/y", "GitHub.com/x/y", "https://example.org/x/b.yaml", "me@example.org/x", "git::x/y", "x?y"]
)
def test_what_kustomize_fetches_is_not_what_lies_here_under_that_name(repository: Repository, entry: str) -> None:
    place = entry.replace("//", "/")
    place = place if place.endswith(".yaml") else f"{place}/b.yaml"

    loaded = found(
        repository, {"k/kustomization.yaml": f"resources: [a.yaml, '{entry}']\n", f"k/{place}": POLICY % "b"}
    )

    (warning,) = [d for d in loaded.diagnostics if d.severity is Severity.WARNING]
    assert f"a kustomization that takes in `{entry}`, which is not read" in warning.message


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
    base = {"k/kustomization.yaml": PATCHED, "k/patch.json": "[]", "k/b/kustomization.yaml": "resources: [b.yaml]\n"}
    repository.commit({**base, "k/b/b.yaml": POLICY % "b"})

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
