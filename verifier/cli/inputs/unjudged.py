"""What a change holds that nobody has judged: files that are not read, or that decide what deploy tools make of those
that are. A gate that says nothing of them would be green for what they do."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from verifier.errors import Diagnostic, Severity
from verifier.manifests.documents import git
from verifier.manifests.documents.files import MODULES, excluded
from verifier.manifests.documents.places import counterpart
from verifier.manifests.documents.refs import Revision
from verifier.manifests.kubernetes.kustomization import changed_kustomizations
from verifier.manifests.kubernetes.load import Loaded

CODE = "not-judged"


def unjudged(
    revision: Revision, merged: Revision | None, base: Loaded | None, head: Loaded, exclude: Sequence[str]
) -> Iterator[Diagnostic]:
    """An error about each: files and directories that a side leaves out, and that the change changes (a warning, where
    they are modules of a package); submodules that are not checked out; kustomizations that the change changes. merged:
    what the head is, if it is no work tree. base: None where all of it is new."""
    yield from (_refused(d) for d in head.diagnostics if d.code == "submodule" and d.severity is Severity.WARNING)
    yield from _left_out(revision, merged, base, head, exclude)
    before = () if base is None else base.kustomizations
    for name in changed_kustomizations(before, head.kustomizations):
        message = "the change changes this kustomization, and what it makes of the manifests is not judged"
        yield Diagnostic(CODE, message, name, hint="render both sides, and compare them: `netpol diff OLD NEW`")


def _refused(diagnostic: Diagnostic) -> Diagnostic:
    return Diagnostic(CODE, diagnostic.message, diagnostic.file, diagnostic.line, diagnostic.column, diagnostic.hint)


def _left_out(
    revision: Revision, merged: Revision | None, base: Loaded | None, head: Loaded, exclude: Sequence[str]
) -> Iterator[Diagnostic]:
    places = dict(chain(_of_revision(revision, base), _of_head(revision, merged, head)))
    folders = {path: name for path, name in places.items() if not excluded(path, exclude)}
    if not folders:
        return
    before = _held(git.entries(revision.tree), folders)
    after = _held(git.index() if merged is None else git.entries(merged.tree), folders)
    for path, name in sorted(folders.items()):
        if before[path] != after[path]:
            message = "nothing in it is read, and the change changes it"
            hint = "render it, and compare the results; or leave it out on purpose with `--exclude`"
            severity = Severity.WARNING if path.rpartition("/")[2] == MODULES else Severity.ERROR
            yield Diagnostic(CODE, message, name, hint=hint, severity=severity)


def _of_revision(revision: Revision, loaded: Loaded | None) -> Iterator[tuple[str, str]]:
    """What was left out at a revision: its path from the root, and how it is cited."""
    for name in () if loaded is None else loaded.left_out:
        if name.startswith(f"{revision.name}:"):
            yield name.removeprefix(f"{revision.name}:"), name


def _of_head(revision: Revision, merged: Revision | None, loaded: Loaded) -> Iterator[tuple[str, str]]:
    if merged is not None:
        yield from _of_revision(merged, loaded)
        return
    for name in loaded.left_out:
        place = counterpart(name, revision)
        if place is not None:
            yield place.path, name


def _held(entries: Sequence[git.Entry], folders: Mapping[str, str]) -> dict[str, set[tuple[str, str]]]:
    """What lies in each of the folders, or is that file: paths and objects."""
    found: dict[str, set[tuple[str, str]]] = {folder: set() for folder in folders}
    for entry in entries:
        if entry.is_tree:
            continue
        for folder, held in found.items():
            if entry.path == folder or entry.path.startswith(f"{folder}/"):
                held.add((entry.path, entry.id))
    return found
