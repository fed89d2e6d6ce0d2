"""Policies of equal priority that disagree (docs/semantics.md 4.4): of each two, whether there is a connection about
which they say different things, and which one.

Two that never disagree are harmless: which of them applies makes no difference.
"""

from collections.abc import Iterator
from enum import Enum
from itertools import combinations, permutations, product
from pathlib import Path

from msgspec import Struct

from verifier.encoding.header import DISPUTED
from verifier.encoding.problem import Problem
from verifier.encoding.reach import rule_of, whole_rule
from verifier.encoding.ties import TieGoals, TieScript, encode_disputes
from verifier.engine.problem.problem import Context, scene_of
from verifier.engine.results.check import Opinion, Stats
from verifier.engine.solve.asker import Asker
from verifier.engine.solve.example import Example, example
from verifier.errors import Diagnostic, ReplayError
from verifier.ir.endpoint import Endpoint, Kind
from verifier.ir.policy import Action, Block, Citation, Direction, Rung, Tie
from verifier.ir.unknowns import unknowns_of
from verifier.ir.view import View
from verifier.semantics import leg, run
from verifier.smt.solver import Limits


class Grade(Enum):
    """How bad a conflict is, the worst first."""

    VERDICT = "whether a connection is let through hangs on it"
    WORDS = "the same becomes of every connection, today"
    PERHAPS = "it hangs on something that nobody can say whether they disagree"


class Conflict(Struct, frozen=True):
    """Two policies of a tie, the rule of each that disagrees about the example, and what the example shows.

    unknown: of a conflict that is only possible, what it hangs on.
    """

    direction: Direction
    grade: Grade
    rungs: tuple[Rung, Rung]
    example: Example
    unknown: tuple[str, ...] = ()

    @property
    def policies(self) -> tuple[Citation, Citation]:
        first, second = (r.selects.citation if r.selects is not None else r.citation for r in self.rungs)
        return first, second


VERBS = {Action.ALLOW: "allows", Action.DENY: "denies", Action.NEXT: "passes on"}


def says(found: Conflict) -> str:
    """`A and B, both of priority 10, disagree: ingress[0] of the first allows what ingress[0] of the second denies`."""
    (one, other), (first, second) = found.policies, found.rungs
    can = "can disagree" if found.grade is Grade.PERHAPS else "disagree"
    whom = f"{one} and {other}, both of {other.detail}, {can}"
    ours, theirs = (f"{rule_of(r)} of the {n} {VERBS[r.action]}" for r, n in ((first, "first"), (second, "second")))
    return f"{whom}: {ours} what {theirs}"


def refusals(
    context: Context, limits: Limits, dump_to: Path | None = None
) -> tuple[list[Diagnostic], tuple[Opinion, ...]]:
    """What is wrong where no two policies of equal priority may disagree: those that do, and those of which nobody can
    say; and what two solvers said, where a cross-check was wanted. dump_to: a folder, and how the files of all that was
    asked begin. Raises Undecided where the solver cannot say."""
    judges = list(_judges(context, limits, dump_to))
    found = [_refusal(conflict) for judge in judges for conflict in judge.conflicts()]
    return found, tuple(opinion for judge in judges for opinion in judge.asker.opinions)


def _refusal(found: Conflict) -> Diagnostic:
    first, second = (whole_rule(rung.citation) for rung in found.rungs)
    place = second.position if second is not None else None
    there = f"; the first stands at {first.position}" if first is not None else ""
    return Diagnostic(
        code="conflicting-priority",
        message=f"{says(found)}, as from {_shown(found.example)}{there}",
        file=place.file if place else None,
        line=place.line if place else None,
        column=place.column if place else None,
        hint="give them different priorities, or say what your plugin does: same_priority=by_name or deny_first",
    )


def _shown(found: Example) -> str:
    connection = found.connection
    ends = " to ".join(_end(end) for end in (connection.source, connection.destination))
    port = f"/{connection.port}" if connection.port is not None else ""
    return f"{ends} on {connection.protocol}{port}"


def _end(end: Endpoint) -> str:
    if end.namespace is None:
        return f"{end.kind} {end.address}" if end.kind is Kind.NODE else str(end.address)
    return str(end.workload) if end.workload is not None else f"a pod in {end.namespace.name}"


