"""Kubernetes objects: taken out of documents and lists, and told from what is none."""

from collections.abc import Iterator

from msgspec import Struct

from verifier.errors import Diagnostic
from verifier.ir.labels import is_dns_label, is_dns_subdomain
from verifier.ir.origin import Origin, Path, Position
from verifier.manifests.document import Document
from verifier.manifests.fields import Field, Problem, quoted

_METADATA = (
    "name", "generateName", "namespace", "labels", "annotations", "selfLink", "uid", "resourceVersion", "generation",
    "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences", "finalizers",
    "managedFields",
)  # fmt: skip
_PLAIN = {"name", "namespace"}


class Object(Struct, frozen=True):
    """An object with its apiVersion and kind (either may be empty), at `path` of a document."""

    document: Document
    path: Path
    value: dict[str, object]
    api: str
    kind: str

    @property
    def origin(self) -> Origin:
        return Origin(self.document, self.path)

    def position(self, problem: Problem) -> Position:
        path = self.path + problem.path
        return self.document.locate_key(path) if problem.key else self.document.locate(path)

    def diagnostic(self, problem: Problem) -> Diagnostic:
        """The problem with its position; looking that up reads the document again."""
        place = self.position(problem)
        return Diagnostic(
            problem.code, problem.message, place.file, place.line, place.column, problem.hint, problem.severity
        )


class Metadata(Struct, frozen=True):
    """What an object is called, `prefix*` where the API server makes up the rest. given_namespace: None if none is."""

    name: str
    given_namespace: str | None


def objects(document: Document) -> Iterator[Object]:
    """The objects of a document; those of a list one by one. Anything that is no mapping gives none."""
    return _unpack(document, (), document.value, "", "")


def _unpack(document: Document, path: Path, value: object, api: str, kind: str) -> Iterator[Object]:
    if not isinstance(value, dict):
        return
    here = Object(document, path, value, _word(value, "apiVersion", api), _word(value, "kind", kind))
    items = value.get("items")
    if not here.kind.endswith("List") or "items" not in value or not isinstance(items, list | None):
        yield here
        return
    item_kind = here.kind.removesuffix("List")
    item_api = here.api if item_kind else ""
    for index, item in enumerate(items or ()):
        yield from _unpack(document, (*path, "items", index), item, item_api, item_kind)


def _word(value: dict[str, object], name: str, inherited: str) -> str:
    """The items of a typed list need not say what they are."""
    word = value.get(name)
    return word if isinstance(word, str) and word else inherited


def read_metadata(field: Field, *, strict: bool) -> Metadata:
    """Name and namespace. strict: unknown fields and mistyped labels are mistakes, as in objects read whole."""
    plain = plain_metadata(field.value, strict=strict)
    if plain is not None:
        return plain
    if strict:
        field.restrict(_METADATA)
        for entry in (*field.get("labels").entries(), *field.get("annotations").entries()):
            entry.text()
    name_field, generate_field, namespace_field = (field.get(n) for n in ("name", "generateName", "namespace"))
    name, prefix = name_field.text() or "", generate_field.text() or ""
    if name:
        if not is_dns_subdomain(name):
            hint = "lower case letters, digits, `-` and `.`, with a letter or digit at both ends"
            name_field.reject("V12", f"{quoted(name)} is no name for an object", hint)
    elif prefix:
        name = f"{prefix}*"
    elif not _is_wrong(name_field):
        (name_field if name_field.value is not None else field).reject("V12", "an object without `metadata.name`")
    namespace = namespace_field.text() or None
    if namespace is not None and not is_dns_label(namespace):
        hint = "at most 63 lower case letters, digits and `-`, with a letter or digit at both ends"
        namespace_field.reject("V12", f"{quoted(namespace)} is no name for a namespace", hint)
    return Metadata(name, namespace)


def plain_metadata(value: object, *, strict: bool) -> Metadata | None:
    """What `read_metadata` gives, where it is plain to see that nothing is wrong; None where it is not."""
    if not isinstance(value, dict) or (strict and not value.keys() <= _PLAIN) or "generateName" in value:
        return None
    name, namespace = value.get("name"), value.get("namespace")
    if not isinstance(name, str) or not is_dns_subdomain(name):
        return None
    if namespace is not None and not (isinstance(namespace, str) and is_dns_label(namespace)):
        return None
    return Metadata(name, namespace)


def _is_wrong(field: Field) -> bool:
    """True iff the value was reported as mistyped already."""
    return field.value is not None and not isinstance(field.value, str)
