"""Manifests of a git revision, named `REV:PATH`.

PATH counts from the root of the repository, or from the working directory where it begins with `./` or `../`. What a
directory leaves out is left out here too, and symbolic links are followed like there, as long as they stay inside.
"""

import os
import posixpath
from collections.abc import Collection, Iterator, Sequence
from functools import cache

from msgspec import Struct, field
from msgspec.structs import replace

from verifier.errors import Diagnostic, InputError, Severity
from verifier.manifests import git
from verifier.manifests.files import STDIN, SUFFIXES, excluded, is_manifest, is_mark, leaves_out, outside
from verifier.manifests.source import Source


class Target(Struct, frozen=True):
    """A path at a revision, as it was written."""

    revision: str
    path: str

    def __str__(self) -> str:
        return f"{self.revision}:{self.path}"


class Revised(Struct):
    """What was read of git revisions; each name is `REV:PATH`, with PATH from the root of the repository."""

    sources: list[Source] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    mistakes: list[Diagnostic] = field(default_factory=list)


def target_of(path: str) -> Target | None:
    """The revision and path that `path` names; None where it is a file, a directory or standard input."""
    if path == STDIN or ":" not in path or os.path.exists(path):  # noqa: PTH110 - takes any name, however long
        return None
    colon = _colon(path)
    return None if colon is None else Target(path[:colon], path[colon + 1 :])


