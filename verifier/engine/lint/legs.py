"""egress-without-ingress: what one end lets through and the other end always blocks.

Asked of the solver for every line that speaks of pods: is there a connection that meets the line and that the policies
of the other end let through? The other end of an outside address has no policies.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from verifier.encoding.problem import Problem
from verifier.encoding.removal import Ways, encode_ways
from verifier.engine.lint.reading import Line, LintContext
from verifier.engine.problem.problem import scene_of
from verifier.engine.results.lint import LintFinding
from verifier.engine.results.witness import Witness
from verifier.engine.solve.asker import Asker
from verifier.engine.solve.example import example
from verifier.errors import ReplayError, Severity
from verifier.ir.policy import Action, Direction
from verifier.ir.trace import Leg

_OTHER = {Direction.INGRESS: Direction.EGRESS, Direction.EGRESS: Direction.INGRESS}


def smells(look: LintContext) -> Iterator[LintFinding]:
    governed = {direction for direction in Direction if _may_block(look, direction)}
    asked = [line for line in look.lines if line.shape.is_pods and _OTHER[line.direction] in governed]
    if not asked:
        return
    problem = _without_strangers(scene_of(look.context, look.context.policies, "what the other end blocks"), look)
    ways = encode_ways(problem, [(line.direction, line.rung) for line in asked])
    asker = Asker(problem, ways.script, ways.world, look.limits)
    for line, way, blocked in zip(asked, ways.open, ways.blocked, strict=True):
        if not asker.sure(way) and asker.sure(blocked):
            yield _smell(line, _witness(asker, problem, ways, blocked))
    look.asked.append(asker.stats())


def _may_block(look: LintContext, direction: Direction) -> bool:
    """True iff a leg of this direction may block something: its policies speak of somebody, or it is where traffic to
    the own node is dropped."""
    drops = direction is Direction.EGRESS and look.context.switches["local_node_egress"] == "policy_then_drop"
    pipe = look.context.policies.pipe(direction)
    return drops or pipe.final is Action.DENY or any(s.applies is None or bool(s.applies) for s in pipe.stages)


def _without_strangers(problem: Problem, look: LintContext) -> Problem:
    """The problem without hostNetwork pods that nobody has written, unless the universe counts them: where they are
    peers and yet not governed, they are an other end that lets everything through."""
    if problem.universe.nodes:
        return problem
    side = replace(problem.sources, hostpods=look.context.world.hostpods)
    return replace(problem, sources=side, destinations=side)


def _smell(line: Line, witness: Witness) -> LintFinding:
    leg = witness.ingress if line.direction is Direction.EGRESS else witness.egress
    if line.direction is Direction.EGRESS:
        message = f"{line} lets connections out that no destination lets in: nothing gets through"
        hint = "an ingress rule is missing at the destination, or this rule is not needed"
    else:
        message = f"{line} lets connections in that no source lets out: nothing gets through"
        hint = "an egress rule is missing at the source, or this rule is not needed"
    return LintFinding(
        "egress-without-ingress", Severity.WARNING, message, line.policy, line.rung.citation.origin,
        (*_blocking(leg), hint), witness=witness,
    )  # fmt: skip


def _blocking(leg: Leg | None) -> tuple[str, ...]:
    step = leg.steps[-1] if leg is not None else None
    if leg is None or step is None or step.citation is None:
        return ()
    return (f"{step.citation} isolates the other end for {leg.direction}, and no rule there lets this through",)


def _witness(asker: Asker, problem: Problem, ways: Ways, goal: str) -> Witness:
    """A simple connection that the line lets through and the other end blocks, replayed."""
    found = example(asker, problem, ways.world, goal)
    if found.decision.allowed:
        raise ReplayError(f"a blocked connection does not replay: {found}")
    return found.witness
