"""What the labels of a namespace can be of which nobody has said them, where there are too many ways to draw all."""

from collections.abc import Sequence

from verifier.engine.explain.condition import NamespaceHas
from verifier.ir.labels import Selector, satisfies

Place = tuple[NamespaceHas, ...]
"""What is assumed of the labels of a namespace."""


def plain_places(choices: Sequence[Place], selectors: Sequence[Selector]) -> list[Place]:
    """The labels that are missing but for one, and those that one of the selectors asks for: no more than there are
    choices and selectors, and one. choices: what each label can be, as far as that matters."""
    plain = tuple(next((has for has in choice if has.value is None), choice[0]) for choice in choices)
    found = {plain: None}
    for number, choice in enumerate(choices):
        found |= dict.fromkeys((*plain[:number], has, *plain[number + 1 :]) for has in choice)
    for selector in selectors:
        meant = [
            next((has for has in (missing, *choice) if _meets(has, selector)), None)
            for missing, choice in zip(plain, choices, strict=True)
        ]
        if None not in meant:
            found[tuple(has for has in meant if has is not None)] = None
    return list(found)


def _meets(has: NamespaceHas, selector: Selector) -> bool:
    """True iff a namespace that has this label, or lacks it, can be meant by the selector."""
    labels = {} if has.value is None else {has.key: has.value}
    return all(satisfies(labels, requirement) for requirement in selector if requirement.key == has.key)
