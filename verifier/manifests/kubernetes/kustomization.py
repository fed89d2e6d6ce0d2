"""Kustomizations: what they make of the manifests that they take in is not known here, where nothing is rendered.

One that is *plain* takes in all that was read below its directory, and changes nothing about policies, so that reading
the files is as good as building it. Of any other, the reports warn, and a gate compares what it says at both sides.
"""

import posixpath
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from verifier.errors import Diagnostic, Severity
from verifier.ir.origin import Path
from verifier.manifests.documents.files import KUSTOMIZATION
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.fields import Problem, quoted
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
    though they are read: what is moved among these is applied no more."""

    name: str
    text: str


class _Texts(Struct, frozen=True):
    """What was read, by name, and the names in their order."""

    by_name: dict[str, str]
    names: list[str]

    @classmethod
    def of(cls, sources: Iterable[Source]) -> "_Texts":
        by_name = {source.name: source.text for source in sources}
        return cls(by_name, sorted(by_name))

    def below(self, path: str) -> list[str]:
        """The file of that name, or those in the directory of that name, or all whose names begin with it."""
        if path in self.by_name:
            return [path]
        if path == "." or path.endswith(":."):
            path = path[:-1]
        elif path and path[-1] not in "/:":
            path += "/"
        first = bisect_left(self.names, path)
        last = first
        while last < len(self.names) and self.names[last].startswith(path):
            last += 1
        return self.names[first:last]


def is_kustomization(each: Object) -> bool:
    """True iff kustomize takes the object for its own; of a file without a suffix kubectl reads nothing else."""
    name = _base(each.document.source.name)
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
    seen: dict[str, Kustomization] = {}
    for each in found:
        source = each.document.source
        if source.name not in seen and _problem(each, texts) is not None:
            named = [texts.by_name[name] for name in sorted(_named(each, texts) | _left_aside(each, texts))]
            seen[source.name] = Kustomization(source.name, "\0".join([source.text, *named]))
    return tuple(seen.values())


def changed_kustomizations(base: Iterable[Kustomization], head: Iterable[Kustomization]) -> tuple[str, ...]:
    """The names of those that are not plain and are not on both sides as they are: under one name with another text, or
    under a name that only one side has, with a text that none of those has there which only the other side has."""
    old, new = {k.name: k.text for k in base}, {k.name: k.text for k in head}
    altered = [name for name in old if name in new and old[name] != new[name]]
    gone = Counter(text for name, text in old.items() if name not in new)
    come = Counter(text for name, text in new.items() if name not in old)
    moved = gone & come
    sides = ((old, new, gone), (new, old, come))
    alone = [n for mine, other, counts in sides for n, t in mine.items() if n not in other and counts[t] > moved[t]]
    return (*altered, *alone)


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
    for name in sorted(_left_aside(each, texts)):
        return _warning((), f"a kustomization that does not take in {quoted(name)}, which is read")
    return None


def _resources(each: Object, texts: _Texts) -> Iterator[tuple[object, list[str]]]:
    """Its resources, each with what was read of it."""
    resources = each.value.get("resources")
    for resource in resources if isinstance(resources, list) else ():
        yield resource, _read(each, resource, texts) if isinstance(resource, str) else []


def _left_aside(each: Object, texts: _Texts) -> set[str]:
    """What was read below its directory, and that it does not take in."""
    taken = {name for _, names in _resources(each, texts) for name in names}
    below = (name for name in texts.below(_folder(each.document.source.name)) if _base(name) not in FILES)
    return set(below) - taken - {each.document.source.name}


def _warning(path: Path, message: str) -> Problem:
    return Problem(CODE, path, message, _HINT, Severity.WARNING)


def _named(each: Object, texts: _Texts) -> set[str]:
    """The files that were read and that it names, or whose directories it names, anywhere but among its resources."""
    waiting = [value for name, value in each.value.items() if name != "resources"]
    found: set[str] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
        elif isinstance(value, str):
            found.update(_read(each, value, texts))
    return found - {each.document.source.name}


def _base(name: str) -> str:
    return name.rpartition("/")[2].rpartition(":")[2]


def _folder(name: str) -> str:
    """The directory of a file as the names of what it holds begin: empty, `REV:`, or ending in `/`."""
    return name[: len(name) - len(_base(name))]


def _read(each: Object, path: str, texts: _Texts) -> list[str]:
    """What was read at a path that is relative to the directory of the kustomization. Behind a colon, as of a revision,
    none leads further up: there are directories with a colon in their names."""
    folder = _folder(each.document.source.name)
    revision, colon, above = folder.rpartition(":")
    below = posixpath.normpath(posixpath.join(above, path))
    return [] if colon and below.split("/")[0] == ".." else texts.below(f"{revision}{colon}{below}")
