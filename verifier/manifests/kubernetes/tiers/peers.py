"""Subjects and peers of cluster-scoped policies, read and checked (docs/semantics.md 4.2)."""

import re
from collections.abc import Callable, Mapping

from verifier.ir.labels import EVERYTHING, Selector
from verifier.ir.network import AddressSet
from verifier.manifests.kubernetes.blocks import read_cidr
from verifier.manifests.kubernetes.fields import Field, quoted
from verifier.manifests.kubernetes.selectors import read_selector
from verifier.manifests.kubernetes.tiers.spec import DomainNames, Networks, Nodes, Peer, Pods

LISTED = 25
"""How many CIDRs or domain names one peer may list."""

_NESTED = ("namespaceSelector", "sameLabels", "notSameLabels")
_OLD_HINT = "since then a selector stands where it is meant; `--set nested_peers=read` reads the old form in v1alpha1"
_DOMAIN = re.compile(r"(\*\.)?([a-z0-9]([-a-z0-9_]*[a-z0-9])?\.)+[a-z0-9]([-a-z0-9_]*[a-z0-9])?\.?\Z", re.IGNORECASE)


def read_subject(field: Field) -> Pods:
    """Whom a policy governs: exactly one of `namespaces` and `pods`."""
    if field.value is None:
        field.reject("subject", "a policy without a `subject`", "`subject: {namespaces: {}}` is every pod")
        return Pods()
    namespaces, pods = field.fields("namespaces", "pods")
    if (namespaces.value is None) == (pods.value is None):
        many = "both `namespaces` and `pods`" if pods.value is not None else "neither `namespaces` nor `pods`"
        field.reject("subject", f"a subject with {many}", "exactly one of them; `namespaces: {}` is every pod")
        return Pods()
    return Pods(read_selector(namespaces)) if pods.value is None else _pods(pods)


def read_peer(field: Field, types: tuple[str, ...]) -> Peer | None:
    """The one type of peer that an item names; None where it is not known, which the caller has to fail closed."""
    given = [field.get(name) for name in types if field.get(name).value is not None]
    strangers = [name for name in field.mapping() if name not in types]
    field.restrict(types)
    if len(given) == 1:
        return PEERS[str(given[0].path[-1])](given[0])
    if len(given) > 1:
        named = " and ".join(quoted(str(each.path[-1])) for each in given)
        field.reject("peer", f"`{field}` has {named}", "make them items of their own, each with its own dash")
        return Pods()
    if not strangers:
        if isinstance(field.value, dict | None):
            field.reject(
                "peer", f"`{field}` names no peer", f"one of {', '.join(types)}; `namespaces: {{}}` is every pod"
            )
        return Pods()
    return None


def _namespaces(field: Field) -> Pods:
    return Pods(_selector_or_nested(field))


def _selector_or_nested(field: Field) -> Selector:
    """A selector of namespaces; the nested form of old releases is never taken for one (4.1, H22)."""
    nested = [name for name in field.mapping() if name in _NESTED]
    if not nested:
        return read_selector(field)
    if field.report.nested_peers and nested == ["namespaceSelector"]:
        (inner,) = field.fields("namespaceSelector")
        if inner.value is None:
            field.reject("peer", f"`{field}` names no peer", "`namespaceSelector: {}` is every namespace")
        return read_selector(inner)
    removed = [name for name in nested if name != "namespaceSelector"]
    hint = "release v0.1.3 removed it" if removed else _OLD_HINT
    field.reject("old-peer", f"`{field}` has {quoted(nested[0])}, as up to release v0.1.2 of the API", hint)
    return EVERYTHING


def _pods(field: Field) -> Pods:
    if "namespaces" in field.mapping():
        old, pods = field.fields("namespaces", "podSelector")
        if not field.report.nested_peers:
            old.reject("old-peer", f"`{field}` has `namespaces`, as up to release v0.1.2 of the API", _OLD_HINT)
            return Pods(EVERYTHING, read_selector(pods))
        return Pods(_selector_or_nested(old), read_selector(pods))
    namespaces, pods = field.fields("namespaceSelector", "podSelector")
    for half in (namespaces, pods):
        if half.value is None:
            name = str(half.path[-1])
            field.warn("pods", f"`{field}` without `{name}`, which the API server demands, is read as `{name}: {{}}`")
    return Pods(read_selector(namespaces), read_selector(pods))


def _networks(field: Field) -> Networks:
    addresses = AddressSet()
    for item in _listed(field):
        network = read_cidr(item, masks_host_bits=True)
        if network is not None:
            addresses = addresses.union(AddressSet.block(network))
    return Networks(addresses)


def _nodes(field: Field) -> Nodes:
    return Nodes(read_selector(field))


def _names(field: Field) -> DomainNames:
    names = []
    for item in _listed(field):
        name = item.text() or ""
        if not _DOMAIN.match(name) and isinstance(item.value, str | None):
            item.reject("domain", f"{quoted(name)} is no domain name", "like `example.com`, or `*.example.com`")
        names.append(name.lower().removesuffix("."))
    return DomainNames(tuple(names))


def _listed(field: Field) -> list[Field]:
    items = field.items()
    if isinstance(field.value, list) and not 1 <= len(items) <= LISTED:
        field.reject("limit", f"`{field}` has {len(items)} items", f"1 to {LISTED}")
    return items


PEERS: Mapping[str, Callable[[Field], Peer]] = {
    "namespaces": _namespaces,
    "pods": _pods,
    "networks": _networks,
    "nodes": _nodes,
    "domainNames": _names,
}
