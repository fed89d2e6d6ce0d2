"""What can be another in the policies that one plugin or mesh alone reads: rules, what they do, and what is denied
where none matches. Selectors that are texts are taken out as a whole."""

from collections.abc import Iterator, Mapping

from verifier.ir.mutant import Sort
from verifier.ir.origin import Path
from verifier.manifests.kubernetes.fields import dotted
from verifier.manifests.kubernetes.mutants.change import Change, items, mapping
from verifier.manifests.kubernetes.mutants.selectors import of_selector, twice

_SWAPPED = {"Allow": "Deny", "Deny": "Allow", "Pass": "Deny", "ALLOW": "DENY", "DENY": "ALLOW"}
_BOTH = ("ingress", "egress")
_ENTITY = {
    "selector": Sort.REQUIREMENT,
    "notSelector": Sort.REQUIREMENT,
    "namespaceSelector": Sort.REQUIREMENT,
    "serviceAccounts": Sort.REQUIREMENT,
    "nets": Sort.ANY_PEER,
    "notNets": Sort.EXCEPT,
    "ports": Sort.ANY_PORT,
    "notPorts": Sort.EXCEPT,
}
"""What an entity rule of Calico asks for, and what it is to leave that out."""


def of_calico(value: Mapping[str, object]) -> Iterator[Change]:
    """The changes of a policy of Calico."""
    spec = mapping(value.get("spec"))
    for name in ("selector", "namespaceSelector", "serviceAccountSelector"):
        if isinstance(spec.get(name), str):
            yield Change(Sort.REQUIREMENT, ("spec", name), f"without `spec.{name}`")
    types = items(spec.get("types"))
    for number, kind in enumerate(types if len(types) > 1 else ()):
        yield Change(Sort.TYPE, ("spec", "types", number), f"`spec.types` without {kind}")
    order = spec.get("order")
    if isinstance(order, int | float) and not isinstance(order, bool):
        yield Change(Sort.PRIORITY, ("spec", "order"), "`spec.order` before all others", -1)
    for direction in _BOTH:
        for number, rule in enumerate(items(spec.get(direction))):
            path: Path = ("spec", direction, number)
            yield from _of_rule(mapping(rule), path)
            for side in ("source", "destination"):
                yield from _of_entity(mapping(mapping(rule).get(side)), (*path, side))


def of_calico_tier(value: Mapping[str, object]) -> Iterator[Change]:
    """The changes of a tier: what is denied by default is left to the next one."""
    if mapping(value.get("spec")).get("defaultAction", "Deny") == "Deny":
        yield Change(Sort.ACTION, ("spec", "defaultAction"), "`spec.defaultAction` is Pass", "Pass")


def _of_rule(rule: Mapping[str, object], path: Path) -> Iterator[Change]:
    yield Change(Sort.RULE, path, f"without `{dotted(path)}`")
    swapped = _SWAPPED.get(str(rule.get("action")))
    if swapped is not None:
        place = (*path, "action")
        yield Change(Sort.ACTION, place, f"`{dotted(place)}` is {swapped}", swapped)


def _of_entity(entity: Mapping[str, object], path: Path) -> Iterator[Change]:
    for name, sort in _ENTITY.items():
        if name in entity:
            yield Change(sort, (*path, name), f"without `{dotted((*path, name))}`")
    for name in ("nets", "ports"):
        listed = items(entity.get(name))
        for number, item in enumerate(listed):
            place = (*path, name, number)
            if len(listed) > 1:
                yield Change(Sort.PEER if name == "nets" else Sort.PORT, place, f"without `{dotted(place)}`")
            wider = twice(item) if name == "nets" and isinstance(item, str) else None
            if wider is not None:
                yield Change(Sort.CIDR, place, f"`{dotted(place)}` is {wider}", wider)


_SECTIONS = ("ingress", "egress", "ingressDeny", "egressDeny")


def of_cilium(value: Mapping[str, object]) -> Iterator[Change]:
    """The changes of a policy of Cilium."""
    if isinstance(value.get("spec"), dict):
        yield from _of_cilium_rule(mapping(value["spec"]), ("spec",))
    for number, rule in enumerate(items(value.get("specs"))):
        yield from _of_cilium_rule(mapping(rule), ("specs", number))


def _of_cilium_rule(rule: Mapping[str, object], path: Path) -> Iterator[Change]:
    yield from of_selector(rule.get("endpointSelector"), (*path, "endpointSelector"))
    denied = mapping(rule.get("enableDefaultDeny"))
    for direction in _BOTH:
        if rule.get(direction) is not None and denied.get(direction) is not False:
            kept = {**denied, direction: False}
            place = (*path, "enableDefaultDeny")
            text = f"`{dotted((*place, direction))}` is false"
            yield Change(Sort.ACTION, place, text, kept)
    for section in _SECTIONS:
        for number, entry in enumerate(items(rule.get(section))):
            yield from _of_entry(mapping(entry), (*path, section, number))


def _of_entry(entry: Mapping[str, object], path: Path) -> Iterator[Change]:
    yield Change(Sort.RULE, path, f"without `{dotted(path)}`")
    for name, listed in entry.items():
        place = (*path, name)
        if name == "toPorts":
            yield Change(Sort.ANY_PORT, place, f"without `{dotted(place)}`")
        for number, item in enumerate(items(listed)):
            here = (*place, number)
            if len(items(listed)) > 1:
                sort = Sort.PORT if name == "toPorts" else Sort.PEER
                yield Change(sort, here, f"without `{dotted(here)}`")
            if name.endswith("Endpoints"):
                yield from of_selector(item, here)
            ports = items(mapping(item).get("ports")) if name == "toPorts" else ()
            for each in range(len(ports) if len(ports) > 1 else 0):
                yield Change(Sort.PORT, (*here, "ports", each), f"without `{dotted((*here, 'ports', each))}`")
            wider = twice(item) if name.endswith("CIDR") and isinstance(item, str) else None
            if wider is not None:
                yield Change(Sort.CIDR, here, f"`{dotted(here)}` is {wider}", wider)


def of_istio(value: Mapping[str, object]) -> Iterator[Change]:
    """The changes of an AuthorizationPolicy, or of a PeerAuthentication."""
    spec = mapping(value.get("spec"))
    swapped = _SWAPPED.get(str(spec.get("action", "ALLOW")))
    if "mtls" not in spec and swapped is not None:
        yield Change(Sort.ACTION, ("spec", "action"), f"`spec.action` is {swapped}", swapped)
    if mapping(spec.get("mtls")).get("mode") == "STRICT":
        place: Path = ("spec", "mtls", "mode")
        yield Change(Sort.ACTION, place, "`spec.mtls.mode` is PERMISSIVE", "PERMISSIVE")
    labels = mapping(mapping(spec.get("selector")).get("matchLabels"))
    for key, label in labels.items():
        place = ("spec", "selector", "matchLabels", key)
        yield Change(Sort.REQUIREMENT, place, f"`spec.selector` without `{key}={label}`")
    for number, rule in enumerate(items(spec.get("rules"))):
        path: Path = ("spec", "rules", number)
        yield Change(Sort.RULE, path, f"without `{dotted(path)}`")
        for name, sort in (("from", Sort.PEER), ("to", Sort.PORT), ("when", Sort.REQUIREMENT)):
            listed = items(mapping(rule).get(name))
            if listed:
                yield Change(sort, (*path, name), f"without `{dotted((*path, name))}`")
            for each in range(len(listed) if len(listed) > 1 else 0):
                yield Change(sort, (*path, name, each), f"without `{dotted((*path, name, each))}`")
