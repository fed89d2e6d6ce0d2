"""Edits of NetworkPolicies: what lets a connection in or out, and what closes it.

Each is about the step that decided on one leg. What a NetworkPolicy cannot say is not offered.
"""

from collections.abc import Iterator

from verifier.ir.endpoint import PODLIKE, Endpoint
from verifier.ir.labels import EVERYTHING, Requirement, Selector, opposite
from verifier.ir.origin import Origin, Path
from verifier.ir.pods import PodPeer, is_one
from verifier.ir.policy import TRUE, Action, Citation, Direction, Formula
from verifier.ir.property import AddressPeer, Peers, Reach
from verifier.ir.trace import Leg
from verifier.mending.changes import (
    ADD_POLICY,
    ADD_RULE,
    ADD_RULE_FOR_OTHERS,
    DROP_PEER,
    DROP_RULE,
    EXCEPT,
    EXCLUDE,
    ISOLATE,
    NARROW,
    NARROW_BEYOND,
    RESTRICT,
    SPLIT,
    Edit,
    adding,
    appending,
    dropping,
    dropping_rule,
    in_turn,
    object_of,
    replacing,
    value_at,
)
from verifier.mending.written import (
    Plain,
    Unwritable,
    blocks_of,
    other_ports,
    peers,
    ports,
    selector,
    shared_ports,
    spaces,
)

KIND = "NetworkPolicy"


# always


def letting_in(leg: Leg, subject: Endpoint, mine: Peers, others: Peers, numbers: Formula) -> Iterator[Edit]:
    """A rule for the claim: in a policy that isolates just the pods that it means, in one of its own, or in a policy
    that isolates others besides."""
    step, way = leg.steps[-1], leg.direction
    if subject.namespace is None or step.citation is None or step.citation.kind != KIND:
        return
    pods, home = _meant(mine, subject), subject.namespace.name
    try:
        rule = _rule(peers(others, home), ports(numbers), way)
        wanted = selector(pods)
    except Unwritable:
        return
    why = f"let {_where(way)} what the property wants"
    for policy in (step.citation, *step.also):
        if policy.kind == KIND and policy.origin is not None and policy.namespace == home:
            at = object_of(policy.origin)
            fits = (value_at(at, ("spec", "podSelector")) or {}) == wanted
            cost = ADD_RULE if fits else ADD_RULE_FOR_OTHERS
            yield Edit(f"{policy}: {why}", cost, at, appending(("spec", str(way)), rule))
    yield _new_policy(way, home, pods, [rule], f"to {why}", ADD_POLICY)


def _rule(others: list[Plain], numbers: list[Plain], way: Direction) -> Plain:
    return ({_peers_of(way): others} if others else {}) | ({"ports": numbers} if numbers else {})


def _peers_of(way: Direction) -> str:
    return "from" if way is Direction.INGRESS else "to"


def _where(way: Direction) -> str:
    return "in" if way is Direction.INGRESS else "out"


# confined


def confining(leg: Leg, subject: Endpoint, mine: Peers, reach: tuple[Reach, ...]) -> Iterator[Edit]:
    """What keeps a pod from opening the connection. reach: what the claim leaves open."""
    step = leg.steps[-1]
    cited = step.citation
    if step.decision is not Action.ALLOW or subject.namespace is None:
        return
    if cited is None:
        if step.stage == "default":
            home = subject.namespace.name
            try:
                rules = [_rule(peers(each.destinations, home), ports(each.ports), leg.direction) for each in reach]
                what = f"that isolates for {leg.direction}, but for what the property leaves open"
                yield _new_policy(leg.direction, home, _meant(mine, subject), rules, what, ISOLATE)
            except Unwritable:
                pass
        return
    yield from _within(cited, leg.direction, reach)
    yield from closing(leg, subject, mine, None, None, TRUE)


