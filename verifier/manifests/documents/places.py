"""Places: a file or directory of the work tree, or a path at a git revision. Whatever takes the name of one takes that
of the other (`REV:PATH`).

INVARIANT: a name is taken for a path at a revision once, in `place_of`; what comes out of it is passed on as it is.
"""

import os
import posixpath
from collections.abc import Iterable
from pathlib import Path

from verifier.errors import Diagnostic, InputError
from verifier.manifests.documents import git
from verifier.manifests.documents.files import SUFFIXES
from verifier.manifests.documents.refs import Revision, Target
from verifier.manifests.documents.revision import files_below, read_text, target_of
from verifier.manifests.documents.source import Source
from verifier.manifests.documents.there import is_folder, is_there

Place = str | Target
_PASSED_OVER = {".git", "node_modules"}


def place_of(name: str) -> Place:
    """What `name` means; raises InputError where it is both a file and a path at a revision."""
    return target_of(name) or name


def read(place: Place) -> Source:
    """The text at a place; raises InputError where there is none."""
    if isinstance(place, str):
        return Source.read(place)
    source = read_text(place)
    if source is None:
        raise InputError(Diagnostic("path", f"no such file at revision `{place.revision}`", str(place)))
    return source


def exists(place: Place) -> bool:
    """True iff there is a file, or a directory with YAML or JSON files below it."""
    return is_there(place) if isinstance(place, str) else files_below(place) != []


def files_in(place: Place) -> list[Place] | None:
    """The YAML and JSON files of a directory and those below it, in order; None where it is no directory."""
    if isinstance(place, Target):
        below = files_below(place)
        return None if below is None else _wanted((posixpath.relpath(t.path, _plain(place)), t) for t in below)
    root = Path(place)
    if not is_folder(root):
        return None
    files = sorted(file for file in root.rglob("*") if file.suffix in SUFFIXES and file.is_file())
    return _wanted((file.relative_to(root).as_posix(), str(file)) for file in files)


def _wanted(files: Iterable[tuple[str, Place]]) -> list[Place]:
    return [place for path, place in files if not set(path.split("/")) & _PASSED_OVER]


def _plain(target: Target) -> str:
    return posixpath.normpath(target.path) if target.path else "."


def beside(place: Place, name: str) -> Place:
    """The file that is called `name` by the file at `place`: relative to its directory, and at the same revision."""
    if isinstance(place, str):
        return (Path(place).parent / name).as_posix()
    return Target(place.revision, posixpath.join(posixpath.dirname(place.path), name), place.at)


def from_here(target: Target) -> str:
    """The path of a target that counts from the root of the repository, as one that is relative to the working
    directory."""
    return posixpath.relpath(target.path or ".", git.prefix() or ".")


def counterpart(path: str, revision: Revision) -> Target | None:
    """The same path of the work tree at a revision, counted from the root of the repository; None where it lies outside
    of it.

    Where a path leads is read off its letters first: who fills the tree can make a link of any part of it.
    """
    root = git.root()
    lexical = Path(os.path.normpath(Path.cwd().resolve() / path))
    for place in (lexical, Path(os.path.realpath(Path(path).parent), Path(path).name)):
        if place.is_relative_to(root):
            below = place.relative_to(root).as_posix()
            return Target(revision.name, "" if below == "." else below, revision)
    return None
