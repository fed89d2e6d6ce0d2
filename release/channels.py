"""The descriptions that other channels want of a release, filled with its version and the sums of its files.

In a template `{{ version }}` stands for the version, and `{{ sha256 NAME }}` for the sum of a file of the release.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from release.changelog import Refused

TEMPLATES = Path(__file__).parent / "channels"
_HOLE = re.compile(r"\{\{ (?P<what>[^{}]+) \}\}")


def sums(files: Path) -> dict[str, str]:
    """SHA-256 in hexadecimal of each file of a folder, by name."""
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(files.iterdir())}


def filled(template: str, version: str, sums: Mapping[str, str]) -> str:
    """The template with every hole filled.

    Raises:
        Refused: a hole is none of the two, or the release has no such file.
    """

    def fill(hole: re.Match[str]) -> str:
        what = hole["what"].replace("VERSION", version)
        if what == "version":
            return version
        kind, _, name = what.partition(" ")
        if kind != "sha256":
            raise Refused(f"`{hole[0]}` stands for nothing")
        if name not in sums:
            raise Refused(f"the release has no file {name}")
        return sums[name]

    return _HOLE.sub(fill, template)


def write(version: str, files: Path, out: Path) -> list[Path]:
    """Every template, filled, in a folder; nothing is written unless all could be.

    Raises:
        Refused: as `filled`.
    """
    known = sums(files)
    texts = {out / template.name: filled(template.read_text(), version, known) for template in _templates()}
    out.mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        path.write_text(text)
    return list(texts)


def _templates() -> list[Path]:
    return sorted(path for path in TEMPLATES.iterdir() if path.suffix in (".yaml", ".rb"))
