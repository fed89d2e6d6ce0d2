"""Two policy sets over one universe as one script: the same connection, allowed before and allowed after.

Namespace labels are per side where they changed, and so are the labels and ports of pods in an inventory, and switches
that are set otherwise, with what hangs on them of port names; everything else of the connection is the same, what
nobody can say of it too. A namespace whose labels only one side has said has these on both, but for those that the new
side has forgotten.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.atoms import (
    AddressAtom,
    Atom,
    AtomTable,
    KindAtom,
    LabelAtom,
    LegAtom,
    NamedPortAtom,
    NamespaceAtom,
    UnselectedAtom,
    WorkloadAtom,
)
from verifier.encoding.claimed import Claimed, Claims
from verifier.encoding.formulas import Encoder, View
from verifier.encoding.pairedpods import Whose, changed, declare_whose, has_moved, pods_of
from verifier.encoding.pipes import MayMust, isolated, leg, named
from verifier.encoding.problem import Problem
from verifier.encoding.question import require_invariants
from verifier.encoding.settings import (
    OF_NAMES,
    alike,
    both_settings,
    called_apart,
    relate_names,
    with_switches,
)
from verifier.encoding.unknowns import declare_unknowns
from verifier.encoding.variables import KINDS, End, World
from verifier.encoding.world import among, declare, declare_places, know_namespaces
from verifier.ir.endpoint import Kind, Workload
from verifier.ir.network import Intervals
from verifier.ir.policy import Direction, Formula
from verifier.ir.switches import AFTER, BEFORE, SWITCHES
from verifier.smt.script import TRUE, Script, conj, disj, implies, neg, xor


class Affected(Struct, frozen=True):
    """Connections that can differ at all, each formula over SUBJECT: the destination meets `destination`, or the source
    meets `source`. None: every connection can."""

    source: Formula
    destination: Formula


class PairScene(Struct, frozen=True):
    """A comparison.

    old, new: the same problem on either side; vocabularies differ in the labels of namespaces and in which are new,
        sides in the labels and ports of listed pods only.
    relabelled: the namespaces whose labels differ; forgotten: those of them whose labels the new side does not know.
    renewed: those that are new (`newNamespacesGet`) on one side only.
    pods: in an inventory, the workloads of both sides in pairs (old, new); None in an open universe.
    accepted: connections that do not count as added, over SUBJECT, the destination, and PEER, the source; with the
        labels of both sides.
    unchanged: directions whose leg is the same on both sides. whole_legs: those of them whose leg is to be one atom
        instead of many.
    claimed_added, claimed_removed: likewise, what somebody says the difference is (goal `misdescribed`).
    unselected: there are atoms for pods that no policy of a side isolates; never where switches are apart.
    apart: switches that are set otherwise on either side, or left open for two plugins. alike: those of them that the
        new side has as the old one for once. asked_about: connections of which to ask whether any differs even then
        (goals `unexplained`).
    """

    old: Problem
    new: Problem
    relabelled: frozenset[str]
    renewed: frozenset[str]
    pods: tuple[tuple[Workload, Workload], ...] | None
    affected: Affected | None
    accepted: Formula
    forgotten: frozenset[str] = frozenset()
    unchanged: frozenset[Direction] = frozenset()
    whole_legs: frozenset[Direction] = frozenset()
    claimed_added: tuple[Claimed, ...] = ()
    claimed_removed: tuple[Claimed, ...] = ()
    apart: frozenset[str] = frozenset()
    unselected: bool = True
    alike: frozenset[str] = frozenset()
    asked_about: tuple[Claimed, ...] = ()

    @property
    def names_apart(self) -> bool:
        """True iff other declarations of port names count on either side."""
        return bool(self.apart & OF_NAMES and self.new.vocabulary.port_names)

    @property
    def pods_changed(self) -> bool:
        """True iff some workload has other labels or ports, or another network, on either side, or its port names are
        read otherwise."""
        return self.pods is not None and (self.names_apart or any(changed(old, new) for old, new in self.pods))

    @property
    def pods_moved(self) -> bool:
        """True iff some workload turns to hostNetwork, or from it, so that its address is another one."""
        return self.pods is not None and any(has_moved(old, new) for old, new in self.pods)


class PairGoals(Struct, frozen=True):
    """Literals to assume: the connection is (not) added, (not) removed; it is misdescribed: claimed to be either and is
    not, or the other way round. `open`: a tie (4.4) leaves open on both sides what becomes of it; None: none does."""

    added: str
    removed: str
    not_added: str
    not_removed: str
    misdescribed: str
    open: str | None = None
    unexplained: tuple[str, ...] = ()


class Pair(Struct, frozen=True):
    """`asked`: the new side's variables, with those that only the old side has. `kinds`: for each end, the literal of
    each kind it can have. `relabelled`: for each end, the literal of each
    namespace whose labels changed; `changed_pods`: likewise of workloads, and `whose` whose pod it is."""

    script: Script
    old: World
    new: World
    asked: World
    goals: PairGoals
    atoms: Mapping[str, Atom]
    kinds: Mapping[str, Mapping[Kind, str]]
    relabelled: Mapping[str, tuple[str, ...]]
    changed_pods: Mapping[str, tuple[str, ...]]
    whose: Mapping[str, Whose]


def encode_pair(problem: PairScene) -> Pair:
    """The script of a comparison."""
    script = Script()
    new = declare(script, problem.new)
    new = replace(new, unknowns=declare_unknowns(script, (problem.old.policies, problem.new.policies), new.marks))
    old = _other_side(script, new, problem)
    new = called_apart(new, AFTER, problem.apart, names=problem.names_apart)
    asked = both_settings(old, new, problem.apart)
    if problem.names_apart and problem.pods is None:
        relate_names(script, old, new)
    table = AtomTable(script)
    sides = ("old", "new") if problem.relabelled else ("", "")
    pod_sides = ("old", "new") if problem.pods_changed else ("", "")
    place_sides = ("old", "new") if problem.pods_moved else ("", "")
    before = Encoder(script, old, table, sides[0], pod_sides[0], place_sides[0])
    after = Encoder(script, alike(old, new, problem.alike), table, sides[1], pod_sides[1], place_sides[1])
    kinds = {e.name: dict(_kind_literals(e, table, problem, place_sides[1])) for e in (new.source, new.destination)}
    relabelled = {e.name: tuple(_relabelled(e, table, problem)) for e in (new.source, new.destination)}
    whose: Mapping[str, Whose] = {}
    if problem.pods is not None and problem.pods_changed:
        whose = declare_whose(script, (old, new), (problem.old, problem.new), problem.pods)
    changed_pods = {e.name: tuple(_changed_pods(e, table, whose)) for e in (new.source, new.destination)}
    views = [View(name, *ends, as_seen=True) for name, ends in _ends(new)]
    plain = Encoder(script, new)
    require_invariants(plain, problem.new, views)
    require_invariants(Encoder(script, old), problem.old, [View(n, *ends, as_seen=True) for n, ends in _ends(old)])
    legs = _whole_legs(plain, table, problem)
    allowed = {}
    for name, encoder, side in (("before", before, problem.old), ("after", after, problem.new)):
        ingress, egress = (legs.get(d) or leg(encoder, side.policies.pipe(d), d) for d in Direction)
        allowed[name] = named(encoder, f"allowed {name}", ingress.both(egress))
    accepted = after.term(problem.accepted, replace(views[1], name="dst", as_seen=False))
    # Else a change could turn its own ends into what was accepted of others.
    if problem.relabelled or problem.pods_changed:
        then = View("dst", *_ends(old)[1][1], as_seen=False)
        accepted = conj((accepted, before.term(problem.accepted, then)))
    _of_both_sides(old, after, table)
    _told_by_number(before, after, whose)
    added = script.define("added", conj((_more(allowed["after"], allowed["before"]), neg(accepted))))
    removed = script.define("removed", _more(allowed["before"], allowed["after"]))
    told = Encoder(script, asked, pods=pods_of(new, problem.new, whose))
    of_claims = Claims(told, views[1], old, legs, {})
    free = [_unselected(Encoder(script, world), table, problem, side) for side, world in (("new", new), ("old", old))]
    sides_claimed = zip((problem.claimed_added, problem.claimed_removed), free, strict=True)
    claims = [replace(of_claims, free=terms).term(claimed) for claimed, terms in sides_claimed]
    touched = _touched(plain, views, changed_pods, problem)
    goals = PairGoals(
        script.goal("goal.added", conj((added, touched))),
        script.goal("goal.removed", conj((removed, touched))),
        script.goal("goal.not-added", neg(added)),
        script.goal("goal.not-removed", neg(removed)),
        script.goal("goal.misdescribed", disj((xor(added, claims[0]), xor(removed, claims[1])))),
        _open(script, allowed.values(), touched),
        tuple(
            script.goal(f"goal.unexplained.{number}", conj((of_claims.term((claimed,)), disj((added, removed)))))
            for number, claimed in enumerate(problem.asked_about)
        ),
    )
    return Pair(script, old, new, asked, goals, table.literals, kinds, relabelled, changed_pods, whose)


def _whole_legs(encoder: Encoder, table: AtomTable, problem: PairScene) -> Mapping[Direction, MayMust]:
    """The legs that are one atom each: of those that are wanted so, the ones that leave no doubt."""
    found = {}
    for direction in sorted(problem.whole_legs):
        rails = leg(encoder, problem.new.policies.pipe(direction), direction)
        if rails.may == rails.must:
            literal = table.literal(LegAtom(direction), rails.must)
            found[direction] = MayMust(literal, literal)
    return found


def _unselected(plain: Encoder, table: AtomTable, problem: PairScene, side: str) -> Mapping[Direction, str]:
    """Of each direction, that no policy of the side isolates the end which it governs; not where nobody can say."""
    found = {}
    scene = problem.old if side == "old" else problem.new
    for direction, end in ((Direction.EGRESS, plain.world.source), (Direction.INGRESS, plain.world.destination)):
        rails = isolated(plain, scene.policies.pipe(direction), direction)
        if problem.unselected and not problem.apart and rails.may == rails.must:
            free = plain.script.define(f"{end.name}: not isolated, {side}", conj((plain.podlike(end), neg(rails.must))))
            table.literal(UnselectedAtom(direction, side), free)
            found[direction] = free
    return found


def _more(one: MayMust, other: MayMust) -> str:
    """True iff `one` lets the connection through more readily: it may and the other does not, or it surely does and the
    other only may."""
    return disj((conj((one.may, neg(other.may))), conj((one.must, neg(other.must)))))


def _open(script: Script, sides: Iterable[MayMust], touched: str) -> str | None:
    if any(rails.may == rails.must for rails in sides):
        return None
    either = chain.from_iterable((rails.may, neg(rails.must)) for rails in sides)
    return script.goal("goal.open", conj((*either, touched)))


def _touched(
    encoder: Encoder, views: Sequence[View], changed_pods: Mapping[str, tuple[str, ...]], problem: PairScene
) -> str:
    """A condition that every connection that differs meets; it only spares the solver the search elsewhere."""
    if problem.affected is None:
        return TRUE
    source, destination = views
    terms = [encoder.term(problem.affected.source, source), encoder.term(problem.affected.destination, destination)]
    terms += [view.subject.namespace.among(_indices(problem, problem.relabelled | problem.renewed)) for view in views]
    return encoder.script.define("touched", disj((*terms, *changed_pods["src"], *changed_pods["dst"])))


def _ends(world: World) -> tuple[tuple[str, tuple[End, End]], tuple[str, tuple[End, End]]]:
    source, destination = world.source, world.destination
    return ("out", (source, destination)), ("in", (destination, source))


def _indices(problem: PairScene, names: Iterable[str]) -> list[int]:
    index = problem.new.vocabulary.index
    return [index[name] for name in names if name in index]


# The old side's own variables


def _other_side(script: Script, new: World, problem: PairScene) -> World:
    """The old side's variables: those of the new one but for what changed."""
    ends = [new.source, new.destination]
    named = new.named
    if problem.relabelled:
        ends = [_old_namespace_labels(script, end, problem) for end in ends]
        together = conj((ends[0].podlike, ends[1].podlike, ends[0].namespace.same(ends[1].namespace)))
        for key, var in ends[0].namespace_labels.items():  # W1
            script.require(implies(together, var.same(ends[1].namespace_labels[key])))
    if problem.pods_moved:
        ends = [_old_place(script, end) for end in ends]
    if problem.pods_changed:
        ends = [replace(e, labels={k: script.bits(f"{v.name}.old", v.size) for k, v in e.labels.items()}) for e in ends]
    if problem.pods_changed or problem.names_apart:
        named = {name: script.boolean(f"dst.named.{name}.old") for name in new.named}
    old = replace(new, source=ends[0], destination=ends[1], named=named, vocabulary=problem.old.vocabulary)
    old = with_switches(script, old, (problem.old.switches, problem.new.switches), problem.apart)
    old = called_apart(old, BEFORE, problem.apart, names=problem.names_apart)
    if problem.pods_moved:
        declare_places(script, old, new, problem.old)
    return old


