"""Both sides of a comparison over one universe: who there is, and what the policies of either side and regions make of
labels, addresses and ports. Everything that behaves alike is taken together.

A connection is the same on both sides but for the labels of namespaces and, in an inventory, the labels and ports of
pods, and their addresses where they turn to hostNetwork, or from it; a pod that only one side has is on both what it is
there. What only one side says of a namespace holds for both, but where the new side forgets what only the old one says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, chain, pairwise, product
from typing import Any

from . import tiers
from .accepted import Accepted
from .addresses import cells, in_block, inside, may_have, text
from .alike import Both, Labels, Place, Point, Row, Rows, Who
from .choices import Chosen, chosen
from .labels import NAME, mentioned, requirements
from .numbers import numbered
from .pairedtiers import WAYS, PairedTiers
from .regions import holds_address, holds_end, holds_port
from .rules import (
    EGRESS,
    Cluster,
    End,
    Namespace,
    Plain,
    governed,
    kind_ok,
    names_at,
    nodelike,
    peers,
    policy,
    ports,
    ports_match,
    selectable,
    selected_peer,
    selects,
)
from .sameness import bits, distinct, named_anew, namespaces_of_both, of_one_side, workload_pairs
from .sides import Arm
from .twosettings import named_on_either
from .world import PRIVATE, admits, build, heard, in_force, lifted, spec

_AS_PODS = {"host_network": "as_pod"}


@dataclass
class Stage:
    """Both sides and the regions, with all that does not hang on switches computed once."""

    old: Cluster
    new: Cluster
    universe: Plain | str
    added: list[Plain]
    removed: list[Plain]
    accepted: list[Plain]
    forgets: bool = False

    def __post_init__(self) -> None:
        self.plain = lifted(self.new, lifted(self.old, spec(self.universe)))
        claimed = self.added + self.removed
        taken = [[*region.get("excluding", ())] for region in claimed]
        self.regions = claimed + [part for parts in taken for part in parts]
        ends = list(accumulate(map(len, taken), initial=len(claimed)))
        self.taken_of = [range(*both) for both in pairwise(ends)]
        """Of each region that is claimed, the places in `regions` of what is taken out of it."""
        self._give_to_new_namespaces()
        everything = distinct([*self.old.policies, *self.new.policies])
        self.namespaces = namespaces_of_both(self.old, self.new, self.plain, forgets=self.forgets)
        placed = (self.plain.get("addresses") or {}).get("pods") is not None
        means = (
            self.old if self.old.policies or self.old.tiers or self.old.workloads or self.old.namespaces else self.new
        )
        self.taken = Accepted(self.accepted, namespaces_of_both(means, means, self.plain), placed)
        about = [*self._ends_of_regions(), *self.taken.peers()]
        tiered = [*self.old.tiers, *self.new.tiers]
        templates = [policy(template, "?") for template in self.plain.get("newNamespacesGet") or []]
        told = [*everything, *templates]
        lines = list(_mentions(Cluster(told, {}, [], tiered), self.plain, about))
        lines += [peer for p in told for peer in p.idle]
        chosen = [line["podSelector"] for line in lines if line.get("podSelector")]
        self.old, self.new = (replace(s, workloads=numbered(s.workloads, chosen)) for s in (self.old, self.new))
        self.workloads, self.new_ones, self.gone, self.turned = workload_pairs(self.old, self.new)
        self.covers_nodes = self.plain.get("nodes") or any(
            side.nodes or any(w.host_network for w in side.workloads) for side in (self.old, self.new)
        )
        self.tiers = PairedTiers(self.old, self.new)
        combined = Cluster(
            everything,
            {name: after for name, (_, after) in self.namespaces.items()},
            [after for _, after in self.workloads.values()],
            tiered,
        )
        claim = {"kind": "always", "from": list(_mentions(combined, self.plain, about)), "to": None}
        self.world = build(combined, {**claim, "ports": []}, self.plain)
        self.policies = self.world.policies
        self.of_side = tuple(of_one_side(self.policies, side, len(everything)) for side in (self.old, self.new))
        self.arms = {
            way: [
                Arm(i, rule, peer)
                for i, policy in enumerate(self.policies)
                for rule in policy.rules.get(way, ())
                for peer in peers(rule, way) or [None]
            ]
            for way in WAYS
        }
        self.blocks = [arm.peer["ipBlock"] for way in WAYS for arm in self.arms[way] if arm.peer and arm.by_address]
        self.by_address = [bits(arm.by_address for arm in self.arms[way]) for way in WAYS]
        self.open_arms = [bits(arm.peer is None for arm in self.arms[way]) for way in WAYS]
        self.arms_of = [
            [bits(arm.policy == i for arm in self.arms[way]) for i in range(len(self.policies))] for way in WAYS
        ]
        self.samples: dict[object, Both] = {}
        self.classes = self._classes()
        self._places: dict[str, dict[Place, tuple[int, ...]]] = {}

    def _give_to_new_namespaces(self) -> None:
        """What a namespace gets for being new it has on the side that has not heard of it."""
        about = [*self._ends_of_regions(), *Accepted(self.accepted, (), placed=False).peers()]
        said = {name for end in about for name in end.get("namespaces") or ()}
        said |= mentioned(end.get("namespaceSelector") or {} for end in about).get(NAME, set())
        known = [heard(side, [], self.plain) for side in (self.old, self.new)]
        if any(not (side.policies or side.tiers or side.workloads) for side in (self.old, self.new)):
            known = [known[0] | known[1]] * 2  # a side without manifests permits everything
        given = [in_force(sorted((known[0] | known[1] | said) - mine), self.plain) for mine in known]
        self.old, self.new = (
            replace(side, policies=side.policies + some) for side, some in zip((self.old, self.new), given, strict=True)
        )

    def _classes(self) -> dict[Labels, set[tuple[str | None, int, int | None]]]:
        """Endpoints by what their labels amount to; of each, the namespace with its variant, and the one pod it is."""
        found: dict[Labels, set[tuple[str | None, int, int | None]]] = {}
        hosts = self.world.hosts if self.covers_nodes else []
        for end in chain(self.world.ends, hosts):
            for old in self._old(end):
                both = Both(old, named_anew(end, old))
                if end.podlike and not admits(self.plain, both.old):
                    continue
                place = (end.namespace.name, end.namespace.variant) if end.namespace is not None else (None, 0)
                lone = id(end.workload) if end.workload is not None and end.workload.single else None
                labels = self._labels(both)
                found.setdefault(labels, set()).add((*place, lone))
                self.samples.setdefault(labels.names, both)
        return found

    def _old(self, end: End) -> Iterator[End]:
        """The endpoint as the old side may have it. What controllers choose of labels is the same on both sides, as far
        as both leave it to them."""
        if end.namespace is None:
            yield end
            return
        before, after = self.namespaces.get(end.namespace.name, (None, None))
        kind, namespace, labels, named, workload = end.kind, end.namespace, end.labels, end.named, end.workload
        if before != after:
            namespace = Namespace(namespace.name, before or {}, namespace.variant, namespace.declared)
        ways = [Chosen(labels, end.made, end.supposed, end.told)]
        if workload is not None:
            workload = self.workloads[id(workload)][0]
            named, limits = workload.named, (self.plain.get("pods") or {}).get("labels") or {}
            kind = "hostpod" if workload.host_network else "pod"
            some = chosen(workload.labels, workload.free, workload.foreign, self.world.told, limits)
            ways = [s for s in some if all(end.made.get(key, v) == v for key, v in s.made.items())]
        for way in ways:
            same = kind == end.kind and namespace is end.namespace and way.labels == end.labels and named == end.named
            old = End(kind, namespace, way.labels, named, workload, made=way.made, told=way.told)
            yield end if same and way.made.keys() <= end.made.keys() else old

    def _accepted(self, both: Both) -> tuple[int, int]:
        """The flows that mean the endpoint by its labels on either side."""
        old, new = self.taken.by_labels(both.old), self.taken.by_labels(both.new)
        return old[0] & new[0], old[1] & new[1]

    def _labels(self, both: Both) -> Labels:
        new = self._policies_say(both.new)
        old = new if both.old is both.new else self._policies_say(both.old)
        names: object = "any" if both.new.named is None else None
        if both.new.workload is not None and (both.new.named or both.old.named):
            names = id(both.new.workload)
        return Labels(
            (both.old.kind, both.new.kind),
            names,
            ((old[0][0] & self.of_side[0], new[0][0] & self.of_side[1]),
             (old[0][1] & self.of_side[0], new[0][1] & self.of_side[1])),
            ((old[1][0], new[1][0]), (old[1][1], new[1][1])),
            (bits(holds_end(r["source"], both.new) for r in self.regions),
             bits(holds_end(r["destination"], both.new) for r in self.regions)),
            self.tiers.governing(*both),
            self.tiers.selected(*both),
            tuple((bool(old[2][way] & self.of_side[0]), bool(new[2][way] & self.of_side[1])) for way in (0, 1)),
            self._accepted(both),
        )  # type: ignore[arg-type]  # fmt: skip

    def _ends_of_regions(self) -> Iterator[Plain]:
        return (region[side] for region in self.regions for side in ("source", "destination"))

    def _policies_say(self, end: End) -> tuple[list[int], list[int], list[int]]:
        """For each direction, the policies that govern the endpoint, the arms whose selectors mean it, and the policies
        that govern it in the other direction only."""
        if end.namespace is None:
            return [0, 0], [0, 0], [0, 0]
        own = [bits(way in p.rules and selects(p, end) for p in self.policies) for way in WAYS]
        other = [bits(way not in p.rules and selects(p, end) for p in self.policies) for way in WAYS]
        meant = [
            bits(
                arm.peer is not None
                and not arm.by_address
                and selected_peer(arm.peer, self.policies[arm.policy], end, _AS_PODS)
                for arm in self.arms[way]
            )
            for way in WAYS
        ]
        return own, meant, other

    def places(self, kind: str) -> dict[Place, tuple[int, ...]]:
        """The addresses that an endpoint of this kind may have, by what they amount to."""
        if kind in self._places:
            return self._places[kind]
        lists = self.plain.get("addresses") or {}
        pods = lists.get("pods", PRIVATE)
        nodes = lists.get("nodes")
        limit = {"pod": None if pods == "any" else pods, "external": None}.get(kind, None if nodes == "any" else nodes)
        found: dict[Place, tuple[int, ...]] = {}
        for family in self.world.families:
            for cell in cells([*self._borders(family), *(limit or ())], family):
                if may_have(limit, family, cell[0]):
                    place = self._place(family, cell[0])
                    found[place] = found.get(place, ()) + cell
        self._places[kind] = found
        return found

    def _borders(self, family: int) -> Iterator[str]:
        for block in self.blocks:
            yield block["cidr"]
            yield from block.get("except") or ()
        yield from self.tiers.cidrs
        yield from self.taken.cidrs()
        for region in self.regions:
            for side in ("source", "destination"):
                for version, low, high in (s for f in ("addresses", "own", "was") for s in region[side][f] or ()):
                    if version == family:
                        yield from (f"{text(family, end)}/{32 if family == 4 else 128}" for end in (low, high))

    def _place(self, family: int, address: int) -> Place:
        hit = [
            bits(
                arm.peer is not None and arm.by_address and in_block(arm.peer["ipBlock"], family, address)
                for arm in self.arms[way]
            )
            for way in WAYS
        ]
        held = [
            bits(holds_address(r[side], family, address) for r in self.regions) for side in ("source", "destination")
        ]
        networks = bits(inside(cidr, family, address) for cidr in self.tiers.cidrs)
        owned = bits(holds_address(r["source"], family, address, "own") for r in self.regions)
        was = [
            bits(holds_address(r[side], family, address, "was") for r in self.regions)
            for side in ("source", "destination")
        ]
        taken = self.taken.by_address(family, address)
        return Place(family, (hit[0], hit[1]), (held[0], held[1]), owned, (was[0], was[1]), networks, taken)

    # Under a setting

    def rows(self, side: int, setting: Any) -> Rows:
        """The rows of sources (side 0) or destinations (side 1)."""
        own, other = (1, 0) if side == 0 else (0, 1)  # index of WAYS: the pod's own direction, the other end's
        rows: Rows = {}
        for labels, whos in self.classes.items():
            ends = [End(kind) for kind in labels.kinds]
            subject = [end.podlike and governed(end, setting.of(v)) for v, end in enumerate(ends)]
            arms = [self._arms(own, labels.governing[own][v]) if subject[v] else 0 for v in (0, 1)]
            isolated = [subject[v] and labels.governing[own][v] != 0 for v in (0, 1)]
            meant = [labels.selected[other][v] if selectable(ends[v], setting.of(v)) else 0 for v in (0, 1)]
            for then, now in self._two_places(labels.kinds, side, setting):
                places, (place, own_place, _) = (then[0], now[0]), now
                shown = [places[v].blocks[other] if kind_ok(ends[v], setting.of(v)) else 0 for v in (0, 1)]
                placed = [
                    self.tiers.placed(WAYS[other], end.kind, seen[0].family, seen[2][0], setting.of(v))[v]
                    for v, (end, seen) in enumerate(zip(ends, (then, now), strict=True))
                ]
                meanings = [
                    self.taken.meaning(side, end.kind, labels.accepted, seen[1].accepted, setting.of(v))
                    for v, (end, seen) in enumerate(zip(ends, (then, now), strict=True))
                ]
                row = Row(
                    ends[1].podlike,
                    tuple(end.on_node for end in ends),
                    tuple(nodelike(end, setting.of(v)) for v, end in enumerate(ends)),
                    place.family,
                    (isolated[0], isolated[1]),
                    (arms[0], arms[1]),
                    tuple(meant[v] | shown[v] | self.open_arms[other] for v in (0, 1)),
                    labels.inside[side]
                    & place.inside[side]
                    & then[0].was[side]
                    & (own_place.owned if side == 0 else -1),
                    labels.names if side == 1 else None,
                    labels.bars[own],
                    tuple(m._replace(surely=m.surely | labels.barred[other][v]) for v, m in enumerate(placed)),
                    tuple(subject[v] and labels.elsewhere[own][v] for v in (0, 1)),
                    meanings[0] & meanings[1],
                )  # type: ignore[arg-type]
                rows.setdefault(row, set()).update(Who(*who, (then[2], now[2])) for who in whos)
        return rows

    def _two_places(self, kinds: tuple[str, str], side: int, setting: Any) -> Iterator[tuple[Any, Any]]:
        """Where an endpoint was, and where it is: elsewhere, in the same family, if it turned to hostNetwork, or from
        it."""
        now = list(self._seen(kinds[1], side, setting))
        if kinds[0] == kinds[1]:
            yield from ((seen, seen) for seen in now)
            return
        for before, after in product(self._seen(kinds[0], side, setting), now):
            if before[0].family == after[0].family:
                yield before, after

    def _seen(self, kind: str, side: int, setting: Any) -> Iterator[tuple[Place, Place, tuple[int, ...]]]:
        """The address as ipBlocks and regions see it, the endpoint's own, and what it stands for."""
        for place, addresses in self.places(kind).items():
            yield place, place, addresses
            if side == 0 and kind == "external" and setting["external_source"] == "node":
                for shown in self.places("node"):
                    if shown.family == place.family:
                        yield shown, place, addresses

    def _arms(self, way: int, policies: int) -> int:
        mask = 0
        for i, arms in enumerate(self.arms_of[way]):
            if policies >> i & 1:
                mask |= arms
        return mask

    def points(self, names: object, setting: Any) -> list[Point]:
        """The protocols and ports at a destination, one for each way in which arms and regions may meet them."""
        both = self.samples[names]
        every = [entry for way in WAYS for arm in self.arms[way] for entry in ports(arm.rule)]
        every += self.taken.entries()
        numbers = {n for e in every for n in (e.get("port"), e.get("endPort")) if isinstance(n, int)}
        called = {name for e in self.tiers.entries for name in (e.get("namedPort"), e.get("destinationNamedPort"))}
        numbers |= {n for e in self.tiers.entries if not _is_named(e) for n in tiers.numbers(e)[1:]}
        numbers |= {number for w in chain(*self.workloads.values()) for _, _, number, _ in w.named}
        numbers |= {
            n for r in self.regions for spans in r["ports"].values() for low, high in spans for n in (low, high)
        }
        starts = sorted({1, *numbers, *(n + 1 for n in numbers), *(n - 1 for n in numbers)} - {0, 65536})
        choices: list[tuple[str, int | None]] = [(proto, n) for proto in ("TCP", "UDP") for n in starts]
        if setting["sctp"] == "yes":
            choices += [("SCTP", n) for n in starts]
        if setting["other_protocols"] == "on":
            choices.append(("OTHER", None))
        wanted = sorted({e["port"] for e in every if isinstance(e.get("port"), str)} | (called - {None}))
        found: dict[object, Point] = {}
        for protocol, port in choices:
            options: list[tuple[set[str], set[str]]] = []
            if both.new.named is None and port is not None:
                options += _names_of_anybody(wanted, setting)
            else:
                before, after = (names_at(end, protocol, port, setting.of(v)) for v, end in enumerate(both))
                options.append((before, after))
            for before, after in options:
                inward, outward = (
                    tuple(self._met(way, protocol, port, n, setting.of(v)) for v, n in enumerate((before, after)))
                    for way in WAYS
                )
                called_so = {*after, *(f"old:{name}" for name in before), *(f"new:{name}" for name in after)}
                held = bits(holds_port(r, protocol, port, called_so) for r in self.regions)
                barred = [self.tiers.ported(way, protocol, port, (before, after)) for way in WAYS]
                taken = self.taken.on(protocol, port, after)
                point = Point(protocol, port, tuple(sorted(after)), inward, outward, *barred, held, taken)  # type: ignore[arg-type]
                found.setdefault(point[3:], point)
        return list(found.values())

    def _met(self, way: str, protocol: str, port: int | None, names: set[str], setting: Any) -> int:
        return bits(
            ports_match(arm.rule, protocol, port, names, setting, arm.by_address and way == EGRESS)
            for arm in self.arms[way]
        )


