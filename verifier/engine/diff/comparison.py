"""A comparison that is being asked about, for boxes of what was added and of what was removed; each connection that is
shown is replayed on both sides."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.atoms import AddressAtom, Atom, KindAtom, LabelAtom, NamedPortAtom, NamespaceAtom, UnselectedAtom
from verifier.encoding.decode import Decoded, Reader
from verifier.encoding.header import ADDED, MISDESCRIBED, OPEN, REMOVED
from verifier.encoding.pair import Pair, PairScene, encode_pair
from verifier.encoding.pairedpods import Whose, has_moved, narrowed
from verifier.encoding.problem import Problem, Side
from verifier.encoding.settings import Setting, declared_as
from verifier.engine.problem.admission import admits
from verifier.engine.region.boxes import Boxes, Found
from verifier.engine.solve.asker import Setting as SomeSwitches
from verifier.errors import ReplayError
from verifier.ir.endpoint import Connection, NamedPort
from verifier.ir.switches import AFTER, BEFORE, concrete
from verifier.ir.trace import Decision
from verifier.semantics import decide
from verifier.smt.solver import Limits, Model


class Replayed(Struct, frozen=True):
    """A connection that differs, as either side has it, and what each side says of it, under its own setting: `then` of
    the old side, `setting` of the new one."""

    old: Connection
    new: Connection
    before: Decision
    after: Decision
    then: Setting
    setting: Setting


class Comparison(Boxes):
    """A comparison that is being asked about."""

    def __init__(self, problem: PairScene, limits: Limits) -> None:
        began = time.monotonic()
        self.problem = problem
        self.pair: Pair = encode_pair(problem)
        goals = self.pair.goals
        meanings = {goals.added: ADDED, goals.removed: REMOVED, goals.misdescribed: MISDESCRIBED}
        if goals.open is not None:
            meanings[goals.open] = OPEN
        super().__init__(
            problem.new,
            self.pair.script,
            self.pair.asked,
            limits,
            atoms=self.pair.atoms,
            kinds=self.pair.kinds,
            meanings=meanings,
            workloads=frozenset(after.title for _, after in problem.pods or ()),
            began=began,
        )
        self._seen: dict[str, Model] = {}
        """Of each goal that can be met, the first model that showed it."""

    def can_be(self, goal: str, setting: SomeSwitches = ()) -> bool:
        """True iff a connection meets the goal, under `setting` where one is given; raises Undecided."""
        found = self.sure(goal, setting=setting)
        if found:
            self._seen.setdefault(goal, self.model())
        return found

    def seen(self, goal: str) -> Found | None:
        """The connection by which `can_be` found that the goal can be met, and those that no atom tells from it."""
        model = self._seen.get(goal)
        return None if model is None else self._found(None, model)

    def _sides(self, model: Model, pods: set[str]) -> tuple[set[str], Callable[[Atom], bool]]:
        """At an end whose namespace or workload changed its labels, that namespace or workload is said, not the labels,
        which differ between the sides; elsewhere the labels are the new side's, and so they are in a namespace whose
        labels that side does not know. Where it was before is said of a workload that has another network now.
        """
        pair = self.pair
        told: set[tuple[str, bool]] = set()
        untold: set[str] = set()
        for end in sorted(pods):
            for literals, of_namespace in ((pair.relabelled[end], True), (pair.changed_pods[end], False)):
                here = [name for name in literals if model.get(name, 0)]
                if here:
                    if not (of_namespace and self._is_forgotten(here)):
                        told.add((end, of_namespace))
                else:
                    untold.update(f"!{name}" for name in literals)
        moved = {end for end, whose in pair.whose.items() if self._has_moved(whose, model)}
        return untold, lambda atom: self._is_told(atom, told, moved)

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
            apart = atom.name.startswith((BEFORE, AFTER))
            return (atom.side == "old" and not apart) or ("dst", False) in told
        return False

    def _is_spared(self, atom: Atom) -> bool:
        return isinstance(atom, UnselectedAtom)

    def _can_be_said(self, atom: Atom, opposite: str) -> bool:
        """What was added is told as the new side has it, what was removed as the old side had it."""
        goals = self.pair.goals
        side = {goals.not_added: "new", goals.not_removed: "old"}.get(opposite)
        return isinstance(atom, UnselectedAtom) and atom.side == side

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
        then, setting = concrete(problem.old.switches, old.switches), concrete(problem.new.switches, new.switches)
        if problem.names_apart:
            old, new = _of_one_pod(old, new, (then, setting))
        before = decide(problem.old.all_policies, old.connection, then, old.supposing)
        after = decide(problem.new.all_policies, new.connection, setting, new.supposing)
        possible = admits(old.connection, problem.old, then) and admits(new.connection, problem.new, setting)
        if not possible or not _differs(before, after, added):
            raise ReplayError(f"a connection that differs does not replay: {old} {new}")
        return Replayed(old.connection, new.connection, before, after, then, setting)


def _of_one_pod(old: Decoded, new: Decoded, settings: tuple[Setting, Setting]) -> tuple[Decoded, Decoded]:
    """Both with the declarations of port names by which the destination, a pod that nobody has listed, has on either
    side the names that it has there."""
    ends = [each.connection.destination for each in (old, new)]
    if any(end.workload is not None for end in ends):
        return old, new
    found: list[NamedPort] = []
    for entry in dict.fromkeys(chain.from_iterable(end.named_ports for end in ends)):
        said = (entry in ends[0].named_ports, entry in ends[1].named_ports)
        declared = declared_as(entry.name, entry.protocol, entry.port, said, settings)
        if declared is None:
            raise ReplayError(f"no declaration of `{entry.name}` counts so: {old} {new}")
        found += declared
    whole = [replace(end, named_ports=tuple(found)) for end in ends]
    one, other = (
        replace(each, connection=replace(each.connection, destination=end))
        for each, end in zip((old, new), whole, strict=True)
    )
    return one, other


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
