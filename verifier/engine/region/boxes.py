"""Sets of connections as boxes: prime implicants by unsat cores, blocked one after the other.

Take a connection that meets a goal, read every atom in it, and ask which of these literals alone force the goal; drop
literals one by one, those that do not hold first, while they still do. What is left is a box of connections that all
meet it. Block it, and go on until nothing meets the goal that is in no box.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.atoms import (
    Atom,
    LabelAtom,
    NamedPortAtom,
    NamespaceAtom,
    SameLabelAtom,
    SameNamespaceAtom,
    UnselectedAtom,
    WorkloadAtom,
)
from verifier.encoding.header import Asked
from verifier.encoding.problem import Problem
from verifier.encoding.variables import World
from verifier.engine.region.box import Box, read_box
from verifier.engine.region.merging import merged
from verifier.engine.solve.asker import Asker
from verifier.errors import ReplayError, Undecided
from verifier.ir.endpoint import PODLIKE, Kind
from verifier.ir.policy import Direction
from verifier.smt.script import Script
from verifier.smt.solver import Answer, Limits, Model

MOST_TAKEN = 40
"""Boxes that may be taken out of one."""
_CROWD = 100
"""Beyond so many that is tried before it is looked which of them are needed."""
_MANY_DENIED = 3
"""Beyond so many conditions that do not hold it is said instead that no policy isolates a pod, where that is why."""


class Found(Struct, frozen=True):
    """A box of connections that meet a goal, the literals that it was read from, and a model of one of them. taken: of
    each box that it excludes, the literals that say which connections of it."""

    box: Box
    literals: tuple[str, ...]
    model: Model
    taken: tuple[tuple[str, ...], ...] = ()

    @property
    def weight(self) -> int:
        """How many boxes say it."""
        return 1 + len(self.box.excluding)


class Boxes(Asker):
    """A script whose leaves are atoms, that is being asked for boxes; what is blocked meanwhile is free again after.

    atoms: by their literals. kinds: of each end of which boxes speak, the literal of each kind that it can have.
    workloads: all there are whose pods an end may be said to be, as `Kind ns/name`.
    """

    def __init__(
        self,
        problem: Problem,
        script: Script,
        world: World,
        limits: Limits,
        *,
        atoms: Mapping[str, Atom],
        kinds: Mapping[str, Mapping[Kind, str]],
        meanings: Mapping[str, Asked],
        workloads: frozenset[str] = frozenset(),
        began: float | None = None,
    ) -> None:
        super().__init__(problem, script, world, limits, meanings=meanings, began=began)
        self._atoms, self._kinds, self._workloads = atoms, kinds, workloads
        self._has_other_protocols = problem.switches["other_protocols"] != "off"
        self._kind_literals = frozenset(name for some in kinds.values() for name in some.values())
        self._place = {name: number for number, name in enumerate(atoms)}
        """Of each atom its number, in the order in which policies mention them."""

    @property
    def atoms(self) -> Mapping[str, Atom]:
        """By their literals."""
        return self._atoms

    def pods_of(self, model: Model) -> frozenset[str]:
        """The ends that are pods in a model: only what is said of the namespace and labels of these means anything."""
        return frozenset(
            end for end, kinds in self._kinds.items() if any(model.get(kinds[k], 0) for k in PODLIKE if k in kinds)
        )

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

    def boxed(self, model: Model, opposite: str) -> Found:
        """A box of connections that meet a goal as the model's does; of this one alone where the solver gives up."""
        return self._found(self._implicant(model, opposite), model)

    def is_all(self, goal: str, found: Found) -> bool:
        """True iff nothing else meets the goal; raises Undecided."""
        self._solver.push()
        try:
            self._solver.forbid(found.literals)
            return not self._solver.sure(self._assuming((goal,), ()))
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
        kinds = tuple(name for name in wide if name in self._kind_literals)
        taken = sorted(taken, key=lambda some: [self._place[name.removeprefix("!")] for name in some])
        boxes = [read_box(self._held((*kinds, *some)), self._has_other_protocols, self._workloads) for some in taken]
        excluding = tuple(box for box, _ in merged([(box, None) for box in boxes]))
        return replace(whole, box=replace(whole.box, excluding=excluding), taken=tuple(taken))

    def alone(self, one: Found, others: Iterable[Found]) -> Model:
        """A model of a box that is in none of the others, as far as the solver finds one."""
        self._solver.push()
        try:
            for other in others:
                self._solver.forbid(other.literals)
            return self.model() if self.ask(*one.literals) is Answer.SAT else one.model
        finally:
            self._solver.pop()

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
        box = read_box(self._held(literals), self._has_other_protocols, self._workloads)
        return Found(box, literals, model)

    def _held(self, literals: Iterable[str]) -> list[tuple[Atom, bool]]:
        return [(self._atoms[name.removeprefix("!")], not name.startswith("!")) for name in literals]

    def _anchored(self, model: Model) -> frozenset[str]:
        """Literals that are no conditions but say of which side the others are."""
        _, untold, _ = self._reading(model)
        return frozenset(untold)

    def _implicant(self, model: Model, opposite: str, within: Sequence[str] = ()) -> tuple[str, ...] | None:
        """Literals of the model that force the goal, none of which can be left out but those that say the kinds, and
        those of which the solver cannot say; None: it cannot say whether they force it. within: literals that hold
        anyway, and are not among them."""
        fixed, untold, loose = self._reading(model)
        spare = [name for name in loose if self._is_spared(self._atoms[name.removeprefix("!")])]
        loose = [name for name in loose if name not in spare]
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
        needed = [name for name in loose if name in core]
        spare = [name for name in spare if self._can_be_said(self._atoms[name], opposite)]
        free = any(isinstance(self._atoms.get(name), UnselectedAtom) for name in (*loose, *spare))
        holding = [name for name in (*loose, *spare) if not name.startswith("!")] if free else []
        # Each that is left out, or not, is a question: of a thousand it is not asked if they can all go.
        least = self._without_denied(fixed, holding, opposite) if free and _denied(needed) > _CROWD else None
        if least is None:
            least = self._least(fixed, needed, opposite)
            if free and _denied(least) > _MANY_DENIED:
                shorter = self._without_denied(fixed, holding, opposite)
                least = least if shorter is None else shorter
        return (*(name for name in fixed if name not in within), *least)

    def _without_denied(self, fixed: Sequence[str], holding: list[str], opposite: str) -> list[str] | None:
        """What `_least` gives of literals that hold, if these force the goal."""
        if self.ask(*fixed, *holding, opposite) is not Answer.UNSAT:
            return None
        return self._least(fixed, holding, opposite)

    def _least(self, fixed: Sequence[str], loose: list[str], opposite: str) -> list[str]:
        """Of literals that force the goal together with the fixed ones some that do, too, none of which can be left
        out, but for those of which the solver cannot say."""
        for name in sorted(loose, key=self._how_dear):
            rest = [other for other in loose if other != name]
            if self.ask(*fixed, *rest, opposite) is Answer.UNSAT:
                loose = rest
        return loose

    def _whole(self, model: Model) -> tuple[str, ...]:
        """All that can be said of the model's connection.

        INVARIANT: it forces the goal that the model meets, since the atoms determine the difference.
        """
        fixed, untold, loose = self._reading(model)
        return (*fixed, *untold, *(name for name in loose if not isinstance(self._atoms.get(name), UnselectedAtom)))

    def _how_dear(self, name: str) -> tuple[int, int, str]:
        """Literals that do not hold are dropped first, then conditions on addresses and ports, then on labels; that
        no policy selects a pod says most in few words."""
        atom = self._atoms[name.removeprefix("!")]
        order = (NamespaceAtom, LabelAtom, WorkloadAtom, UnselectedAtom)
        return (0 if name.startswith("!") else 1, order.index(type(atom)) + 1 if type(atom) in order else 0, name)

    def _reading(self, model: Model) -> tuple[list[str], list[str], list[str]]:
        """The literals of a model: those that say of what kind each end is, which every box keeps; those that say that
        it is nothing that changed, which are rarely needed; and all others, but for those about the namespace or labels
        of an end that is no pod: it has none, and nothing hangs on what the model says of them."""
        fixed: list[str] = []
        pods: set[str] = set()
        for end, kinds in self._kinds.items():
            kind, literal = next((k, name) for k, name in kinds.items() if model.get(name, 0))
            fixed.append(literal)
            if kind in PODLIKE:
                pods.add(end)
        untold, is_told = self._sides(model, pods)
        loose = []
        for name, atom in self._atoms.items():
            if name in self._kind_literals or name in fixed or f"!{name}" in untold or is_told(atom):
                continue
            if not _ends_that_are_pods(atom) <= pods:
                continue
            holds = bool(model.get(name, 0))
            if holds or not isinstance(atom, UnselectedAtom):
                loose.append(name if holds else f"!{name}")
        return fixed, sorted(untold), loose

    def _sides(self, model: Model, pods: set[str]) -> tuple[set[str], Callable[[Atom], bool]]:  # noqa: ARG002
        """Literals that the ends that are pods are nothing that changed, and which atoms need not be said: for those
        who ask about two sides."""
        return set(), lambda _: False

    def _is_spared(self, atom: Atom) -> bool:  # noqa: ARG002
        """True iff the atom is said only where it stands for many conditions that do not hold."""
        return False

    def _can_be_said(self, atom: Atom, opposite: str) -> bool:  # noqa: ARG002
        """True iff such an atom means something in a box that keeps what is the `opposite` of a goal out."""
        return True


def _denied(literals: Iterable[str]) -> int:
    return sum(name.startswith("!") for name in literals)


def _ends_that_are_pods(atom: Atom) -> frozenset[str]:
    """The ends that have to be pods for the atom to say anything."""
    match atom:
        case NamespaceAtom(end=end) | LabelAtom(end=end) | WorkloadAtom(end=end):
            return frozenset({end})
        case SameNamespaceAtom() | SameLabelAtom():
            return frozenset({"src", "dst"})
        case NamedPortAtom() | UnselectedAtom(Direction.INGRESS):
            return frozenset({"dst"})
        case UnselectedAtom(Direction.EGRESS):
            return frozenset({"src"})
        case _:
            return frozenset()
