"""`netpol gate`: what a change breaks, opens and closes: check of both sides, and their difference."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.check.check import check, check_sides, summed_up
from verifier.engine.diff.believed import as_base_says, not_ended, told_to_run, unproven, with_running
from verifier.engine.diff.compare import compare
from verifier.engine.diff.turned import is_about_gone, relabelled, what_else
from verifier.engine.problem.declared import World
from verifier.engine.problem.pairing import lost_labels
from verifier.engine.results.check import Result, Verdict
from verifier.engine.results.diff import Change, Difference, GateReport, Judged
from verifier.engine.solve.watcher import UNWATCHED, Watcher
from verifier.errors import Diagnostic
from verifier.ir.acceptance import Acceptance, Flow
from verifier.ir.cluster import NOTHING, Cluster
from verifier.ir.pods import PodPeer
from verifier.ir.policy import PolicySet
from verifier.ir.property import Never, Peers, Property
from verifier.ir.universe import OPEN, Universe
from verifier.smt.solver import Limits

_NO_LIMITS = Limits()


class _Accepted(Struct, frozen=True):
    """What is accepted: today (`current`), and until a day that is past (`expired`); `prolonged`: the latter, until a
    later day."""

    current: Sequence[Acceptance]
    expired: Sequence[Acceptance]
    prolonged: Sequence[Acceptance]


def gate(
    base: Cluster | None,
    head: Cluster,
    properties: Sequence[Property],
    acceptances: Sequence[Acceptance] = (),
    universe: Universe = OPEN,
    switches: Mapping[str, str] | None = None,
    limits: Limits = _NO_LIMITS,
    base_name: str = "base",
    limit: int | None = None,
    diagnostics: Sequence[Diagnostic] = (),
    dump_to: Path | None = None,
    jobs: int = 1,
    watcher: Watcher = UNWATCHED,
    *,
    expired: Sequence[Acceptance] = (),
    prolonged: Sequence[Acceptance] = (),
    retired: Collection[str] = (),
    templates: tuple[PolicySet, PolicySet] | None = None,
) -> GateReport:
    """Both sides judged, and how they differ.

    base: None where there is nothing to ask: no manifests, or, in an inventory, no workloads. acceptances: none of them
    expired; those that are, `expired`, excuse nothing. prolonged: acceptances of the head that are expired ones but for
    a later day: they excuse nothing new, only a property that was violated before, within the very flows that were
    accepted then. retired: the names of properties that the head does not have any more. templates: what new namespaces
    get by the terms of the base and of the head, for the difference; None: what the universe says. dump_to: a directory
    for the SMT-LIB scripts of either side, of what is accepted and of the difference. Raises what `check` and `compare`
    raise.
    """
    accepted = _Accepted(acceptances, expired, prolonged)
    running = not_ended(base or NOTHING, head)
    head, diagnostics = with_running(head, running), (*diagnostics, *told_to_run(running, base_name))
    head = replace(head, unproven=unproven(base or NOTHING, head))
    meant = None if base is None else frozenset(World(base, universe).declared)
    asked = _Asked(properties, universe, switches, limits, dump_to, meant, templates)
    has_before = base is not None and (universe.other_pods or base.workloads)
    worlds = World(base or NOTHING, universe), World(head, universe)
    before, after = asked.results(base, head, jobs, watcher, both=bool(has_before))
    trusted = None if base is None else _trusted(asked, base, head, base_name)
    watcher.turns_to("comparing what they permit")
    judged = []
    unused: list[Acceptance] = []
    needed: list[Acceptance] = []
    for index, claimed in enumerate(properties):
        past = None if before is None else before[index].verdict
        if claimed.name in retired and is_about_gone(claimed.claim, *worlds):
            judged.append(Judged(claimed, Change.GONE, past, after[index].verdict))
            continue
        verdict, after[index], more = _judge(asked, head, claimed, past, after[index], accepted)
        if trusted is not None and verdict.change in _PASSES:
            again = _judge(asked, trusted.head, claimed, past, trusted.results[index], accepted)
            if again[0].change not in _PASSES and again[0].head is not Verdict.VACUOUS:
                verdict, after[index], more = again
                after[index] = replace(after[index], notes=(*after[index].notes, trusted.note, _ON_THEIR_OWN))
        judged.append(verdict)
        unused += [a for a in _of(accepted.current, claimed.name) if a in more.superfluous]
        needed += more.needed
    names = {claimed.name for claimed in properties}
    unused += [a for a in accepted.current if a.property is not None and a.property not in names]
    growth = _of(accepted.current, None)
    difference = asked.difference(base, head, growth, limit, "difference")
    late = _of(accepted.expired, None)
    if difference.added and late:
        excused = asked.difference(base, head, [*growth, *late], limit=1)
        needed += [] if excused.added or excused.given_up else late
    unneeded = [] if difference.added or not difference.complete else _unneeded(asked, base, head, growth)
    turned = any(each.change is Change.NEWLY_VIOLATED for each in judged) and not difference.added
    told = summed_up(head, after, universe, diagnostics)
    return GateReport(
        base_name=base_name,
        base=summed_up(base or NOTHING, before or (), universe, ()),
        head=told,
        difference=difference,
        judged=tuple(judged),
        grew=bool(difference.added),
        growth=tuple(a for a in growth if a not in unneeded),
        unused=(*unused, *unneeded),
        diagnostics=told.diagnostics,
        expired=tuple(needed),
        forgotten=tuple(namespace.name for namespace in lost_labels(*worlds)),
        gone=tuple(sorted(worlds[0].declared.keys() - worlds[1].declared.keys())),
        turned_by=what_else(*worlds) if turned and base is not None else (),
        relabelled=() if base is None else relabelled(*worlds),
    )


_ON_THEIR_OWN = "bring these objects in a change of their own first"
_PASSES = (Change.HOLDS, Change.FIXED, Change.ACCEPTED)


class _Trusted(Struct, frozen=True):
    """The head with the addresses that the base says, where these are others, and all properties' results there."""

    head: Cluster
    results: Sequence[Result]
    note: str