def _colon(text: str) -> int | None:
    """Where the path begins: at the first colon outside `{}`, as in `HEAD^{/fix: it}:k8s`."""
    depth = 0
    for place, character in enumerate(text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == ":" and depth <= 0:
            return place
    return None


def read_revisions(targets: Sequence[Target], exclude: Sequence[str] = ()) -> Revised:
    """The manifests of `targets`, each file once."""
    revised = Revised()
    wanted: dict[tuple[str, str], _File] = {}
    for target in targets:
        try:
            tree, path = _resolve(target)
            for file in _files(target, tree, path, exclude, revised):
                wanted.setdefault((tree, file.path), file)
        except InputError as error:
            revised.mistakes += [_at(target, diagnostic) for diagnostic in error.diagnostics]
    files = list(wanted.values())
    regular = {file.name for file in files if not file.is_link}
    for file, found in zip(files, git.read([file.name for file in files]), strict=True):
        _take(file, found, revised, regular)
    return revised


def holds_manifests(target: Target, exclude: Sequence[str] = ()) -> bool:
    """True iff the path exists at the revision and is a file, or a directory with manifests. Raises InputError where
    the revision itself is at fault."""
    tree = _tree(target)
    path = _from_root(target)
    if git.look_up([f"{tree}:{path}"])[0].kind not in (git.Kind.BLOB, git.Kind.TREE):
        return False
    return any(_files(target, tree, path, exclude, Revised()))


def read_text(target: Target) -> Source | None:
    """The file at a revision; None where it does not exist there."""
    tree, path = _tree(target), _from_root(target)
    [found] = git.read([f"{tree}:{path}"])
    return Source.of(_name(target, path), found.data) if found.kind is git.Kind.BLOB else None


class _File(Struct, frozen=True):
    """A file to be read. `name`: how git knows it. `shown`: how it is cited. `path`: from the root."""

    name: str
    shown: str
    path: str
    is_link: bool = False


def _at(target: Target, diagnostic: Diagnostic) -> Diagnostic:
    """The diagnostic, at `target` where it says no place of its own."""
    if diagnostic.file is not None:
        return diagnostic
    hint = diagnostic.hint
    if diagnostic.code == "git-repository" and hint is None:
        hint = "no file has this name, so that it is taken for a path at a revision"
    return replace(diagnostic, file=str(target), hint=hint)


def _name(target: Target, path: str) -> str:
    return f"{target.revision}:{path}"


def _resolve(target: Target) -> tuple[str, str]:
    """The tree of the revision, and the path from its root."""
    tree = _tree(target)
    path = _from_root(target)
    [found] = git.look_up([f"{tree}:{path}"])
    if found.kind not in (git.Kind.BLOB, git.Kind.TREE):
        raise InputError(_absent(target, tree, path, found))
    return tree, path


def _tree(target: Target) -> str:
    """The tree of the revision; raises InputError where there is none."""
    revision = target.revision
    if not revision or "\n" in str(target):
        what = "a revision is missing before `:`" if not revision else "a line break in the name of a revision"
        raise InputError(Diagnostic("revision", what, hint="as in `main:k8s`"))
    found, remote = git.look_up([f"{revision}^{{tree}}", f"origin/{revision}^{{tree}}"])
    if found.kind is git.Kind.TREE:
        return found.id
    if found.kind is git.Kind.AMBIGUOUS:
        raise InputError(Diagnostic("revision", f"`{revision}` is short for several objects"))
    if remote.kind is git.Kind.TREE:
        hint = f"did you mean `origin/{revision}`?"
    elif git.is_shallow():
        hint = "this clone lacks history: fetch it all (`git fetch --unshallow`; in an action, `fetch-depth: 0`)"
    else:
        hint = "`git branch --all` and `git tag` list the names there are"
    raise InputError(Diagnostic("revision", f"no revision `{revision}` here", hint=hint))


def _from_root(target: Target) -> str:
    """The path from the root of the repository, without `.`, `..` and a final `/`."""
    path = target.path
    if path.split("/")[0] in (".", ".."):
        path = git.prefix() + path
    elif path.startswith("/"):
        raise InputError(Diagnostic("path", "an absolute path", hint="it counts from the root of the repository"))
    path = posixpath.normpath(path) if path else "."
    if path.split("/")[0] == "..":
        raise InputError(Diagnostic("path", "outside the repository"))
    return "" if path == "." else path


def _absent(target: Target, tree: str, path: str, found: git.Found) -> Diagnostic:
    """Why nothing can be read at `path`."""
    module = _submodule_above(tree, path)
    if module is not None:
        hint = "name a directory of the submodule's own work tree"
        return Diagnostic("submodule", f"`{module}` is a submodule, whose files are in another repository", hint=hint)
    if found.kind is git.Kind.SYMLINK:
        return Diagnostic("symlink", f"a symbolic link that leads out of the repository, to `{_leads_to(found)}`")
    if found.kind in (git.Kind.DANGLING, git.Kind.LOOP):
        return Diagnostic("symlink", "a symbolic link that leads nowhere")
    here, advice = git.prefix(), None
    if here and git.look_up([f"{tree}:{here}{path}"])[0].kind in (git.Kind.BLOB, git.Kind.TREE):
        advice = f"paths count from the root of the repository: did you mean `{target.revision}:./{path}`?"
    return Diagnostic("path", f"no such file or directory at revision `{target.revision}`", hint=advice)


def _submodule_above(tree: str, path: str) -> str | None:
    """The submodule in which `path` lies, or which it is."""
    modules = {entry.path for entry in git.entries(tree) if entry.is_submodule}
    return next((above for above in (*_folders(path), path) if above in modules), None)


def _leads_to(found: git.Found) -> str:
    return found.data.decode("utf-8", "replace")


def _folders(path: str) -> Iterator[str]:
    """The directories above `path`, the topmost first."""
    parts = path.split("/")
    yield from ("/".join(parts[:depth]) for depth in range(1, len(parts)))


def _files(target: Target, tree: str, path: str, exclude: Sequence[str], revised: Revised) -> Iterator[_File]:
    """The manifests at `path`: itself, or those of the directory and those below it."""
    [found] = git.look_up([f"{tree}:{path}"])
    shown = _name(target, path)
    if found.kind is git.Kind.BLOB:
        if excluded(path, exclude):
            revised.left_out.append(shown)
        else:
            yield _File(found.id, shown, path)
        return
    any_file = False
    for entry in _kept(git.entries(found.id), f"{shown}/" if path else shown, exclude, revised):
        any_file = True
        full = posixpath.join(path, entry.path)
        if entry.is_link and "\n" in full:
            revised.mistakes.append(
                Diagnostic("symlink", "a line break in the name of a symbolic link", _name(target, full))
            )
            continue
        name = f"{tree}:{full}" if entry.is_link else entry.id
        yield _File(name, _name(target, full), full, entry.is_link)
    if not any_file:
        hint = f"looked for {', '.join(SUFFIXES)}"
        if revised.left_out:
            hint += f"; left out {', '.join(revised.left_out[:3])}"
        revised.mistakes.append(Diagnostic("path", "a directory without manifests", shown, hint=hint))


def _kept(entries: Sequence[git.Entry], shown: str, exclude: Sequence[str], revised: Revised) -> Iterator[git.Entry]:
    """The manifests among `entries`. `shown`: what their paths are cited with."""
    marks: dict[str, set[str]] = {}
    for entry in entries:
        if is_mark(posixpath.basename(entry.path)):
            marks.setdefault(posixpath.dirname(entry.path), set()).add(posixpath.basename(entry.path))

    @cache
    def is_left_out(folder: str) -> bool:
        return leaves_out(folder, exclude, marks.get(posixpath.dirname(folder), ()))

    left_out: dict[str, None] = {}
    for entry in entries:
        gone = next((folder for folder in _folders(entry.path) if is_left_out(folder)), None)
        if gone is not None:
            left_out[gone] = None
        elif entry.is_submodule:
            left_out[entry.path] = None
            revised.mistakes.append(_of_submodule(shown + entry.path))
        elif is_manifest(posixpath.basename(entry.path)):
            if excluded(entry.path, exclude):
                left_out[entry.path] = None
            else:
                yield entry
    revised.left_out += [shown + path for path in left_out]


def _of_submodule(name: str) -> Diagnostic:
    message = "a submodule, left out: its files are in another repository"
    return Diagnostic("submodule", message, name, severity=Severity.WARNING)


def _take(file: _File, found: git.Found, revised: Revised, regular: Collection[str]) -> None:
    """Adds what git found for `file`; a link to a file that is read anyway, or to a directory, adds nothing."""
    match found.kind:
        case git.Kind.BLOB if not (file.is_link and found.id in regular):
            try:
                revised.sources.append(Source.of(file.shown, found.data))
            except InputError as error:
                revised.mistakes += error.diagnostics
        case git.Kind.SYMLINK:
            revised.left_out.append(file.shown)
            revised.mistakes.append(outside(file.shown, _leads_to(found)))
        case git.Kind.DANGLING | git.Kind.LOOP | git.Kind.NOTDIR:
            revised.mistakes.append(Diagnostic("symlink", "a symbolic link that leads nowhere", file.shown))
        case git.Kind.MISSING:
            hint = "a partial clone: fetch the whole history, `git fetch --refetch --no-filter`"
            revised.mistakes.append(Diagnostic("git", "its content is not in this clone", file.shown, hint=hint))
