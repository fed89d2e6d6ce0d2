"""Metadata that the API server refuses is refused, since such an object is never stored (V12 to V14, L17)."""

import json

import pytest

from verifier.errors import Diagnostic, InputError, Severity
from verifier.manifests.kubernetes.load import Loaded, load_text

KINDS = {
    "NetworkPolicy": ("networking.k8s.io/v1", {"podSelector": {}}),
    "ClusterNetworkPolicy": (
        "policy.networking.k8s.io/v1alpha2",
        {"tier": "Admin", "priority": 1, "subject": {"namespaces": {}}},
    ),
    "Namespace": ("v1", {}),
}


def read(metadata: dict[str, object], kind: str = "NetworkPolicy", **fields: object) -> Loaded:
    api, spec = KINDS[kind]
    whole = {"apiVersion": api, "kind": kind, "metadata": {"name": "a", **metadata}, "spec": spec, **fields}
    return load_text(json.dumps(whole), "f.json")


def refusal(metadata: dict[str, object], kind: str = "NetworkPolicy", **fields: object) -> Diagnostic:
    with pytest.raises(InputError) as caught:
        read(metadata, kind, **fields)
    return caught.value.diagnostics[0]


OWNER = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "1-2"}
FINE: list[dict[str, object]] = [
    {"labels": {"app.kubernetes.io/name": "Web_1", "a": ""}},
    {"labels": {"a": None}},
    {"annotations": {"Example.org/Any": "text\n", "a": None, "a.b/c": "x" * 100_000}},
    {"finalizers": ["kubernetes", "foregroundDeletion", "example.org/x"]},
    {"ownerReferences": [{**OWNER, "controller": True}, {**OWNER, "controller": False, "blockOwnerDeletion": True}]},
    {"creationTimestamp": "2024-02-29T12:00:00Z", "deletionTimestamp": "2024-01-01T00:00:00.123+02:00"},
    {"creationTimestamp": None, "generation": 0, "uid": "x", "resourceVersion": "1", "selfLink": "/x"},
    {"generateName": "a-", "deletionGracePeriodSeconds": 30},
    {"managedFields": [{"manager": "kubectl", "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": {}}]},
]
WRONG: list[tuple[dict[str, object], str, str]] = [
    ({"labels": {"a b": "x"}}, "V14", "`a b` is no label key"),
    ({"labels": {"a": "-x"}}, "V14", "`-x` is no label value"),
    ({"labels": {"a": 1}}, "V13", "`metadata.labels.a` must be a string, not a number"),
    ({"annotations": {"a b": "x"}}, "V14", "`a b` is no key of an annotation"),
    ({"annotations": {"a/b/c": "x"}}, "V14", "`a/b/c` is no key of an annotation"),
    ({"annotations": {"": "x"}}, "V14", "`` is no key of an annotation"),
    ({"annotations": {"a": True}}, "V13", "`metadata.annotations.a` must be a string, not a boolean"),
    ({"annotations": {"a": "ü" * 100_000, "b": "x" * 62_143}}, "V14", "annotations of 262145 bytes"),
    ({"finalizers": ["a b/c"]}, "V14", "`a b/c` is no name of a finalizer"),
    ({"finalizers": ["mine"]}, "V14", "`mine` is no name of a finalizer"),
    ({"finalizers": [None]}, "V14", "`` is no name of a finalizer"),
    ({"finalizers": ["orphan", "foregroundDeletion"]}, "V14", "the finalizers `orphan` and `foregroundDeletion`"),
    ({"ownerReferences": [{**OWNER, "apiVersion": "apps/"}]}, "V14", "an owner without the version"),
    ({"ownerReferences": [{**OWNER, "apiVersion": "a/b/v1"}]}, "V14", "an owner without the version"),
    ({"ownerReferences": [{**OWNER, "uid": ""}]}, "V14", "an owner without `uid`"),
    ({"ownerReferences": [{"apiVersion": "v1", "kind": "Event", "name": "a", "uid": "b"}]}, "V14", "an Event owns"),
    ({"ownerReferences": [{**OWNER, "controller": True}] * 2}, "V14", "a second owner that is the controller"),
    ({"ownerReferences": [{**OWNER, "owner": "x"}]}, "unknown-field", "unknown field `owner`"),
    ({"creationTimestamp": "x"}, "V14", "`x` is no time"),
    ({"creationTimestamp": ""}, "V14", "`` is no time"),
    ({"creationTimestamp": "2024-02-30T12:00:00Z"}, "V14", "`2024-02-30T12:00:00Z` is no time"),
    ({"deletionTimestamp": 1}, "V13", "`metadata.deletionTimestamp` must be a string"),
    ({"generation": -1}, "V14", "-1 as `generation`"),
    ({"generation": 2**63}, "V14", "9223372036854775808 as `generation`"),
    ({"generateName": "a_"}, "V12", "`a_` begins no name for an object"),
    ({"managedFields": [{"operation": "Patch"}]}, "V14", "an `operation` that is not Apply or Update"),
    ({"managedFields": {}}, "V13", "`metadata.managedFields` must be a list"),
    ({"label": {}}, "unknown-field", "unknown field `label` in `metadata`"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("metadata", FINE, ids=str)
def test_what_the_api_server_stores_is_read(metadata: dict[str, object], kind: str) -> None:
    assert read(metadata, kind).diagnostics == ()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("metadata", "code", "message"), WRONG, ids=lambda value: str(value)[:50])
def test_what_the_api_server_refuses_is_refused(
    metadata: dict[str, object], code: str, message: str, kind: str
) -> None:
    found = refusal(metadata, kind)

    assert found.code == code
    assert found.message.startswith(message)


def test_a_namespace_is_called_like_a_label_and_has_no_other_fields() -> None:
    assert refusal({"name": "a.b"}, "Namespace").message == "`a.b` is no name for an object"
    assert refusal({}, "Namespace", labels={}).message == "unknown field `labels`"
    assert refusal({}, "Namespace", spec={"finalizers": ["mine"]}).message == "`mine` is no name of a finalizer"
    assert read({}, "Namespace", spec={"finalizers": ["kubernetes"]}, status={"phase": "Active"}).diagnostics == ()


def test_a_namespace_in_a_namespace_is_read_since_the_api_server_forgets_that() -> None:
    assert [n.name for n in read({"namespace": "b"}, "Namespace").cluster.namespaces] == ["a"]


def test_a_label_that_is_wrong_is_reported_once() -> None:
    with pytest.raises(InputError) as caught:
        read({"labels": {"a b": "x"}}, "Namespace")

    assert len(caught.value.diagnostics) == 1


SKIPPED = {
    "config.kubernetes.io/local-config": ("true", "false"),
    "argocd.argoproj.io/hook": ("Skip", None),
    "helm.sh/hook": ("pre-install", None),
    "kustomize.toolkit.fluxcd.io/reconcile": ("disabled", "enabled"),
    "kustomize.toolkit.fluxcd.io/ssa": ("Ignore", "Merge"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("annotation", SKIPPED)
def test_an_annotation_that_makes_deploy_tools_pass_over_an_object_is_a_warning(annotation: str, kind: str) -> None:
    told, quiet = SKIPPED[annotation]

    (warning,) = read({"annotations": {annotation: told}}, kind).diagnostics

    assert (warning.code, warning.severity, warning.line) == ("not-applied", Severity.WARNING, 1)
    assert f"`{annotation}`" in warning.message
    assert quiet is None or read({"annotations": {annotation: quiet}}, kind).diagnostics == ()


def test_flux_looks_at_labels_too_and_the_others_do_not() -> None:
    (warning,) = read({"labels": {"kustomize.toolkit.fluxcd.io/reconcile": "disabled"}}).diagnostics

    assert warning.code == "not-applied"
    assert read({"labels": {"helm.sh/hook": "x"}}).diagnostics == ()
