"""What a kustomization names: files and directories beside it that it is built from, and what lies elsewhere."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from verifier.errors import InputError
from verifier.manifests.documents.document import documents
from verifier.manifests.documents.source import Source

_LISTS = ("resources", "components", "bases", "crds", "configurations", "patchesStrategicMerge")
_CONFIGS = ("generators", "transformers", "validators")
_WITH_PATHS = ("patches", "patchesJson6902", "replacements", "openapi")
_CHARTS = ("helmCharts", "helmChartInflationGenerator")
_HOME_OF_CHARTS = "charts"
_REMOTE = re.compile(r"(git::|gh:|[a-z][a-z0-9+.-]*://|[a-z][a-z0-9._-]*@|github\.com[:/])", re.IGNORECASE)
"""How an entry begins that kustomize fetches, also where a directory of that name lies here."""


class Mentions(Struct, frozen=True):
    """possible: every text that may be a path. required: those that stand where a path or an address has to stand.
    configs: those of files whose own texts may be paths from the directory of the kustomization."""

    possible: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    configs: frozenset[str] = frozenset()


def is_address(text: str) -> bool:
    """True iff kustomize may fetch what an entry names, whatever lies here under that name."""
    return _REMOTE.match(text) is not None or "?" in text


def mentions(values: Iterable[object]) -> Mentions:
    """What the documents of one say."""
    found = [_mentions(value) for value in values if isinstance(value, dict)]
    return Mentions(
        frozenset().union(*(each.possible for each in found)),
        frozenset().union(*(each.required for each in found)),
        frozenset().union(*(each.configs for each in found)),
    )


def _mentions(value: dict[str, object]) -> Mentions:
    required = [text for name in (*_LISTS, *_CONFIGS) for text in _listed(value.get(name))]
    required += [path for name in _WITH_PATHS for path in _fields(value.get(name), "path")]
    required += [address for name in _CHARTS for address in _fields(value.get(name), "repo")]
    possible = set(_texts(value))
    if any(name in value for name in _CHARTS):
        possible.add(_HOME_OF_CHARTS)
    configs = [text for name in _CONFIGS for text in _listed(value.get(name))]
    for inline in (text for text in configs if "\n" in text):
        inside = texts_of(inline)
        if inside is None:
            required.append(inline.partition("\n")[0] + " ...")
        possible |= inside or set()
    return Mentions(
        frozenset(possible),
        frozenset(text for text in required if "\n" not in text),
        frozenset(text for text in configs if "\n" not in text),
    )


@lru_cache(maxsize=1024)
def mentions_of(data: bytes) -> Mentions | None:
    """What a file says that kustomize takes for a kustomization; None where it cannot be read."""
    values = _values(data)
    return None if values is None else mentions(values)


def texts_of(data: bytes | str) -> set[str] | None:
    """Every text in a file that may be a path; None where it cannot be read."""
    values = _values(data.encode() if isinstance(data, str) else data)
    return None if values is None else {text for value in values for text in _texts(value)}


def _values(data: bytes) -> list[object] | None:
    try:
        found, faults = documents(Source.of("?", data))
    except InputError:
        return None
    return None if faults else [document.value for document in found]


def _listed(value: object) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str):
            yield each


def _fields(value: object, name: str) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict) and isinstance(text := each.get(name), str):
            yield text


def _texts(value: object) -> Iterator[str]:
    """Of `key=path`, too, what may be the path."""
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, dict):
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
        elif isinstance(each, str) and each and "\n" not in each and "\0" not in each:
            yield each
            if "=" in each:
                yield each.partition("=")[2]
