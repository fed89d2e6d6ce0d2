"""Edits of Cilium's policies: entries that deny, which stand above all that allow, fewer peers, entries for nobody."""

from collections.abc import Iterator
from typing import Any

from verifier.ir.endpoint import Endpoint
from verifier.ir.labels import EVERYTHING, NAMESPACE_NAME, Requirement, Selector
from verifier.ir.network import PORTS
from verifier.ir.origin import Path
from verifier.ir.pods import PodPeer
from verifier.ir.policy import TRUE, Citation, Direction, Formula, Or, PortIn, PortNamed
from verifier.ir.property import AddressPeer, ExternalPeer, Peer, Peers
from verifier.ir.trace import Leg
from verifier.mending.changes import (
    ADD_RULE_FOR_OTHERS,
    DROP_PEER,
    DROP_RULE,
    EXCLUDE,
    NARROW,
    Change,
    Edit,
    appending,
    dropping,
    dropping_rule,
    in_turn,
    object_of,
    replacing,
    value_at,
)
from verifier.mending.written import Plain, Unwritable, blocks_of, selector, spaces

KINDS = ("CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy")
_NAME = "k8s:io.kubernetes.pod.namespace"
_LABELS = "k8s:io.cilium.k8s.namespace.labels."
"""What Cilium calls the namespace of a pod, and the labels of that."""


def closing(leg: Leg, subject: Endpoint, mine: Peers, kept: Peers, barred: Peers, numbers: Formula) -> Iterator[Edit]:  # noqa: ARG001
    """What closes the connection that an entry lets through. kept: whom the claim exempts at the other end; barred:
    whom it bars there; neither: whatever the entry lets through. Entries are for all pods of their policy."""
    cited = leg.steps[-1].citation
    found = _entry(cited)
    if cited is None or found is None:
        return
    at, inner, item = found
    if kept is None and barred is not None:
        try:
            entries = list(_entries(leg.direction, barred, numbers, None))
        except Unwritable:
            entries = []
        if entries:
            name = f"{leg.direction}Deny"
            changes = [appending((*inner[:-2], name), entry) for entry in entries]
            yield Edit(f"{cited}: {name} for what the property bars", EXCLUDE, at, in_turn(changes))
    if kept is not None and item is not None:
        yield from _narrowed(cited, at, inner, item, kept)
    if item is not None and len(value_at(at, (*inner, item[0]))) > 1:
        yield Edit(f"{cited}: drop {cited.rule}", DROP_PEER, at, dropping((*inner, *item)))
    whole = f"{cited.rule}".split(".")[0]
    yield Edit(f"{cited}: {whole} for nobody", DROP_RULE, at, replacing(inner, {}))
    yield Edit(f"{cited}: drop {whole}", DROP_RULE, at, dropping_rule(inner))


def letting_in(leg: Leg, subject: Endpoint, mine: Peers, others: Peers, numbers: Formula) -> Iterator[Edit]:  # noqa: ARG001
    """An entry for the claim in the policy that isolates; and the entry that denies, gone."""
    step = leg.steps[-1]
    cited = step.citation
    found = _entry(cited)
    if cited is not None and found is not None:
        whole = f"{cited.rule}".split(".")[0]
        yield Edit(f"{cited}: drop {whole}", DROP_RULE, found[0], dropping_rule(found[1]))
        return
    for policy in (cited, *step.also) if cited is not None else ():
        if policy.kind not in KINDS or policy.origin is None or policy.rule is not None:
            continue
        at = object_of(policy.origin)
        below = _below(policy.origin.path[len(at.path) :])
        try:
            entries = list(_entries(leg.direction, others, numbers, policy.namespace))
        except Unwritable:
            continue
        way = "in" if leg.direction is Direction.INGRESS else "out"
        changes = [appending((*below, str(leg.direction)), entry) for entry in entries]
        yield Edit(f"{policy}: let {way} what the property wants", ADD_RULE_FOR_OTHERS, at, in_turn(changes))


def _below(inner: Path) -> Path:
    """Where the lists of entries stand: in `spec`, or in one of `specs`."""
    return inner[:2] if inner[:1] == ("specs",) else inner[:1]


def _entry(cited: Citation | None) -> tuple[Any, Path, Path | None] | None:
    """The policy, the path in it of an entry that is cited, and, below that, of a peer; None: it is no entry of a
    policy that can be edited."""
    if cited is None or cited.origin is None or cited.rule is None or cited.kind not in KINDS:
        return None
    at = object_of(cited.origin)
    inner = cited.origin.path[len(at.path) :]
    end = len(_below(inner)) + 2
    if len(inner) < end or not isinstance(inner[end - 1], int):
        return None
    item = inner[end : end + 2]
    return at, inner[:end], item if len(item) == 2 and isinstance(item[1], int) else None


