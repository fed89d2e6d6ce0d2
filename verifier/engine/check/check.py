"""`netpol check`: proves or disproves properties for every connection of a universe (docs/semantics.md 1.5)."""

from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.problem import Problem
from verifier.engine.check import notes
from verifier.engine.check.breaches import Breaches, breaches
from verifier.engine.check.doubts import doubts, warnings_of
from verifier.engine.check.extent import extent
from verifier.engine.check.proved import is_proved
from verifier.engine.check.reopened import reopened
from verifier.engine.check.suggest import narrower
from verifier.engine.precheck.prepare import Given, Pods, prepare
from verifier.engine.problem.declared import World
from verifier.engine.problem.meant import asked_in, meant
from verifier.engine.problem.problem import Context, problem_of
from verifier.engine.problem.variants import for_claim
from verifier.engine.results.check import CheckReport, Counts, Extent, Result, Verdict
from verifier.engine.results.passedover import left_unread, made_elsewhere
from verifier.engine.results.standing import each_once
from verifier.engine.solve.asker import Setting
from verifier.engine.solve.crosscheck import unconfirmed
from verifier.engine.solve.limits import given_up
from verifier.engine.solve.parallel import Task, ask_all
from verifier.engine.solve.query import Query
from verifier.engine.solve.smt2files import dump, file_names
from verifier.engine.solve.watcher import UNWATCHED, Watcher
from verifier.engine.solve.witness import find_witness
from verifier.errors import Diagnostic, Undecided
from verifier.ir.acceptance import Flow
from verifier.ir.cluster import Cluster, PassedOver
from verifier.ir.property import Isolated, Property
from verifier.ir.prose import number
from verifier.ir.universe import OPEN, Universe
from verifier.smt.solver import Limits
from verifier.vocabulary import any_may_apply

_NO_LIMITS = Limits()


class Wanted(Struct, frozen=True):
    """In how many regions what breaks a property is told (0: in none; None: in as many as it takes), and whether these
    may speak of pods that no policy isolates."""

    limit: int | None = 0
    unselected: bool = True


_NO_REGIONS = Wanted()


def report(
    cluster: Cluster,
    properties: Sequence[Property],
    universe: Universe = OPEN,
    switches: Mapping[str, str] | None = None,
    limits: Limits = _NO_LIMITS,
    diagnostics: Sequence[Diagnostic] = (),
    dump: Path | None = None,
    jobs: int = 1,
    watcher: Watcher = UNWATCHED,
    limit: int | None = 0,
) -> CheckReport:
    """`check`, with what its results have in common. Raises what `check` raises."""
    results = check(cluster, properties, universe, switches, limits, dump, jobs=jobs, watcher=watcher, limit=limit)
    return summed_up(cluster, results, universe, diagnostics)


def summed_up(
    cluster: Cluster,
    results: Sequence[Result],
    universe: Universe,
    diagnostics: Sequence[Diagnostic],
    *,
    world: World | None = None,
    doubtful: Sequence[Diagnostic] | None = None,
) -> CheckReport:
    """Results with what they have in common, and what is doubtful about the claims. world: that of the cluster, where
    somebody has it. doubtful: the doubts, where somebody knows them."""
    if doubtful is None:
        doubtful = warnings_of((result.property for result in results), cluster, universe)
    found = (*diagnostics, *doubtful)
    return joined(counts_of(cluster, world), results, universe.name, found, cluster.passed_over, cluster.assumptions)


def counts_of(cluster: Cluster, world: World | None = None) -> Counts:
    """How much a cluster holds. world: that of the cluster, where somebody has it."""
    workloads = cluster.count_workloads() if world is None else world.workload_count
    return Counts(len(cluster.policies.objects), workloads, len(cluster.namespaces))


def joined(
    counts: Counts,
    results: Sequence[Result],
    universe: str,
    diagnostics: Sequence[Diagnostic],
    passed_over: tuple[PassedOver, ...] = (),
    assumptions: tuple[str, ...] = (),
) -> CheckReport:
    """Results about one cluster, wherever they were found, with what they have in common. assumptions: those of the
    cluster."""
    return CheckReport(
        universe=universe,
        results=tuple(results),
        counts=counts,
        assumptions=tuple(dict.fromkeys((*assumptions, *(a for r in results for a in r.assumptions)))),
        not_covered=(*each_once(n for r in results for n in r.not_covered), *left_unread(passed_over)),
        diagnostics=tuple(diagnostics),
        passed_over=passed_over,
    )