def _within(cited: Citation, way: Direction, reach: tuple[Reach, ...]) -> Iterator[Edit]:
    """The rule that let it out, with no more than what is in reach: one rule for each part of that."""
    if cited.kind != KIND or cited.origin is None or cited.rule is None or not reach:
        return
    at = object_of(cited.origin)
    inner = cited.origin.path[len(at.path) :][:3]
    rule, name = value_at(at, inner) or {}, _peers_of(way)
    items: list[Plain] = rule.get(name) or []
    try:
        numbers = [shared_ports(each.ports, rule.get("ports") or ()) for each in reach]
        others = [_inside(items, each.destinations, cited.namespace) for each in reach]
    except Unwritable:
        return
    rules = [
        ({name: mine} if mine else {}) | ({"ports": some} if some else {})
        for mine, some in zip(others, numbers, strict=True)
        if mine is not None and some is not None
    ]
    if not rules or rules == [rule]:
        return
    whole = cited.rule.split(".")[0]
    rules = [each for each in rules if each not in value_at(at, inner[:-1])]
    if not rules:
        yield Edit(f"{cited}: drop {whole}, which another rule says better", NARROW, at, dropping_rule(inner))
        return
    changes = [replacing(inner, rules[0]), *(appending(inner[:-1], more) for more in rules[1:])]
    yield Edit(f"{cited}: {whole} for what the property leaves open alone", NARROW, at, in_turn(changes))


def _inside(items: list[Plain], wanted: Peers, home: str | None) -> list[Plain] | None:
    """Those items, none: anybody, as far as they are among the wanted ones; None: none is. Raises Unwritable."""
    if wanted is None:
        return items
    if not items:
        return peers(wanted, home)
    found = [
        inside
        for item in items
        for other in wanted
        if (inside := _both(item, other, home) if isinstance(other, PodPeer) else _outside(item)) is not None
    ]
    return [item for place, item in enumerate(found) if item not in found[:place]] or None


def _outside(item: Plain) -> Plain | None:
    """The item if it is a block of addresses: whether it lies within what is wanted is asked of the solver."""
    return item if "ipBlock" in item else None


# isolated


def isolating(way: Direction, subject: Endpoint, mine: Peers) -> Iterator[Edit]:
    """A default deny for the pods that the claim means."""
    if subject.namespace is not None:
        try:
            yield _new_policy(way, subject.namespace.name, _meant(mine, subject), [], f"that denies {way}", ISOLATE)
        except Unwritable:
            return


# never, only


def closing(leg: Leg, subject: Endpoint, mine: Peers, kept: Peers, barred: Peers, numbers: Formula) -> Iterator[Edit]:
    """What closes the connection on this leg. mine: whom the claim means at this end. kept: whom it exempts at the
    other one; barred: whom it bars there."""
    step = leg.steps[-1]
    cited = step.citation
    if step.decision is not Action.ALLOW:
        return
    if cited is None:
        if step.stage == "default" and subject.kind in PODLIKE:
            yield from _isolating(leg.direction, subject, mine, kept, barred, numbers)
    elif cited.kind == KIND and cited.origin is not None and cited.rule is not None:
        at = object_of(cited.origin)
        inner = cited.origin.path[len(at.path) :]
        name, number = _peers_of(leg.direction), inner[-1]
        rule = value_at(at, inner[:3]) or {}
        if numbers != TRUE and len(rule.get(name) or ()) < 2:
            yield from _on_other_ports(cited, at, inner[:3], rule, name, kept, numbers)
        if len(inner) == 5 and isinstance(number, int):
            items = value_at(at, inner[:-1])
            yield from _narrowed(cited, at, inner[:-1], items, number, kept, barred)
            if len(items) > 1:
                yield Edit(f"{cited}: drop {cited.rule}", DROP_PEER, at, dropping(inner))
        else:
            beyond = numbers != TRUE and not rule.get("ports")
            yield from _with_peers(cited, at, inner, name, kept, NARROW_BEYOND if beyond else NARROW)
            others = _everybody_but(barred)
            if others:
                what = f"{cited}: {cited.rule} {name} everybody but whom the property names"
                yield Edit(what, EXCLUDE, at, adding(inner, name, others))
        whole = cited.rule.split(".")[0]
        yield Edit(f"{cited}: drop {whole}", DROP_RULE, at, dropping_rule(inner[:3]))


