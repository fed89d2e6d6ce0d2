"""What kustomize writes about where an object comes from, and what was done to it (`buildMetadata`)."""

import os
from collections.abc import Iterator

from msgspec import Struct

from verifier.errors import InputError
from verifier.manifests.documents.document import documents
from verifier.manifests.documents.source import Source

_ORIGIN = "config.kubernetes.io/origin"
_STEPS = "alpha.config.kubernetes.io/transformations"


class Step(Struct, frozen=True):
    """What a kustomization, given by the real path of its file, did to an object: the kind of the transformer."""

    file: str
    kind: str


def origin_of(value: object, folder: str) -> str | None:
    """The real path of the file that an object comes from. folder: what its paths count from."""
    for said in _said(value, _ORIGIN):
        if isinstance(said, dict) and "repo" not in said and isinstance(path := said.get("path"), str):
            return _real(folder, path)
    return None


def steps_of(value: object, folder: str) -> tuple[Step, ...]:
    """What was done to an object, in order."""
    found = []
    for said in _said(value, _STEPS):
        for each in said if isinstance(said, list) else ():
            by = each.get("configuredBy") if isinstance(each, dict) else None
            if isinstance(by, dict) and isinstance(file := each.get("configuredIn"), str):
                found.append(Step(_real(folder, file), str(by.get("kind", ""))))
    return tuple(found)


def without_metadata(value: object) -> object:
    """An object without what kustomize writes about where it comes from."""
    metadata = value.get("metadata") if isinstance(value, dict) else None
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if not (isinstance(value, dict) and isinstance(metadata, dict) and isinstance(annotations, dict)):
        return value
    kept = {name: text for name, text in annotations.items() if name not in (_ORIGIN, _STEPS)}
    rest = {name: each for name, each in metadata.items() if name != "annotations"}
    return {**value, "metadata": {**rest, "annotations": kept} if kept else rest}


def _said(value: object, annotation: str) -> Iterator[object]:
    """What an annotation holds, which is YAML."""
    metadata = value.get("metadata") if isinstance(value, dict) else None
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    text = annotations.get(annotation) if isinstance(annotations, dict) else None
    if not isinstance(text, str):
        return
    try:
        found, _ = documents(Source.text_of(annotation, text))
    except InputError:
        return
    yield from (each.value for each in found)


def _real(folder: str, path: str) -> str:
    return os.path.realpath(os.path.join(folder, path))  # noqa: PTH118
