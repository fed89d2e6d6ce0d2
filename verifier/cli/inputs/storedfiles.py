"""Directories as what is stored: looked at again and again, an object of theirs at a time."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping

from verifier.admission.feed import Feed, Listed, Lost
from verifier.admission.objects import is_going, key_of, stored_source
from verifier.admission.stored import Entry
from verifier.cli.inputs.exclusions import excludes_of
from verifier.cli.inputs.settings import Settings, namespace_of
from verifier.cli.inputs.watched import Files
from verifier.errors import Diagnostic, InputError, Severity
from verifier.manifests.documents.document import Document, read_documents
from verifier.manifests.documents.files import CHART_LEFT_OUT, find_files
from verifier.manifests.documents.source import Source

ALL = "manifests"
"""The scope that is missing until every file was read."""
_PERIOD = 0.3


class StoredFiles:
    """Life cycle: looked at, or started and then stopped."""

    def __init__(self, settings: Settings, feed: Feed) -> None:
        self._settings, self._feed = settings, feed
        self._files = Files()
        self._stop = threading.Event()
        self._wrong: set[str] = set()
        self._overflows = 0

    def start(self) -> None:
        threading.Thread(target=self._run, name="files", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()

    def _run(self) -> None:
        while True:
            try:
                self.look()
            except Exception as error:
                self._feed.tell(Lost(ALL, str(error) or type(error).__name__))
            if self._stop.wait(_PERIOD):
                return

    def look(self) -> None:
        """Tells of the files that hold something else than they did, came or went."""
        settings = self._settings
        if self._overflows != self._feed.overflows:  # what was told is lost
            self._files, self._overflows = Files(), self._feed.overflows
        found = find_files(settings.manifests.value, excludes_of(settings))
        changed = self._files.look(found.paths)
        texts = self._files.texts
        mistakes = [d for d in found.mistakes if d.severity is Severity.ERROR or d.code == CHART_LEFT_OUT]
        mistakes += self._files.mistakes
        unread = {d.file for d in self._files.mistakes}
        for name in {*changed, *self._wrong} - unread:
            self._wrong.discard(name)
            try:
                entries = dict(entries_of(name, texts[name], namespace_of(settings))) if name in texts else {}
            except InputError as error:
                self._wrong.add(name)
                mistakes += error.diagnostics
                continue
            self._feed.tell(Listed(name, entries))
        self._feed.tell(Lost(ALL, _first(mistakes)) if mistakes else Listed(ALL, {}))


def _first(mistakes: list[Diagnostic]) -> str:
    more = f" (and {len(mistakes) - 1} more)" if len(mistakes) > 1 else ""
    return f"{mistakes[0]}{more}"


def entries_of(file: str, text: str, namespace: str) -> Iterator[tuple[str, Entry]]:
    """The objects of a file, each under a name of its own, as it is written and at its lines; items of a List as
    objects of an API server. Raises InputError where it cannot be read."""
    seen: Counter[str] = Counter()
    source = Source.text_of(file, text)
    for document in read_documents(source):
        value = document.value
        if not isinstance(value, dict):
            yield _named(seen, f"{file} line {document.line}"), Entry(_cut(source, document))
            continue
        api, kind = (value.get(part) for part in ("apiVersion", "kind"))
        items = value.get("items")
        if not (isinstance(api, str) and isinstance(kind, str)):
            yield _named(seen, f"{file} line {document.line}"), Entry(_cut(source, document))
        elif kind == "List" and isinstance(items, list) and all(_is_object(item) for item in items):
            for item in items:
                key = key_of(item["apiVersion"], item["kind"], item, namespace)
                name = _named(seen, f"{file} {key}")
                yield name, Entry(stored_source(name, item["apiVersion"], item["kind"], item), key, is_going(item))
        else:
            key = key_of(api, kind, value, namespace)
            yield _named(seen, f"{file} {key}"), Entry(_cut(source, document), key)


def _is_object(item: object) -> bool:
    return isinstance(item, Mapping) and all(isinstance(item.get(part), str) for part in ("apiVersion", "kind"))


def _named(seen: Counter[str], name: str) -> str:
    seen[name] += 1
    return name if seen[name] == 1 else f"{name} #{seen[name]}"


def _cut(source: Source, document: Document) -> Source:
    """The document alone, at its lines."""
    return Source(source.name, "\n" * document.line + source.text[document.start : document.end])
