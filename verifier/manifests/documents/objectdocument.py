"""Documents that are an object of a live cluster. Nobody has a file of it to look into: what reports show of it, in
lines that count from its beginning, is YAML as kubectl would print it, made where somebody asks for it."""

from typing import TYPE_CHECKING

from msgspec.structs import replace

from verifier.errors import Diagnostic
from verifier.ir.origin import Path, Position
from verifier.manifests.documents import jsontext
from verifier.manifests.documents.document import Document
from verifier.manifests.documents.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable


class ObjectDocument(Document):
    """One whose text is JSON, and which is shown as YAML."""

    _page: Document | None = None

    def __reduce__(self) -> "tuple[Callable[..., Document], tuple[object, ...]]":
        """Sent to another process is what it is shown as."""
        return _of_page, (self.source.name, self._shown().source.text)

    def excerpt(self, first: int, last: int, file: str | None = None) -> list[tuple[int, str]]:  # noqa: ARG002
        return self._shown().excerpt(first, last)

    def locate_repeated(self, path: Path) -> Position:
        return self.locate_key(path)

    def _find(self, path: Path, *, key: bool) -> Position:
        page = self._shown()
        return replace(page.locate_key(path) if key else page.locate(path), of_object=True)

    def _shown(self) -> Document:
        if self._page is None:
            self._page = _page(self.source.name, _yaml(self.value))
        return self._page


def object_documents(source: Source) -> tuple[list[Document], list[Diagnostic]]:
    """The one document of a text that is an object, or what is wrong with it."""
    try:
        [(start, end, value, _)] = jsontext.decode(source.text)
    except ValueError as error:
        return [], [Diagnostic("json", str(error), source.name)]
    return [ObjectDocument(source, start, end, 0, value, is_json=True)], []


def _of_page(name: str, text: str) -> ObjectDocument:
    document = ObjectDocument(Source(name, text, is_object=True), 0, len(text), 0, None)
    document._page = _page(name, text)
    return document


def _page(name: str, text: str) -> Document:
    return Document(Source(name, text), 0, len(text), 0, None)


def _yaml(value: object) -> str:
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return str(yaml.dump(value, Dumper=dumper, sort_keys=False, default_flow_style=False, width=10**6))
