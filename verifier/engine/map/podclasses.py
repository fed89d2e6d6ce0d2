"""The pods that could exist in one namespace, in classes that no policy can tell apart.

A class is a set of selectors that its pods meet, and one of selectors that they do not; only classes that some pod can
be in are made, by splitting, so that overlaps are classes of their own.
"""

from collections.abc import Sequence

from msgspec import Struct

from verifier.engine.problem.labelsearch import Domains, Implication, find
from verifier.ir.labels import Labels, Selector, matches

MOST = 400
"""Classes of one namespace."""


class PodClass(Struct, frozen=True):
    """Pods that meet all of `met` and none of `unmet`. `labels`: those of one such pod."""

    met: tuple[Selector, ...]
    unmet: tuple[Selector, ...]
    labels: Labels


def pod_classes(selectors: Sequence[Selector], domains: Domains, laws: Sequence[Implication]) -> list[PodClass] | None:
    """Every class that is not empty: each pod is in exactly one. None where there are too many."""
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
            return None
    return classes


def plain_classes(
    selectors: Sequence[Selector], domains: Domains, laws: Sequence[Implication], pods: Sequence[Labels]
) -> list[PodClass]:
    """The classes of pods that no selector means, or one and what goes with it, and those of `pods`: never more than
    there are selectors and pods, and one. Each is a class of `pod_classes`."""
    wanted: list[tuple[Selector, ...]] = [(), *((selector,) for selector in selectors)]
    wanted += [tuple(s for s in selectors if matches(labels, s)) for labels in pods]
    found: dict[tuple[Selector, ...], PodClass] = {}
    for meant in wanted:
        some = _with_few(meant, selectors, domains, laws)
        if some is not None:
            found.setdefault(some.met, some)
    return list(found.values())


def _with_few(
    meant: Sequence[Selector], selectors: Sequence[Selector], domains: Domains, laws: Sequence[Implication]
) -> PodClass | None:
    """The class of pods that meet what is meant and, of other selectors, what they have to; None where none can."""
    met, unmet = tuple(meant), tuple[Selector, ...]()
    labels = find(met, unmet, domains, laws)
    if labels is None:
        return None
    for selector in selectors:
        if selector in met:
            continue
        without = find(met, (*unmet, selector), domains, laws)
        if without is None:
            met = (*met, selector)
        else:
            unmet, labels = (*unmet, selector), without
    in_order = tuple(s for s in selectors if s in met)
    return PodClass(in_order, unmet, find(in_order, unmet, domains, laws) or labels)
