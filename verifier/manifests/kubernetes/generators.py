"""Objects that hold policies which something else makes of them: Kyverno's generate rules, Templates, ManifestWorks,
ConfigMaps of a ClusterResourceSet, and whatever else has a manifest among its words (docs/semantics.md 1.6).

By what they hold and not by their kinds, of which there are new ones every year. What only speaks of policies, as a
report, a reference or a definition does, holds none.
"""

import re
from collections.abc import Iterator, Mapping

from verifier.ir.origin import Path
from verifier.manifests.kubernetes import kinds

_DEFINITIONS = "apiextensions.k8s.io"
_QUOTES = r"""["']?\s*:\s*(?:dyn\(\s*)?["']?"""
_KIND = re.compile(rf"\bkind{_QUOTES}([A-Za-z]+)")
_API = re.compile(rf"\bapiVersion{_QUOTES}([A-Za-z0-9./-]+)")
_BODY = re.compile(r"""\b(?:metadata|spec)["']?\s*:""")


def held(api: str, value: Mapping[str, object]) -> tuple[Path, tuple[str, ...]] | None:
    """Where the first policy stands that an object of this apiVersion holds, and the kinds of all of them; None: it
    holds none. Its own metadata is not looked at, where tools keep copies of it."""
    if kinds.group_of(api).lower() == _DEFINITIONS:
        return None
    own = {name: part for name, part in value.items() if name not in ("apiVersion", "kind", "metadata")}
    found = list(_search(own, (), generates=False))
    if not found:
        return None
    return found[0][0], tuple(sorted({kind for _, kind in found}))


def _search(value: object, path: Path, *, generates: bool) -> Iterator[tuple[Path, str]]:
    """Places and kinds of policies. generates: it is about what a generate rule makes, where an object is told by its
    kind alone."""
    if isinstance(value, str):
        yield from ((path, kind) for kind in _in_text(value))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _search(part, (*path, index), generates=generates)
    elif isinstance(value, dict):
        yield from _in_mapping(value, path, generates=generates)
        for name, part in value.items():
            yield from _search(part, (*path, name), generates=generates or name == "generate")


def _in_mapping(value: Mapping[str, object], path: Path, *, generates: bool) -> Iterator[tuple[Path, str]]:
    """The policy that a mapping is, if it is one, or those that a generate rule copies."""
    api, kind = value.get("apiVersion"), value.get("kind")
    is_object = isinstance(api, str) and ("metadata" in value or "spec" in value)
    if (
        isinstance(kind, str)
        and (is_object or generates)
        and kinds.is_policy(api if isinstance(api, str) else "", kind)
    ):
        yield (*path, "kind"), kind
    copied = value.get("kinds") if generates else None
    for index, name in enumerate(copied if isinstance(copied, list) else ()):
        group, _, kind = name.rpartition("/") if isinstance(name, str) else ("", "", "")
        if kinds.is_policy(group, kind):
            yield (*path, "kinds", index), kind


def _in_text(text: str) -> Iterator[str]:
    """The kinds of policies of which the manifests stand in a text, as YAML, JSON or an expression."""
    if "apiVersion" not in text or not _BODY.search(text):
        return
    apis = set(_API.findall(text)) | {""}
    for kind in dict.fromkeys(_KIND.findall(text)):
        if any(kinds.is_policy(api, kind) for api in apis) and not _is_elsewhere(apis, kind):
            yield kind


def _is_elsewhere(apis: set[str], kind: str) -> bool:
    """True iff it is a kind that is about other networks."""
    return any(kinds.bearing(api, kind) is kinds.Bearing.OTHER_NETWORKS for api in apis)
