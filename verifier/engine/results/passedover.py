"""What is said where something that decides about traffic was passed over: nothing is known about the whole cluster."""

from collections.abc import Sequence

from verifier.ir.cluster import Cluster, PassedOver
from verifier.ir.prose import listed

_MOST, _MOST_CUSTOMS = 5, 4
"""Objects that are named before the rest is only counted."""


def left_unread(passed_over: Sequence[PassedOver]) -> tuple[str, ...]:
    """What no answer covers: `what Tier a decides, which is not understood and was passed over`; none where everything
    was read."""
    each = dict.fromkeys(passed_over)  # copies are told once
    names = listed(map(str, each), _MOST, whole=" and ")
    one = len(each) == 1
    fate = "decides, which is not understood and was" if one else "decide, which are not understood and were"
    return (f"what {names} {fate} passed over",) if passed_over else ()


def made_elsewhere(*clusters: Cluster) -> tuple[str, ...]:
    """What an inventory does not cover: pods that operators make for custom resources; none where there are none."""
    names = sorted({name for cluster in clusters for name in cluster.customs})
    return (f"pods that operators make for {listed(names, _MOST_CUSTOMS, whole=' and ')}",) if names else ()
