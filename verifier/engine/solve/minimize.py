"""Making a model simple, so that a witness says no more than it must and is the same every time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import takewhile

from verifier.encoding.problem import Problem
from verifier.encoding.variables import KINDS, End, World
from verifier.errors import ReplayError
from verifier.ir.endpoint import Kind
from verifier.smt.script import Var
from verifier.smt.solver import Answer, Model, Solver
from verifier.vocabulary import Cells


def simplest_model(solver: Solver, problem: Problem, world: World, goals: Sequence[str]) -> Model | None:
    """A model of the goals in which one variable after the other has the first of its preferred values that is
    possible, or else the smallest one; None where there is no model, or the solver cannot say."""
    settled = list(goals)
    model = _model(solver, settled)
    if model is None:
        return None
    waiting = [each for each in _preferences(problem, world) if each[0].size > 1]
    is_label = _is_label(world)
    while waiting:
        count, model = _empty(solver, settled, [v for v, _ in takewhile(is_label, waiting)], model)
        if not count:
            variable, preferred = waiting[0]
            count, model = 1, _settled(solver, settled, variable, preferred(model), model)
        settled += [solver.equals(v.name, model[v.name]) for v, _ in waiting[:count]]
        waiting = waiting[count:]
    return model


_Preference = tuple[Var, Callable[[Model], Iterable[int]]]


def _is_label(world: World) -> Callable[[_Preference], bool]:
    """Whether a variable is that of a label of an end, of which the first value is preferred: there is none."""
    names = {v.name for end in (world.destination, world.source) for v in end.labels.values()}
    return lambda preference: preference[0].name in names


def _empty(solver: Solver, goals: Sequence[str], labels: Sequence[Var], model: Model) -> tuple[int, Model]:
    """How many of the labels, from the first on, can surely be absent together, and a model in which they are: each of
    them would be found to be, one after the other. Of a thousand that takes a few questions, not a thousand."""
    count = len(labels)
    while count:
        some = labels[:count]
        if all(model[v.name] == 0 for v in some):
            return count, model
        if count == 1:
            return 0, model
        found = _model(solver, (*goals, *(solver.equals(v.name, 0) for v in some)))
        if found is not None:
            return count, found
        count //= 2
    return 0, model


def _settled(solver: Solver, goals: Sequence[str], variable: Var, preferred: Iterable[int], model: Model) -> Model:
    """A model in which the variable has the first preferred value that is possible, or else the smallest one."""
    name = variable.name
    for value in preferred:
        if model[name] == value:
            return model
        found = _model(solver, (*goals, solver.equals(name, value)))
        if found is not None:
            return found
    low = 0
    while low < model[name]:
        middle = (low + model[name]) // 2
        bound = solver.equals(name, 0) if middle == 0 else solver.at_most(name, middle)
        found = _model(solver, (*goals, bound))
        if found is not None and found[name] > middle:  # a solver that lies would keep us here for ever
            raise ReplayError(f"the solver's model does not have `{name}` at most {middle}, as it was asked")
        model, low = (model, middle + 1) if found is None else (found, low)
    return model


def _model(solver: Solver, goals: Iterable[str]) -> Model | None:
    """A model of the goals; None where there is none, or the solver cannot say."""
    return solver.model() if solver.ask(goals) is Answer.SAT else None


def _preferences(problem: Problem, world: World) -> Iterator[_Preference]:
    """The variables in the order in which a witness is made simple, each with the values that are tried first."""
    vocabulary = problem.vocabulary

    def smallest(_: Model) -> Iterable[int]:
        return ()

    yield from ((v, smallest) for v in world.switches.values() if isinstance(v, Var))
    for end in (world.destination, world.source):
        yield end.kind, smallest
    yield Var(world.same_node, 2), smallest
    yield world.protocol, smallest
    for end in (world.destination, world.source):
        yield end.namespace, smallest
        for key, variable in end.labels.items():
            other = world.destination.labels[key]
            yield variable, smallest if end is world.destination else partial(_unlike, variable, other)
        yield from ((variable, smallest) for variable in end.namespace_labels.values())
    yield world.port, lambda _: _familiar_ports(vocabulary.ports)
    yield from ((Var(literal, 2), smallest) for literal in world.named.values())
    for end in (world.destination, world.source):
        yield end.address, partial(_familiar_cells, vocabulary.addresses, end)
    yield from ((Var(literal, 2), smallest) for literal in world.unknowns.values())
    yield world.source.seen, lambda model: (model.get(world.source.address.name, 0),)


def _unlike(variable: Var, other: Var, model: Model) -> list[int]:
    """Absent, or the first values that the other end does not have: two sorts of pods explain more than one."""
    return [v for v in range(min(variable.size, 5)) if v == 0 or v != model.get(other.name, 0)]


def _familiar_ports(ports: Cells) -> list[int]:
    cells = ports.cells
    mentioned = [i for i, cell in enumerate(cells) if cell.size == 1]
    return [i for i, c in enumerate(cells) if c.low <= 80 <= c.high] + mentioned[:2]


def _familiar_cells(addresses: Cells, end: End, model: Model) -> list[int]:
    """The cell of an address that readers recognise: 10.244.3.4 for a pod, 203.0.113.10 for the outside."""
    outside = KINDS[model.get(end.kind.name, 0)] is Kind.EXTERNAL
    known = int.from_bytes(bytes((203, 0, 113, 10) if outside else (10, 244, 3, 4)))
    cells = addresses.cells
    return [i for i, c in enumerate(cells) if c.family == 4 and c.low <= known <= c.high]
