"""A universe in which no pod can exist proves everything about nobody: it is bad input (docs/universe.md)."""

from msgspec.structs import replace

from verifier.engine.precheck.validate import no_pod
from verifier.engine.problem.problem import Ground, set_scene
from verifier.engine.solve.query import Query
from verifier.errors import InputError
from verifier.ir.labels import EVERYTHING
from verifier.ir.pods import PodPeer
from verifier.ir.policy import NO_POLICIES
from verifier.ir.property import Always
from verifier.ir.universe import OPEN
from verifier.smt.solver import Answer, Limits

_ANYONE = Always(destinations=(PodPeer(namespaces=EVERYTHING),))


def require_pods(*sides: Ground, limits: Limits) -> None:
    """Raises InputError iff on no side a pod can exist; the sides share a universe. Undecided is not known to be
    empty."""
    if not any(_has_pods(side, limits) for side in sides):
        raise InputError(no_pod(*(side.world for side in sides)))


def _has_pods(ground: Ground, limits: Limits) -> bool:
    if ground.universe == OPEN or ground.world.hostpods:
        return True
    scene, _ = set_scene(ground, _ANYONE, "can any pod exist?")
    query = Query(replace(scene, policies=NO_POLICIES), limits)  # policies say who talks, not who is there
    return query.ask(query.goals.premises[0]) is not Answer.UNSAT
