"""`toPorts` and `icmps` of Cilium's policies (docs/semantics.md 6.2): ports are strings, a missing protocol is any, and
what stands above the ports narrows in ways that no manifest says."""

import re

from verifier.ir.network import Protocol
from verifier.ir.policy import Direction
from verifier.manifests.kubernetes.cilium.spec import Named, Numbers, Port, Ports
from verifier.manifests.kubernetes.fields import Field, meant, quoted, told

_PROTOCOLS = {"TCP": Protocol.TCP, "UDP": Protocol.UDP, "SCTP": Protocol.SCTP, "ANY": None}
_NAME = re.compile(r"(?=.*[A-Za-z])(?!.*--)[A-Za-z0-9]([-A-Za-z0-9]{0,13}[A-Za-z0-9])?\Z")
_MOST = 40
_LAST = 65535
_DIGITS = 64
"""No port has more, whatever zeros it begins with."""
_FIELDS = ("ports", "rules", "serverNames", "listener", "terminatingTLS", "originatingTLS")
_RULES = ("http", "kafka", "dns", "l7proto", "l7")


def read_ports(field: Field, direction: Direction, *, denies: bool) -> tuple[Ports, ...]:
    """The items of `toPorts`; none where it is missing or empty."""
    return tuple(_item(item, direction, denies) for item in field.items())


def read_icmps(field: Field) -> tuple[str, ...]:
    """The messages that are meant, each in words of its own; none iff no `icmps` are given."""
    items, found = field.items(), set[str]()
    for item in items:
        (fields,) = item.fields("fields")
        for each in fields.items():
            family, kind = each.fields("family", "type")
            if (family.text() or "IPv4") not in ("IPv4", "IPv6"):
                family.reject("icmp", f"no family {quoted(family.text() or '')}", "IPv4 or IPv6")
            if not isinstance(kind.value, str | int) or isinstance(kind.value, bool):
                each.reject("icmp", f"`{each}` has no `type`", "a number, or a name like `EchoRequest`")
            found.add(f"{family.text() or 'IPv4'} {told(kind.value)}")
    return tuple(sorted(found)) or (("of no type",) if items else ())


def _item(field: Field, direction: Direction, denies: bool) -> Ports:
    narrowed: list[str] = []
    if denies:
        above = [name for name in _FIELDS[1:] if field.mapping().get(name) is not None]
        for name in above:
            field.get(name).reject("layer7", f"`{name}` in a section that denies", "only ports can be denied")
        field.restrict((*_FIELDS,))
        ports_field = field.get("ports")
    else:
        ports_field, rules, names, listener, terminating, originating = field.fields(*_FIELDS)
        narrowed += _rules(rules, direction)
        for each in (names, listener, terminating, originating):
            if each.value not in (None, [], {}):
                narrowed.append(f"what {each.path[-1]} `{told(each.value)}` lets through")
        for each in names.items():
            each.text()
    listed = ports_field.items()
    if len(listed) > _MOST:
        ports_field.reject("limit", f"`{ports_field}` has {len(listed)} ports", f"at most {_MOST}")
    if not listed:
        field.warn("no-ports", f"`{field}` lists no port, and nobody says what that means", "leave the item out")
    return Ports(tuple(port for each in listed if (port := _port(each, field, narrowed)) is not None), tuple(narrowed))


def _rules(field: Field, direction: Direction) -> list[str]:
    """What the rules above the ports ask for, in words."""
    given = [each for each in field.fields(*_RULES) if each.value is not None]
    names = [str(each.path[-1]) for each in given]
    if len([name for name in names if name in ("http", "kafka", "dns", "l7proto")]) > 1:
        field.reject("layer7", f"`{field}` has {' and '.join(map(quoted, names))}", "rules of one protocol only")
    for each in given:
        if each.path[-1] == "l7proto":
            each.text()
        else:
            each.items()
        if each.path[-1] == "dns" and direction is Direction.INGRESS:
            each.reject("layer7", "rules about DNS for ingress", "they stand in egress only")
    proxied = {str(each.path[-1]): each.value for each in given if each.path[-1] in ("l7proto", "l7")}
    said = [(each.path[-1], told(each.value)) for each in given if each.path[-1] not in proxied]
    said += [("l7proto", told(proxied["l7proto"] if len(proxied) == 1 else proxied))] if "l7proto" in proxied else []
    return [f"what the {name} rules `{what}` let through" for name, what in said]


