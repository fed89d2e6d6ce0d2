"""Positions of what was built stand in the files that people wrote, at what says it."""

import json
import pickle
from pathlib import Path

import pytest

from verifier.ir.origin import Path as Where
from verifier.manifests.documents.document import Document, documents
from verifier.manifests.documents.source import Source
from verifier.manifests.documents.trace import Templated
from verifier.manifests.render.ground import HERE
from verifier.manifests.render.origins import Step, origin_of, steps_of, without_metadata
from verifier.manifests.render.reach import Reach
from verifier.manifests.render.traces import Tracer

BASE = """\
kind: NetworkPolicy
metadata:
  name: db
spec:
  podSelector:
    matchLabels: {app: db}
  ingress:
  - from: [{podSelector: {}}]
"""
MERGED = """\
# merged
kind: NetworkPolicy
metadata: {name: db}
spec:
  ingress:
  - {}
"""
OPERATIONS = """\
- op: add
  path: /spec/ingress/-
  value: {ports: [{port: 1}]}
- op: replace
  path: /spec/ingress/0/from
  value:
  - podSelector: {a: b}
"""
PATCH, PREFIX, NAMESPACE = "PatchTransformer", "PrefixTransformer", "NamespaceTransformer"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base").mkdir()
    (tmp_path / "prod").mkdir()
    write("base/db.yaml", BASE)
    write("base/kustomization.yaml", "resources: [db.yaml]\n")


def write(name: str, text: str) -> None:
    Path(name).write_text(text)


def made(overlay: str, value: object, *kinds: str, origin: str | None = "base/db.yaml") -> Document:
    """What the overlay `prod` made of an object."""
    write("prod/kustomization.yaml", overlay)
    reach = Reach(HERE)
    reach.look(str(Path("prod").resolve()))
    assert reach.mistakes == []
    known = {each.files[0]: each for each in reach.found.values()}
    root = reach.found[str(Path("prod").resolve())]
    steps = tuple(Step(root.files[0], kind) for kind in kinds)
    file = None if origin is None else str(Path(origin).resolve())
    trace = Tracer(HERE, root, known, "prod").trace(value, file, steps)
    [document] = documents(Source("prod → NetworkPolicy db", json.dumps(value), trace=trace))[0]
    return document


def policy(**spec: object) -> dict[str, object]:
    [document] = documents(Source("", BASE))[0]
    assert isinstance(document.value, dict)
    return {**document.value, "spec": {**document.value["spec"], **spec}}


def place(document: Document, *path: str | int) -> str:
    found = document.locate(path)
    assert found.via == "prod"
    return f"{found.file}:{found.line}"


def test_what_nobody_changed_stands_in_the_base() -> None:
    document = made("resources: [../base]\n", policy())

    assert place(document) == "base/db.yaml:1"
    assert place(document, "spec", "ingress", 0, "from", 0) == "base/db.yaml:8"
    assert document.excerpt(8, 8, "base/db.yaml") == [(8, "  - from: [{podSelector: {}}]")]
    assert document.excerpt(1, 1, "another.yaml") == []


def test_what_a_patch_says_stands_in_the_patch() -> None:
    write("prod/open.yaml", MERGED)
    document = made("resources: [../base]\npatches: [{path: open.yaml}]\n", policy(ingress=[{}]), PATCH)

    assert place(document, "spec", "ingress", 0) == "prod/open.yaml:6"
    assert place(document, "spec") == "base/db.yaml:5"
    assert place(document, "spec", "podSelector") == "base/db.yaml:6"
    assert place(document) == "base/db.yaml:1"
    assert document.excerpt(6, 6, "prod/open.yaml") == [(6, "  - {}")]


def test_what_a_patch_in_the_kustomization_says_stands_there() -> None:
    inline = "\n".join(f"    {line}" for line in MERGED.split("\n"))
    document = made(f"resources: [../base]\npatches:\n- patch: |-\n{inline}\n", policy(ingress=[{}]), PATCH)

    assert place(document, "spec", "ingress", 0) == "prod/kustomization.yaml:3"


