"""How a script about the policies themselves begins: the variables, the axioms, the invariants of the universe."""

from collections.abc import Mapping

from verifier.encoding.formulas import Encoder, View
from verifier.encoding.problem import Problem
from verifier.encoding.question import require_invariants, require_translation
from verifier.encoding.world import declare
from verifier.ir.policy import Direction
from verifier.smt.script import Script


def opened(problem: Problem) -> tuple[Encoder, Mapping[Direction, View]]:
    """The encoder of a script that admits every connection of the problem, and the connection as the policies of either
    direction see it."""
    script = Script()
    script.comment(problem.title)
    world = declare(script, problem)
    encoder = Encoder(script, world)
    views = {
        Direction.INGRESS: View("in", world.destination, world.source, as_seen=True),
        Direction.EGRESS: View("out", world.source, world.destination, as_seen=True),
    }
    require_invariants(encoder, problem, views.values())
    require_translation(encoder, problem, views[Direction.INGRESS])
    return encoder, views
