"""The pods that could exist in one namespace, in classes that no policy can tell apart.

A class is a set of selectors that its pods meet, and one of selectors that they do not; only classes that some pod can
be in are made, by splitting, so that overlaps are classes of their own.
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from verifier.errors import Undecided
from verifier.ir.labels import Labels, Requirement, Selector, satisfies

MOST = 400
"""Classes of one namespace."""

Domains = Mapping[str, tuple[str | None, ...]]
"""The values that each key can have; None is "absent"."""

Implication = tuple[Selector, Selector | None]
"""Pods that the first selects are pods that the second selects; None: there are no such pods."""


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


def find(
    met: Sequence[Selector], unmet: Sequence[Selector], domains: Domains, laws: Sequence[Implication] = ()
) -> dict[str, str] | None:
    """Labels that meet all of `met` and none of `unmet`; None where there are none."""
    state: Domains | None = domains if all(domains.values()) else None
    for selector in met:
        state = _restricted(state, selector) if state is not None else None
    return None if state is None else _search(state, sorted(unmet, key=lambda s: len(s.requirements)), list(laws))


def _search(state: Domains, unmet: list[Selector], laws: list[Implication]) -> dict[str, str] | None:
    if unmet:
        for requirement in unmet[0]:
            narrowed = _narrowed(state, requirement, False)
            found = None if narrowed is None else _search(narrowed, unmet[1:], laws)
            if found is not None:
                return found
        return None
    if laws:
        premise, conclusion = laws[0]
        found = _search(state, [premise], laws[1:])
        if found is None and conclusion is not None:
            both = _restricted(state, conclusion)
            found = None if both is None else _search(both, [], laws[1:])
        return found
    return {key: values[0] for key, values in state.items() if values[0] is not None}


def _restricted(state: Domains, selector: Selector) -> Domains | None:
    now: Domains | None = state
    for requirement in selector:
        now = _narrowed(now, requirement, True) if now is not None else None
    return now


def _narrowed(state: Domains, requirement: Requirement, wanted: bool) -> Domains | None:
    """The values for which the requirement holds, or does not; None where there are none."""
    key = requirement.key
    kept = tuple(v for v in state[key] if satisfies({} if v is None else {key: v}, requirement) is wanted)
    return {**state, key: kept} if kept else None
