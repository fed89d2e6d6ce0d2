"""What a kustomization takes in, read before anything is run: every entry has to lead to a file or a directory here.

Sources: the reference of kustomization files (fields that take paths) and kustomize's own reading of remote targets.
"""

import os
import re
from collections.abc import Iterator

from msgspec import Struct, field
from msgspec.structs import replace

from verifier.errors import Diagnostic, InputError
from verifier.ir.origin import Path
from verifier.manifests.documents.document import Document, documents
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.fields import quoted
from verifier.manifests.kubernetes.kustomization import FILES
from verifier.manifests.kubernetes.mentions import is_address
from verifier.manifests.render.ground import Ground

COMPONENT = "Component"
_MISSING = "missing"
_MOST = 10_000
"""So many kustomizations are followed at most from one directory."""

_TREES = ("resources", "bases", "components", "generators", "transformers", "validators")
"""Fields whose entries are files or directories."""
_PROGRAMS = ("generators", "transformers", "validators")
"""Fields whose files configure programs, those built into kustomize among them."""
_LISTED = ("crds", "configurations")
_INLINE = ("patchesStrategicMerge", *_PROGRAMS)
"""Fields whose entries may be the text itself."""
_WITH_PATH = ("patches", "patchesJson6902", "replacements")
_MADE = ("configMapGenerator", "secretGenerator")
_CHARTS = ("helmCharts", "helmChartInflationGenerator", "helmGlobals")
_FETCHED = re.compile(r"https?://", re.IGNORECASE)
_FETCH_IT = "put it into the repository; or where it may be fetched: `kustomize build DIR | netpol check -`"
_BY_HAND = "`kustomize build DIR | netpol check -`"
_EXEC = "config.kubernetes.io/function"
"""The annotation that names a program, or an image, to be run."""
_LONGEST = 4096


class Entry(Struct, frozen=True):
    """What a kustomization names, and where it does. is_tree: it may be a directory."""

    path: Path
    text: str
    is_tree: bool


class Kustomization(Struct, frozen=True):
    """A directory with a kustomization, by its real path. taken: the directories that it takes in; files: the files,
    its own among them; patches: of these, by the path of the entry."""

    folder: str
    document: Document
    taken: tuple[str, ...]
    files: tuple[str, ...]
    patches: tuple[tuple[Path, str], ...] = ()

    @property
    def value(self) -> dict[str, object]:
        value = self.document.value
        return value if isinstance(value, dict) else {}

    @property
    def is_component(self) -> bool:
        """True iff it can only be taken in by another."""
        return self.value.get("kind") == COMPONENT


