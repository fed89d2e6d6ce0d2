"""Property files: from names on the command line to properties.

Takes files, directories and `builtin:NAME`; gives properties with unique names, or raises InputError with every
mistake of every file.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from verifier.errors import Diagnostic, InputError
from verifier.ir.origin import Origin, Position
from verifier.ir.property import Property
from verifier.manifests.documents.document import Document, documents
from verifier.manifests.documents.places import Place, files_in, place_of, read
from verifier.manifests.documents.source import Source, shown
from verifier.manifests.specs.builtin import BUILTIN, STARTER, builtin_folder, builtin_path
from verifier.manifests.specs.form import foreign, kind_of
from verifier.manifests.specs.propertyform import properties_from_document

__all__ = ["load_properties", "properties_from_document", "refuse_namesakes", "starter_properties"]


def load_properties(paths: Sequence[Place]) -> tuple[Property, ...]:
    """The properties of files, directories (recursively), `REV:PATH` of git revisions, and `builtin:NAME`, in this
    order.

    A file that is named twice counts once.
    """
    reading = _Reading()
    seen: set[object] = set()
    for path in paths:
        try:
            files, lenient = _files(path)
        except InputError as error:
            reading.mistakes += error.diagnostics
            continue
        fresh = [file for file in files if _identity(file) not in seen]
        seen.update(map(_identity, fresh))
        before = reading.size
        for file in fresh:
            reading.read(file, lenient=lenient)
        if fresh and reading.size == before:
            reading.mistakes.append(_no_properties(path))
    reading.mistakes += _namesakes(reading.names)
    if reading.mistakes:
        raise InputError(reading.mistakes)
    return tuple(reading.properties)


class _Reading(Struct):
    """What has been read so far. `names` are those of faulty properties too, so that no namesake goes unnoticed."""

    properties: list[Property] = field(default_factory=list)
    mistakes: list[Diagnostic] = field(default_factory=list)
    names: list[tuple[str, Origin | None]] = field(default_factory=list)

    @property
    def size(self) -> tuple[int, int]:
        return len(self.properties), len(self.mistakes)

    def read(self, file: Place, *, lenient: bool) -> None:
        """Adds what `file` holds. lenient: it may hold documents that are not ours."""
        try:
            found, wrong = documents(_source(file))
        except InputError as error:
            self.mistakes += error.diagnostics
            return
        self.mistakes += wrong
        for document in found:
            try:
                match kind_of(document):
                    case "Properties":
                        self.names += _names(document)
                        self.properties += properties_from_document(document)
                    case None if not lenient:
                        self.mistakes.append(foreign(document, "Properties"))
            except InputError as error:
                self.mistakes += error.diagnostics


def _identity(file: Place) -> object:
    return os.path.realpath(file) if isinstance(file, str) else file


def _source(file: Place) -> Source:
    """The text of `file`; one of the ready-made is cited by the name it is known by, wherever it is installed."""
    if isinstance(file, str) and Path(file) == builtin_folder() / Path(file).name:
        return Source.of(BUILTIN + Path(file).stem, Path(file).read_bytes())
    return read(file)


def _names(document: Document) -> Iterator[tuple[str, Origin]]:
    """The names in a document of properties, however faulty it is."""
    match document.value:
        case {"spec": {"properties": [*items]}}:
            for index, item in enumerate(items):
                if isinstance(item, dict) and isinstance(item.get("name"), str):
                    yield item["name"], Origin(document, ("spec", "properties", index))


def _files(path: Place) -> tuple[list[Place], bool]:
    """The files that `path` stands for, and whether they may hold documents that are not ours, as in a directory."""
    if isinstance(path, str):
        if path.startswith(BUILTIN):
            return [str(builtin_path(path.removeprefix(BUILTIN)))], False
        path = place_of(path)
    files = files_in(path)
    if files is None:
        return [path], False
    if not files:
        raise InputError(_no_properties(path))
    return files, True


def _no_properties(path: Place) -> Diagnostic:
    name = shown(path) if isinstance(path, str) else str(path)
    return Diagnostic("no-properties", "no properties here", name, hint="they are documents of `kind: Properties`")


def starter_properties() -> tuple[Property, ...]:
    """What is checked when nobody says what to check; that one of them is vacuous is only worth a note."""
    found = load_properties([BUILTIN + name for name in STARTER])
    return tuple(replace(property_, optional=True) for property_ in found)


def refuse_namesakes(properties: Sequence[Property]) -> None:
    """Raises InputError iff two properties have the same name."""
    if mistakes := list(_namesakes([(property_.name, property_.origin) for property_ in properties])):
        raise InputError(mistakes)


def _namesakes(names: Sequence[tuple[str, Origin | None]]) -> Iterator[Diagnostic]:
    """Complaints about names that stand before in the list already."""
    first: dict[str, Origin | None] = {}
    for name, origin in names:
        if name not in first:
            first[name] = origin
            continue
        other = first[name]
        message = f"a second property named `{name}`"
        hint = "the first one is given by `-e`" if other is None else f"the first one is at {_name(other)}"
        if origin is None:
            yield Diagnostic("duplicate-property", message, hint=hint)
        else:
            place = _name(origin)
            yield Diagnostic("duplicate-property", message, place.file, place.line, place.column, hint)


def _name(origin: Origin) -> Position:
    """Where the name of the property at `origin` stands."""
    return origin.child("name").position