def _names_of_anybody(wanted: list[str], setting: Any) -> Iterator[tuple[set[str], set[str]]]:
    """What a pod that nobody has listed may call a port, of these names: on the old side, and on the new one."""
    for truths in product(sorted(named_on_either(setting)), repeat=len(wanted)):
        sides = ({name for name, truth in zip(wanted, truths, strict=True) if truth[v]} for v in (0, 1))
        before, after = sides
        yield before, after


def _is_named(entry: Plain) -> bool:
    return bool({"namedPort", "destinationNamedPort"} & entry.keys())


def _mentions(cluster: Cluster, universe: Plain, about: list[Plain]) -> Iterator[Plain]:
    """Peers that tell apart whatever a single requirement of a selector does. `about`: ends that regions and flows
    speak of."""
    policies, (pods, namespaces) = cluster.policies, tiers.selectors(cluster.tiers)
    pods += [p.pod_selector for p in policies]
    rows = [peer for p in policies for way in WAYS for rule in p.rules.get(way, ()) for peer in peers(rule, way)]
    rows += [half for law in universe.get("invariants") or [] for half in (law["pods"], law["onlyIn"])]
    rows += about
    yield from ({"namespaces": row["namespaces"]} for row in about if row.get("namespaces") and "kinds" not in row)
    for row in rows:
        pods.append(row.get("podSelector") or {})
        namespaces.append(row.get("namespaceSelector") or {})
    for field, selectors in (("podSelector", pods), ("namespaceSelector", namespaces)):
        for line in {line for selector in selectors for line in requirements(selector)}:
            yield {field: {"matchExpressions": [dict(zip(("key", "operator", "values"), line, strict=True))]}}
