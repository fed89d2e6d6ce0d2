"""Edits of Calico's policies: rules in front of what decides, rules for fewer, and rules that go.

The order of the rules counts there, so that what is new stands in front of the rule that decided.
"""

import re
from collections.abc import Iterator
from typing import Any

from verifier.ir.endpoint import Endpoint
from verifier.ir.labels import EVERYTHING, NAMESPACE_NAME, Operator, Requirement, Selector
from verifier.ir.network import PORTS
from verifier.ir.origin import Path
from verifier.ir.pods import PodPeer, is_one
from verifier.ir.policy import TRUE, Citation, Direction, Formula, Or, PortIn, PortNamed
from verifier.ir.property import AddressPeer, ExternalPeer, Peer, Peers
from verifier.ir.trace import Leg
from verifier.mending.changes import (
    ADD_RULE_FOR_OTHERS,
    DROP_RULE,
    EXCLUDE,
    NARROW,
    Change,
    Edit,
    dropping_rule,
    in_turn,
    inserting,
    object_of,
    replacing,
    value_at,
)
from verifier.mending.written import Plain, Unwritable, blocks_of, spaces

KINDS = ("Calico NetworkPolicy", "GlobalNetworkPolicy")
_ONE_VALUE = re.compile(r"""\s*(?P<key>[\w./-]+)\s*==\s*["'][^"']*["']\s*""")
_NAME = "projectcalico.org/name"
"""By which Calico selects a namespace of a name."""


def closing(leg: Leg, subject: Endpoint, mine: Peers, kept: Peers, barred: Peers, numbers: Formula) -> Iterator[Edit]:
    """What closes the connection that a rule lets through. mine: whom the claim means at this end. kept: whom it
    exempts at the other one; barred: whom it bars there; neither: whatever the rule lets through."""
    cited = leg.steps[-1].citation
    found = _rule(cited)
    if cited is None or found is None:
        return
    at, inner = found
    if kept is None and barred is not None:
        try:
            rules = list(_rules("Deny", leg.direction, _pods_of(mine, subject, cited.namespace), barred, numbers))
        except Unwritable:
            rules = []
        if rules:
            what = f"{cited}: deny what the property bars before {cited.rule}"
            yield Edit(what, EXCLUDE, at, _in_front(inner, rules))
    if kept is not None:
        yield from _narrowed(cited, leg.direction, kept)
    yield Edit(f"{cited}: drop {cited.rule}", DROP_RULE, at, dropping_rule(inner))


def letting_in(leg: Leg, subject: Endpoint, mine: Peers, others: Peers, numbers: Formula) -> Iterator[Edit]:
    """A rule for the claim in front of what denies; and the rule that does, gone."""
    cited = leg.steps[-1].citation
    if cited is None or cited.origin is None:
        return
    at, found = object_of(cited.origin), _rule(cited)
    inner = ("spec", str(leg.direction), 0) if found is None else found[1]
    try:
        rules = list(_rules("Allow", leg.direction, _pods_of(mine, subject, cited.namespace), others, numbers))
    except Unwritable:
        rules = []
    if rules:
        way = "in" if leg.direction is Direction.INGRESS else "out"
        what = f"{cited}: let {way} what the property wants" + (f" before {cited.rule}" if found else "")
        yield Edit(what, ADD_RULE_FOR_OTHERS, at, _in_front(inner, rules))
    if found is not None:
        yield Edit(f"{cited}: drop {cited.rule}", DROP_RULE, at, dropping_rule(inner))


def _rule(cited: Citation | None) -> tuple[Any, Path] | None:
    """The policy, and the path in it, of a rule that is cited; None: it is none of a policy that can be edited."""
    if cited is None or cited.origin is None or cited.rule is None or cited.kind not in KINDS:
        return None
    at = object_of(cited.origin)
    inner = cited.origin.path[len(at.path) :]
    return (at, inner[:3]) if len(inner) >= 3 and isinstance(inner[2], int) else None


def _narrowed(cited: Citation, way: Direction, kept: Peers) -> Iterator[Edit]:
    """The rule only for whom the claim exempts: one for each of these."""
    found = _rule(cited)
    if found is None or kept is None:
        return
    at, inner = found
    rule, end = value_at(at, inner) or {}, _ends(way)[0]
    try:
        entities = [_both(rule.get(end) or {}, entity) for peer in kept for entity in _entities(peer)]
    except Unwritable:
        return
    rules = [{**rule, end: entity} for entity in entities if entity is not None]
    if rules and rules != [rule]:
        changes: list[Change] = [replacing(inner, rules[0])]
        changes += [inserting(inner, more) for more in rules[1:]]
        yield Edit(f"{cited}: {cited.rule} only for whom the property names", NARROW, at, in_turn(changes))


def _in_front(inner: Path, rules: list[Plain]) -> Change:
    return in_turn([inserting(inner, rule) for rule in reversed(rules)])


