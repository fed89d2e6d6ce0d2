"""What lies at a path, whatever text that is: at one that can be none, say since it is too long, lies nothing."""

import os
from pathlib import Path


def is_there(path: str | Path) -> bool:
    """True iff something lies there, links followed."""
    return os.path.exists(Path(path))  # noqa: PTH110 - of pathlib it raises OSError where a name is too long


def is_file(path: str | Path) -> bool:
    """True iff a regular file lies there, links followed."""
    return os.path.isfile(Path(path))  # noqa: PTH113


def is_folder(path: str | Path) -> bool:
    """True iff a directory lies there, links followed."""
    return os.path.isdir(Path(path))  # noqa: PTH112
