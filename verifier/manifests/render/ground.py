"""Where the files of one side lie: in the work tree, or in a copy of a tree of git; and how they are cited."""

import os
import posixpath
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from verifier.errors import Diagnostic, InputError
from verifier.manifests.documents import git
from verifier.manifests.documents.links import home_of
from verifier.manifests.documents.refs import Revision, Target
from verifier.manifests.documents.source import MAX_BYTES, Source, reason, shown
from verifier.processes.bounded import TEMPORARY

_AT_ONCE = 200
_MOST_COPIED = 4 * MAX_BYTES


class Ground(Struct, frozen=True):
    """cite: the name under which a file, given by its real path, is cited. home: the directory that nothing may lead
    out of; None: there is no repository around a directory, so that only links are held to it."""

    cite: Callable[[str], str]
    home: Callable[[str], str | None]

    def read(self, real: str) -> Source:
        """The file at a real path; raises InputError where it cannot be read."""
        name = self.cite(real)
        try:
            if not stat.S_ISREG(os.stat(real).st_mode):  # noqa: PTH116
                raise InputError(Diagnostic("path", "neither a file nor a directory", name))
            with Path(real).open("rb") as file:
                return Source.of(name, file.read(MAX_BYTES + 1))
        except (OSError, ValueError) as error:
            raise InputError(Diagnostic("path", reason(error), name)) from error


def _cite_here(real: str) -> str:
    return shown(os.path.relpath(real))


def _home_here(folder: str) -> str | None:
    home = home_of(folder)
    return home if os.path.exists(os.path.join(home, ".git")) else None  # noqa: PTH110, PTH118


HERE = Ground(_cite_here, _home_here)
"""The work tree, and whatever else the command line names."""


@contextmanager
def copied(revision: Revision) -> Iterator[tuple[str, Ground]]:
    """A directory that holds what the tree of a revision does, until the end of the block. No hook, filter or attribute
    of git is heard, and links that lead out are left out.

    Raises InputError where that is too much."""
    with tempfile.TemporaryDirectory(prefix=TEMPORARY) as folder:
        root = os.path.realpath(folder)
        _copy(revision, root)
        yield root, Ground(lambda real: f"{revision.name}:{posixpath.relpath(real, root)}", lambda _: root)


def _copy(revision: Revision, root: str) -> None:
    """Links come last, so that nothing is written through one, whatever a tree holds."""
    entries = [entry for entry in git.entries(revision.tree) if not entry.is_submodule]
    files = [entry for entry in entries if not entry.is_tree]
    links: list[tuple[str, str]] = []
    size = 0
    try:
        for entry in entries:
            if entry.is_tree:
                os.makedirs(_inside(root, entry.path), exist_ok=True)  # noqa: PTH103
        for first in range(0, len(files), _AT_ONCE):
            some = files[first : first + _AT_ONCE]
            for entry, found in zip(some, git.read([entry.id for entry in some]), strict=True):
                size += len(found.data)
                if size > _MOST_COPIED:
                    message = f"more than {_MOST_COPIED >> 20} MiB, which is too much to render"
                    raise InputError(Diagnostic("size", message, f"{revision.name}:"))
                if entry.is_link:
                    links.append((entry.path, found.data.decode("utf-8", "surrogateescape")))
                else:
                    with Path(_inside(root, entry.path)).open("xb") as file:
                        file.write(found.data)
        for path, target in links:
            _link(root, path, target)
    except (OSError, ValueError) as error:
        message = f"it cannot be copied, to be rendered: {reason(error)}"
        raise InputError(Diagnostic("path", message, f"{revision.name}:")) from error


def _inside(root: str, path: str) -> str:
    """Git refuses to make trees with such paths, and so do we to follow one."""
    if posixpath.isabs(path) or ".." in path.split("/"):
        raise InputError(Diagnostic("path", f"a path that leads out of its tree: `{shown(path)}`"))
    return os.path.join(root, path)  # noqa: PTH118


def _link(root: str, path: str, target: str) -> None:
    """A link that stays inside by its letters; what it leads to is looked at where it is followed."""
    leads = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    if not posixpath.isabs(target) and leads.split("/")[0] != "..":
        os.symlink(target, _inside(root, path))  # noqa: PTH211


def place_below(root: str, target: Target) -> str:
    """Where a path of a tree is in its copy."""
    return os.path.realpath(os.path.join(root, target.path))  # noqa: PTH118