def _ends(way: Direction) -> tuple[str, str]:
    """How the other end is called in a rule, and how the policy's own."""
    return ("source", "destination") if way is Direction.INGRESS else ("destination", "source")


def _pods_of(mine: Peers, subject: Endpoint, home: str | None) -> Plain:
    """The pods that the claim means at the own end of a policy in the namespace `home`, None: of one of the cluster;
    nothing where it means all. Raises Unwritable."""
    if subject.namespace is None:
        raise Unwritable
    said = [p for p in mine or () if isinstance(p, PodPeer) and is_one(subject.labels, subject.namespace, p)]
    found = dict(next(_entities(said[0]))) if said else {}
    if home is not None or found.get("namespaceSelector") == "all()":
        found.pop("namespaceSelector", None)
    return found


def _rules(action: str, way: Direction, own: Plain, others: Peers, numbers: Formula) -> Iterator[Plain]:
    """Rules for these others on these ports. Raises Unwritable."""
    other, mine = _ends(way)
    for protocol, listed in _ports(numbers):
        for entity in [{}] if others is None else [e for peer in others for e in _entities(peer)]:
            ends = {other: dict(entity), mine: dict(own)}
            if listed:
                ends["destination"]["ports"] = listed
            said = {name: ends[name] for name in ("source", "destination") if ends[name]}
            yield {"action": action} | ({"protocol": protocol} if protocol else {}) | said


def _ports(numbers: Formula) -> Iterator[tuple[str | None, list[int | str]]]:
    """By protocol, None: any, the ports; none: all. Raises Unwritable."""
    if numbers == TRUE:
        yield None, []
        return
    for part in numbers.items if isinstance(numbers, Or) else (numbers,):
        if isinstance(part, PortIn):
            spans = [] if part.ports == PORTS else [low if low == high else f"{low}:{high}" for low, high in part.ports]
            yield str(part.protocol), spans
        elif isinstance(part, PortNamed) and part.protocol is not None:
            yield str(part.protocol), [part.name]
        else:
            raise Unwritable


def _entities(peer: Peer) -> Iterator[Plain]:
    """The peer as one end of a rule; blocks of a family each by itself. Raises Unwritable."""
    match peer:
        case PodPeer(pods, names, namespaces):
            where = spaces(names, namespaces)
            selected = {} if pods == EVERYTHING else {"selector": _text(pods)}
            yield {**selected, "namespaceSelector": "all()" if where == EVERYTHING else _text(where, of_space=True)}
        case AddressPeer(addresses):
            for block in blocks_of(addresses):
                less = {"notNets": list(block["except"])} if "except" in block else {}
                yield {"nets": [block["cidr"]], **less}
        case ExternalPeer():
            yield from ({"nets": [cidr]} for cidr in ("0.0.0.0/0", "::/0"))
        case _:
            raise Unwritable


def _both(entity: Plain, other: Plain) -> Plain | None:
    """What both say; None where nobody can be both, or where one speaks of addresses and the other of pods, which one
    rule cannot tell."""
    if any(("nets" in one) and ("selector" in two or "namespaceSelector" in two) for one, two in _pair(entity, other)):
        return None
    found = {**other, **entity}
    for name in ("selector", "namespaceSelector"):
        if name in entity and name in other and entity[name] != other[name]:
            one, two = (_ONE_VALUE.fullmatch(each[name]) for each in (entity, other))
            if one and two and one["key"] == two["key"]:
                return None
            plain = "all()" in (entity[name], other[name])
            texts = [each for each in (entity[name], other[name]) if each != "all()" or not plain]
            found[name] = " && ".join(texts if len(texts) == 1 else [f"({text})" for text in texts])
    return found


def _pair(one: Plain, other: Plain) -> tuple[tuple[Plain, Plain], tuple[Plain, Plain]]:
    return (one, other), (other, one)


def _text(selector: Selector, of_space: bool = False) -> str:
    """The selector in Calico's language. of_space: of namespaces, whose name has a label of its own there. Raises
    Unwritable."""
    lines = sorted(selector, key=lambda line: (line.key, line.operator, sorted(line.values)))
    return " && ".join(_line(line, of_space) for line in lines)


def _line(line: Requirement, of_space: bool) -> str:
    key = _NAME if of_space and line.key == NAMESPACE_NAME else line.key
    values = sorted(line.values)
    if any(set(value) & set("\"'\\") for value in values):
        raise Unwritable
    listed = "{" + ", ".join(f'"{value}"' for value in values) + "}"
    match line.operator:
        case Operator.IN:
            return f'{key} == "{values[0]}"' if len(values) == 1 else f"{key} in {listed}"
        case Operator.NOT_IN:
            return f'{key} != "{values[0]}"' if len(values) == 1 else f"{key} not in {listed}"
        case Operator.EXISTS:
            return f"has({key})"
        case Operator.DOES_NOT_EXIST:
            return f"!has({key})"
        case _:
            raise Unwritable
