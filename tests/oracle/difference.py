"""How two sets of manifests differ over one universe (docs/semantics.md 1.5): every connection that either can tell
apart is tried on both, and held against regions that are said to be the difference.
"""

from collections.abc import Iterable, Mapping
from itertools import combinations, product
from typing import Any, NamedTuple

from . import claims, tiers
from .alike import Point, Row, Who
from .pairedtiers import WAYS, ways_to_be
from .pairs import Stage
from .regions import holds_relation
from .rules import DEFAULTS, EGRESS, INGRESS, Plain, Workload, read
from .twosettings import Two, joined
from .verdict import NEVER, SURE, Setting, essential, explore
from .world import spec


class Compared(NamedTuple):
    """equivalent, wider, narrower, incomparable or unknown; the switches on which an unknown hangs; a connection that
    the regions describe wrongly, if there is one; and the workloads that are new, that are gone, and that turned to
    hostNetwork or from it."""

    relation: str
    depends_on: tuple[str, ...] = ()
    wrong: Plain | None = None
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    turned: tuple[str, ...] = ()


class Outcome(NamedTuple):
    """Under one setting: whether a connection was added, and whether one was removed; and a wrong one."""

    added: bool
    removed: bool
    wrong: Plain | None = None


_RELATIONS = {
    (False, False): "equivalent",
    (True, False): "wider",
    (False, True): "narrower",
    (True, True): "incomparable",
}


def compare(
    old: list[Plain],
    new: list[Plain],
    universe: Plain | str = "open",
    switches: Mapping[str, str] | None = None,
    accepted: Iterable[Plain | str] = (),
    added: Iterable[Plain] = (),
    removed: Iterable[Plain] = (),
    *,
    forgets: bool = False,
    to_switches: Mapping[str, str] | None = None,
    two_plugins: bool = False,
) -> Compared:
    """How NEW differs from OLD, and whether `added` and `removed` (regions) are exactly the difference. `accepted`:
    flows, as claims, that do not count as added (docs/acceptances.md). forgets: labels of namespaces that only OLD says
    are unknown in NEW. to_switches: those of NEW; None: the same. two_plugins: what both leave open each decides for
    itself."""
    flows = [claims.read(flow) for flow in accepted]
    stage = Stage(read(old), read(new), universe, list(added), list(removed), flows, forgets)
    values = {**DEFAULTS, **(spec(universe).get("switches") or {}), **(switches or {})}
    if to_switches is None:
        leaves = explore(lambda setting: _outcome(stage, setting), values)
    else:
        values, apart = joined(values, {**DEFAULTS, **to_switches}, two_plugins=two_plugins)
        leaves = explore(lambda setting: _outcome(stage, Two(setting, apart)), values)
    by_relation: dict[str, list[dict[str, str]]] = {}
    inventory = (stage.plain.get("pods") or {}).get("others") is False
    one_sided = (stage.new_ones, stage.gone, stage.turned)
    new, gone, turned = (_names(some) if inventory else () for some in one_sided)
    for chosen, found in leaves:
        relation = _RELATIONS[found.added or bool(new or turned), found.removed or bool(gone or turned)]
        by_relation.setdefault(relation, []).append(chosen)
    wrong = next((found.wrong for _, found in leaves if found.wrong), None)
    if len(by_relation) == 1:
        return Compared(next(iter(by_relation)), (), wrong, new, gone, turned)
    hinges = {name for one, other in combinations(by_relation.values(), 2) for name in essential(one, other)}
    return Compared("unknown", tuple(sorted(hinges)), wrong, new, gone, turned)


def _names(workloads: Iterable[Workload]) -> tuple[str, ...]:
    """Their titles, without which of their pods are meant."""
    return tuple(sorted({workload.title.partition(" (")[0] for workload in workloads}))


# Both sides held against each other


def _outcome(stage: Stage, setting: Setting) -> Outcome:
    added = removed = False
    points = {}
    destinations = stage.rows(1, setting)
    for (source, ours), (target, theirs) in product(stage.rows(0, setting).items(), destinations.items()):
        if source.family != target.family or not (source.podlike or target.podlike):
            continue
        if target.names not in points:
            points[target.names] = stage.points(target.names, setting)
        for same_node in [False, True] if any(source.on_node + target.on_node) else [False]:
            spaces: set[bool] | None = None
            for point in points[target.names]:
                described = source.inside & target.inside & point.inside
                taken = bool(source.accepted & target.accepted & point.accepted)
                for supposing in ways_to_be(_hinges(stage, source, target, point, described)):
                    legs = [_legs(stage, source, target, point, same_node, setting, v, supposing) for v in (0, 1)]
                    before, after = (_both(*leg) for leg in legs)
                    if before == after and not described:
                        continue
                    spaces = _possible(source, target, ours, theirs, same_node) if spaces is None else spaces
                    more, less = _more(after, before) and not taken, _more(before, after)
                    for same_namespace in spaces:
                        added, removed = added or more, removed or less
                        said = _claims(
                            stage, described, (source, target), legs, same_namespace, same_node, setting, supposing
                        )
                        if said != (more, less):
                            told = (source, target, point, same_namespace, same_node, before, after, said)
                            return Outcome(added, removed, _told(stage, *told, setting, supposing))
    return Outcome(added, removed)


