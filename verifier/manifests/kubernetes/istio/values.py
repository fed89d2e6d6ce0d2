"""The values that fields of Istio's rules are held against: how they are written, and what they mean."""

import ipaddress
import re
from collections.abc import Callable, Mapping

from verifier.ir.labels import is_dns_label, is_dns_subdomain
from verifier.ir.network import AddressSet, IPNetwork
from verifier.manifests.kubernetes.fields import Field, quoted
from verifier.manifests.kubernetes.istio.spec import Attribute

_PORT = re.compile(r"[0-9]{1,5}\Z")
_PORT_HINT = "a number from 1 to 65535, in quotes: names and ranges are no ports here"
_ACCOUNT_HINT = "`NAMESPACE/NAME`, or `NAME` of the policy's own namespace, without wildcards"


def network_of(text: str) -> IPNetwork | None:
    """The addresses of an address or a CIDR, bits behind the prefix cut off as Envoy does; None: it is neither."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    mapped = isinstance(network, ipaddress.IPv6Network) and network.network_address.ipv4_mapped is not None
    return None if mapped or "%" in text or not _has_plain_length(text) else network


def _has_plain_length(text: str) -> bool:
    """True iff what follows a slash is a length, not a mask, which Python reads too."""
    _, slash, length = text.partition("/")
    return not slash or (length.isascii() and length.isdigit())


def addresses_of(texts: tuple[str, ...]) -> AddressSet:
    """The addresses that any of them names."""
    found = AddressSet()
    for network in map(network_of, texts):
        found = found if network is None else found.union(AddressSet.block(network))
    return found


def read_values(field: Field, attribute: Attribute, name: str) -> tuple[str, ...]:
    """The values of a list, of which none may be empty. name: of the field, for what is wrong with one."""
    found = []
    for item in field.items():
        text = item.text()
        if not text:
            if item.value is None or text == "":
                item.reject("value", f"an empty value in `{field}`", "remove it")
            continue
        check = _CHECKS.get(attribute) if name != "remote.ip" and name != "remoteIpBlocks" else _check_address
        if check is not None:
            check(item, text)
        found.append(text)
    return tuple(found)


def _check_address(field: Field, text: str) -> None:
    if network_of(text) is None:
        field.reject("address", f"{quoted(text)} is no address and no CIDR", "as in `192.0.2.1` or `10.0.0.0/8`")


def _check_port(field: Field, text: str) -> None:
    if not _PORT.match(text) or not 1 <= int(text) <= 65535:
        field.reject("port", f"{quoted(text)} is no port", _PORT_HINT)


def _check_account(field: Field, text: str) -> None:
    namespace, slash, name = text.rpartition("/")
    if not is_dns_subdomain(name) or (slash and not is_dns_label(namespace)):
        field.reject("service-account", f"{quoted(text)} names no service account", _ACCOUNT_HINT)


_CHECKS: Mapping[Attribute, Callable[[Field, str], None]] = {
    Attribute.SOURCE_ADDRESS: _check_address,
    Attribute.ADDRESS: _check_address,
    Attribute.PORT: _check_port,
    Attribute.ACCOUNT: _check_account,
}
