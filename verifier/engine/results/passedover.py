"""What is said where something that decides about traffic was passed over: nothing is known about the whole cluster."""

from collections.abc import Iterable, Sequence

from verifier.ir.cluster import Cluster, PassedOver
from verifier.ir.prose import listed

_MOST, _MOST_CUSTOMS = 5, 4
"""Objects that are named before the rest is only counted."""


def left_unread(passed_over: Sequence[PassedOver]) -> tuple[str, ...]:
    """What no answer covers: `what Tier a decides, which is not understood and was passed over`, and for each cluster
    `what cluster:prod did not list: Node`; none where everything was read."""
    each = dict.fromkeys(one for one in passed_over if one.unlisted_by is None)  # copies are told once
    names = listed(map(str, each), _MOST, whole=" and ")
    fate = "decides, which is not understood and was" if len(each) == 1 else "decide, which are not understood and were"
    objects = (f"what {names} {fate} passed over",) if each else ()
    return (*objects, *(f"what {words}" for words in unlisted(passed_over)))


def unlisted(passed_over: Iterable[PassedOver]) -> tuple[str, ...]:
    """For each live cluster that did not list everything: `cluster:prod did not list: Node, Pod`."""
    clusters: dict[str, dict[str, None]] = {}
    for each in passed_over:
        if each.unlisted_by is not None:
            clusters.setdefault(each.unlisted_by, {})[str(each)] = None
    return tuple(f"{name} did not list: {', '.join(kinds)}" for name, kinds in clusters.items())


def made_elsewhere(*clusters: Cluster) -> tuple[str, ...]:
    """What an inventory does not cover: pods that operators make for custom resources; none where there are none."""
    names = sorted({name for cluster in clusters for name in cluster.customs})
    return (f"pods that operators make for {listed(names, _MOST_CUSTOMS, whole=' and ')}",) if names else ()
