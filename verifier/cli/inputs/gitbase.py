"""The base of a gate: a revision, where the manifests of the work tree are at it, and what is accepted there.

The base is trusted, and what it lacks is no reason to trust the head: whatever is missing there, left out or unreadable
is an error, since it would count as "everything was allowed before", and all of the head as closing.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from verifier.errors import Diagnostic, InputError, Severity, UsageError
from verifier.ir.acceptance import Acceptance
from verifier.manifests.documents import git
from verifier.manifests.documents.contexts import context_of
from verifier.manifests.documents.excludes import Excludes
from verifier.manifests.documents.files import STDIN, outside
from verifier.manifests.documents.links import strays
from verifier.manifests.documents.places import Place, counterpart, place_of
from verifier.manifests.documents.refs import Revision, Target, resolve
from verifier.manifests.documents.revision import holds_manifests, manifests_beside, read_text
from verifier.manifests.documents.source import Source, shown
from verifier.manifests.documents.there import is_folder, is_there
from verifier.manifests.specs.acceptances import FILE, read_acceptances

STRAY = "stray"


class Base(Struct, frozen=True):
    """A revision and what is accepted there. of_head: what the head's own file accepts, which excuses nothing by
    itself; None: nobody can read it. diagnostics: about acceptances that do not count."""

    revision: Revision
    acceptances: tuple[Acceptance, ...]
    of_head: tuple[Acceptance, ...] | None
    diagnostics: tuple[Diagnostic, ...]


def find_base(name: str, accept: str | None) -> Base:
    """accept: the file of acceptances; None: the usual one, which may be missing. Raises InputError where the revision
    is at fault, or its acceptances are.

    INVARIANT: the name is resolved once, here; what it was resolved to is passed on, and no text is taken for a path at
    a revision again, since who fills the tree can name a file like any text.
    """
    return _accepted(find_revision(name), accept)


def find_revision(name: str) -> Revision:
    """The revision that `--base` names. Raises InputError where it is at fault."""
    if not name:
        hint = "is the variable set that should hold the revision?"
        raise UsageError("`--base` is empty", hint)
    try:
        return resolve(name)
    except InputError as error:
        raise InputError([_advised(name, diagnostic) for diagnostic in error.diagnostics]) from None


def _advised(name: str, diagnostic: Diagnostic) -> Diagnostic:
    """The diagnostic in the words of somebody who named a base."""
    if diagnostic.code == "git-repository" and diagnostic.hint is None:
        return replace(diagnostic, hint="the base is a git revision; `netpol diff OLD NEW` compares files")
    return replace(diagnostic, file=f"--base {name}")


def is_head(revision: Revision) -> bool:
    """True iff the revision is the commit that is checked out, under another name than HEAD."""
    return revision.name not in ("HEAD", "@") and resolve("HEAD").commit == revision.commit


def find_targets(revision: Revision, paths: Sequence[str], exclude: Excludes, new: Sequence[str]) -> list[Target]:
    """Where the manifests at `paths` are at the revision; those of `new` may be missing there. Raises InputError with
    everything that is."""
    places = [_place(path) for path in paths]
    targets = [_counterpart(place, revision) for place in places]
    fresh = [_counterpart(_place(path), revision).path for path in new]
    there, mistakes = [], []
    for path, target in zip(paths, targets, strict=True):
        try:
            if holds_manifests(target, exclude):
                there.append(target)
            elif target.path not in fresh:
                mistakes.append(_missing(revision, path))
        except InputError as error:
            mistakes += [replace(d, file=d.file or path) for d in error.diagnostics]
    mistakes += _unnamed(revision, places, targets, exclude)
    if mistakes:
        raise InputError(mistakes)
    return there


def _place(path: str) -> Place:
    if context_of(path) is not None:
        hint = f"ask what a change would do to the cluster: `netpol diff {path} k8s/`"
        raise UsageError(f"`{path}` has no counterpart at a revision", hint)
    if path == STDIN:
        hint = "name files or directories of the work tree, or compare with `netpol diff REV:PATH -`"
        raise UsageError("`-` has no counterpart at a revision", hint)
    return place_of(path)


def _counterpart(place: Place, revision: Revision) -> Target:
    """The same path at the revision; raises InputError where it lies outside of the repository."""
    if isinstance(place, Target):
        return Target(revision.name, place.path, revision)
    found = counterpart(place, revision)
    if found is None:
        raise InputError(Diagnostic("path", "outside the repository", shown(place)))
    return found


def refuse_strays(revision: Revision, paths: Sequence[str]) -> None:
    """Raises InputError where a path of the work tree is one thing by its letters, which is what the base has there,
    and another by the links on its way; or where these are absolute or lead out of the repository, so that another
    machine shows something else there."""
    root = git.root()
    mistakes = []
    for place in map(_place, paths):
        target = counterpart(place, revision) if isinstance(place, str) else None
        if target is None:
            continue
        real = os.path.realpath(str(place))  # a link that leads in a circle is nothing to it
        if strays(target.path, str(root)) or real != os.path.realpath(root / target.path):
            mistakes.append(replace(outside(shown(str(place)), real), code=STRAY))
    if mistakes:
        raise InputError(mistakes)


def refuse_strangers(new: Sequence[str], paths: Sequence[str]) -> None:
    """Raises UsageError iff one of `new` is none of the manifests at `paths`."""
    known = {Path(path) for path in paths}
    for path in new:
        if Path(path) not in known:
            raise UsageError(f"`--new {path}` is none of the manifests", "name it as it is named among them")


def _missing(revision: Revision, path: str) -> Diagnostic:
    message = f"`{revision.name}` has no manifests there, so that everything in it would count as allowed before"
    hint = f"is it new? then say so: `--new {path}`; was it moved? then a person has to compare: `netpol diff OLD NEW`"
    return Diagnostic("not-at-base", message, shown(path), hint=hint)


def _unnamed(
    revision: Revision, places: Sequence[Place], targets: Sequence[Target], exclude: Excludes
) -> Iterator[Diagnostic]:
    """Manifests of the base beside files that are named, which no argument names and the head lacks: a shell that
    expands `k8s/*.yaml` cannot name them."""
    named = {target.path for target in targets}
    folders: dict[str, Target] = {}
    for place, target in zip(places, targets, strict=True):
        if isinstance(place, str) and not is_folder(place):
            folders.setdefault(str(Path(target.path).parent), target)
    above = [target.path for place, target in zip(places, targets, strict=True) if is_folder(str(place))]
    for target in folders.values():
        for other in manifests_beside(target, exclude):
            here = _here(other, places, targets)
            within = any(folder == "" or other.path.startswith(f"{folder}/") for folder in above)
            if other.path not in named and not within and not is_there(here):
                message = f"`{revision.name}` has it, the change does not, and no argument names it"
                hint = f"name the directory, as `netpol gate --base {revision.name} {here.parent.as_posix()}` does"
                yield Diagnostic("not-named", message, shown(str(here)), hint=hint)


def _here(target: Target, places: Sequence[Place], targets: Sequence[Target]) -> Path:
    """Where a file beside one that was named would be in the work tree."""
    folder = Path(target.path).parent
    for place, other in zip(places, targets, strict=True):
        if isinstance(place, str) and Path(other.path).parent == folder:
            return Path(place).parent / Path(target.path).name
    return Path(target.path)


def _accepted(revision: Revision, accept: str | None) -> Base:
    """The acceptances of the base, and a note where those of the work tree are others."""
    name = accept or FILE
    place = place_of(name)
    target = counterpart(place, revision) if isinstance(place, str) else place
    if target is None or isinstance(place, Target):
        source = Source.read(name) if target is None else read_text(target)
        found = () if source is None else read_acceptances(source)
        return Base(revision, found, found, ())
    source = read_text(target)
    accepted = () if source is None else read_acceptances(source)
    here, notes = _of_head(name)
    if here is not None and (source is None or source.text != here.text):
        message = f"not read: acceptances count as they stand at `{revision.name}`"
        notes.append(Diagnostic("acceptances", message, shown(name), severity=Severity.NOTE))
    elif source is None and accept is not None:
        message = f"no such file at `{revision.name}`: nothing is accepted"
        notes.append(Diagnostic("acceptances", message, shown(name), severity=Severity.WARNING))
    of_head: tuple[Acceptance, ...] | None = ()
    if here is not None:
        try:
            of_head = read_acceptances(here)
        except InputError as error:
            of_head = None
            notes += [replace(d, severity=Severity.WARNING) for d in error.diagnostics]
    return Base(revision, accepted, of_head, tuple(notes))


def _of_head(name: str) -> tuple[Source | None, list[Diagnostic]]:
    """The file of acceptances of the work tree, which is not believed, so that it need not be readable."""
    if not is_there(name):
        return None, []
    try:
        return Source.read(name), []
    except InputError as error:
        return None, [replace(d, severity=Severity.WARNING) for d in error.diagnostics]
