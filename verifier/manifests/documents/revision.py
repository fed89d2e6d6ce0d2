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

from verifier.errors import Diagnostic, InputError
from verifier.manifests.documents import git
from verifier.manifests.documents.excludes import NOTHING_LEFT_OUT, Below, Excludes
from verifier.manifests.documents.files import (
    STDIN,
    SUFFIXES,
    excluded,
    is_manifest,
    is_mark,
    is_passed_over,
    outside,
)
from verifier.manifests.documents.refs import Target, is_revision, resolve
from verifier.manifests.documents.source import Source, shown

_EXCLUDE = "leave it out on purpose with `--exclude`"


class Revised(Struct):
    """What was read of git revisions; each name is `REV:PATH`, with PATH from the root of the repository. unread: of
    what was left out, the directories that no pattern leaves out. folders: the trees that were looked into. fitted: the
    patterns that fit something."""

    sources: list[Source] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    unread: list[Target] = field(default_factory=list)
    mistakes: list[Diagnostic] = field(default_factory=list)
    folders: set[str] = field(default_factory=set)
    fitted: set[str] = field(default_factory=set)


def target_of(path: str) -> Target | None:
    """The revision and path that `path` names; None where it is a file, a directory or standard input.

    Raises InputError where it may be either: who fills the tree could otherwise put a directory named like a revision
    in the place of that revision.
    """
    if path == STDIN or ":" not in path:
        return None
    colon = _colon(path)
    if colon is None:
        return None
    target = Target(path[:colon], path[colon + 1 :])
    if not os.path.lexists(path):  # takes any name, however long
        return target
    if not is_revision(target.revision):
        return None
    message = f"both a file and a path at the revision `{target.revision}`"
    hint = f"write `./{path}` for the file; for the revision, remove the file"
    raise InputError(Diagnostic("path", message, shown(path), hint=hint))


