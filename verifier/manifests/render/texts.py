"""Manifests where directories among them have to be rendered: what `find_texts` finds, with these as they are built.

Rendered are kustomizations and charts that no other one includes, and only if reading the files as they stand would say
something else. What they take in is read as a part of them, and nothing else that lies in their directories is.
"""

import os
import posixpath
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from verifier.errors import Diagnostic, InputError, Severity
from verifier.ir.prose import listed
from verifier.manifests.documents.document import documents
from verifier.manifests.documents.files import CHART, STDIN, TEMPLATES
from verifier.manifests.documents.refs import Target, resolve
from verifier.manifests.documents.revision import from_root, target_of
from verifier.manifests.documents.source import Source, shown
from verifier.manifests.kubernetes.kustomization import CODE, FILES, altering, is_kustomization, letters_of
from verifier.manifests.kubernetes.load import Texts
from verifier.manifests.kubernetes.objects import Object, objects
from verifier.manifests.render.ground import HERE, Ground, copied, place_below
from verifier.manifests.render.made import Made, build, conflicts, matters, template, told
from verifier.manifests.render.reach import Reach
from verifier.manifests.render.roots import Roots, charts_of, find_roots, folders_of, home_among
from verifier.manifests.render.values import Values

Place = str | Target


class _Side(Struct, frozen=True):
    """The manifests of the work tree, or of one tree. sources: by their real paths. named: what the command line names.
    aside: directories that patterns leave out."""

    ground: Ground
    sources: Mapping[str, Source]
    named: frozenset[str]
    aside: frozenset[str]


def with_rendered(texts: Texts, paths: Sequence[Place], values: Values) -> Texts:
    """`texts`, which stand at `paths`, with directories rendered that have to be. Raises InputError where one cannot
    be."""
    with ExitStack() as stack:
        sides, others = _sides(texts, paths, stack)
        done = [_rendered(side, values) for side in sides]
    found = [each for side in done for each in side.found]
    unread = {name for side in done for name in side.unread}
    mistakes = [each for each in texts.mistakes if each.file not in unread]
    wrong = [each for each in (*mistakes, *found) if each.severity is Severity.ERROR]
    if wrong:
        raise InputError(tuple(dict.fromkeys(wrong)))
    kept = (source for side in done for source in side.kept)
    made = (source for side in done for each in side.made for source in each.sources)
    return replace(
        texts,
        sources=(*others, *kept, *made),
        mistakes=tuple(dict.fromkeys((*mistakes, *found))),
        left_out=tuple(each for each in texts.left_out if each not in unread),
        unread=tuple(each for each in texts.unread if _cited(each) not in unread),
    )


def refuse_rendering(texts: Texts, paths: Sequence[Place]) -> None:
    """Raises InputError iff a kustomization among the texts would have to be built."""
    with ExitStack() as stack:
        for side in _sides(texts, paths, stack)[0]:
            kustomized, _ = folders_of(side.sources)
            if _are_plain(side.sources.values()):
                continue
            roots = find_roots(kustomized, (), side.named, Reach(side.ground))
            raise InputError([_unbuilt(side.ground.cite(folder)) for folder in roots.kustomizations or kustomized])


def _unbuilt(name: str) -> Diagnostic:
    message = (
        "a kustomization that is not built: what it is built from would be read together, and not what is deployed"
    )
    hint = f"`kustomize build {name} | netpol check -`; or without `--render-with never`: `netpol check {name}`"
    return Diagnostic(CODE, message, name, hint=hint)


def _sides(texts: Texts, paths: Sequence[Place], stack: ExitStack) -> tuple[list[_Side], list[Source]]:
    """What lies together and has to be rendered, in the work tree or in a tree of git, which is copied for it; and what
    is read as it stands."""
    groups: dict[str | None, list[Source]] = {}
    others = []
    for source in texts.sources:
        match source.place:
            case None:
                others.append(source)
            case Target() as target:
                groups.setdefault((target.at or resolve(target.revision)).tree, []).append(source)
            case _:
                groups.setdefault(None, []).append(source)
    sides = []
    for tree, some in groups.items():
        if not _has_to_be_rendered(some):
            others += some
        elif tree is None:
            here = {os.path.realpath(s.place): s for s in some if isinstance(s.place, str)}
            named = frozenset(os.path.realpath(path) for path in paths if isinstance(path, str) and path != STDIN)
            aside = frozenset(map(os.path.realpath, _aside(texts)))
            sides.append(_Side(replace(HERE, cite=_citing(here)), here, named, aside))
        else:
            targets = [s.place for s in some if isinstance(s.place, Target)]
            root, ground = stack.enter_context(copied(targets[0].at or resolve(targets[0].revision)))
            there = {place_below(root, t): s for t, s in zip(targets, some, strict=True)}
            named = frozenset(place_below(root, t) for path in paths if isinstance(t := _target(path), Target))
            aside = frozenset(f"{root}/{name.partition(':')[2]}" for name in _aside(texts))
            sides.append(_Side(ground, there, named, aside))
    return sides, others


