"""Kustomizations: what they make of the manifests that they take in is not known here, where nothing is rendered.

One that is *plain* takes in all that was read below its directory, and changes nothing about policies, so that reading
the files is as good as building it. Of any other, the reports warn, and a gate compares what it says at both sides.
"""

import os
import posixpath
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from verifier.errors import Diagnostic, Severity
from verifier.ir.origin import Path
from verifier.manifests.documents.files import KUSTOMIZATION
from verifier.manifests.documents.refs import Target
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.fields import Problem, quoted
from verifier.manifests.kubernetes.mentions import Mentions, mentions
from verifier.manifests.kubernetes.objects import Object

CODE = "kustomization"
FILES = ("kustomization.yaml", "kustomization.yml", KUSTOMIZATION)
_API = "kustomize.config.k8s.io/"
_HARMLESS = {
    "apiVersion", "kind", "metadata", "resources", "images", "replicas", "configMapGenerator", "secretGenerator",
    "generatorOptions",
}  # fmt: skip
_HINT = "render it first: `kubectl kustomize DIR | netpol check -`"


class Kustomization(Struct, frozen=True):
    """One that is not plain. text: what it says, and then what the files say that it names, or that it does not take in
    though they are read: what is moved among these is applied no more. place: where it was read. said: what it names.
    """

    name: str
    text: str
    place: str | Target | None = None
    said: Mentions = Mentions()


_Spot = tuple[str, str]
"""Where a source is: in the work tree (empty), a tree of git or nowhere (`?`), at which path. That is absolute in the
work tree, and counts from the root of a tree."""


class _Texts(Struct, frozen=True):
    """What was read, by where it is, and where all of it is, in order."""

    by_spot: dict[_Spot, Source]
    spots: list[_Spot]

    @classmethod
    def of(cls, sources: Iterable[Source]) -> "_Texts":
        by_spot = {_spot(source): source for source in sources}
        return cls(by_spot, sorted(by_spot))

    def below(self, side: str, path: str) -> list[_Spot]:
        """The file at that path, or those in the directory there and below it."""
        if (side, path) in self.by_spot:
            return [(side, path)]
        above = f"{path}/" if path and path != "/" else path
        first = bisect_left(self.spots, (side, above))
        last = first
        while last < len(self.spots) and self.spots[last][0] == side and self.spots[last][1].startswith(above):
            last += 1
        return self.spots[first:last]


def _spot(source: Source) -> _Spot:
    match source.place:
        case None:
            return "?", source.name
        case str(path):
            return "", os.path.abspath(path)  # noqa: PTH100
        case target:
            return "" if target.at is None else target.at.tree, target.path


def is_kustomization(each: Object) -> bool:
    """True iff kustomize takes the object for its own; of a file without a suffix kubectl reads nothing else."""
    name = _base(each)
    return name == KUSTOMIZATION or each.api.startswith(_API) or (name in FILES and not each.api)


def complaints(found: Sequence[Object], sources: Iterable[Source]) -> list[Diagnostic]:
    """One note about those that are plain, and one warning about the others, each at the first of them."""
    if not found:
        return []
    texts = _Texts.of(sources)
    wrong = [(each, problem) for each in found if (problem := _problem(each, texts)) is not None]
    altered = {id(each) for each, _ in wrong}
    plain = [each for each in found if id(each) not in altered]
    message = "a kustomization, which is not applied"
    hint = "base and overlay read together? " + _HINT
    notes = [(each, Problem(CODE, (), message, hint, Severity.NOTE)) for each in plain]
    return [*_summary(wrong), *_summary(notes)]


def altering(found: Sequence[Object], sources: Iterable[Source]) -> tuple[Kustomization, ...]:
    """Those that are not plain."""
    if not found:
        return ()
    texts = _Texts.of(sources)
    values: dict[_Spot, list[object]] = {}
    for each in found:
        values.setdefault(_spot(each.document.source), []).append(each.value)
    seen: dict[_Spot, Kustomization] = {}
    for each in found:
        source = each.document.source
        if (spot := _spot(source)) not in seen and _problem(each, texts) is not None:
            named = [texts.by_spot[other].text for other in sorted(_named(each, texts) | _left_aside(each, texts))]
            text = "\0".join([source.text, *named])
            seen[spot] = Kustomization(source.name, text, source.place, mentions(values[spot]))
    return tuple(seen.values())


