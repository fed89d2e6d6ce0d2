"""What a live cluster stores, and goes on storing: every kind that bears on answers is listed, then watched.

A watch that ends in its time goes on from where it was. One that is lost, or too old to be gone on with (410), begins
with a list again, and until that is there the state is not current. A thread for each kind.
"""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from verifier.admission.feed import Feed, Listed, Lost, Seen
from verifier.admission.objects import is_going, key_of, stored_source
from verifier.admission.stored import Entry
from verifier.errors import InputError
from verifier.manifests.documents.kubectl import Kubectl, Refusal
from verifier.manifests.kubernetes import kinds
from verifier.manifests.kubernetes.live import Wanted, is_wanted, may_matter, name_of, refused, unavailable, wanted_of
from verifier.manifests.kubernetes.unlisted import Unlisted
from verifier.processes.bounded import end
from verifier.processes.children import kill_children

if TYPE_CHECKING:
    import subprocess

_PAGE = 500
_WATCH_SECONDS = 240
"""Seconds after which the API server ends a watch, so that it goes on afresh."""
_SILENCE = 90.0
"""Seconds in which something has to be heard of a watch: an API server sends a bookmark every minute."""
_AGAIN = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds before a lost watch is tried again."""
_LONGEST_LINE = 16 << 20
_GONE = 410


class _Gone(Exception):
    """The version is too old to go on from."""


class Covered(Struct, frozen=True):
    """What is watched of a cluster, and what it does not list."""

    wanted: tuple[Wanted, ...]
    unlisted: tuple[Unlisted, ...]

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(scope_of(each) for each in self.wanted)

    @property
    def kinds(self) -> frozenset[tuple[str, str]]:
        return frozenset((kinds.group_of(each.resource.api), each.resource.kind) for each in self.wanted)


def scope_of(wanted: Wanted) -> str:
    return wanted.resource.qualified.rstrip(".")


def covered(kubectl: Kubectl) -> Covered:
    """What can be watched. Raises InputError where the cluster cannot be asked."""
    served = kubectl.served()
    down = [api for api in served.silent if may_matter(api, served) and not kubectl.answers(api)]
    down += [api for api in served.unavailable if may_matter(api, served)]
    found, unlisted = [], [unavailable(kubectl, api) for api in sorted(down)]
    for each in wanted_of(served):
        first = kubectl.page(f"{path_of(each)}?limit=1")
        if isinstance(first, Refusal):
            unlisted.append(refused(kubectl, each.resource, first))
        else:
            found.append(each)
    return Covered(tuple(found), tuple(unlisted))


def path_of(wanted: Wanted) -> str:
    """Where the API server lists them."""
    api = wanted.resource.api
    root = f"/apis/{api}" if "/" in api else f"/api/{api}"
    home = "" if wanted.namespace is None else f"/namespaces/{wanted.namespace}"
    return f"{root}{home}/{wanted.resource.name}"


class Watching:
    """Life cycle: started, then stopped. Tells its feed."""

    def __init__(self, kubectl: Kubectl, covers: Covered, feed: Feed, every: float = 60.0) -> None:
        """every: seconds after which it looks whether the cluster has other kinds than it had."""
        self._kubectl, self._covers, self._feed, self._every = kubectl, covers, feed, every
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._follow, args=(each,), name=scope_of(each), daemon=True)
            for each in covers.wanted
        ]
        self._threads.append(threading.Thread(target=self._look_for_kinds, name="kinds", daemon=True))

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends the watches, and the programs that they are."""
        self._stop.set()
        kill_children()

    def _look_for_kinds(self) -> None:
        while not self._stop.wait(self._every):
            try:
                served = self._kubectl.served()
            except InputError as error:
                self._feed.tell(Lost("kinds", str(error)))
                continue
            new = [
                scope_of(each)
                for each in wanted_of(served)
                if scope_of(each) not in self._covers.scopes and not self._is_unlisted(each)
            ]
            if new:
                reason = f"the cluster has kinds that it had not: {', '.join(new)}; netpol has to be started again"
                self._feed.tell(Lost("kinds", reason))
            else:
                self._feed.tell(Listed("kinds", {}))

    def _is_unlisted(self, wanted: Wanted) -> bool:
        return any(each.kind == wanted.resource.kind for each in self._covers.unlisted)

    def _follow(self, wanted: Wanted) -> None:
        scope, version, failures = scope_of(wanted), "", 0
        while not self._stop.is_set():
            try:
                if not version:
                    version, entries = self._listed(wanted)
                    self._feed.tell(Listed(scope, entries))
                for latest in self._watched(wanted, version):
                    version, failures = latest, 0
            except _Gone:
                version = ""
                self._feed.tell(Lost(scope, "the watch was too old, it is listed again"))
            except Exception as error:
                version = ""
                self._feed.tell(Lost(scope, str(error) or type(error).__name__))
                self._stop.wait(_AGAIN[min(failures, len(_AGAIN) - 1)])
                failures += 1

    def _listed(self, wanted: Wanted) -> tuple[str, Mapping[str, Entry]]:
        """The version of a list, and what it holds; of one that grows too old on the way, the next one."""
        path, entries, more = path_of(wanted), {}, ""
        while True:
            page = self._kubectl.page(f"{path}?limit={_PAGE}{more}")
            if isinstance(page, Refusal):
                raise RuntimeError(page.reason)
            items, metadata = page.get("items") or [], page.get("metadata")
            if not isinstance(items, list) or not isinstance(metadata, dict):
                raise RuntimeError("the answer is no list")
            for item in items:
                if isinstance(item, dict) and is_wanted(wanted, item):
                    name, entry = self._entry(wanted, item)
                    entries[name] = entry
            onward = metadata.get("continue")
            if not onward:
                return str(metadata.get("resourceVersion") or "0"), entries
            more = f"&continue={onward}"

    def _entry(self, wanted: Wanted, item: Mapping[str, object]) -> tuple[str, Entry]:
        api, kind = wanted.resource.api, wanted.resource.kind
        name = name_of(self._kubectl.label, wanted.kind, item)
        source = stored_source(name, api, kind, item)
        return name, Entry(source, key_of(api, kind, item), is_going(item))

    def _watched(self, wanted: Wanted, version: str) -> Iterator[str]:
        """The version after each event that was told. Ends when the API server ends the watch in its time."""
        scope, overflows = scope_of(wanted), self._feed.overflows
        path = (
            f"{path_of(wanted)}?watch=1&allowWatchBookmarks=true&timeoutSeconds={_WATCH_SECONDS}"
            f"&resourceVersion={version}"
        )
        with self._kubectl.stream(path) as process:
            heard = _Heard(process)
            said = ""
            for line in heard.lines():
                event = _event(line)
                if event is None:
                    said = line.decode("utf-8", "replace").strip() or said
                    continue
                kind, item = event
                if kind == "ERROR":
                    if item.get("code") == _GONE:
                        raise _Gone
                    raise RuntimeError(f"the watch failed: {item.get('message')}")
                found = _version(item)
                if kind != "BOOKMARK" and is_wanted(wanted, item):
                    name, entry = self._entry(wanted, item)
                    self._feed.tell(Seen(scope, name, None if kind == "DELETED" else entry))
                if self._feed.overflows != overflows:
                    raise RuntimeError("more changes than could be taken in")
                if found:
                    yield found
            if heard.was_silent:
                raise RuntimeError(f"nothing was heard of the watch for {_SILENCE:.0f} s")
            code = process.wait(5)
            if code != 0 or said:
                raise RuntimeError(f"the watch ended: {said or f'code {code}'}")


class _Heard:
    """The lines that a process writes, which is ended where it is silent for too long."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self._last = time.monotonic()
        self.was_silent = False

    def lines(self) -> Iterator[bytes]:
        done = threading.Event()
        watcher = threading.Thread(target=self._guard, args=(done,), daemon=True)
        watcher.start()
        stream = self._process.stdout
        assert stream is not None
        try:
            while line := stream.readline(_LONGEST_LINE):
                self._last = time.monotonic()
                yield line
        finally:
            done.set()

    def _guard(self, done: threading.Event) -> None:
        while not done.wait(5.0):
            if time.monotonic() - self._last > _SILENCE:
                self.was_silent = True
                end(self._process)
                return


def _event(line: bytes) -> tuple[str, Mapping[str, object]] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or not isinstance(found.get("object"), dict):
        return None
    return str(found.get("type")), found["object"]


def _version(item: Mapping[str, object]) -> str:
    metadata = item.get("metadata")
    found = metadata.get("resourceVersion") if isinstance(metadata, dict) else None
    return found if isinstance(found, str) else ""
