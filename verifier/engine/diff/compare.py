"""`netpol diff`: whether two policy sets allow the same, and if not, how they differ (docs/semantics.md 1.5)."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.pair import PairScene
from verifier.encoding.problem import Problem
from verifier.engine.check import notes
from verifier.engine.diff.believed import told_roots
from verifier.engine.diff.comparison import Comparison, Replayed
from verifier.engine.diff.conclusion import Changes, concluded, relation_of
from verifier.engine.diff.listing import listed
from verifier.engine.diff.onesided import OneSidedPods, one_sided, with_reach
from verifier.engine.diff.partial import as_far_as_read, differs
from verifier.engine.diff.settings import Causes, named_so, settings_of
from verifier.engine.diff.uncovered import left_out
from verifier.engine.precheck.prepare import Given, Pods, prepare
from verifier.engine.problem.hostpeers import BESIDE_PEERS, selects_hostpods
from verifier.engine.problem.meant import telling
from verifier.engine.problem.pairing import inventories, pair_scenes
from verifier.engine.problem.problem import Context
from verifier.engine.problem.scope import flow_formula
from verifier.engine.problem.variants import for_formulas
from verifier.engine.region.box import Box
from verifier.engine.region.region import claimed, region_of
from verifier.engine.region.shortlist import Attempts
from verifier.engine.results.diff import Difference, Flow, Relation
from verifier.engine.results.passedover import made_elsewhere
from verifier.engine.results.region import Region
from verifier.engine.results.witness import Witness
from verifier.engine.solve.asker import Setting
from verifier.engine.solve.crosscheck import unconfirmed
from verifier.engine.solve.limits import given_up
from verifier.engine.solve.smt2files import dump
from verifier.errors import Diagnostic, InternalError, Undecided
from verifier.ir.cluster import NOTHING, Cluster
from verifier.ir.endpoint import Connection, Kind
from verifier.ir.policy import FALSE, Formula, Or, PolicySet
from verifier.ir.property import ServicePeer
from verifier.ir.prose import number
from verifier.ir.trace import Decision, Step
from verifier.ir.universe import OPEN, Universe
from verifier.smt.solver import Limits

_NO_LIMITS = Limits()


def compare(
    old: Cluster,
    new: Cluster,
    universe: Universe = OPEN,
    switches: Mapping[str, str] | None = None,
    limits: Limits = _NO_LIMITS,
    limit: int | None = None,
    accepted: Sequence[Flow] = (),
    diagnostics: Sequence[Diagnostic] = (),
    dump_to: Path | None = None,
    *,
    forgets: bool = False,
    templates: tuple[PolicySet, PolicySet] | None = None,
    reaching: bool = True,
    to_switches: Mapping[str, str] | None = None,
    unselected: bool = True,
) -> Difference:
    """How NEW differs from OLD over every connection of the universe.

    limit: how many regions are looked for on either side. accepted: connections that do not count as added: what OLD
    takes them for, so that a bare selector means namespaces that it declares, and whom labels mean they mean on both
    sides. dump_to: a
    directory for the SMT-LIB scripts of the questions that the relation rests on. forgets: labels of a namespace that
    only OLD says are unknown in NEW, instead of being the same there. templates: what new namespaces get in OLD, and in
    NEW; None: what the universe says. reaching: whether to say what workloads of one side alone may reach. to_switches:
    values, or "open", under which NEW is judged, where not under `switches` (which then are those of OLD alone); what
    they do not name is as the profile of NEW has it. unselected: regions may speak of pods that no policy isolates.
    Raises what `prepare` raises.
    """
    contexts = _grounds(old, new, universe, switches or {}, limits, dump_to, templates, to_switches)
    how = _How(limit, accepted, forgets, unselected)
    found = _compared(contexts, limits, how, diagnostics, dump_to)
    found = replace(found, notes=(*found.notes, *(each.message for each in told_roots(old, new))))
    if to_switches is not None and found.settings is None:
        found = replace(found, settings=settings_of(contexts, ()))
    if reaching:
        found = with_reach(found, contexts)
    return as_far_as_read(found, old.passed_over, new.passed_over)


class _How(Struct, frozen=True):
    """What `compare` is told of how to compare."""

    limit: int | None
    accepted: Sequence[Flow]
    forgets: bool
    unselected: bool


def _compared(
    contexts: tuple[Context, Context],
    limits: Limits,
    how: _How,
    diagnostics: Sequence[Diagnostic],
    dump_to: Path | None,
) -> Difference:
    """How what was read of NEW differs from what was read of OLD."""
    world = contexts[1 if contexts[0].cluster == NOTHING else 0].world
    plain = replace(world, by_owner=False)
    if any(isinstance(peer, ServicePeer) for flow in how.accepted for peer in flow.destinations or ()):
        plain = telling(plain, *(context.world for context in contexts))
    taken = Or(tuple(flow_formula(flow.sources, flow.destinations, flow.ports, plain) for flow in how.accepted))
    try:
        contexts = _told_apart(contexts, taken)
    except Undecided as undecided:
        common = replace(_common(contexts, diagnostics), accepted=tuple(how.accepted))
        return replace(common, relation=Relation.UNKNOWN, complete=False, reason=str(undecided))
    common = replace(_common(contexts, diagnostics), accepted=tuple(how.accepted))
    counts = taken if how.accepted else FALSE
    problem = pair_scenes(contexts[0], contexts[1], counts, "comparison", forgets=how.forgets)
    if problem is None:
        return replace(common, relation=relation_of(common.workloads_more, common.workloads_less))
    problem = replace(problem, unselected=how.unselected)
    common = replace(common, relabelled=tuple(sorted(problem.relabelled)))
    if problem.apart:
        common = replace(common, settings=settings_of(contexts, problem.apart))
    if any(_has_hostpeers(side) for side in (problem.old, problem.new)):
        common = replace(common, not_covered=(*common.not_covered, BESIDE_PEERS))
    try:
        return _difference(contexts, problem, limits, how.limit, common, dump_to)
    except Undecided as undecided:
        reason = _given_up(undecided, limits, contexts)
        return replace(common, relation=Relation.UNKNOWN, complete=False, reason=reason)


def _has_hostpeers(side: Problem) -> bool:
    return Kind.HOSTPOD in side.sources.kinds and selects_hostpods(side.policies, side.switches)


def equivalent(old: Cluster, new: Cluster, universe: Universe = OPEN) -> bool:
    """True iff both allow the same connections, under every setting of the open switches. Raises Undecided."""
    return _can_differ(old, new, universe) == (False, False)


def implies(old: Cluster, new: Cluster, universe: Universe = OPEN) -> bool:
    """True iff `new` allows every connection that `old` allows, under every setting. Raises Undecided."""
    return not _can_differ(old, new, universe)[1]


def _can_differ(old: Cluster, new: Cluster, universe: Universe) -> tuple[bool, bool]:
    """Whether something can be added, and whether something can be removed, as far as was read where both sides pass
    over the same."""
    if differs(old.passed_over, new.passed_over):
        raise Undecided("policies that are not understood are not the same on both sides")
    contexts = _told_apart(_grounds(old, new, universe, {}), FALSE)
    common = _common(contexts, ())
    more, less = common.workloads_more, common.workloads_less
    problem = pair_scenes(contexts[0], contexts[1], FALSE, "comparison")
    if problem is None:
        return more, less
    comparison = Comparison(problem, _NO_LIMITS)
    goals = comparison.pair.goals
    return more or comparison.can_be(goals.added), less or comparison.can_be(goals.removed)


def _grounds(
    old: Cluster,
    new: Cluster,
    universe: Universe,
    switches: Mapping[str, str],
    limits: Limits = _NO_LIMITS,
    dump_to: Path | None = None,
    templates: tuple[PolicySet, PolicySet] | None = None,
    to_switches: Mapping[str, str] | None = None,
) -> tuple[Context, Context]:
    files = [None if dump_to is None else dump_to / f"same-priority.{side}" for side in ("old", "new")]
    some, own = templates or (None, None), (None, None) if to_switches is None else (switches, to_switches)
    each = zip((old, new), files, some, own, strict=True)
    sides = [Given(cluster, file, templates=got, switches=set_to) for cluster, file, got, set_to in each]
    before, after = prepare(sides, universe, switches, limits, Pods.ANY)
    return before, after


def _told_apart(contexts: tuple[Context, Context], accepted: Formula) -> tuple[Context, Context]:
    """Both sides with their workloads in the variants that either tells apart."""
    inventory = not contexts[0].universe.other_pods
    old, new = for_formulas(*contexts, (accepted,), foreign=inventory)
    return old, new


def _common(contexts: tuple[Context, Context], diagnostics: Sequence[Diagnostic]) -> Difference:
    universe = contexts[0].universe
    inventory = not universe.other_pods
    pods = inventories(*(side.cluster.workloads if inventory else () for side in contexts))
    elsewhere = made_elsewhere(*(context.cluster for context in contexts)) if inventory else ()
    return Difference(
        relation=Relation.EQUIVALENT,
        new_workloads=one_sided(pods.new) if inventory else (),
        gone_workloads=one_sided(pods.gone) if inventory else (),
        turned_workloads=tuple(each.workload for each in one_sided(pods.turned)) if inventory else (),
        not_covered=tuple(left_out(contexts, elsewhere)),
        universe=universe.name,
        diagnostics=tuple(diagnostics),
        assumptions=tuple(dict.fromkeys(text for side in contexts for text in side.cluster.assumptions)),
    )


def _difference(
    contexts: tuple[Context, Context],
    problem: PairScene,
    limits: Limits,
    limit: int | None,
    common: Difference,
    dump_to: Path | None,
) -> Difference:
    comparison = Comparison(problem, limits)
    goals = comparison.pair.goals
    if dump_to is not None:
        dump(dump_to, {"added": comparison.script(goals.added), "removed": comparison.script(goals.removed)})
    attempts = Attempts()

    def can_be(goal: str, setting: Setting = ()) -> bool | None:
        return attempts.make(lambda: comparison.can_be(goal, setting))

    changes: Changes = {s: (can_be(goals.added, s), can_be(goals.removed, s)) for s in comparison.settings()}
    left_open = goals.open is not None and can_be(goals.open)
    added, removed = listed(comparison, problem, limits, limit, attempts)
    if len(changes) == 1:  # what is listed is there under the one setting that there is, whoever gave up before
        changes = {s: (bool(added.boxes) or a, bool(removed.boxes) or r) for s, (a, r) in changes.items()}
    asked = added.asked
    opinions = (*contexts[0].opinions, *contexts[1].opinions, *comparison.opinions)
    assumptions = tuple(asked.pair.new.assumptions.values())
    complete = added.complete and removed.complete and attempts.given_up is None
    if complete:
        proof = _proof(asked.problem, [b for b, _ in added.boxes], [b for b, _ in removed.boxes], limits)
        if dump_to is not None:
            dump(dump_to, {"misdescribed": proof.script(proof.pair.goals.misdescribed)})
        proved = attempts.make(lambda: _prove(proof))
        complete, assumptions = proved is not None, assumptions if proved is None else proved
        opinions += proof.opinions
    lone = OneSidedPods(contexts)
    boxes = [box for listing in (added, removed) for box, _ in listing.boxes]
    causes = Causes(asked.problem, boxes, limits)
    by_policies = concluded(changes)[0]

    def since(number: int) -> tuple[str, ...]:
        return Attempts().make(lambda: causes.of(number)) or ()

    more, less = common.workloads_more, common.workloads_less
    relation, depends_on, reason = concluded({s: (more or a, less or r) for s, (a, r) in changes.items()})
    if attempts.given_up is not None:
        relation = Relation.UNKNOWN if relation is Relation.EQUIVALENT else relation
        reason = reason or _given_up(attempts.given_up, limits, contexts)
    opened = tuple(
        replace(_named(region_between(box, added.replayed(found), contexts[1], lone), contexts), since=since(number))
        for number, (box, found) in enumerate(added.boxes)
    )
    closed = tuple(
        replace(_named(region_between(box, removed.replayed(found), contexts[0], lone), contexts), since=since(number))
        for number, (box, found) in enumerate(removed.boxes, len(added.boxes))
    )
    return replace(
        common,
        relation=relation,
        added=opened,
        removed=closed,
        complete=complete,
        fewest_added=added.fewest() if complete else None,
        fewest_removed=removed.fewest() if complete else None,
        depends_on=depends_on,
        changes=tuple(changes.values()) if by_policies is Relation.UNKNOWN else (),
        reason=reason,
        assumptions=tuple(dict.fromkeys((*common.assumptions, *assumptions, *_chosen(problem)))),
        stats=replace(asked.stats(len(contexts[1].policies.objects)), opinions=opinions),
        notes=(*unconfirmed(opinions), *((notes.LEFT_OPEN,) if left_open else ())),
    )


def _chosen(problem: PairScene) -> Iterator[str]:
    """What was chosen for both sides, and what for one of them alone."""
    old, new = notes.chosen(problem.old), notes.chosen(problem.new)
    yield from (text for text in new if not problem.apart or text in old)
    if problem.apart:
        yield from (f"OLD: {text}" for text in old if text not in new)
        yield from (f"NEW: {text}" for text in new if text not in old)


def _given_up(undecided: Undecided, limits: Limits, contexts: Sequence[Context]) -> str:
    sizes = [number(len(context.policies.objects), "policy", "policies") for context in contexts]
    return given_up(undecided, limits, f"comparing {sizes[0]} with {sizes[1]}")


# Regions


def _proof(problem: PairScene, added: Sequence[Box], removed: Sequence[Box], limits: Limits) -> Comparison:
    """The comparison once more, afresh and with the boxes as they will be shown."""
    whole = replace(
        problem,
        claimed_added=tuple(map(claimed, added)),
        claimed_removed=tuple(map(claimed, removed)),
    )
    return Comparison(whole, limits)


def _prove(comparison: Comparison) -> tuple[str, ...]:
    """Is the union of the boxes the difference? Gives the assumptions that this rests on."""
    if comparison.can_be(comparison.pair.goals.misdescribed):
        raise InternalError("the regions are not the difference")
    return comparison.needed_assumptions(comparison.pair.goals.misdescribed)


def region_between(box: Box, replayed: Replayed, context: Context, lone: OneSidedPods) -> Region:
    """The region of a box. `context`: the side that allows it."""
    added = replayed.after.allowed
    connection, decision = (replayed.new, replayed.after) if added else (replayed.old, replayed.before)
    return replace(
        region_of(box, Witness.of(_told_whose(connection, context), decision), context),
        before=_deciding(replayed.before),
        after=_deciding(replayed.after),
        new=lone.alone_in(box, new=True),
        gone=lone.alone_in(box, new=False),
    )


def _named(region: Region, contexts: tuple[Context, Context]) -> Region:
    """The region with those workloads of today that have, on either side, the port names that it asks for there."""
    destinations = tuple(workload for workload in region.destinations if named_so(workload, region, contexts))
    return replace(region, destinations=destinations)


def _told_whose(connection: Connection, context: Context) -> Connection:
    """The connection, with whose the addresses of its ends are."""
    called = context.world.residents.called
    source, destination = (
        replace(end, address_of=called(end.address)) for end in (connection.source, connection.destination)
    )
    return replace(connection, source=source, destination=destination)


def _deciding(decision: Decision) -> tuple[Step, ...]:
    """The steps that decide: of an allowed connection those of both legs, else those of the legs that deny."""
    legs = (decision.egress, decision.ingress)
    return tuple(leg.steps[-1] for leg in legs if decision.allowed or not leg.allowed)
