"""What those who wait for a run are told of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verifier.engine.results.check import Result


class Watcher:
    """Is told how far a run is; this one does not care."""

    def asks(self, titles: Sequence[str]) -> None:
        """So many properties are about to be asked."""

    def started(self, index: int) -> None:
        """The property of this place is being asked."""

    def finished(self, index: int, result: "Result") -> None:
        """And has an answer."""

    def turns_to(self, what: str) -> None:
        """The properties are done; now something else takes its time."""


UNWATCHED = Watcher()