def _narrowed(cited: Citation, at: Any, inner: Path, item: Path, kept: Peers) -> Iterator[Edit]:
    """A peer only for whom the claim exempts."""
    name, number = item
    items = value_at(at, (*inner, str(name)))
    if name not in ("fromEndpoints", "toEndpoints") or kept is None or not isinstance(number, int):
        return
    known = items[number] or {}
    found = []
    for peer in kept:
        if isinstance(peer, PodPeer):
            try:
                found.append(_both(known, _within(known, peer, cited.namespace)))
            except Unwritable:
                continue
    more = [each for each in found if each is not None and each != known and each not in items]
    if more:
        changes: list[Change] = [replacing((*inner, *item), more[0])]
        changes += [appending((*inner, str(name)), each) for each in more[1:]]
        yield Edit(f"{cited}: narrow {cited.rule} to whom the property names", NARROW, at, in_turn(changes))


def _within(known: Plain, peer: PodPeer, home: str | None) -> Plain:
    """What a peer that is `known` has to say besides, to mean no more than this one. One that says nothing of its
    namespace means that of the policy. Raises Unwritable."""
    keys = [*(known.get("matchLabels") or {}), *(line["key"] for line in known.get("matchExpressions") or ())]
    if home is None or any(key.endswith("io.kubernetes.pod.namespace") for key in keys):
        return _endpoints(peer, None)
    if peer.names is not None and home not in peer.names:
        raise Unwritable
    return selector(peer.pods) if peer.namespaces in (None, EVERYTHING) else _endpoints(peer, home)


def _both(one: Plain, other: Plain) -> Plain | None:
    """What both selectors say; None: nobody meets both."""
    labels = dict(one.get("matchLabels") or {})
    for key, value in (other.get("matchLabels") or {}).items():
        if labels.setdefault(key, value) != value:
            return None
    lines = [*(one.get("matchExpressions") or ())]
    lines += [line for line in other.get("matchExpressions") or () if line not in lines]
    return ({"matchLabels": labels} if labels else {}) | ({"matchExpressions": lines} if lines else {})


def _entries(way: Direction, others: Peers, numbers: Formula, home: str | None) -> Iterator[Plain]:
    """Entries for these others on these ports, one for each sort of peer. Raises Unwritable."""
    side = "from" if way is Direction.INGRESS else "to"
    listed = list(_ports(numbers))
    ports = {"toPorts": [{"ports": listed}]} if listed else {}
    if others is None:
        yield {f"{side}Entities": ["all"], **ports}
        return
    found: dict[str, list[Any]] = {}
    for peer in others:
        for name, value in _peer(peer, home):
            found.setdefault(f"{side}{name}", []).append(value)
    yield from ({name: values, **ports} for name, values in found.items())


def _peer(peer: Peer, home: str | None) -> Iterator[tuple[str, Any]]:
    match peer:
        case PodPeer():
            yield "Endpoints", _endpoints(peer, home)
        case AddressPeer(addresses):
            for block in blocks_of(addresses):
                yield "CIDRSet", {"cidr": block["cidr"]} | ({"except": block["except"]} if "except" in block else {})
        case ExternalPeer():
            yield "Entities", "world"
        case _:
            raise Unwritable


def _endpoints(peer: PodPeer, home: str | None) -> Plain:
    """The peer as a selector of endpoints of a policy in the namespace `home`; None: of one of the cluster. Raises
    Unwritable."""
    where = spaces(peer.names, peer.namespaces)
    if where == EVERYTHING:
        said = selector(peer.pods)
        lines = [*(said.get("matchExpressions") or ()), {"key": _NAME, "operator": "Exists"}]
        return {**said, "matchExpressions": lines}
    if home is not None and peer.names == frozenset({home}) and peer.namespaces is None:
        return selector(peer.pods)
    named = (Requirement(_key(line.key), line.operator, line.values) for line in where)
    return selector(Selector(frozenset((*peer.pods, *named))))


def _key(key: str) -> str:
    return _NAME if key == NAMESPACE_NAME else f"{_LABELS}{key}"


def _ports(numbers: Formula) -> Iterator[Plain]:
    """The ports, as items of `ports`; none: all. Raises Unwritable."""
    if numbers == TRUE:
        return
    for part in numbers.items if isinstance(numbers, Or) else (numbers,):
        if isinstance(part, PortIn):
            for low, high in ((0, 0),) if part.ports == PORTS else part.ports:
                more = {"endPort": high} if high != low else {}
                yield {"port": str(low), "protocol": str(part.protocol)} | more
        elif isinstance(part, PortNamed) and part.protocol is not None:
            yield {"port": part.name, "protocol": str(part.protocol)}
        else:
            raise Unwritable
