"""From a satisfiable question to the witness that a reader wants to see: real pods first, and as simple as can be."""

from collections.abc import Iterator, Mapping, Sequence

from verifier.encoding.problem import Outcome, Problem
from verifier.engine.problem.problem import Context, with_real_pods
from verifier.engine.results.witness import Witness
from verifier.engine.solve.asker import Setting
from verifier.engine.solve.query import Found, Query
from verifier.errors import Undecided
from verifier.ir.endpoint import PODLIKE, Connection
from verifier.ir.policy import Direction, PolicySet
from verifier.ir.switches import OPEN, SWITCHES
from verifier.semantics import decide, leg
from verifier.smt.solver import Limits

_REAL_ENDS = ((True, True), (False, True), (True, False))
"""Which ends are to be workloads of the input, in the order of preference: (source, destination)."""


def find_witness(
    context: Context, problem: Problem, query: Query, setting: Setting, surely: bool, limits: Limits
) -> Witness:
    """A witness of a question that is known to have one: the first that hangs on no switch, or else the first.
    `surely`: whether it is one that surely breaks the property.

    Raises Undecided where the solver gives up on the way.
    """
    fallback = None
    for asked in _from_real_to_any(context, problem, query, limits):
        found = asked.witness(setting, surely)
        if found is not None:
            witness = witness_of(found, problem)
            if not witness.switches:
                return witness
            fallback = fallback or witness
    if fallback is None:
        raise Undecided("a limit while looking for a witness")
    return fallback


def _from_real_to_any(context: Context, problem: Problem, query: Query, limits: Limits) -> Iterator[Query]:
    """The question with real pods at both ends, at one end, and as it was asked; each once, where an end is no pod."""
    if context.world.cluster.workloads and context.universe.other_pods:
        podlike = (bool(problem.sources.kinds & PODLIKE), bool(problem.destinations.kinds & PODLIKE))
        wanted = dict.fromkeys((s and podlike[0], d and podlike[1]) for s, d in _REAL_ENDS)
        for source, destination in wanted:
            if source or destination:
                yield Query(with_real_pods(problem, context.world, source, destination), limits, query)
    yield query


def witness_of(found: Found, problem: Problem) -> Witness:
    """A witness that was replayed, with the switches that it hangs on."""
    connection = found.connection
    names = [name for name in problem.vocabulary.switches if problem.switches[name] == OPEN]
    hangs = hinges(problem.all_policies, connection, found.setting, names)
    shown = {name: found.setting[name] for name in hangs}
    outcome = found.obligation.outcome
    if outcome in (Outcome.NO_INGRESS_ISOLATION, Outcome.NO_EGRESS_ISOLATION):
        return _isolation(found, outcome, shown, problem)
    decision = decide(problem.all_policies, connection, found.setting)
    return Witness.of(connection, decision, possibly=outcome is Outcome.ALLOWED, switches=shown)


def _isolation(found: Found, outcome: Outcome, shown: dict[str, str], problem: Problem) -> Witness:
    ingress = outcome is Outcome.NO_INGRESS_ISOLATION
    direction = Direction.INGRESS if ingress else Direction.EGRESS
    pod = found.connection.destination if ingress else found.connection.source
    way = leg(problem.all_policies, found.connection, direction, found.setting)
    return Witness(
        source=None if ingress else pod,
        destination=pod if ingress else None,
        protocol=None,
        port=None,
        allowed=True,
        hypothetical=pod.is_hypothetical,
        switches=shown,
        egress=None if ingress else way,
        ingress=way if ingress else None,
    )


def hinges(
    policies: PolicySet, connection: Connection, setting: Mapping[str, str], names: Sequence[str]
) -> tuple[str, ...]:
    """Of the switches `names`, those whose values in `setting` are needed for what either leg says: whatever the others
    are, it is the same; and none of these can be left out. One after the other is tried, since two switches that each
    admit a connection in their own way matter only together."""
    kept = list(names)
    for name in names:
        rest = [other for other in kept if other != name]
        fixed = {n: value for n, value in setting.items() if n not in names or n in rest}
        if len({_legs(policies, connection, s) for s in _completed(policies, connection, fixed)}) == 1:
            kept = rest
    return tuple(kept)


class _Asked(Exception):
    """A switch without a value was asked for."""


class _Partial(dict[str, str]):
    def __missing__(self, name: str) -> str:
        raise _Asked(name)


def _legs(policies: PolicySet, connection: Connection, setting: Mapping[str, str]) -> tuple[frozenset[bool], ...]:
    decision = decide(policies, connection, setting)
    return decision.egress.outcomes, decision.ingress.outcomes


def _completed(policies: PolicySet, connection: Connection, fixed: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """Settings that hold `fixed`, with every way of choosing the other switches as far as either leg asks for them."""
    waiting = [dict(fixed)]
    while waiting:
        setting = waiting.pop()
        try:
            _legs(policies, connection, _Partial(setting))
        except _Asked as asked:
            name = str(asked)
            waiting += [{**setting, name: value} for value in SWITCHES[name].values]
        else:
            yield setting
