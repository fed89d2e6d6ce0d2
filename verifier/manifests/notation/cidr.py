"""Addresses and CIDRs as users write them in properties and universes: canonical, or refused with the form that is."""

import ipaddress
import re

from verifier.ir.network import IPNetwork

_PREFIX = re.compile(r"(0|[1-9][0-9]{0,2})\Z")


class CidrError(ValueError):
    """The text is no CIDR; `hint` says what would be."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def parse_cidr(text: str) -> IPNetwork:
    """The network `text` names, `address/prefix`."""
    if "/" not in text:
        network = parse_address(text)
        raise CidrError(f"`{text}` has no prefix length", f"for this one address write `{network}`")
    address, _, prefix = text.partition("/")
    if not _PREFIX.match(prefix):
        raise CidrError(f"`{text}` is not a CIDR", "a CIDR looks like `10.0.0.0/8` or `fc00::/7`")
    parse_address(address)
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise CidrError(f"`{text}` is not a CIDR", "a prefix is at most 32 for IPv4, 128 for IPv6") from None
    if network.network_address != ipaddress.ip_address(address):
        raise CidrError(f"`{text}` has bits set beyond its prefix", f"did you mean `{network}`?")
    return network


def parse_address(text: str) -> IPNetwork:
    """The network that holds just the address `text`."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        raise CidrError(f"`{text}` is not an address", "as in `192.0.2.1` or `2001:db8::1`") from None
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        raise CidrError(f"`{text}` names a network interface", "leave out `%` and what follows")
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        raise CidrError(f"`{text}` is an IPv4 address inside IPv6", f"did you mean `{address.ipv4_mapped}`?")
    return ipaddress.ip_network(address)