class Reach(Struct):
    """Life cycle: `look` at directories; then `found` has them and all that they take in, and `mistakes` what is wrong
    with any of it."""

    ground: Ground
    found: dict[str, Kustomization] = field(default_factory=dict)
    mistakes: list[Diagnostic] = field(default_factory=list)
    _failed: set[str] = field(default_factory=set)

    def look(self, folder: str) -> None:
        """Follows the kustomization of a directory, given by its real path."""
        waiting = [folder]
        while waiting:
            each = waiting.pop()
            if each in self.found or each in self._failed:
                continue
            if len(self.found) >= _MOST:
                self._failed.add(each)
                self.mistakes.append(
                    Diagnostic("kustomization", f"more than {_MOST} kustomizations", self.ground.cite(each))
                )
                return
            try:
                self.found[each] = self._read(each)
            except InputError as error:
                self._failed.add(each)
                self.mistakes += error.diagnostics
            else:
                waiting += self.found[each].taken

    def below(self, folder: str) -> set[str]:
        """The kustomizations that one takes in, directly or not; itself only if it does so in a circle."""
        seen: set[str] = set()
        waiting = list(self.found[folder].taken) if folder in self.found else []
        while waiting:
            each = waiting.pop()
            if each not in seen:
                seen.add(each)
                waiting += self.found[each].taken if each in self.found else ()
        return seen

    def _read(self, folder: str) -> Kustomization:
        names = [name for name in FILES if os.path.lexists(os.path.join(folder, name))]  # noqa: PTH118
        if len(names) != 1:
            what = f"several kustomizations: {', '.join(names)}" if names else "a directory without a kustomization"
            raise InputError(Diagnostic("kustomization", what, self.ground.cite(folder)))
        own = self._real(os.path.join(folder, names[0]), folder)  # noqa: PTH118
        document = self._document(own)
        mistakes: list[Diagnostic] = []
        missing: list[Diagnostic] = []
        taken, files, patches = [], [own], []
        for entry in _entries(document):
            try:
                real = self._find(folder, own, document, entry)
            except InputError as error:
                (missing if error.diagnostics[0].code == _MISSING else mistakes).extend(error.diagnostics)
                continue
            if os.path.isdir(real):  # noqa: PTH112
                taken.append(real)
                continue
            files.append(real)
            if entry.path[0] in ("patches", "patchesStrategicMerge", "patchesJson6902"):
                patches.append((entry.path, real))
            if entry.path[0] in _PROGRAMS:
                try:
                    files += self._named_by(folder, self.ground.read(real))
                except InputError as error:
                    mistakes += error.diagnostics
        for path, text in _inline_programs(document):
            try:
                files += self._named_by(folder, Source.text_of(self.ground.cite(own), text))
            except InputError as error:
                mistakes += (_at(document, path, d.message, d.hint) for d in error.diagnostics)
        if missing:
            first, *others = missing
            more = f" (and {len(others)} more of what it names is missing)" if others else ""
            mistakes.insert(0, replace(first, message=first.message + more))
        if mistakes:
            raise InputError(mistakes)
        return Kustomization(folder, document, tuple(taken), tuple(files), tuple(patches))

    def _document(self, real: str) -> Document:
        """The one document of a kustomization; raises InputError with what is wrong with it."""
        source = self.ground.read(real)
        found, faults = documents(source)
        if faults:
            raise InputError(faults)
        if len(found) != 1 or not isinstance(found[0].value, dict):
            raise InputError(Diagnostic("kustomization", "not one kustomization, as kustomize wants it", source.name))
        document = found[0]
        assert isinstance(document.value, dict)
        for name in _CHARTS:
            if name in document.value:
                message = f"a kustomization with {quoted(name)}, for which charts may be fetched"
                raise InputError(_at(document, (name,), message, f"render it yourself: {_BY_HAND}"))
        return document

    def _find(self, folder: str, own: str, document: Document, entry: Entry) -> str:
        """The real path of what an entry names; raises InputError where that is not here, or leads out."""
        text = entry.text
        if is_address(text):
            raise InputError(_at(document, entry.path, f"{quoted(text)} is no path of this repository", _FETCH_IT))
        if os.path.isabs(text):  # noqa: PTH117
            raise InputError(_at(document, entry.path, f"{quoted(text)} is absolute", "write it relative to this file"))
        try:
            real = self._real(os.path.normpath(os.path.join(folder, text)), folder)  # noqa: PTH118
        except InputError as error:
            [found] = error.diagnostics
            wrong = _at(document, entry.path, f"{quoted(text)}: {found.message}")
            if found.code == _MISSING:
                hint = f"is it made, or fetched? to read the files as they stand: `--exclude '{os.path.basename(own)}'`"  # noqa: PTH119
                wrong = replace(wrong, code=_MISSING, hint=hint)
            raise InputError(wrong) from None
        if os.path.isdir(real) and not entry.is_tree:  # noqa: PTH112
            raise InputError(_at(document, entry.path, f"{quoted(text)} is a directory, where a file has to be"))
        return real

    def _real(self, path: str, folder: str) -> str:
        """Where a path leads; raises InputError where that is nowhere, a device, or out of the repository."""
        try:
            real = os.path.realpath(path, strict=True)
        except (OSError, ValueError):
            raise InputError(Diagnostic(_MISSING, "no such file or directory", self.ground.cite(path))) from None
        if not (os.path.isfile(real) or os.path.isdir(real)):  # noqa: PTH112, PTH113
            raise InputError(Diagnostic("path", "neither a file nor a directory", self.ground.cite(path)))
        home = self.ground.home(folder)
        if home is not None and not f"{real}/".startswith(f"{home.rstrip('/')}/"):
            raise InputError(Diagnostic("path", "outside the repository", self.ground.cite(path)))
        return real

    def _named_by(self, folder: str, source: Source) -> list[str]:
        """The files here that a configuration of a generator or transformer may name. Raises InputError where it cannot
        be read, or may have something fetched or run."""
        found, faults = documents(source)
        if faults:
            raise InputError(faults)
        files: list[str] = []
        for document in found:
            for path, text in _texts(document.value):
                if _FETCHED.match(text) and path[:1] != ("metadata",):
                    raise InputError(_at(document, path, f"{quoted(text)} is no path of this repository", _FETCH_IT))
                if _EXEC in path:
                    message = "a function of kustomize, which is a program that would have to be run"
                    raise InputError(_at(document, path, message, f"run it yourself: {_BY_HAND}"))
                real = os.path.realpath(os.path.join(folder, text)) if _is_short(text) else ""  # noqa: PTH118
                if real.startswith(f"{folder}/") and os.path.isfile(real):  # noqa: PTH113
                    files.append(real)
        return files


