"""What mutants change: a comparison of the policies as they are with all versions at once."""

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.pair import PairScene
from verifier.engine.coverage.noticing import Numbers, Watched
from verifier.engine.coverage.versions import marked, marks_in
from verifier.engine.diff.compare import region_between
from verifier.engine.diff.comparison import Comparison
from verifier.engine.diff.onesided import OneSidedPods
from verifier.engine.problem.pairing import pair_scenes
from verifier.engine.problem.problem import Context
from verifier.engine.problem.variants import for_formulas
from verifier.engine.results.coverage import Effect
from verifier.engine.solve.asker import Setting
from verifier.errors import Undecided
from verifier.ir.policy import FALSE
from verifier.smt.script import Var
from verifier.smt.solver import Answer


class Changing(Struct, frozen=True):
    """The versions that open something; those that close something, and open nothing; and those of which the solver
    cannot say whether they do."""

    opened: Numbers
    closed: Numbers
    undecided: Numbers


class Effects(Comparison):
    """A comparison in which one version after the other is the new side."""

    def __init__(self, watched: Watched, contexts: tuple[Context, Context], problem: PairScene) -> None:
        marks = watched.versions.marks.only(marks_in(problem.new.policies))
        self.told: Numbers = marks.versions_told
        self._pin: tuple[str, ...] = ()
        super().__init__(replace(problem, new=replace(problem.new, marks=marks)), watched.limits)
        self._watched, self._contexts = watched, contexts
        self._scenes = self.problem
        self._lone = OneSidedPods(contexts)

    def changing(self, among: Numbers) -> Changing:
        """Which of these versions differ from the policies as they are."""
        goals = self.pair.goals
        asked = among & self.told
        opened, first = self._meeting(goals.added, asked)
        closed, second = self._meeting(goals.removed, asked - opened)
        return Changing(opened, closed, (first | second) - opened - closed)

    def _meeting(self, goal: str, asked: Numbers) -> tuple[Numbers, Numbers]:
        """The versions that meet the goal, and those of which the solver cannot say whether they do."""
        found: set[int] = set()
        try:
            found.update(self.values(self._variable, goal, besides=sorted((self.told - asked) | {0})))
        except Undecided:
            answers = {n: self.ask(goal, self.pinned(self._variable, n)) for n in sorted(asked - found)}
            found |= {number for number, answer in answers.items() if answer is Answer.SAT}
            return frozenset(found), frozenset(n for n, answer in answers.items() if answer is Answer.UNKNOWN)
        return frozenset(found), frozenset()

    def effect(self, version: int) -> Effect | None:
        """What a version that differs opens, or else closes; None: the solver gave up."""
        new = replace(self._scenes.new, all_policies=self._watched.policies(version))
        self.problem = replace(self._scenes, new=new)
        self._pin = (self.pinned(self._variable, version),)
        try:
            opens, closes = self._first(version, added=True), None
            if opens is None:
                closes = self._first(version, added=False)
            elif self.can_be(self.pair.goals.removed):
                return replace(opens, both=True)
            return opens or closes
        except Undecided:
            return None
        finally:
            self._pin = ()
            self.problem = self._scenes

    def _first(self, version: int, *, added: bool) -> Effect | None:
        """The first region of what is added, or removed; None: nothing is."""
        goals = self.pair.goals
        goal, opposite = (goals.added, goals.not_added) if added else (goals.removed, goals.not_removed)
        if not self.can_be(goal):
            return None
        model = self.simplest(goal)  # labels that a connection does not need it lacks, and so does what it stands for
        if model is None:
            raise Undecided("a limit while looking for what an edit changes")
        found = self.boxed(model, opposite)
        replayed = self._replayed(model, added)
        context = self._side(version) if added else self._contexts[0]
        region = region_between(found.box, replayed, context, self._lone)
        return Effect(added, region, self.is_all(goal, found), both=False)

    def _side(self, version: int) -> Context:
        """The version as a side of its own."""
        context = self._contexts[0]
        return replace(context, cluster=replace(context.cluster, policies=self._watched.alone(version)))

    @property
    def _variable(self) -> Var:
        version = self.pair.new.version
        assert version is not None
        return version

    def _assuming(self, goals: tuple[str, ...], setting: Setting) -> tuple[str, ...]:
        return (*super()._assuming(goals, setting), *self._pin)


def effects_of(watched: Watched) -> Effects | None:
    """None: no version says anything else than the policies as they are. Raises Undecided where there are too many pods
    to be told apart."""
    context = watched.context
    foreign = not context.universe.other_pods
    before, after = for_formulas(context, marked(context, watched.versions), (FALSE,), foreign=foreign)
    problem = pair_scenes(before, after, FALSE, "coverage")
    return None if problem is None else Effects(watched, (before, after), problem)
