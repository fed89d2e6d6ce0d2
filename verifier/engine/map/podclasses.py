"""The pods that could exist in one namespace, in classes that no policy can tell apart.

A class is a set of selectors that its pods meet, and one of selectors that they do not; only classes that some pod can
be in are made, by splitting, so that overlaps are classes of their own.
"""

from collections.abc import Sequence

from msgspec import Struct

from verifier.engine.problem.labelsearch import Domains, Implication, find
from verifier.errors import Undecided
from verifier.ir.labels import Labels, Selector

MOST = 400
"""Classes of one namespace."""


class PodClass(Struct, frozen=True):
    """Pods that meet all of `met` and none of `unmet`. `labels`: those of one such pod."""

    met: tuple[Selector, ...]
    unmet: tuple[Selector, ...]
    labels: Labels


def pod_classes(selectors: Sequence[Selector], domains: Domains, laws: Sequence[Implication]) -> list[PodClass]:
    """Every class that is not empty: each pod is in exactly one. Raises Undecided where there are too many."""
    whole = find((), (), domains, laws)
    classes = [] if whole is None else [PodClass((), (), whole)]
    for selector in selectors:
        split = []
        for some in classes:
            for met, unmet in (((*some.met, selector), some.unmet), (some.met, (*some.unmet, selector))):
                labels = find(met, unmet, domains, laws)
                if labels is not None:
                    split.append(PodClass(met, unmet, labels))
        classes = split
        if len(classes) > MOST:
            raise Undecided(f"more than {MOST} classes of pods in one namespace; try -u inventory")
    return classes
