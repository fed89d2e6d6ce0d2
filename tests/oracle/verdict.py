"""The verdict about a property: every connection of the world is tried, under every setting of the open switches
(docs/semantics.md 1.3 to 1.5; docs/properties.md for the claims)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from random import Random
from typing import Any, NamedTuple

from . import addresses, cilium, claims, services, tiers, world
from .budget import Budget
from .residents import Residents
from .rules import EGRESS, INGRESS, VALUES, End, Plain, defaults, read
from .sides import Point, Row, Rows, Stage, Who

Place = tuple[int, frozenset[int], tuple[int, ...]]
"""A family, the blocks that an address is in, and addresses that stand for all such."""

SURE, NEVER = frozenset({True}), frozenset({False})


class Answer(NamedTuple):
    """proved, violated, unknown or vacuous; and the switches on which an unknown hangs."""

    verdict: str
    depends_on: tuple[str, ...] = ()


class Undetermined(Exception):
    """A setting was asked for a switch that is open."""


class Setting(dict[str, str]):
    """A setting of the switches, so far as it is chosen."""

    def __missing__(self, name: str) -> str:
        raise Undetermined(name)

    def of(self, _version: int) -> "Setting":
        """That of either side of a comparison: the same."""
        return self


class Outcome(NamedTuple):
    """Under one setting: whether connections meet the premises of the claim's parts, and whether one breaks it:
    perhaps, and surely. They differ where a tie (4.4) decides, or something that nobody can say."""

    premises: tuple[bool, ...]
    perhaps: bool
    surely: bool


def verdict(
    manifests: list[Plain],
    claim: Plain | str,
    universe: Plain | str = "open",
    switches: Mapping[str, str] | None = None,
    namespace: str | None = None,
    accepted: Iterable[Plain | str] = (),
    budget: Budget | None = None,
) -> Answer:
    """The verdict about one claim, as a property file or a one-liner states it (`namespace`: the file's). `universe` is
    open, inventory or the spec of a universe file, with policies instead of paths under newNamespacesGet. `accepted`:
    flows that do not break it (docs/acceptances.md), as claims. Raises TooLarge where the budget does not reach."""
    plain = {**claims.read(claim, namespace), "accepted": [claims.read(flow) for flow in accepted]}
    cluster = read(manifests)
    said = {**(world.spec(universe).get("switches") or {}), **(switches or {})}
    asked = services.meant(plain, cluster)
    if isinstance(asked, str):
        return Answer("vacuous")
    plain = {**asked, "accepted": [part for flow in plain["accepted"] for part in services.each_meant(flow, cluster)]}
    stage = Stage(world.build(cluster, plain, universe, settled_homes=True), plain, budget or Budget())
    values = {**defaults(manifests), **said}
    if "external_source" not in said and services.is_hiding(cluster):
        values["external_source"], stage.served = "open", services.hiding(cluster)
    leaves = explore(lambda setting: outcome(stage, setting), values)
    if all(found.surely for _, found in leaves):
        return Answer("violated")
    if any(found.perhaps for _, found in leaves):
        hinges = set()
        for part in ("perhaps", "surely"):
            breaking = [chosen for chosen, found in leaves if getattr(found, part)]
            hinges |= essential(breaking, [chosen for chosen, found in leaves if not getattr(found, part)])
        if any(found.perhaps != found.surely for _, found in leaves) and _ties(stage):
            hinges.add("same_priority")
        return Answer("unknown", tuple(sorted(hinges)))
    met = [any(found.premises[part] for _, found in leaves) for part in range(len(leaves[0][1].premises))]
    return Answer("proved" if all(met) else "vacuous")


def explore(run: Callable[[Setting], Outcome], values: Mapping[str, str]) -> list[tuple[dict[str, str], Outcome]]:
    """The outcome under every setting; a switch that a run never asked for is left out of what was chosen."""
    waiting: list[dict[str, str]] = [{}]
    leaves = []
    while waiting:
        chosen = waiting.pop()
        fixed = {name: value for name, value in values.items() if value != "open"}
        try:
            leaves.append((chosen, run(Setting({**fixed, **chosen}))))
        except Undetermined as asked:
            name = str(asked)
            plain = name.removeprefix("old:").removeprefix("new:")
            waiting += [{**chosen, name: value} for value in VALUES[plain]]
    return leaves


def essential(breaking: list[dict[str, str]], fine: list[dict[str, str]]) -> set[str]:
    """The switches s such that two settings which differ in s alone differ in the outcome."""
    found = set()
    for one, other in product(breaking, fine):
        apart = [name for name in one if name in other and one[name] != other[name]]
        if len(apart) == 1:
            found.add(apart[0])
    return found


def outcome(stage: Stage, setting: Setting) -> Outcome:
    kind = stage.claim["kind"]
    if kind == "isolated":
        return _isolated(stage, setting)
    parts = ("only", "always") if kind == "exactly" else (kind,)
    found = [_part(stage, part, setting) for part in parts]
    perhaps, surely = (any(part[i] for part in found) for i in (1, 2))
    return Outcome(tuple(premise for premise, _, _ in found), perhaps, surely)


def _isolated(stage: Stage, setting: Setting) -> Outcome:
    """A pod that is not isolated breaks the claim unless all its connections of that direction are accepted."""
    listed, met, perhaps, surely = stage.claim["pods"], False, False, False
    for end in stage.candidates(listed, setting):
        how = {way: stage.is_isolated(way, end, setting) for way in stage.claim["directions"]}
        free = [way for way, is_isolated in how.items() if is_isolated != cilium.YES]
        bare = [way for way, is_isolated in how.items() if is_isolated == cilium.NO]
        for family, hit, at in stage.places(end):
            meant = listed is None or any(stage.fits(peer, end, hit, setting) for peer in listed)
            if end.podlike and meant and stage.scoped(listed, end, hit, setting):
                met = True
                place = (family, hit, at)
                perhaps = perhaps or any(_minds(stage, way, end, place, setting, said=False) for way in free)
                known = not end.supposed
                surely = surely or (known and any(_minds(stage, way, end, place, setting, said=True) for way in bare))
    return Outcome((met,), perhaps, surely)


def _minds(stage: Stage, way: str, end: End, place: Place, setting: Setting, *, said: bool) -> bool:
    """Whether the endpoint, at a place, has a connection of the direction that no flow accepts. said: with one that
    has no labels which it perhaps has."""
    if not claims.flows(stage.claim):
        return True
    family, hit, at = place
    mine = stage.accepted("to" if way == INGRESS else "from", end, hit, setting)
    for row, theirs in (stage.sources("", setting) if way == INGRESS else stage.destinations(setting)).items():
        target = end if way == INGRESS else theirs[0].end
        for same_node in [False, True] if end.on_node or row.on_node else [False]:
            known = not (said and row.supposed)
            if known and row.family == family and _together(stage, theirs, [stage.who(end, family, at)], same_node):
                points = stage.points(target, setting)
                if any(not mine & row.accepted & point.accepted for point in points):
                    return True
    return False


def _ties(stage: Stage) -> bool:
    """True iff two policies of one tier and priority have rules in one direction."""
    return any(
        one is not other and (one.tier, one.order) == (other.tier, other.order) and one.rules[way] and other.rules[way]
        for one, other in product(stage.world.tiers, repeat=2)
        for way in one.rules
    )


def _part(stage: Stage, kind: str, setting: Setting) -> tuple[bool, bool, bool]:
    """Whether a connection meets the premise of the claim, and whether one breaks it, perhaps and surely."""
    sources, destinations = stage.sources(kind, setting), stage.destinations(setting)
    points: dict[object, Any] = {}
    met = perhaps = False
    for target, theirs in destinations.items():
        if target.names not in points:
            points[target.names] = stage.points(theirs[0].end, setting)
        for source, ours in sources.items():
            if not _in_premise(stage, kind, source, target):
                continue
            for same_node in [False, True] if source.on_node or target.on_node else [False]:
                if not any(is_asked(target, point) for point in points[target.names]):
                    continue
                if not _together(stage, ours, theirs, same_node):
                    continue
                met = True
                if not source.counted:
                    continue
                stage.budget.spend(len(points[target.names]))
                for point in points[target.names]:
                    if source.accepted & target.accepted & point.accepted or not is_asked(target, point):
                        continue
                    if source.shows and stage.served is not None and not target.serves & point.served:
                        continue
                    lets = _allowed(stage, source, target, point, same_node, setting)
                    breaking = lets - {kind == "always"}
                    if breaking == lets and not (source.supposed or target.supposed):
                        return True, True, True
                    perhaps = perhaps or bool(breaking)
    return met, perhaps, False


def is_asked(target: Row, point: Point) -> bool:
    """Whether a part of the claim means the destination and the port, where it has parts."""
    return target.parts is None or bool(target.parts & point.parts)


def _in_premise(stage: Stage, kind: str, source: Row, target: Row) -> bool:
    if source.family != target.family or not (source.podlike or target.podlike):
        return False
    if kind == "always":
        return True
    if kind == "confined":
        return source.podlike and source.scoped
    if kind == "never":
        return (target.podlike and target.scoped) or (source.podlike and source.scoped)
    if not (target.scoped if target.podlike else source.scoped):
        return False
    if kind == "separate":
        free = stage.claim["unlabelled"] == "ignore" and None in (source.group, target.group)
        return source.podlike and target.podlike and source.group != target.group and not free
    return True


def _together(stage: Stage, ours: list[Who], theirs: list[Who], same_node: bool) -> bool:
    tried = 0
    for tried, (one, other) in enumerate(product(ours, theirs), 1):
        if possible(one, other, same_node):
            stage.budget.spend(tried)
            return True
    stage.budget.spend(tried)
    return False


def possible(one: Who, other: Who, same_node: bool) -> bool:
    """W1, W3 and W5 for a pair of endpoints: one choice of labels for a namespace; different addresses but on one node;
    a Pod object is one pod."""
    return any(True for _ in meetings(one, other, same_node))


def meetings(one: Who, other: Who, same_node: bool) -> Iterator[tuple[int, int]]:
    """The addresses at which two endpoints can be the ends of a connection, on one node or not."""
    a, b = one.end, other.end
    if (
        a.namespace
        and b.namespace
        and a.namespace.name == b.namespace.name
        and a.namespace.variant != b.namespace.variant
    ) or (a.workload is not None and a.workload is b.workload and a.workload.single):
        return
    on_node = a.on_node or b.on_node
    if same_node and not on_node:
        return
    share = same_node and a.on_node and b.on_node
    pairs = product(zip(one.addresses, one.homes, strict=True), zip(other.addresses, other.homes, strict=True))
    for (here, mine), (there, theirs) in pairs:
        if (share or here != there) and (not on_node or None in (mine, theirs) or (mine == theirs) is same_node):
            yield here, there


def _allowed(stage: Stage, source: Row, target: Row, point: Any, same_node: bool, setting: Setting) -> frozenset[bool]:
    """allow(c) of 1.3 for two different endpoints, as all that can come of it."""
    out = _side(stage, EGRESS, source, target, (source, target), point, setting, same_node)
    if out != SURE and same_node and target.nodelike and setting["local_node_egress"] == "always":
        out = SURE
    if source.podlike and not source.on_node and same_node and target.nodelike:
        out = NEVER if setting["local_node_egress"] == "policy_then_drop" else out
    if out == NEVER:
        return out
    into = _side(stage, INGRESS, target, source, (source, target), point, setting, same_node)
    if target.podlike and into != NEVER:
        mesh = stage.world.mesh.outcomes(source.meshed, target.meshed, point.protocol, point.port, setting)
        into = frozenset(a and b for a in into for b in mesh)
    if into != SURE and same_node and source.nodelike and setting["local_node_ingress"] == "always":
        into = SURE
    return frozenset(a and b for a in out for b in into)


def _side(
    stage: Stage,
    way: str,
    subject: Row,
    peer: Row,
    ends: tuple[Row, Row],
    point: Any,
    setting: Setting,
    same_node: bool,
) -> frozenset[bool]:
    """What the policies of the subject make of the connection."""
    ports, bars, guards = (
        (point.outward, point.bars_outward, point.arms_outward)
        if way == EGRESS
        else (point.inward, point.bars_inward, point.arms_inward)
    )
    arms = subject.arms & peer.offered & ports
    hits = (bars & subject.bars & peer.meant[0], bars & subject.bars & peer.meant[1])
    if stage.world.calico.is_used:
        return _tiered(stage, way, subject, arms, ends, point, hits, setting)
    namespaced = tiers.PASS if not subject.isolated else tiers.ALLOW if arms else tiers.DENY
    said = stage.fences.said(way, guards & subject.guards & peer.visits[same_node], namespaced, subject.fenced)
    return _through(stage, way, hits, said, subject, setting)


def _tiered(
    stage: Stage,
    way: str,
    subject: Row,
    arms: int,
    ends: tuple[Row, Row],
    point: Any,
    hits: tuple[int, int],
    setting: Setting,
) -> frozenset[bool]:
    """What the tiers of Calico make of it, with the NetworkPolicies among them."""
    if not subject.podlike:
        return SURE
    firing = {arm.policy for i, arm in enumerate(stage.arms[way]) if arms >> i & 1}
    policies = [(i, stage.world.policies[i]) for i in subject.governing]
    listed = [(policy.name, policy.namespace, True, i in firing) for i, policy in policies]
    return stage.judge.outcomes(way, ends, point, listed, stage.ladders, hits, setting)


def _through(
    stage: Stage, way: str, hits: tuple[int, int], said: frozenset[str], row: Row, setting: Setting
) -> frozenset[bool]:
    """What the tiers make of what the policies between them say."""
    if stage.world.fence.is_there and setting["cilium_mode"] == "never":
        return SURE
    ends = (stage.ladders.outcomes(way, hits, each, row.elsewhere, setting) for each in said)
    return frozenset().union(*ends)


def connections(
    manifests: list[Plain],
    universe: Plain | str = "open",
    switches: Mapping[str, str] | None = None,
    *,
    believing: bool = True,
) -> Iterator[Plain]:
    """Concrete connections, in the form that `allowed` takes: one for each way in which the policies of `manifests` can
    tell connections apart, under a full setting of the switches. For a comparison, give the policies of both sides.
    believing: what the manifests say of addresses counts (1.6)."""
    claim: Plain = {"kind": "always", "from": None, "to": None, "ports": []}
    known = world.build(read(manifests), claim, universe)
    stage = Stage(known if believing else replace(known, residents=Residents()), claim)
    setting = Setting({**defaults(manifests), **(switches or {})})
    ends = [(end, place) for end in stage.candidates(None, setting) for place in stage.places(end)]
    points: dict[object, Any] = {}
    for pair in product(ends, ends):
        yield from _meeting(stage, *pair, setting, points)


def sampled(
    manifests: list[Plain],
    random: Random,
    most: int,
    universe: Plain | str = "open",
    switches: Mapping[str, str] | None = None,
    wanted: Callable[[Plain], bool] | None = None,
) -> list[Plain]:
    """At most so many of what `connections` gives, no two the same: one each of ends drawn at random, so that
    nobody has to list all. wanted: which of them; None: any."""
    claim: Plain = {"kind": "always", "from": None, "to": None, "ports": []}
    stage = Stage(world.build(read(manifests), claim, universe), claim)
    setting = Setting({**defaults(manifests), **(switches or {})})
    ends = [(end, place) for end in stage.candidates(None, setting) for place in stage.places(end)]
    points: dict[object, Any] = {}
    found: dict[str, Plain] = {}
    for _ in range(_TRIES * most * (1 if wanted is None else _FOR_WANTED) if ends else 0):
        listed = list(filter(wanted, _meeting(stage, random.choice(ends), random.choice(ends), setting, points)))
        if listed:
            chosen = random.choice(listed)
            found.setdefault(str(chosen), chosen)
            if len(found) == most:
                break
    return list(found.values())


_TRIES = 4
"""How many pairs of ends are drawn for a connection: some cannot meet."""
_FOR_WANTED = 10
"""How many times more, where not all are wanted."""


def connections_between(stage: Stage, setting: Setting, random: Random) -> Iterator[Plain]:
    """Such connections drawn at random, without end."""
    ends = [(end, place) for end in stage.candidates(None, setting) for place in stage.places(end)]
    points: dict[object, Any] = {}
    while True:
        listed = list(_meeting(stage, random.choice(ends), random.choice(ends), setting, points))
        if listed:
            yield random.choice(listed)


def _meeting(stage: Stage, one: Any, other: Any, setting: Setting, points: dict[object, Any]) -> Iterator[Plain]:
    """The connections between two endpoints at their places, one for each way in which policies tell their ports."""
    (source, at), (target, there) = one, other
    if at[0] != there[0] or not (source.podlike or target.podlike):
        return
    ours, theirs = stage.who(source, at[0], at[2]), stage.who(target, there[0], there[2])
    alike = [(same, pair) for same in (False, True) for pair in meetings(ours, theirs, same)]
    if not alike:
        return
    apart = [(same, pair) for same, pair in alike if pair[0] != pair[1]]
    same_node, (here, away) = (apart or alike)[0]
    who = "any" if target.named is None else target
    if who not in points:
        points[who] = stage.points(target, setting)
    for point in points[who]:
        named = [{"name": n, "protocol": point.protocol, "port": point.port} for n in sorted(point.names)]
        yield {
            "source": _plain(source, at[0], here, []),
            "destination": _plain(target, at[0], away, named),
            "protocol": point.protocol,
            "port": point.port,
            **({"sameNode": True} if same_node else {}),
        }


def _plain(end: Any, family: int, address: int, named: list[Plain]) -> Plain:
    plain: Plain = {"kind": end.kind, "ip": addresses.text(family, address)}
    if end.namespace is not None:
        plain |= {
            "namespace": end.namespace.name,
            "namespaceLabels": end.namespace.labels,
            "labels": end.labels,
            "namedPorts": named,
        }
    return plain


__all__ = ["Answer", "Rows", "connections", "connections_between", "sampled", "verdict"]
