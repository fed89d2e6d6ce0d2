"""Which objects say something else here than there: policies and Namespaces. What that means a comparison says.

By the letter of what was written, but for what the API server writes into every object, leaves out of it, or adds where
nothing is said. So policies that say the same in other words differ here, and in nothing that is allowed.
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from verifier.ir.labels import NAMESPACE_NAME
from verifier.manifests.kubernetes import kinds
from verifier.manifests.kubernetes.objects import Object
from verifier.manifests.kubernetes.owners import Identity

_SAID = ("spec", "specs", "subject", "priority")
"""What a policy says, whatever its kind."""
_EMPTY = ("matchLabels",)
"""Fields of which the API server leaves out the empty mapping; elsewhere one selects everything."""


class Drift(Struct, frozen=True):
    """What objects are called that differ, and that one side only has."""

    differ: tuple[str, ...]
    only_old: tuple[str, ...]
    only_new: tuple[str, ...]


def drift(old: Iterable[Object], new: Iterable[Object], namespace: str) -> Drift:
    """namespace: that of objects which name none."""
    before, after = _by_identity(old, namespace), _by_identity(new, namespace)
    return Drift(
        _names(key for key in before.keys() & after.keys() if before[key] != after[key]),
        _names(before.keys() - after.keys()),
        _names(after.keys() - before.keys()),
    )


def _names(found: Iterable[Identity]) -> tuple[str, ...]:
    return tuple(sorted(f"{kind} {name if home is None else f'{home}/{name}'}" for _, kind, home, name in found))


def _by_identity(objects: Iterable[Object], namespace: str) -> Mapping[Identity, object]:
    found: dict[Identity, object] = {}
    for each in objects:
        if each.kind == "Namespace" or _is_policy(each):
            group, kind, home, name = each.identity
            home = None if kind in kinds.OF_NO_NAMESPACE else home or namespace
            found[group, kind, home, name] = _says(each)
    return found


def _is_policy(each: Object) -> bool:
    groups = (*kinds.TIERS, *kinds.CILIUM, *kinds.MESH)
    return each.kind == kinds.POLICY or each.kind in groups or kinds.is_of_calico(each.api, each.kind)


def _says(each: Object) -> object:
    if each.kind == "Namespace":
        metadata = each.value.get("metadata")
        labels = metadata.get("labels") if isinstance(metadata, dict) else None
        said = labels if isinstance(labels, dict) else {}
        return {key: value for key, value in said.items() if key != NAMESPACE_NAME}
    said = {name: _plain(each.value[name]) for name in _SAID if each.value.get(name) is not None}
    spec = said.get("spec")
    if (each.api, each.kind) == (kinds.POLICY_API, kinds.POLICY) and isinstance(spec, dict):
        said["spec"] = _with_defaults(spec)
    return said


def _plain(value: object) -> object:
    """The value without what an API server does not keep: nulls, empty lists, and mappings that say nothing."""
    if isinstance(value, dict):
        parts = {name: _plain(part) for name, part in value.items()}
        return {
            name: part
            for name, part in parts.items()
            if part is not None and part != [] and not (name in _EMPTY and part == {})
        }
    return [_plain(part) for part in value] if isinstance(value, list) else value


def _with_defaults(spec: Mapping[str, object]) -> object:
    """The spec of a NetworkPolicy, with what the API server adds where nothing is said."""
    types = ["Ingress", "Egress"] if "egress" in spec else ["Ingress"]
    rules = {name: [_rule(rule) for rule in _list(spec[name])] for name in ("ingress", "egress") if name in spec}
    return {"podSelector": {}, "policyTypes": types, **spec, **rules}


def _rule(rule: object) -> object:
    if not isinstance(rule, dict) or "ports" not in rule:
        return rule
    return {**rule, "ports": [{"protocol": "TCP", **p} if isinstance(p, dict) else p for p in _list(rule["ports"])]}


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]
