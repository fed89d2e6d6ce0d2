"""What an API server, or a directory, has stored: texts by name, and which object each of them is."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from msgspec import Struct

from verifier.admission.objects import NAMESPACE, Key
from verifier.manifests.documents.source import Source


class Entry(Struct, frozen=True):
    """A text, the object that it is (None: it is none, and is read all the same), and whether that is being deleted."""

    source: Source
    key: Key | None = None
    going: bool = False


Change: TypeAlias = Mapping[Key, Source | None]
"""What becomes of objects; None: it is gone."""


class Stored:
    """Life cycle: filled scope by scope (a kind of a cluster, a file of a directory), then told of changes.

    INVARIANT: of an object of a cluster there is one entry; of one in a directory as many as the files hold.
    """

    def __init__(self) -> None:
        self.texts: dict[str, Source] = {}
        self._scopes: dict[str, dict[str, Entry]] = {}
        self._names: dict[Key, dict[str, bool]] = {}
        """By object, its entries, and whether it is being deleted."""
        self._going: set[Key] = set()
        """The objects of which an entry is being deleted."""

    def fill(self, scope: str, entries: Mapping[str, Entry]) -> set[str]:
        """All that a scope holds; gives the names whose texts are others than before."""
        before = self._scopes.get(scope, {})
        changed = {name for name in before if name not in entries}
        for name in changed:
            self._drop(scope, name)
        for name, entry in entries.items():
            if name not in before or before[name] != entry:
                changed.add(name)
                self._take(scope, name, entry)
        if not entries:
            self._scopes.pop(scope, None)
        return changed

    def put(self, scope: str, name: str, entry: Entry | None) -> set[str]:
        """One entry; None: it is gone. Gives its name, if its text is another than before."""
        before = self._scopes.get(scope, {}).get(name)
        if entry is None:
            if before is not None:
                self._drop(scope, name)
        else:
            self._take(scope, name, entry)
        same = before is not None and entry is not None and before.source == entry.source
        return set() if same or before is entry is None else {name}

    def key(self, scope: str, name: str) -> Key | None:
        """Which object an entry is."""
        entry = self._scopes.get(scope, {}).get(name)
        return None if entry is None else entry.key

    def entries(self, key: Key) -> tuple[str, ...]:
        return tuple(self._names.get(key, ()))

    def source(self, key: Key) -> Source | None:
        """The text of an object, where there is one."""
        names = self.entries(key)
        return self.texts[names[-1]] if names else None

    def is_going(self, key: Key) -> bool:
        return key in self._going

    def going(self) -> tuple[Key, ...]:
        """The objects that are stored and being deleted, and those that go with their namespace."""
        if not self._going:
            return ()
        marked = [key for key in self._names if key in self._going]
        homes = {key.name for key in marked if (key.group, key.kind) == ("", NAMESPACE)}
        with_them = [key for key in self._names if key.namespace in homes]
        return tuple(dict.fromkeys((*marked, *with_them)))

    def within(self, namespace: str) -> Iterable[Key]:
        """The objects of a namespace, and it itself."""
        return [k for k in self._names if k.namespace == namespace or (k.kind, k.name) == (NAMESPACE, namespace)]

    def overlay(self, change: Change) -> dict[str, Source | None]:
        """The change as one of texts: an object that stays keeps its name where it has one."""
        found: dict[str, Source | None] = {}
        for key, source in change.items():
            names = self.entries(key)
            found |= dict.fromkeys(names)
            if source is not None:
                is_own = len(names) == 1 and self.texts[names[0]].name == source.name
                found[names[0] if is_own else source.name] = source
        return found

    def _take(self, scope: str, name: str, entry: Entry) -> None:
        before = self._scopes.get(scope, {}).get(name)
        if before is not None and before.key != entry.key:
            self._drop(scope, name)
        self._scopes.setdefault(scope, {})[name] = entry
        self.texts[name] = entry.source
        if entry.key is not None:
            self._names.setdefault(entry.key, {})[name] = entry.going
            self._mark(entry.key)

    def _drop(self, scope: str, name: str) -> None:
        entry = self._scopes[scope].pop(name)
        del self.texts[name]
        if entry.key is not None:
            names = self._names[entry.key]
            del names[name]
            if not names:
                del self._names[entry.key]
            self._mark(entry.key)

    def _mark(self, key: Key) -> None:
        if any(self._names.get(key, {}).values()):
            self._going.add(key)
        else:
            self._going.discard(key)
