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

selections = st.builds(
    Selects,
    st.none() | st.sampled_from(["shop", "ops", NewNamespaces.ALL]),
    formulas,
    st.just(HERE),
)
ABOUT = ("a domain name", "another")
unknown = st.just(Havoc(ABOUT[0]))
guards = st.one_of(formulas, formulas, unknown, formulas.map(lambda f: And((f, Havoc(ABOUT[1])))))
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
    """Whatever the stages: ordered rungs of all actions, ties, conditions that nobody can say, stages that end in any,
    policies of new namespaces."""
    setting, connection = case
    parts = [f for stage in pipe.stages for f in _formulas(stage)]
    world = pinned(connection, setting, *parts)
    rails = pipes.leg(world.encoder, pipe, way)
    may, must = world.script.goal("may", rails.may), world.script.goal("must", rails.must)
    isolated = world.script.goal("isolated", pipes.isolated(world.encoder, pipe, way))
    policies = PolicySet(pipe, pipe)
    solver = Solver(world.script)

    outcomes = semantics.leg(policies, connection, way, setting).outcomes

    assert (solver.ask([may]) is Answer.SAT) is (True in outcomes)
    assert (solver.ask([must]) is Answer.SAT) is (outcomes == {True})
    pod = connection.destination if way is Direction.INGRESS else connection.source
    if pod.kind in semantics.PODLIKE and not _looks_at_the_peer(parts):
        assert (solver.ask([isolated]) is Answer.SAT) is semantics.isolated(policies, pod, way, setting)


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
