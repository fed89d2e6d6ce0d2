"""The base of a gate: the manifests of the working tree as they are at another revision."""

import os
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from verifier.errors import Diagnostic, InputError, Severity, UsageError
from verifier.ir.acceptance import Acceptance
from verifier.manifests.acceptances import FILE, read_acceptances
from verifier.manifests.files import STDIN
from verifier.manifests.refs import Revision, resolve
from verifier.manifests.revision import Target, holds_manifests, read_text, target_of


class Base(Struct, frozen=True):
    """Where the manifests of the head are at the base, and what is accepted there.

    targets: those that exist there. diagnostics: about those that do not, and about acceptances that are not read.
    """

    targets: tuple[Target, ...]
    acceptances: tuple[Acceptance, ...]
    diagnostics: tuple[Diagnostic, ...]


def find_base(name: str, paths: Sequence[str], exclude: Sequence[str], accept: str | None) -> Base:
    """accept: the file of acceptances; None: the usual one, which may be missing. Raises InputError where the revision
    is at fault, or its acceptances are.

    INVARIANT: the name is resolved once, here; what it was resolved to is passed on, and no text is taken for a path at
    a revision again, since who fills the tree can name a file like any text.
    """
    try:
        revision = resolve(name)
    except InputError as error:
        raise InputError([_told(name, diagnostic) for diagnostic in error.diagnostics]) from None
    targets = [_counterpart(path, revision) for path in paths]
    there = [t for path, t in zip(paths, targets, strict=True) if _holds_manifests(path, t, exclude)]
    notes = [_missing(revision, path) for path, target in zip(paths, targets, strict=True) if target not in there]
    acceptances, about = _accepted(revision, accept)
    return Base(tuple(there), acceptances, (*notes, *about))


def _holds_manifests(path: str, target: Target, exclude: Sequence[str]) -> bool:
    try:
        return holds_manifests(target, exclude)
    except InputError as error:
        raise InputError([_told(path, diagnostic) for diagnostic in error.diagnostics]) from None


def _told(path: str, diagnostic: Diagnostic) -> Diagnostic:
    """The diagnostic in the words of somebody who named a base, and a path of the work tree."""
    if diagnostic.code == "path":
        return replace(diagnostic, file=path)
    if diagnostic.code == "git-repository" and diagnostic.hint is None:
        return replace(diagnostic, hint="the base is a git revision; `netpol diff OLD NEW` compares files")
    return diagnostic


def _counterpart(path: str, revision: Revision) -> Target:
    """The same path at the revision."""
    if path == STDIN:
        hint = "name files or directories of the work tree, or compare with `netpol diff REV:PATH -`"
        raise UsageError("`-` has no counterpart at a revision", hint)
    target = target_of(path)
    return Target(revision.name, _from_here(path) if target is None else target.path, revision)


def _from_here(path: str) -> str:
    """The path as one that is relative to the working directory."""
    if Path(path).is_absolute():
        place = Path(path).parent.resolve() / Path(path).name
        path = os.path.relpath(place, Path.cwd().resolve())
    return f"./{Path(path).as_posix()}"


def _missing(revision: Revision, path: str) -> Diagnostic:
    message = f"`{revision.name}` has no manifests there: everything counts as allowed before, and nothing as opened"
    return Diagnostic("not-at-base", message, path, severity=Severity.WARNING)


def _accepted(revision: Revision, accept: str | None) -> tuple[tuple[Acceptance, ...], list[Diagnostic]]:
    """The acceptances of the base, and a note where those of the work tree are others."""
    name = accept or FILE
    source = read_text(Target(revision.name, _from_here(name), revision))
    here = Path(name).read_text("utf-8", "replace") if Path(name).is_file() else None
    notes = []
    if here is not None and (source is None or source.text != here.replace("\r\n", "\n").removeprefix("\ufeff")):
        message = f"not read: acceptances count as they stand at `{revision.name}`"
        notes.append(Diagnostic("acceptances", message, name, severity=Severity.NOTE))
    elif source is None and accept is not None:
        message = f"no such file at `{revision.name}`: nothing is accepted"
        notes.append(Diagnostic("acceptances", message, name, severity=Severity.WARNING))
    return () if source is None else read_acceptances(source), notes
