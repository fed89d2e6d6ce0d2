"""What a rendered text knows of where it was written, as documents ask for it; `trace` has those there are."""

from collections.abc import Callable
from typing import Protocol

from verifier.ir.origin import Path, Position


class Trace(Protocol):
    """INVARIANT: a trace decides what reports cite, and nothing else."""

    def locate(self, path: Path, line: Callable[[Path], str], *, key: bool) -> Position:
        """Where the value at a path, or with `key` the name of its field, was written. line: gives the line of the
        rendered text at which a path stands."""

    def excerpt(self, first: int, last: int, file: str) -> list[tuple[int, str]]:
        """Numbered lines of one of the files in which something of the text was written."""
