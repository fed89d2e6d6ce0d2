"""What lies at the paths of a repository: of one of its trees, or of the work tree as it is, staged or not.

Links are followed as long as they stay inside. Files are told apart by the ids of their objects, which for the work
tree are counted here: git would run the filters that its settings name.
"""

import hashlib
import os
import posixpath
import stat
from bisect import bisect_left
from collections.abc import Callable, Iterable
from functools import cache, cached_property
from pathlib import Path

from msgspec import Struct

from verifier.manifests.documents import git
from verifier.manifests.documents.source import MAX_BYTES

_MOST_HOPS = 40
_HASHES = {40: "sha1", 64: "sha256"}


class Held(Struct, frozen=True, dict=True):
    """paths: all files, links and submodules, in order, from the root; of the work tree those that git does not
    ignore. link: where a path leads to, if it is a link. content: of a file, None where there is none. ids: of objects,
    where git has said them. is_here: it is the work tree. fetch: reads several files at once, before they are asked
    for."""

    paths: tuple[str, ...]
    link: Callable[[str], str | None]
    content: Callable[[str], bytes | None]
    ids: dict[str, str]
    is_here: bool
    fetch: Callable[[Iterable[str]], None] = lambda _: None

    @cached_property
    def known(self) -> frozenset[str]:
        return frozenset(self.paths)

    def real(self, path: str) -> str | None:
        """Where a path leads, which counts from the root; None where that is nowhere, or out of the repository. Of
        `..` the letters are taken first."""
        path = posixpath.normpath(path)
        if path.startswith(("/", "../")) or path == "..":
            return None
        steps, done, hops = [*reversed(path.split("/"))], list[str](), 0
        while steps:
            step = steps.pop()
            if step in ("", "."):
                continue
            if step == "..":
                if not done:
                    return None
                done.pop()
                continue
            target = self.link("/".join((*done, step)))
            if target is None:
                done.append(step)
                continue
            hops += 1
            if target.startswith("/") or hops > _MOST_HOPS:
                return None
            steps += reversed(target.split("/"))
        return "/".join(done)

    def below(self, path: str) -> tuple[str, ...]:
        """What lies at a real path: itself, or all that is in the directory and those below it; no link followed."""
        if path in self.known:
            return (path,)
        above = f"{path}/" if path else ""
        first = bisect_left(self.paths, above)
        last = first
        while last < len(self.paths) and self.paths[last].startswith(above):
            last += 1
        return self.paths[first:last]

    def at(self, path: str) -> dict[str, str] | None:
        """What lies at a path: objects by their paths from there; None where nobody can say."""
        folder, _, last = path.rpartition("/")
        above = self.real(folder)
        if above is None:
            return None
        start = posixpath.join(above, last)
        found: dict[str, str] = {}
        seen, waiting = {start}, [("", start)]
        while waiting:
            name, real = waiting.pop(0)
            for each in self.below(real):
                inner = posixpath.join(name, each[len(real) :].lstrip("/"))
                target = self.link(each)
                if target is None:
                    if (identity := self.id_of(each)) is not None:
                        found[inner] = identity
                    continue
                found[inner] = f"link {target}"
                if (leads := self.real(each)) is not None and leads not in seen:
                    seen.add(leads)
                    waiting.append((inner, leads))
        return found

    def id_of(self, path: str) -> str | None:
        """The id of the file at a real path; None where there is none any more."""
        known = self.ids.get(path)
        return _id_here(git.root() / path, known, next(iter(self.ids.values()), "")) if self.is_here else known


def held_at(tree: str) -> Held:
    """What a tree of git holds."""
    entries = [entry for entry in git.entries(tree) if not entry.is_tree]
    links = [entry for entry in entries if entry.is_link]
    targets = git.read([entry.id for entry in links])
    leads = {e.path: found.data.decode("utf-8", "surrogateescape") for e, found in zip(links, targets, strict=True)}
    ids = {entry.path: entry.id for entry in entries}

    contents: dict[str, bytes] = {}

    def fetch(paths: Iterable[str]) -> None:
        new = [path for path in paths if path in ids and path not in contents]
        contents.update((path, each.data) for path, each in zip(new, git.read([ids[p] for p in new]), strict=True))

    def content(path: str) -> bytes | None:
        """Files of one name are read together: a repository can hold a kustomization in each of its directories."""
        if path in ids and path not in contents:
            fetch(other for other in ids if posixpath.basename(other) == posixpath.basename(path))
        return contents.get(path)

    return Held(tuple(sorted(ids)), leads.get, content, ids, False, fetch)


def held_here() -> Held:
    """What the work tree holds, whatever of it is staged."""
    root = git.root()
    ids = {entry.path: entry.id for entry in git.index()}

    @cache
    def link(path: str) -> str | None:
        try:
            return os.readlink(root / path)  # noqa: PTH115
        except (OSError, ValueError):
            return None

    def content(path: str) -> bytes | None:
        return _content(root / path)

    return Held(tuple(sorted({*ids, *git.untracked()})), link, content, ids, is_here=True)


def _id_here(path: Path, known: str | None, example: str) -> str | None:
    """The id that a file would have. It has that of the index (`known`) also where git changes line breaks alone, for
    which neither kubectl nor Helm cares. Of a submodule it is that of its commit. example: an id of this repository."""
    try:
        mode = path.lstat().st_mode
    except (OSError, ValueError):
        return None
    if stat.S_ISDIR(mode):
        return known or "not read"
    data = _content(path) if stat.S_ISREG(mode) else None
    if data is None:
        return "not read"
    algorithm = _HASHES.get(len(example), "sha1")
    identity = _hashed(data, algorithm)
    if identity != known and b"\r\n" in data and b"\0" not in data:
        plain = _hashed(data.replace(b"\r\n", b"\n"), algorithm)
        identity = plain if plain == known else identity
    return identity


def _hashed(data: bytes, algorithm: str) -> str:
    return hashlib.new(algorithm, b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()


def _content(path: Path) -> bytes | None:
    """What a regular file holds; None of one that is missing, no file, or too large."""
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > MAX_BYTES:
            return None
        with open(path, "rb", opener=_unfollowed) as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError):
        return None


def _unfollowed(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
