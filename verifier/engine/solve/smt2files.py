"""`--dump-smt2`: the questions behind a verdict as files, for another solver, an archive or a reader."""

import re
from collections.abc import Mapping
from pathlib import Path

from verifier.errors import UsageError

_LONGEST = 100


def dump(folder: Path, scripts: Mapping[str, str]) -> None:
    """Writes each script into `folder`; raises UsageError where it cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, script in scripts.items():
            (folder / f"{name}.smt2").write_text(script, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write to `{folder}`: {(error.strerror or str(error)).lower()}") from error


def file_names(names: tuple[str, ...]) -> tuple[str, ...]:
    """For each of `names` one of its own that any file system takes."""
    found: list[str] = []
    for name in names:
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:_LONGEST] or "property"
        number, candidate = 1, stem
        while candidate.lower() in {other.lower() for other in found}:
            number += 1
            candidate = f"{stem}-{number}"
        found.append(candidate)
    return tuple(found)
