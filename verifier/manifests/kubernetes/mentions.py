"""What a kustomization names: files and directories beside it that it is built from, and what lies elsewhere."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from msgspec import Struct

from verifier.manifests.kubernetes.touched import Touched, touched, values_of

_LISTS = ("resources", "components", "bases", "crds", "configurations", "patchesStrategicMerge")
_CONFIGS = ("generators", "transformers", "validators")
_WITH_PATHS = ("patches", "patchesJson6902", "replacements", "openapi")
_CHARTS = ("helmCharts", "helmChartInflationGenerator")
_HOME_OF_CHARTS = "charts"
"""Where charts lie that a field, or a generator, names."""
_REMOTE = re.compile(r"(git::|gh:|[a-z][a-z0-9+.-]*://|[a-z][a-z0-9._-]*@|github\.com[:/])", re.IGNORECASE)
"""How an entry begins that kustomize fetches, also where a directory of that name lies here."""


class Mentions(Struct, frozen=True):
    """possible: every text that may be a path. required: those that stand where a path or an address has to stand.
    beside: those that stand elsewhere than among resources. configs: those of files whose own texts may be paths from
    the directory of the kustomization. touched: the objects whose texts count."""

    possible: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    beside: frozenset[str] = frozenset()
    configs: frozenset[str] = frozenset()
    touched: Touched = Touched()


def is_address(text: str) -> bool:
    """True iff kustomize may fetch what an entry names, whatever lies here under that name."""
    return _REMOTE.match(text) is not None or "?" in text


def mentions(values: Iterable[object]) -> Mentions:
    """What the documents of one say."""
    mappings = [value for value in values if isinstance(value, dict)]
    found = [_mentions(value) for value in mappings]
    return Mentions(
        frozenset().union(*(each.possible for each in found)),
        frozenset().union(*(each.required for each in found)),
        frozenset().union(*(each.beside for each in found)),
        frozenset().union(*(each.configs for each in found)),
        touched(mappings),
    )


def _mentions(value: dict[str, object]) -> Mentions:
    required = [text for name in (*_LISTS, *_CONFIGS) for text in _listed(value.get(name))]
    required += [path for name in _WITH_PATHS for path in _fields(value.get(name), "path")]
    required += [address for name in _CHARTS for address in _fields(value.get(name), "repo")]
    beside = set(_texts({name: each for name, each in value.items() if name != "resources"}))
    if any(name in value for name in (*_CHARTS, *_CONFIGS)):
        beside.add(_HOME_OF_CHARTS)
    configs = [text for name in _CONFIGS for text in _listed(value.get(name))]
    for inline in (text for text in configs if "\n" in text):
        inside = mentions_of_config(inline)
        required += [inline.partition("\n")[0] + " ..."] if inside is None else inside.required
        beside |= set() if inside is None else inside.possible
    return Mentions(
        frozenset(beside | set(_texts(value.get("resources")))),
        frozenset(text for text in required if "\n" not in text),
        frozenset(beside),
        frozenset(text for text in configs if "\n" not in text),
    )


@lru_cache(maxsize=1024)
def mentions_of(data: bytes) -> Mentions | None:
    """What a file says that kustomize takes for a kustomization; None where it cannot be read."""
    values = values_of(data)
    return None if values is None else mentions(values)


def mentions_of_config(data: bytes | str) -> Mentions | None:
    """Every text in the configuration of a generator or transformer that may be a path, and the addresses from which it
    has a chart fetched; None where it cannot be read."""
    values = values_of(data)
    if values is None:
        return None
    possible = frozenset(text for value in values for text in _texts(value))
    return Mentions(possible, frozenset(_fields(values, "repo")), possible)


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