def check(
    cluster: Cluster,
    properties: Sequence[Property],
    universe: Universe = OPEN,
    switches: Mapping[str, str] | None = None,
    limits: Limits = _NO_LIMITS,
    dump_to: Path | None = None,
    accepted: Mapping[str, Sequence[Flow]] | None = None,
    jobs: int = 1,
    watcher: Watcher = UNWATCHED,
    limit: int | None = 0,
    *,
    unselected: bool = True,
) -> tuple[Result, ...]:
    """A result for each property, in their order.

    switches: values, or "open", that win over those of the universe and the defaults. dump_to: a directory for the
    SMT-LIB scripts of the questions that the verdicts rest on. accepted: by the name of a property, flows that do not
    break it. jobs: how many processes work; it makes no difference to the results. limit: in how many regions what
    breaks a property is told (0: in none; None: in as many as it takes). unselected: regions may speak of pods that no
    policy isolates. Raises InputError where the universe
    forbids an object of the cluster, where no pod can exist, or where policies of equal priority conflict that must
    not; Undecided where that cannot be said; WorkerDied where a process dies.
    """
    side = ("", cluster, dump_to)
    wanted = Wanted(limit, unselected)
    return check_sides((side,), properties, universe, switches, limits, accepted or {}, jobs, watcher, (), wanted)[0]


def check_sides(
    sides: Sequence[tuple[str, Cluster, Path | None]],
    properties: Sequence[Property],
    universe: Universe,
    switches: Mapping[str, str] | None,
    limits: Limits,
    accepted: Mapping[str, Sequence[Flow]],
    jobs: int,
    watcher: Watcher,
    unasked: Sequence[Cluster] = (),
    wanted: Wanted = _NO_REGIONS,
) -> tuple[tuple[Result, ...], ...]:
    """What `check` gives for each of several clusters, asked in one go; each with its name and its `dump_to`. unasked:
    clusters of which nothing is asked here; what is wrong with them is told with the rest."""
    given = [Given(cluster, asked=False) for cluster in unasked]
    given += [Given(cluster, None if to is None else to / "same-priority") for _, cluster, to in sides]
    contexts = prepare(given, universe, switches, limits, Pods.EACH, by_services=True)[len(unasked) :]
    files = file_names(tuple(claimed.name for claimed in properties))
    tasks = [
        Task(
            claimed,
            f"{claimed.name} ({name})" if name else claimed.name,
            side,
            None if dump_to is None else dump_to / file,
            tuple(accepted.get(claimed.name, ())),
        )
        for side, (name, _, dump_to) in enumerate(sides)
        for claimed, file in zip(properties, files, strict=True)
    ]
    results = ask_all(_answer, (contexts, limits, wanted), tasks, jobs, watcher)
    return tuple(results[n * len(properties) :][: len(properties)] for n in range(len(sides)))


def _answer(shared: tuple[tuple[Context, ...], Limits, Wanted], task: Task) -> Result:
    contexts, limits, wanted = shared
    return _check(contexts[task.side], task.claimed, limits, task.dump_to, task.accepted, wanted)


def _check(
    context: Context,
    claimed: Property,
    limits: Limits,
    dump_to: Path | None,
    accepted: Sequence[Flow],
    wanted: Wanted,
) -> Result:
    context = for_claim(context, claimed.claim, accepted)
    means = meant(claimed.claim, asked_in(context.world, claimed.claim, accepted))
    asked, claimed = claimed, replace(claimed, claim=means.claim)
    problem, about = problem_of(context, claimed.claim, f"property: {claimed.name}\nclaim: {claimed.text}", accepted)
    query = Query(problem, limits)
    if dump_to is not None:
        dump(dump_to.parent, dict(query.scripts(dump_to.name)))
    try:
        result = _decide(context, claimed, problem, query, limits)
    except Undecided as undecided:
        policies = number(len(context.policies.objects), "policy", "policies")
        reason = given_up(undecided, limits, f"{number(query.queries, 'query', 'queries')} about {policies}")
        result = Result(claimed, Verdict.UNKNOWN, reason=reason)
    unheard = notes.own_node(problem, claimed.claim) if result.verdict is Verdict.PROVED else ()
    elsewhere = () if context.universe.other_pods else made_elsewhere(context.cluster)
    stats = query.stats(len(context.policies.objects))
    told = _told(context, problem, result, limits, wanted)
    stats = replace(stats, opinions=(*context.opinions, *stats.opinions, *told.opinions))
    lacks = means.lacks
    if result.verdict is Verdict.VACUOUS and means.nothing:
        result, lacks = replace(result, reason="; ".join(lacks)), ()
    remarks = (*notes.remarks(problem, about, result.depends_on), *means.notes, *lacks)
    remarks += notes.hiding(context, result.depends_on)
    return replace(
        result,
        property=asked,
        notes=(*result.notes, *remarks, *unconfirmed(stats.opinions)),
        assumptions=(*result.assumptions, *means.assumed),
        not_covered=(*notes.left_out(problem, claimed.claim), *unheard, *elsewhere),
        stats=stats,
        regions=told.regions,
        complete=told.complete,
        fewest=told.fewest,
    )


