"""Is there a label set that meets these selectors, and keeps these laws?"""

from collections.abc import Mapping, Sequence

from verifier.ir.labels import Requirement, Selector, satisfies

Domains = Mapping[str, tuple[str | None, ...]]
"""The values that each key can have; None is "absent"."""

Implication = tuple[Selector, Selector | None]
"""What the first selects, the second selects; None: there is nothing that the first selects."""


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
