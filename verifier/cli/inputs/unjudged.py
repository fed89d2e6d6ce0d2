"""What a change holds that nobody has judged: files that are not read, or that decide what deploy tools make of those
that are. A gate that says nothing of them would be green for what they do."""

import posixpath
from collections.abc import Iterator, Sequence, Set
from itertools import chain

from msgspec import Struct, field
from msgspec.structs import replace

from verifier.cli.inputs.charts import Globs, differing, is_chart, parts
from verifier.cli.inputs.takenin import TakenIn, taken_in
from verifier.errors import Diagnostic, Severity
from verifier.manifests.documents import git
from verifier.manifests.documents.excludes import Excludes
from verifier.manifests.documents.files import CHART, MODULES, TEMPLATES
from verifier.manifests.documents.held import Held, held_at, held_here
from verifier.manifests.documents.places import Place, counterpart
from verifier.manifests.documents.refs import Revision, Target, resolve
from verifier.manifests.documents.source import shown
from verifier.manifests.kubernetes.fields import quoted
from verifier.manifests.kubernetes.kustomization import FILES, Kustomization, changed_kustomizations
from verifier.manifests.kubernetes.load import Loaded

CODE = "not-judged"
_RENDER = "have both sides rendered: `netpol gate --render COMMAND`; or compare them: `netpol diff OLD NEW`"


class Ground(Struct, frozen=True):
    """What lies in the repository: at the revision that is the base, and wherever else manifests are read; each is
    looked at once."""

    revision: Revision
    _held: dict[str | None, Held] = field(default_factory=dict)

    def held(self, place: Place) -> Held:
        tree = None if isinstance(place, str) else (place.at or resolve(place.revision)).tree
        if tree not in self._held:
            self._held[tree] = held_here() if tree is None else held_at(tree)
        return self._held[tree]

    def all_held(self, loaded: Loaded) -> list[Held]:
        """What lies wherever manifests were read: in the work tree, or in trees of git."""
        return list({id(held): held for held in map(self.held, loaded.places)}.values())

    def path_of(self, place: Place) -> str | None:
        """The path of a place from the root; None where it lies outside."""
        target = counterpart(place, self.revision) if isinstance(place, str) else place
        return None if target is None else target.path


class Unjudged(Struct, frozen=True):
    """found: what a change changes that is not judged. elsewhere: what kustomizations of either side take in that is
    not in the repository, so that nobody read it."""

    found: tuple[Diagnostic, ...]
    elsewhere: tuple[str, ...]


def unjudged(ground: Ground, exclude: Excludes, base: Loaded | None, head: Loaded) -> Unjudged:
    """exclude: what is left out on purpose. base: None where all of it is new."""
    globs = Globs(git.root(), exclude)
    before, after = ({} if side is None else _as_built(ground, side) for side in (base, head))
    found = chain(_found(ground, globs, base, head), _rebuilt(ground, before, after, head))
    names = {name for side in (before, after) for taken in side.values() for name in taken.elsewhere}
    return Unjudged(tuple(found), tuple(sorted(names)))


def _found(ground: Ground, globs: Globs, base: Loaded | None, head: Loaded) -> Iterator[Diagnostic]:
    """An error about each: files and directories that a side leaves out, though no glob does, and that the change
    changes (a warning, where they are modules of a package); submodules that are not checked out."""
    yield from (_refused(d) for d in head.diagnostics if d.code == "submodule" and d.severity is Severity.WARNING)
    yield from _left_out(ground, globs, base, head)


_Built = dict[Kustomization, TakenIn]
"""The kustomizations of a side, each called by its path from the root, and what they take in."""


def _as_built(ground: Ground, loaded: Loaded) -> _Built:
    read: dict[int, set[str]] = {}
    found: _Built = {}
    for each in loaded.kustomizations:
        path = None if each.place is None else ground.path_of(each.place)
        if each.place is None or path is None:
            found[each] = TakenIn("", each.said.required)
            continue
        held = ground.held(each.place)
        if id(held) not in read:
            mine = (ground.path_of(place) for place in loaded.places if ground.held(place) is held)
            read[id(held)] = {held.real(other) or other for other in mine if other is not None}
        found[replace(each, name=path)] = taken_in(each.said, posixpath.dirname(path), held, read[id(held)])
    return found