def _told(context: Context, problem: Problem, result: Result, limits: Limits, wanted: Wanted) -> Breaches:
    """All that breaks the property, as far as is wanted. Where it holds that is nothing."""
    if result.verdict is not Verdict.VIOLATED:
        return Breaches((), result.verdict is not Verdict.UNKNOWN)
    if wanted.limit == 0:
        return Breaches((), False)
    return breaches(context, problem, limits, wanted.limit, unselected=wanted.unselected)


def _decide(context: Context, claimed: Property, problem: Problem, query: Query, limits: Limits) -> Result:
    if not query.sure(query.goals.broken):
        return _unbroken(context, claimed, problem, query, limits)
    settings = list(query.settings())
    breaking = [s for s in settings if query.sure(query.goals.broken, setting=s)]
    surely = [s for s in settings if query.sure(query.goals.surely_broken, setting=s)]
    if len(surely) < len(settings):
        return _undecided(context, claimed, problem, query, limits, (settings, breaking, surely))
    witness = find_witness(context, problem, query, (), True, limits)
    suggestions = (
        narrower(context, claimed.claim, witness, lambda g, c: is_proved(g, c, query, limits))
        if witness.hypothetical
        else ()
    )
    remarks = notes.unisolated(problem, claimed.claim, witness)
    return Result(
        claimed,
        Verdict.VIOLATED,
        witness,
        suggestions=suggestions,
        notes=remarks,
        assumptions=notes.chosen(problem),
        extent=_extent(context, claimed, problem, query, limits),
    )


def _extent(context: Context, claimed: Property, problem: Problem, query: Query, limits: Limits) -> Extent | None:
    """None where the solver gives up: that the property is broken stands without it."""
    try:
        return extent(context, claimed.claim, problem, query, limits)
    except Undecided:
        return None


def _undecided(
    context: Context,
    claimed: Property,
    problem: Problem,
    query: Query,
    limits: Limits,
    found: tuple[list[Setting], list[Setting], list[Setting]],
) -> Result:
    """Broken under some of the settings only, or where nobody can say. `found`: all settings, those in which it is
    perhaps broken, and of these those in which it surely is."""
    settings, breaking, surely = found
    depends_on = list(dict.fromkeys((*essential(settings, breaking), *essential(settings, surely))))
    shown = (surely or breaking)[0]
    witness = find_witness(context, problem, query, shown, bool(surely), limits)
    witness = replace(witness, switches={**witness.switches, **{n: v for n, v in shown if n in depends_on}})
    doubtful = len(surely) < len(breaking)
    if doubtful and any_may_apply(problem.policies, problem.switches):
        depends_on.append("same_priority")
    supposed = notes.supposed_labels(witness) if doubtful else ()
    depends_on += list(dict.fromkeys(key for _, labels in supposed for key in labels))
    needed = (query.needed_assumptions(query.goals.broken, setting=s) for s in settings if s not in breaking)
    assumptions = dict.fromkeys((*chain.from_iterable(needed), *notes.chosen(problem)))
    reason = notes.dependence(depends_on, witness, notes.unknowns(problem) if doubtful else (), supposed)
    return Result(claimed, Verdict.UNKNOWN, witness, tuple(depends_on), reason, assumptions=tuple(assumptions))


def _unbroken(context: Context, claimed: Property, problem: Problem, query: Query, limits: Limits) -> Result:
    """Proved, or vacuous where nothing meets the premise."""
    unmet = [premise for premise in query.goals.premises if not query.sure(premise)]
    if unmet:
        assumptions = (*query.needed_assumptions(unmet[0]), *notes.chosen(problem))
        reason = notes.vacuity(context, claimed.claim, query, limits)
        near = doubts(claimed.claim, context.cluster, context.universe)
        reason += f" (did you mean `{near[0].meant}`?)" if near else ""
        return Result(claimed, Verdict.VACUOUS, reason=reason, assumptions=assumptions)
    needed = query.needed_assumptions(query.goals.broken)
    remarks = notes.cut_off(context, claimed.claim, query, limits)
    if isinstance(claimed.claim, Isolated):
        remarks = (*remarks, *reopened(context, claimed.claim))
    assumptions = (*needed, *notes.source_addresses(problem), *notes.chosen(problem))
    return Result(claimed, Verdict.PROVED, notes=remarks, assumptions=assumptions)


def essential(settings: Sequence[Setting], breaking: Sequence[Setting]) -> tuple[str, ...]:
    """The switches that, changed alone in some setting, change whether the property breaks."""
    broken = set(breaking)
    names = [name for name, _ in settings[0]]
    return tuple(name for i, name in enumerate(names) if any(_flips(s, i, broken, settings) for s in broken))


def _flips(setting: Setting, index: int, broken: set[Setting], settings: Sequence[Setting]) -> bool:
    """True iff some setting that differs from `setting` in one switch only does not break the property."""
    rest = setting[:index] + setting[index + 1 :]
    return any(s not in broken and s[:index] + s[index + 1 :] == rest for s in settings)
