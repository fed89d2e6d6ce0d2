"""What is said beside a map: how much it is of, which namespaces stand for which, what it rests on and leaves out."""

from verifier.engine.map.result import Map
from verifier.errors import Severity
from verifier.ir.prose import listed, number
from verifier.report.words.mapwords import MOST
from verifier.report.words.paint import PLAIN, Paint
from verifier.report.words.result import uncovered


def alike(drawn: Map) -> list[str]:
    """Which namespaces stand for which: without this a map by kind says something else."""
    return [
        f"Alike: {' and '.join(kind.drawn)} stand for {len(kind.names)} namespaces: {listed(kind.names, MOST)}"
        for kind in drawn.kinds
    ]


def counted(drawn: Map) -> str:
    """How many workloads, namespaces and policies the map is of."""
    others = {kind.drawn[0]: len(kind.names) - len(kind.drawn) for kind in drawn.kinds}
    members = [m for node in drawn.nodes for m in node.members]
    workloads = {(w.namespace, str(w)) for m in members for w in m.workloads}
    places = {m.namespace for m in members if m.namespace is not None and m.declared}
    what = (
        number(sum(1 + others.get(home, 0) for home, _ in workloads), "workload"),
        number(sum(1 + others.get(place, 0) for place in places), "namespace"),
        number(drawn.policies, "policy", "policies"),
    )
    return ", ".join(what)


def margin(drawn: Map, paint: Paint = PLAIN) -> list[str]:
    """What stands beside a picture: how the input was taken, and what this run's own answer leaves out."""
    told = [*alike(drawn), *(f"Assumed: {text}" for text in drawn.of_input)]
    return [*map(paint, told), *uncovered(drawn.not_covered, paint)]


def standing(drawn: Map) -> list[str]:
    """All that a map rests on and leaves out, for what may end up far from the run that made it."""
    notes = [*alike(drawn), *(f"Assumed: {text}" for text in drawn.assumptions)]
    notes += [f"Not covered: {text}" for text in drawn.not_covered]
    return notes + [f"Warning: {d.message}" for d in drawn.diagnostics if d.severity is Severity.WARNING]
