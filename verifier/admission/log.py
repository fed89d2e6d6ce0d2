"""A line of JSON for each thing that happens, on standard error."""

import sys
import threading
from datetime import UTC, datetime
from typing import TextIO

import msgspec

_lock = threading.Lock()


def log(level: str, event: str, *, to: TextIO | None = None, **said: object) -> None:
    """level: `info`, `warning` or `error`. said: texts and numbers; what is None is left out. Characters that steer a
    terminal are escaped, as JSON does."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    told = {key: value for key, value in said.items() if value is not None}
    line = msgspec.json.encode({"time": now, "level": level, "event": event, **told}).decode()
    line = line.encode("ascii", "backslashreplace").decode("ascii") if not line.isascii() else line
    stream = to or sys.stderr
    with _lock:
        if stream is not None:
            stream.write(f"{line}\n")
            stream.flush()
