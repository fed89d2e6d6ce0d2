"""The exact difference of two policy sets, as regions: prime implicants by unsat cores, blocked one after the other.

Take a connection that differs, read every atom in it, and ask which of these literals alone force the difference; drop
literals one by one, those that do not hold first, while they still do. What is left is a box of connections that all
differ. Block it, and go on until nothing differs that is in no box.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.atoms import (
    AddressAtom,
    Atom,
    KindAtom,
    LabelAtom,
    NamedPortAtom,
    NamespaceAtom,
    SameLabelAtom,
    SameNamespaceAtom,
    WorkloadAtom,
)
from verifier.encoding.decode import Reader
from verifier.encoding.header import ADDED, MISDESCRIBED, OPEN, REMOVED
from verifier.encoding.pair import Pair, PairScene, encode_pair
from verifier.encoding.pairedpods import Whose, has_moved, narrowed
from verifier.encoding.problem import Problem, Side
from verifier.engine.diff.box import Box, read_box
from verifier.engine.diff.merging import merged
from verifier.engine.problem.admission import admits
from verifier.engine.solve.asker import Asker, Setting
from verifier.errors import ReplayError, Undecided
from verifier.ir.endpoint import PODLIKE, Connection
from verifier.ir.switches import concrete
from verifier.semantics import Decision, decide
from verifier.smt.solver import Answer, Limits, Model

MOST_TAKEN = 40
"""Boxes that may be taken out of one."""


class Replayed(Struct, frozen=True):
    """A connection that differs, as either side has it, and what each side says of it."""

    old: Connection
    new: Connection
    before: Decision
    after: Decision
    setting: Mapping[str, str]


class Found(Struct, frozen=True):
    """A box of connections that differ, the literals that it was read from, and a model of one of them. taken: of each
    box that it excludes, the literals that say which connections of it."""

    box: Box
    literals: tuple[str, ...]
    model: Model
    taken: tuple[tuple[str, ...], ...] = ()

    @property
    def weight(self) -> int:
        """How many boxes say it."""
        return 1 + len(self.box.excluding)


class Comparison(Asker):
    """A comparison that is being asked about; `enumerate` blocks what it gives, until it ends."""

    def __init__(self, problem: PairScene, limits: Limits) -> None:
        began = time.monotonic()
        self.problem = problem
        self.pair: Pair = encode_pair(problem)
        goals = self.pair.goals
        meanings = {goals.added: ADDED, goals.removed: REMOVED, goals.misdescribed: MISDESCRIBED}
        if goals.open is not None:
            meanings[goals.open] = OPEN
        super().__init__(problem.new, self.pair.script, self.pair.new, limits, meanings=meanings, began=began)
        self._place = {name: number for number, name in enumerate(self.pair.atoms)}
        """Of each atom its number, in the order in which policies mention them."""
        self._seen: dict[str, Model] = {}
        """Of each goal that can be met, the first model that showed it."""

    def can_be(self, goal: str, setting: Setting = ()) -> bool:
        """True iff a connection meets the goal, under `setting` where one is given; raises Undecided."""
        found = self.sure(goal, setting=setting)
        if found:
            self._seen.setdefault(goal, self.model())
        return found

    def seen(self, goal: str) -> Found | None:
        """The connection by which `can_be` found that the goal can be met, and those that no atom tells from it."""
        model = self._seen.get(goal)
        return None if model is None else self._found(None, model)

    def enumerate(self, goal: str, opposite: str, limit: int | None) -> Iterator[Found]:
        """Boxes whose union is all that meets `goal`, unless `limit` ends the list before; raises Undecided, behind
        those that were found, where the solver gives up."""
        self._solver.push()
        try:
            count = 0
            while (limit is None or count < limit) and self._solver.sure(self._assuming((goal,), ())):
                model = self.model()
                literals = self._implicant(model, opposite)
                count += 1
                yield self._found(literals, model)
                if literals is None:
                    raise Undecided(self._solver.reason)
                self._solver.forbid(literals)
        finally:
            self._solver.pop()

    def cover(self, goal: str, opposite: str, limit: int | None) -> Iterator[Found]:
        """What `enumerate` gives, with few boxes where many would say that several conditions do not hold: each is as
        wide as what holds in it says, and what of that does not meet `goal` is taken out of it.

        Ten rules that each deny what has two labels leave 1024 boxes of connections that miss one of the two each time;
        here they are one box, and ten that are taken out. Where that takes too many the box is narrowed.
        """
        found: list[Found] = []
        while limit is None or len(found) < limit:
            model = self._besides(goal, found)
            if model is None:
                return
            literals = self._implicant(model, opposite)
            if literals is None:
                raise Undecided(self._solver.reason)
            found.append(self._widened(literals, model, goal, opposite))
            yield found[-1]

    def _besides(self, goal: str, found: Sequence[Found]) -> Model | None:
        """A model of the goal that is in none of the boxes, whatever is taken out of them; None: there is none.

        INVARIANT: what is asked about the next box is asked without these: it must not take out what another one holds,
        since that one may be found to be of no use in the end.
        """
        self._solver.push()
        try:
            for one in found:
                self._solver.forbid(one.literals)
            return self.model() if self._solver.sure(self._assuming((goal,), ())) else None
        finally:
            self._solver.pop()

    def _widened(self, literals: tuple[str, ...], model: Model, goal: str, opposite: str) -> Found:
        """The box of some literals without those that do not hold, and what is taken out of it; or with fewer of these
        left out, so that little has to be taken."""
        anchored = self._anchored(model)
        denied = [name for name in literals if name.startswith("!") and name not in anchored]
        for kept in (0, len(denied) // 2):
            dropped = set(denied[kept:])
            wide = tuple(name for name in literals if name not in dropped)
            taken = self._taken(wide, goal, opposite) if len(dropped) > 1 else None
            if taken is not None:
                return self._excluding(wide, taken, model)
        return self._found(literals, model)

    def _taken(self, wide: tuple[str, ...], goal: str, opposite: str) -> list[tuple[str, ...]] | None:
        """Literals of boxes that, together, are what of the box of `wide` does not meet `goal`; None: too many, or the
        solver gives up."""
        found: list[tuple[str, ...]] = []
        self._solver.push()
        try:
            while (answer := self.ask(*wide, opposite)) is Answer.SAT:
                more = self._implicant(self.model(), goal, wide)
                if more is None or len(found) == MOST_TAKEN:
                    return None
                found.append(more)
                self._solver.forbid((*wide, *more))
        finally:
            self._solver.pop()
        return found if answer is Answer.UNSAT else None

    def _excluding(self, wide: tuple[str, ...], taken: Sequence[tuple[str, ...]], model: Model) -> Found:
        whole = self._found(wide, model)
        kinds = tuple(name for name in wide if name in self._kinds)
        taken = sorted(taken, key=lambda some: [self._place[name.removeprefix("!")] for name in some])
        boxes = [read_box(self._atoms((*kinds, *some)), self._has_other_protocols, self._workloads) for some in taken]
        excluding = tuple(box for box, _ in merged([(box, None) for box in boxes]))
        return replace(whole, box=replace(whole.box, excluding=excluding), taken=tuple(taken))

    def irredundant(self, found: Sequence[Found], goal: str | None = None) -> list[Found]:
        """Boxes with the same union, none of which the others cover unless the solver gives up; the last ones found are
        the first to go. goal: what connections meet that count, where boxes hold others that are taken out."""
        kept = list(found)
        for one in reversed(found):
            rest = [other for other in kept if other is not one]
            self._solver.push()
            for other in rest:
                self._solver.forbid(other.literals)
            answer = self.ask(*one.literals, *(() if goal is None else (goal,)))
            self._solver.pop()
            if answer is Answer.UNKNOWN:
                break
            if answer is Answer.UNSAT:
                kept = rest
        return kept

    def _found(self, implicant: tuple[str, ...] | None, model: Model) -> Found:
        literals = self._whole(model) if implicant is None else implicant
        box = read_box(self._atoms(literals), self._has_other_protocols, self._workloads)
        return Found(box, literals, model)

    @property
    def _workloads(self) -> frozenset[str]:
        return frozenset(after.title for _, after in self.problem.pods or ())

    @property
    def _has_other_protocols(self) -> bool:
        return self.problem.new.switches["other_protocols"] != "off"

    def _atoms(self, literals: Iterable[str]) -> list[tuple[Atom, bool]]:
        return [(self.pair.atoms[name.removeprefix("!")], not name.startswith("!")) for name in literals]

    @property
    def _kinds(self) -> frozenset[str]:
        return frozenset(name for kinds in self.pair.kinds.values() for name in kinds.values())

    def _anchored(self, model: Model) -> frozenset[str]:
        """Literals that are no conditions but say of which side the others are."""
        _, untold, _ = self._reading(model)
        return frozenset(untold)

    def _implicant(self, model: Model, opposite: str, within: Sequence[str] = ()) -> tuple[str, ...] | None:
        """Literals of the model that force the goal, none of which can be left out but those that say the kinds, and
        those of which the solver cannot say; None: it cannot say whether they force it. within: literals that hold
        anyway, and are not among them."""
        fixed, untold, loose = self._reading(model)
        if within:
            loose = [name for name in loose if name not in within]
            untold = [name for name in untold if name not in within]
            fixed = [*within, *(name for name in fixed if name not in within)]
        answer = self.ask(*fixed, *loose, opposite)
        if answer is Answer.SAT:
            loose = [*untold, *loose]
            answer = self.ask(*fixed, *loose, opposite)
        if answer is Answer.SAT:
            raise ReplayError("the atoms of a difference do not determine it")
        if answer is Answer.UNKNOWN:
            return None
        core = self.core()
        loose = [name for name in loose if name in core]
        for name in sorted(loose, key=self._how_dear):
            rest = [other for other in loose if other != name]
            if self.ask(*fixed, *rest, opposite) is Answer.UNSAT:
                loose = rest
        return (*(name for name in fixed if name not in within), *loose)

    def _whole(self, model: Model) -> tuple[str, ...]:
        """All that can be said of the model's connection.

        INVARIANT: it forces the goal that the model meets, since the atoms determine the difference.
        """
        fixed, untold, loose = self._reading(model)
        return (*fixed, *untold, *loose)

    def _how_dear(self, name: str) -> tuple[int, int, str]:
        """Literals that do not hold are dropped first, then conditions on addresses and ports, then on labels."""
        atom = self.pair.atoms[name.removeprefix("!")]
        order = (NamespaceAtom, LabelAtom, WorkloadAtom)
        return (0 if name.startswith("!") else 1, order.index(type(atom)) + 1 if type(atom) in order else 0, name)

    def _reading(self, model: Model) -> tuple[list[str], list[str], list[str]]:
        """The literals of a model: those that say of what kind each end is, which every box keeps; those that say that
        it is nothing that changed, which are rarely needed; and all others, but for those about the namespace or labels
        of an end that is no pod: it has none, and nothing hangs on what the model says of them.

        At an end whose namespace or workload changed its labels, that namespace or workload is said, not the labels,
        which differ between the sides; elsewhere the labels are the new side's, and so they are in a namespace whose
        labels that side does not know. Where it was before is said of a workload that has another network now.
        """
        pair = self.pair
        fixed: list[str] = []
        told: set[tuple[str, bool]] = set()
        untold: set[str] = set()
        pods: set[str] = set()
        for end, kinds in pair.kinds.items():
            kind, literal = next((k, name) for k, name in kinds.items() if model.get(name, 0))
            fixed.append(literal)
            if kind not in PODLIKE:
                continue
            pods.add(end)
            for literals, of_namespace in ((pair.relabelled[end], True), (pair.changed_pods[end], False)):
                here = [name for name in literals if model.get(name, 0)]
                if here:
                    if not (of_namespace and self._is_forgotten(here)):
                        told.add((end, of_namespace))
                else:
                    untold.update(f"!{name}" for name in literals)
        kinds_of = {name for kinds in pair.kinds.values() for name in kinds.values()}
        moved = {end for end, whose in pair.whose.items() if self._has_moved(whose, model)}
        loose = []
        for name, atom in pair.atoms.items():
            if name in kinds_of or name in fixed or f"!{name}" in untold or self._is_told(atom, told, moved):
                continue
            if not _ends_that_are_pods(atom) <= pods:
                continue
            loose.append(name if model.get(name, 0) else f"!{name}")
        return fixed, sorted(untold), loose

    def _is_forgotten(self, literals: Iterable[str]) -> bool:
        """True iff one of the literals is of a namespace whose labels the new side does not know."""
        atoms = (self.pair.atoms[name] for name in literals)
        return any(isinstance(a, NamespaceAtom) and a.names & self.problem.forgotten for a in atoms)

    def _has_moved(self, whose: Whose, model: Model) -> bool:
        value = model.get(whose.value.name, 0)
        return value > 0 and has_moved(*whose.changed[value - 1][0])

    def _is_told(self, atom: Atom, told: set[tuple[str, bool]], moved: set[str]) -> bool:
        """True iff the atom need not be said: it is the old side's, or about an end whose namespace or pod is named."""
        if isinstance(atom, KindAtom):
            return atom.side == "old"
        if isinstance(atom, AddressAtom):
            return atom.side == "old" and atom.end not in moved
        if isinstance(atom, LabelAtom):
            return atom.side == "old" or (atom.end, atom.of_namespace) in told
        if isinstance(atom, NamedPortAtom):
            return atom.side == "old" or ("dst", False) in told
        return False

    def witness(self, goal: str, literals: Sequence[str], added: bool, known: Model | None = None) -> Replayed | None:
        """A simple connection that meets the goal and the literals, replayed on both sides; None: there is none. known:
        a model of one, for where the solver gives up."""
        model = self.simplest(goal, *literals)
        model = known if model is None else model
        return None if model is None else self._replayed(model, added)

    def _replayed(self, model: Model, added: bool) -> Replayed:
        problem, pair = self.problem, self.pair
        problems = [_with_pods_of(model, problem.old, pair.whose, 0), _with_pods_of(model, problem.new, pair.whose, 1)]
        old, new = Reader(problems[0], pair.old, model).decode(), Reader(problems[1], pair.new, model).decode()
        setting = concrete(problem.new.switches, new.switches)
        before = decide(problem.old.all_policies, old.connection, setting, old.supposing)
        after = decide(problem.new.all_policies, new.connection, setting, new.supposing)
        possible = admits(old.connection, problem.old, setting) and admits(new.connection, problem.new, setting)
        if not possible or not _differs(before, after, added):
            raise ReplayError(f"a connection that differs does not replay: {old} {new}")
        return Replayed(old.connection, new.connection, before, after, setting)


