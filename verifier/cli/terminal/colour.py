"""Whether a stream gets colours."""

from collections.abc import Mapping
from typing import IO


def coloured(choice: str, stream: IO[str] | None, environ: Mapping[str, str]) -> bool:
    """True iff `choice` (auto, always, never) says so, then NO_COLOR, then FORCE_COLOR, then the terminal."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    if environ.get("TERM") == "dumb":
        return False
    return stream is not None and stream.isatty()
