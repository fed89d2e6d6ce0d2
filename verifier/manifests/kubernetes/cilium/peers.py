"""The peers of an entry (docs/semantics.md 6.2): at most one sort of them, and what lists mean that are empty."""

import ipaddress
import re
from collections.abc import Callable, Mapping

from verifier.ir.network import AddressSet, IPNetwork
from verifier.ir.origin import Path
from verifier.manifests.kubernetes.cilium.identities import read_identities
from verifier.manifests.kubernetes.cilium.spec import ANY, Block, Entity, Group, Identities, Peer, ServiceName, Unknown
from verifier.manifests.kubernetes.fields import Field, meant, once, quoted, told
from verifier.manifests.kubernetes.selectors import read_selector

ENTITIES = (
    "all", "world", "cluster", "host", "remote-node", "kube-apiserver", "init", "health", "ingress", "unmanaged",
    "none",
)  # fmt: skip
_PREFIX = re.compile(r"[0-9a-fA-F.:]+/[0-9]{1,3}\Z")
_PATTERN = re.compile(r"[-a-zA-Z0-9_.*]{1,255}\Z")
_AS_MISSING = ("Services", "FQDNs", "Groups")
"""Sorts of peers of which an empty list is no list."""

Peers = tuple[tuple[Path, Peer], ...]


def read_peers(entry: Field, side: str, sorts: tuple[str, ...]) -> tuple[Peers | None, str]:
    """The peers that an entry gives, in `fromX` or `toX` for one X of `sorts`, and which X; None where it gives none,
    nobody where one of the lists that must not be empty is."""
    value = entry.mapping()
    given = [entry.get(name) for name in (f"{side}{sort}" for sort in sorts) if value.get(name) is not None]
    filled = [each for each in given if each.items()]
    if len(filled) > 1:
        named = " and ".join(quoted(str(each.path[-1])) for each in filled)
        entry.reject("peer", f"`{entry}` has {named}", "one sort of peers an entry: make them entries of their own")
    empty = [each for each in given if each.value == [] and _sort(each, side) not in _AS_MISSING]
    if filled:
        sort = _sort(filled[0], side)
        peers = tuple(_peers(filled[0], sort))
        return (() if empty else peers), sort
    return (() if empty else None), _sort(empty[0], side) if empty else ""


def _sort(field: Field, side: str) -> str:
    return str(field.path[-1]).removeprefix(side)


def _peers(field: Field, sort: str) -> list[tuple[Path, Peer]]:
    found: list[tuple[Path, Peer]] = []
    for item in field.items():
        peer = once(_READERS[sort], item)
        if peer is not None:
            found.append(((field.path[-1], item.path[-1]), peer))
    return found


def _endpoints(field: Field) -> Peer | None:
    if field.value is None:
        field.reject("peer", f"`{field}` is null", "a stray dash? `{}` is every pod of the namespace")
    return read_identities(field)


def _entity(field: Field) -> Peer | None:
    name = field.text() or ""
    if name not in ENTITIES and isinstance(field.value, str | None):
        field.reject("entity", f"no entity {quoted(name)}", meant(name, ENTITIES))
    return Entity(name)


def _cidr(field: Field) -> Peer | None:
    network = read_prefix(field)
    return None if network is None else Block(AddressSet.block(network[1]))


def _cidr_set(field: Field) -> Peer | None:
    cidr, name, selector, holes_field = field.fields("cidr", "cidrGroupRef", "cidrGroupSelector", "except")
    given = [each for each in (cidr, name, selector) if each.value not in (None, "")]
    if len(given) != 1:
        found = " and ".join(quoted(str(each.path[-1])) for each in given) or "nothing"
        if isinstance(field.value, dict | None):
            field.reject("peer", f"`{field}` has {found}", "exactly one of cidr, cidrGroupRef, cidrGroupSelector")
        return None
    block = read_prefix(cidr) if cidr in given else None
    holes = AddressSet()
    for item in holes_field.items():
        hole = read_prefix(item)
        if hole is None:
            continue
        if block is not None and (hole[0].version != block[1].version or hole[0] not in block[1]):
            item.reject("V4", f"{quoted(str(item.value))} in `except` lies outside of `{cidr.value}`")
        holes = holes.union(AddressSet.block(hole[1]))
    if cidr in given:
        return None if block is None else Block(AddressSet.block(block[1]).subtract(holes))
    if name in given:
        return Group(name.text() or "", None, holes)
    return Group(None, read_selector(selector), holes)


