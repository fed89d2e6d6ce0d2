"""Comparisons of sides of which policies were passed over, since nobody here understands them: what was read may be the
same, and the clusters are not."""

from collections.abc import Mapping

from msgspec.structs import replace

from verifier.engine.results.diff import Difference, Relation
from verifier.ir.prose import number


def as_far_as_read(difference: Difference, old: Mapping[str, str], new: Mapping[str, str]) -> Difference:
    """The difference, with what is to be said of the policies that either side passes over: names, and what they say.

    Where they are the same on both sides the relation stays, as far as was read; where they differ nobody knows it, and
    it is undecided. Either way the lists are not known to be everything (`complete`).
    """
    if not old and not new:
        return difference
    differing = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    if not differing:
        return replace(difference, complete=False, passed_over=tuple(sorted(old)))
    more = f" and {len(differing) - 3} more" if len(differing) > 3 else ""
    reason = f"policies that are not understood are not the same on both sides: {', '.join(differing[:3])}{more}"
    passed_over = tuple(sorted(old.keys() | new.keys()))
    return replace(
        difference, relation=Relation.UNKNOWN, complete=False, depends_on=(), reason=reason, passed_over=passed_over
    )


def told(difference: Difference) -> str:
    """`as far as was read: 2 policies that are not understood are passed over`."""
    policies = number(len(difference.passed_over), "policy", "policies")
    verb = "is" if len(difference.passed_over) == 1 else "are"
    return f"as far as was read: {policies} of kinds that are not understood {verb} passed over"
