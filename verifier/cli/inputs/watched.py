"""Files that are looked at again and again: what they hold, and which of them have changed.

By looking, not by being told: that works alike for editors that replace files and for those that write into them, for
directories that grow, for links, and on file systems of containers and networks that tell nobody of a change.
"""

import os
import time
from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from verifier.errors import Diagnostic, InputError
from verifier.manifests.documents.source import Source, shown

_UNSETTLED = 3.0
"""Seconds in which a file may be written twice and look the same: file systems count time in steps of up to two."""

Content = str | InputError
"""The text of a file, or why it cannot be read."""


class _Look(Struct, frozen=True):
    """A file as it was: what its directory entry says, whether that can be trusted, and the content."""

    signature: tuple[int, ...] | None
    settled: bool
    content: Content


class Files:
    """Life cycle: looked at any number of times; `texts` and `mistakes` are those of the last look."""

    def __init__(self) -> None:
        self._looks: dict[str, _Look] = {}

    def look(self, paths: Iterable[str]) -> list[str]:
        """Looks at `paths`, of which there may be others than last time; gives the names of those that hold something
        else than they did, came or went."""
        before, self._looks = self._looks, {}
        for path in paths:
            self._looks[path] = _looked(path, before.get(path))
        changed = [
            path
            for path, look in self._looks.items()
            if path not in before or not _same(before[path].content, look.content)
        ]
        return sorted({shown(path) for path in (*changed, *(path for path in before if path not in self._looks))})

    @property
    def texts(self) -> dict[str, str]:
        """By the name under which a file is cited."""
        return {name: source.text for name, source in self.sources.items()}

    @property
    def sources(self) -> dict[str, Source]:
        """The same, with where they are."""
        held = ((path, look.content) for path, look in self._looks.items())
        return {shown(path): Source(shown(path), text, place=path) for path, text in held if isinstance(text, str)}

    @property
    def mistakes(self) -> list[Diagnostic]:
        """Why files cannot be read. Of two that are cited by one name, one would be forgotten."""
        wrong = [look.content for look in self._looks.values() if isinstance(look.content, InputError)]
        names = Counter(shown(path) for path in self._looks)
        twice = [Diagnostic("path", "another file is cited by the same name", n) for n, c in names.items() if c > 1]
        return [*(diagnostic for error in wrong for diagnostic in error.diagnostics), *twice]


def _looked(path: str, before: _Look | None) -> _Look:
    signature = _signature(path)
    if before is not None and before.settled and signature == before.signature and signature is not None:
        return before
    content: Content
    try:
        content = Source.read(path).text
    except InputError as error:
        content = error
    if before is not None and _same(before.content, content):
        content = before.content
    now = time.time()
    settled = signature is not None and all(stamp / 1e9 < now - _UNSETTLED for stamp in signature[:2])
    return _Look(signature, settled and signature == _signature(path), content)


def _signature(path: str) -> tuple[int, ...] | None:
    """The times first."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev, found.st_mode


def _same(one: Content, other: Content) -> bool:
    if isinstance(one, InputError) and isinstance(other, InputError):
        return one.diagnostics == other.diagnostics
    return one == other