def _aside(texts: Texts) -> list[str]:
    """What patterns leave out, as it is cited."""
    unread = set(map(_cited, texts.unread))
    return [name for name in texts.left_out if name not in unread]


def _cited(place: Place) -> str:
    return shown(place) if isinstance(place, str) else str(place)


def _target(path: Place) -> Target | None:
    place = path if isinstance(path, Target) else target_of(path)
    return None if place is None else replace(place, path=from_root(place))


def _citing(sources: Mapping[str, Source]) -> Callable[[str], str]:
    """Names files as those beside them are named, which hangs on how the command line names their directory."""
    folders = {os.path.dirname(real): os.path.dirname(source.name) for real, source in sources.items()}  # noqa: PTH120

    def cite(real: str) -> str:
        if real in sources:
            return sources[real].name
        above, below = real, ""
        while above not in folders and os.path.dirname(above) != above:  # noqa: PTH120
            above, name = os.path.split(above)
            below = os.path.join(name, below) if below else name  # noqa: PTH118
        if above not in folders:
            return HERE.cite(real)
        return "/".join(part for part in (folders[above], below) if part) or "."

    return cite


class _Rendered(Struct, frozen=True):
    """Of a side: what is read as it stands, what was rendered, what is to be said, and what is left out no more."""

    kept: list[Source]
    made: list[Made]
    found: list[Diagnostic]
    unread: set[str]


def _rendered(side: _Side, values: Values) -> _Rendered:
    kustomized, chart_folders = folders_of(side.sources)
    charts = charts_of(chart_folders, side.aside, side.ground)
    reach = Reach(side.ground)
    plain = _are_plain(side.sources.values())
    roots = find_roots([] if plain else kustomized, charts, side.named, reach)
    found, made = [*roots.mistakes, *_named_parts(side, roots)], list[Made]()
    if not any(each.severity is Severity.ERROR for each in found):
        known = {each.files[0]: each for each in reach.found.values()}
        makers = [
            *(partial(build, reach.found[folder], side.ground, known) for folder in roots.kustomizations),
            *(partial(template, chart, side.ground, values) for chart in roots.charts if not chart.is_library),
        ]
        for make in makers:
            try:
                made.append(make())
            except InputError as error:
                found += error.diagnostics
    found += [*map(told, made), *conflicts(made)]
    left = [real for real in side.sources if real not in roots.owned]
    read = {real for real in left if real in side.named or home_among(real, roots.homes) is None}
    kept = [side.sources[real] for real in left if real in read]
    aside = [side.sources[real] for real in left if real not in read]
    found += _left_aside(aside)
    unread = {side.ground.cite(os.path.join(chart.folder, TEMPLATES)) for chart in charts}  # noqa: PTH118
    return _Rendered(kept, made, found, unread)


def _named_parts(side: _Side, roots: Roots) -> Iterator[Diagnostic]:
    """An error for files that somebody names, and that are parts of what is built: read as they stand they would be
    something else, and passed over they would not be what was asked about."""
    named = [real for real in side.named & roots.owned if posixpath.basename(real) not in FILES]
    names = sorted(side.sources[real].name for real in named if real in side.sources)
    if names:
        more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
        message = f"named beside a kustomization that it is a part of, and that is built{more}"
        hint = f"name the one or the other: `netpol check {names[0]}` reads it as it stands"
        yield Diagnostic("named-part", message, names[0], hint=hint)


def _left_aside(sources: Sequence[Source]) -> list[Diagnostic]:
    """A warning about files in rendered directories that hold what matters, and that are not taken in there."""
    found = [source.name for source in sources if _matters(source)]
    if not found:
        return []
    names = listed((f"`{name}`" for name in sorted(found)), 4)
    message = f"beside what is rendered, and not taken in there, so that it is not read: {names}"
    hint = "name a file itself to have it read"
    return [Diagnostic("not-taken-in", message, min(found), hint=hint, severity=Severity.WARNING)]


def _matters(source: Source) -> bool:
    """True iff it holds an object that would be read, or nobody can say."""
    found, faults = documents(source, strict=False)
    wrong = any(fault.severity is Severity.ERROR for fault in faults)
    return wrong or any(matters(each) for document in found for each in objects(document))


def _has_to_be_rendered(sources: Sequence[Source]) -> bool:
    has_charts = any(posixpath.basename(letters_of(source)) == CHART for source in sources)
    return has_charts or not _are_plain(sources)


def _are_plain(sources: Collection[Source]) -> bool:
    """True iff reading the files is as good as building the kustomizations among them."""
    found: list[Object] = []
    for source in sources:
        if posixpath.basename(letters_of(source)) in FILES:
            read, faults = documents(source, strict=False)
            if any(fault.severity is Severity.ERROR for fault in faults):
                return False
            found += [each for document in read for each in objects(document) if is_kustomization(each)]
    return not altering(found, sources)
