"""Puts together what came of the tasks: each property of each cluster has one verdict, or this is an internal error."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.check.check import joined
from verifier.engine.results.check import CheckReport, Counts, Result, Verdict
from verifier.errors import InternalError
from verifier.fleet.plan import Asked
from verifier.fleet.result import ClusterReport, Failure, FleetReport, Reading
from verifier.fleet.task import Answer, Outcome, Refusal, Task, Unanswered
from verifier.ir.property import Property


class _Part(Struct, frozen=True):
    """What became of the properties from place `first` up to place `end`."""

    first: int
    end: int
    outcome: Outcome


def assembled(
    name: str, fleet: Sequence[Asked], outcomes: Iterable[tuple[Task, Outcome]], rest: Outcome | None = None
) -> FleetReport:
    """The report that the outcomes make; `rest`: what became of the tasks that are not among them. Raises InternalError
    unless every property of every cluster has exactly one verdict."""
    parts: dict[int, list[_Part]] = {}
    for task, outcome in outcomes:
        part = _Part(task.first, task.first + len(task.properties), outcome)
        parts.setdefault(task.cluster, []).append(part)
    clusters = (_cluster(asked, parts.get(place, []), rest) for place, asked in enumerate(fleet))
    return FleetReport(name, tuple(clusters))


def _cluster(asked: Asked, found: Sequence[_Part], rest: Outcome | None) -> ClusterReport:
    name, universe = asked.cluster.name, asked.universe.name
    if asked.mistakes:
        return ClusterReport(name, CheckReport(universe, (), diagnostics=asked.mistakes))
    parts = list(_whole(asked, found, rest))
    outcomes = [part.outcome for part in parts]
    answers = [outcome for outcome in outcomes if isinstance(outcome, Answer)]
    refused = dict.fromkeys(d for outcome in outcomes if isinstance(outcome, Refusal) for d in outcome.diagnostics)
    diagnostics = (*dict.fromkeys(d for answer in answers for d in answer.diagnostics), *refused)
    if refused and not answers:
        return ClusterReport(name, CheckReport(universe, (), diagnostics=diagnostics), starter=asked.starter)
    results = [r for part in parts for r in _results(part.outcome, asked.properties[part.first : part.end])]
    return ClusterReport(
        name,
        joined(
            answers[0].counts if answers else Counts(),
            results,
            universe,
            diagnostics,
            answers[0].passed_over if answers else (),
            answers[0].assumptions if answers else (),
        ),
        tuple(dict.fromkeys(outcome for outcome in outcomes if isinstance(outcome, Failure))),
        asked.starter,
        answers[0].reading if answers else Reading(),
    )


def _whole(asked: Asked, found: Sequence[_Part], rest: Outcome | None) -> Iterator[_Part]:
    """The parts in the order of the properties, `rest` where one is missing."""
    place = 0
    for part in (*sorted(found, key=lambda part: part.first), None):
        first = len(asked.properties) if part is None else part.first
        if first < place:
            raise InternalError(f"two verdicts about a property of `{asked.cluster.name}`")
        if first > place:
            if rest is None:
                raise InternalError(f"no verdict about a property of `{asked.cluster.name}`")
            yield _Part(place, first, rest)
        if part is not None:
            yield part
            place = part.end


def _results(outcome: Outcome, properties: Sequence[Property]) -> Iterator[Result]:
    """A result for each of `properties`, each as its file has it."""
    match outcome:
        case Answer(results=results):
            for claimed, result in zip(properties, results, strict=True):
                yield replace(result, property=claimed)
            return
        case Refusal():
            reason = "the input is at fault where this was to be asked"
        case Failure(message=message):
            reason = f"not asked to the end: {message}"
        case Unanswered(reason=reason):
            pass
    yield from (Result(claimed, Verdict.UNKNOWN, reason=reason) for claimed in properties)
