"""Charts, of which nothing is rendered: what decides what becomes of their templates."""

import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct

from verifier.manifests.documents.excludes import Excludes
from verifier.manifests.documents.files import CHART
from verifier.manifests.documents.held import Held
from verifier.manifests.specs import acceptances, config

_FOR_PEOPLE = {f"{name}{suffix}" for name in ("README", "NOTICE", "LICENSE") for suffix in ("", ".md", ".txt", ".rst")}
_FOR_NETPOL = {config.FILE, acceptances.FILE}
"""Files beside a Chart.yaml that no template is made of."""


class Globs(Struct, frozen=True):
    """What is left out on purpose of the repository at `root`."""

    root: Path
    exclude: Excludes

    def leave_out(self, path: str) -> bool:
        """True iff what lies at `path` from the root, or a directory above it, is left out."""
        if not self.exclude.patterns:
            return False
        below = self.exclude.of(str(self.root))
        above = any(below.leaves_out(part, is_folder=True) for part in parts(path))
        return above or below.leaves_out(path, is_folder=False)


def parts(path: str) -> Iterator[str]:
    """The path, and the directories above it."""
    while path:
        yield path
        path = posixpath.dirname(path)


def is_chart(folder: str, sides: Sequence[Held]) -> bool:
    """True iff a side has a chart in a directory."""
    return any(side.at(posixpath.join(folder, CHART)) for side in sides)


def differing(chart: str, sides: Sequence[Held], globs: Globs) -> str | None:
    """The first file, from its directory, by which a chart is not the same on all sides; None where there is none."""
    before, *others = (_of_chart(chart, side, globs) for side in sides)
    if before is None or None in others:
        return ""
    found = {path for after in others if after is not None for path, _ in before.items() ^ after.items()}
    return min(found, default=None)


def _of_chart(chart: str, side: Held, globs: Globs) -> dict[str, str] | None:
    """All that decides what becomes of the templates of a chart: it may read any of its files, and those of the charts
    in it, but for what is written for people, and for netpol."""
    files = side.at(chart)
    if files is None:
        return None
    homes = {posixpath.dirname(path) for path in files if posixpath.basename(path) == CHART}
    return {
        path: identity
        for path, identity in files.items()
        if not (posixpath.dirname(path) in homes and posixpath.basename(path) in _FOR_PEOPLE | _FOR_NETPOL)
        and not globs.leave_out(posixpath.join(chart, path))
    }
