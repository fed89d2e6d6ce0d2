"""How manifests are written, for `lint`: a second look at objects that were read without complaint.

Takes the objects as plain data, gives a `Written`. Nothing here changes what a policy means.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from verifier.errors import Diagnostic, Severity
from verifier.ir.labels import Labels
from verifier.ir.meshroot import ROOT
from verifier.ir.origin import Path
from verifier.ir.policy import Citation
from verifier.ir.quirk import Quirk, Suppression, Writing, Written
from verifier.manifests.kubernetes import kinds
from verifier.manifests.kubernetes.calico import quirks as calico
from verifier.manifests.kubernetes.cilium.quirks import peculiar
from verifier.manifests.kubernetes.fields import dotted, quoted
from verifier.manifests.kubernetes.istio.quirks import mesh_quirks
from verifier.manifests.kubernetes.objects import Object
from verifier.manifests.kubernetes.workloads import TEMPLATES, foreign_template

IGNORE = "netpol-verifier/ignore"
"""The annotation that silences rules of `lint` for one object: `rule[,rule]: reason`."""
_LEGACY = "net.beta.kubernetes.io/network-policy"
_CILIUM = ("CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy")
_TYPES = {"ingress": "Ingress", "egress": "Egress"}
_PEERS = {"ingress": "from", "egress": "to"}


def written(
    objects: Iterable[Object], namespace: str, rules: Iterable[str], root: str = ROOT
) -> tuple[Written, tuple[Diagnostic, ...]]:
    """How `objects` are written, and what is wrong with the annotations that silence rules.

    namespace: what a missing metadata.namespace means. rules: those that exist. root: the root namespace of a mesh.
    """
    known, objects = frozenset(rules), tuple(objects)
    quirks: list[Quirk] = []
    silences: list[Suppression] = []
    mistakes: list[Diagnostic] = []
    seen: dict[Citation, Object] = {}
    labels: list[tuple[Citation, Labels]] = []
    named = 0
    for each in objects:
        citation = _citation(each, namespace)
        if citation in seen and not citation.name.endswith("*"):
            first = seen[citation].origin.child("metadata", "name").position
            path: Path = ("metadata", "name")
            quirks.append(_quirk(each, citation, Writing.DUPLICATE, path, first.place))
        seen.setdefault(citation, each)
        quirks += _quirks(each, citation)
        labels += [(citation, found)] if (found := _own_labels(each)) else []
        named += citation.namespace is not None and bool(_metadata(each).get("namespace"))
        silence = _silence(each, citation, known, mistakes)
        silences += (silence,) if silence is not None else ()
    quirks += mesh_quirks(objects, namespace, root)
    return Written(tuple(quirks), tuple(silences), named, tuple(labels)), tuple(mistakes)


def _citation(each: Object, namespace: str) -> Citation:
    metadata = _metadata(each)
    name = str(metadata.get("name") or f"{metadata.get('generateName')}*")
    if _is_of_calico(each):
        namespace = str(metadata.get("namespace") or namespace)
        home = None if calico.is_cluster_scoped(each.kind) else namespace
        return Citation(calico.title(each.kind), home, name, None, each.origin)
    if each.kind in kinds.OF_NO_NAMESPACE:
        return Citation(each.kind, None, name, None, each.origin)
    return Citation(each.kind, str(metadata.get("namespace") or namespace), name, None, each.origin)


def _own_labels(each: Object) -> Labels:
    """The labels of an object that has a template for its pods, which are not those of the pods."""
    if each.kind == "Pod" or not (each.kind in TEMPLATES or foreign_template(each.value)):
        return {}
    return {k: v for k, v in _mapping(_metadata(each).get("labels")).items() if isinstance(v, str)}


def _is_of_calico(each: Object) -> bool:
    return kinds.is_of_calico(each.api, each.kind)


def _metadata(each: Object) -> Mapping[str, object]:
    return _mapping(each.value.get("metadata"))


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


def _quirk(each: Object, citation: Citation, writing: Writing, path: Path, detail: str = "") -> Quirk:
    return Quirk(writing, citation, dotted(path), detail, each.origin.child(*path))


def _quirks(each: Object, citation: Citation) -> Iterator[Quirk]:
    if each.kind == "Namespace":
        annotations = _mapping(_metadata(each).get("annotations"))
        if _LEGACY in annotations:
            yield _quirk(each, citation, Writing.LEGACY_ANNOTATION, ("metadata", "annotations", _LEGACY))
    if _is_of_calico(each):
        if citation.namespace is not None and not _metadata(each).get("namespace"):
            yield _quirk(each, citation, Writing.NO_NAMESPACE, ("metadata",))
        yield from (_quirk(each, citation, *found) for found in calico.peculiar(each.kind, each.value))
        return
    if each.kind in _CILIUM:
        yield from (_quirk(each, citation, *found) for found in peculiar(each.value))
    if each.kind in kinds.OF_NO_NAMESPACE:
        return
    if not _metadata(each).get("namespace"):
        yield _quirk(each, citation, Writing.NO_NAMESPACE, ("metadata",))
    if each.kind == kinds.POLICY:
        spec = _mapping(each.value.get("spec"))
        if "podSelector" not in spec:
            yield _quirk(each, citation, Writing.NO_SELECTOR, ("spec",))
        if _list(spec.get("egress")) and "ingress" not in spec and not spec.get("policyTypes"):
            yield _quirk(each, citation, Writing.EGRESS_ONLY, ("spec", "egress"))
        yield from _selectors(each, citation, ("spec",), spec, ("podSelector",))
        for direction in _TYPES:
            yield from _rules(each, citation, spec, direction)


def _selectors(
    each: Object, citation: Citation, path: Path, holder: Mapping[str, object], names: Iterable[str]
) -> Iterator[Quirk]:
    """Selectors that are there and null, or that hold nothing but nulls."""
    for name in names:
        if name not in holder:
            continue
        selector = holder[name]
        if selector is None and name == "podSelector" and path == ("spec",):
            yield _quirk(each, citation, Writing.NULL_SELECTOR, (*path, name), name)
        if isinstance(selector, dict) and selector and not any(selector.values()):
            nulls = [part for part, value in selector.items() if value is None]
            if nulls:
                yield _quirk(each, citation, Writing.NULL_SELECTOR, (*path, name, nulls[0]), nulls[0])


def _rules(each: Object, citation: Citation, spec: Mapping[str, object], direction: str) -> Iterator[Quirk]:
    rules = _list(spec.get(direction))
    types = _list(spec.get("policyTypes"))
    listed = _TYPES[direction] in types if types else direction == "ingress" or bool(rules)
    if rules and not listed:
        yield _quirk(each, citation, Writing.UNLISTED_DIRECTION, ("spec", direction), direction)
        return
    for i, rule in enumerate(rules):
        path: Path = ("spec", direction, i)
        if rule is None:
            yield _quirk(each, citation, Writing.NULL_RULE, path, direction)
        peers = _PEERS[direction]
        if peers in _mapping(rule) and _mapping(rule)[peers] is None:
            yield _quirk(each, citation, Writing.NULL_PEERS, (*path, peers), peers)
        for j, peer in enumerate(_list(_mapping(rule).get(_PEERS[direction]))):
            where = (*path, _PEERS[direction], j)
            yield from _selectors(each, citation, where, _mapping(peer), ("podSelector", "namespaceSelector"))
        for j, port in enumerate(_list(_mapping(rule).get("ports"))):
            if port is None or port == {}:
                writing = Writing.NULL_PORT if port is None else Writing.EMPTY_PORT
                yield _quirk(each, citation, writing, (*path, "ports", j), direction)


def _silence(each: Object, citation: Citation, known: frozenset[str], mistakes: list[Diagnostic]) -> Suppression | None:
    """What the annotation says; None where there is none, or where it is no good, which is reported."""
    text = _mapping(_metadata(each).get("annotations")).get(IGNORE)
    if text is None:
        return None
    names, colon, reason = str(text).partition(":")
    rules = frozenset(name.strip() for name in names.split(",") if name.strip())
    path = ("metadata", "annotations", IGNORE)
    if not colon or not reason.strip() or not rules:
        hint = 'written like `netpol-verifier/ignore: "dead-peer: made by the operator"`'
        mistakes.append(_mistake(each, path, f"`{IGNORE}` silences nothing without a rule and a reason", hint))
        return None
    unknown = sorted(rules - known)
    if unknown:
        what = f"`{IGNORE}` names a rule that does not exist: {', '.join(map(quoted, unknown))}"
        mistakes.append(_mistake(each, path, what, "`netpol lint --list` lists them"))
    return Suppression(citation, rules & known, reason.strip(), each.origin.child(*path))


def _mistake(each: Object, path: Path, message: str, hint: str) -> Diagnostic:
    place = each.document.locate(each.path + path)
    return Diagnostic("ignore", message, place.file, place.line, place.column, hint, Severity.WARNING)
