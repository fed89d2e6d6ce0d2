"""Two policy sets held against each other connection by connection, for policies of which the difference is not
enumerated as a whole (`difference` does that for those of Kubernetes): what of some drawn connections was added or
removed, and whether regions say so (docs/semantics.md 1.5). One setting of the switches; connections that hang on what
nobody can say are passed over.
"""

from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from itertools import product
from random import Random
from typing import Any, NamedTuple

from . import regions
from .allowed import end, legs
from .cilium import NO
from .rules import EGRESS, INGRESS, Cluster, End, Plain, read
from .sides import Stage
from .verdict import Setting, connections_between
from .world import build

SURE, NEVER = frozenset({True}), frozenset({False})
MANY = 4
"""Of more conditions than that not every truth is tried."""


_ANYTHING: Plain = {"kind": "always", "from": None, "to": None, "ports": []}


class Seen(NamedTuple):
    """A connection: what becomes of it on either side, by leg (in, out)."""

    connection: Plain
    before: tuple[frozenset[bool], frozenset[bool]]
    after: tuple[frozenset[bool], frozenset[bool]]
    free: tuple[frozenset[str], frozenset[str]]
    """On either side, the directions in which surely no policy isolates the pod that they govern."""

    @property
    def is_doubtful(self) -> bool:
        return any(len(_both(each)) > 1 for each in (self.before, self.after))

    @property
    def moved(self) -> tuple[bool, bool]:
        """Whether it was added, and whether removed; nobody asks where it is doubtful."""
        then, now = _both(self.before), _both(self.after)
        return now == SURE and then == NEVER, then == SURE and now == NEVER


def _both(found: tuple[frozenset[bool], frozenset[bool]]) -> frozenset[bool]:
    return frozenset(a and b for a in found[0] for b in found[1])


class Sides:
    """Both sides of a comparison."""

    def __init__(self, old: list[Plain], new: list[Plain], setting: Mapping[str, str]) -> None:
        self.old, self.new = read(old), read(new)
        self.setting = dict(setting)
        self._stages = [Stage(build(side, _ANYTHING, {}), _ANYTHING) for side in (self.old, self.new)]
        self._whole = [*old, *(each for each in new if each not in old)]

    def drawn(self, universe: Plain, random: Random) -> Iterator[Seen]:
        """Connections between what the policies of either side can tell apart, without end."""
        stage = Stage(build(read(self._whole), _ANYTHING, universe), _ANYTHING)
        for connection in connections_between(stage, Setting(self.setting), random):
            yield self.seen(connection)

    def seen(self, connection: Plain) -> Seen:
        before, after = (legs(side, connection, self.setting) for side in (self.old, self.new))
        free = [
            self._free(stage, side, connection) for stage, side in zip(self._stages, (self.old, self.new), strict=True)
        ]
        return Seen(connection, before, after, (free[0], free[1]))

    def _free(self, stage: Stage, side: Cluster, connection: Plain) -> frozenset[str]:
        found = set()
        for name, way, role in (("ingress", INGRESS, "destination"), ("egress", EGRESS, "source")):
            subject = end(side, connection[role])
            if subject.podlike and stage.is_isolated(way, subject, Setting(self.setting)) == NO:
                found.add(name)
        return frozenset(found)


def wrong(seen: Seen, cluster: Cluster, added: list[Plain], removed: list[Plain], setting: Any) -> str | None:
    """What regions say wrongly of a connection that is not doubtful; None: nothing."""
    listed = [*added, *removed]
    about = sorted({name for region in listed for part in (region, *region["excluding"]) for name in part["supposing"]})
    if len(about) > MANY:
        return None
    ends = [end(cluster, seen.connection[role]) for role in ("source", "destination")]
    for values in product((False, True), repeat=len(about)):
        supposing = dict(zip(about, values, strict=True))
        said = tuple(
            any(_holds(region, seen, ends, setting, supposing, version) for region in side)
            for version, side in ((1, added), (0, removed))
        )
        # of two conditions one may go with the other, so that not all of their truths can be
        if said != seen.moved and (len(about) < 2 or not any(seen.moved)):
            return f"said to be {said}, and is {seen.moved}, supposing {supposing}"
    return None


def _holds(
    region: Plain, seen: Seen, ends: list[End], setting: Any, supposing: Mapping[str, bool], version: int
) -> bool:
    """version: the side that lets through what the region says."""
    if not seen.free[version] >= {*region["unselected"]}:
        return False
    return _holds_part(region, seen, ends, setting, supposing) and not any(
        _holds_part(part, seen, ends, setting, supposing) for part in region["excluding"]
    )


def _holds_part(part: Plain, seen: Seen, ends: list[End], setting: Any, supposing: Mapping[str, bool]) -> bool:
    given, (source, destination) = seen.connection, ends
    for role, each in (("source", source), ("destination", destination)):
        address = ip_address(given[role]["ip"])
        place = (address.version, int(address))
        if not regions.holds_end(part[role], each):
            return False
        if not all(regions.holds_address(part[role], *place, field) for field in ("addresses", "own", "was")):
            return False
    names = {p["name"] for p in given["destination"].get("namedPorts") or () if p["port"] == given["port"]}
    if not regions.holds_port(part, given["protocol"], given["port"], names):
        return False
    homes = [each.namespace.name if each.namespace is not None else None for each in ends]
    same_namespace = homes[0] is not None and homes[0] == homes[1]
    if not regions.holds_relation(part, same_namespace, bool(given.get("sameNode")), setting, supposing):
        return False
    of_leg = {INGRESS: 0, EGRESS: 1}
    return all(side[of_leg[way]] == SURE for side in (seen.before, seen.after) for way in part["provided"])
