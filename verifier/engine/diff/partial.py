"""Comparisons of sides of which policies were passed over, since nobody here understands them: what was read may be the
same, and the clusters are not."""

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from verifier.engine.results.diff import Difference, Relation
from verifier.ir.prose import number

PassedOver = Sequence[tuple[str, str]]
"""Policies of one side that are passed over: `Kind ns/name`, which several may have, and what each says."""


def as_far_as_read(
    difference: Difference, old: PassedOver, new: PassedOver, elsewhere: Sequence[str] = ()
) -> Difference:
    """The difference, with what is to be said of the policies that either side passes over.
    elsewhere: what kustomizations of both take in that is not there to be read.

    Where they are the same on both sides the relation stays, as far as was read; where they differ nobody knows it, and
    it is undecided. Either way the lists are not known to be everything (`complete`).
    """
    if elsewhere:
        unread = f"what kustomizations take in from elsewhere: {', '.join(f'`{each}`' for each in elsewhere)}"
        covered = (*difference.not_covered, unread)
        difference = replace(difference, complete=False, elsewhere=tuple(elsewhere), not_covered=covered)
    if not old and not new:
        return difference
    before, after = Counter(old), Counter(new)
    passed_over = tuple(sorted(name for name, _ in (before | after).elements()))
    differing = sorted({name for name, _ in ((before - after) | (after - before))})
    if not differing:
        return replace(difference, complete=False, passed_over=passed_over)
    more = f" and {len(differing) - 3} more" if len(differing) > 3 else ""
    reason = f"policies that are not understood are not the same on both sides: {', '.join(differing[:3])}{more}"
    return replace(
        difference, relation=Relation.UNKNOWN, complete=False, depends_on=(), reason=reason, passed_over=passed_over
    )


def is_partial(difference: Difference) -> bool:
    """True iff something was not read, so that there may be more than what stands here."""
    return bool(difference.passed_over or difference.elsewhere)


def told(difference: Difference) -> str:
    """`as far as was read: 2 policies of kinds that are not understood are passed over`."""
    count = len(difference.passed_over)
    policies = number(count, "policy", "policies")
    passed_over = f"{policies} of kinds that are not understood {'is' if count == 1 else 'are'} passed over"
    beyond = "what kustomizations take in from elsewhere is not read"
    unread = [text for text, is_so in ((passed_over, count), (beyond, difference.elsewhere)) if is_so]
    return f"as far as was read: {' and '.join(unread)}"
