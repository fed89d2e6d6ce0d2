"""Which objects a kustomization looks into, or changes by what they say: what is read of those is not what is deployed,
so that no reader of manifests judges a change of them."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from verifier.errors import InputError
from verifier.manifests.documents.document import Document, documents
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.objects import objects

_ALIKE = {
    "apiVersion", "kind", "metadata", "resources", "bases", "components", "images", "replicas", "configMapGenerator",
    "secretGenerator", "generatorOptions", "generators", "helmCharts", "helmChartInflationGenerator", "helmGlobals",
    "namespace", "namePrefix", "nameSuffix", "labels", "commonLabels", "commonAnnotations", "buildMetadata",
    "sortOptions",
}  # fmt: skip
"""The fields that do the same with every object, or bring some of their own."""
_SELECTS = {"group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector"}
_LITERAL = re.compile(r"[A-Za-z0-9-]+\Z")
"""What means nothing but itself as a regular expression."""
_MADE = ("ConfigMap", "Secret", "Kustomization")


class Chosen(Struct, frozen=True):
    """Objects, by what a selector says of them; empty: they may have any."""

    kind: str = ""
    name: str = ""

    def may_be(self, kind: str, name: str) -> bool:
        """False only if kustomize does not choose the object that is written so, whatever it has put around the name
        by then."""
        return self.kind in ("", kind) and (not self.name or name in self.name)


_ANY = Chosen()


class Touched(Struct, frozen=True):
    """chosen: what is looked into or changed. merging: files with patches that say themselves of which objects.
    replacing: files with `replacements`."""

    chosen: frozenset[Chosen] = frozenset()
    merging: frozenset[str] = frozenset()
    replacing: frozenset[str] = frozenset()


def touched(values: Iterable[dict[str, object]]) -> Touched:
    """What the documents of a kustomization say; of a field that is not known, anything."""
    found = [each for value in values for name, entries in value.items() for each in _touched(name, entries)]
    return Touched(
        frozenset(each for each in found if isinstance(each, Chosen)),
        frozenset(each.path for each in found if isinstance(each, _Merging)),
        frozenset(each.path for each in found if isinstance(each, _Replacing)),
    )


def merged(values: Iterable[object] | None) -> Iterator[Chosen]:
    """What patches are about that are written like objects; None: nobody knows what they say."""
    for value in [None] if values is None else values:
        metadata = value.get("metadata") if isinstance(value, dict) else None
        kind = value.get("kind") if isinstance(value, dict) else None
        if isinstance(metadata, dict) and isinstance(kind, str) and not kind.endswith("List"):
            yield Chosen(_literal(kind), _literal(metadata.get("name")))
        else:
            yield _ANY


def replaced(values: Iterable[object] | None) -> Iterator[Chosen]:
    """What the `replacements` of a file are about; None: nobody knows what it says."""
    for value in [None] if values is None else values:
        for entry in value if isinstance(value, list) else [value]:
            yield from _replacement(entry)


def text_of_touched(data: bytes, chosen: frozenset[Chosen]) -> str:
    """What a file says of chosen objects; all of it, where nobody can tell objects apart."""
    found = _documents(data)
    if found is None:
        return repr(data)
    touched_ones = (
        each.value
        for document in found
        for each in objects(document)
        if any(one.may_be(each.kind, each.identity[3]) for one in chosen)
    )
    return "\0".join(json.dumps(value, sort_keys=True, default=repr) for value in touched_ones)


def are_made_touched(chosen: Iterable[Chosen]) -> bool:
    """True iff it matters what other kustomizations make or set, whatever that is called."""
    return any(one.may_be(kind, "") for one in chosen for kind in _MADE)


def values_of(data: bytes | str) -> list[object] | None:
    """What the documents of a text say; None where it cannot be read."""
    found = _documents(data.encode() if isinstance(data, str) else data)
    return None if found is None else [document.value for document in found]


@lru_cache(maxsize=1024)
def _documents(data: bytes) -> list[Document] | None:
    try:
        found, faults = documents(Source.of("?", data))
    except InputError:
        return None
    return None if faults else found


class _Merging(Struct, frozen=True):
    """A file that says itself of which objects it is."""

    path: str


class _Replacing(Struct, frozen=True):
    """A file with `replacements`."""

    path: str


_Touch = Chosen | _Merging | _Replacing


def _touched(name: str, entries: object) -> Iterator[_Touch]:
    if name in _ALIKE or entries is None:
        return
    reader = _READERS.get(name)
    if reader is None or not isinstance(entries, list):
        yield _ANY
        return
    for entry in entries:
        yield from reader(entry)


def _patch(entry: object) -> Iterator[_Touch]:
    if not isinstance(entry, dict) or not entry.keys() <= {"path", "patch", "target", "options"}:
        yield _ANY
    elif "target" in entry:
        yield _selector(entry["target"])
    elif isinstance(path := entry.get("path"), str):
        yield _Merging(path)
    else:
        text = entry.get("patch")
        yield from merged(values_of(text) if isinstance(text, str) else None)


def _patch_by_target(entry: object) -> Iterator[_Touch]:
    yield _selector(entry.get("target") if isinstance(entry, dict) else None)


def _merge(entry: object) -> Iterator[_Touch]:
    """A file, or the patch itself."""
    values = values_of(entry) if isinstance(entry, str) else None
    if isinstance(entry, str) and values == [entry]:
        yield _Merging(entry)
    else:
        yield from merged(values)


def _replacing(entry: object) -> Iterator[_Touch]:
    if isinstance(entry, dict) and isinstance(path := entry.get("path"), str):
        yield _Replacing(path)
    yield from _replacement(entry)


def _replacement(entry: object) -> Iterator[Chosen]:
    """Its source may be something that another kustomization sets, such as an image."""
    yield Chosen("Kustomization")
    if not isinstance(entry, dict) or not entry.keys() <= {"source", "sourceValue", "targets", "path"}:
        yield _ANY
        return
    if "source" in entry:
        yield _selector(entry["source"], {"fieldPath", "options"})
    targets = entry.get("targets", [])
    for target in targets if isinstance(targets, list) else [None]:
        yield _selector(target.get("select") if isinstance(target, dict) else None)


def _selector(value: object, more: Iterable[str] = ()) -> Chosen:
    if not isinstance(value, dict) or not value.keys() <= _SELECTS | {*more}:
        return _ANY
    return Chosen(_literal(value.get("kind")), _literal(value.get("name")))


def _literal(value: object) -> str:
    return value if isinstance(value, str) and _LITERAL.match(value) else ""


_READERS: dict[str, Callable[[object], Iterator[_Touch]]] = {
    "patches": _patch,
    "patchesJson6902": _patch_by_target,
    "patchesStrategicMerge": _merge,
    "replacements": _replacing,
}
