"""What a change holds that nobody has judged: files that are not read, or that decide what deploy tools make of those
that are. A gate that says nothing of them would be green for what they do."""

import os
import posixpath
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from msgspec.structs import replace

from verifier.errors import Diagnostic, Severity
from verifier.manifests import git
from verifier.manifests.files import MODULES
from verifier.manifests.kustomization import changed_kustomizations
from verifier.manifests.load import Loaded
from verifier.manifests.places import Place, counterpart
from verifier.manifests.refs import Revision
from verifier.manifests.source import shown

CODE = "not-judged"


def unjudged(revision: Revision, merged: Revision | None, base: Loaded | None, head: Loaded) -> Iterator[Diagnostic]:
    """An error about each: files and directories that a side leaves out, though no glob does, and that the change
    changes (a warning, where they are modules of a package); submodules that are not checked out; kustomizations that
    the change changes. merged: what the head is, if it is no work tree. base: None where all of it is new."""
    yield from (_refused(d) for d in head.diagnostics if d.code == "submodule" and d.severity is Severity.WARNING)
    yield from _left_out(revision, merged, base, head)
    before = () if base is None else base.kustomizations
    for name in changed_kustomizations(before, head.kustomizations):
        message = "the change changes this kustomization, and what it makes of the manifests is not judged"
        yield Diagnostic(CODE, message, name, hint="render both sides, and compare them: `netpol diff OLD NEW`")


def _refused(diagnostic: Diagnostic) -> Diagnostic:
    return Diagnostic(CODE, diagnostic.message, diagnostic.file, diagnostic.line, diagnostic.column, diagnostic.hint)


def _left_out(revision: Revision, merged: Revision | None, base: Loaded | None, head: Loaded) -> Iterator[Diagnostic]:
    places = dict(chain(_places(revision, base), _places(revision, head)))
    if not places:
        return
    index = git.index() if merged is None else []
    for path, place in sorted(places.items()):
        before = _held_at(revision, path)
        after = _held_here(index, path) if merged is None else _held_at(merged, path)
        if before is None or before != after:
            message = "nothing in it is read, and the change changes it"
            hint = "render it, and compare the results; or leave it out on purpose with `--exclude`"
            name = shown(place) if isinstance(place, str) else str(place)
            severity = Severity.WARNING if posixpath.basename(path) == MODULES else Severity.ERROR
            yield Diagnostic(CODE, message, name, hint=hint, severity=severity)


def _places(revision: Revision, loaded: Loaded | None) -> Iterator[tuple[str, Place]]:
    """What a side does not read, each by its path from the root."""
    for place in () if loaded is None else loaded.unread:
        target = counterpart(place, revision) if isinstance(place, str) else place
        if target is not None:
            yield target.path, place


def _held_at(revision: Revision, path: str) -> set[tuple[str, str]] | None:
    """What lies at a path of a revision, links above it followed: paths from the directory above, and objects. None
    where nobody can say."""
    above, name = posixpath.split(path)
    if "\n" in above:
        return None
    [found] = git.look_up([f"{revision.tree}:{above}"])
    return _below(name, git.entries(found.id)) if found.kind is git.Kind.TREE else set()


def _held_here(index: Sequence[git.Entry], path: str) -> set[tuple[str, str]] | None:
    """The same in the work tree."""
    above, name = posixpath.split(path)
    root = git.root()
    folder = Path(os.path.realpath(root / above))
    if not folder.is_relative_to(root):
        return None
    inside = folder.relative_to(root).as_posix()
    start = "" if inside == "." else f"{inside}/"
    entries = (replace(e, path=e.path.removeprefix(start)) for e in index if e.path.startswith(start))
    return _below(name, entries)


def _below(name: str, entries: Iterable[git.Entry]) -> set[tuple[str, str]]:
    wanted = (entry for entry in entries if not entry.is_tree)
    return {(entry.path, entry.id) for entry in wanted if entry.path == name or entry.path.startswith(f"{name}/")}
