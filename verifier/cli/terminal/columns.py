"""Text for people at a terminal, no wider than it is."""

import os
from typing import TextIO

from verifier.report.words.wrapping import wrapped

_NARROWEST = 40
"""Columns below which nothing is broken: nobody reads it there."""


def fitted(text: str, stream: TextIO | None) -> str:
    """`text` broken at the columns of the terminal that `stream` is; as it is where that is none, or one that says
    nothing of its columns."""
    columns = _columns(stream)
    return text if columns is None else wrapped(text, max(columns, _NARROWEST))


def _columns(stream: TextIO | None) -> int | None:
    if stream is None or not stream.isatty() or os.environ.get("TERM") == "dumb":
        return None
    said = os.environ.get("COLUMNS", "")
    if said.isascii() and said.isdigit() and len(said) < 10 and int(said) > 0:
        return int(said)
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None
