"""Kubernetes objects: taken out of documents and lists, and told from what is none."""

import json
from collections.abc import Iterator

import msgspec
from msgspec import Struct

from verifier.errors import Diagnostic, Severity
from verifier.ir.origin import Origin, Path, Position
from verifier.manifests.documents.document import Document
from verifier.manifests.kubernetes import kinds
from verifier.manifests.kubernetes.fields import Problem, quoted
from verifier.manifests.kubernetes.owners import Identity, identity

_MOST_STORED, _MOST_APPLIED = 3 << 19, 1 << 18
"""How many bytes of an object etcd takes by default, and how many an annotation may have."""
_LIST = "write `apiVersion: v1` and `kind: List`"
_FLAT = "put its items into the outer one"


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

    @property
    def identity(self) -> Identity:
        metadata = self.value.get("metadata")
        said = metadata if isinstance(metadata, dict) else {}
        return identity(self.api, self.kind, _word(said, "namespace") or None, _word(said, "name"))

    def position(self, problem: Problem) -> Position:
        path = self.path + problem.path
        return self.document.locate_key(path) if problem.key else self.document.locate(path)

    def diagnostic(self, problem: Problem) -> Diagnostic:
        """The problem with its position; looking that up reads the document again."""
        place = self.position(problem)
        return Diagnostic(
            problem.code, problem.message, place.file, place.line, place.column, problem.hint, problem.severity
        )


def objects(document: Document) -> Iterator[Object]:
    """The objects of a document; those of a list one by one, if it is one that kubectl takes apart: `list_problem` says
    what is wrong with another. Anything that is no mapping gives none."""
    value = document.value
    if not isinstance(value, dict):
        return
    here = Object(document, (), value, _word(value, "apiVersion"), _word(value, "kind"))
    if "items" not in value or not here.kind.endswith("List") or list_problem(here) is not None:
        yield here
    else:
        yield from _items(here)


def list_problem(each: Object) -> Problem | None:
    """What is wrong with an object that has `items`, if it is, or holds, something that matters. To kubectl whatever
    has a field of that name is a list, whose items it applies, and nothing else (docs/semantics.md L16)."""
    if "items" not in each.value:
        return None
    items = each.value["items"]
    if not each.kind.endswith("List"):
        if not (_matters(each) or (isinstance(items, list) and any(map(_matters, _items(each))))):
            return None
        message = f"an object of kind {quoted(each.kind)} with `items`, which kubectl takes for a list"
        return Problem(
            "list", ("items",), message, "remove `items`, or write `apiVersion: v1` and `kind: List`", key=True
        )
    if not isinstance(items, list | None):
        return Problem("V13", ("items",), "`items` must be a list")
    if each.path:
        return Problem("list", ("kind",), "a list inside a list, which not every reader takes apart", _FLAT)
    for index, item in enumerate(items or ()):
        if not isinstance(item, dict):
            return Problem("list", ("items", index), "an item that is no object", "remove it")
    known = (each.api, each.kind) == ("v1", "List") or kinds.is_read(each.api, each.kind.removesuffix("List"))
    if not known and any(map(_matters, _items(each))):
        message = f"no list that kubectl surely takes apart: {quoted(each.kind)} of {quoted(each.api)}"
        return Problem("list", ("kind",), message, _LIST)
    return None


def size_problem(each: Object) -> Problem | None:
    """What is wrong with an object that is too large to be stored, or for what `kubectl apply` writes of it."""
    document = each.document
    is_small = document.end - document.start < _MOST_APPLIED
    if is_small and (document.is_shared or document.is_json or not document.has_aliases):
        return None
    size = _size(each.value)
    if size > _MOST_STORED:
        return Problem("size", (), f"an object of {size} bytes, which no API server stores", "split it")
    if size > _MOST_APPLIED:
        message = f"an object of {size} bytes, which `kubectl apply` sends with `--server-side` only"
        return Problem("size", (), message, "split it", Severity.WARNING)
    return None


def _size(value: object) -> int:
    """Of the value as JSON, in bytes."""
    try:
        return len(msgspec.json.encode(value))
    except (OverflowError, TypeError, ValueError):  # numbers of more than 64 bits, keys that are none of JSON
        return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def _items(each: Object) -> Iterator[Object]:
    """The items of a list. One of a typed list that says nothing of itself is of its type."""
    items = each.value["items"]
    item_kind = each.kind.removesuffix("List")
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            api, kind = _word(item, "apiVersion"), _word(item, "kind")
            if not api and not kind and item_kind:
                api, kind = each.api, item_kind
            yield Object(each.document, (*each.path, "items", index), item, api, kind)


def _matters(each: Object) -> bool:
    """True iff it is an object that is read, or refused where it is not understood, or holds one."""
    if kinds.is_read(each.api, each.kind) or kinds.bearing(each.api, each.kind) is not kinds.Bearing.NONE:
        return True
    return "items" in each.value and any(map(_matters, _items(each)))


def _word(value: dict[str, object], name: str) -> str:
    word = value.get(name)
    return word if isinstance(word, str) else ""
