"""What is said where something that decides about traffic was passed over: nothing is known about the whole cluster."""

from collections.abc import Sequence

from verifier.ir.cluster import PassedOver
from verifier.ir.prose import listed

_MOST = 5
"""Objects that are named before the rest is only counted."""


def left_unread(passed_over: Sequence[PassedOver]) -> tuple[str, ...]:
    """What no answer covers: `what Tier a decides, which is not understood and was passed over`; none where everything
    was read."""
    names = listed(map(str, passed_over), _MOST, whole=" and ")
    one = len(passed_over) == 1
    fate = "decides, which is not understood and was" if one else "decide, which are not understood and were"
    return (f"what {names} {fate} passed over",) if passed_over else ()
