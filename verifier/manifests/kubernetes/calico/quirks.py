"""How Calico's policies are written where that means something else than it seems, for `lint` (docs/semantics.md 5.2,
5.3): a second look at objects that were read without complaint."""

from collections.abc import Iterator, Mapping, Sequence

from verifier.ir.origin import Path
from verifier.ir.quirk import Writing
from verifier.manifests.kubernetes import kinds
from verifier.manifests.kubernetes.calico.meaning import HOME, of_namespaces
from verifier.manifests.kubernetes.calico.selector import Nowhere, Tree, keys, parse, selects
from verifier.manifests.kubernetes.calico.spec import TITLES

Found = tuple[Writing, Path, str]
"""What is peculiar, where, and a detail."""
_OF_NAMESPACES = "pcns."


def title(kind: str) -> str:
    """What a kind of Calico is called in reports."""
    return TITLES.get(kind, kind)


def is_cluster_scoped(kind: str) -> bool:
    return kind in kinds.CALICO_WIDE


def peculiar(kind: str, value: Mapping[str, object]) -> Iterator[Found]:
    """What is peculiar about an object."""
    if kind.startswith("Staged"):
        created = _mapping(value.get("metadata")).get("creationTimestamp")
        yield Writing.STAGED, ("metadata", "name"), str(created or "")
    spec = _mapping(value.get("spec"))
    if kind == "StagedKubernetesNetworkPolicy" or not kind.endswith("NetworkPolicy"):
        return
    for way, type_ in (("ingress", "Ingress"), ("egress", "Egress")):
        rules = _list(spec.get(way))
        if rules and _list(spec.get("types")) and type_ not in _list(spec.get("types")):
            yield Writing.UNLISTED_DIRECTION, ("spec", way), way
            continue
        for number, rule in enumerate(rules):
            for end in ("source", "destination"):
                entity = _mapping(_mapping(rule).get(end))
                yield from _entity(("spec", way, number, end), entity, namespaced=not is_cluster_scoped(kind))


def _entity(path: Path, entity: Mapping[str, object], *, namespaced: bool) -> Iterator[Found]:
    namespaces, selector = _tree(entity.get("namespaceSelector")), _tree(entity.get("selector"))
    if namespaced and namespaces is None and selector is not None and any(map(_is_of_namespace, keys(selector))):
        yield Writing.CONFINED_SELECTOR, (*path, "selector"), ""
    if namespaces is not None and namespaces != Nowhere() and selects(of_namespaces(namespaces), {}):
        yield Writing.NOWHERE_TOO, (*path, "namespaceSelector"), ""
    excluded = _list(entity.get("notNets"))
    if excluded and not _list(entity.get("nets")):
        family = "IPv6" if ":" in str(excluded[0]) else "IPv4"
        yield Writing.FAMILY_OF_NOT_NETS, (*path, "notNets"), family


def _is_of_namespace(key: str) -> bool:
    return key == HOME or key.startswith(_OF_NAMESPACES)


def _tree(text: object) -> Tree | None:
    return parse(text) if isinstance(text, str) and text else None


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
