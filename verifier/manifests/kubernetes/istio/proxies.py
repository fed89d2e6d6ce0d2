"""Which pods a proxy stands in front of (docs/semantics.md 7, switch `istio_mesh`)."""

from functools import lru_cache

from verifier.ir.endpoint import Kind
from verifier.ir.labels import Operator, Requirement, Selector
from verifier.ir.policy import And, Formula, KindIn, NamespaceLabels, Or, PodLabels, Role, SwitchIs

INJECT = "sidecar.istio.io/inject"
"""A label of pods, or, older, an annotation."""
ANNOTATION = f"annotation {INJECT}"
"""The key under which the annotation stands among the labels of a pod. No label has such a key."""
_YES, _NO = frozenset({"true"}), frozenset({"false"})
_OF_NAMESPACES = (("istio-injection", "enabled"), ("istio.io/dataplane-mode", "ambient"))


@lru_cache(maxsize=8)
def in_mesh(role: Role, annotated: bool) -> Formula:
    """True iff it is a pod, not on the network of its node, that has a proxy. annotated: pods may say so by the
    annotation, which counts where the label says nothing."""
    namespace: Formula = Or(tuple(NamespaceLabels(role, Selector.of({k: v})) for k, v in _OF_NAMESPACES))
    by_annotation = _unless_said(role, ANNOTATION, namespace) if annotated else namespace
    labelled = And((SwitchIs("istio_mesh", "labelled"), _unless_said(role, INJECT, by_annotation)))
    return And((KindIn(role, frozenset({Kind.POD})), Or((SwitchIs("istio_mesh", "all"), labelled))))


def _unless_said(role: Role, key: str, otherwise: Formula) -> Formula:
    """True iff the pod says `true` under the key, or neither `true` nor `false` and `otherwise` holds."""
    yes = PodLabels(role, _one(key, Operator.IN, _YES))
    silent = PodLabels(role, _one(key, Operator.NOT_IN, _YES | _NO))
    return Or((yes, And((silent, otherwise))))


def _one(key: str, operator: Operator, values: frozenset[str]) -> Selector:
    return Selector(frozenset({Requirement(key, operator, values)}))