def _ends_that_are_pods(atom: Atom) -> frozenset[str]:
    """The ends that have to be pods for the atom to say anything."""
    match atom:
        case NamespaceAtom(end=end) | LabelAtom(end=end) | WorkloadAtom(end=end):
            return frozenset({end})
        case SameNamespaceAtom() | SameLabelAtom():
            return frozenset({"src", "dst"})
        case NamedPortAtom():
            return frozenset({"dst"})
        case _:
            return frozenset()


def _with_pods_of(model: Model, problem: Problem, whose: Mapping[str, Whose], side: int) -> Problem:
    """The problem with no other workloads at either end than those whose pod the model has there."""
    if not whose:
        return problem

    def narrow(end: Side, mine: Whose) -> Side:
        value = model.get(mine.value.name, 0)
        pods, hostpods = (narrowed(listed or (), mine, value, side) for listed in (end.pods, end.hostpods))
        return replace(end, pods=pods, hostpods=hostpods)

    sources, destinations = narrow(problem.sources, whose["src"]), narrow(problem.destinations, whose["dst"])
    return replace(problem, sources=sources, destinations=destinations)


def _differs(before: Decision, after: Decision, added: bool) -> bool:
    """True iff the connection is let through more readily on the side that has more."""
    less, more = (before, after) if added else (after, before)
    return more.outcomes != less.outcomes and more.possible >= less.possible and more.allowed >= less.allowed
