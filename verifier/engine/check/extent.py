"""How much of today's cluster breaks a property: the declared namespaces and the workloads of the manifests of which
some pod does. One witness says that there is one; 1 of 106 namespaces and 106 of 106 are not the same news."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from verifier.encoding.listed import group
from verifier.encoding.problem import NOT_ISOLATED, Problem, Side
from verifier.encoding.variables import KINDS, End
from verifier.engine.problem.problem import Context, with_real_pods
from verifier.engine.results.check import Extent, Share
from verifier.engine.solve.query import Query
from verifier.ir.endpoint import PODLIKE, Kind, Workload
from verifier.ir.policy import Direction
from verifier.ir.property import Claim, Confined
from verifier.smt.alike import alike
from verifier.smt.script import Var
from verifier.smt.solver import Limits

MOST = 2_000
"""Groups of workloads that are asked about; beyond, they are not counted."""
NAMED = 8
"""Namespaces and workloads whose names are kept."""

_Kinds = tuple[Kind, Kind]


def extent(context: Context, claim: Claim, problem: Problem, query: Query, limits: Limits) -> Extent:
    """The extent of a claim that is surely broken. Whose pod counts: the one that `isolated` and `confined` speak of;
    of other claims the destination, or the source where that is no pod. What breaks it under some setting of the open
    switches counts. Raises Undecided where the solver gives up."""
    names: set[str] = set()
    workloads: set[str] | None = set()
    for asked, parts in _questions(claim, problem, query, limits):
        for end, kinds in parts:
            found = set(_namespaces(asked, end, kinds))
            names |= found
            some = _workloads(context, asked.problem, end, kinds, found, limits)
            workloads = None if workloads is None or some is None else workloads | some
    declared = context.world.declared.keys()
    return Extent(
        _share(names & declared, len(declared)), _share(workloads, len({str(w) for w in context.cluster.workloads}))
    )


def _share(found: set[str] | None, of: int) -> Share:
    return Share(None, of) if found is None else Share(len(found), of, tuple(sorted(found)[:NAMED]))


def _questions(
    claim: Claim, problem: Problem, query: Query, limits: Limits
) -> Iterator[tuple[Query, list[tuple[str, _Kinds]]]]:
    """What is to be asked, and of which end under which kinds of both; each obligation alone where they are about
    different ends."""
    sources, destinations = problem.sources.kinds, problem.destinations.kinds
    every = [(s, d) for s in sorted(sources) for d in sorted(destinations)]
    of_source = [("src", (s, d)) for s, d in every if s in PODLIKE]
    of_destination = [("dst", (s, d)) for s, d in every if d in PODLIKE]
    isolation = {outcome: direction for direction, outcome in NOT_ISOLATED.items()}
    if any(obligation.outcome in isolation for obligation in problem.obligations):
        for obligation in problem.obligations:
            ends = of_destination if isolation[obligation.outcome] is Direction.INGRESS else of_source
            yield Query(replace(problem, obligations=(obligation,)), limits, query), ends
    elif isinstance(claim, Confined):
        yield query, of_source
    else:
        yield query, [*of_destination, *((end, kinds) for end, kinds in of_source if kinds[1] not in PODLIKE)]


def _pins(asked: Query, kinds: _Kinds) -> tuple[str, ...]:
    ends = (asked.world.source, asked.world.destination)
    return tuple(_pinned(asked, ((e.kind, KINDS.index(kind)) for e, kind in zip(ends, kinds, strict=True))))


def _pinned(asked: Query, values: Iterable[tuple[Var, int | None]]) -> Iterator[str]:
    """Literals for the values that are given, of variables that can have several."""
    return (asked.pinned(v, value) for v, value in values if value is not None and v.size > 1)


def _end(asked: Query, end: str) -> End:
    return asked.world.source if end == "src" else asked.world.destination


def _namespaces(asked: Query, end: str, kinds: _Kinds) -> Iterator[str]:
    """The declared namespaces of which a pod breaks the property. Those that the question cannot tell apart are asked
    about once: `alike` says which, and that nothing but kinds of ends is assumed besides the script leaves it so."""
    world, vocabulary = asked.world, asked.problem.vocabulary
    goals = (asked.goals.surely_broken, *_pins(asked, kinds))
    variable = _end(asked, end).namespace
    for kind in alike(world.source.namespace, world.destination.namespace) if asked.possible(*goals) else ():
        names = [vocabulary.namespaces[number].name for number in kind if number < vocabulary.declared]
        if names and asked.possible(*goals, *_pinned(asked, ((variable, kind[0]),))):
            yield from names


def _workloads(
    context: Context, problem: Problem, end: str, kinds: _Kinds, names: set[str], limits: Limits
) -> set[str] | None:
    """Of the workloads of the manifests those of which a pod breaks the property; None: they are too many."""
    kind = kinds[0] if end == "src" else kinds[1]
    real = with_real_pods(problem, context.world, end == "src", end == "dst")
    side = real.sources if end == "src" else real.destinations
    there = (side.pods if kind is Kind.POD else side.hostpods) or ()
    listed = [w for w in there if w.namespace in names and not w.supposed]
    groups = group(listed, problem.vocabulary)
    if len(groups) > MOST:
        return None
    if not groups:
        return set()
    asked = Query(real, limits)
    mine = _end(asked, end)
    variables = (mine.namespace, *mine.labels.values())
    found: set[str] = set()
    for codes, members in groups.items():
        pins = _pinned(asked, zip(variables, codes, strict=True))
        if not asked.possible(asked.goals.surely_broken, *_pins(asked, kinds), *pins):
            continue
        alike = _told_apart(members)
        for some in alike if len(alike) > 1 else []:
            if _breaks(real, end, kind, kinds, some, limits):
                found |= set(map(str, some))
        found |= set(map(str, members)) if len(alike) == 1 else set()
    return found


def _told_apart(members: Iterable[Workload]) -> list[list[Workload]]:
    """Workloads of the same labels, by what a question may tell of them besides."""
    found: dict[object, list[Workload]] = {}
    for workload in members:
        key = (workload.named_ports, workload.node, workload.addresses, workload.single, workload.foreign)
        found.setdefault(key, []).append(workload)
    return list(found.values())


def _breaks(problem: Problem, end: str, kind: Kind, kinds: _Kinds, some: Iterable[Workload], limits: Limits) -> bool:
    """The same for a few workloads alone."""
    listed = tuple(some)
    only = Side(frozenset({kind}), *((listed, ()) if kind is Kind.POD else ((), listed)))
    asked = Query(replace(problem, **{"sources" if end == "src" else "destinations": only}), limits)
    return asked.possible(asked.goals.surely_broken, *_pins(asked, kinds))
