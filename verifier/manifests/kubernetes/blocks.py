"""ipBlocks: CIDRs as the API server takes them (docs/semantics.md 3.5; V3, V4, V5)."""

import ipaddress
import re
from ipaddress import IPv6Network

from verifier.ir.network import AddressSet, Intervals, IPNetwork
from verifier.manifests.kubernetes.fields import Field, dotted, quoted
from verifier.manifests.kubernetes.misplaced import where_it_belongs

_SHAPE = re.compile(r"[0-9a-fA-F.:]+/[0-9]{1,3}\Z")

_IPV4 = re.compile(r"{0}\.{0}\.{0}\.{0}/{0}\Z".format("(0|[1-9][0-9]{,2})"))


def read_block(field: Field) -> AddressSet:
    """The addresses of `cidr` without those of `except`."""
    cidr_field, except_field = field.fields("cidr", "except", hints=where_it_belongs)
    if cidr_field.value in (None, ""):
        (field if cidr_field.value is None else cidr_field).reject("V3", "an ipBlock without a `cidr`")
        cidr = None
    else:
        cidr = read_cidr(cidr_field)
    holes = []
    for item in except_field.items():
        hole = read_cidr(item)
        if hole is None or cidr is None:
            continue
        if not _is_strict_subset(hole, cidr):
            why = _why_not(hole, cidr)
            item.reject("V4", f"{quoted(str(item.value))} in `except` {why} `{cidr_field.value}`")
        holes.append(hole)
    return AddressSet() if cidr is None else AddressSet.block(cidr, holes)


def plain_block(value: object) -> AddressSet | None:
    """What `read_block` gives, where it is plain to see that nothing is wrong: a canonical IPv4 `cidr` alone."""
    if not isinstance(value, dict) or value.keys() != {"cidr"}:
        return None
    cidr = value["cidr"]
    found = _IPV4.match(cidr) if isinstance(cidr, str) else None
    if found is None:
        return None
    first, second, third, last, length = map(int, found.groups())
    if max(first, second, third, last) > 255 or length > 32:
        return None
    low, rest = first << 24 | second << 16 | third << 8 | last, (1 << 32 - length) - 1
    return None if low & rest else AddressSet(v4=Intervals(((low, low | rest),)))


def _is_strict_subset(hole: IPNetwork, cidr: IPNetwork) -> bool:
    return _contains(cidr, hole) and hole.prefixlen > cidr.prefixlen


def _contains(cidr: IPNetwork, hole: IPNetwork) -> bool:
    return cidr.version == hole.version and hole.network_address in cidr


def _why_not(hole: IPNetwork, cidr: IPNetwork) -> str:
    if hole.version != cidr.version:
        return "is of another address family than"
    return "is not smaller than" if _contains(cidr, hole) else "lies outside of"


def read_cidr(field: Field, *, masks_host_bits: bool = False) -> IPNetwork | None:
    """The network, made canonical; None where it cannot be read at all. masks_host_bits: bits behind the prefix are a
    warning, since the API server takes them and what counts is the masked block (4.2)."""
    if field.value is None:
        field.reject("V3", f"an empty CIDR in `{dotted(field.path[:-1])}`")
        return None
    text = field.text()
    if text is None:
        return None
    network = _parse(text)
    if network is None:
        hint = f"an address needs a prefix length: `{text}/{_full(text)}`" if _is_address(text) else None
        field.reject("V3", f"{quoted(text)} is no CIDR", hint or "an address and a prefix length, like `10.0.0.0/8`")
        return None
    why = _not_canonical(text)
    network = _unmapped(network)
    if why is not None:
        if field.report.strict_cidr and not (masks_host_bits and why == _HOST_BITS):
            field.reject("V5", f"{quoted(text)} is no canonical CIDR: {why}", f"write `{network}`")
        else:
            field.warn("V5", f"{quoted(text)} is read as `{network}`: {why}")
    return network


_HOST_BITS = "it has bits set behind the prefix"


def _parse(text: str) -> IPNetwork | None:
    """The network as lenient parsers read it: host bits are cut off, leading zeros are decimal."""
    if not _SHAPE.match(text):
        return None
    try:
        return ipaddress.ip_network(_without_zeros(text), strict=False)
    except ValueError:
        return None


def _without_zeros(text: str) -> str:
    """The text without the leading zeros of an IPv4 address, which Python refuses to read."""
    if ":" in text:
        return text
    address, _, length = text.partition("/")
    return ".".join(part.lstrip("0") or "0" for part in address.split(".")) + "/" + length


def _not_canonical(text: str) -> str | None:
    """Why strict validation refuses a CIDR that lenient parsers read; None where it does not."""
    length = text.partition("/")[2]
    if _without_zeros(text) != text or (len(length) > 1 and length[0] == "0"):
        return "it has leading zeros"
    interface = ipaddress.ip_interface(text)
    if isinstance(interface, ipaddress.IPv6Interface) and interface.ip.ipv4_mapped is not None:
        return "it is an IPv4 address in IPv6 form"
    if interface.ip != interface.network.network_address:
        return _HOST_BITS
    return None


def _unmapped(network: IPNetwork) -> IPNetwork:
    """An IPv4-mapped IPv6 network is the IPv4 network it maps."""
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped is not None and network.prefixlen >= 96:
        return ipaddress.IPv4Network((network.network_address.ipv4_mapped, network.prefixlen - 96))
    return network


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _full(text: str) -> int:
    return 32 if ipaddress.ip_address(text).version == 4 else 128
