"""Asks the git program what a repository holds.

Nothing here changes the repository (but that `merge` leaves objects there that nothing refers to), needs the network,
or gives another answer where the user has other settings.
Names go to git through its standard input, so that none can be taken for an option.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from verifier.errors import Diagnostic, InputError
from verifier.processes.programs import find_program

if TYPE_CHECKING:
    import subprocess

_UNHEARD = ("GIT_TRACE", "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS")
_SETTINGS = {
    "LC_ALL": "C",
    "LANGUAGE": "",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",  # a partial clone would fetch what it lacks
    "GIT_NO_REPLACE_OBJECTS": "1",  # an object is what its name says, whatever `refs/replace` would put in its place
    "GIT_GRAFT_FILE": os.devnull,  # and its parents are those it names
}
_OPTIONS = (
    *("-c", "core.quotePath=false"),
    *("-c", "safe.bareRepository=explicit"),  # a repository that is committed into the tree is none
    *("-c", "core.fsmonitor=false"),
)
_WHY = ("fatal: ", "error: ")
"""How the lines begin that say why git failed; others, before or after them, are advice."""
_ENCODING = ("utf-8", "surrogateescape")


class Kind(StrEnum):
    """What a name leads to."""

    BLOB = "blob"
    TREE = "tree"
    COMMIT = "commit"
    """As an entry of a tree: a submodule."""
    TAG = "tag"
    MISSING = "missing"
    AMBIGUOUS = "ambiguous"
    SYMLINK = "symlink"
    """A symbolic link that leads out of the tree; `data` says where."""
    DANGLING = "dangling"
    LOOP = "loop"
    NOTDIR = "notdir"
    """A path that goes on below a file."""


class Found(Struct, frozen=True):
    """What a name leads to. `id`: its object, where there is one. `data`: its content, where that was asked for."""

    kind: Kind
    id: str = ""
    data: bytes = b""


class Entry(Struct, frozen=True):
    """A file, directory, symbolic link or submodule of a tree; `path` counts from the tree that was listed."""

    path: str
    id: str
    is_link: bool
    is_submodule: bool
    is_tree: bool


def look_up(names: Sequence[str]) -> list[Found]:
    """What each of `names` leads to; symbolic links in `TREE:PATH` are followed inside the tree."""
    return _batch("--batch-check", names)


def read(names: Sequence[str]) -> list[Found]:
    """The same, with the content."""
    return _batch("--batch", names)


def entries(tree: str) -> list[Entry]:
    """All that a tree holds, at any depth, in the order of their paths."""
    listing = run("ls-tree", "-r", "-t", "-z", "--full-tree", tree)
    return [_entry(line) for line in listing.split(b"\0") if line]


def index() -> list[Entry]:
    """The files, links and submodules that the work tree's index holds, in the order of their paths from the root."""
    listing = run("ls-files", "--stage", "-z", "--full-name", "--", ":/")
    return [_staged(line) for line in listing.split(b"\0") if line]


def untracked() -> list[str]:
    """The paths from the root of files and links that lie in the work tree, are not in its index, and are not
    ignored."""
    listing = run("ls-files", "--others", "--exclude-standard", "-z", "--full-name", "--", ":/")
    return [path.decode(*_ENCODING).rstrip("/") for path in listing.split(b"\0") if path]


def prefix() -> str:
    """The working directory as a path from the root of the work tree: empty, or ending in `/`."""
    return run("rev-parse", "--show-prefix").decode(*_ENCODING).rstrip("\n")


def root() -> Path:
    """The root of the work tree, links resolved."""
    return _root(Path.cwd())


@lru_cache(maxsize=4)
def _root(_here: Path) -> Path:
    """That of one working directory, asked for once: each path of a gate has to be found below it."""
    return Path(run("rev-parse", "--show-toplevel").decode(*_ENCODING).removesuffix("\n")).resolve()


def is_shallow() -> bool:
    """True iff the clone lacks history."""
    return run("rev-parse", "--is-shallow-repository").strip() == b"true"


