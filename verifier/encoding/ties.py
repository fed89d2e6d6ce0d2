"""Policies of equal priority, and what each of them makes of a connection that gets to them (docs/semantics.md 4.4)."""

from collections.abc import Mapping

from msgspec import Struct

from verifier.encoding.formulas import Encoder, View
from verifier.encoding.pipes import MayMust, Results, applies, block_results, leg, part_results, stage_rails
from verifier.encoding.preamble import opened
from verifier.encoding.problem import Problem
from verifier.encoding.reach import governed, leaves, surely, surely_leaves
from verifier.encoding.variables import World
from verifier.ir.policy import Action, Direction, Pipe, Stage, Tie
from verifier.smt.script import FALSE, TRUE, Script, conj, disj, neg


class TieGoals(Struct, frozen=True):
    """The policies of a tie, and literals to assume for a connection ..

    reached, surely_reached: that may get to them, or surely does. disputed: that may, and about which two of them may
    say different things. opened, closed: that what comes after them surely allows, or surely denies.
    may, does: by block and action, that the block may come to it, or can only come to it.
    """

    stage: str
    tie: Tie
    reached: str
    surely_reached: str
    disputed: str
    opened: str
    closed: str
    may: tuple[Mapping[Action, str], ...]
    does: tuple[Mapping[Action, str], ...]


class TieScript(Struct, frozen=True):
    """let_through: the literal to assume for a connection that the other leg surely lets through."""

    script: Script
    world: World
    rivals: tuple[TieGoals, ...]
    let_through: str


def encode_disputes(problem: Problem, direction: Direction) -> TieScript:
    """The script of one direction of the problem's policies."""
    encoder, views = opened(problem)
    script, world = encoder.script, encoder.world
    view, pipe = views[direction], problem.policies.pipe(direction)
    rivals: list[TieGoals] = []
    may = sure = governed(encoder, view)
    for stage, after in zip(pipe.stages, _afters(encoder, pipe, view), strict=True):
        rivals += _of_stage(encoder, stage, view, (may, sure), after, len(rivals))
        may = conj((may, leaves(encoder, stage, view)))
        sure = conj((sure, surely_leaves(encoder, stage, view)))
    (other,) = (leg(encoder, problem.policies.pipe(way), way) for way in Direction if way is not direction)
    return TieScript(script, world, tuple(rivals), script.goal("goal.let-through", other.must))


def _afters(encoder: Encoder, pipe: Pipe, view: View) -> list[MayMust]:
    """Of each stage, what the stages after it allow."""
    final = TRUE if pipe.final is Action.ALLOW else FALSE
    found = [MayMust(final, final)]
    for stage in reversed(pipe.stages[1:]):
        found.append(stage_rails(encoder, stage, view, found[-1]))
    return found[::-1] if pipe.stages else []


def _of_stage(
    encoder: Encoder, stage: Stage, view: View, before: tuple[str, str], after: MayMust, count: int
) -> list[TieGoals]:
    """The ties of a stage that connections may get to, or surely do, as `before` says."""
    goal = encoder.script.goal
    may = conj((before[0], applies(encoder, stage, view)))
    sure = conj((before[1], applies(encoder, stage, surely(encoder, stage, view))))
    found: list[TieGoals] = []
    for part in stage.body:
        if isinstance(part, Tie):
            number = count + len(found)
            blocks = [block_results(encoder, block, view, stage.name) for block in part.blocks]
            found.append(
                TieGoals(
                    stage.name,
                    part,
                    goal(f"goal.reached.{number}", may),
                    goal(f"goal.surely-reached.{number}", sure),
                    goal(f"goal.disputed.{number}", conj((may, _disputed(blocks)))),
                    goal(f"goal.opened.{number}", after.must),
                    goal(f"goal.closed.{number}", neg(after.may)),
                    tuple(
                        {a: goal(f"goal.may.{number}.{i}.{a}", _may(block, a)) for a in Action}
                        for i, block in enumerate(blocks)
                    ),
                    tuple(
                        {a: goal(f"goal.does.{number}.{i}.{a}", _does(block, a)) for a in Action}
                        for i, block in enumerate(blocks)
                    ),
                )
            )
        results = part_results(encoder, part, view, stage.name)
        may = conj((may, results.none))
        sure = conj((sure, neg(disj((results.allow, results.deny, results.next)))))
    return found


def _may(block: Results, action: Action) -> str:
    return {Action.ALLOW: block.allow, Action.DENY: block.deny, Action.NEXT: block.next}[action]


def _does(block: Results, action: Action) -> str:
    others = disj(_may(block, other) for other in Action if other is not action)
    return neg(disj((others, block.none)))


def _disputed(blocks: list[Results]) -> str:
    """True if two blocks may come to different actions; also where one block may come to two."""
    some = [disj(_may(block, action) for block in blocks) for action in Action]
    return disj(conj((one, other)) for i, one in enumerate(some) for other in some[:i])
