"""What an object is called, and what the API server refuses of its metadata (docs/semantics.md V12 to V14, L17).

What is refused is never stored: a policy of that kind isolates nothing and allows nothing.
"""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from msgspec import Struct

from verifier.ir.labels import is_dns_label, is_dns_subdomain, is_label_key, is_label_value
from verifier.manifests.kubernetes.fields import Field, quoted
from verifier.manifests.kubernetes.selectors import read_labels

_FIELDS = (
    "name", "generateName", "namespace", "labels", "annotations", "selfLink", "uid", "resourceVersion", "generation",
    "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences", "finalizers",
    "managedFields",
)  # fmt: skip
_OWNER = ("apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion")
_PLAIN = {"name", "namespace", "labels", "annotations"}
_MOST = 2**63 - 1
_FEW, _SHORT = 48, 1_000
"""So many annotations of so many characters are never too large together."""
_MAX_ANNOTATIONS = 256 * 1024
_STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")
_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})\Z")
_FLUX = "kustomize.toolkit.fluxcd.io"
_NOT_APPLIED: dict[str, Callable[[str], bool]] = {
    "config.kubernetes.io/local-config": lambda value: value != "false",
    "argocd.argoproj.io/hook": lambda _: True,
    "helm.sh/hook": lambda _: True,
    f"{_FLUX}/reconcile": lambda value: value.lower() == "disabled",
    f"{_FLUX}/ssa": lambda value: value.lower() in ("ignore", "ifnotpresent"),
    "kapp.k14s.io/noop": lambda _: True,
}
"""What is written in the metadata of an object that kustomize, Argo CD, Helm, Flux or kapp pass over, or take away
again: the annotation, or for Flux the label, and the values that say so."""
_KEY_HINT = "a name of at most 63 letters, digits, `-`, `_` and `.`, after an optional `dns.prefix/`"
_NAME_HINTS: dict[Callable[[str], bool], str] = {
    is_dns_subdomain: "lower case letters, digits, `-` and `.`, with a letter or digit at both ends",
    is_dns_label: "at most 63 lower case letters, digits and `-`, with a letter or digit at both ends",
}


class Metadata(Struct, frozen=True):
    """What an object is called, `prefix*` where the API server makes up the rest. given_namespace: None if none is."""

    name: str
    given_namespace: str | None

    @property
    def is_prefix(self) -> bool:
        """True iff it is the beginning of the names of any number of objects (`generateName`)."""
        return self.name.endswith("*")


def read_metadata(field: Field, *, strict: bool, is_name: Callable[[str], bool] = is_dns_subdomain) -> Metadata:
    """Name and namespace. strict: whatever the API server refuses is a mistake, as in objects read whole. is_name: what
    a name has to be."""
    plain = plain_metadata(field.value, strict=strict, is_name=is_name)
    if plain is not None:
        return plain
    if strict:
        field.restrict(_FIELDS)
        _check(field, is_name)
    name_field, generate_field, namespace_field = (field.get(n) for n in ("name", "generateName", "namespace"))
    name, prefix = name_field.text() or "", generate_field.text() or ""
    if name:
        if not is_name(name):
            name_field.reject("V12", f"{quoted(name)} is no name for an object", _NAME_HINTS[is_name])
    elif prefix:
        name = f"{prefix}*"
    elif not _is_wrong(name_field):
        (name_field if name_field.value is not None else field).reject("V12", "an object without `metadata.name`")
    namespace = namespace_field.text() or None
    if namespace is not None and not is_dns_label(namespace):
        namespace_field.reject("V12", f"{quoted(namespace)} is no name for a namespace", _NAME_HINTS[is_dns_label])
    return Metadata(name, namespace)


def plain_metadata(
    value: object, *, strict: bool, is_name: Callable[[str], bool] = is_dns_subdomain
) -> Metadata | None:
    """What `read_metadata` gives, where it is plain to see that nothing is wrong; None where it is not."""
    if not isinstance(value, dict) or (strict and not value.keys() <= _PLAIN) or "generateName" in value:
        return None
    name, namespace = value.get("name"), value.get("namespace")
    if not isinstance(name, str) or not is_name(name):
        return None
    if namespace is not None and not (isinstance(namespace, str) and is_dns_label(namespace)):
        return None
    if strict and "labels" in value and not _are_labels(value["labels"]):
        return None
    if strict and "annotations" in value and not _are_annotations(value["annotations"]):
        return None
    return Metadata(name, namespace)


def _are_labels(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(text, str) and is_label_value(text) and is_label_key(key) and key not in _NOT_APPLIED
        for key, text in value.items()
    )


def _are_annotations(value: object) -> bool:
    return (
        isinstance(value, dict)
        and len(value) <= _FEW
        and all(
            isinstance(text, str) and len(text) < _SHORT and is_label_key(key.lower()) and key not in _NOT_APPLIED
            for key, text in value.items()
        )
    )