def read_prefix(field: Field) -> "tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, IPNetwork] | None":
    """The address that is written, and its block; None where it cannot be read."""
    text = field.text()
    if text is None:
        if field.value is None:
            field.reject("V3", f"an empty CIDR in `{field}`")
        return None
    try:
        if not _PREFIX.match(text):
            raise ValueError
        interface = ipaddress.ip_interface(text)
    except ValueError:
        bare = "/" not in text and _is_address(text)
        hint = f"a length is needed: `{text}/{32 if ':' not in text else 128}`" if bare else "like `10.0.0.0/8`"
        field.reject("V3", f"{quoted(text)} is no CIDR", hint)
        return None
    if interface.ip != interface.network.network_address:
        field.warn("V5", f"{quoted(text)} is read as `{interface.network}`: it has bits set behind the prefix")
    return interface.ip, interface.network


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _node(field: Field) -> Peer | None:
    return Unknown("Nodes", f"the nodes `{_lines(read_identities(field))}`")


def _group(field: Field) -> Peer | None:
    field.restrict(("aws",))
    return Unknown("Groups", f"the addresses of the cloud group `{told(field.value)}`")


def _service(field: Field) -> Peer | None:
    named, selected = field.fields("k8sService", "k8sServiceSelector")
    given = [each for each in (named, selected) if each.value is not None]
    if len(given) != 1:
        if isinstance(field.value, dict | None):
            field.reject("peer", f"`{field}` names no Service", "exactly one of k8sService, k8sServiceSelector")
        return None
    if named in given:
        name, namespace = named.fields("serviceName", "namespace")
        return ServiceName(namespace.text() or None, name.text() or "")
    selector, namespace = selected.fields("selector", "namespace")
    home = namespace.text() or ""
    where = f" of {home}" if home else ""
    about = f"what is behind the Services `{_lines(read_identities(selector))}`{where}"
    return Unknown("Services", about, home=home)


def _lines(chosen: Identities) -> str:
    """A selector in words that do not hang on the order in which it is written."""
    lines = (
        f"{'' if each.source == ANY else f'{each.source}:'}{each.key} {each.operator} {' '.join(sorted(each.values))}"
        for each in chosen.lines
    )
    return ", ".join(sorted(line.strip() for line in lines)) or "all"


def _domain(field: Field) -> Peer | None:
    name_field, pattern_field = field.fields("matchName", "matchPattern")
    name, pattern = name_field.text() or "", pattern_field.text() or ""
    if bool(name) == bool(pattern):
        if isinstance(field.value, dict | None):
            found = "both" if name else "neither"
            field.reject("domain", f"`{field}` has {found} of `matchName` and `matchPattern`", "exactly one of them")
        return None
    given, where = (name, name_field) if name else (pattern, pattern_field)
    if not _PATTERN.match(given) or (name and "*" in name) or ".." in given:
        where.reject(
            "domain", f"{quoted(given)} is no domain name", "like `example.com`; patterns go to `matchPattern`"
        )
    said = given.lower().removesuffix(".")
    return Unknown("FQDNs", f"what `{said}` resolves to", "" if "*" in said else said)


_READERS: Mapping[str, Callable[[Field], Peer | None]] = {
    "Endpoints": _endpoints,
    "CIDR": _cidr,
    "CIDRSet": _cidr_set,
    "Entities": _entity,
    "Nodes": _node,
    "Groups": _group,
    "Services": _service,
    "FQDNs": _domain,
}
SORTS = tuple(_READERS)