def _both(into: frozenset[bool], out: frozenset[bool]) -> frozenset[bool]:
    return frozenset(a and b for a, b in product(into, out))


def _more(one: frozenset[bool], other: frozenset[bool]) -> bool:
    """True iff `one` lets the connection through more readily: never, perhaps (a tie, 4.4), surely."""
    order = (NEVER, frozenset({True, False}), SURE)
    return order.index(one) > order.index(other)


def _hinges(stage: Stage, source: Row, target: Row, point: Point, described: int) -> frozenset[str]:
    """What nobody can say of the connection, and that rules or regions hang on."""
    meant = (region for i, region in enumerate(stage.regions) if described >> i & 1) if described else ()
    found = {about for region in meant for about in region["supposing"]}
    for v in (0, 1):
        for subject, peer, ported in ((target, source, point.bars_inward), (source, target, point.bars_outward)):
            fits = subject.bars[v] & ported[v]
            if peer.meant[v].perhaps:
                found |= {about for about, mask in peer.meant[v].perhaps if mask & fits}
    return frozenset(found)


def _legs(
    stage: Stage,
    source: Row,
    target: Row,
    point: Point,
    same_node: bool,
    setting: Setting,
    version: int,
    supposing: Mapping[str, bool],
) -> list[frozenset[bool]]:
    """What can come of it whether the destination lets the connection in, and the source lets it out (1.3), on one
    side."""
    found = []
    for way, subject, peer, arms, bars, switch in (
        (INGRESS, target, source, point.inward, point.bars_inward, "local_node_ingress"),
        (EGRESS, source, target, point.outward, point.bars_outward, "local_node_egress"),
    ):
        namespaced = tiers.PASS
        if subject.isolated[version]:
            lets = subject.arms[version] & peer.offered[version] & arms[version]
            namespaced = tiers.ALLOW if lets else tiers.DENY
        fitting = subject.bars[version] & bars[version]
        hits = fitting and fitting & peer.meant[version].under(supposing)
        own_setting = setting.of(version)
        leg = stage.tiers.outcomes(version, way, hits, namespaced, subject.elsewhere[version], own_setting)
        own = same_node and peer.nodelike[version]
        free = leg != SURE and own and own_setting[switch] == "always"
        drops = way == EGRESS and subject.podlike and not subject.on_node[version] and own
        leg = NEVER if drops and own_setting[switch] == "policy_then_drop" else leg
        found.append(SURE if free else leg)
    return found


def _possible(source: Row, target: Row, ours: set[Who], theirs: set[Who], same_node: bool) -> set[bool]:
    """Whether such endpoints can be the ends of one connection: in one namespace, and in two or none."""
    found = set()
    for one, other in product(ours, theirs):
        same = one.namespace is not None and one.namespace == other.namespace
        if same in found or (same and one.variant != other.variant):
            continue
        if one.lone is not None and one.lone == other.lone:
            continue
        share = [same_node and source.on_node[v] and target.on_node[v] for v in (0, 1)]
        if all(share[v] or len({*one.addresses[v], *other.addresses[v]}) > 1 for v in (0, 1)):
            found.add(same)
            if len(found) == 2:
                break
    return found


def _claims(
    stage: Stage,
    described: int,
    ends: tuple[Row, Row],
    legs: list[list[frozenset[bool]]],
    same_namespace: bool,
    same_node: bool,
    setting: Setting,
    supposing: Mapping[str, bool],
) -> tuple[bool, bool]:
    """Whether the regions say that the connection was added, and that it was removed."""

    def is_free(way: str, version: int) -> bool:
        subject = ends[1] if way == "ingress" else ends[0]
        return subject.podlike and not subject.isolated[version]

    def holds(i: int, allowing: int) -> bool:
        region = stage.regions[i]
        if not (described >> i & 1 and all(is_free(way, allowing) for way in region["unselected"])):
            return False
        if not holds_relation(region, same_namespace, same_node, setting, supposing):
            return False
        provided = [WAYS.index(way) for way in region["provided"]]
        return all(legs[version][way] == SURE for version in (0, 1) for way in provided)

    found = [False, False]
    for i, taken in enumerate(stage.taken_of if described else ()):
        allowing = int(i < len(stage.added))
        if described >> i & 1 and holds(i, allowing) and not any(holds(each, allowing) for each in taken):
            found[i >= len(stage.added)] = True
    return found[0], found[1]


def _told(stage: Stage, *facts: Any) -> Plain:
    source, target, point, same_namespace, same_node, before, after, said, setting, supposing = facts
    ends = {}
    for side, name, row in ((0, "source", source), (1, "destination", target)):
        whos = stage.rows(side, setting)[row]
        ends[name] = {**row._asdict(), "whos": sorted(map(str, whos))[:4]}
    return {
        **ends,
        **point._asdict(),
        "sameNamespace": same_namespace,
        "sameNode": same_node,
        "before": sorted(before),
        "after": sorted(after),
        "supposing": supposing,
        "claimed": {"added": said[0], "removed": said[1]},
        "setting": dict(setting.setting if isinstance(setting, Two) else setting),
    }
