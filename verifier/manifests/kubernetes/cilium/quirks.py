"""How Cilium's policies are written where that means something else than it seems, for `lint` (docs/semantics.md 6.2):
a second look at objects that were read without complaint."""

from collections.abc import Iterator, Mapping, Sequence

from verifier.ir.origin import Path
from verifier.ir.quirk import Writing

_SECTIONS = {"ingress": "from", "ingressDeny": "from", "egress": "to", "egressDeny": "to"}
_OPENING = ("toFQDNs", "toServices", "toGroups", "fromGroups")
"""Lists that count as missing where they are empty."""
_ALL_OF_IPV4, _ALL_OF_IPV6 = "0.0.0.0/0", "::/0"
_LOOKUP = "the addresses of a name are learned from answers: add an entry to port 53 with `rules: {dns: [..]}`"

Found = tuple[Writing, Path, str]
"""What is peculiar, where, and a detail."""


def peculiar(value: Mapping[str, object]) -> Iterator[Found]:
    """What is peculiar about a policy."""
    given: list[tuple[Path, object]] = [(("spec",), value.get("spec"))]
    given += [(("specs", number), each) for number, each in enumerate(_list(value.get("specs")))]
    for path, rule in given:
        if isinstance(rule, dict) and isinstance(rule.get("endpointSelector"), dict):
            yield from _rule(path, rule)


def _rule(path: Path, rule: Mapping[str, object]) -> Iterator[Found]:
    asked = _mapping(rule.get("enableDefaultDeny"))
    for way in ("ingress", "egress"):
        allows, denies = _list(rule.get(way)), _list(rule.get(f"{way}Deny"))
        if asked.get(way) is True and not allows and not denies:
            yield Writing.DENY_WITHOUT_ENTRIES, (*path, "enableDefaultDeny", way), way
        if denies and not allows and asked.get(way) is None:
            yield (
                Writing.DENY_ISOLATES,
                (*path, f"{way}Deny"),
                f"`enableDefaultDeny: {{{way}: false}}` keeps it from that",
            )
    for section, side in _SECTIONS.items():
        for number, entry in enumerate(_list(rule.get(section))):
            yield from _entry((*path, section, number), _mapping(entry), side)
    if not any(_looks_up(_mapping(entry)) for entry in _list(rule.get("egress"))):
        for number, entry in enumerate(_list(rule.get("egress"))):
            if _list(_mapping(entry).get("toFQDNs")):
                yield Writing.NAMES_WITHOUT_LOOKUP, (*path, "egress", number, "toFQDNs"), _LOOKUP


def _entry(path: Path, entry: Mapping[str, object], side: str) -> Iterator[Found]:
    given = {name: value for name, value in entry.items() if value is not None}
    if not any(given.values()) and not any(value == [] for value in given.values()):
        yield Writing.ISOLATING_ENTRY, path, f"`{side}Entities: []` says the same, and is not misread"
    for name, value in given.items():
        if value == [] and name.startswith(side) and name != f"{side}Entities":  # that is how a default deny is said
            opens = name in _OPENING and bool(given.get("toPorts"))
            if name not in _OPENING or opens:
                yield Writing.EMPTY_PEERS, (*path, name), "anybody" if opens else "nobody"
    blocks = [str(cidr) for cidr in _list(given.get(f"{side}CIDR"))]
    blocks += [str(_mapping(item).get("cidr")) for item in _list(given.get(f"{side}CIDRSet"))]
    if _ALL_OF_IPV4 in blocks and _ALL_OF_IPV6 not in blocks:
        name = f"{side}CIDR" if _list(given.get(f"{side}CIDR")) else f"{side}CIDRSet"
        yield Writing.ONE_FAMILY, (*path, name), ""


def _looks_up(entry: Mapping[str, object]) -> bool:
    """True iff the entry lets names be looked up through the proxy."""
    return any(_list(_mapping(_mapping(item).get("rules")).get("dns")) for item in _list(entry.get("toPorts")))


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
