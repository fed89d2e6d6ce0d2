"""What is left out on purpose: patterns as in a .gitignore."""

import os
import posixpath
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from verifier.errors import Diagnostic, InputError, Severity

if TYPE_CHECKING:
    from pathspec import Pattern


class Excludes(Struct, frozen=True):
    """patterns: as in a .gitignore, the last one that fits a path decides. They are held against the path from the
    working directory and against that from `folder`, the directory of the configuration (None: the same), and fit where
    they fit one of these: so they mean one thing in the work tree and at a revision.
    """

    patterns: tuple[str, ...] = ()
    folder: str | None = None

    def of(self, path: str) -> "Below":
        """What becomes of the file or directory `path`, and of what lies below it. Raises InputError for a text that is
        no pattern."""
        if not self.patterns:
            return Below((), ())
        here = os.path.realpath(Path.cwd())
        place = os.path.normpath(os.path.join(here, path))  # noqa: PTH118
        names = dict.fromkeys(_from(folder, place) for folder in (here, self.folder or here))
        inside = tuple(name for name in names if name is not None)
        return Below(_compiled(self.patterns), inside or (place.lstrip("/"),))


NOTHING_LEFT_OUT = Excludes()


class Below(Struct, frozen=True):
    """A file or directory, by the names that patterns know it by; `.` is a directory that they are held against from
    within."""

    patterns: "tuple[tuple[str, Pattern], ...]"
    names: tuple[str, ...]

    def fitting(self, below: str, *, is_folder: bool) -> Iterator[str]:
        """The patterns that fit what lies at the path `below`, the empty one: it itself."""
        shown = [posixpath.normpath(posixpath.join(name, below)) for name in self.names]
        paths = [f"{name}/" if is_folder else name for name in shown if name != "."]
        return (text for text, pattern in self.patterns if any(pattern.match_file(path) for path in paths))

    def leaves_out(self, below: str, *, is_folder: bool) -> bool:
        """True iff the last pattern that fits it is none that takes it back (`!`)."""
        last = None
        for last in self.fitting(below, is_folder=is_folder):  # noqa: B007
            pass
        return last is not None and not last.startswith("!")


def unused(exclude: Excludes, fitted: frozenset[str]) -> tuple[Diagnostic, ...]:
    """A warning about each pattern that is none of `fitted`, and takes nothing back."""
    left = (text for text in exclude.patterns if text not in fitted and not text.startswith("!"))
    hint = "patterns are those of a .gitignore, held against paths from here and from the configuration"
    return tuple(
        Diagnostic("exclude", f"the exclude `{text}` leaves out nothing", hint=hint, severity=Severity.WARNING)
        for text in dict.fromkeys(left)
    )


def _from(folder: str, place: str) -> str | None:
    """The path of a place from a directory above it."""
    path = os.path.relpath(place, folder)
    return None if path.startswith("..") else Path(path).as_posix()


@lru_cache(maxsize=64)
def _compiled(patterns: tuple[str, ...]) -> "tuple[tuple[str, Pattern], ...]":
    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore import GitIgnorePatternError

    found, mistakes = [], []
    for text in patterns:
        try:
            [pattern] = GitIgnoreSpec.from_lines([text]).patterns
        except (GitIgnorePatternError, ValueError):
            mistakes.append(Diagnostic("exclude", f"`{text}` is no pattern", hint="patterns are those of a .gitignore"))
        else:
            found.append((text, pattern))
    if mistakes:
        raise InputError(tuple(mistakes))
    return tuple(found)
