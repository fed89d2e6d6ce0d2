"""The cheapest set of edits after which a property holds: a tree of hitting sets over counterexamples.

A connection that breaks the property has to be decided otherwise on one of its legs, so that every repair holds an edit
of a step that decided there. Texts are tried in the order of their cost. What is offered was read again from the text
that it leaves, and everything that held is proved anew.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.check.check import check
from verifier.engine.diff.compare import compare
from verifier.engine.problem.declared import World
from verifier.engine.problem.meant import asked_in, meant
from verifier.engine.results.check import Result, Verdict
from verifier.engine.results.diff import Relation
from verifier.errors import InputError
from verifier.ir.cluster import Cluster
from verifier.ir.notation import has_plain_ports
from verifier.ir.property import Always, Exactly, Property
from verifier.ir.universe import Universe
from verifier.manifests.documents.document import Document
from verifier.manifests.documents.editing import NotEditable
from verifier.manifests.documents.source import Source
from verifier.mending.changes import Edit
from verifier.mending.edits import can_mend, edits_for
from verifier.mending.placing import Takes, nowhere, raw, with_policy
from verifier.mending.result import Change, Outcome, Repair
from verifier.smt.limits import Limits

MOST = 60
"""So many texts are asked about before a search is given up."""
REGIONS = 20
"""So many are listed of what a repair closes, and of what it opens."""

Sources = tuple[Source, ...]


class Setting(Struct, frozen=True):
    """What is asked, under what. read: what sources say; raises InputError. is_taken: which new files the same
    arguments would read."""

    read: Callable[[Sources], Cluster]
    universe: Universe
    switches: Mapping[str, str]
    limits: Limits
    is_taken: Takes = nowhere


class _State(Struct, frozen=True):
    sources: Sources
    edits: tuple[Edit, ...] = ()

    @property
    def cost(self) -> int:
        return sum(edit.cost for edit in self.edits)

    def holds_all_of(self, other: "_State") -> bool:
        """True iff every edit of the other one is one of these, so that it is more than what suffices."""
        return {edit.what for edit in other.edits} <= {edit.what for edit in self.edits}


class _Goal(Struct, frozen=True):
    """What a repair is to do. held: what holds before it, and has to after. before: the policies that it changes.
    opens: it may only open; else only close."""

    setting: Setting
    written: Sources
    claimed: Property
    held: tuple[Property, ...]
    before: Cluster
    earlier: tuple[str, ...]
    opens: bool


def mend_all(
    setting: Setting, sources: Sources, properties: Sequence[Property], wanted: int = 1
) -> tuple[list[Outcome], list[Change]]:
    """What becomes of each property, one after the other, each in the texts that those before it left; and all that
    changes. wanted: so many repairs of each are looked for; the cheapest one counts for those after it."""
    cluster = setting.read(sources)
    found = {r.property.name: r for r in _ask(setting, cluster, properties)}
    outcomes: list[Outcome] = []
    now = sources
    for claimed in properties:
        result = found[claimed.name]
        if result.verdict is Verdict.VIOLATED and can_mend(claimed.claim):
            earlier = tuple(o.property.name for o in outcomes if o.repair is not None)
            outcome, now = mend(setting, sources, now, result, properties, wanted, earlier)
        else:
            outcome = _as_found(result)
        outcomes.append(replace(outcome, found=result))
    return outcomes, list(_changed(sources, now))


def _as_found(result: Result) -> Outcome:
    """A property that nothing is tried for."""
    claimed, verdict = result.property, result.verdict
    if verdict is Verdict.PROVED:
        return _as_said(Outcome(claimed, holds=True), result)
    if verdict is Verdict.VIOLATED:
        why = "of such claims no repair is known: all but separate are mended"
    else:
        why = f"{verdict}: {result.reason or 'nothing is known'}"
    undecided, vacuous = verdict is Verdict.UNKNOWN, verdict is Verdict.VACUOUS
    return _as_said(Outcome(claimed, why=why, undecided=undecided, vacuous=vacuous), result)


def _as_said(outcome: Outcome, result: Result) -> Outcome:
    """The outcome with what `check` says beside the verdict that it rests on."""
    return replace(outcome, assumptions=result.assumptions, not_covered=result.not_covered)


def mend(
    setting: Setting,
    written: Sources,
    sources: Sources,
    violated: Result,
    others: Sequence[Property],
    wanted: int = 1,
    earlier: tuple[str, ...] = (),
) -> tuple[Outcome, Sources]:
    """The cheapest repairs of a property, `wanted` at most, under none of which another one that holds turns, and the
    texts that the first one leaves. written: the sources as the files have them. violated: what was said of the
    property in these. earlier: the properties whose repairs made them what they are now."""
    claimed, before = violated.property, setting.read(sources)
    proved = [r for r in _ask(setting, before, others) if r.verdict is Verdict.PROVED]
    for result in proved:
        if result.property.name == claimed.name:
            return replace(_as_found(result), repaired_with=earlier), sources
    about = meant(claimed.claim, asked_in(World(before, setting.universe), claimed.claim)).claim
    if not has_plain_ports(about):
        why = "of claims about Services no repair is known where their pods listen on different ports"
        return _as_said(Outcome(claimed, why=why), violated), sources
    opens = isinstance(claimed.claim, Always)
    if isinstance(claimed.claim, Exactly):
        opens = violated.witness is not None and not violated.witness.allowed
    goal = _Goal(setting, written, claimed, tuple(r.property for r in proved), before, earlier, opens)
    number = count()
    waiting: list[tuple[int, int, _State]] = [(0, next(number), _State(sources))]
    seen: set[tuple[tuple[str, str], ...]] = set()
    refused: dict[str, None] = {}
    repairs: list[tuple[_State, Repair, Result]] = []
    undecided, asked = False, 0
    while waiting and asked < MOST and len(repairs) < wanted:
        _, _, state = heapq.heappop(waiting)
        texts = tuple((source.name, source.text) for source in state.sources)
        if texts in seen or any(state.holds_all_of(other) for other, _, _ in repairs):
            continue
        seen.add(texts)
        try:
            cluster = setting.read(state.sources)
        except InputError:
            continue
        asked += 1
        (found,) = _ask(setting, cluster, (claimed,))
        if found.verdict is Verdict.PROVED:
            repair = _proved(goal, state, cluster)
            if repair is not None:
                repairs.append((state, repair, found))
                asked = 0
            continue
        undecided = undecided or found.verdict is Verdict.UNKNOWN
        if found.witness is None or found.verdict is Verdict.VACUOUS:
            continue
        for edit in edits_for(about, found.witness):
            try:
                after = _State(_edited(written, state.sources, edit, setting.is_taken), (*state.edits, edit))
            except NotEditable as error:
                refused[f"{_place(edit)}: {error}"] = None
            else:
                heapq.heappush(waiting, (after.cost, next(number), after))
    if repairs:
        (state, first, found), *more = repairs
        outcome = Outcome(claimed, repair=first, alternatives=tuple(repair for _, repair, _ in more))
        return _as_said(outcome, found), state.sources
    if waiting:
        why, undecided = f"no repair among the {MOST} cheapest changes that were tried", True
    else:
        why = "nothing that a NetworkPolicy can say here was proved to repair it"
    return _as_said(Outcome(claimed, why=why, undecided=undecided, places=tuple(refused)), violated), sources


def _ask(setting: Setting, cluster: Cluster, properties: Iterable[Property]) -> Sequence[Result]:
    return check(cluster, tuple(properties), setting.universe, setting.switches, setting.limits, limit=0)


def _proved(goal: _Goal, state: _State, after: Cluster) -> Repair | None:
    """The repair; None: another property turns, or it is not known to change only what it has to: a repair of an
    `always` only opens, one of an `exactly` does either, and one of any other claim only closes."""
    setting, claimed = goal.setting, goal.claimed
    results = _ask(setting, after, (claimed, *goal.held))
    if any(result.verdict is not Verdict.PROVED for result in results):
        return None
    difference = compare(goal.before, after, setting.universe, setting.switches, setting.limits, limit=REGIONS)
    opens = goal.opens
    amiss = difference.removed if opens else difference.added
    meant = {Relation.EQUIVALENT, Relation.WIDER if opens else Relation.NARROWER}
    if amiss or not (difference.complete or difference.relation in meant):
        return None
    return Repair(
        tuple(edit.what for edit in state.edits),
        tuple(_changed(goal.written, state.sources)),
        tuple(result.property.name for result in results),
        difference,
        state.cost,
        goal.earlier,
    )


def _changed(before: Sources, after: Sources) -> Iterator[Change]:
    known = {source.name: source.text for source in before}
    for source in after:
        if known.get(source.name) != source.text:
            yield Change(source.name, known.get(source.name), source.text)


def _place(edit: Edit) -> str:
    return edit.what if edit.at is None else edit.at.position.place


def _edited(written: Sources, sources: Sources, edit: Edit, is_taken: Takes) -> Sources:
    """The sources after an edit. is_taken: which new files would be read. Raises NotEditable."""
    if edit.at is None or edit.change is None:
        return with_policy(sources, edit.new, is_taken)
    document = edit.at.document
    assert isinstance(document, Document)
    source = document.source
    if source.trace is not None:
        raise NotEditable("it is rendered: change what it is made of")
    if not isinstance(source.place, str):
        raise NotEditable("it stands in no file of the work tree")
    if document.is_json:
        raise NotEditable("it is JSON, which is not edited here")
    text = source.text
    as_read = next((s.text for s in written if s.name == source.name), None)
    if as_read is not None and raw(source.place) != as_read.encode():
        raise NotEditable("its line breaks or marks would not stay as they are, or it is behind a symbolic link")
    piece = edit.change(text[document.start : document.end], edit.at.path)
    changed = replace(source, text=text[: document.start] + piece + text[document.end :])
    return tuple(changed if each.name == source.name else each for each in sources)
