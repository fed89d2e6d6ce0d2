"""`netpol gate`: what a change breaks, opens and closes: check of both sides, and their difference."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.check.accepted import judged_modulo, of
from verifier.engine.check.check import Wanted, check, check_sides, summed_up
from verifier.engine.diff.believed import (
    as_base_says,
    not_ended,
    refuse_another_root,
    told_to_run,
    unproven,
    with_running,
)
from verifier.engine.diff.compare import compare
from verifier.engine.diff.partial import as_far_as_read
from verifier.engine.diff.turned import is_about_gone, relabelled, what_else
from verifier.engine.problem.declared import World
from verifier.engine.problem.meant import asked_in, meant_flow
from verifier.engine.problem.pairing import lost_labels
from verifier.engine.region.flows import flows_of
from verifier.engine.results.check import Result, Verdict
from verifier.engine.results.diff import Change, Difference, GateReport, Judged, Relation
from verifier.engine.solve.watcher import UNWATCHED, Watcher
from verifier.errors import Diagnostic
from verifier.ir.acceptance import Acceptance, Flow
from verifier.ir.cluster import NOTHING, Cluster
from verifier.ir.pods import PodPeer
from verifier.ir.policy import PolicySet
from verifier.ir.property import Claim, Never, Peers, Property
from verifier.ir.universe import OPEN, Universe
from verifier.smt.solver import Limits

_NO_LIMITS = Limits()


class Known(Struct, frozen=True):
    """What somebody who holds on to both sides knows already: the results of all properties on either, as `check` gives
    them. narrower: nothing is allowed at the head that the base does not allow, whatever the open switches are. worlds:
    those of base and head; doubtful: of either side, what is doubtful about the claims; None: nobody knows."""

    before: Sequence[Result]
    after: Sequence[Result]
    narrower: bool = False
    worlds: tuple[World, World] | None = None
    doubtful: tuple[Sequence[Diagnostic] | None, Sequence[Diagnostic] | None] = (None, None)


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
    wanted: Wanted | None = None,
    known: Known | None = None,
) -> GateReport:
    """Both sides judged, and how they differ.

    base: None where there is nothing to ask: no manifests, or, in an inventory, no workloads. acceptances: none of them
    expired; those that are, `expired`, excuse nothing. prolonged: acceptances of the head that are expired ones but for
    a later day: they excuse nothing new, only a property that was violated before, within the very flows that were
    accepted then. retired: the names of properties that the head does not have any more. templates: what new namespaces
    get by the terms of the base and of the head, for the difference; None: what the universe says. limit: how many
    regions are looked for of what was added, of what was removed, and (if `wanted` says no other) of what breaks a
    property. dump_to: a directory
    for the SMT-LIB scripts of either side, of what is accepted and of the difference. known: what need not be asked
    again; where `narrower`, the difference lists nothing, neither what was removed. Raises what `check` and `compare`
    raise, and InputError where the sides do not agree on the root namespace of a mesh.
    """
    refuse_another_root(base, head, base_name)
    accepted = _Accepted(acceptances, expired, prolonged)
    running = not_ended(base or NOTHING, head)
    head, diagnostics = with_running(head, running), (*diagnostics, *told_to_run(running, base_name))
    head = replace(head, unproven=unproven(base or NOTHING, head))
    asked_already = None if running or head.unproven else known  # else the head that is judged is not the one asked
    worlds = _worlds_of(asked_already, base or NOTHING, head, universe)
    home = None if base is None else (worlds[0], worlds[1])
    asked = _Asked(properties, universe, switches, limits, dump_to, home, templates, wanted or Wanted(limit))
    has_before = base is not None and (universe.other_pods or base.workloads)
    if asked_already is None:
        before, after = asked.results(base, head, jobs, watcher, both=bool(has_before))
    else:
        before, after = list(asked_already.before) if has_before else None, list(asked_already.after)
    trusted = None if base is None else _trusted(asked, base, head, base_name)
    watcher.turns_to("comparing what they permit")
    judged = []
    unused: list[Acceptance] = []
    needed: list[Acceptance] = []
    for index, claimed in enumerate(properties):
        past = None if before is None or base is None else _Past(base, before[index])
        if claimed.name in retired and is_about_gone(claimed.claim, *worlds):
            judged.append(
                Judged(claimed, Change.GONE, None if past is None else past.result.verdict, after[index].verdict)
            )
            continue
        verdict, after[index], more = _judge(asked, head, claimed, past, after[index], accepted)
        if trusted is not None and verdict.change in _PASSES:
            again = _judge(asked, trusted.head, claimed, past, trusted.results[index], accepted)
            if again[0].change not in _PASSES and again[0].head is not Verdict.VACUOUS:
                verdict, after[index], more = again
                after[index] = replace(after[index], notes=(*after[index].notes, trusted.note, _ON_THEIR_OWN))
        judged.append(verdict)
        unused += [a for a in of(accepted.current, claimed.name) if a in more.superfluous]
        needed += more.needed
    names = {claimed.name for claimed in properties}
    unused += [a for a in accepted.current if a.property is not None and a.property not in names]
    growth = list(of(accepted.current, None))
    if known is not None and known.narrower:
        narrower = Difference(Relation.NARROWER, accepted=_flows(growth), universe=universe.name)
        difference = as_far_as_read(narrower, (base or NOTHING).passed_over, head.passed_over)
    else:
        difference = asked.difference(base, head, growth, limit, "difference")
    late = list(of(accepted.expired, None))
    if difference.added and late:
        excused = asked.difference(base, head, [*growth, *late], limit=1)
        needed += [] if excused.added or excused.given_up else late
    unneeded = [] if difference.added or not difference.complete else _unneeded(asked, base, head, growth)
    turned = any(each.change is Change.NEWLY_VIOLATED for each in judged) and not difference.added
    doubtful = (None, None) if asked_already is None or before is None else asked_already.doubtful
    told = summed_up(head, after, universe, diagnostics, world=worlds[1], doubtful=doubtful[1])
    return GateReport(
        base_name=base_name,
        base=summed_up(base or NOTHING, before or (), universe, (), world=worlds[0], doubtful=doubtful[0]),
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


def _worlds_of(known: Known | None, base: Cluster, head: Cluster, universe: Universe) -> tuple[World, World]:
    """The worlds of both sides: those that are known, or new ones."""
    if known is not None and known.worlds is not None:
        return known.worlds
    return World(base, universe), World(head, universe)


_OUTSIDE = "before this change it was violated, too, but not outside what is accepted"
_BESIDES = "it is violated as before, and this breaks it besides"
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


class _More(Struct, frozen=True):
    """Acceptances of a property that it does not need, and expired ones that it would."""

    superfluous: tuple[Acceptance, ...] = ()
    needed: tuple[Acceptance, ...] = ()


class _Past(Struct, frozen=True):
    """What became of a property at the base."""

    side: Cluster
    result: Result


def _judge(
    asked: "_Asked", head: Cluster, claimed: Property, past: _Past | None, result: Result, accepted: _Accepted
) -> tuple[Judged, Result, _More]:
    """What became of a property, the result to be shown, and what to say of its acceptances. past: what was at the
    base; None: it could not be asked there."""
    mine = list(of(accepted.current, claimed.name))

    def modulo(asked_about: Property, flows: Sequence[Acceptance], told: bool) -> Result:
        return asked.modulo(head, asked_about, flows, "accepted" if told else None)

    excused, superfluous = judged_modulo(claimed, result, mine, modulo)
    verdict = None if past is None else past.result.verdict
    change = _change(verdict, result.verdict, excused.verdict)
    used = tuple(a for a in mine if a not in superfluous) if change is Change.ACCEPTED else ()
    late = list(of(accepted.expired, claimed.name))
    needed: tuple[Acceptance, ...] = ()
    if late and change in (Change.NEWLY_VIOLATED, Change.STILL_VIOLATED, Change.UNDECIDED):
        if asked.modulo(head, claimed, [*mine, *late]).verdict is Verdict.PROVED:
            needed = tuple(late)
        longer = list(of(accepted.prolonged, claimed.name))
        if verdict is Verdict.VIOLATED and longer:
            prolonged = asked.modulo(head, claimed, [*mine, *longer])
            if prolonged.verdict is Verdict.PROVED:
                change, used = Change.ACCEPTED, (*mine, *longer)
    shown, was_accepted, more = result if change is Change.ACCEPTED else excused, False, False
    if change is Change.STILL_VIOLATED and past is not None:
        if mine and asked.modulo(past.side, claimed, mine).verdict is Verdict.PROVED:
            change, was_accepted = Change.NEWLY_VIOLATED, True
            shown = replace(shown, notes=(*shown.notes, _OUTSIDE))
        elif (besides := _besides(asked, head, claimed, mine, past.result)) is not None:
            shown, more = replace(besides, notes=(*besides.notes, _BESIDES)), True
    judged = Judged(claimed, change, verdict, result.verdict, used, was_accepted, more)
    return judged, shown, _More(tuple(superfluous), needed)


def _besides(
    asked: "_Asked", head: Cluster, claimed: Property, mine: Sequence[Acceptance], past: Result
) -> Result | None:
    """The result modulo all that broke the property at the base, if something else breaks it at the head; None: nothing
    does, or it is not known. Flows are wider than what they are made of, so that what is found is surely more."""
    if not past.complete:
        return None
    before = tuple(flow for region in past.regions for flow in flows_of(region, asked.preserves(head)))
    besides = asked.modulo(head, claimed, mine, "besides", before)
    return besides if besides.verdict is Verdict.VIOLATED else None


class _Asked:
    """What is asked of either side."""

    def __init__(
        self,
        properties: Sequence[Property],
        universe: Universe,
        switches: Mapping[str, str] | None,
        limits: Limits,
        dump_to: Path | None,
        home: tuple[World, World] | None,
        templates: tuple[PolicySet, PolicySet] | None,
        wanted: Wanted,
    ) -> None:
        """home: the world of the base, in which accepted flows mean what they say, and that of the head; None: there is
        no base, and they mean what that is in the head."""
        self._properties, self._universe, self._switches, self._limits = properties, universe, switches, limits
        self._dump_to, self._home, self._templates, self._wanted = dump_to, home, templates, wanted

    def results(
        self, base: Cluster | None, head: Cluster, jobs: int, watcher: Watcher, *, both: bool
    ) -> tuple[list[Result] | None, list[Result]]:
        """Those of either side; None: not `both`, since there is nothing to ask at the base."""
        named = [("base", base)] if both and base is not None else []
        unasked = [base] if base is not None and not both else []
        sides = [(name, side, self._folder(name)) for name, side in (*named, ("head", head))]
        what = self._properties, self._universe, self._switches, self._limits
        found = check_sides(sides, *what, {}, jobs, watcher, unasked, self._wanted)
        return list(found[0]) if named else None, list(found[-1])

    def of(self, side: Cluster) -> tuple[Result, ...]:
        """The results of all properties on one more side."""
        what = self._properties, self._universe, self._switches, self._limits
        limit, unselected = self._wanted.limit, self._wanted.unselected
        return check(side, *what, limit=limit, unselected=unselected)

    def modulo(
        self,
        side: Cluster,
        claimed: Property,
        acceptances: Sequence[Acceptance],
        name: str | None = None,
        besides: Sequence[Flow] = (),
    ) -> Result:
        """The result of one property, the flows of `acceptances` and `besides` let through. name: under which it is
        dumped; None: it is not told."""
        anywhere = isinstance(claimed.claim, Never)
        flows = (*_flows(acceptances), *besides)
        accepted = {claimed.name: tuple(_at_home(flow, self._home, claimed.claim, anywhere) for flow in flows)}
        folder, limit = self._folder(name), self._wanted.limit if name is not None else 0
        what = (claimed,), self._universe, self._switches, self._limits, folder, accepted
        return check(side, *what, limit=limit, unselected=self._wanted.unselected)[0]

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
            unselected=self._wanted.unselected,
        )

    def preserves(self, side: Cluster) -> bool:
        """True only if policies surely see the clients' own addresses."""
        said = {**self._universe.switches, **(self._switches or {})}
        return said.get("external_source", "preserved") == "preserved" and not side.services

    def _folder(self, name: str | None) -> Path | None:
        return None if self._dump_to is None or name is None else self._dump_to / name


def _flows(acceptances: Sequence[Acceptance]) -> tuple[Flow, ...]:
    return tuple(flow for acceptance in acceptances for flow in acceptance.flows)


def _at_home(flow: Flow, worlds: tuple[World, World] | None, claim: Claim, anywhere: bool) -> Flow:
    """The flow with what it means in the first of these worlds: its Services lead where they lead there, and its bare
    selectors mean the namespaces that are declared there. A change that declares others, or leads a Service elsewhere,
    accepts nothing by that. anywhere: but for a bare source, which means those of all namespaces, as it does in the
    property."""
    if worlds is None:
        return flow
    home, head = worlds
    asked = asked_in(home, claim, (flow,)).asking(asked_in(head, claim, (flow,)).asked_keys)
    flow, namespaces = meant_flow(flow, asked, head), frozenset(home.declared)
    sources = flow.sources if anywhere else _placed(flow.sources, namespaces)
    return replace(flow, sources=sources, destinations=_placed(flow.destinations, namespaces))


def _placed(peers: Peers, namespaces: frozenset[str]) -> Peers:
    if peers is None:
        return None
    return tuple(replace(p, names=namespaces) if isinstance(p, PodPeer) and p.is_bare else p for p in peers)


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
