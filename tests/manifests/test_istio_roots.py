"""Which settings of a mesh name its root namespace (docs/semantics.md 7)."""

import pytest

from tests.manifests.test_istio import authorization
from verifier.errors import InputError, Severity
from verifier.manifests.kubernetes.istio.roots import mapping_of
from verifier.manifests.kubernetes.load import load_text

SETTINGS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: %s, namespace: %s}
data:
  mesh: |-
    accessLogFile: /dev/stdout
    %s
---
"""
OPERATOR = "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec: {%s}\n---\n"
ISTIOD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: istiod, namespace: mesh}
spec: {template: {metadata: {labels: {app: istiod}}, spec: {containers: []}}}
---
"""


def settings(root: str, home: str = "istio-system", name: str = "istio") -> str:
    return SETTINGS % (name, home, f"rootNamespace: {root}")


def operator(root: str) -> str:
    return OPERATOR % f"meshConfig: {{rootNamespace: {root}}}"


def homes(text: str) -> set[object]:
    """Of pods of which namespace the policies are; None: of any."""
    stage, *_ = load_text(text + authorization("{}")).cluster.policies.ingress.stages
    return {who.namespace for who in stage.applies or ()}


def about_roots(text: str) -> list[tuple[Severity, int | None]]:
    try:
        found = load_text(text + authorization("{}"), "mesh.yaml").diagnostics
    except InputError as error:
        found = error.diagnostics
    return [(d.severity, d.line) for d in found if d.code == "root-namespace"]


COUNTS = {
    "of the usual control plane": settings("shop"),
    "of a revision": settings("shop", name="istio-canary"),
    "of an operator": operator("shop"),
    "of an operator's values": OPERATOR % "values: {meshConfig: {rootNamespace: shop}}",
    "of two that agree": settings("shop") + settings("shop", name="istio-canary") + operator("shop"),
    "of a control plane elsewhere": ISTIOD + settings("shop", home="mesh"),
    "that stand in the root themselves": settings("shop", home="shop"),
    "of a quoted key": SETTINGS % ("istio", "istio-system", '"rootNamespace": shop'),
    "of the other spelling": SETTINGS % ("istio", "istio-system", "root_namespace: shop"),
    "of JSON": SETTINGS.replace("|-\n    accessLogFile: /dev/stdout\n    %s", "'{%s}'")
    % ("istio", "istio-system", '"accessLogFile": "/dev/stdout", "rootNamespace": "shop"'),
    "with a comment": SETTINGS % ("istio", "istio-system", "rootNamespace: shop # the root"),
}


@pytest.mark.parametrize("how", COUNTS)
def test_settings_of_a_control_plane_name_the_root_namespace(how: str) -> None:
    assert homes("") == {"shop"}
    assert homes(COUNTS[how]) == {None}
    assert homes(COUNTS[how].replace("shop", "other")) == {"shop"}
    found = load_text(COUNTS[how] + authorization("{}")).cluster
    assert any(text.startswith("the root namespace of the mesh is shop, as ") for text in found.assumptions)


PASSED_OVER = {
    "of another API": settings("shop").replace("v1\n", "example.org/v1\n", 1),
    "of an operator of another group": operator("shop").replace("install.istio.io", "example.org"),
    "of another name": settings("shop", name="mesh"),
    "of a name that only begins alike": settings("shop", name="istiosettings"),
    "deeper in the text": SETTINGS % ("istio", "istio-system", "defaultConfig:\n      rootNamespace: shop"),
    "in a text of several lines": SETTINGS % ("istio", "istio-system", "note: |\n      a\n      rootNamespace: shop"),
}


@pytest.mark.parametrize("how", PASSED_OVER)
def test_what_is_no_setting_of_a_control_plane_names_no_root_namespace(how: str) -> None:
    assert homes(PASSED_OVER[how]) == {"shop"}
    assert about_roots(PASSED_OVER[how]) == []


def test_settings_where_nothing_shows_a_control_plane_are_told_of() -> None:
    elsewhere = settings("shop", home="mesh")
    assert homes(elsewhere) == {"shop"}
    assert about_roots(elsewhere) == [(Severity.WARNING, 5)]
    assert about_roots(ISTIOD + elsewhere) == []
    assert about_roots(settings("other", home="mesh")) == []


def test_settings_in_the_usual_namespace_beat_others() -> None:
    decoy, right = settings("shop", "shop", "istio-notes"), settings("istio-system")
    assert homes(decoy) == {None}
    assert about_roots(decoy) == [(Severity.WARNING, 5)]
    for text in (decoy + right, right + decoy):
        assert homes(text) == {"shop"}
        assert [severity for severity, _ in about_roots(text)] == [Severity.WARNING]


@pytest.mark.parametrize("other", [operator("ops"), settings("ops", name="istio-canary")])
def test_settings_that_disagree_are_refused_where_policies_live_in_either(other: str) -> None:
    assert about_roots(settings("shop") + other)[0][0] is Severity.ERROR
    assert about_roots(settings("ops") + other.replace("ops", "shop"))[0][0] is Severity.ERROR
    assert about_roots(settings("away") + other) == []


@pytest.mark.parametrize(
    "line",
    ["rootNamespace: [", "{{ .Values.root }}", "rootNamespace: [a]", "rootNamespace: a b", "- a", "a: 1\n    a: 2"],
)
def test_settings_that_cannot_be_read_are_told_of(line: str) -> None:
    text = SETTINGS % ("istio", "istio-system", line)
    assert homes(text) == {"shop"}
    assert about_roots(text) == [(Severity.WARNING, 5)]
    assert [d.code for d in load_text(text).diagnostics] == []


@pytest.mark.parametrize("text", ["\\u0000", "{" * 10, "a: &a [*a]", "a: 1\\n---\\nb: 1"])
def test_text_that_no_reader_takes_is_told_of(text: str) -> None:
    config = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "istio", "namespace": "istio-system"}, '
    assert about_roots(f'{config}"data": {{"mesh": "{text}"}}}}\n---\n') == [(Severity.WARNING, 1)]


def test_characters_that_only_json_can_say_are_no_text() -> None:
    assert mapping_of("\ud800") is None
