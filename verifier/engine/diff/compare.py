"""`netpol diff`: whether two policy sets allow the same, and if not, how they differ (docs/semantics.md 1.5)."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from verifier.encoding.pair import Claimed, PairScene
from verifier.encoding.problem import Problem
from verifier.engine.check import notes
from verifier.engine.check.check import essential
from verifier.engine.diff.box import Box, formula
from verifier.engine.diff.listing import Attempts, listed
from verifier.engine.diff.onesided import OneSidedPods, one_sided, with_reach
from verifier.engine.diff.partial import as_far_as_read, differs
from verifier.engine.diff.regions import Comparison, Replayed
from verifier.engine.precheck.prepare import Given, Pods, prepare
from verifier.engine.problem.hostpeers import BESIDE_PEERS, selects_hostpods
from verifier.engine.problem.pairing import covers_nodes, inventories, pair_scenes
from verifier.engine.problem.problem import Context
from verifier.engine.problem.scope import flow_formula
from verifier.engine.problem.variants import for_formulas
from verifier.engine.results.check import Witness
from verifier.engine.results.diff import Difference, EndRegion, Flow, Part, Region, Relation
from verifier.engine.results.passedover import made_elsewhere
from verifier.engine.results.standing import NODES
from verifier.engine.solve.asker import Setting
from verifier.engine.solve.crosscheck import unconfirmed
from verifier.engine.solve.limits import given_up
from verifier.engine.solve.smt2files import dump
from verifier.errors import Diagnostic, InternalError, Undecided
from verifier.ir.cluster import NOTHING, Cluster
from verifier.ir.endpoint import Connection, Kind, PortSource, Workload, namespace_labels
from verifier.ir.labels import EVERYTHING, Selector
from verifier.ir.network import Intervals, Protocol
from verifier.ir.policy import FALSE, Formula, Or, PolicySet
from verifier.ir.prose import number
from verifier.ir.universe import OPEN, Universe
from verifier.semantics import Decision, Step, matches
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
) -> Difference:
    """How NEW differs from OLD over every connection of the universe.

    limit: how many regions are looked for on either side. accepted: connections that do not count as added: what OLD
    takes them for, so that a bare selector means namespaces that it declares, and whom labels mean they mean on both
    sides. dump_to: a
    directory for the SMT-LIB scripts of the questions that the relation rests on. forgets: labels of a namespace that
    only OLD says are unknown in NEW, instead of being the same there. templates: what new namespaces get in OLD, and in
    NEW; None: what the universe says. reaching: whether to say what workloads of one side alone may reach. Raises what
    `prepare` raises.
    """
    contexts = _grounds(old, new, universe, switches or {}, limits, dump_to, templates)
    found = _compared(contexts, limits, limit, accepted, diagnostics, dump_to, forgets=forgets)
    if reaching:
        found = with_reach(found, contexts)
    return as_far_as_read(found, old.passed_over, new.passed_over)


def _compared(
    contexts: tuple[Context, Context],
    limits: Limits,
    limit: int | None,
    accepted: Sequence[Flow],
    diagnostics: Sequence[Diagnostic],
    dump_to: Path | None,
    *,
    forgets: bool,
) -> Difference:
    """How what was read of NEW differs from what was read of OLD."""
    world = contexts[1 if contexts[0].cluster == NOTHING else 0].world
    plain = replace(world, by_owner=False)
    taken = Or(tuple(flow_formula(flow.sources, flow.destinations, flow.ports, plain) for flow in accepted))
    try:
        contexts = _told_apart(contexts, taken)
    except Undecided as undecided:
        common = replace(_common(contexts, diagnostics), accepted=tuple(accepted))
        return replace(common, relation=Relation.UNKNOWN, complete=False, reason=str(undecided))
    common = replace(_common(contexts, diagnostics), accepted=tuple(accepted))
    problem = pair_scenes(contexts[0], contexts[1], taken if accepted else FALSE, "comparison", forgets=forgets)
    if problem is None:
        return replace(common, relation=_relation(common.workloads_more, common.workloads_less))
    common = replace(common, relabelled=tuple(sorted(problem.relabelled)))
    if any(_has_hostpeers(side) for side in (problem.old, problem.new)):
        common = replace(common, not_covered=(*common.not_covered, BESIDE_PEERS))
    try:
        return _difference(contexts, problem, limits, limit, common, dump_to)
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
) -> tuple[Context, Context]:
    files = [None if dump_to is None else dump_to / f"same-priority.{side}" for side in ("old", "new")]
    some = templates or (None, None)
    sides = [Given(cluster, file, templates=got) for cluster, file, got in zip((old, new), files, some, strict=True)]
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
    pods = inventories(*(side.cluster.workloads for side in contexts))
    elsewhere = made_elsewhere(*(context.cluster for context in contexts)) if inventory else ()
    return Difference(
        relation=Relation.EQUIVALENT,
        new_workloads=one_sided(pods.new) if inventory else (),
        gone_workloads=one_sided(pods.gone) if inventory else (),
        turned_workloads=tuple(each.workload for each in one_sided(pods.turned)) if inventory else (),
        not_covered=tuple(_left_out(contexts, elsewhere)),
        universe=universe.name,
        diagnostics=tuple(diagnostics),
        assumptions=tuple(dict.fromkeys(text for side in contexts for text in side.cluster.assumptions)),
    )


def _left_out(contexts: tuple[Context, Context], elsewhere: Sequence[str]) -> Iterator[str]:
    """What the comparison does not speak about."""
    if not covers_nodes(*contexts):
        yield NODES
    if contexts[0].switches["sctp"] == "no":
        yield "SCTP (sctp: no)"
    yield from elsewhere


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

    changes: _Changes = {s: (can_be(goals.added, s), can_be(goals.removed, s)) for s in comparison.settings()}
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
    by_policies = _concluded(changes)[0]
    more, less = common.workloads_more, common.workloads_less
    relation, depends_on, reason = _concluded({s: (more or a, less or r) for s, (a, r) in changes.items()})
    if attempts.given_up is not None:
        relation = Relation.UNKNOWN if relation is Relation.EQUIVALENT else relation
        reason = reason or _given_up(attempts.given_up, limits, contexts)
    return replace(
        common,
        relation=relation,
        added=tuple(_region(box, added.replayed(found), contexts[1], lone) for box, found in added.boxes),
        removed=tuple(_region(box, removed.replayed(found), contexts[0], lone) for box, found in removed.boxes),
        complete=complete,
        depends_on=depends_on,
        changes=tuple(changes.values()) if by_policies is Relation.UNKNOWN else (),
        reason=reason,
        assumptions=tuple(dict.fromkeys((*common.assumptions, *assumptions, *notes.chosen(problem.new)))),
        stats=replace(asked.stats(len(contexts[1].policies.objects)), opinions=opinions),
        notes=(*unconfirmed(opinions), *((notes.LEFT_OPEN,) if left_open else ())),
    )


def _given_up(undecided: Undecided, limits: Limits, contexts: Sequence[Context]) -> str:
    sizes = [number(len(context.policies.objects), "policy", "policies") for context in contexts]
    return given_up(undecided, limits, f"comparing {sizes[0]} with {sizes[1]}")


_Changes = Mapping[Setting, tuple[bool | None, bool | None]]
"""Under each setting of the open switches, whether something is added, and whether something is removed; None: nobody
knows."""


def _concluded(changes: _Changes) -> tuple[Relation, tuple[str, ...], str | None]:
    """The relation, the switches that it depends on, and how; unknown where nobody knows all the changes."""
    if any(None in some for some in changes.values()):
        return Relation.UNKNOWN, (), None
    known = {setting: (bool(more), bool(less)) for setting, (more, less) in changes.items()}
    depends_on = _depends_on(known)
    if depends_on:
        return Relation.UNKNOWN, depends_on, _dependence(depends_on, known)
    return _relation(any(a for a, _ in known.values()), any(r for _, r in known.values())), (), None


def _relation(added: bool, removed: bool) -> Relation:
    if added:
        return Relation.INCOMPARABLE if removed else Relation.WIDER
    return Relation.NARROWER if removed else Relation.EQUIVALENT


def _depends_on(by_setting: Mapping[Setting, tuple[bool, bool]]) -> tuple[str, ...]:
    """The switches that, changed alone in some setting, change the relation."""
    settings = list(by_setting)
    found: set[str] = set()
    for relation in set(by_setting.values()):
        found |= set(essential(settings, [s for s in settings if by_setting[s] == relation]))
    return tuple(sorted(found))


def _dependence(switches: Sequence[str], by_setting: Mapping[Setting, tuple[bool, bool]]) -> str:
    """What the relation is under each setting of the switches that matter."""
    cases: dict[str, Relation] = {}
    for setting, (added, removed) in by_setting.items():
        where = ", ".join(f"{name}={value}" for name, value in setting if name in switches)
        cases.setdefault(where, _relation(added, removed))
    told = "; ".join(f"{relation} where {where}" for where, relation in cases.items())
    return f"depends on {' and '.join(f'`{s}`' for s in switches)}: {told}"


# Regions


def _proof(problem: PairScene, added: Sequence[Box], removed: Sequence[Box], limits: Limits) -> Comparison:
    """The comparison once more, afresh and with the boxes as they will be shown."""
    claimed = replace(
        problem,
        claimed_added=tuple(map(_claimed, added)),
        claimed_removed=tuple(map(_claimed, removed)),
    )
    return Comparison(claimed, limits)


def _claimed(box: Box) -> Claimed:
    """That the connections of a box are what differs."""
    was = box.source.was, box.destination.was
    taken = tuple(map(_claimed, box.excluding))
    return Claimed(formula(box), box.provided, box.same_node, box.source.own, was, taken)


def _prove(comparison: Comparison) -> tuple[str, ...]:
    """Is the union of the boxes the difference? Gives the assumptions that this rests on."""
    if comparison.can_be(comparison.pair.goals.misdescribed):
        raise InternalError("the regions are not the difference")
    return comparison.needed_assumptions(comparison.pair.goals.misdescribed)


def _region(box: Box, replayed: Replayed, context: Context, lone: OneSidedPods) -> Region:
    """The region of a box. `context`: the side that allows it."""
    added = replayed.after.allowed
    connection, decision = (replayed.new, replayed.after) if added else (replayed.old, replayed.before)
    gone = [taken.destination for taken in box.excluding]
    return Region(
        source=_attributed(box.source, context),
        destination=_attributed(box.destination, context),
        ports=box.ports,
        witness=Witness.of(_told_whose(connection, context), decision),
        port_names=box.port_names,
        same_namespace=box.same_namespace,
        same_node=box.same_node,
        switches=_switches(box),
        supposing=box.supposing,
        provided=box.provided,
        before=_deciding(replayed.before),
        after=_deciding(replayed.after),
        sources=_falling_into(box.source, context, [taken.source for taken in box.excluding]),
        destinations=tuple(w for w in _falling_into(box.destination, context, gone) if _is_named(w, box)),
        new=lone.alone_in(box, new=True),
        gone=lone.alone_in(box, new=False),
        excluding=tuple(_part(taken, context) for taken in box.excluding),
    )


def _switches(box: Box) -> Mapping[str, str]:
    return {name: " or ".join(sorted(values)) for name, values in box.switches.items()}


def _part(box: Box, context: Context) -> Part:
    source, destination = (_attributed(end, context) for end in (box.source, box.destination))
    return Part(
        source, destination, box.ports, box.port_names, box.same_namespace, box.same_node, _switches(box),
        box.supposing, box.provided,
    )  # fmt: skip


def _attributed(end: EndRegion, context: Context) -> EndRegion:
    """The end, with whose address it is where it has just one."""
    address = None if end.addresses is None else end.addresses.sole()
    return end if address is None else replace(end, address_of=context.world.residents.called(address))


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


def _falling_into(end: EndRegion, context: Context, taken: Sequence[EndRegion]) -> tuple[Workload, ...]:
    """The workloads of today whose pods surely fall into one end of a region. taken: ends of what is taken out of it:
    whoever falls into one that says anything may be out, whatever the rest of it says."""
    if end.addresses is not None or end.own is not None:
        return ()
    barred = [gone for gone in taken if gone != EndRegion(gone.kinds)]
    inside = (w for w in context.cluster.workloads if not w.supposed and _falls_into(w, end, context))
    return tuple(w for w in inside if not any(_may_fall_into(w, gone, context) for gone in barred))


def _may_fall_into(workload: Workload, end: EndRegion, context: Context) -> bool:
    """True if a pod of the workload may meet what is said of the end; labels that nobody has said may be any."""
    namespace = context.world.declared[workload.namespace]
    if namespace.labels is None:
        end = replace(end, namespace_selector=EVERYTHING)
    if workload.foreign:
        known = frozenset(line for line in end.pod_selector if line.key in workload.labels)
        end = replace(end, pod_selector=Selector(known))
    return _falls_into(workload, end, context)


def _is_named(workload: Workload, box: Box) -> bool:
    """True iff, of each port name that the box asks for, the workload has ports, all of them in the box and of a
    container that counts under every switch; and, of each that it rules out, not all ports of the box."""
    for written, wanted in box.port_names.items():
        protocol, _, name = written.rpartition("/")
        named = [p for p in workload.named_ports if p.name == name and protocol in ("", p.protocol)]
        if wanted:
            always = all(p.source is PortSource.CONTAINER for p in named)
            if not named or not always or not all(p.port in box.ports.get(p.protocol, Intervals()) for p in named):
                return False
        else:
            numbers = {p: Intervals(tuple((n.port, n.port) for n in named if n.protocol is p)) for p in box.ports}
            if all(p is not Protocol.OTHER and held.is_subset(numbers[p]) for p, held in box.ports.items()):
                return False
    return True


def _falls_into(workload: Workload, end: EndRegion, context: Context) -> bool:
    namespace = context.world.declared[workload.namespace]
    kind = Kind.HOSTPOD if workload.host_network else Kind.POD
    known = namespace.labels is not None or end.namespace_selector == EVERYTHING
    return (
        kind in end.kinds
        and (end.namespaces is None or namespace.name in end.namespaces)
        and namespace.name not in end.not_namespaces
        and known
        and matches(namespace_labels(namespace), end.namespace_selector)
        and matches(workload.labels, end.pod_selector)
        and not (workload.foreign and any(line.key not in workload.labels for line in end.pod_selector))
        and (end.workloads is None or workload.title in end.workloads)
    )
