"""All that breaks a claim, by enumeration: every connection of the world is tried, and held against regions that are
said to be what breaks it, and nothing else (tests/oracle/regions.py for their form).

Of a claim that pods are isolated a region has `isolation`, the direction in which its pods are not.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from . import claims, services, world
from .cilium import NO
from .regions import holds_address, holds_end, holds_port, holds_relation
from .rules import EGRESS, INGRESS, End, Plain, defaults, read
from .sides import Point, Row, Stage, Who
from .verdict import NEVER, SURE, Outcome, Setting, _allowed, _in_premise, explore, is_asked, meetings

WAYS = {"ingress": INGRESS, "egress": EGRESS}


def misplaced(
    manifests: list[Plain],
    claim: Plain | str,
    regions: Sequence[Plain],
    universe: Plain | str = "open",
    switches: Mapping[str, str] | None = None,
    namespace: str | None = None,
) -> tuple[list[str], int]:
    """Connections (or pods) that surely break the claim and are in no region, or are in one and do not break it; and
    how many broke it. Pods with labels that they perhaps have are left out, as in regions."""
    asked = services.meant(claims.read(claim, namespace), cluster := read(manifests))
    assert not isinstance(asked, str)
    stage = Stage(
        world.build(cluster, {**asked, "accepted": []}, universe, settled_homes=True), {**asked, "accepted": []}
    )
    said = {**(world.spec(universe).get("switches") or {}), **(switches or {})}
    values = {**defaults(manifests), **said}
    if "external_source" not in said and services.is_hiding(cluster):
        values["external_source"], stage.served = "open", services.hiding(cluster)
    wrong: list[str] = []
    breaking = 0

    def run(setting: Setting) -> Outcome:
        found, count = _under(stage, regions, setting)
        nonlocal breaking
        wrong.extend(found)
        breaking += count
        return Outcome((), False, False)

    explore(run, values)
    return wrong, breaking


def _under(stage: Stage, regions: Sequence[Plain], setting: Setting) -> tuple[list[str], int]:
    wrong, breaking = [], 0
    kind = stage.claim["kind"]
    found = _pods(stage, regions, setting) if kind == "isolated" else _connections(stage, kind, regions, setting)
    for what, breaks, held in found:
        breaking += breaks
        if breaks is not held:
            wrong.append(
                f"{what} {'breaks it, and is in no region' if breaks else 'is in a region, and breaks nothing'}"
            )
    return wrong, breaking


def _pods(stage: Stage, regions: Sequence[Plain], setting: Setting) -> Iterator[tuple[str, bool, bool]]:
    listed = stage.claim["pods"]
    for end in stage.candidates(listed, setting):
        if not end.podlike or end.supposed:
            continue
        for family, hit, at in stage.places(end):
            meant = listed is None or any(stage.fits(peer, end, hit, setting) for peer in listed)
            counts = meant and stage.scoped(listed, end, hit, setting)
            for name in ("ingress", "egress"):
                free = name in stage.claim["directions"] or WAYS[name] in stage.claim["directions"]
                breaks = counts and free and stage.is_isolated(WAYS[name], end, setting) == NO
                side = "destination" if name == "ingress" else "source"
                held = any(
                    region["isolation"] == name
                    and holds_end(region[side], end)
                    and holds_address(region[side], family, at[0])
                    and all(setting[switch] in values for switch, values in region["switches"].items())
                    and all(stage.is_isolated(WAYS[way], end, setting) == NO for way in region["unselected"])
                    for region in regions
                )
                yield f"{end.kind} {end.namespace} {end.labels}: {name}", breaks, held


def _connections(
    stage: Stage, kind: str, regions: Sequence[Plain], setting: Setting
) -> Iterator[tuple[str, bool, bool]]:
    held = _Held(stage, regions, setting)
    parts = ("only", "always") if kind == "exactly" else (kind,)
    found: dict[object, bool] = {}
    inside: dict[object, bool] = {}
    for part in parts:
        sources, destinations = stage.sources(part, setting), stage.destinations(setting)
        for target, theirs in destinations.items():
            points = stage.points(theirs[0].end, setting)
            for source, ours in sources.items():
                if source.supposed or target.supposed or source.family != target.family:
                    continue
                for same_node in [False, True] if source.on_node or target.on_node else [False]:
                    pairs = [(a, b, next(meetings(a, b, same_node), None)) for a in ours for b in theirs]
                    for point in points:
                        if source.shows and stage.served is not None and not target.serves & point.served:
                            continue
                        breaks = _breaks(stage, part, (source, target), same_node, point, setting)
                        for one, other, met in pairs:
                            if met is None:
                                continue
                            key = (id(one.end), id(other.end), source.family, met, one.seen, same_node, point[:3])
                            found[key] = found.get(key, False) or breaks
                            if key not in inside:
                                inside[key] = held((one, other), met, source.family, same_node, point)
    for key, breaks in found.items():
        yield str(key), breaks, inside[key]


def _breaks(stage: Stage, part: str, ends: tuple[Row, Row], same_node: bool, point: Point, setting: Setting) -> bool:
    source, target = ends
    if not _in_premise(stage, part, source, target) or not source.counted:
        return False
    if source.accepted & target.accepted & point.accepted or not is_asked(target, point):
        return False
    return _allowed(stage, source, target, point, same_node, setting) == (NEVER if part == "always" else SURE)


class _Held:
    """Whether connections are in one of some regions, under one setting. What hangs on one end, on both, or on the port
    alone, is looked up."""

    def __init__(self, stage: Stage, regions: Sequence[Plain], setting: Setting) -> None:
        self._stage, self._setting = stage, setting
        self._regions = [r for r in regions if r["isolation"] is None]
        self._known: dict[object, Any] = {}

    def __call__(self, ends: tuple[Who, Who], met: tuple[int, int], family: int, same_node: bool, point: Point) -> bool:
        one, other = ends
        key = (id(one.end), id(other.end), met, one.seen, family, same_node)
        if key not in self._known:
            self._known[key] = list(self._meaning(ends, met, family, same_node))
        return any(
            self._has_port(region, point) and not any(self._has_port(part, point) for part in parts)
            for region, parts in self._known[key]
        )

    def _meaning(
        self, ends: tuple[Who, Who], met: tuple[int, int], family: int, same_node: bool
    ) -> Iterator[tuple[Plain, list[Plain]]]:
        """The regions that mean connections between these ends, and those of what they exclude that do."""
        for region in self._regions:
            if self._means(region, ends, met, family, same_node):
                yield region, [p for p in region["excluding"] if self._means(p, ends, met, family, same_node)]

    def _means(self, region: Plain, ends: tuple[Who, Who], met: tuple[int, int], family: int, same_node: bool) -> bool:
        one, other = ends
        a, b = one.end, other.end
        seen = one.seen[0] if one.seen else met[0]

        def source() -> bool:
            return (
                holds_end(region["source"], a)
                and holds_address(region["source"], family, seen)
                and holds_address(region["source"], family, met[0], "own")
                and ("egress" not in region["unselected"] or _is_free(self._stage, "egress", a, self._setting))
            )

        def destination() -> bool:
            return (
                holds_end(region["destination"], b)
                and holds_address(region["destination"], family, met[1])
                and ("ingress" not in region["unselected"] or _is_free(self._stage, "ingress", b, self._setting))
            )

        if not self._once((id(region), "src", id(a), family, met[0], seen), source):
            return False
        if not self._once((id(region), "dst", id(b), family, met[1]), destination):
            return False
        same = a.namespace is not None and b.namespace is not None and a.namespace.name == b.namespace.name
        return holds_relation(region, same, same_node, self._setting, {}) and all(
            (_value(a, key, of) == _value(b, key, of)) is alike for (key, of), alike in region["sameLabels"].items()
        )

    def _has_port(self, region: Plain, point: Point) -> bool:
        ports = lambda: holds_port(region, point.protocol, point.port, set(point.names))  # noqa: E731
        return self._once((id(region), "port", point[:3]), ports)

    def _once(self, key: object, ask: Callable[[], bool]) -> bool:
        if key not in self._known:
            self._known[key] = ask()
        return bool(self._known[key])


def _is_free(stage: Stage, way: str, end: End, setting: Setting) -> bool:
    return end.podlike and stage.is_isolated(WAYS[way], end, setting) == NO


def _value(end: End, key: str, of_namespace: bool) -> str | None:
    if end.namespace is None:
        return None
    return (end.namespace.labels if of_namespace else end.labels).get(key)
