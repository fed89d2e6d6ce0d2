"""Whose pods the ends of a comparison are, in an inventory some of whose workloads have other labels or ports on either
side: a pod that has the labels of one workload before the change cannot have those of another after it."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from verifier.encoding.listed import Codes, codes_of, has_codes, has_ports, of_one_pod
from verifier.encoding.problem import Problem
from verifier.encoding.variables import End, World
from verifier.ir.endpoint import Kind, NamedPort, Workload
from verifier.smt.script import FALSE, Script, Var, conj, disj, implies, neg

PodPair = tuple[Workload, Workload]
"""A workload as either side has it: before, after."""


def changed(old: Workload, new: Workload) -> bool:
    """True iff a workload has other labels or ports, or another network, on either side."""
    return old.labels != new.labels or old.named_ports != new.named_ports or has_moved(old, new)


def has_moved(old: Workload, new: Workload) -> bool:
    """True iff a workload uses the network of its node on one side only."""
    return old.host_network is not new.host_network


class Whose(Struct, frozen=True):
    """Whose pod one end is: `changed[value - 1]`, workloads that the question cannot tell apart on either side, or,
    where the value is 0, one of `unchanged`; it is 0 where the end is no pod."""

    value: Var
    changed: tuple[tuple[PodPair, ...], ...]
    unchanged: tuple[PodPair, ...]


def declare_whose(
    script: Script, sides: tuple[World, World], problems: tuple[Problem, Problem], pods: Sequence[PodPair]
) -> Mapping[str, Whose]:
    """A variable for either end that says whose pod it is, with what follows from that on both sides: (old, new)."""
    groups: dict[object, list[PodPair]] = {}
    unchanged = []
    for before, after in pods:
        told = [_telling(w, world, problem) for w, world, problem in zip((before, after), sides, problems, strict=True)]
        if told[0] == told[1] and not has_moved(before, after):
            unchanged.append((before, after))
        else:
            groups.setdefault((before.host_network, after.host_network, *told), []).append((before, after))
    changed = tuple(tuple(group) for group in groups.values())
    found = {}
    for old, new in zip(_ends(sides[0]), _ends(sides[1]), strict=True):
        value = script.bits(f"{new.name}.workload", len(changed) + 1)
        whose = Whose(value, changed, tuple(unchanged))
        script.require(disj((new.podlike, value.equals(0))))
        for kind in (Kind.POD, Kind.HOSTPOD):
            script.require(implies(new.is_kind(kind), _is_one(kind, whose, (old, new), sides, problems)))
        _stays(script, whose, old, new)
        found[new.name] = whose
    for literal in sides[0].named.values():
        script.require(implies(literal, sides[0].destination.podlike))
    _lone(script, sides[1], problems[1], found)
    return found


def _stays(script: Script, whose: Whose, old: End, new: End) -> None:
    """Who has not moved is what it was and where it was; who has, is a pod of the other network."""
    if old.kind is new.kind:
        return
    moved = [number for number, group in enumerate(whose.changed, 1) if has_moved(*group[0])]
    kept = conj((old.kind.same(new.kind), old.address.same(new.address), old.seen.same(new.seen)))
    script.require(disj((whose.value.among(moved), kept)))
    if old.seen is not old.address:
        script.require(implies(whose.value.among(moved), old.seen.same(old.address)))
    for number in moved:
        kind = Kind.HOSTPOD if whose.changed[number - 1][0][0].host_network else Kind.POD
        script.require(implies(whose.value.equals(number), old.is_kind(kind)))


def _telling(workload: Workload, world: World, problem: Problem) -> tuple[Codes, tuple[NamedPort, ...]]:
    """All that the question can tell of a workload's pods."""
    named = tuple(p for p in workload.named_ports if p.name in world.named)
    return codes_of(workload, problem.vocabulary), named


def _ends(world: World) -> tuple[End, End]:
    return world.source, world.destination


def _is_one(
    kind: Kind, whose: Whose, ends: tuple[End, End], sides: tuple[World, World], problems: tuple[Problem, Problem]
) -> str:
    """True iff the end has, on both sides, the labels and ports of the workload whose pod it is."""
    terms: dict[str, None] = {}
    for number, group in enumerate((whose.unchanged, *whose.changed)):
        for pair in group:
            if pair[1].host_network is not (kind is Kind.HOSTPOD):
                continue
            parts = [whose.value.equals(number)]
            for workload, end, world, problem in zip(pair, ends, sides, problems, strict=True):
                parts.append(has_codes(end, codes_of(workload, problem.vocabulary)))
                if ends[1] is sides[1].destination:
                    parts.append(has_ports(workload, world))
            terms[conj(parts)] = None
    return disj(terms)


def _lone(script: Script, new: World, problem: Problem, found: Mapping[str, Whose]) -> None:
    """W5: a workload that is one pod has no other pod of its own to talk to."""
    source, destination = (found[end.name] for end in _ends(new))
    groups = ((number, [after for _, after in group]) for number, group in enumerate(source.changed, 1))
    for here, there in of_one_pod(groups):
        script.require(neg(conj((source.value.equals(here), destination.value.equals(there)))))
    alike: dict[tuple[Kind, Codes], list[Workload]] = {}
    for _, after in source.unchanged:
        kind = Kind.HOSTPOD if after.host_network else Kind.POD
        alike.setdefault((kind, codes_of(after, problem.vocabulary)), []).append(after)
    for both in of_one_pod(alike.items()):
        ends = zip((source, destination), _ends(new), both, strict=True)
        met = (
            conj((whose.value.equals(0), end.is_kind(kind), has_codes(end, codes)))
            for whose, end, (kind, codes) in ends
        )
        script.require(neg(conj(met)))


def pods_of(new: World, problem: Problem, found: Mapping[str, Whose]) -> Mapping[tuple[str, str], str]:
    """For either end and each workload of both sides: that it is a pod of it, or of one just like it."""
    terms: dict[tuple[str, str], str] = {}
    for end in _ends(new):
        if end.name not in found:
            continue
        whose = found[end.name]
        for _, after in whose.unchanged:
            kind = end.is_kind(Kind.HOSTPOD if after.host_network else Kind.POD)
            here = conj((whose.value.equals(0), kind, has_codes(end, codes_of(after, problem.vocabulary))))
            terms[end.name, after.title] = disj((terms.get((end.name, after.title), FALSE), here))
        for number, group in enumerate(whose.changed, 1):
            terms |= {(end.name, after.title): whose.value.equals(number) for _, after in group}
    return terms


def narrowed(listed: Sequence[Workload], whose: Whose, value: int, side: int) -> tuple[Workload, ...]:
    """Of the listed workloads of one side (0: old, 1: new) those whose pod the end can be."""
    pairs = whose.changed[value - 1] if value else whose.unchanged
    mine = {id(pair[side]) for pair in pairs}
    return tuple(w for w in listed if id(w) in mine)
