"""Rules of Calico's policies, read and checked (docs/semantics.md 5.3)."""

import json
import re
from collections.abc import Mapping, Sequence

from verifier.ir.labels import is_dns_label, is_dns_subdomain, is_port_name
from verifier.ir.network import Intervals, IPNetwork, Protocol
from verifier.ir.policy import Action, Direction
from verifier.manifests.kubernetes.calico.reading import read_nets, read_tree
from verifier.manifests.kubernetes.calico.spec import Accounts, Entity, Icmp, Numbers, Ports, Rule, Service
from verifier.manifests.kubernetes.fields import Field, meant, quoted

RULES, PORTS, NAMES = 1024, 50, 20
"""Rules of a direction, ports of a list and names of service accounts that there may be."""
_ACTIONS: Mapping[str, Action | None] = {
    "Allow": Action.ALLOW, "Deny": Action.DENY, "Log": None, "Pass": Action.NEXT,
}  # fmt: skip
_KNOWN = {"TCP": Protocol.TCP, "UDP": Protocol.UDP, "SCTP": Protocol.SCTP}
_OTHER = ("ICMP", "ICMPv6", "UDPLite")
_OF_NUMBERS = {6: "TCP", 17: "UDP", 132: "SCTP", 1: "ICMP", 58: "ICMPv6", 136: "UDPLite"}
_PORTED = (*_KNOWN, "UDPLite")
_RANGE = re.compile(r"([0-9]{1,5})(?::([0-9]{1,5}))?\Z")
_FIELDS = (
    "action", "ipVersion", "protocol", "icmp", "notProtocol", "notICMP", "source", "destination", "http", "metadata",
)  # fmt: skip
_ENTITY = (
    "nets", "selector", "namespaceSelector", "services", "ports", "notNets", "notSelector", "notPorts",
    "serviceAccounts",
)  # fmt: skip
_FAMILIES = frozenset({4, 6})
_NEEDS = "write `protocol: TCP`, or UDP, SCTP, UDPLite; a name of a port alone goes without"


def read_rules(field: Field, direction: Direction, namespace: str | None) -> tuple[Rule, ...]:
    """The rules of a direction in their order. namespace: that of their policy."""
    items = field.items()
    if len(items) > RULES:
        field.reject("limit", f"`{field}` has {len(items)} rules", f"at most {RULES}")
    return tuple(_rule(item, direction, namespace) for item in items)


def _rule(field: Field, direction: Direction, namespace: str | None) -> Rule:
    action_field, version, protocol_field, icmp, not_protocol, not_icmp, *ends, http, metadata = field.fields(*_FIELDS)
    metadata.fields("annotations")[0].mapping()
    action = _action(action_field, field)
    protocol, excluded = read_protocol(protocol_field), read_protocol(not_protocol)
    named = protocol.name if protocol is not None else None
    source, destination = (_entity(end, named, direction, namespace) for end in ends)
    return Rule(
        action,
        _families(version, (*source[1], *destination[1]), protocol_field, named),
        protocol,
        excluded,
        _icmp(icmp, named),
        _icmp(not_icmp, named),
        source[0],
        destination[0],
        _http(http, direction, action, protocol),
    )


def _action(field: Field, rule: Field) -> Action | None:
    spelled = field.text()
    if field.value is None:
        rule.reject("action", f"`{rule}` has no `action`", f"one of {', '.join(_ACTIONS)}")
    elif spelled is not None and spelled not in _ACTIONS:
        field.reject("action", f"no action {quoted(spelled)}", meant(spelled, _ACTIONS))
    return _ACTIONS.get(spelled or "", Action.DENY)


# Protocols


def read_protocol(field: Field) -> Numbers | None:
    """The protocol, by its name or its number; None where there is none."""
    if field.value is None:
        return None
    names = (*_KNOWN, *_OTHER)
    if isinstance(field.value, str):
        word = field.value
        if word not in names:
            hint = "without quotes: it is a number" if word.isdigit() else meant(word, names)
            field.reject("protocol", f"unknown protocol {quoted(word)}", hint)
        return Numbers(_KNOWN.get(word), word)
    number = field.integer()
    if number is None:
        return None
    if not 1 <= number <= 255:
        field.reject("protocol", f"no protocol has the number {number}", "1 to 255")
    name = _OF_NUMBERS.get(number, str(number))
    return Numbers(_KNOWN.get(name), name)


def _icmp(field: Field, protocol: str | None) -> Icmp | None:
    if field.value is None:
        return None
    kind, code = field.fields("type", "code")
    if protocol not in ("ICMP", "ICMPv6"):
        hint = "write `protocol: ICMP` or `ICMPv6` beside it"
        field.reject("icmp", f"`{field}` without an ICMP protocol", hint)
    if code.value is not None and kind.value is None:
        code.reject("icmp", f"`{field}` has a `code` and no `type`")
    return Icmp(_byte(kind, 254), _byte(code, 255))


def _byte(field: Field, most: int) -> int | None:
    number = field.integer()
    if number is not None and not 0 <= number <= most:
        field.reject("icmp", f"{number} as `{field.path[-1]}` of ICMP", f"0 to {most}")
    return number


_Cidrs = Sequence[tuple[Field, IPNetwork]]


