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

from verifier.errors import Diagnostic, InputError, Severity
from verifier.ir.origin import Path
from verifier.manifests.documents.document import documents
from verifier.manifests.documents.files import CHART, KUSTOMIZATION
from verifier.manifests.documents.places import beside, read
from verifier.manifests.documents.refs import Target
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.fields import Problem, quoted
from verifier.manifests.kubernetes.generators import held
from verifier.manifests.kubernetes.mentions import Mentions, is_address, mentions
from verifier.manifests.kubernetes.objects import Object

CODE = "kustomization"
RENDERED = "rendered"
"""The code of what is said of a directory that was rendered: a note, and of a chart a warning."""
FILES = ("kustomization.yaml", "kustomization.yml", KUSTOMIZATION)
_API = "kustomize.config.k8s.io/"
_HARMLESS = {
    "apiVersion", "kind", "metadata", "resources", "images", "replicas", "configMapGenerator", "secretGenerator",
    "generatorOptions",
}  # fmt: skip
_MESH = "istio"
"""What ConfigMaps with settings of a mesh are called, or how their names begin: what they say is read."""
_MOST = 10_000
"""Files that are followed at most from one kustomization."""
_HINT = "`netpol check DIR` builds it; a gate judges what is built with `--render 'kustomize build DIR'`"


class Kustomization(Struct, frozen=True):
    """One that is not plain. text: what it says, and then what the files say that it names, or that it does not take in
    though they are read: what is moved among these is applied no more. place: where it was read. said: what it names.
    whole: what else has to be the same of one that moved."""

    name: str
    text: str
    place: str | Target | None = None
    said: Mentions = Mentions()
    whole: str = ""


_Spot = tuple[str, str]
"""Where a source is: in the work tree (empty), a tree of git or nowhere (`?`), at which path. That is absolute in the
work tree, and counts from the root of a tree."""


class _Texts(Struct, frozen=True):
    """What was read, by where it is, and where all of it is, in order. built: kustomizations, by where they are."""

    by_spot: dict[_Spot, Source]
    spots: list[_Spot]
    built: Mapping[_Spot, Object]

    @classmethod
    def of(cls, sources: Iterable[Source], found: Iterable[Object]) -> "_Texts":
        by_spot = {_spot(source): source for source in sources}
        return cls(by_spot, sorted(by_spot), {_spot(each.document.source): each for each in found})

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

    def is_built(self, spot: _Spot) -> bool:
        """True iff the file has the name of a kustomization, and holds one or nothing."""
        named = posixpath.basename(spot[1]) in FILES
        return named and (spot in self.built or not self.by_spot[spot].text.strip())


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


def letters_of(source: Source) -> str:
    """The path at which a text was read; empty where it has none."""
    match source.place:
        case None:
            return ""
        case str(path):
            return path
        case target:
            return target.path


def may_be_rendered(source: Source) -> bool:
    """True iff its directory is one that kustomize or Helm would be given."""
    return posixpath.basename(letters_of(source)) in (*FILES, CHART)


def left_unbuilt(left_out: Sequence[str]) -> list[Diagnostic]:
    """A warning about kustomizations that are left out on purpose, without the files that they would change."""
    names = [name for name in left_out if posixpath.basename(name) in FILES]
    if not names:
        return []
    more = f" (and {len(names) - 1} more)" if len(names) > 1 else ""
    message = f"a kustomization that is left out, so that its files are read as they stand, deployed or not{more}"
    return [Diagnostic(CODE + "-left-out", message, names[0], severity=Severity.WARNING)]


def refuse_altering(found: Iterable[Diagnostic]) -> None:
    """Raises InputError iff a kustomization that is not plain was read as it stands, with what it would change."""
    wrong = [each for each in found if each.code == CODE and each.severity is Severity.WARNING]
    if wrong:
        raise InputError([_refused(each) for each in wrong])


