"""A universe in which no pod can exist proves everything about nobody: it is bad input (docs/universe.md)."""

from msgspec.structs import replace

from verifier.engine.precheck.validate import no_pod
from verifier.engine.problem.problem import Context, problem_of
from verifier.engine.solve.query import Query
from verifier.errors import InputError
from verifier.ir.labels import EVERYTHING
from verifier.ir.pods import PodPeer
from verifier.ir.policy import NO_POLICIES
from verifier.ir.property import Always
from verifier.ir.universe import OPEN
from verifier.smt.solver import Answer, Limits

_ANYONE = Always(destinations=(PodPeer(namespaces=EVERYTHING),))


def require_pods(*sides: Context, limits: Limits) -> None:
    """Raises InputError iff on no side a pod can exist; the sides share a universe. Undecided is not known to be
    empty."""
    if not any(_has_pods(side, limits) for side in sides):
        raise InputError(no_pod(*(side.world for side in sides)))


def _has_pods(context: Context, limits: Limits) -> bool:
    if context.universe == OPEN or context.world.hostpods:
        return True
    problem, _ = problem_of(context, _ANYONE, "can any pod exist?")
    query = Query(replace(problem, policies=NO_POLICIES), limits)  # policies say who talks, not who is there
    return query.ask(query.goals.premises[0]) is not Answer.UNSAT
