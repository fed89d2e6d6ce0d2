"""`netpol coverage`: which edits of the policies the properties notice that are proved today, and which none does."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.check.check import report
from verifier.engine.coverage.effects import Effects, effects_of
from verifier.engine.coverage.noticing import Noticed, Numbers, Watched, noticed_by
from verifier.engine.coverage.suggesting import Draft, Suggested, Suggesting
from verifier.engine.coverage.versions import versions_of
from verifier.engine.precheck.prepare import Given, Pods, prepare
from verifier.engine.results.check import CheckReport, Verdict, total
from verifier.engine.results.coverage import (
    CoverageReport,
    Effect,
    Fate,
    Judged,
    OfPolicy,
    OfProperty,
    Proposal,
)
from verifier.engine.solve.watcher import UNWATCHED, Watcher
from verifier.errors import Diagnostic, Undecided
from verifier.ir.cluster import Cluster
from verifier.ir.mutant import Mutant, place_of
from verifier.ir.property import Property
from verifier.ir.universe import OPEN, Universe
from verifier.smt.solver import Limits

_NO_LIMITS = Limits()


def coverage(
    cluster: Cluster,
    mutants: Sequence[Mutant],
    properties: Sequence[Property],
    universe: Universe = OPEN,
    switches: Mapping[str, str] | None = None,
    limits: Limits = _NO_LIMITS,
    diagnostics: Sequence[Diagnostic] = (),
    *,
    jobs: int = 1,
    watcher: Watcher = UNWATCHED,
    drafts: Callable[[], Iterable[Draft]] = tuple,
    limit: int = 0,
    since: str | None = None,
    fail_under: float | None = None,
) -> CoverageReport:
    """What becomes of each mutant of the cluster's policies, and what each property notices.

    drafts: gives properties that may be proved, to be suggested.
    limit: of how many edits that nothing notices it is told what they would change, and what would notice them. since,
    fail_under: as the report has them. Raises what `check` raises.
    """
    checked = report(cluster, properties, universe, switches, limits, diagnostics, jobs=jobs, watcher=watcher)
    watcher.turns_to("looking at edits")
    sides = (Given(cluster),)
    [context] = prepare(sides, universe, switches, limits, Pods.EACH, by_services=True)
    watched = Watched(context, mutants, versions_of(cluster.policies, mutants), limits)
    # The policies of new namespaces do not stand among those of a version that has stages of its own: nobody knows.
    untold: Numbers = watched.versions.apart if universe.templates.objects else frozenset()
    asked = watched.everything - untold
    found: list[Noticed] = []
    for result in checked.results:
        is_proved = result.verdict is Verdict.PROVED
        if is_proved:
            watcher.turns_to(f"looking at edits, for {result.property.name}")
        found.append(noticed_by(watched, result.property, asked) if is_proved else Noticed(frozenset()))
    found = [replace(each, undecided=each.undecided | untold) for each in found]
    watcher.turns_to("looking at what no property notices")
    [plain] = prepare(sides, universe, switches, limits, Pods.ANY)
    fates = _fates(replace(watched, context=plain), found)
    missed = _Missed(watched, fates, drafts, limit, watcher)
    return replace(_report(watched, checked, found, fates, missed), since=since, fail_under=fail_under)


class _Fates(Struct, frozen=True):
    """What becomes of the mutants; the others are equivalent. opened: of those that are unnoticed the ones that open
    something. effects: what can be asked what they change; None: nothing does, or the solver gave up."""

    noticed: Numbers
    undecided: Numbers
    unnoticed: Numbers
    opened: Numbers = frozenset()
    effects: Effects | None = None

    def of(self, number: int) -> Fate:
        if number in self.noticed:
            return Fate.NOTICED
        if number in self.undecided:
            return Fate.UNDECIDED
        return Fate.UNNOTICED if number in self.unnoticed else Fate.EQUIVALENT


def _fates(watched: Watched, found: Sequence[Noticed]) -> _Fates:
    noticed: Numbers = frozenset().union(*(each.noticed for each in found))
    undecided: Numbers = frozenset().union(*(each.undecided for each in found)) - noticed
    rest = watched.everything - noticed - undecided
    try:
        effects = effects_of(watched)
    except Undecided:
        return _Fates(noticed, undecided | rest, frozenset())
    if effects is None:
        return _Fates(noticed, undecided, frozenset())
    changing = effects.changing(rest)
    return _Fates(noticed, undecided | changing.undecided, changing.opened | changing.closed, changing.opened, effects)


class _Missed:
    """What is told of mutants that nothing notices: of some what they change, those first that open something, and
    what would notice them."""

    def __init__(
        self, watched: Watched, fates: _Fates, drafts: Callable[[], Iterable[Draft]], limit: int, watcher: Watcher
    ) -> None:
        self.effects: dict[int, Effect] = {}
        self.suggestions: dict[int, str] = {}
        self.proposals: list[Proposal] = []
        if fates.effects is None or not fates.unnoticed or limit == 0:
            return
        suggesting = Suggesting(watched, fates.unnoticed, drafts())
        for version in sorted(fates.unnoticed, key=lambda number: (number not in fates.opened, number))[:limit]:
            watcher.turns_to(f"looking at what would change: {len(self.effects) + 1} of {limit}")
            effect = fates.effects.effect(version)
            if effect is not None:
                self.effects[version] = effect
                if version not in self.suggestions:
                    self._suggest(suggesting.suggest(version, effect))

    def _suggest(self, found: Suggested | None) -> None:
        if found is not None:
            fresh = [number for number in sorted(found.notices) if number not in self.suggestions]
            self.suggestions |= dict.fromkeys(fresh, found.text)
            self.proposals.append(Proposal(found.text, len(fresh)))


def _report(
    watched: Watched, checked: CheckReport, found: Sequence[Noticed], fates: _Fates, missed: _Missed
) -> CoverageReport:
    names = [result.property.name for result in checked.results]
    judged = tuple(
        Judged(
            mutant.edit,
            fates.of(number),
            tuple(name for name, each in zip(names, found, strict=True) if number in each.noticed),
            missed.effects.get(number),
            missed.suggestions.get(number),
        )
        for number, mutant in enumerate(watched.mutants, 1)
    )
    properties = tuple(
        OfProperty(result.property, result.verdict, len(each.noticed), len(each.noticed - _others(found, place)))
        for place, (result, each) in enumerate(zip(checked.results, found, strict=True))
    )
    return CoverageReport(
        checked.universe,
        judged,
        properties,
        tuple(_of_policies(judged)),
        tuple(sorted(missed.proposals, key=lambda proposal: -proposal.more)),
        checked.counts,
        assumptions=checked.assumptions,
        not_covered=checked.not_covered,
        diagnostics=checked.diagnostics,
        passed_over=checked.passed_over,
        stats=total((r.stats for r in checked.results), checked.counts.policies),
    )


def _others(found: Sequence[Noticed], place: int) -> Numbers:
    """What the other properties notice."""
    return frozenset().union(*(each.noticed for number, each in enumerate(found) if number != place))


def _of_policies(judged: Iterable[Judged]) -> Iterator[OfPolicy]:
    """In the order of reading."""
    by_place: dict[object, list[Judged]] = {}
    for each in judged:
        by_place.setdefault(place_of(each.edit.policy), []).append(each)
    for mine in by_place.values():
        count = Counter(each.fate for each in mine)
        yield OfPolicy(
            mine[0].edit.policy, len(mine), count[Fate.NOTICED], count[Fate.UNDECIDED], count[Fate.EQUIVALENT]
        )