def conflicts(context: Context, limits: Limits, asked: list[Stats] | None = None) -> Iterator[Conflict]:
    """The worst conflict of every two policies of equal priority that have one, for each direction. asked: gets what
    the questions came to. Raises Undecided where the solver cannot say."""
    for judge in _judges(context, limits):
        yield from judge.conflicts()
        if asked is not None:
            asked.append(judge.asker.stats())


def _judges(context: Context, limits: Limits, dump_to: Path | None = None) -> Iterator["_Judge"]:
    for direction in Direction:
        stages = context.policies.pipe(direction).stages
        if any(isinstance(part, Tie) for stage in stages for part in stage.body):
            yield _judge(context, direction, limits, dump_to)


def _judge(context: Context, direction: Direction, limits: Limits, dump_to: Path | None) -> "_Judge":
    problem = scene_of(context, context.policies, f"which policies of equal priority disagree: {direction}")
    disputes = encode_disputes(problem, direction)
    asker = Asker(
        problem,
        disputes.script,
        disputes.world,
        limits,
        meanings={rivals.disputed: DISPUTED for rivals in disputes.rivals},
        name=f"same_priority, {direction}",
        dump_to=None if dump_to is None else dump_to.with_name(f"{dump_to.name}.{direction}"),
    )
    return _Judge(problem, disputes, direction, asker)


_Literals = tuple[str, ...]


class _Judge(Struct, frozen=True):
    """The ties of one direction, ready to be asked about."""

    problem: Problem
    disputes: TieScript
    direction: Direction
    asker: Asker

    def conflicts(self) -> Iterator[Conflict]:
        """The worst conflict of every two blocks of a tie that have one."""
        for rivals in self.disputes.rivals:
            if self.asker.sure(rivals.disputed):
                for one, other in combinations(range(len(rivals.tie.blocks)), 2):
                    found = self.worst(rivals, one, other)
                    if found is not None:
                        yield found

    def worst(self, rivals: TieGoals, one: int, other: int) -> Conflict | None:
        """The worst conflict of two blocks; the example is one that the other leg lets through, if there is such."""
        for grade, literals in _ways(rivals, one, other):
            if self.asker.sure(*literals):
                if self.asker.sure(*literals, self.disputes.let_through):
                    literals = (*literals, self.disputes.let_through)
                found = example(self.asker, self.problem, self.disputes.world, *literals)
                return self._replayed(rivals, (one, other), grade, found)
        return None

    def _replayed(self, rivals: TieGoals, pair: tuple[int, int], grade: Grade, found: Example) -> Conflict:
        """The conflict, if the example shows one to `verifier.semantics` too."""
        setting = {**found.setting, "same_priority": "any"}
        view = View(found.connection, self.direction, setting)
        said = [_said(rivals.tie.blocks[i], view) for i in pair]
        disagreeing = next((p for p in product(*said) if p[0].action is not p[1].action), None)
        sure = all(len(run(rivals.tie.blocks[i], view)) == 1 for i in pair)
        hangs = leg(self.problem.all_policies, found.connection, self.direction, setting).outcomes == {True, False}
        if disagreeing is None or (grade is not Grade.PERHAPS and not sure) or (grade is Grade.VERDICT and not hangs):
            raise ReplayError(f"policies of equal priority do not disagree: {found}")
        about = set().union(*(unknowns_of(rung) for rung in disagreeing)) if grade is Grade.PERHAPS else set()
        return Conflict(self.direction, grade, (disagreeing[0], disagreeing[1]), found, tuple(sorted(about)))


def _said(block: Block, view: View) -> list[Rung]:
    return [rung for rung in run(block, view) if rung is not None]


def _ways(rivals: TieGoals, one: int, other: int) -> Iterator[tuple[Grade, _Literals]]:
    """Literals of which a conflict needs some set; the worst first."""
    here, there = rivals.does[one], rivals.does[other]
    for decided, after in (
        ((Action.ALLOW, Action.DENY), ()),
        ((Action.ALLOW, Action.NEXT), (rivals.closed,)),
        ((Action.DENY, Action.NEXT), (rivals.opened,)),
    ):
        for first, second in permutations(decided):
            yield Grade.VERDICT, (rivals.surely_reached, here[first], there[second], *after)
    for first, second in permutations(Action, 2):
        yield Grade.WORDS, (rivals.surely_reached, here[first], there[second])
    for first, second in permutations(Action, 2):
        yield Grade.PERHAPS, (rivals.reached, rivals.may[one][first], rivals.may[other][second])