def _refused(each: Diagnostic) -> Diagnostic:
    folder = posixpath.dirname(each.file or "") or "."
    what = "DIR" if each.file is None or each.file.startswith("<") else folder
    hint = f"`kustomize build {what} | netpol check -`; or `netpol check {what}`, which builds it"
    message = f"{each.message}: what it is built from would be read together, and not what is deployed"
    return Diagnostic(each.code, message, each.file, each.line, each.column, hint)


def complaints(found: Sequence[Object], sources: Iterable[Source]) -> list[Diagnostic]:
    """One note about those that are plain, and one warning about the others, each at the first of them."""
    if not found:
        return []
    texts = _Texts.of(sources, found)
    wrong = [(each, problem) for each in found if (problem := _problem(each, texts)) is not None]
    altered = {id(each) for each, _ in wrong}
    plain = [each for each in found if id(each) not in altered]
    message = "a kustomization that changes nothing here, so that its files are read as they stand"
    notes = [(each, Problem(CODE, (), message, None, Severity.NOTE)) for each in plain]
    return [*_summary(wrong), *_summary(notes)]


def altering(found: Sequence[Object], sources: Iterable[Source]) -> tuple[Kustomization, ...]:
    """Those that are not plain."""
    if not found:
        return ()
    texts = _Texts.of(sources, found)
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
    under a name that only one side has, and not moved to one that only the other side has."""
    old, new = _by_name(base), _by_name(head)
    altered = [name for name in old if name in new and old[name] != new[name]]
    gone = Counter(texts for name, texts in old.items() if name not in new)
    come = Counter(texts for name, texts in new.items() if name not in old)
    moved = gone & come
    sides = ((old, new, gone), (new, old, come))
    alone = [n for mine, other, counts in sides for n, t in mine.items() if n not in other and counts[t] > moved[t]]
    return (*altered, *alone)


def _by_name(found: Iterable[Kustomization]) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """The texts of each name: none of two hides the other."""
    texts: dict[str, list[tuple[str, str]]] = {}
    for each in found:
        texts.setdefault(each.name, []).append((each.text, each.whole))
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
    if _base(each) in FILES and not _is_alone(each):
        return _warning((), "a kustomization in one file with other objects, which kustomize does not take in")
    for name in each.value:
        if name not in _HARMLESS:
            return _warning((name,), f"a kustomization with {quoted(name)}, which is not applied")
    for index, entry in enumerate(_entries(each, "configMapGenerator")):
        called = entry.get("name")
        if isinstance(called, str) and (called == _MESH or called.startswith(f"{_MESH}-")):
            return _warning(("configMapGenerator", index), "a kustomization that makes settings of a mesh")
        if (found := _carried(each, entry)) is not None:
            return _warning(("configMapGenerator", index), f"a kustomization that makes a ConfigMap of {found}")
    seen: set[_Spot] = set()
    for index, (resource, names) in enumerate(_resources(each, texts)):
        what = quoted(resource) if isinstance(resource, str) else "what is no path"
        why = "which is not read" if not names else _unbuildable(each, resource, texts)
        if why is None and not seen.isdisjoint(names):
            why = "which it takes in twice"
        if why is not None:
            return _warning(("resources", index), f"a kustomization that takes in {what}, {why}")
        seen.update(names)
    if not _builds_once(each, texts):
        return _warning((), "a kustomization that takes in something twice, or itself, by others")
    for spot in sorted(_left_aside(each, texts)):
        name = texts.by_spot[spot].name
        return _warning((), f"a kustomization that does not take in {quoted(name)}, which is read")
    return None


def _entries(each: Object, name: str) -> Iterator[dict[str, object]]:
    """What stands in one of its lists; of what is no mapping an empty one."""
    entries = each.value.get(name)
    yield from (entry if isinstance(entry, dict) else {} for entry in (entries if isinstance(entries, list) else ()))


def _carried(each: Object, entry: dict[str, object]) -> str | None:
    """What of a ConfigMap is more than data: policies in it, or a file that nobody can read."""
    if (found := held("v1", {"data": entry})) is not None:
        return found[1][0]
    for text in _files_of(entry):
        try:
            source = _beside(each.document.source, text)
        except InputError:
            return f"{quoted(text)}, which cannot be read"
        if (found := held("v1", {"data": source.text})) is not None:
            return f"{quoted(text)}, which holds {found[1][0]}"
    return None


def _files_of(entry: dict[str, object]) -> Iterator[str]:
    """The files of a generator: of `key=path`, the path."""
    listed = [each for name in ("files", "envs") if isinstance(some := entry.get(name), list) for each in some]
    for each in (*listed, entry.get("env")):
        if isinstance(each, str):
            key, _, path = each.partition("=")
            yield path or key


def _beside(source: Source, text: str) -> Source:
    """The file that a kustomization names; raises InputError where it cannot be read, or is not beside or below it."""
    if source.place is None or posixpath.normpath(text).split("/")[0] in ("", ".."):
        raise InputError(Diagnostic("path", "no file of its directory", source.name))
    return read(beside(source.place, text))


def _unbuildable(each: Object, resource: object, texts: _Texts) -> str | None:
    """Why kustomize does not take in a resource that was read."""
    assert isinstance(resource, str)
    (side, path), below = _spot(each.document.source), _below(each, resource)
    home = posixpath.dirname(path)
    if (side, below) in texts.by_spot:
        is_inside = home in ("", "/") or below.startswith(f"{home}/")
        return None if is_inside else "a file outside of its directory"
    if home == below or below in ("", "/") or home.startswith(f"{below}/"):
        return "in which it lies itself"
    return None if len(_inside(side, below, texts)) == 1 else "a directory without a kustomization, or with several"


def _inside(side: str, folder: str, texts: _Texts) -> list[Object]:
    """The kustomizations of a directory."""
    return [texts.built[spot] for name in FILES if (spot := (side, posixpath.join(folder, name))) in texts.built]


def _builds_once(each: Object, texts: _Texts) -> bool:
    """True iff nothing that it takes in, itself or by others, is taken in twice, which kustomize refuses; False where
    that is too much to follow."""
    seen: set[_Spot] = set()
    waiting = [each]
    while waiting:
        one = waiting.pop()
        spot = _spot(one.document.source)
        taken = [(spot[0], _below(one, text)) for text in _paths(one)]
        files = [spot, *(place for place in taken if place in texts.by_spot)]
        if len(set(files)) < len(files) or not seen.isdisjoint(files) or len(seen) > _MOST:
            return False
        seen.update(files)
        waiting += [inner for place in taken if place not in texts.by_spot for inner in _inside(*place, texts)]
    return True


def _paths(each: Object) -> Iterator[str]:
    """Its resources that are paths."""
    resources = each.value.get("resources")
    for resource in resources if isinstance(resources, list) else ():
        if isinstance(resource, str) and not is_address(resource):
            yield resource


def _resources(each: Object, texts: _Texts) -> Iterator[tuple[object, list[_Spot]]]:
    """Its resources, each with what was read of it."""
    resources = each.value.get("resources")
    for resource in resources if isinstance(resources, list) else ():
        is_here = isinstance(resource, str) and not is_address(resource)
        yield resource, _read(each, resource, texts) if is_here else []


def _left_aside(each: Object, texts: _Texts) -> set[_Spot]:
    """What was read below its directory, and that it does not take in; other kustomizations say that for themselves,
    and whatever else has the name of one is no part of a build."""
    taken = {spot for _, spots in _resources(each, texts) for spot in spots}
    side, path = _spot(each.document.source)
    below = (spot for spot in texts.below(side, posixpath.dirname(path)) if not texts.is_built(spot))
    return set(below) - taken - {(side, path)}


def _is_alone(each: Object) -> bool:
    """True iff its file holds it and nothing else."""
    found, _ = documents(each.document.source, strict=False)
    return each.path == () and sum(document.value is not None for document in found) == 1


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
    below = _below(each, path)
    return [] if below.split("/")[0] == ".." else texts.below(_spot(each.document.source)[0], below)


def _below(each: Object, path: str) -> str:
    """A path that is relative to the directory of the kustomization, as spots have it."""
    below = posixpath.normpath(posixpath.join(posixpath.dirname(_spot(each.document.source)[1]), path))
    return "" if below == "." else below
