"""How two sets of manifests differ over one universe (docs/semantics.md 1.5): every connection that either can tell
apart is tried on both, and held against regions that are said to be the difference.
"""

from collections.abc import Iterable, Mapping
from itertools import combinations, product
from typing import Any, NamedTuple

from .pairs import WAYS, Point, Row, Stage, Who
from .regions import holds_relation
from .rules import DEFAULTS, Plain, read
from .verdict import Setting, essential, explore
from .world import spec


class Compared(NamedTuple):
    """equivalent, wider, narrower, incomparable or unknown; the switches on which an unknown hangs; and a connection
    that the regions describe wrongly, if there is one."""

    relation: str
    depends_on: tuple[str, ...] = ()
    wrong: Plain | None = None


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
    added: Iterable[Plain] = (),
    removed: Iterable[Plain] = (),
) -> Compared:
    """How NEW differs from OLD, and whether `added` and `removed` (regions) are exactly the difference."""
    stage = Stage(read(old), read(new), universe, list(added), list(removed))
    values = {**DEFAULTS, **(spec(universe).get("switches") or {}), **(switches or {})}
    leaves = explore(lambda setting: _outcome(stage, setting), values)
    by_relation: dict[str, list[dict[str, str]]] = {}
    for chosen, found in leaves:
        by_relation.setdefault(_RELATIONS[found.added, found.removed], []).append(chosen)
    wrong = next((found.wrong for _, found in leaves if found.wrong), None)
    if len(by_relation) == 1:
        return Compared(next(iter(by_relation)), (), wrong)
    hinges = {name for one, other in combinations(by_relation.values(), 2) for name in essential(one, other)}
    return Compared("unknown", tuple(sorted(hinges)), wrong)


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
        for same_node in (False, True) if source.on_node or target.on_node else (False,):
            spaces: set[bool] | None = None
            for point in points[target.names]:
                legs = [_legs(source, target, point, same_node, setting, version) for version in (0, 1)]
                before, after = all(legs[0]), all(legs[1])
                described = source.inside & target.inside & point.inside
                if before == after and not described:
                    continue
                spaces = _possible(source, target, ours, theirs, same_node) if spaces is None else spaces
                for same_namespace in spaces:
                    added, removed = added or after > before, removed or before > after
                    claims = _claims(stage, described, legs, same_namespace, same_node, setting)
                    if claims != (after > before, before > after):
                        told = (source, target, point, same_namespace, same_node, before, after, claims, dict(setting))
                        return Outcome(added, removed, _told(stage, *told))
    return Outcome(added, removed)


def _legs(source: Row, target: Row, point: Point, same_node: bool, setting: Setting, version: int) -> list[bool]:
    """Whether the destination lets the connection in and the source lets it out (1.3), on one side."""
    into = not target.isolated[version] or bool(target.arms[version] & source.offered[version] & point.inward[version])
    into = into or (same_node and source.nodelike and setting["local_node_ingress"] == "always")
    out = not source.isolated[version] or bool(source.arms[version] & target.offered[version] & point.outward[version])
    out = out or (same_node and target.nodelike and setting["local_node_egress"] == "always")
    return [into, out]


def _possible(source: Row, target: Row, ours: set[Who], theirs: set[Who], same_node: bool) -> set[bool]:
    """Whether such endpoints can be the ends of one connection: in one namespace, and in two or none."""
    found = set()
    for one, other in product(ours, theirs):
        same = one.namespace is not None and one.namespace == other.namespace
        if same in found or (same and one.variant != other.variant):
            continue
        if one.lone is not None and one.lone == other.lone:
            continue
        share = same_node and source.on_node and target.on_node
        if share or len({*one.addresses, *other.addresses}) > 1:
            found.add(same)
            if len(found) == 2:
                break
    return found


def _claims(
    stage: Stage, described: int, legs: list[list[bool]], same_namespace: bool, same_node: bool, setting: Setting
) -> tuple[bool, bool]:
    """Whether the regions say that the connection was added, and that it was removed."""
    found = [False, False]
    for i, region in enumerate(stage.regions):
        if described >> i & 1 and holds_relation(region, same_namespace, same_node, setting):
            provided = [WAYS.index(way) for way in region["provided"]]
            if all(legs[version][way] for version in (0, 1) for way in provided):
                found[i >= len(stage.added)] = True
    return found[0], found[1]


def _told(stage: Stage, *facts: Any) -> Plain:
    source, target, point, same_namespace, same_node, before, after, claims, setting = facts
    ends = {}
    for side, name, row in ((0, "source", source), (1, "destination", target)):
        whos = stage.rows(side, Setting(setting))[row]
        ends[name] = {**row._asdict(), "whos": sorted(map(str, whos))[:4]}
    return {
        **ends,
        **point._asdict(),
        "sameNamespace": same_namespace,
        "sameNode": same_node,
        "before": before,
        "after": after,
        "claimed": {"added": claims[0], "removed": claims[1]},
        "setting": setting,
    }