def _is_wrong(field: Field) -> bool:
    """True iff the value was reported as mistyped already."""
    return field.value is not None and not isinstance(field.value, str)


def _check(metadata: Field, is_name: Callable[[str], bool]) -> None:
    """Reports what the API server's ValidateObjectMeta does not let through, names apart."""
    prefix_field = metadata.get("generateName")
    prefix = prefix_field.text() or ""
    masked = f"{prefix[:-2]}a" if len(prefix) > 1 and prefix.endswith("-") else prefix
    if prefix and not is_name(masked):
        prefix_field.reject("V12", f"{quoted(prefix)} begins no name for an object", _NAME_HINTS[is_name])
    read_labels(metadata.get("labels"), code="V14")
    _check_annotations(metadata.get("annotations"))
    _warn_of_deploy_tools(metadata)
    for name in ("selfLink", "uid", "resourceVersion"):
        metadata.get(name).text()
    _check_number(metadata.get("generation"), 0)
    _check_number(metadata.get("deletionGracePeriodSeconds"), -_MOST - 1)
    for name in ("creationTimestamp", "deletionTimestamp"):
        _check_time(metadata.get(name))
    _check_owners(metadata.get("ownerReferences"))
    check_finalizers(metadata.get("finalizers"))
    for entry in metadata.get("managedFields").items():
        operation, kind = entry.get("operation"), entry.get("fieldsType")
        if operation.text() not in ("Apply", "Update"):
            (entry if operation.value is None else operation).reject(
                "V14", "an `operation` that is not Apply or Update"
            )
        if (kind.text() or "FieldsV1") != "FieldsV1":
            kind.reject("V14", "a `fieldsType` that is not FieldsV1")


def _check_number(field: Field, least: int) -> None:
    number = field.integer()
    if number is not None and (isinstance(field.value, float) or not least <= number <= _MOST):
        field.reject("V14", f"{number} as `{field.path[-1]}`", f"a whole number from {least}")


def _check_annotations(field: Field) -> None:
    size = 0
    for entry in field.entries():
        key, text = str(entry.path[-1]), entry.text() or ""
        size += len(key.encode()) + len(text.encode())
        if not is_label_key(key.lower()):
            Field(key, entry.path, entry.report).reject("V14", f"{quoted(key)} is no key of an annotation", _KEY_HINT)
    if size > _MAX_ANNOTATIONS:
        field.reject("V14", f"annotations of {size} bytes", f"at most {_MAX_ANNOTATIONS} together")


def _warn_of_deploy_tools(metadata: Field) -> None:
    for place in ("annotations", "labels"):
        values = metadata.get(place).value
        for entry in metadata.get(place).entries() if isinstance(values, dict) else ():
            key = str(entry.path[-1])
            is_told = key in _NOT_APPLIED and _NOT_APPLIED[key](entry.value if isinstance(entry.value, str) else "")
            if is_told and (place == "annotations" or key.startswith(_FLUX)):
                message = f"deploy tools may not apply this object, or not for long: {quoted(key)}"
                entry.warn("not-applied", message, "netpol takes it for applied")


def _check_time(field: Field) -> None:
    text = field.text()
    if text is None:
        return
    found = _TIME.match(text)
    if found is not None:
        with suppress(ValueError):
            datetime.fromisoformat(found[1] + found[2])
            return
    field.reject(
        "V14", f"{quoted(text)} is no time", "written like 2024-01-31T12:00:00Z; leave it out: the API server sets it"
    )


def _check_owners(field: Field) -> None:
    has_controller = False
    for owner in field.items():
        api, kind, name, uid, controller, blocks = owner.fields(*_OWNER)
        version, slashes = (api.text() or "").rpartition("/")[2], (api.text() or "").count("/")
        if not version or slashes > 1:
            (api if api.value is not None else owner).reject("V14", "an owner without the version of its `apiVersion`")
        for part in (kind, name, uid):
            if not part.text() and not _is_wrong(part):
                (part if part.value is not None else owner).reject("V14", f"an owner without `{part.path[-1]}`")
        if (api.value, kind.value) == ("v1", "Event"):
            owner.reject("V14", "an Event owns nothing")
        blocks.boolean()
        is_controller = controller.boolean()
        if is_controller and has_controller:
            controller.reject("V14", "a second owner that is the controller")
        has_controller = has_controller or is_controller


def check_finalizers(field: Field) -> None:
    """Reports what the API server lets nobody wait for before an object is gone."""
    found = [(item, item.text()) for item in field.items()]
    for item, name in found:
        if _is_wrong(item) or (name in _STANDARD_FINALIZERS) or (name and "/" in name and is_label_key(name)):
            continue
        item.reject("V14", f"{quoted(name or '')} is no name of a finalizer", "as in `example.org/name`")
    if {"orphan", "foregroundDeletion"} <= {name for _, name in found}:
        field.reject("V14", "the finalizers `orphan` and `foregroundDeletion` exclude each other")
