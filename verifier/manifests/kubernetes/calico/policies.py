"""Calico's policies as objects, staged or not (docs/semantics.md 5.2)."""

from collections.abc import Collection, Mapping

from msgspec.structs import replace

from verifier.ir.labels import is_dns_label
from verifier.ir.policy import Action, Direction
from verifier.manifests.kubernetes.calico.reading import read_order, read_tree
from verifier.manifests.kubernetes.calico.rules import read_rules
from verifier.manifests.kubernetes.calico.selector import Everything
from verifier.manifests.kubernetes.calico.spec import (
    DEFAULT,
    LAST,
    CalicoPolicy,
    CalicoTier,
    Spec,
    Staged,
)
from verifier.manifests.kubernetes.fields import Field, meant, quoted
from verifier.manifests.kubernetes.metadata import Metadata, read_metadata
from verifier.manifests.kubernetes.objects import Object

NAMESPACED = ("NetworkPolicy", "StagedNetworkPolicy", "StagedKubernetesNetworkPolicy", "NetworkSet")
PROMOTED = {"StagedNetworkPolicy": "NetworkPolicy", "StagedGlobalNetworkPolicy": "GlobalNetworkPolicy"}
"""What a staged kind becomes when it is promoted."""
OF_KUBERNETES = 1000.0
"""The order of a NetworkPolicy of Kubernetes in its tier."""
ADMIN, BASELINE = "kube-admin", "kube-baseline"
BUILT_IN: Mapping[str, CalicoTier] = {
    tier.name: tier
    for tier in (
        CalicoTier(ADMIN, 1000.0, Action.NEXT),
        CalicoTier(DEFAULT, 1_000_000.0, Action.DENY),
        CalicoTier(BASELINE, 10_000_000.0, Action.NEXT),
    )
}
"""The tiers that exist without an object (5.1)."""
_COMMON = (
    "tier", "order", "ingress", "egress", "selector", "types", "serviceAccountSelector", "performanceHints",
)  # fmt: skip
_GLOBAL = ("namespaceSelector", "doNotTrack", "preDNAT", "applyOnForward")
_SAYS_NOTHING: tuple[object, ...] = (None, "", [], {})
"""What the API server prints of a field that nobody gave, `podSelector: {}` of a staged NetworkPolicy for one."""
_TYPES = {"Ingress": Direction.INGRESS, "Egress": Direction.EGRESS}
_ENDS = {"Deny": Action.DENY, "Pass": Action.NEXT}


def read_name(root: Field, source: Object, *, default_namespace: str | None) -> tuple[Metadata, str | None]:
    """The metadata, and the namespace; None of a kind that lives in none."""
    metadata_field = root.fields("apiVersion", "kind", "metadata", "spec", "status")[2]
    metadata = read_metadata(metadata_field, strict=True)
    if metadata.is_prefix:
        metadata_field.reject("V12", f"a {source.kind} without a fixed name", "write `metadata.name`")
    if source.kind in NAMESPACED:
        return metadata, metadata.given_namespace or default_namespace
    if metadata.given_namespace is not None:
        message = f"{source.kind} {metadata.name}, which is cluster-scoped, names a namespace"
        metadata_field.get("namespace").reject("scope", message, "remove `namespace`")
    return metadata, None


def read_policy(root: Field, source: Object, default_namespace: str) -> CalicoPolicy:
    """The policy that `root` holds."""
    metadata, namespace = read_name(root, source, default_namespace=default_namespace)
    spec = _spec(root.get("spec"), namespace, is_staged=source.kind in PROMOTED)
    return CalicoPolicy(source.kind, namespace, metadata.name, spec, source.origin)


