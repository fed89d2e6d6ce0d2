"""What is rendered takes in more files than manifests: patches, values, templates. These are looked at again and again,
too, and what they hold never matters here: only whether it is what it was."""

import os
import posixpath
import stat
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

from verifier.errors import Diagnostic
from verifier.manifests.documents.files import CHART
from verifier.manifests.documents.source import shown
from verifier.manifests.kubernetes.kustomization import FILES
from verifier.manifests.render.ground import HERE
from verifier.manifests.render.reach import Reach

_MOST = 100_000
"""Files that are looked at."""


class Parts:
    """Life cycle: looked at any number of times."""

    def __init__(self) -> None:
        self._held: dict[str, str] = {}
        self._mistakes: tuple[Diagnostic, ...] = ()

    def look(self, paths: Iterable[str], values: Iterable[str]) -> list[str]:
        """The names of the files that hold something else than they did, came or went, of all that directories with one
        of `paths` are rendered from; and of `values`, which charts are given. What cannot be read is followed anew: a
        file that is missing is one that nobody knows."""
        paths = list(paths)
        before, about = self._held, self._mistakes
        reach = Reach(HERE)
        for folder in sorted({_home(path) for path in paths if posixpath.basename(path) in FILES}):
            reach.look(folder)
        charts = sorted({_home(path) for path in paths if posixpath.basename(path) == CHART})
        files = [file for each in reach.found.values() for file in each.files]
        files += [file for chart in charts for file in _below(chart)]
        files += map(os.path.realpath, values if charts else ())
        self._held = {file: _sum(file) for file in dict.fromkeys(files[:_MOST])}
        self._mistakes = tuple(reach.mistakes)
        changed = {file for file, _ in before.items() ^ self._held.items()}
        missing = {each.file or each.message for each in {*about} ^ {*self._mistakes}}
        return sorted({*(shown(os.path.relpath(file)) for file in changed), *missing})


def _home(path: str) -> str:
    return os.path.dirname(os.path.realpath(path))  # noqa: PTH120


def _below(folder: str) -> Iterator[str]:
    for where, folders, files in os.walk(folder):
        folders.sort()
        yield from (os.path.join(where, name) for name in sorted(files))  # noqa: PTH118


def _sum(file: str) -> str:
    """Tells what a file holds from what it held; what is no file, or cannot be read, holds nothing."""
    try:
        if not stat.S_ISREG(os.stat(file).st_mode):  # noqa: PTH116
            return ""
        return sha256(Path(file).read_bytes()).hexdigest()
    except OSError:
        return ""