def _entries(document: Document) -> Iterator[Entry]:
    """All that a kustomization names as a path; raises InputError where something else stands in such a place."""
    value = document.value
    assert isinstance(value, dict)
    for name in (*_TREES, *_LISTED, "patchesStrategicMerge"):
        for path, text in _listed(document, name):
            if "\n" not in text or name not in _INLINE:
                yield Entry(path, text, is_tree=name in _TREES)
    for name in _WITH_PATH:
        for index, each in enumerate(_items(document, name)):
            if isinstance(each, dict) and isinstance(file := each.get("path"), str):
                yield Entry((name, index, "path"), file, is_tree=False)
    openapi = value.get("openapi")
    if isinstance(openapi, dict) and isinstance(schema := openapi.get("path"), str):
        yield Entry(("openapi", "path"), schema, is_tree=False)
    for name in _MADE:
        for index, each in enumerate(_items(document, name)):
            if isinstance(each, dict):
                yield from _of_generator(each, (name, index))


def _of_generator(each: dict[str, object], at: Path) -> Iterator[Entry]:
    """The files of a ConfigMap or Secret: of `key=path`, the path."""
    for name in ("files", "envs"):
        listed = each.get(name)
        for index, text in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(text, str):
                key, _, path = text.partition("=")
                yield Entry((*at, name, index), path or key, is_tree=False)
    if isinstance(text := each.get("env"), str):
        yield Entry((*at, "env"), text, is_tree=False)


def _inline_programs(document: Document) -> Iterator[tuple[Path, str]]:
    """The configurations of generators and transformers that stand in the kustomization."""
    for name in _PROGRAMS:
        yield from ((path, text) for path, text in _listed(document, name) if "\n" in text)


def _listed(document: Document, name: str) -> Iterator[tuple[Path, str]]:
    for index, text in enumerate(_items(document, name)):
        if not isinstance(text, str) or not text:
            raise InputError(_at(document, (name, index), f"an entry of {quoted(name)} that is no path"))
        yield (name, index), text


def _items(document: Document, name: str) -> list[object]:
    assert isinstance(document.value, dict)
    value = document.value.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise InputError(_at(document, (name,), f"{quoted(name)} must be a list"))
    return value


def _texts(value: object) -> Iterator[tuple[Path, str]]:
    """Every text in a value, with its path; of `key=path` the path, too."""
    waiting: list[tuple[Path, object]] = [((), value)]
    while waiting:
        path, each = waiting.pop()
        if isinstance(each, dict):
            waiting += (((*path, str(key)), inner) for key, inner in each.items())
        elif isinstance(each, list):
            waiting += (((*path, index), inner) for index, inner in enumerate(each))
        elif isinstance(each, str):
            yield path, each
            if "=" in each:
                yield path, each.partition("=")[2]


def _is_short(text: str) -> bool:
    return 0 < len(text) < _LONGEST and "\0" not in text and "\n" not in text


def _at(document: Document, path: Path, message: str, hint: str | None = None) -> Diagnostic:
    place = document.locate(path)
    return Diagnostic("kustomization", message, place.file, place.line, place.column, hint)