def _rebuilt(ground: Ground, before: _Built, after: _Built, head: Loaded) -> Iterator[Diagnostic]:
    of_base = [_held_at_base(ground)]
    old, new = {each.name for each in before}, {each.name for each in after}
    gone = [_compared(ground, each, taken, new, ground.all_held(head)) for each, taken in before.items()]
    come = [_compared(ground, each, taken, old, of_base) for each, taken in after.items()]
    for name in changed_kustomizations(gone, come):
        message = "the change changes this kustomization, or what it takes in, and what comes of it is not judged"
        yield Diagnostic(CODE, message, name, hint=_RENDER)


def _held_at_base(ground: Ground) -> Held:
    return ground.held(Target(ground.revision.name, "", ground.revision))


def _compared(
    ground: Ground, each: Kustomization, taken: TakenIn, names: Set[str], others: Sequence[Held]
) -> Kustomization:
    """One with all that counts of what it takes in. names: of the other side. One that moved takes all of that with it,
    and nothing comes to lie in its place."""
    compared = replace(each, text=f"{each.text}\0{taken.files}")
    if each.name in names or each.place is None:
        return compared
    folder = posixpath.dirname(each.name)
    if any(posixpath.join(folder, name) in held.known for name in FILES for held in others):
        return replace(compared, whole=f"still at {folder}")
    held = ground.held(each.place)
    return replace(compared, whole="\0".join(f"{name}\0{held.id_of(path)}" for name, path in taken.all))


def _refused(diagnostic: Diagnostic) -> Diagnostic:
    return Diagnostic(CODE, diagnostic.message, diagnostic.file, diagnostic.line, diagnostic.column, diagnostic.hint)


def _left_out(ground: Ground, globs: Globs, base: Loaded | None, head: Loaded) -> Iterator[Diagnostic]:
    loaded = [side for side in (base, head) if side is not None]
    unread = {path: place for side in loaded for place in side.unread if (path := ground.path_of(place)) is not None}
    marks = [place for side in loaded for place in side.places if posixpath.basename(_letters(place)) == CHART]
    if not unread and not marks:
        return
    old, new = _held_at_base(ground), ground.all_held(head)
    charts = {
        folder: unread.pop(path)
        for path in list(unread)
        if posixpath.basename(path) == TEMPLATES and is_chart(folder := posixpath.dirname(path), [old, *new])
    }
    for place in marks:
        folder = posixpath.dirname(ground.path_of(place) or "")
        if not globs.leave_out(posixpath.join(folder, TEMPLATES)):
            charts.setdefault(folder, place)
    for folder, place in sorted(charts.items()):
        if not any(above in charts for above in parts(posixpath.dirname(folder))):
            changed = differing(folder, [old, *new], globs)
            if changed is not None:
                message = "nothing in it is read, and the change changes it, or the chart that it belongs to"
                yield _not_read(place, f"{message}: {quoted(shown(posixpath.join(folder, changed)))}", Severity.ERROR)
    for path, place in sorted(unread.items()):
        before = old.at(path)
        if before is None or any(each.at(path) != before for each in new):
            severity = Severity.WARNING if posixpath.basename(path) == MODULES else Severity.ERROR
            yield _not_read(place, "nothing in it is read, and the change changes it", severity)


def _not_read(place: Place, message: str, severity: Severity) -> Diagnostic:
    hint = "have both sides rendered: `--render COMMAND`; or leave it out on purpose with `--exclude`"
    return Diagnostic(CODE, message, shown(_letters(place)), hint=hint, severity=severity)


def _letters(place: Place) -> str:
    return place if isinstance(place, str) else str(place)
