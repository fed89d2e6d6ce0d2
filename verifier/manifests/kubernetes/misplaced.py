"""Where a field belongs that stands somewhere else: most unknown fields of policies are known ones, an indent off."""

from collections.abc import Collection, Mapping

from verifier.manifests.kubernetes.fields import Field

_SELECTORS = ("podSelector", "namespaceSelector")

_HOMES: Mapping[str, tuple[str, ...]] = {
    "cidr": ("ipBlock",),
    "except": ("ipBlock",),
    "matchLabels": _SELECTORS,
    "matchExpressions": _SELECTORS,
    "operator": ("matchExpressions",),
    "values": ("matchExpressions",),
    "policyTypes": ("spec",),
    "ingress": ("spec",),
    "egress": ("spec",),
    "podSelector": ("from", "to", "spec"),
    "namespaceSelector": ("from", "to"),
    "ipBlock": ("from", "to"),
    "from": ("ingress",),
    "to": ("egress",),
    "ports": ("ingress", "egress"),
    "protocol": ("ports",),
    "port": ("ports",),
    "endPort": ("ports",),
    "spec": (),
    "metadata": (),
    "namespace": ("metadata",),
    "labels": ("metadata",),
    "annotations": ("metadata",),
}
"""The fields of a NetworkPolicy, and what each can be a field of; an empty one is a field of the object itself."""

_LISTS = frozenset({"from", "to", "ingress", "egress", "ports", "matchExpressions"})

_FOREIGN: Mapping[str, str] = {
    "nodeSelector": "no NetworkPolicy selects nodes: an `ipBlock` with their addresses does",
    "serviceAccountSelector": "no NetworkPolicy selects by service account: give its pods a label",
    "serviceSelector": "no NetworkPolicy selects Services: select the pods behind it, on their own port",
    "action": "a NetworkPolicy only allows: whatever no rule lets through is denied",
    "order": "NetworkPolicies have no order: what one allows is allowed",
}
"""Fields that other policies have, and what there is instead."""


def where_it_belongs(field: Field, name: str, known: Collection[str]) -> str | None:
    """A hint for the unknown field `name` of a mapping that could have `known`; None where nothing speaks for more
    than a slip of the pen."""
    siblings, path = field.mapping(), field.path
    if name in _FOREIGN:
        return _FOREIGN[name]
    homes = _HOMES.get(name)
    if homes is None or any(other.lower() == name.lower() for other in known):
        return None
    if not homes:
        return f"`{name}` is a field of the object itself: indent it less"
    beside = next((home for home in homes if home in siblings), None)
    if beside is not None:
        return f"`{name}` is a field of {_of(beside)}: indent it below"
    missing = next((home for home in homes if home in known), None)
    if missing is not None:
        return f"`{name}` is a field of {_of(missing)}: put it below `{missing}:`{_dash(missing)}"
    outside = next((home for home in homes if home in path), None)
    if outside is not None:
        return f"`{name}` is a field of {_of(outside)}: indent it less"
    return home_of(name)


def home_of(name: str) -> str | None:
    """What a field is a field of, where peers and ports are written as in NetworkPolicies; None where it is none."""
    homes = [home for home in _HOMES.get(name, ()) if home != "spec"]
    return f"`{name}` is a field of {' or '.join(map(_of, homes))}" if homes else None


def _of(home: str) -> str:
    return f"an item of `{home}`" if home in _LISTS else f"`{home}`"


def _dash(home: str) -> str:
    return ", with a dash" if home in _LISTS else ""
