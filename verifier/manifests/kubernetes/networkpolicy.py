"""NetworkPolicy `networking.k8s.io/v1`: its spec, read and checked (docs/semantics.md 3.1 to 3.4, 3.7)."""

from collections.abc import Collection

from msgspec import Struct

from verifier.ir.labels import Selector, is_port_name
from verifier.ir.network import AddressSet, Protocol
from verifier.ir.policy import Direction
from verifier.manifests.kubernetes.blocks import plain_block, read_block
from verifier.manifests.kubernetes.fields import Field, each_once, meant, once, quoted
from verifier.manifests.kubernetes.misplaced import where_it_belongs
from verifier.manifests.kubernetes.selectors import read_selector

_PROTOCOLS = {"TCP": Protocol.TCP, "UDP": Protocol.UDP, "SCTP": Protocol.SCTP}
_POLICY_TYPES = {"Ingress": Direction.INGRESS, "Egress": Direction.EGRESS}
_PORT_FIELDS = {"protocol", "port", "endPort"}
_OTHER = {"from": "to", "to": "from"}


class Peer(Struct, frozen=True):
    """Either a block of addresses, or pods of selected namespaces (None: the policy's own) and labels (None: any)."""

    pods: Selector | None = None
    namespaces: Selector | None = None
    block: AddressSet | None = None


class Port(Struct, frozen=True):
    """A protocol, and a port of it: a number, a range up to `end`, a name, or None for all."""

    protocol: Protocol
    port: int | str | None = None
    end: int | None = None


class Rule(Struct, frozen=True):
    """What a rule lets through: any of `peers` on any of `ports`; an empty one does not restrict."""

    peers: tuple[Peer, ...]
    ports: tuple[Port, ...]


class Spec(Struct, frozen=True):
    """A spec after normalisation: the pods it selects, and its rules; None in a direction it does not apply to.

    idle: rules of such a direction (3.1(7)) that have peers: they say nothing, but what they name is named.
    """

    pods: Selector
    ingress: tuple[Rule, ...] | None
    egress: tuple[Rule, ...] | None
    idle: tuple[Rule, ...] = ()

    def rules(self, direction: Direction) -> tuple[Rule, ...] | None:
        return self.ingress if direction is Direction.INGRESS else self.egress


def read_spec(field: Field) -> Spec:
    """The spec that `field` holds; a missing one is `{}`."""
    pods, types, ingress, egress = field.fields(
        "podSelector", "policyTypes", "ingress", "egress", hints=where_it_belongs
    )
    ingress_rules = once(_ingress, ingress)
    egress_rules = once(_egress, egress)
    directions = _directions(types) or {Direction.INGRESS, *([Direction.EGRESS] if egress_rules else [])}
    idle = [rules for way, rules in zip(Direction, (ingress_rules, egress_rules), strict=True) if way not in directions]
    return Spec(
        once(read_selector, pods),
        ingress_rules if Direction.INGRESS in directions else None,
        egress_rules if Direction.EGRESS in directions else None,
        tuple(rule for rules in idle for rule in rules or () if rule.peers),
    )


def _directions(field: Field) -> set[Direction]:
    items = field.items()
    if len(items) > 2:
        field.reject("V10", f"policyTypes has {len(items)} entries, and at most 2 are allowed")
    directions = set()
    for item in items:
        spelled = item.text() or ""
        if spelled in _POLICY_TYPES:
            directions.add(_POLICY_TYPES[spelled])
        elif item.value is None or isinstance(item.value, str):
            item.reject("V10", f"unknown policy type {quoted(spelled)}", meant(spelled, _POLICY_TYPES))
    return directions


def _ingress(field: Field) -> tuple[Rule, ...]:
    return _rules(field, "from")


def _egress(field: Field) -> tuple[Rule, ...]:
    return _rules(field, "to")


def _rules(field: Field, peers_name: str) -> tuple[Rule, ...]:
    def hints(rule: Field, name: str, known: Collection[str]) -> str | None:
        other = f"{field.path[-1]} rules say `{peers_name}`" if name == _OTHER[peers_name] else None
        return other or where_it_belongs(rule, name, known)

    rules = []
    for item in field.items():
        if item.value is None:
            item.warn(
                "null-rule",
                f"`{item}` is null and is read as `{{}}`, which allows everything",
                "a stray dash? remove it, or write `{}` if everything is meant",
            )
        ports, peers = item.fields("ports", peers_name, hints=hints)
        rules.append(Rule(once(_peers, peers), once(_ports, ports)))
    return tuple(rules)


