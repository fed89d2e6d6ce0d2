"""Whether properties are proved, and nothing else of what `check` says: no witness, no narrower claims, no notes."""

from collections.abc import Sequence

from verifier.engine.problem.meant import asked_in, meant
from verifier.engine.problem.problem import Context, problem_of
from verifier.engine.problem.variants import for_claim
from verifier.engine.solve.query import Query
from verifier.errors import Undecided
from verifier.ir.property import Claim, Property
from verifier.smt.solver import Answer, Limits


def proved(context: Context, properties: Sequence[Property], limits: Limits) -> tuple[bool, ...]:
    """Of each property, whether `check` calls it proved: not where the solver gives up, nor where it is vacuous.

    All questions share one solver's context, which costs more than most of them."""
    found: list[bool] = []
    first: Query | None = None
    for claimed in properties:
        own = for_claim(context, claimed.claim, ())
        try:
            query = _query(own, meant(claimed.claim, asked_in(own.world, claimed.claim)).claim, limits, first)
            found.append(_holds(query))
        except Undecided:
            found.append(False)
            continue
        first = first or query
    return tuple(found)


def is_proved(context: Context, claim: Claim, beside: Query, limits: Limits) -> bool:
    """True iff the claim is proved, and not for want of anything that meets its premise."""
    return _holds(_query(context, claim, limits, beside))


def _query(context: Context, claim: Claim, limits: Limits, beside: Query | None) -> Query:
    return Query(problem_of(context, claim, "")[0], limits, beside)


def _holds(query: Query) -> bool:
    return query.ask(query.goals.broken) is Answer.UNSAT and all(
        query.ask(premise) is Answer.SAT for premise in query.goals.premises
    )