def _spec(field: Field, namespace: str | None, *, is_staged: bool) -> Spec:
    names = (*_COMMON, *(_GLOBAL if namespace is None else ()), *(("stagedAction",) if is_staged else ()))

    def hint(_: Field, name: str, __: Collection[str]) -> str | None:
        return "only a GlobalNetworkPolicy has it" if namespace is not None and name in _GLOBAL else None

    fields = dict(zip(names, field.fields(*names, hints=hint), strict=True))
    for item in fields["performanceHints"].items():
        item.text()
    ingress = read_rules(fields["ingress"], Direction.INGRESS, namespace)
    egress = read_rules(fields["egress"], Direction.EGRESS, namespace)
    types = _types(fields["types"]) or _implied(bool(ingress), bool(egress))
    return Spec(
        fields["tier"].text() or DEFAULT,
        read_order(fields["order"]),
        read_tree(fields["selector"]) or Everything(),
        read_tree(fields["namespaceSelector"]) if namespace is None else None,
        read_tree(fields["serviceAccountSelector"]),
        ingress if Direction.INGRESS in types else None,
        egress if Direction.EGRESS in types else None,
        on_pods=namespace is not None or _acts_on_pods(fields, bool(egress) or Direction.EGRESS in types),
        staged=read_staged_action(fields["stagedAction"], field) if is_staged else None,
    )


def _types(field: Field) -> frozenset[Direction]:
    found: list[Direction] = []
    for item in field.items():
        spelled = item.text() or ""
        direction = _TYPES.get(spelled)
        if direction is None:
            item.reject("types", f"unknown type {quoted(spelled)}", meant(spelled, _TYPES))
        elif direction in found:
            item.reject("types", f"{quoted(spelled)} stands in `types` twice")
        else:
            found.append(direction)
    return frozenset(found)


def _implied(ingress: bool, egress: bool) -> frozenset[Direction]:
    """What the API server writes into `types` where they are missing (5.2)."""
    if not egress:
        return frozenset({Direction.INGRESS})
    return frozenset(Direction) if ingress else frozenset({Direction.EGRESS})


def _acts_on_pods(fields: Mapping[str, Field], egress: bool) -> bool:
    """False iff the policy acts on host endpoints only, before connections are tracked or translated."""
    untracked, early, forward = (fields[name].boolean() for name in ("doNotTrack", "preDNAT", "applyOnForward"))
    if untracked and early:
        fields["preDNAT"].reject("early", "`preDNAT` and `doNotTrack` in one policy", "make it two policies")
    for name in (name for name, given in (("doNotTrack", untracked), ("preDNAT", early)) if given):
        if not forward:
            fields[name].reject("early", f"`{name}` without `applyOnForward`", "write `applyOnForward: true`")
    if early and egress:
        fields["preDNAT"].reject("early", "`preDNAT` in a policy with egress", "it has ingress rules only")
    return not (untracked or early)


def read_staged_action(field: Field, spec: Field) -> Staged:
    """What promotion makes of a staged policy; `Set` where it does not say."""
    spelled = field.text() or Staged.SET
    if spelled not in tuple(Staged):
        field.reject("staged", f"no `stagedAction` {quoted(spelled)}", meant(spelled, [str(s) for s in Staged]))
        return Staged.SET
    beside = [n for n in spec.mapping() if n not in ("stagedAction", "tier") and spec.get(n).value not in _SAYS_NOTHING]
    if spelled == Staged.DELETE and beside:
        spec.get(beside[0]).reject(
            "staged", f"`{beside[0]}` beside `stagedAction: Delete`", "only the tier may stand there"
        )
    return Staged(spelled)


def read_tier(root: Field, source: Object) -> CalicoTier:
    """The tier that `root` holds."""
    metadata, _ = read_name(root, source, default_namespace=None)
    order, action = root.get("spec").fields("order", "defaultAction")
    if metadata.name and not is_dns_label(metadata.name):
        root.get("metadata").get("name").reject("V12", f"{quoted(metadata.name)} is no name for a tier")
    spelled, known = action.text(), BUILT_IN.get(metadata.name)
    if spelled is not None and spelled not in _ENDS:
        action.reject("tier", f"no `defaultAction` {quoted(spelled)}", meant(spelled, _ENDS))
    if known is None:
        return CalicoTier(metadata.name, read_order(order), _ENDS.get(spelled or "", Action.DENY), source.origin)
    if order.value is not None and read_order(order) not in (known.order, LAST):
        order.reject("tier", f"tier `{known.name}` has the order {known.order:g}", "it is built in: leave `order` out")
    if spelled in _ENDS and _ENDS[spelled] is not known.end:
        word = next(word for word, does in _ENDS.items() if does is known.end)
        action.reject("tier", f"the default action of tier `{known.name}` is {word}", "it is built in")
    return replace(known, origin=source.origin)
