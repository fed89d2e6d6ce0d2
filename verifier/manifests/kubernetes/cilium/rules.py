"""Rules of Cilium's policies, read and checked (docs/semantics.md 6.1, 6.2)."""

from collections.abc import Mapping
from functools import cache

from verifier.ir.origin import Path
from verifier.ir.policy import Direction
from verifier.manifests.kubernetes.cilium.identities import read_identities
from verifier.manifests.kubernetes.cilium.peers import read_peers
from verifier.manifests.kubernetes.cilium.ports import read_icmps, read_ports
from verifier.manifests.kubernetes.cilium.spec import Entry, Rule, Section
from verifier.manifests.kubernetes.fields import Field, once

_SECTIONS: Mapping[str, tuple[Direction, bool]] = {
    "ingress": (Direction.INGRESS, False),
    "ingressDeny": (Direction.INGRESS, True),
    "egress": (Direction.EGRESS, False),
    "egressDeny": (Direction.EGRESS, True),
}
_SIDES = {Direction.INGRESS: "from", Direction.EGRESS: "to"}
_OTHER = {"from": "to", "to": "from"}
_BOTH = ("Endpoints", "Entities", "CIDR", "CIDRSet", "Nodes", "Groups")
_SORTS = {Direction.INGRESS: _BOTH, Direction.EGRESS: (*_BOTH, "Services", "FQDNs")}
_BY_ADDRESS = ("CIDR", "CIDRSet", "Services")
_REQUIRES = "removed in Cilium 1.19: say it with an `ingressDeny` or `egressDeny` section, or in the other selectors"


def read_rules(spec: Field, specs: Field, *, of_cluster: bool) -> tuple[tuple[Path, Rule], ...]:
    """The rules that `spec` and `specs` hold; of_cluster: those of a cluster-wide policy."""
    given = [spec] if spec.value is not None else []
    given += specs.items()
    return tuple((each.path, once(_of_cluster if of_cluster else _namespaced, each)) for each in given)


def _of_cluster(field: Field) -> Rule:
    return _rule(field, of_cluster=True)


def _namespaced(field: Field) -> Rule:
    return _rule(field, of_cluster=False)


def _rule(field: Field, *, of_cluster: bool) -> Rule:
    names = ("endpointSelector", "nodeSelector", *_SECTIONS, "enableDefaultDeny", "labels", "description", "log")
    endpoints, nodes, *others = field.fields(*names)
    parts, (asked, labels, description, _) = others[: len(_SECTIONS)], others[len(_SECTIONS) :]
    description.text()
    labels.items()
    if isinstance(field.value, dict | None):
        _check_subject(field, endpoints, nodes, of_cluster=of_cluster)
    sections = tuple(once(_READERS[str(part.path[-1])], part) for part in parts)
    if isinstance(field.value, dict | None) and not any(section.entries for section in sections):
        field.reject(
            "section",
            f"`{field}` has no entry in any of {', '.join(_SECTIONS)}",
            "the newest API refuses it, older ones take it and do nothing; `ingress: [{}]` isolates and allows nothing",
        )
    subject = None if nodes.value is not None else once(read_identities, endpoints)
    if nodes.value is not None:
        read_identities(nodes)
        field.note("host-policy", f"`{nodes}`: a policy of nodes, which has no effect on pods")
    return Rule(subject, sections, _asks(asked, sections))


def _check_subject(field: Field, endpoints: Field, nodes: Field, *, of_cluster: bool) -> None:
    if nodes.value is not None and not of_cluster:
        nodes.reject("subject", "`nodeSelector` in a policy of a namespace", "only cluster-wide ones have it")
    elif nodes.value is not None and endpoints.value is not None:
        nodes.reject("subject", f"`{field}` has `endpointSelector` and `nodeSelector`", "exactly one of them")
    elif nodes.value is None and endpoints.value is None:
        field.reject("subject", f"`{field}` has no `endpointSelector`", "`endpointSelector: {}` is every pod")