def changed_kustomizations(base: Iterable[Kustomization], head: Iterable[Kustomization]) -> tuple[str, ...]:
    """The names of those that are not plain and are not on both sides as they are: under one name with other texts, or
    under a name that only one side has, with texts that none of those has there which only the other side has."""
    old, new = _by_name(base), _by_name(head)
    altered = [name for name in old if name in new and old[name] != new[name]]
    gone = Counter(texts for name, texts in old.items() if name not in new)
    come = Counter(texts for name, texts in new.items() if name not in old)
    moved = gone & come
    sides = ((old, new, gone), (new, old, come))
    alone = [n for mine, other, counts in sides for n, t in mine.items() if n not in other and counts[t] > moved[t]]
    return (*altered, *alone)


def _by_name(found: Iterable[Kustomization]) -> Mapping[str, tuple[str, ...]]:
    """The texts of each name: none of two hides the other."""
    texts: dict[str, list[str]] = {}
    for each in found:
        texts.setdefault(each.name, []).append(each.text)
    return {name: tuple(sorted(several)) for name, several in texts.items()}


def _summary(found: Sequence[tuple[Object, Problem]]) -> Iterator[Diagnostic]:
    if found:
        each, problem = found[0]
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        yield each.diagnostic(Problem(CODE, problem.path, problem.message + more, problem.hint, problem.severity))


def _problem(each: Object, texts: _Texts) -> Problem | None:
    """Why it is not plain."""
    if each.kind not in ("", "Kustomization"):
        return _warning(("kind",), f"a {quoted(each.kind)} of kustomize, which is not applied")
    for name in each.value:
        if name not in _HARMLESS:
            return _warning((name,), f"a kustomization with {quoted(name)}, which is not applied")
    for index, (resource, names) in enumerate(_resources(each, texts)):
        if not names:
            what = quoted(resource) if isinstance(resource, str) else "what is no path"
            return _warning(("resources", index), f"a kustomization that takes in {what}, which is not read")
    for spot in sorted(_left_aside(each, texts)):
        name = texts.by_spot[spot].name
        return _warning((), f"a kustomization that does not take in {quoted(name)}, which is read")
    return None


def _resources(each: Object, texts: _Texts) -> Iterator[tuple[object, list[_Spot]]]:
    """Its resources, each with what was read of it."""
    resources = each.value.get("resources")
    for resource in resources if isinstance(resources, list) else ():
        yield resource, _read(each, resource, texts) if isinstance(resource, str) else []


def _left_aside(each: Object, texts: _Texts) -> set[_Spot]:
    """What was read below its directory, and that it does not take in."""
    taken = {spot for _, spots in _resources(each, texts) for spot in spots}
    side, path = _spot(each.document.source)
    below = (spot for spot in texts.below(side, posixpath.dirname(path)) if posixpath.basename(spot[1]) not in FILES)
    return set(below) - taken - {(side, path)}


def _warning(path: Path, message: str) -> Problem:
    return Problem(CODE, path, message, _HINT, Severity.WARNING)


def _named(each: Object, texts: _Texts) -> set[_Spot]:
    """The files that were read and that it names, or whose directories it names, anywhere but among its resources."""
    waiting = [value for name, value in each.value.items() if name != "resources"]
    found: set[_Spot] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str):
            found.update(_read(each, value, texts))
    return found - {_spot(each.document.source)}


def _base(each: Object) -> str:
    """The name of the file that it stands in, in its directory."""
    return posixpath.basename(_spot(each.document.source)[1])


def _read(each: Object, path: str, texts: _Texts) -> list[_Spot]:
    """What was read at a path that is relative to the directory of the kustomization; none leads out of a tree."""
    side, at = _spot(each.document.source)
    below = posixpath.normpath(posixpath.join(posixpath.dirname(at), path))
    return [] if below.split("/")[0] == ".." else texts.below(side, "" if below == "." else below)