def _old_place(script: Script, end: End) -> End:
    """The end with a kind and an address of its own. Only of a workload that moved they are other ones
    (`declare_whose`); it is a pod all the same."""
    kind = script.bits(f"{end.name}.kind.old", end.kind.size)
    address = script.bits(f"{end.name}.address.old", end.address.size)
    seen = address if end.seen is end.address else script.bits(f"{end.name}.seen.old", end.seen.size)
    old = replace(end, kind=kind, address=address, seen=seen)
    return replace(old, nodelike=old.is_kind(Kind.NODE, Kind.HOSTPOD))


def _old_namespace_labels(script: Script, end: End, problem: PairScene) -> End:
    mine = {k: script.bits(f"{v.name}.old", v.size) for k, v in end.namespace_labels.items()}
    old = replace(end, namespace_labels=mine)
    elsewhere = neg(end.namespace.among(_indices(problem, problem.relabelled)))
    for key, var in mine.items():
        script.require(implies(elsewhere, var.same(end.namespace_labels[key])))
    know_namespaces(script, old, problem.old.vocabulary)
    return old


# Atoms that are always there


def _kind_literals(end: End, table: AtomTable, problem: PairScene, place_side: str) -> Iterator[tuple[Kind, str]]:
    side = problem.new.sources if end.name == "src" else problem.new.destinations
    for kind in KINDS:
        if kind in side.kinds:
            yield kind, table.literal(KindAtom(end.name, frozenset({kind}), place_side), end.is_kind(kind))


