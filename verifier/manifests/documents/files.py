"""Which files the paths of a command line stand for."""

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from msgspec import Struct, field

from verifier.errors import Diagnostic, Severity
from verifier.manifests.documents.contexts import context_of
from verifier.manifests.documents.excludes import NOTHING_LEFT_OUT, Below, Excludes
from verifier.manifests.documents.links import home_of, leads_out
from verifier.manifests.documents.source import reason, shown

SUFFIXES = (".yaml", ".yml", ".json")
STDIN = "-"
KUSTOMIZATION = "Kustomization"
"""A file without a suffix that kustomize reads."""
MODULES, TEMPLATES, CHART = "node_modules", "templates", "Chart.yaml"
CHART_LEFT_OUT = "chart"
"""The code of the note about a chart of which nothing is read."""
_GIT = ".git"
_MARKS = {MODULES: "package.json", TEMPLATES: CHART}
"""The directories of which nothing is read, and the file that has to stand beside each."""


class Files(Struct):
    """Paths to read (`-` is stdin), each file once; and the files and directories that were left out, as they are
    cited. unread: of these, as paths, the ones that no pattern leaves out. fitted: the patterns that fit something."""

    paths: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    mistakes: list[Diagnostic] = field(default_factory=list)
    fitted: set[str] = field(default_factory=set)


def find_files(paths: Sequence[str], exclude: Excludes = NOTHING_LEFT_OUT) -> Files:
    """The files that `paths` stand for: themselves, or the manifests of a directory and those below it. One that is met
    several times stands where it is met last, as `kubectl apply` would have it.

    Left out are `.git`, the `node_modules` of a package, the `templates` of a Helm chart and what `exclude` says.
    Raises InputError where that holds no patterns.
    """
    found = Files()
    seen: dict[str, str] = {}
    folders: dict[str, str] = {}
    for path in paths:
        for file in _files(path, exclude, found):
            identity = file if file == STDIN else _identity(file, folders)
            seen[identity] = seen.pop(identity, file)
    found.paths += seen.values()
    return found


def nothing(paths: Sequence[str]) -> Diagnostic:
    """The complaint that `paths` hold neither a policy nor a workload."""
    hint = "is this where the manifests are? what another program makes can be piped in: `... | netpol check -`"
    if all(context_of(path) is not None for path in paths):
        hint = "is this the cluster that is meant? `kubectl config get-contexts` says which there are"
    return Diagnostic("nothing-to-check", f"neither a policy nor a workload in {' '.join(paths)}", hint=hint)


def _identity(file: str, folders: dict[str, str]) -> str:
    """The real path of a file; remembers those of `folders`, since to find one takes a look at every part of it."""
    folder, name = os.path.split(file)
    if os.path.islink(file):  # noqa: PTH114
        return os.path.realpath(file)
    if folder not in folders:
        folders[folder] = os.path.realpath(folder)
    return os.path.join(folders[folder], name)  # noqa: PTH118


def _files(path: str, exclude: Excludes, found: Files) -> Iterator[str]:
    if path == STDIN:
        yield path
        return
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError) as error:
        found.mistakes.append(Diagnostic("path", reason(error), shown(path)))
        return
    if not stat.S_ISDIR(mode):
        if excluded(exclude.of(path), "", found.fitted):
            found.left_out.append(shown(path))
        else:
            yield path
        return
    any_file = False
    for file in _walk(path, exclude.of(path), found):
        any_file = True
        yield file
    if not any_file:
        hint = f"looked for {', '.join(SUFFIXES)}"
        if found.left_out:
            hint += f"; left out {', '.join(found.left_out[:3])}"
        found.mistakes.append(Diagnostic("path", "a directory without manifests", shown(path), hint=hint))