def _peers(field: Field) -> tuple[Peer, ...]:
    return each_once(_peer, field, _plain_peer)


def _ports(field: Field) -> tuple[Port, ...]:
    return each_once(_port, field, _plain_port)


def _peer(field: Field) -> Peer:
    pods, namespaces, block = field.fields("podSelector", "namespaceSelector", "ipBlock", hints=where_it_belongs)
    if block.value is not None and (pods.value is not None or namespaces.value is not None):
        field.reject(
            "V2",
            f"`{field}` has an ipBlock together with a selector",
            "make them two items of the list, each with its own dash",
        )
    if block.value is None and pods.value is None and namespaces.value is None:
        field.reject(
            "V1",
            f"`{field}` names no peer",
            "give it a podSelector, a namespaceSelector or an ipBlock; `namespaceSelector: {}` is every pod",
        )
    return Peer(
        once(read_selector, pods) if pods.value is not None else None,
        once(read_selector, namespaces) if namespaces.value is not None else None,
        read_block(block) if block.value is not None else None,
    )


def _plain_peer(value: object) -> Peer | None:
    """The peer, where it is plain to see that nothing is wrong with it: a block of addresses."""
    block = plain_block(value["ipBlock"]) if isinstance(value, dict) and value.keys() == {"ipBlock"} else None
    return None if block is None else Peer(block=block)


def _port(field: Field) -> Port:
    if field.value is None:
        field.warn("null-port", f"`{field}` is null and is read as `{{}}`, which is every TCP port")
    protocol_field, port_field, end_field = field.fields("protocol", "port", "endPort", hints=where_it_belongs)
    protocol = read_protocol(protocol_field)
    port = _number_or_name(port_field)
    end = end_field.integer()
    if end is not None:
        end = _end_port(end_field, end, port_field, port)
    return Port(protocol, port, end if end != port else None)


def _plain_port(value: object) -> Port | None:
    """The port, where it is plain to see that nothing is wrong with it: a protocol, and a number or a range."""
    if not isinstance(value, dict) or not value.keys() <= _PORT_FIELDS:
        return None
    spelled, port, end = value.get("protocol"), value.get("port"), value.get("endPort")
    if not isinstance(spelled, str) or spelled not in _PROTOCOLS or port.__class__ is not int or not 1 <= port <= 65535:
        return None
    if end is None:
        return Port(_PROTOCOLS[spelled], port)
    return Port(_PROTOCOLS[spelled], port, end) if end.__class__ is int and port < end <= 65535 else None


def read_protocol(field: Field) -> Protocol:
    """The protocol; TCP where it is missing."""
    spelled = field.text()
    if spelled is None:
        return Protocol.TCP
    if spelled not in _PROTOCOLS:
        field.reject("V6", f"unknown protocol {quoted(spelled)}", meant(spelled, _PROTOCOLS))
    return _PROTOCOLS.get(spelled, Protocol.TCP)


def _number_or_name(field: Field) -> int | str | None:
    if isinstance(field.value, str):
        if not is_port_name(field.value):
            is_number = field.value.isascii() and field.value.isdigit()
            hint = "remove the quotes: a number in quotes is a name" if is_number else _PORT_NAME_HINT
            field.reject("V9", f"{quoted(field.value)} is no port name", hint)
        return field.value
    number = field.integer()
    if number is not None and not 1 <= number <= 65535:
        field.reject("V7", f"port {number} is out of range", "1 to 65535")
    return number


_PORT_NAME_HINT = "at most 15 of `a-z`, `0-9` and `-`, at least one letter, no `-` at an end and no `--`"


def _end_port(field: Field, end: int, port_field: Field, port: int | str | None) -> int:
    if port_field.value is None:
        field.reject("V8", "endPort without port", "give the first port of the range as `port`")
    elif isinstance(port, str):
        field.reject("V8", f"endPort together with the port name {quoted(port)}", "a range needs numbers")
    elif port is not None and end < port and end >= 1:
        field.reject("V7", f"endPort {end} is below port {port}", "the range is inclusive: port <= endPort")
    if not 1 <= end <= 65535:
        field.reject("V7", f"endPort {end} is out of range", "1 to 65535")
    return end
