"""Rules of cluster-scoped policies, read and checked (docs/semantics.md 4.2): what the kinds have in common."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from verifier.ir.labels import is_port_name
from verifier.ir.policy import Action, Direction
from verifier.manifests.kubernetes.fields import Field, meant, quoted
from verifier.manifests.kubernetes.tiers.peers import read_peer
from verifier.manifests.kubernetes.tiers.spec import DomainNames, Named, Pods, Port, Rule

_PEERS = {Direction.INGRESS: "from", Direction.EGRESS: "to"}
_OTHER = {"from": "to", "to": "from"}
_EVERY_POD = "a rule of these policies says whom it means; `namespaces: {}` is every pod"
_NAME = 100
"""How long a rule's name may be."""


class Grammar(Struct, frozen=True):
    """In what the kinds differ.

    actions: by their spelling. rules, entries: how many rules a direction, and peers or ports a rule, may have.
    ports: the field with the ports, and `port` its reader. egress: the types of peers in `to`.
    """

    actions: Mapping[str, Action]
    rules: int
    entries: int
    ports: str
    port: Callable[[Field], Port]
    egress: tuple[str, ...]


def read_rules(field: Field, direction: Direction, grammar: Grammar) -> tuple[Rule, ...]:
    """The rules of a direction in their order; none where it is missing."""
    items = field.items()
    if len(items) > grammar.rules:
        field.reject("limit", f"`{field}` has {len(items)} rules", f"at most {grammar.rules}")
    return tuple(_rule(item, direction, grammar) for item in items)


def _rule(field: Field, direction: Direction, grammar: Grammar) -> Rule:
    side = _PEERS[direction]
    types = ("namespaces", "pods") if direction is Direction.INGRESS else grammar.egress
    other = f"{direction} rules say `{side}`"
    names = ("name", "action", side, grammar.ports)
    name, action_field, peers_field, ports_field = field.fields(
        *names, hints=lambda _, name, __: other if name == _OTHER[side] else None
    )
    if len(name.text() or "") > _NAME:
        name.reject("limit", f"the name of a rule has {len(name.text() or '')} characters", f"at most {_NAME}")
    action = _action(action_field, field, grammar)
    peers = [read_peer(item, types) for item in _entries(peers_field, grammar, required=True)]
    ports = None
    if ports_field.value is not None:
        ports = tuple(grammar.port(item) for item in _entries(ports_field, grammar, required=False))
    known = tuple(peer for peer in peers if peer is not None)
    if action is not Action.ALLOW and any(isinstance(peer, DomainNames) for peer in known):
        allows = next(word for word, does in grammar.actions.items() if does is Action.ALLOW)
        peers_field.reject("domain", f"`domainNames` in a rule that is not to {allows}")
    if any(isinstance(port, Named) for port in ports or ()) and any(not isinstance(peer, Pods) for peer in known):
        hint = "only pods have names for ports: give these peers a rule of their own"
        ports_field.reject("named-port", "a port name beside peers that are no pods", hint)
    unreadable = len(known) < len(peers)
    if unreadable and not field.report.strict_fields:
        fate = "matches nothing" if action is Action.ALLOW else "denies everything to its subject"
        peers_field.warn("peer-type", f"a peer of a type that is not known: the rule fails closed and {fate}")
    return Rule(action, known, ports, unreadable)


def _action(field: Field, rule: Field, grammar: Grammar) -> Action:
    spelled = field.text()
    if spelled is not None and spelled in grammar.actions:
        return grammar.actions[spelled]
    if field.value is None:
        rule.reject("action", f"`{rule}` has no `action`", f"one of {', '.join(grammar.actions)}")
    elif spelled is not None:
        same = {"Allow": "Accept", "Accept": "Allow"}.get(spelled)
        hint = f"did you mean `{same}`?" if same in grammar.actions else meant(spelled, grammar.actions)
        field.reject("action", f"no action {quoted(spelled)}", hint)
    return Action.DENY


def _entries(field: Field, grammar: Grammar, *, required: bool) -> list[Field]:
    items = field.items()
    if field.value is None and required:
        field.reject("peer", f"`{field}` is missing", _EVERY_POD)
    elif isinstance(field.value, list) and not items:
        hint = _EVERY_POD if required else f"leave `{field.path[-1]}` out where every port is meant"
        field.reject("peer" if required else "port", f"`{field}` is empty", hint)
    elif len(items) > grammar.entries:
        field.reject("limit", f"`{field}` has {len(items)} items", f"at most {grammar.entries}")
    return items


def read_port_number(field: Field, owner: Field) -> int | None:
    """A port number that must be there; None where it is not, or is wrong."""
    number = field.integer()
    if field.value is None:
        owner.reject("port", f"`{owner}` has no `{field.path[-1]}`")
    elif number is not None and not 1 <= number <= 65535:
        field.reject("V7", f"port {number} is out of range", "1 to 65535")
        return None
    return number


def read_named_port(field: Field) -> Named:
    """A port by the name that containers give it."""
    name = field.text() or ""
    if isinstance(field.value, str) and not is_port_name(name):
        field.warn("V9", f"{quoted(name)} is no name that a container port can have, so it matches nothing")
    return Named(name)


def exactly_one(field: Field, *names: str) -> Field | None:
    """The one of the fields `names` that is given; None, and reported, where there are none or several."""
    given = [each for each in field.fields(*names) if each.value is not None]
    if len(given) == 1:
        return given[0]
    found = " and ".join(quoted(str(each.path[-1])) for each in given) or "nothing"
    if isinstance(field.value, dict | None):
        field.reject("port", f"`{field}` has {found}", f"exactly one of {', '.join(names)}")
    return None
