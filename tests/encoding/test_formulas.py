"""The symbolic reading of formulas and pipes agrees with the concrete one, connection by connection."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.encoding.connections import connections, formulas, pinned, settings
from verifier import semantics
from verifier.encoding import pipes
from verifier.encoding.formulas import Encoder
from verifier.encoding.unknowns import declare_unknowns
from verifier.ir.endpoint import Connection
from verifier.ir.policy import (
    Action,
    And,
    Block,
    Citation,
    Direction,
    Formula,
    Havoc,
    NewNamespaces,
    Not,
    Or,
    Pipe,
    PolicySet,
    Rung,
    Selects,
    Stage,
    Tie,
)
from verifier.smt.script import neg
from verifier.smt.solver import Answer, Solver

Case = tuple[dict[str, str], Connection]
cases = settings.flatmap(lambda setting: st.tuples(st.just(setting), connections(setting)))
directions = st.sampled_from(list(Direction))
HERE = Citation("Policy", "shop", "p")

ABOUT = ("a domain name", "another")
unknowns = st.builds(Havoc, st.sampled_from(ABOUT))
doubtful = st.recursive(
    st.one_of(unknowns, formulas),
    lambda inner: st.one_of(
        inner.map(Not), *(st.lists(inner, min_size=1, max_size=2).map(tuple).map(kind) for kind in (And, Or))
    ),
    max_leaves=4,
)
guards = st.one_of(formulas, doubtful)
whom = st.none() | st.sampled_from(["shop", "ops", NewNamespaces.ALL])
selections = st.builds(Selects, whom, guards, st.just(HERE))
rungs = st.builds(Rung, st.none() | selections, guards, st.sampled_from(list(Action)), st.just(HERE))
blocks = st.lists(rungs, max_size=3).map(lambda items: Block(tuple(items)))
ties = st.lists(blocks, min_size=2, max_size=3).map(lambda items: Tie(tuple(items)))
stages = st.builds(
    Stage,
    st.sampled_from(["Admin", "Network"]),
    st.none() | st.lists(selections, max_size=2).map(tuple),
    st.lists(st.one_of(blocks, blocks, ties), max_size=2).map(tuple),
    st.sampled_from(list(Action)),
)
pipe_lists = st.builds(Pipe, st.lists(stages, max_size=2).map(tuple), st.sampled_from([Action.ALLOW, Action.DENY]))


@given(cases, guards, directions)
def test_formulas_agree_with_semantics(case: Case, formula: Formula, way: Direction) -> None:
    """On what may hold, and on what surely does."""
    setting, connection = case
    world = pinned(connection, setting, formula)
    may = world.script.goal("may", world.encoder.term(formula, world.view(way)))
    surely = world.script.goal("surely", world.encoder.term(formula, world.view(way).sure()))
    solver = Solver(world.script)

    view = semantics.View(connection, way, setting)

    assert solver.ask([]) is Answer.SAT
    assert (solver.ask([may]) is Answer.SAT) is semantics.holds(formula, view)
    assert (solver.ask([surely]) is Answer.SAT) is semantics.holds(formula, view.sure())


@given(cases, pipe_lists, directions)
def test_pipes_agree_with_semantics(case: Case, pipe: Pipe, way: Direction) -> None:
    """Whatever the stages: ordered rungs of all actions, ties, conditions that nobody can say wherever formulas stand,
    stages that select and stages that do not, that end in any, policies of new namespaces."""
    setting, connection = case
    parts = [f for stage in pipe.stages for f in _formulas(stage)]
    world = pinned(connection, setting, *parts)
    rails = pipes.leg(world.encoder, pipe, way)
    may, must = world.script.goal("may", rails.may), world.script.goal("must", rails.must)
    isolated = pipes.isolated(world.encoder, pipe, way)
    perhaps, surely = world.script.goal("perhaps", isolated.may), world.script.goal("surely", isolated.must)
    policies = PolicySet(pipe, pipe)
    solver = Solver(world.script)

    outcomes = semantics.leg(policies, connection, way, setting).outcomes

    assert (solver.ask([may]) is Answer.SAT) is (True in outcomes)
    assert (solver.ask([must]) is Answer.SAT) is (outcomes == {True})
    pod = connection.destination if way is Direction.INGRESS else connection.source
    if pod.kind in semantics.PODLIKE and not _looks_at_the_peer(parts):
        assert (solver.ask([perhaps]) is Answer.SAT) is semantics.isolated(policies, pod, way, setting, surely=False)
        assert (solver.ask([surely]) is Answer.SAT) is semantics.isolated(policies, pod, way, setting)


@given(cases, pipe_lists, directions, st.fixed_dictionaries({about: st.booleans() for about in ABOUT}))
def test_what_nobody_can_say_may_be_supposed(
    case: Case, pipe: Pipe, way: Direction, supposing: dict[str, bool]
) -> None:
    setting, connection = case
    world = pinned(connection, setting, *(f for stage in pipe.stages for f in _formulas(stage)))
    literals = declare_unknowns(world.script, [PolicySet(pipe, pipe)])
    for about, literal in literals.items():
        world.script.require(literal if supposing[about] else neg(literal))
    rails = pipes.leg(Encoder(world.script, replace(world.world, unknowns=literals)), pipe, way)
    may, must = world.script.goal("may", rails.may), world.script.goal("must", rails.must)
    solver = Solver(world.script)

    outcomes = semantics.leg(PolicySet(pipe, pipe), connection, way, setting, supposing).outcomes

    assert (solver.ask([may]) is Answer.SAT) is (True in outcomes)
    assert (solver.ask([must]) is Answer.SAT) is (outcomes == {True})
    if not any(isinstance(part, Tie) for stage in pipe.stages for part in stage.body):
        assert len(outcomes) == 1


def _formulas(stage: Stage) -> list[Formula]:
    rungs = [rung for block in stage.blocks() for rung in block.rungs]
    selects = [*(stage.applies or ()), *(r.selects for r in rungs if r.selects is not None)]
    return [*(s.pods for s in selects), *(r.guard for r in rungs)]


def _looks_at_the_peer(parts: list[Formula]) -> bool:
    """True iff a selection could hang on more than the subject; `isolated` is asked of a pod alone."""
    return any(word in str(parts) for word in ("PEER", "Same", "Port", "AddressIn"))