def _trusted(asked: "_Asked", base: Cluster, head: Cluster, base_name: str) -> _Trusted | None:
    side = as_base_says(base, head)
    if side is None:
        return None
    note = f"it passes only by addresses that this change gives to Nodes, Pods or Services, not by those of {base_name}"
    return _Trusted(side, asked.of(side), note)


def _of(acceptances: Sequence[Acceptance], name: str | None) -> list[Acceptance]:
    """Those of the property of this name; None: of growth."""
    return [acceptance for acceptance in acceptances if acceptance.property == name]


class _More(Struct, frozen=True):
    """Acceptances of a property that it does not need, and expired ones that it would."""

    superfluous: tuple[Acceptance, ...] = ()
    needed: tuple[Acceptance, ...] = ()


def _judge(
    asked: "_Asked", head: Cluster, claimed: Property, past: Verdict | None, result: Result, accepted: _Accepted
) -> tuple[Judged, Result, _More]:
    """What became of a property, the result to be shown, and what to say of its acceptances. past: its verdict on the
    base; None: it could not be asked there."""
    mine = _of(accepted.current, claimed.name)
    excused, superfluous = _modulo(asked, head, claimed, result, mine)
    change = _change(past, result.verdict, excused.verdict)
    used = tuple(a for a in mine if a not in superfluous) if change is Change.ACCEPTED else ()
    late = _of(accepted.expired, claimed.name)
    needed: tuple[Acceptance, ...] = ()
    if late and change in (Change.NEWLY_VIOLATED, Change.STILL_VIOLATED, Change.UNDECIDED):
        if asked.modulo(head, claimed, [*mine, *late]).verdict is Verdict.PROVED:
            needed = tuple(late)
        longer = _of(accepted.prolonged, claimed.name)
        if past is Verdict.VIOLATED and longer:
            prolonged = asked.modulo(head, claimed, [*mine, *longer])
            if prolonged.verdict is Verdict.PROVED:
                change, used = Change.ACCEPTED, (*mine, *longer)
    verdict = Judged(claimed, change, past, result.verdict, used)
    return verdict, result if change is Change.ACCEPTED else excused, _More(tuple(superfluous), needed)


