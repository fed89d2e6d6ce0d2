"""Where a program is: on the PATH, and never in the working directory, which may hold what somebody else put there."""

import os
import shutil
from collections.abc import Mapping
from pathlib import Path


def find_program(name: str, environ: Mapping[str, str]) -> str | None:
    """The absolute path of a program; None where no directory of the PATH has it.

    Entries of the PATH that are relative count for nothing (an empty one is the working directory), nor does the
    working directory under its full name. Windows looks there before it looks at the PATH.
    """
    path = trusted_path(environ)
    found = shutil.which(name, path=path) if path else None
    return None if found is None or _is_here(os.path.dirname(found)) else found  # noqa: PTH120


def trusted_path(environ: Mapping[str, str]) -> str:
    """The directories of the PATH in which programs are looked for; may be empty."""
    entries = environ.get("PATH", os.defpath).split(os.pathsep)
    kept = (entry for entry in entries if os.path.isabs(entry) and not _is_here(entry))  # noqa: PTH117
    return os.pathsep.join(kept)


def _is_here(folder: str) -> bool:
    return Path(folder).resolve() == Path.cwd().resolve()