def _on_other_ports(
    cited: Citation, at: Origin, inner: Path, rule: Plain, name: str, kept: Peers, numbers: Formula
) -> Iterator[Edit]:
    """A rule of one peer at most, on whatever ports the claim does not speak of; one for anybody with a rule beside it
    for whom the claim exempts."""
    try:
        left = other_ports(numbers, rule.get("ports") or ())
        beside = {name: peers(kept, cited.namespace), "ports": ports(numbers)} if kept is not None else None
    except Unwritable:
        return
    if not left:
        return
    change = replacing((*inner, "ports"), left) if rule.get("ports") else adding(inner, "ports", left)
    whole = f"{cited.rule}".split(".")[0]
    if rule.get(name) or beside is None:
        yield Edit(f"{cited}: {whole} not on the ports of the property", RESTRICT, at, change)
        return
    more = appending(inner[:-1], beside)
    what = f"{cited}: {whole} not on the ports of the property, and a rule on these {name} whom it names"
    yield Edit(what, SPLIT, at, lambda text, here: more(change(text, here), here))


def _with_peers(cited: Citation, at: Origin, inner: Path, name: str, kept: Peers, cost: int) -> Iterator[Edit]:
    """A rule for anybody, for whom the claim exempts."""
    try:
        only = peers(kept, cited.namespace)
    except Unwritable:
        return
    yield Edit(f"{cited}: {cited.rule} only {name} whom the property names", cost, at, adding(inner, name, only))


def _narrowed(
    cited: Citation, at: Origin, inner: Path, items: list[Plain], number: int, kept: Peers, barred: Peers
) -> Iterator[Edit]:
    """One of the peers `items` of a rule, which stand at `inner`, with what the claim says of the other end."""
    peer, here = items[number] or {}, (*inner, number)
    if "ipBlock" in peer:
        for block in (b for p in barred or () if isinstance(p, AddressPeer) for b in blocks_of(p.addresses)):
            if "except" not in block:
                whole = {**peer["ipBlock"], "except": [*(peer["ipBlock"].get("except") or ()), block["cidr"]]}
                what = f"{cited}: except {block['cidr']} from {cited.rule}"
                yield Edit(what, EXCEPT, at, replacing((*here, "ipBlock"), whole))
        return
    try:
        inside = [_both(peer, other, cited.namespace) for other in kept or () if isinstance(other, PodPeer)]
    except Unwritable:
        inside = []
    narrower = [other for other in inside if other is not None]
    if narrower and peer not in narrower:
        more = [other for other in narrower if other not in items]
        if not more:
            change = dropping(here)
        elif len(more) == 1:
            change = replacing(here, more[0])
        else:
            change = replacing(inner, [*items[:number], *more, *items[number + 1 :]])
        what = f"{cited}: {'narrow' if more else 'drop'} {cited.rule} to whom the property names"
        yield Edit(what, NARROW, at, change)
    for other in barred or ():
        if isinstance(other, PodPeer):
            yield from _without(cited, at, here, peer, other)


def _without(cited: Citation, at: Origin, here: Path, peer: Plain, other: PodPeer) -> Iterator[Edit]:
    """The peer without the pods of one label, or without the namespaces of one, whom the claim bars."""
    lines = list(spaces(other.names, other.namespaces))
    for name, mine, alone in (
        ("podSelector", list(other.pods), True),
        ("namespaceSelector", lines, other.pods == EVERYTHING and "namespaceSelector" in peer),
    ):
        if len(mine) == 1 and alone:
            try:
                found = _with_lines(peer, name, [opposite(mine[0])])
            except Unwritable:
                continue
            if found is not None:
                yield Edit(f"{cited}: exclude {mine[0].key} from {cited.rule}", EXCLUDE, at, replacing(here, found))


