"""Where a value was written.

An `Origin` names a document and a path inside it; the line and column are looked up only when a report cites them,
since finding them costs more than reading (they are needed for a handful of values out of millions).
"""

from dataclasses import dataclass
from typing import Protocol

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Position:
    """A stretch of a file; lines and columns count from 1, the end column is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Locator(Protocol):
    """A document that can find the position of what it holds, and show the lines around it."""

    def locate(self, path: Path) -> Position:
        """The position of the value at `path`; of its nearest ancestor where the path does not exist."""

    def excerpt(self, first: int, last: int) -> list[tuple[int, str]]:
        """Numbered lines of the file, from line `first` to line `last` inclusive, clipped to what exists."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The value at `path` of `document`. Takes no part in the equality of the values that carry it."""

    document: Locator
    path: Path = ()

    @property
    def position(self) -> Position:
        return self.document.locate(self.path)

    def child(self, *steps: str | int) -> "Origin":
        return Origin(self.document, self.path + steps)