def _colon(text: str) -> int | None:
    """Where the path begins: at the first colon outside `{}`, as in `HEAD^{/fix: it}:k8s`."""
    depth = 0
    for place, character in enumerate(text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == ":" and depth <= 0:
            return place
    return None


def read_revisions(targets: Sequence[Target], exclude: Excludes = NOTHING_LEFT_OUT) -> Revised:
    """The manifests of `targets`, each file once: where it is met last, as `kubectl apply` would have it."""
    revised = Revised()
    wanted: dict[tuple[str, str], _File] = {}
    for target in targets:
        try:
            looked_up = replace(target, at=target.at or resolve(target.revision))
            tree, path = _resolve(looked_up)
            for file in _files(looked_up, tree, path, exclude, revised):
                key = tree, file.target.path
                wanted[key] = wanted.pop(key, file)
        except InputError as error:
            revised.mistakes += [_at(target, diagnostic) for diagnostic in error.diagnostics]
    files = list(wanted.values())
    regular = {file.name for file in files if not file.is_link} | revised.folders
    last: dict[str, Source] = {}
    for file, found in zip(files, git.read([file.name for file in files]), strict=True):
        before = len(revised.sources)
        _take(file, found, revised, regular)
        if len(revised.sources) > before:
            last[found.id] = revised.sources[-1]
        elif file.is_link and found.id in last and is_manifest(posixpath.basename(file.target.path)):
            revised.sources.remove(last[found.id])
            revised.sources.append(last[found.id])
    return revised


def holds_manifests(target: Target, exclude: Excludes = NOTHING_LEFT_OUT) -> bool:
    """True iff the path exists at the revision and is a file, or a directory with manifests or with something that may
    hold some and cannot be read. Raises InputError where the revision itself is at fault, or what is there is neither
    a file nor a directory of this repository."""
    tree, path = _tree(target), from_root(target)
    [found] = git.look_up([f"{tree}:{path}"])
    if found.kind is git.Kind.MISSING and _submodule_above(tree, path) is None:
        return False
    if found.kind not in (git.Kind.BLOB, git.Kind.TREE):
        raise InputError(_at(target, _absent(target, tree, path, found)))
    revised = Revised()
    return any(list(_files(target, tree, path, exclude, revised))) or any(m.code != "path" for m in revised.mistakes)


def manifests_beside(target: Target, exclude: Excludes = NOTHING_LEFT_OUT) -> list[Target]:
    """The manifests in the directory of a file at a revision, not those below it, their paths counted from the root."""
    folder = posixpath.dirname(from_root(target))
    below = files_below(replace(target, path=folder)) or []
    here = [t for t in below if posixpath.dirname(t.path) == folder]
    return [t for t in here if not excluded(_patterns(exclude, t.path), "", set())]


def read_text(target: Target) -> Source | None:
    """The file at a revision; None where it does not exist there. Raises InputError where something is there that
    cannot be read."""
    tree, path = _tree(target), from_root(target)
    [found] = git.read([f"{tree}:{path}"])
    if found.kind is git.Kind.BLOB:
        return replace(Source.of(_name(target, path), found.data), place=replace(target, path=path))
    if found.kind is git.Kind.MISSING and _submodule_above(tree, path) is None:
        return None
    if found.kind is git.Kind.TREE:
        raise InputError(Diagnostic("path", "a directory where a file is expected", _name(target, path)))
    raise InputError(_at(target, _absent(target, tree, path, found)))


def files_below(target: Target) -> list[Target] | None:
    """The YAML and JSON files of a directory at a revision and those below it, in order, their paths counted from the
    root; none where nothing is there. None where it is no directory."""
    tree, path = _tree(target), from_root(target)
    [found] = git.look_up([f"{tree}:{path}"])
    if found.kind is not git.Kind.TREE:
        return [] if found.kind is git.Kind.MISSING else None
    entries = (entry for entry in git.entries(found.id) if not entry.is_tree and entry.path.endswith(SUFFIXES))
    return [Target(target.revision, posixpath.join(path, entry.path), target.at) for entry in entries]


class _File(Struct, frozen=True):
    """A file to be read. `name`: how git knows it. `target`: its path from the root."""

    name: str
    target: Target
    is_link: bool = False

    @property
    def shown(self) -> str:
        """How it is cited."""
        return str(self.target)


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
    path = from_root(target)
    [found] = git.look_up([f"{tree}:{path}"])
    if found.kind not in (git.Kind.BLOB, git.Kind.TREE):
        raise InputError(_absent(target, tree, path, found))
    return tree, path


def _tree(target: Target) -> str:
    """The tree of the revision; raises InputError where there is none."""
    return (target.at or resolve(target.revision)).tree


def from_root(target: Target) -> str:
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


def _patterns(exclude: Excludes, path: str) -> Below:
    """What the patterns say of the file or directory that stands at `path` from the root, in whatever revision."""
    return exclude.of(str(git.root() / path)) if exclude.patterns else exclude.of(path)


def _files(target: Target, tree: str, path: str, exclude: Excludes, revised: Revised) -> Iterator[_File]:
    """The manifests at `path`: itself, or those of the directory and those below it."""
    [found] = git.look_up([f"{tree}:{path}"])
    shown = _name(target, path)
    if found.kind is git.Kind.BLOB:
        if excluded(_patterns(exclude, path), "", revised.fitted):
            revised.left_out.append(shown)
        else:
            yield _File(found.id, replace(target, path=path))
        return
    revised.folders.add(found.id)
    any_file = False
    entries = sorted(git.entries(found.id), key=lambda entry: entry.path.split("/"))  # as a directory is walked
    for entry in _kept(entries, replace(target, path=path), _patterns(exclude, path), revised):
        any_file |= entry.path.endswith(SUFFIXES)
        full = posixpath.join(path, entry.path)
        if entry.is_link and "\n" in full:
            revised.mistakes.append(
                Diagnostic("symlink", "a line break in the name of a symbolic link", _name(target, full))
            )
            continue
        name = f"{tree}:{full}" if entry.is_link else entry.id
        yield _File(name, replace(target, path=full), entry.is_link)
    if not any_file:
        hint = f"looked for {', '.join(SUFFIXES)}"
        if revised.left_out:
            hint += f"; left out {', '.join(revised.left_out[:3])}"
        revised.mistakes.append(Diagnostic("path", "a directory without manifests", shown, hint=hint))


def _kept(entries: Sequence[git.Entry], above: Target, exclude: Below, revised: Revised) -> Iterator[git.Entry]:
    """The manifests among `entries`. above: the directory that holds them, from the root."""
    shown = f"{above}/" if above.path else str(above)
    marks: dict[str, set[str]] = {}
    for entry in entries:
        if is_mark(posixpath.basename(entry.path)):
            marks.setdefault(posixpath.dirname(entry.path), set()).add(posixpath.basename(entry.path))

    @cache
    def is_excluded(folder: str) -> bool:
        return excluded(exclude, folder, revised.fitted, is_folder=True)

    def is_left_out(folder: str) -> bool:
        return is_excluded(folder) or is_passed_over(folder, marks.get(posixpath.dirname(folder), ()))

    left_out: dict[str, bool] = {}
    for entry in entries:
        gone = next((folder for folder in _folders(entry.path) if is_left_out(folder)), None)
        if gone is not None:
            left_out[gone] = is_excluded(gone)
        elif entry.is_tree:
            revised.folders.add(entry.id)
        elif entry.is_submodule:
            left_out[entry.path] = is_excluded(entry.path)
            if not left_out[entry.path]:
                revised.mistakes.append(_of_submodule(shown + entry.path))
        elif excluded(exclude, entry.path, revised.fitted) or (entry.is_link and is_excluded(entry.path)):
            if entry.is_link or is_manifest(posixpath.basename(entry.path)):
                left_out[entry.path] = True
        elif entry.is_link or is_manifest(posixpath.basename(entry.path)):
            yield entry
    revised.left_out += [shown + path for path in left_out]
    unread = (path for path, on_purpose in left_out.items() if not on_purpose)
    revised.unread += [replace(above, path=posixpath.join(above.path, path)) for path in unread]


def _of_submodule(name: str) -> Diagnostic:
    message = "a submodule: its files are in another repository, which is not read"
    return Diagnostic("submodule", message, name, hint=_EXCLUDE)


def _take(file: _File, found: git.Found, revised: Revised, known: Collection[str]) -> None:
    """Adds what git found for `file`; a link to a file or directory that is read anyway (`known`) adds nothing."""
    is_manifest_name = is_manifest(posixpath.basename(file.target.path))
    if file.is_link and not is_manifest_name and found.kind not in (git.Kind.TREE, git.Kind.SYMLINK):
        return
    match found.kind:
        case git.Kind.BLOB if not (file.is_link and found.id in known):
            try:
                revised.sources.append(replace(Source.of(file.shown, found.data), place=file.target))
            except InputError as error:
                revised.mistakes += error.diagnostics
        case git.Kind.TREE if found.id not in known:
            revised.left_out.append(file.shown)
            message = "a symbolic link to a directory, which is not followed"
            hint = f"name the directory itself, or {_EXCLUDE}"
            revised.mistakes.append(Diagnostic("symlink", message, file.shown, hint=hint))
        case git.Kind.SYMLINK:
            revised.left_out.append(file.shown)
            revised.mistakes.append(outside(file.shown, _leads_to(found)))
        case git.Kind.DANGLING | git.Kind.LOOP | git.Kind.NOTDIR:
            revised.mistakes.append(Diagnostic("symlink", "a symbolic link that leads nowhere", file.shown))
        case git.Kind.MISSING:
            hint = "a partial clone: fetch the whole history, `git fetch --refetch --no-filter`"
            revised.mistakes.append(Diagnostic("git", "its content is not in this clone", file.shown, hint=hint))