def merge(ours: str, theirs: str) -> tuple[str | None, list[str]]:
    """The tree that merging two commits, named by their ids, gives; None and the paths that are in conflict where it
    takes a person."""
    done = _done("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs)
    parts = [part.decode(*_ENCODING) for part in done.stdout.split(b"\0") if part]
    if done.returncode == 0:
        return parts[0], []
    if done.returncode == 1:
        return None, list(dict.fromkeys(parts[1:]))
    raise InputError(_failure(done.stderr.decode(*_ENCODING)))


def is_dirty() -> bool:
    """True iff the work tree holds changes of known files that are not committed."""
    return bool(run("status", "--porcelain", "--untracked-files=no", "--ignore-submodules=all"))


def run(*arguments: str, stdin: bytes = b"") -> bytes:
    """What git prints; raises InputError where it fails. No argument may come from the user."""
    done = _done(*arguments, stdin=stdin)
    if done.returncode != 0:
        raise InputError(_failure(done.stderr.decode(*_ENCODING)))
    return done.stdout


def _done(*arguments: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    import subprocess  # only where there is a revision to be read

    program = find_program("git", os.environ)
    if program is None:
        message = "the program `git` was not found"
        raise InputError(Diagnostic("git", message, hint="install it, or name files instead of revisions"))
    command = [program, "--no-pager", *_OPTIONS, *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, env=environment(os.environ), check=False)


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """`environ` without what could change git's answers. Variables that choose the repository stay."""
    return {name: value for name, value in environ.items() if not name.startswith(_UNHEARD)} | _SETTINGS


def _failure(said: str) -> Diagnostic:
    lines = said.splitlines()
    why = (line for line in lines if line.startswith(_WHY))
    line = next(why, next(iter(lines), "git failed")).removeprefix("fatal: ").removeprefix("error: ")
    if "cannot use bare repository" in line:
        hint = "run it in a work tree, or name the repository in GIT_DIR"
        return Diagnostic("git-repository", "a bare repository, which git finds but nobody named", hint=hint)
    if "not a git repository" in line or "must be run in a work tree" in line:
        return Diagnostic("git-repository", "no git repository here")
    if "dubious ownership" in line:
        hint = 'if you trust it: git config --global --add safe.directory "$PWD"'
        return Diagnostic("git-repository", "git refuses this repository, since it belongs to another user", hint=hint)
    return Diagnostic("git", f"git: {line[:1].lower()}{line[1:].rstrip('.')}")


def _staged(line: bytes) -> Entry:
    """One line of `ls-files --stage`: mode, object and stage, then a tab and the path."""
    head, _, path = line.partition(b"\t")
    mode, name, _ = head.split(b" ")
    return _entry(b"%s %s %s\t%s" % (mode, b"commit" if mode == b"160000" else b"blob", name, path))


def _entry(line: bytes) -> Entry:
    """One line of `ls-tree`: mode, type and object, then a tab and the path."""
    head, _, path = line.partition(b"\t")
    mode, _, name = head.decode("ascii").split(" ")
    return Entry(
        path.decode(*_ENCODING), name, is_link=mode == "120000", is_submodule=mode == "160000", is_tree=mode == "040000"
    )


def _batch(how: str, names: Sequence[str]) -> list[Found]:
    if not names:
        return []
    if any("\n" in name for name in names):
        raise InputError(Diagnostic("path", "a line break in a path at a revision, which git cannot be asked for"))
    asked = "".join(f"{name}\n" for name in names).encode(*_ENCODING)
    return list(_answers(run("cat-file", how, "--follow-symlinks", stdin=asked), with_content=how == "--batch"))


def _answers(output: bytes, *, with_content: bool) -> Iterator[Found]:
    """`cat-file` answers a name with a line, and after most of these with so many bytes of data."""
    place = 0
    while place < len(output):
        end = output.index(b"\n", place)
        line = output[place:end].decode(*_ENCODING)
        place = end + 1
        first, _, rest = line.partition(" ")
        if line.endswith((" missing", " ambiguous")):
            yield Found(Kind(line.rpartition(" ")[2]))
            continue
        if first in (Kind.SYMLINK, Kind.DANGLING, Kind.LOOP, Kind.NOTDIR):
            size = int(rest)
            yield Found(Kind(first), data=output[place : place + size])
            place += size + 1
            continue
        kind, _, length = rest.partition(" ")
        size = int(length) if with_content else 0
        yield Found(Kind(kind), first, output[place : place + size])
        place += size + 1 if with_content else 0
