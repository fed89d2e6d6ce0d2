"""The symbolic reading of formulas and pipes agrees with the concrete one, connection by connection."""

from hypothesis import given
from hypothesis import strategies as st

from tests.encoding.connections import connections, formulas, pinned, settings
from verifier import semantics
from verifier.encoding import pipes
from verifier.ir.endpoint import Connection
from verifier.ir.policy import (
    Action,
    Block,
    Citation,
    Direction,
    Formula,
    NewNamespaces,
    Pipe,
    PolicySet,
    Rung,
    Selects,
    Stage,
)
from verifier.smt.solver import Answer, Solver

Case = tuple[dict[str, str], Connection]
cases = settings.flatmap(lambda setting: st.tuples(st.just(setting), connections(setting)))
directions = st.sampled_from(list(Direction))
HERE = Citation("Policy", "shop", "p")

selections = st.builds(
    Selects,
    st.none() | st.sampled_from(["shop", "ops", NewNamespaces.ALL]),
    formulas,
    st.just(HERE),
)
rungs = st.builds(Rung, st.none() | selections, formulas, st.sampled_from(list(Action)), st.just(HERE))
blocks = st.lists(rungs, max_size=3).map(lambda items: Block(tuple(items)))
stages = st.builds(
    Stage,
    st.sampled_from(["Admin", "Network"]),
    st.none() | st.lists(selections, max_size=2).map(tuple),
    st.lists(blocks, max_size=2).map(tuple),
    st.sampled_from(list(Action)),
)
pipe_lists = st.builds(Pipe, st.lists(stages, max_size=2).map(tuple), st.sampled_from([Action.ALLOW, Action.DENY]))


@given(cases, formulas, directions)
def test_formulas_agree_with_semantics(case: Case, formula: Formula, way: Direction) -> None:
    setting, connection = case
    world = pinned(connection, setting, formula)
    holds = world.script.goal("holds", world.encoder.term(formula, world.view(way)))
    solver = Solver(world.script)

    expected = semantics.holds(formula, semantics.View(connection, way, setting))

    assert (solver.ask([holds]), solver.ask([])) == (Answer.SAT if expected else Answer.UNSAT, Answer.SAT)


@given(cases, pipe_lists, directions)
def test_pipes_agree_with_semantics(case: Case, pipe: Pipe, way: Direction) -> None:
    """Whatever the stages: ordered rungs of all actions, stages that end in any, policies of new namespaces."""
    setting, connection = case
    parts = [f for stage in pipe.stages for f in _formulas(stage)]
    world = pinned(connection, setting, *parts)
    allowed = world.script.goal("allowed", pipes.leg(world.encoder, pipe, way))
    isolated = world.script.goal("isolated", pipes.isolated(world.encoder, pipe, way))
    policies = PolicySet(pipe, pipe)
    solver = Solver(world.script)

    says_allowed = semantics.leg(policies, connection, way, setting).allowed

    assert (solver.ask([allowed]) is Answer.SAT) is says_allowed
    pod = connection.destination if way is Direction.INGRESS else connection.source
    if pod.kind in semantics.PODLIKE and not _looks_at_the_peer(parts):
        assert (solver.ask([isolated]) is Answer.SAT) is semantics.isolated(policies, pod, way, setting)


def _formulas(stage: Stage) -> list[Formula]:
    selects = [*(stage.applies or ()), *(r.selects for b in stage.body for r in b.rungs if r.selects is not None)]
    return [*(s.pods for s in selects), *(r.guard for b in stage.body for r in b.rungs)]


def _looks_at_the_peer(parts: list[Formula]) -> bool:
    """True iff a selection could hang on more than the subject; `isolated` is asked of a pod alone."""
    return any(word in str(parts) for word in ("PEER", "Same", "Port", "AddressIn"))
