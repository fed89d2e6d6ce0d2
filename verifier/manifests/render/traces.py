"""From where an object comes and what was done to it, to the places in files at which it was written."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from msgspec import Struct, field

from verifier.errors import InputError
from verifier.ir.origin import Path
from verifier.manifests.documents.document import Document, documents
from verifier.manifests.documents.source import Source
from verifier.manifests.documents.trace import Built, Part
from verifier.manifests.kubernetes.objects import Object, objects
from verifier.manifests.render.ground import Ground
from verifier.manifests.render.origins import Step
from verifier.manifests.render.reach import Kustomization

_FIELDS = {
    "PatchTransformer": ("patches",),
    "PatchStrategicMergeTransformer": ("patchesStrategicMerge",),
    "PatchJson6902Transformer": ("patchesJson6902",),
    "NamespaceTransformer": ("namespace",),
    "PrefixTransformer": ("namePrefix",),
    "SuffixTransformer": ("nameSuffix",),
    "LabelTransformer": ("labels", "commonLabels"),
    "ReplacementTransformer": ("replacements",),
}
"""By the transformer, the fields of a kustomization that make it."""
_PATCHES = tuple(_FIELDS)[:3]


class Tracer(Struct):
    """What may have made the objects of one root. known: its kustomizations, by the real paths of their files."""

    ground: Ground
    root: Kustomization
    known: Mapping[str, Kustomization]
    via: str
    _read: dict[str, tuple[Document, ...]] = field(default_factory=dict)

    def trace(self, value: object, origin: str | None, steps: tuple[Step, ...]) -> Built:
        """The trace of an object."""
        mine = [step for step in steps if step.file in self.known]
        base = None if origin is None else self._base(value, origin)
        patches = [part for step in reversed(mine) for part in self._patches(value, base, step)]
        parts = (*dict.fromkeys(patches), *(() if base is None else (base,)))
        return Built(value, parts, self._otherwise(mine), self.via)

    def _otherwise(self, steps: list[Step]) -> tuple[Document, Path]:
        """The kustomization that patched last, else the one that did something last, else the root."""
        ordered = [*(s for s in steps if s.kind not in _PATCHES), *(s for s in steps if s.kind in _PATCHES)]
        if not ordered:
            return self.root.document, ()
        step = ordered[-1]
        each = self.known[step.file]
        name = next((name for name in _FIELDS.get(step.kind, ()) if name in each.value), None)
        return each.document, () if name is None else (name,)

    def _base(self, value: object, file: str) -> Part | None:
        """What the file says that the object comes from: of its objects of this kind the one of the longest name that
        is a part of the object's."""
        name = _name(value)
        found = [
            each
            for document in self._documents(file)
            for each in objects(document)
            if each.kind == _word(value, "kind") and _name(each.value) in name
        ]
        best = max(found, key=lambda each: len(_name(each.value)), default=None)
        return None if best is None else Part(best.document, best.value, best.path, is_base=True)

    def _patches(self, value: object, base: Part | None, step: Step) -> Iterator[Part]:
        """What patches of a kustomization say of an object, the last one first."""
        each = self.known[step.file]
        files = dict(each.patches)
        for name in _FIELDS.get(step.kind, ()) if step.kind in _PATCHES else ():
            entries = each.value.get(name)
            for index in range(len(entries) - 1 if isinstance(entries, list) else -1, -1, -1):
                assert isinstance(entries, list)
                entry = entries[index]
                target = entry.get("target") if isinstance(entry, dict) else None
                path: Path = (name, index) if name == "patchesStrategicMerge" else (name, index, "path")
                if path in files:
                    for document in self._documents(files[path]):
                        yield from _parts(document, value, base, target, None)
                    continue
                inline = entry.get("patch") if isinstance(entry, dict) else entry
                if isinstance(inline, str):
                    stands = (name, index, "patch") if isinstance(entry, dict) else (name, index)
                    for document in _documents_of(inline):
                        yield from _parts(document, value, base, target, (each.document, stands))

    def _documents(self, file: str) -> tuple[Document, ...]:
        if file not in self._read:
            try:
                found = tuple(documents(self.ground.read(file), strict=False)[0])
            except InputError:
                found = ()
            self._read[file] = found
        return self._read[file]


@lru_cache(maxsize=256)
def _documents_of(text: str) -> tuple[Document, ...]:
    try:
        return tuple(documents(Source.text_of("", text), strict=False)[0])
    except InputError:
        return ()


def _parts(
    document: Document, value: object, base: Part | None, target: object, stands: tuple[Document, Path] | None
) -> Iterator[Part]:
    """What a document with a patch says of an object. stands: where it is written, if not in a file of its own."""
    if isinstance(document.value, list):
        if not _is_target(target, value, base):
            return
        for index in range(len(document.value) - 1, -1, -1):
            each = document.value[index]
            if isinstance(each, dict) and isinstance(path := each.get("path"), str) and "value" in each:
                yield _part(document, each["value"], (index, "value"), _below(path), stands)
        return
    for each in objects(document):
        if _is_of(each, value, base) if target is None else _is_target(target, value, base):
            yield _part(document, each.value, each.path, (), stands)


def _part(document: Document, value: object, at: Path, below: Path, stands: tuple[Document, Path] | None) -> Part:
    if stands is None:
        return Part(document, value, at, below)
    return Part(stands[0], value, stands[1], below, fixed=True)


def _is_of(patch: Object, value: object, base: Part | None) -> bool:
    """True iff a patch that names what it is of may be of this object, under the name that it has or had."""
    names = {_name(value), "" if base is None else _name(base.value)}
    return patch.kind == _word(value, "kind") and _name(patch.value) in names


def _is_target(target: object, value: object, base: Part | None) -> bool:
    if not isinstance(target, dict):
        return False
    kind, name = target.get("kind"), target.get("name")
    names = [_name(value), *(() if base is None else (_name(base.value),))]
    if isinstance(kind, str) and not _fits(kind, _word(value, "kind")):
        return False
    return not isinstance(name, str) or any(_fits(name, each) for each in names)


def _fits(pattern: str, text: str) -> bool:
    """Kustomize takes them for regular expressions; a trace may take them for less."""
    return pattern == text or bool(re.fullmatch(re.escape(pattern).replace(r"\.\*", ".*"), text))


def _below(pointer: str) -> Path:
    """The path that a JSON pointer means."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    return tuple(int(step) if step.isdecimal() and step.isascii() and len(step) < 10 else step for step in steps)


def _name(value: object) -> str:
    metadata = value.get("metadata") if isinstance(value, dict) else None
    return _word(metadata, "name")


def _word(value: object, name: str) -> str:
    word = value.get(name) if isinstance(value, dict) else None
    return word if isinstance(word, str) else ""