def _walk(root: str, exclude: Below, found: Files) -> Iterator[str]:
    """The manifests of a directory and of those below it, in order; no recursion, since anybody can nest folders."""
    waiting = _entries(root, "", found)
    home: str | None = None
    while waiting:
        entry, below, beside = waiting.pop()
        if entry.is_dir(follow_symlinks=False):
            gone = excluded(exclude, below, found.fitted, is_folder=True)
            if gone or is_passed_over(below, beside):
                found.left_out.append(shown(entry.path))
                if not gone:
                    found.unread.append(entry.path)
                    if entry.name == TEMPLATES:
                        found.mistakes.append(_of_chart(entry.path))
            else:
                inside = _entries(entry.path, f"{below}/", found)
                if not inside and os.path.exists(os.path.join(home := home or home_of(root), ".gitmodules")):  # noqa: PTH110, PTH118
                    found.mistakes.append(_of_nothing(entry.path))
                waiting += inside
        elif _leads_to_directory(entry):
            gone = excluded(exclude, below, found.fitted, is_folder=True)
            if not gone and not is_passed_over(below, beside):
                found.left_out.append(shown(entry.path))
                found.unread.append(entry.path)
                found.mistakes.append(_of_link(entry.path))
        elif excluded(exclude, below, found.fitted):
            if is_manifest(entry.name):
                found.left_out.append(shown(entry.path))
        elif is_manifest(entry.name):
            if _is_fifo(entry):
                found.left_out.append(shown(entry.path))
                found.unread.append(entry.path)
                continue
            if entry.is_symlink() and leads_out(entry.path, home := home or home_of(root)):
                found.left_out.append(shown(entry.path))
                found.mistakes.append(outside(shown(entry.path), os.readlink(entry.path)))  # noqa: PTH115
            else:
                yield entry.path


def is_manifest(name: str) -> bool:
    """True iff a file of this name is read where it is found in a directory."""
    return name.endswith(SUFFIXES) or name == KUSTOMIZATION


def _entries(directory: str, above: str, found: Files) -> "list[tuple[os.DirEntry[str], str, frozenset[str]]]":
    """The entries of a directory, the last one first, each with its path below the first directory (`above`: that of
    the directory), and the marks that stand beside it."""
    try:
        entries = sorted(os.scandir(directory), key=lambda entry: entry.name, reverse=True)
    except OSError as error:
        found.mistakes.append(Diagnostic("path", reason(error), shown(directory)))
        return []
    beside = frozenset(entry.name for entry in entries if is_mark(entry.name))
    return [(entry, above + entry.name, beside) for entry in entries]


def _leads_to_directory(entry: "os.DirEntry[str]") -> bool:
    """True iff it is a symbolic link to a directory; one that leads in a circle leads nowhere."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_fifo(entry: "os.DirEntry[str]") -> bool:
    try:
        return stat.S_ISFIFO(entry.stat().st_mode)
    except OSError:
        return False


def _of_chart(path: str) -> Diagnostic:
    hint = f"render them: `helm template {Path(path).parent.as_posix()} | netpol check -`"
    return Diagnostic(
        CHART_LEFT_OUT, "templates of a Helm chart, left out", shown(path), hint=hint, severity=Severity.NOTE
    )


def _of_nothing(path: str) -> Diagnostic:
    message = "an empty directory: a submodule that is not checked out?"
    hint = "`git submodule update --init`"
    return Diagnostic("submodule", message, shown(path), hint=hint, severity=Severity.WARNING)


def _of_link(path: str) -> Diagnostic:
    message = "a symbolic link to a directory, left out"
    return Diagnostic("symlink", message, shown(path), hint="name the directory itself", severity=Severity.NOTE)


def outside(name: str, target: str) -> Diagnostic:
    """The complaint about a link of a directory that leads out of the repository, to `target`."""
    message = f"a symbolic link that is absolute or leads out of the repository, to `{shown(target)}`"
    return Diagnostic("symlink", message, name, hint="put the file itself there, or name it on the command line")


def is_mark(name: str) -> bool:
    """True iff a file of this name says what its directory is."""
    return name in _MARKS.values()


def is_passed_over(folder: str, beside: Collection[str]) -> bool:
    """True iff nothing is read of the directory `folder`, whatever is said. beside: the marks that stand beside it."""
    name = folder.rpartition("/")[2]
    return name == _GIT or _MARKS.get(name, "/") in beside


def excluded(exclude: Below, path: str, fitted: set[str], *, is_folder: bool = False) -> bool:
    """True iff it is left out on purpose what lies at `path`; the patterns that fit it are added to `fitted`."""
    if not exclude.patterns:
        return False
    fitted.update(exclude.fitting(path, is_folder=is_folder))
    return exclude.leaves_out(path, is_folder=is_folder)
