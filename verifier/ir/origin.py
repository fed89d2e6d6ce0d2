"""Where a value was written.

An `Origin` names a document and a path inside it; the line and column are looked up only when a report cites them,
since finding them costs more than reading (they are needed for a handful of values out of millions).
"""

from typing import Protocol

from msgspec import Struct

Path = tuple[str | int, ...]

BREAK = "?"
"""What stands in the name under which a file is cited for whatever in its own name would break a line."""


CLUSTER = "cluster:"
"""What names of live clusters begin with, and with them those of their objects."""


class Position(Struct, frozen=True):
    """A stretch of a file; lines and columns count from 1, the end column is exclusive.

    of_object: there is no file: `file` says which object of a live cluster it is, and lines are those of the object as
    a report shows it, which nobody could look up anywhere else. via: the directory by whose rendering the file says
    what it does; empty: it is read as it stands.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    of_object: bool = False
    via: str = ""

    def __str__(self) -> str:
        return self.file if self.of_object else f"{self.file}:{self.line}:{self.column}"

    @property
    def place(self) -> str:
        """The file and the line, as reports cite them."""
        return self.file if self.of_object else f"{self.file}:{self.line}"


class Locator(Protocol):
    """A document that can find the position of what it holds, and show the lines around it."""

    def locate(self, path: Path) -> Position:
        """The position of the value at `path`; of its nearest ancestor where the path does not exist."""

    def excerpt(self, first: int, last: int, file: str) -> list[tuple[int, str]]:
        """Numbered lines of a file in which positions of the document lie, from line `first` to line `last` inclusive,
        clipped to what exists."""


class Origin(Struct, frozen=True):
    """The value at `path` of `document`.

    INVARIANT: where something is written is no part of what it is. So all origins are equal, also to None, and values
    that carry one are equal iff the rest of them is. What compares places compares positions.
    """

    document: Locator
    path: Path = ()

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, Origin)

    def __hash__(self) -> int:
        return hash(None)

    def __repr__(self) -> str:
        return f"Origin({self.path})"

    @property
    def position(self) -> Position:
        return self.document.locate(self.path)

    def child(self, *steps: str | int) -> "Origin":
        return Origin(self.document, self.path + steps)