def _relabelled(end: End, table: AtomTable, problem: PairScene) -> Iterable[str]:
    index = problem.new.vocabulary.index
    for name in sorted(problem.relabelled):
        yield table.literal(NamespaceAtom(end.name, frozenset({name})), end.namespace.equals(index[name]))


def _changed_pods(end: End, table: AtomTable, whose: Mapping[str, Whose]) -> Iterable[str]:
    """The literal of each group of workloads that changed alike: the end is a pod of one of them."""
    if end.name in whose:
        mine = whose[end.name]
        for number, group in enumerate(mine.changed, 1):
            atom = WorkloadAtom(end.name, frozenset(after.title for _, after in group))
            yield table.literal(atom, mine.value.equals(number))


def _told_by_number(before: Encoder, after: Encoder, whose: Mapping[str, Whose]) -> None:
    """At a pod whose ports changed, a port name comes down to numbers, and to the switches on whose names count."""
    if after.world.named and after.world.destination.name in whose:
        for pair in chain.from_iterable(whose[after.world.destination.name].changed):
            for port in chain.from_iterable(workload.named_ports for workload in pair):
                if port.name in after.world.named:
                    after.port_in(port.protocol, Intervals(((port.port, port.port),)))
        for switch in sorted(OF_NAMES):
            for value in SWITCHES[switch].values:
                before.switch_is(switch, value)
                after.switch_is(switch, value)


def _of_both_sides(before: World, after: Encoder, table: AtomTable) -> None:
    """What is asked of the old side is asked of the new one too: elsewhere than at what changed they are the same, and
    only the new side's are told."""
    ends = {end.name: end for end in (after.world.source, after.world.destination)}
    for atom in tuple(table.literals.values()):
        match atom:
            case LabelAtom(end, of_namespace, requirement, "old"):
                after.requirement(requirement, ends[end], of_namespace)
            case NamedPortAtom(name, protocols, "old") if not before.names_called:
                after.port_named(name, protocols)
            case AddressAtom(end, addresses, as_seen, "old"):
                here = ends[end].seen if as_seen else ends[end].address
                table.literal(replace(atom, side="new"), among(here, addresses, after.world.vocabulary))
            case _:
                pass
