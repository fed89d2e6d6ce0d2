"""What becomes known of the stored state: told by threads that watch, taken by the one that judges."""

import threading
from collections import deque
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from msgspec import Struct

from verifier.admission.stored import Entry


class Listed(Struct, frozen=True):
    """All that a scope holds; from now on it is current."""

    scope: str
    entries: Mapping[str, Entry]


class Seen(Struct, frozen=True):
    """One entry of a scope; None: it is gone."""

    scope: str
    name: str
    entry: Entry | None


class Lost(Struct, frozen=True):
    """Nobody knows any more what a scope holds, until it is listed again."""

    scope: str
    reason: str


Event: TypeAlias = Listed | Seen | Lost

_MOST = 100_000
"""Events that may wait. More come only where nothing is judged for a long time: then scopes are listed again."""


class Feed:
    """Life cycle: told by any thread, emptied by one.

    expected: the scopes without which the state is not whole. INVARIANT: events of a scope are taken in the order in
    which they were told.
    """

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._news = threading.Condition()
        self.overflows = 0
        """How often too many events waited, and were thrown away: who watches has to list everything again."""

    def tell(self, event: Event) -> None:
        with self._news:
            if len(self._events) >= _MOST:
                scopes = dict.fromkeys(each.scope for each in (*self._events, event))
                self._events = deque(Lost(scope, "more changes than could be taken in") for scope in scopes)
                self.overflows += 1
            else:
                self._events.append(event)
            self._news.notify_all()

    def take(self, seconds: float = 0.0) -> Iterable[Event]:
        """All that was told; waits so long for something, where there is nothing."""
        with self._news:
            if not self._events and seconds > 0:
                self._news.wait(seconds)
            events, self._events = self._events, deque()
        return events
