"""Which mutants a property notices: those under which it is violated, while it is proved of the policies as they
are."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from verifier.encoding.decode import Decoded, Reader
from verifier.encoding.problem import Problem
from verifier.engine.coverage.versions import Versions, marked, marks_in
from verifier.engine.problem.admission import admits
from verifier.engine.problem.meant import asked_in, meant
from verifier.engine.problem.problem import Context, problem_of
from verifier.engine.problem.variants import for_claim
from verifier.engine.results.check import Stats
from verifier.engine.solve.asker import Setting
from verifier.engine.solve.query import Query, breaks, replayed
from verifier.errors import Undecided
from verifier.ir.merging import merge
from verifier.ir.mutant import Mutant, applied
from verifier.ir.policy import PolicySet
from verifier.ir.property import Property
from verifier.smt.script import Var
from verifier.smt.solver import Answer, Limits

Numbers = frozenset[int]
"""Mutants, by their numbers; the first is 1."""


class Noticed(Struct, frozen=True):
    """The mutants under which a property is surely violated, whatever the open switches are, and those of which nobody
    can say; all others leave it proved."""

    noticed: Numbers
    undecided: Numbers = frozenset()
    stats: Stats = Stats()


class Watched(Struct, frozen=True):
    """What properties are held against: the policies as they are (`context`), all mutants, and both in one."""

    context: Context
    mutants: Sequence[Mutant]
    versions: Versions
    limits: Limits

    @property
    def everything(self) -> Numbers:
        return frozenset(range(1, len(self.mutants) + 1))

    def alone(self, number: int) -> PolicySet:
        """The policies of the manifests under a mutant."""
        return applied(self.context.cluster.policies, self.mutants[number - 1])

    def policies(self, number: int) -> PolicySet:
        """All policies there are under it, those of new namespaces too."""
        return merge(self.alone(number), self.context.universe.templates)


def noticed_by(watched: Watched, claimed: Property, among: Numbers | None = None) -> Noticed:
    """What a property notices that is proved of the policies as they are. among: the mutants that are asked about;
    None: all."""
    wanted = watched.everything if among is None else among
    try:
        return _Noticing(watched, claimed).answer(wanted)
    except Undecided:
        return Noticed(frozenset(), wanted)


def noticed_if_it_holds(watched: Watched, claimed: Property, among: Numbers) -> Numbers:
    """Which of these mutants a property notices; none, where it is not proved of the policies as they are."""
    try:
        noticing = _Noticing(watched, claimed)
        return noticing.answer(among).noticed if noticing.holds() else frozenset()
    except Undecided:
        return frozenset()


class _Noticing:
    """A property that is being asked about. Raises Undecided where nobody can say which pods there are."""

    def __init__(self, watched: Watched, claimed: Property) -> None:
        self._watched = watched
        context = for_claim(marked(watched.context, watched.versions), claimed.claim)
        title = f"property: {claimed.name}\nclaim: {claimed.text}"
        problem, _ = problem_of(context, meant(claimed.claim, asked_in(context.world, claimed.claim)).claim, title)
        marks = watched.versions.marks.only(marks_in(problem.policies))
        self._told: Numbers = marks.versions_told
        self._problem = replace(problem, marks=marks)
        self._query = Query(self._problem, watched.limits)

    def holds(self) -> bool:
        """True iff the property is proved of the policies as they are, and not for want of anything that meets its
        premise."""
        query, goals = self._query, self._query.goals
        now = self._pinned(0)
        return query.ask(goals.broken, now) is Answer.UNSAT and all(
            query.ask(premise, now) is Answer.SAT for premise in goals.premises
        )

    def answer(self, wanted: Numbers) -> Noticed:
        """Of the mutants `wanted`."""
        query = self._query
        asked = wanted & self._told
        if not asked:  # none of them touches a policy that could matter
            return Noticed(frozenset())
        found: dict[int, bool] = {}
        undecided: Numbers = frozenset()
        try:
            for number in query.values(self._version, query.goals.broken, besides=sorted(self._told - asked | {0})):
                found[number] = self._breaks_anyhow(number)
        except Undecided:
            answers = {number: query.ask(query.goals.broken, self._pinned(number)) for number in asked - found.keys()}
            found |= {number: False for number, answer in answers.items() if answer is Answer.SAT}
            undecided = frozenset(number for number, answer in answers.items() if answer is Answer.UNKNOWN)
        settings = list(query.settings())
        noticed = frozenset(
            number
            for number, anyhow in found.items()
            if anyhow or all(self._is_broken(number, setting) for setting in settings)
        )
        stats = query.stats(len(self._watched.context.policies.objects))
        return Noticed(noticed, undecided | (found.keys() - noticed), stats)

    def _breaks_anyhow(self, number: int) -> bool:
        """True only if the connection of the last model surely breaks the property under the mutant, whatever the open
        switches are. Raises ReplayError iff it does not even break it perhaps, as the solver says that it does."""
        decoded, problem = self._decoded(), self._under(number)
        found = replayed(decoded, problem, surely=False)
        if self._query.goals.surely_broken != self._query.goals.broken:
            return False  # it may hang on more than switches: on a label that nobody has said, for one
        return all(
            admits(found.connection, problem, setting)
            and breaks(found.connection, found.obligation, problem, setting, surely=True)
            for setting in ({**found.setting, **dict(some)} for some in self._query.settings())
        )

    def _is_broken(self, number: int, setting: Setting) -> bool:
        """True iff under this setting the mutant surely breaks the property, and the solver says so; it is replayed."""
        answer = self._query.ask(self._query.goals.surely_broken, self._pinned(number), setting=setting)
        if answer is Answer.SAT:
            replayed(self._decoded(), self._under(number), surely=True)
        return answer is Answer.SAT

    def _decoded(self) -> Decoded:
        return Reader(self._problem, self._query.world, self._query.model()).decode()

    def _under(self, number: int) -> Problem:
        """The problem, as witnesses of a mutant are replayed against it."""
        return replace(self._problem, all_policies=self._watched.policies(number))

    @property
    def _version(self) -> Var:
        version = self._query.world.version
        assert version is not None
        return version

    def _pinned(self, number: int) -> str:
        return self._query.pinned(self._version, number)