def _asks(field: Field, sections: tuple[Section, ...]) -> frozenset[Direction]:
    """Unset means true iff the rule has entries of that direction; so does true (6.1)."""
    found = set()
    for given in field.fields(*(str(direction) for direction in Direction)):
        direction = Direction(str(given.path[-1]))
        said, has_entries = given.boolean(), any(s.entries for s in sections if s.direction is direction)
        if has_entries and (said or given.value is None):
            found.add(direction)
        if said and not has_entries:
            given.warn(
                "default-deny",
                f"`{given}: true` in a rule without entries for {direction}, which isolates nothing",
                f"write `{direction}: [{{}}]`, which isolates and allows nothing",
            )
    return frozenset(found)


def _section(field: Field) -> Section:
    name = str(field.path[-1])
    direction, denies = _SECTIONS[name]
    return Section(name, direction, denies, tuple(_entry(item, direction, denies) for item in field.items()))


def _ingress(field: Field) -> Section:
    return _section(field)


def _ingress_deny(field: Field) -> Section:
    return _section(field)


def _egress(field: Field) -> Section:
    return _section(field)


def _egress_deny(field: Field) -> Section:
    return _section(field)


_READERS = dict(zip(_SECTIONS, (_ingress, _ingress_deny, _egress, _egress_deny), strict=True))
"""One a section, so that a value which two sections share is read once for each (`once`)."""


def _entry(field: Field, direction: Direction, denies: bool) -> Entry:
    if field.value is None:
        field.reject("entry", f"`{field}` is null", "a stray dash? `{}` isolates and allows nothing")
    side = _SIDES[direction]
    sorts, known = _fields(direction, denies)
    if not field.mapping().keys() <= known.keys():
        hints = _hints(direction, denies)
        field.restrict(tuple(known), lambda _, name, __: hints.get(name))
    _refuse_requires(field.get(f"{side}Requires"))
    peers, sort = read_peers(field, side, sorts)
    ports_field, icmps_field = field.get("toPorts"), field.get("icmps")
    ports = read_ports(ports_field, direction, denies=denies)
    icmps = read_icmps(icmps_field)
    if ports and icmps:
        icmps_field.reject("port", f"`{field}` has `toPorts` and `icmps`", "make them entries of their own")
    narrowed = () if denies else _authentication(field.get("authentication"))
    names = sort == "FQDNs"
    return Entry(peers, sort in _BY_ADDRESS, ports, icmps, narrowed, names)


@cache
def _fields(direction: Direction, denies: bool) -> tuple[tuple[str, ...], Mapping[str, None]]:
    """The sorts of peers that an entry may have, and its fields, in their order."""
    side = _SIDES[direction]
    sorts = tuple(sort for sort in _SORTS[direction] if not (denies and sort == "FQDNs"))
    rest = ("toPorts", "icmps") if denies else ("toPorts", "icmps", "authentication")
    return sorts, dict.fromkeys((*(f"{side}{sort}" for sort in sorts), f"{side}Requires", *rest))


def _hints(direction: Direction, denies: bool) -> Mapping[str, str]:
    """What is meant by fields that an entry does not have."""
    side = _SIDES[direction]
    wrong = {f"{_OTHER[side]}{sort}": f"{direction} says `{side}{sort}`" for sort in _SORTS[Direction.EGRESS]}
    if denies:
        wrong |= {"toFQDNs": "names cannot be denied: deny everything else, or their addresses"}
        wrong |= {"authentication": "only sections that allow have it"}
    return wrong


def _refuse_requires(field: Field) -> None:
    if field.items():
        field.reject("requires", f"`{field}`, which no current Cilium takes", _REQUIRES)


def _authentication(field: Field) -> tuple[str, ...]:
    if field.value is None:
        return ()
    (mode,) = field.fields("mode")
    return (f"what authentication `{mode.text() or ''}` lets through",)