def _families(version: Field, cidrs: _Cidrs, protocol_field: Field, protocol: str | None) -> frozenset[int]:
    """The families of addresses that a rule can match: that of its CIDRs, wherever they stand, and of `ipVersion`."""
    given = version.integer()
    if given is not None and given not in _FAMILIES:
        version.reject("family", f"no `ipVersion` {given}", "4 or 6")
    families = _FAMILIES if given not in _FAMILIES else frozenset({given})
    clash = {"ICMP": 6, "ICMPv6": 4}.get(protocol or "")
    if given is not None and given == clash:
        protocol_field.reject("family", f"protocol {protocol} with `ipVersion: {given}`")
    for item, network in cidrs:
        first = cidrs[0][1]
        if network.version != first.version:
            message = f"{quoted(str(item.value))} beside {quoted(str(first))}: CIDRs of both families in one rule"
            item.reject("family", message, "a rule matches one family: make it two rules")
            break
        families &= {network.version}
    return families


# Ends


def _entity(field: Field, protocol: str | None, direction: Direction, namespace: str | None) -> tuple[Entity, _Cidrs]:
    nets, selector, namespaces, services, ports, not_nets, not_selector, not_ports, accounts = field.fields(*_ENTITY)
    (inside, cidrs), (outside, excluded) = read_nets(nets), read_nets(not_nets)
    for item, network in excluded:
        if network.prefixlen == 0:
            item.reject("cidr", f"{quoted(str(item.value))} in `notNets` leaves nothing", "leave the rule out")
    found = Entity(
        inside,
        outside,
        read_tree(selector),
        read_tree(not_selector),
        read_tree(namespaces, nowhere=True),
        _accounts(accounts),
        _ports(ports, protocol),
        _ports(not_ports, protocol),
        _service(services, namespace),
    )
    if services.value is not None:
        _check_service(services, field, direction)
    return found, (*cidrs, *excluded)


def _accounts(field: Field) -> Accounts | None:
    if field.value is None:
        return None
    names_field, selector = field.fields("names", "selector")
    names = names_field.items()
    if len(names) > NAMES:
        names_field.reject("limit", f"`{names_field}` has {len(names)} names", f"at most {NAMES}")
    for item in names:
        if item.text() is None or not is_dns_subdomain(item.text() or ""):
            item.reject("accounts", f"{quoted(str(item.value))} is no name of a service account")
    return Accounts(tuple(str(item.value) for item in names), read_tree(selector))


def _service(field: Field, namespace: str | None) -> Service | None:
    if field.value is None:
        return None
    name, home = field.fields("name", "namespace")
    if not name.text() and isinstance(name.value, str | None):
        field.reject("services", f"`{field}` has no `name`")
    if not home.text() and namespace is None:
        field.reject("services", f"`{field}` has no `namespace`", "a GlobalNetworkPolicy has none of its own")
    elif home.text() and not is_dns_label(home.text() or ""):
        home.reject("services", f"{quoted(str(home.value))} is no name for a namespace")
    return Service(home.text() or namespace or "", name.text() or "")


def _check_service(services: Field, entity: Field, direction: Direction) -> None:
    side, right = str(entity.path[-1]), "source" if direction is Direction.INGRESS else "destination"
    if side != right:
        services.reject("services", f"`services` in the {side} of an {direction} rule", f"only in its {right}")
    beside = [name for name in _ENTITY if name != "services" and entity.get(name).value not in (None, "", [])]
    if beside:
        services.reject("services", f"`services` beside `{beside[0]}`", "a Service says by itself whom it means")


def _ports(field: Field, protocol: str | None) -> Ports | None:
    items = field.items()
    if len(items) > PORTS:
        field.reject("limit", f"`{field}` has {len(items)} ports", f"at most {PORTS}")
    spans, names = [], []
    for item in items:
        span = _span(item)
        if span is None:
            names.append(str(item.value))
        else:
            spans.append(span)
    if protocol is None and spans:
        field.reject("port", f"numbers of ports in `{field}` without a `protocol`", _NEEDS)
    elif items and protocol is not None and protocol not in _PORTED:
        field.reject("port", f"ports in `{field}` with protocol {protocol}, which has none", _NEEDS)
    return Ports(Intervals.of(spans), tuple(names)) if items else None


def _span(field: Field) -> tuple[int, int] | None:
    """First and last number; None where it is a name."""
    if isinstance(field.value, str):
        found = _RANGE.match(field.value)
        if found is None:
            if not is_port_name(field.value):
                hint = "a number, a range like `8000:8999`, or the name of a container port"
                field.reject("port", f"{quoted(field.value)} is no port", hint)
            return None
        low, high = int(found[1]), int(found[2] or found[1])
    else:
        number = field.integer()
        if number is None:
            if field.value is None:
                field.reject("port", f"an empty port in `{field}`")
            return 1, 0
        low = high = number
    if not 0 <= low <= 65535 or not 0 <= high <= 65535:
        field.reject("V7", f"port {quoted(str(field.value))} is out of range", "1 to 65535")
    elif low > high:
        field.reject("port", f"the range {quoted(str(field.value))} does not ascend")
    return max(low, 1), high


# HTTP


def _http(field: Field, direction: Direction, action: Action | None, protocol: Numbers | None) -> str | None:
    if field.value is None:
        return None
    methods, paths = field.fields("methods", "paths")
    for item in methods.items():
        item.text()
    for item in paths.items():
        exact, prefix = item.fields("exact", "prefix")
        if (exact.text() is None) is (prefix.text() is None):
            item.reject("http", f"`{item}` has none or both of `exact` and `prefix`", "one of them")
    if direction is Direction.EGRESS:
        field.reject("http", "`http` in an egress rule", "it can stand in ingress rules that allow")
    if action is not Action.ALLOW:
        field.reject("http", "`http` in a rule that does not allow", "it can stand in ingress rules that allow")
    if protocol is not None and protocol.known is not Protocol.TCP:
        field.reject("http", f"`http` with protocol {protocol.name}", "TCP, or none")
    return json.dumps(field.value, sort_keys=True, default=str)
