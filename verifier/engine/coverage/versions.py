"""All mutants of a policy set in one: every line that only some of them have hangs on a mark that says which.

Only one version is meant at a time, so that the place of a line counts by the lines of the policies as they are: what a
mutant has instead of some of them stands where these do.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from verifier.encoding.marks import Marking, Marks
from verifier.engine.problem.problem import Context
from verifier.errors import InternalError
from verifier.ir.mutant import Mutant, place_of, rungs_of, selections_of
from verifier.ir.policy import (
    Action,
    And,
    Block,
    Direction,
    Formula,
    Not,
    Pipe,
    PolicySet,
    Rung,
    Selects,
    Stage,
    Tie,
)
from verifier.vocabulary import Mentions

_T = TypeVar("_T")


class Versions(Struct, frozen=True):
    """The policies in all versions, and what the marks in them mean. apart: versions that have stages of their own, in
    which policies of another set (those of new namespaces) do not stand."""

    policies: PolicySet
    marks: Marks
    apart: frozenset[int] = frozenset()


def versions_of(policies: PolicySet, mutants: Sequence[Mutant]) -> Versions:
    """The policies as they are, version 0, and after each edit, in the order of the mutants: versions 1 and so on."""
    marking = Marking(len(mutants))
    numbered = list(enumerate(mutants, 1))
    apart: set[int] = set()
    ingress, egress = (_pipe(policies.pipe(d), numbered, d, marking, apart) for d in Direction)
    whole = PolicySet(ingress, egress, policies.objects, policies.idle, policies.scheme)
    return Versions(whole, marking.marks, frozenset(apart))


def marked(context: Context, versions: Versions) -> Context:
    """The context with the policies of all versions."""
    return replace(context, cluster=replace(context.cluster, policies=versions.policies))


def marks_in(policies: PolicySet) -> frozenset[str]:
    """The names of the marks in them; those of conditions that nobody can say may be among them."""
    mentions = Mentions()
    mentions.add_policies(policies)
    return frozenset(unknown.about for unknown in mentions.unknowns)


class _Sequence(Struct):
    """Items in order, and what some versions have instead of some of them. gone: by place, the versions that lack the
    item; come: by place, what versions have before it."""

    gone: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    come: dict[int, list[tuple[int, object]]] = field(default_factory=lambda: defaultdict(list))

    def instead(self, version: int, first: int, after: int, new: Iterable[object]) -> None:
        """The version has `new` instead of the items from `first` on, up to `after`."""
        for place in range(first, after):
            self.gone[place].add(version)
        for item in new:
            self.come[first].append((version, item))

    def changed(self, version: int, old: Sequence[_T], new: Sequence[_T], key: Callable[[_T], object]) -> None:
        """The version has `new` instead of `old`, all items there are; what both begin and end with stays."""
        first = 0
        while first < min(len(old), len(new)) and key(old[first]) == key(new[first]):
            first += 1
        last = 0
        while last < min(len(old), len(new)) - first and key(old[-1 - last]) == key(new[-1 - last]):
            last += 1
        self.instead(version, first, len(old) - last, new[first : len(new) - last])

    def joined(self, items: Sequence[_T], under: Callable[[_T, Formula], _T], marking: Marking) -> Iterator[_T]:
        """All items of all versions, each under the mark of those that have it."""
        for place in range(len(items) + 1):
            for version, item in self.come.get(place, ()):
                yield under(item, marking.mark(frozenset({version})))  # type: ignore[arg-type]
            if place < len(items):
                gone = self.gone.get(place)
                yield items[place] if gone is None else under(items[place], Not(marking.mark(frozenset(gone))))


class _Growing(Struct):
    """A stage to which versions are added. elsewhere: those that have another stage in its place, each with that."""

    stage: Stage
    applies: _Sequence = field(default_factory=_Sequence)
    blocks: dict[tuple[int, int], _Sequence] = field(default_factory=lambda: defaultdict(_Sequence))
    elsewhere: dict[int, Stage] = field(default_factory=dict)

    def lines(self) -> Iterator[tuple[tuple[int, int], Block]]:
        """The blocks, each at its place."""
        for number, part in enumerate(self.stage.body):
            for place, block in enumerate(part.blocks if isinstance(part, Tie) else (part,)):
                yield (number, place), block

    def stages(self, marking: Marking) -> Iterator[Stage]:
        """The stage, and those that stand in its place."""
        stage = self._joined(marking)
        if self.elsewhere:
            stage = _silent(stage, Not(marking.mark(frozenset(self.elsewhere))))
        yield stage
        for version, other in self.elsewhere.items():
            yield _apart(other, version, marking)

    def _joined(self, marking: Marking) -> Stage:
        stage = self.stage
        applies = stage.applies
        if applies is not None:
            applies = tuple(self.applies.joined(applies, _whom, marking))

        def block(old: Block, place: tuple[int, int]) -> Block:
            mine = self.blocks.get(place)
            return old if mine is None else Block(tuple(mine.joined(old.rungs, _rung, marking)))

        body: list[Block | Tie] = []
        for number, part in enumerate(stage.body):
            if isinstance(part, Tie):
                body.append(Tie(tuple(block(each, (number, place)) for place, each in enumerate(part.blocks))))
            else:
                body.append(block(part, (number, 0)))
        return Stage(stage.name, applies, tuple(body), stage.end, stage.room)


def _pipe(
    pipe: Pipe, mutants: Sequence[tuple[int, Mutant]], direction: Direction, marking: Marking, apart: set[int]
) -> Pipe:
    """apart: is told which versions have stages of their own."""
    growing = [_Growing(stage) for stage in pipe.stages]
    placed = {each.stage.name: _places(each) for each in growing}
    others: dict[int, Pipe] = {}
    for version, mutant in mutants:
        theirs = mutant.policies.pipe(direction)
        if mutant.alone:
            more = {stage.name: stage for stage in theirs.stages}
            if not more.keys() <= placed.keys():
                raise InternalError(f"no stage for what {mutant.edit.policy} says")
            for each in growing:
                places = placed[each.stage.name].get(place_of(mutant.edit.policy))
                _replace(each, version, places or _Places(), more.get(each.stage.name))
        elif [s.name for s in theirs.stages] == [s.name for s in pipe.stages]:
            for each, stage in zip(growing, theirs.stages, strict=True):
                _compare(each, version, stage)
        else:
            others[version] = theirs
    stages = [stage for each in growing for stage in each.stages(marking)]
    if others:
        here = Not(marking.mark(frozenset(others)))
        stages = [_silent(stage, here) for stage in stages]
        for version, other in others.items():
            stages += [_apart(stage, version, marking) for stage in other.stages]
    apart.update(others, *(each.elsewhere for each in growing))
    return Pipe(tuple(stages), pipe.final)


class _Places(Struct):
    """Where the selections and rungs of one policy stand in a stage."""

    applies: list[int] = field(default_factory=list)
    rungs: list[tuple[tuple[int, int], int]] = field(default_factory=list)


def _places(growing: _Growing) -> dict[tuple[int, object], _Places]:
    """By policy."""
    found: dict[tuple[int, object], _Places] = defaultdict(_Places)
    for number, who in enumerate(growing.stage.applies or ()):
        found[place_of(who.citation)].applies.append(number)
    for place, block in growing.lines():
        for number, rung in enumerate(block.rungs):
            if rung.selects is not None:
                found[place_of(rung.selects.citation)].rungs.append((place, number))
    return found


def _replace(growing: _Growing, version: int, places: _Places, alone: Stage | None) -> None:
    """In this version, what `alone` says stands for what a policy does: in a stage in which the order makes no
    difference, so that what both say stays where it is."""
    stage = growing.stage
    applies = list(selections_of(alone)) if alone is not None and stage.applies is not None else []
    for number in places.applies:
        old = stage.applies[number] if stage.applies is not None else None
        if old is None or not _take(applies, _key_of_whom(old), _key_of_whom):
            growing.applies.gone[number].add(version)
    growing.applies.come[len(stage.applies or ())] += [(version, who) for who in applies]
    rungs = list(rungs_of(alone)) if alone is not None else []
    blocks = dict(growing.lines())
    for place, number in places.rungs:
        if not _take(rungs, _key_of_rung(blocks[place].rungs[number]), _key_of_rung):
            growing.blocks[place].gone[number].add(version)
    if rungs:
        last = max(blocks)
        growing.blocks[last].come[len(blocks[last].rungs)] += [(version, rung) for rung in rungs]


def _take(items: list[_T], wanted: object, key: Callable[[_T], object]) -> bool:
    """Takes one that is meant out of the list; False where there is none."""
    for number, item in enumerate(items):
        if key(item) == wanted:
            del items[number]
            return True
    return False


def _compare(growing: _Growing, version: int, stage: Stage) -> None:
    """In this version, the stage is `stage`."""
    mine = growing.stage
    blocks = dict(growing.lines())
    theirs = dict(_Growing(stage).lines())
    alike = (mine.end, mine.applies is None) == (stage.end, stage.applies is None)
    if not alike or blocks.keys() != theirs.keys() or _ties(mine) != _ties(stage):
        growing.elsewhere[version] = stage
        return
    if mine.applies is not None and stage.applies is not None:
        growing.applies.changed(version, mine.applies, stage.applies, _key_of_whom)
    for place, block in blocks.items():
        growing.blocks[place].changed(version, block.rungs, theirs[place].rungs, _key_of_rung)


def _ties(stage: Stage) -> list[bool]:
    return [isinstance(part, Tie) for part in stage.body]


def _key_of_whom(who: Selects) -> object:
    return who.namespace, who.pods


def _key_of_rung(rung: Rung) -> object:
    whom = None if rung.selects is None else _key_of_whom(rung.selects)
    return rung.action, rung.guard, whom


def _whom(who: Selects, condition: Formula) -> Selects:
    return Selects(who.namespace, And((condition, who.pods)), who.citation)


def _rung(rung: Rung, condition: Formula) -> Rung:
    return Rung(rung.selects, And((condition, rung.guard)), rung.action, rung.citation, rung.joint)


def _apart(stage: Stage, version: int, marking: Marking) -> Stage:
    """A stage of one version. No two stages have one name."""
    mine = _silent(stage, marking.mark(frozenset({version})))
    return Stage(f"{stage.name} (version {version})", mine.applies, mine.body, mine.end, mine.room)


def _silent(stage: Stage, unless: Formula) -> Stage:
    """The stage, which says nothing where the condition does not hold."""
    if stage.applies is None and stage.end is not Action.NEXT:
        raise InternalError(f"the stage {stage.name} speaks of everybody, and ends in {stage.end}")
    return stage.mapped(partial(_whom, condition=unless), partial(_rung, condition=unless))
