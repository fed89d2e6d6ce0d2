"""Programs for tests: such as say what a test wants, and real ones where they are."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BIN = ROOT / ".live" / "bin"
"""Where `make test-live` builds programs."""


def script(folder: Path, name: str, text: str) -> Path:
    """A program that a shell runs; it finds nothing on its PATH where it is run with an empty one."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def writes(folder: Path, name: str, output: str) -> Path:
    """A program that writes a text to its standard output, whatever it is told."""
    made = folder / f"{name}.out"
    folder.mkdir(parents=True, exist_ok=True)
    made.write_text(output, encoding="utf-8")
    return script(folder, name, f"exec /bin/cat '{made}'")


def real(name: str) -> str:
    """The program of this name, from `.live` or the PATH; else the test is skipped, which is said."""
    found = shutil.which(name, path=os.pathsep.join((str(BIN), os.environ.get("PATH", ""))))
    if found is None:
        pytest.skip(f"needs `{name}`: `make test-live` sets it up")
    return found
