"""Places in a text, and why it cannot be read. Apart from the readers, of which a run may need none."""

from msgspec import Struct

MAX_DEPTH = 250
"""How deep lists and mappings may nest."""


class Spot(Struct, frozen=True):
    """A place in a text; line and column count from 0."""

    line: int
    column: int


class Fault(Exception):
    """The text cannot be read; `spot` is where, None where that is unknown."""

    def __init__(self, message: str, spot: Spot | None) -> None:
        super().__init__(message)
        self.message = message
        self.spot = spot
