"""Where something stands, as programs that annotate a repository want it: relative to the root of the repository."""

import os
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from msgspec import Struct

from verifier.errors import Diagnostic
from verifier.ir.origin import BREAK, CLUSTER, Origin
from verifier.report.words.excerpt import last_line


class Place(Struct, frozen=True):
    """A stretch of a file of the repository. `file` is relative to its root, with `/`; lines and columns count from
    1, the end column is exclusive."""

    file: str
    line: int = 1
    column: int = 1
    end_line: int = 1
    end_column: int = 2

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    def is_there(self) -> bool:
        """True iff the working tree has the file."""
        return _is_there(_root(Path.cwd().resolve()) / self.file)


NOWHERE = Place("netpol.yaml")
"""Where a finding is shown that stands in no file of the repository: where its property could be written. GitHub and
GitLab take no finding without a file."""


class Mark(Struct, frozen=True):
    """A place, and what is to be said about it."""

    text: str
    place: Place


def place(origin: Origin | None) -> Place | None:
    """The place of `origin`; None where it is in no file of the repository (standard input, ready-made properties)."""
    if origin is None:
        return None
    position = origin.position
    file = in_repository(position.file)
    if file is None:
        return None
    source = dict(origin.document.excerpt(position.line, position.end_line, position.file))
    if position.line not in source:
        return Place(file, position.line, position.column, position.line, position.column + 1)
    last = last_line(position, source)
    end = len(source[last].rstrip()) + 1
    if last == position.end_line:
        end = min(end, position.end_column)
    if last == position.line:
        end = max(end, position.column + 1)
    return Place(file, position.line, position.column, last, end)


def file_of(origin: Origin | None) -> Place | None:
    """The file of `origin` as a whole: for what stood there in another version of it."""
    found = in_repository(origin.position.file) if origin is not None else None
    return Place(found) if found is not None else None


def place_of_diagnostic(diagnostic: Diagnostic) -> Place | None:
    file = in_repository(diagnostic.file) if diagnostic.file is not None else None
    if file is None:
        return None
    line, column = diagnostic.line or 1, diagnostic.column or 1
    return Place(file, line, column, line, column + 1)


def first(places: Iterable[Place | None]) -> Place | None:
    return next((place for place in places if place is not None), None)


def in_repository(file: str) -> str | None:
    """The path of `file` from the root of the repository, symbolic links resolved; of `rev:path` the path, which
    stands from the root. None for what is no file of the repository, as an object of a live cluster is none.

    A file of the work tree whose name breaks lines is cited by another name, under which there is none: what stands for
    a break tells it from a path at a revision, and it has no place.
    """
    if file.startswith(("<", "builtin:")):
        return None
    here = Path.cwd()
    path = here / file
    if ":" in file and not _is_there(path):
        if BREAK in file or file.startswith(CLUSTER):
            return None
        inside = PurePosixPath(file.partition(":")[2])
        return None if inside.is_absolute() or ".." in inside.parts else str(inside)
    root = _root(here.resolve())
    resolved = path.resolve()
    return resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else None


def _is_there(path: Path) -> bool:
    """True iff something lies there; False also where the name is too long to be one."""
    return os.path.exists(path)  # noqa: PTH110


def _root(folder: Path) -> Path:
    """The root of the git repository around `folder`; without one `folder` itself."""
    return next((parent for parent in (folder, *folder.parents) if (parent / ".git").exists()), folder)
