"""Making a model simple, so that a witness says no more than it must and is the same every time."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from verifier.encoding.scene import Scene
from verifier.encoding.world import KINDS, End, World
from verifier.ir.endpoint import Kind
from verifier.smt.script import Var
from verifier.smt.solver import Answer, Model, Solver
from verifier.universe import Cells


def simplest_model(solver: Solver, scene: Scene, world: World, goals: Sequence[str]) -> Model | None:
    """A model of the goals in which one variable after the other has the first of its preferred values that is
    possible; None where there is no model, or the solver cannot say."""
    scopes = 1
    solver.push()
    try:
        if solver.ask(goals) is not Answer.SAT:
            return None
        model = solver.model()
        for variable, preferred in _preferences(scene, world):
            for value in preferred(model):
                if model.get(variable.name, 0) == value:
                    break
                solver.push()
                scopes += 1
                solver.fix(variable.name, value)
                if solver.ask(goals) is Answer.SAT:
                    model = solver.model()
                    break
                solver.pop()
                scopes -= 1
            if variable.size > 1:
                solver.fix(variable.name, model[variable.name])
        return model
    finally:
        solver.pop(scopes)


def _preferences(scene: Scene, world: World) -> Iterator[tuple[Var, Callable[[Model], Iterable[int]]]]:
    """The variables in the order in which a witness is made simple, each with the values that are tried first."""
    vocabulary = scene.vocabulary

    def first(count: int) -> Callable[[Model], Iterable[int]]:
        return lambda _: range(count)

    yield from ((v, first(1)) for v in world.switches.values() if isinstance(v, Var))
    for end in (world.destination, world.source):
        yield end.kind, first(2)
    yield world.protocol, first(2)
    for end in (world.destination, world.source):
        yield end.namespace, first(min(vocabulary.declared, 3))
        for key, variable in end.labels.items():
            yield variable, first(min(len(vocabulary.pod_labels[key].values), 4))
        for key, variable in end.namespace_labels.items():
            yield variable, first(min(len(vocabulary.namespace_labels[key].values), 4))
    yield world.port, lambda _: _familiar_ports(vocabulary.ports)
    for end in (world.destination, world.source):
        yield end.address, partial(_familiar_cells, vocabulary.addresses, end)


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