def _both(peer: Plain, other: PodPeer, home: str | None) -> Plain | None:
    """The peer, of a policy in `home`, with what the other one says of labels and of namespaces; None: nobody is both.
    Raises Unwritable."""
    if "ipBlock" in peer:
        return None
    found: Plain | None = peer
    if other.pods != EVERYTHING:
        found = _with_lines(peer, "podSelector", list(other.pods))
    lines = list(spaces(other.names, other.namespaces))
    own = "namespaceSelector" not in peer and other.namespaces is None and other.names == frozenset({home})
    return found if found is None or not lines or own else _with_lines(found, "namespaceSelector", lines)


def _with_lines(peer: Plain, name: str, lines: list[Requirement]) -> Plain | None:
    """The peer with these requirements, besides its own, in one of its selectors; None: nobody meets them. Raises
    Unwritable."""
    known = peer.get(name) or {}
    more = selector(Selector(frozenset(lines)))
    labels, rest = dict(known.get("matchLabels") or {}), list(known.get("matchExpressions") or ())
    for key, value in (more.get("matchLabels") or {}).items():
        if labels.setdefault(key, value) != value:
            return None  # nobody has both
    rest += [line for line in more.get("matchExpressions") or () if line not in rest]
    said = ({"matchLabels": labels} if labels else {}) | ({"matchExpressions": rest} if rest else {})
    return {**peer, name: said}


def _isolating(
    way: Direction, subject: Endpoint, mine: Peers, kept: Peers, barred: Peers, numbers: Formula
) -> Iterator[Edit]:
    """A new policy for the pods that the claim means at this end, which closes no more than it must where that can be
    written."""
    if subject.namespace is None:
        return
    home = subject.namespace.name
    try:
        rules = _rules_beside(way, home, kept, barred, numbers)
        yield _new_policy(way, home, _meant(mine, subject), rules, f"that isolates for {way}", ISOLATE)
    except Unwritable:
        return


def _rules_beside(way: Direction, home: str, kept: Peers, barred: Peers, numbers: Formula) -> list[Plain]:
    """The rules of an isolating policy that let through what the claim does not bar. Raises Unwritable."""
    rest = [] if numbers == TRUE else [{"ports": other_ports(numbers)}]
    if kept is not None:
        return [_rule(peers(kept, home), ports(numbers), way), *rest]
    others = _everybody_but(barred)
    return [_rule(others, ports(numbers), way), *rest] if others else rest


def _everybody_but(barred: Peers) -> list[Plain]:
    """All pods, and all addresses but those that the claim bars; none where it bars others."""
    cut = [str(block["cidr"]) for p in barred or () if isinstance(p, AddressPeer) for block in blocks_of(p.addresses)]
    if barred is None or len(cut) != len(barred):
        return []
    blocks = []
    for cidr, mine in (("0.0.0.0/0", [c for c in cut if ":" not in c]), ("::/0", [c for c in cut if ":" in c])):
        blocks.append({"ipBlock": {"cidr": cidr} | ({"except": mine} if mine else {})})
    return [{"namespaceSelector": {}}, *blocks]


def _meant(mine: Peers, subject: Endpoint) -> Selector:
    """By which labels the claim means the pod."""
    assert subject.namespace is not None
    found = [p for p in mine or () if isinstance(p, PodPeer) and is_one(subject.labels, subject.namespace, p)]
    return found[0].pods if found else EVERYTHING


def _new_policy(way: Direction, home: str, pods: Selector, rules: list[Plain], what: str, cost: int) -> Edit:
    """A policy of its own for these pods. Raises Unwritable."""
    values = "-".join(sorted(value for line in pods for value in line.values)) or "all"
    name = f"fix-{way}-{values}"[:63].lower().replace("_", "-").rstrip("-.")
    spec: Plain = {"podSelector": selector(pods), "policyTypes": [str(way).capitalize()], str(way): rules}
    metadata = {"name": name, "namespace": home}
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": KIND, "metadata": metadata, "spec": spec}
    return Edit(f"a new {KIND} {home}/{name} {what}", cost, None, None, policy, home)