def _port(field: Field, item: Field, narrowed: list[str]) -> Port | None:
    port_field, protocol_field, end_field = field.fields("port", "protocol", "endPort")
    protocol = _protocol(protocol_field)
    _check_layer7(protocol_field, protocol, item)
    text, end = port_field.text(), end_field.integer() or 0
    if text is None:
        if port_field.value is None:
            field.reject("port", f"`{field}` has no `port`", 'a number in quotes, or a name; `"0"` is every port')
        return None
    if _NAME.match(text):
        return Named(protocol, text.lower())
    low = _number(port_field, text)
    if low is None:
        return None
    if not 0 <= end <= _LAST:
        end_field.reject("V7", f"endPort {end} is out of range", f"1 to {_LAST}")
    elif end and low == 0:
        end_field.reject("V7", 'endPort together with port "0", which is every port', "give the first port as `port`")
    elif end and end < low:
        end_field.reject("V7", f"endPort {end} is below port {low}", "the range is inclusive: port <= endPort")
    elif end > low and narrowed and item.get("rules").get("dns").value is not None:
        end_field.reject("layer7", "rules about DNS on a range of ports", "name each port")
    elif low == 0 and narrowed and item.get("rules").value:
        port_field.reject("layer7", 'rules above the port "0", which is every port', "name the ports")
    return Numbers(protocol, low or 1, max(low, end) if low else _LAST)


def _protocol(field: Field) -> Protocol | None:
    spelled = field.text() or "ANY"
    if spelled not in _PROTOCOLS:
        field.reject("V6", f"unknown protocol {quoted(spelled)}", meant(spelled, _PROTOCOLS))
    return _PROTOCOLS.get(spelled)


def _check_layer7(field: Field, protocol: Protocol | None, item: Field) -> None:
    """All rules above ports but those about DNS need TCP."""
    rules = item.get("rules").value
    given = [name for name, value in rules.items() if value] if isinstance(rules, dict) else []
    if given and "dns" not in given and protocol is not Protocol.TCP:
        message = f"{quoted(given[0])} rules on a port of {field.text() or 'any protocol'}"
        field.reject("layer7", message, "write `protocol: TCP`")
    elif "dns" in given and protocol is Protocol.SCTP:
        field.reject("layer7", "rules about DNS on a port of SCTP", "UDP, TCP or ANY")


def _number(field: Field, text: str) -> int | None:
    """The number, read with the prefix of its base as Go does."""
    if not (text.isascii() and text.isdigit()):
        field.reject(
            "V9", f"{quoted(text)} is no port", "a number in quotes, or a name of at most 15 letters and digits"
        )
        return None
    if len(text) > _DIGITS:
        field.reject("V7", f"port {quoted(text)} is out of range", f"0 to {_LAST}")
        return None
    octal = text.startswith("0") and text.strip("0") != ""
    if octal and not set(text) <= set("01234567"):
        field.reject("V9", f"{quoted(text)} is no port", "a number that begins with 0 is read as octal")
        return None
    number = int(text, 8) if octal else int(text)
    if number > _LAST:
        field.reject("V7", f"port {quoted(text)} is out of range", f"0 to {_LAST}")
        return None
    if octal:
        field.warn("octal", f"{quoted(text)} is read as octal: port {number}", f'write `"{text.lstrip("0")}"`')
    return number
