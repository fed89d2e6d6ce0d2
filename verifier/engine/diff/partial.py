"""Comparisons of sides of which policies were passed over, since nobody here understands them: what was read may be the
same, and the clusters are not."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from verifier.engine.results.diff import Difference, Relation
from verifier.engine.results.passedover import left_unread
from verifier.ir.cluster import PassedOver
from verifier.ir.prose import listed, number


def as_far_as_read(difference: Difference, old: Sequence[PassedOver], new: Sequence[PassedOver]) -> Difference:
    """The difference, with what is to be said of what either side passes over.

    Where that is the same on both sides the relation stays, as far as was read; where it differs nobody knows it, and
    it is undecided. Either way the lists are not known to be everything (`complete`).
    """
    passed_over = tuple(sorted(dict.fromkeys((*new, *old)), key=str))
    if not passed_over:
        return difference
    partly = replace(
        difference,
        complete=False,
        passed_over=passed_over,
        not_covered=(*difference.not_covered, *left_unread(passed_over)),
    )
    differing = differs(old, new)
    if not differing:
        return partly
    reason = f"policies that are not understood are not the same on both sides: {listed(differing, 3)}"
    return replace(partly, relation=Relation.UNKNOWN, depends_on=(), reason=reason)


def differs(old: Sequence[PassedOver], new: Sequence[PassedOver]) -> tuple[str, ...]:
    """What is passed over on one side and not, or with other words, or of several of one name in another order, on the
    other."""
    before, after = _by_name(old), _by_name(new)
    keys = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    return tuple(sorted(name for _, name in keys))


def _by_name(found: Sequence[PassedOver]) -> Mapping[tuple[str, str], Sequence[PassedOver]]:
    """By group and name."""
    names: dict[tuple[str, str], list[PassedOver]] = {}
    for each in found:
        names.setdefault((each.group, str(each)), []).append(each)
    return names


def told(difference: Difference) -> str:
    """`as far as was read: 2 policies that are not understood are passed over`."""
    policies = number(len(difference.passed_over), "policy", "policies")
    verb = "is" if len(difference.passed_over) == 1 else "are"
    return f"as far as was read: {policies} of kinds that are not understood {verb} passed over"