class _Asked:
    """What is asked of either side."""

    def __init__(
        self,
        properties: Sequence[Property],
        universe: Universe,
        switches: Mapping[str, str] | None,
        limits: Limits,
        dump_to: Path | None,
        meant: frozenset[str] | None,
        templates: tuple[PolicySet, PolicySet] | None,
    ) -> None:
        """meant: the namespaces that bare selectors of accepted flows mean, which the base declares; None: there is no
        base, and they mean those of the head."""
        self._properties, self._universe, self._switches, self._limits = properties, universe, switches, limits
        self._dump_to, self._meant, self._templates = dump_to, meant, templates

    def results(
        self, base: Cluster | None, head: Cluster, jobs: int, watcher: Watcher, *, both: bool
    ) -> tuple[list[Result] | None, list[Result]]:
        """Those of either side; None: not `both`, since there is nothing to ask at the base."""
        named = [("base", base)] if both and base is not None else []
        unasked = [base] if base is not None and not both else []
        sides = [(name, side, self._folder(name)) for name, side in (*named, ("head", head))]
        what = self._properties, self._universe, self._switches, self._limits
        found = check_sides(sides, *what, {}, jobs, watcher, unasked)
        return list(found[0]) if named else None, list(found[-1])

    def of(self, side: Cluster) -> tuple[Result, ...]:
        """The results of all properties on one more side."""
        return check(side, self._properties, self._universe, self._switches, self._limits)

    def modulo(
        self, side: Cluster, claimed: Property, acceptances: Sequence[Acceptance], name: str | None = None
    ) -> Result:
        """The result of one property, the flows of `acceptances` let through. name: under which it is dumped."""
        anywhere = isinstance(claimed.claim, Never)
        accepted = {claimed.name: tuple(_at_home(flow, self._meant, anywhere) for flow in _flows(acceptances))}
        folder = self._folder(name)
        return check(side, (claimed,), self._universe, self._switches, self._limits, folder, accepted)[0]

    def difference(
        self,
        base: Cluster | None,
        head: Cluster,
        growth: Sequence[Acceptance],
        limit: int | None,
        name: str | None = None,
    ) -> Difference:
        """How the sides differ, but for what `growth` accepts. name: under which it is dumped; None: it is not told."""
        flows, folder = _flows(growth), self._folder(name)
        return compare(
            base or NOTHING,
            head,
            self._universe,
            self._switches,
            self._limits,
            limit,
            flows,
            dump_to=folder,
            forgets=True,
            templates=self._templates,
            reaching=name is not None,
        )

    def _folder(self, name: str | None) -> Path | None:
        return None if self._dump_to is None or name is None else self._dump_to / name


def _flows(acceptances: Sequence[Acceptance]) -> tuple[Flow, ...]:
    return tuple(flow for acceptance in acceptances for flow in acceptance.flows)


def _at_home(flow: Flow, namespaces: frozenset[str] | None, anywhere: bool) -> Flow:
    """The flow, its bare selectors meaning these namespaces: a change that declares others accepts nothing by that.
    anywhere: but for a bare source, which means those of all namespaces, as it does in the property."""
    if namespaces is None:
        return flow
    sources = flow.sources if anywhere else _placed(flow.sources, namespaces)
    return replace(flow, sources=sources, destinations=_placed(flow.destinations, namespaces))


def _placed(peers: Peers, namespaces: frozenset[str]) -> Peers:
    if peers is None:
        return None
    return tuple(replace(p, names=namespaces) if isinstance(p, PodPeer) and p.is_bare else p for p in peers)


def _modulo(
    asked: _Asked, head: Cluster, claimed: Property, result: Result, mine: Sequence[Acceptance]
) -> tuple[Result, list[Acceptance]]:
    """The result modulo the property's acceptances, and those of them that it does not need."""
    if not mine or result.verdict in (Verdict.PROVED, Verdict.VACUOUS):
        return result, list(mine)
    excused = asked.modulo(head, claimed, mine, "accepted")
    if excused.verdict is not Verdict.PROVED:
        return excused, []
    superfluous: list[Acceptance] = []
    for acceptance in mine:
        rest = [a for a in mine if a is not acceptance and a not in superfluous]
        if asked.modulo(head, claimed, rest).verdict is Verdict.PROVED:
            superfluous.append(acceptance)
    return excused, superfluous


def _change(base: Verdict | None, head: Verdict, excused: Verdict) -> Change:
    if head is Verdict.PROVED:
        return Change.FIXED if base is Verdict.VIOLATED else Change.HOLDS
    if excused is Verdict.PROVED:
        return Change.ACCEPTED
    if excused is not Verdict.VIOLATED:
        return Change.UNDECIDED
    return Change.STILL_VIOLATED if base is Verdict.VIOLATED else Change.NEWLY_VIOLATED


def _unneeded(asked: _Asked, base: Cluster | None, head: Cluster, growth: Sequence[Acceptance]) -> list[Acceptance]:
    """Acceptances, all of which excuse all that is added, without which the others still do."""
    found: list[Acceptance] = []
    for acceptance in growth:
        rest = [a for a in growth if a is not acceptance and a not in found]
        without = asked.difference(base, head, rest, limit=1)
        if not without.added and not without.given_up:
            found.append(acceptance)
    return found