@pytest.mark.parametrize(
    ("path", "where"),
    [
        (("spec", "ingress", 1), "prod/ops.yaml:3"),
        (("spec", "ingress", 1, "ports", 0), "prod/ops.yaml:3"),
        (("spec", "ingress", 0, "from", 0), "prod/ops.yaml:7"),
        (("spec", "podSelector"), "base/db.yaml:6"),
    ],
)
def test_what_an_operation_of_json_patch_says_stands_at_the_operation(path: Where, where: str) -> None:
    write("prod/ops.yaml", OPERATIONS)
    value = policy(ingress=[{"from": [{"podSelector": {"a": "b"}}]}, {"ports": [{"port": 1}]}])

    document = made(
        "resources: [../base]\npatches: [{path: ops.yaml, target: {kind: NetworkPolicy, name: d.*}}]\n", value, PATCH
    )

    assert place(document, *path) == where


def test_patches_of_other_objects_say_nothing() -> None:
    write("prod/open.yaml", MERGED.replace("name: db", "name: other"))
    document = made("resources: [../base]\npatches: [{path: open.yaml}]\n", policy(ingress=[{}]), PATCH)

    assert place(document, "spec", "ingress", 0) == "base/db.yaml:8"


def test_what_no_file_says_stands_at_the_field_that_made_it() -> None:
    value = {**policy(), "metadata": {"name": "p-db", "namespace": "prod"}}
    document = made("namespace: prod\nnamePrefix: p-\nresources: [../base]\n", value, PREFIX, NAMESPACE)

    assert place(document, "metadata", "namespace") == "prod/kustomization.yaml:1"
    assert place(document, "metadata", "name") == "base/db.yaml:3"


def test_an_object_of_which_nobody_knows_where_it_comes_from_stands_in_the_kustomization() -> None:
    assert place(made("resources: [../base]\n", policy(), origin=None), "spec") == "prod/kustomization.yaml:1"


def test_a_position_is_found_in_another_process() -> None:
    write("prod/open.yaml", MERGED)
    document = made("resources: [../base]\npatches: [{path: open.yaml}]\n", policy(ingress=[{}]), PATCH)

    again = pickle.loads(pickle.dumps(document))

    for path in ((), ("spec", "ingress", 0), ("spec", "podSelector")):
        assert again.locate(path) == document.locate(path)
    assert again.excerpt(6, 6, "prod/open.yaml") == [(6, "  - {}")]


TEMPLATE = """\
{{- if .Values.on }}
kind: NetworkPolicy
metadata:
  name: {{ .Release.Name }}
spec:
  ingress:
  - from: [{podSelector: {}}]
  - ports: []
{{- end }}
"""
RENDERED = (
    TEMPLATE.replace("{{- if .Values.on }}\n", "# Source\n")
    .replace("{{- end }}\n", "")
    .replace("{{ .Release.Name }}", "x")
)


@pytest.mark.parametrize(
    ("path", "line"),
    [((), 2), (("spec", "ingress", 0, "from"), 7), (("spec", "ingress", 1), 8), (("metadata", "name"), 3)],
)
def test_what_a_template_gave_stands_at_the_line_that_it_is_there(path: Where, line: int) -> None:
    template = Source("chart/templates/a.yaml", TEMPLATE)
    [document] = documents(Source("chart (rendered)", RENDERED, trace=Templated(template, "chart")))[0]

    found = document.locate(path)

    assert (found.file, found.line, found.via) == ("chart/templates/a.yaml", line, "chart")
    assert document.excerpt(line, line, found.file) == [(line, TEMPLATE.split("\n")[line - 1])]


def test_what_kustomize_says_of_an_object_is_read() -> None:
    annotations = {
        "config.kubernetes.io/origin": "path: ../x/base/a.yaml\n",
        "alpha.config.kubernetes.io/transformations": "- configuredIn: ../x/k.yaml\n  configuredBy: {kind: P}\n",
        "mine": "yes",
    }
    value = {"kind": "X", "metadata": {"name": "a", "annotations": annotations}}

    assert origin_of(value, "/tmp/w") == "/tmp/x/base/a.yaml"
    assert steps_of(value, "/tmp/w") == (Step("/tmp/x/k.yaml", "P"),)
    assert without_metadata(value) == {"kind": "X", "metadata": {"name": "a", "annotations": {"mine": "yes"}}}


@pytest.mark.parametrize("said", ["", "[", "a", "path: [x]", "repo: r\npath: x", "path: x\n---\n", 7])
def test_what_kustomize_would_not_say_means_nothing(said: object) -> None:
    annotations = {"config.kubernetes.io/origin": said, "alpha.config.kubernetes.io/transformations": said}
    value = {"metadata": {"annotations": annotations}}

    assert origin_of(value, "/") in (None, "/x")
    assert steps_of(value, "/") == ()
    assert without_metadata(value) == {"metadata": {}}
