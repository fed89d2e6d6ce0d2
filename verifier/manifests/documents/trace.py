"""Where what was rendered was written: positions in the files that an object was made of, never in what was made."""

from collections.abc import Callable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from verifier.ir.origin import Path, Position
from verifier.manifests.documents.document import Document
from verifier.manifests.documents.source import Source

_NOWHERE = object()
ANY = "-"
"""In the path of a Part, some place in a list."""


class Part(Struct, frozen=True, eq=False):
    """What one file says of an object, or of the part of it at `below`: the value, which stands at `at` of a document.

    fixed: the value is not written as such there, so that all of it is cited as one. is_base: what was patched, no
    patch."""

    document: Document
    value: object
    at: Path = ()
    below: Path = ()
    fixed: bool = False
    is_base: bool = False

    def says(self, path: Path) -> object:
        """What it says at a path of the object; `_NOWHERE` where it says nothing."""
        above, rest = path[: len(self.below)], path[len(self.below) :]
        if len(above) < len(self.below) or any(
            mine not in (theirs, ANY) for mine, theirs in zip(self.below, above, strict=True)
        ):
            return _NOWHERE
        return _value_at(self.value, rest)

    def locate(self, path: Path, *, key: bool) -> Position:
        if self.fixed:
            return self.document.locate(self.at)
        inside = (*self.at, *path[len(self.below) :])
        return self.document.locate_key(inside) if key else self.document.locate(inside)


class Built(Struct, frozen=True, eq=False):
    """The trace of an object that kustomize made. value: the object. parts: what it was made of, the last word first.
    otherwise: where the kustomization says what none of these does. via: what was rendered."""

    value: object
    parts: tuple[Part, ...]
    otherwise: tuple[Document, Path]
    via: str

    def locate(self, path: Path, _line: Callable[[Path], str], *, key: bool) -> Position:
        part = self._part(path)
        found = self.otherwise[0].locate_key(self.otherwise[1]) if part is None else part.locate(path, key=key)
        return replace(found, via=self.via)

    def excerpt(self, first: int, last: int, file: str) -> list[tuple[int, str]]:
        documents = [*(part.document for part in self.parts), self.otherwise[0]]
        return next((d.excerpt(first, last) for d in documents if d.source.name == file), [])

    def _part(self, path: Path) -> Part | None:
        """Who says what the object has at a path: by the value, and else by having that field at all."""
        base = next((part for part in self.parts if part.is_base), None)
        value = _value_at(self.value, path)
        same = next((part for part in self.parts if part.says(path) == value), None) if path else base
        if same is not None or value is _NOWHERE:
            return same or base
        saying = [part for part in self.parts if part.says(path) is not _NOWHERE]
        if base in saying and (isinstance(value, dict) or len(self.parts) == 1):
            return base
        return next(iter(saying), None)


class Templated(Struct, frozen=True, eq=False):
    """The trace of an object that a template gave. A line of what was made is looked for among those of the template:
    where it stands there once, it comes from there."""

    template: Source
    via: str

    def locate(self, path: Path, line: Callable[[Path], str], *, key: bool) -> Position:  # noqa: ARG002
        lines = [each.strip() for each in self.template.lines]
        for above in _upwards(path):
            text = line(above).strip()
            if text and lines.count(text) == 1:
                return self._line(lines.index(text))
        return self._line(next((n for n, each in enumerate(lines) if each.startswith("kind:")), 0))

    def excerpt(self, first: int, last: int, _file: str) -> list[tuple[int, str]]:
        first = max(first, 1)
        return list(enumerate(self.template.lines[first - 1 : last], first))

    def _line(self, index: int) -> Position:
        text = self.template.lines[index] if index < len(self.template.lines) else ""
        column = len(text) - len(text.lstrip()) + 1
        return Position(self.template.name, index + 1, column, index + 1, len(text) + 1, via=self.via)


def _upwards(path: Path) -> Iterator[Path]:
    for length in range(len(path), -1, -1):
        yield path[:length]


def _value_at(value: object, path: Path) -> object:
    for step in path:
        match value:
            case dict() if step in value:
                value = value[step]
            case list() if isinstance(step, int) and 0 <= step < len(value):
                value = value[step]
            case _:
                return _NOWHERE
    return value
