"""Comparisons of sides of which something was not read: policies that nobody here understands, and what kustomizations
take in from elsewhere. What was read may be the same, and the clusters are not."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from verifier.engine.results.diff import Difference, Relation
from verifier.engine.results.passedover import left_unread, unlisted
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
    unknown = unlisted(passed_over)
    reason = f"policies that are not understood are not the same on both sides: {listed(differing, 3)}"
    if unknown:
        reason = f"nobody knows whether that is all, since {'; '.join(unknown)}"
    return replace(partly, relation=Relation.UNKNOWN, depends_on=(), reason=reason)


def with_elsewhere(difference: Difference, elsewhere: Sequence[str]) -> Difference:
    """The difference, with what is to be said of what kustomizations of both sides take in that is not there to be
    read: the relation stays, as far as was read."""
    if not elsewhere:
        return difference
    unread = f"what kustomizations take in from elsewhere: {', '.join(f'`{each}`' for each in elsewhere)}"
    covered = (*difference.not_covered, unread)
    return replace(difference, complete=False, elsewhere=tuple(elsewhere), not_covered=covered)


def differs(old: Sequence[PassedOver], new: Sequence[PassedOver]) -> tuple[str, ...]:
    """What is passed over on one side and not, or with other words, or of several of one name more often or in another
    order, on the other; and what a live cluster did not list, of which nobody knows that it is the same as anything."""
    before, after = _by_name(old), _by_name(new)
    keys = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    keys |= {(each.group, str(each)) for each in (*old, *new) if each.unlisted_by is not None}
    return tuple(sorted(name for _, name in keys))


def _by_name(found: Sequence[PassedOver]) -> Mapping[tuple[str, str], Sequence[PassedOver]]:
    """By group and name."""
    names: dict[tuple[str, str], list[PassedOver]] = {}
    for each in found:
        names.setdefault((each.group, str(each)), []).append(each)
    return names


def is_partial(difference: Difference) -> bool:
    """True iff something was not read, so that there may be more than what stands here."""
    return bool(difference.passed_over or difference.elsewhere)


def told(difference: Difference) -> str:
    """`as far as was read: 2 policies of kinds that are not understood are passed over`."""
    count = sum(each.unlisted_by is None for each in difference.passed_over)
    policies = number(count, "policy", "policies")
    passed_over = f"{policies} of kinds that are not understood {'is' if count == 1 else 'are'} passed over"
    beyond = "what kustomizations take in from elsewhere is not read"
    unread = [text for text, is_so in ((passed_over, count), (beyond, difference.elsewhere)) if is_so]
    unread += unlisted(difference.passed_over)
    return f"as far as was read: {' and '.join(unread)}"
