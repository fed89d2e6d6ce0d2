"""Sets of ports for many peers at once: a list of bit sets, or one number where it is the same for all."""

from collections.abc import Iterable, Sequence

Masks = int | list[int]


def both(first: Masks, second: Masks) -> Masks:
    """For each peer what is in both."""
    if isinstance(first, int):
        if isinstance(second, int):
            return first & second
        return 0 if first == 0 else [first & b for b in second]
    if isinstance(second, int):
        return 0 if second == 0 else [a & second for a in first]
    return [a & b for a, b in zip(first, second, strict=True)]


def either(first: Masks, second: Masks) -> Masks:
    """For each peer what is in one of them."""
    if isinstance(first, int):
        if isinstance(second, int):
            return first | second
        return second if first == 0 else [first | b for b in second]
    if isinstance(second, int):
        return first if second == 0 else [a | second for a in first]
    return [a | b for a, b in zip(first, second, strict=True)]


def without(first: Masks, second: Masks) -> Masks:
    """For each peer what is in the first and not in the second."""
    if isinstance(second, int):
        return both(first, ~second)
    if isinstance(first, int):
        return 0 if first == 0 else [first & ~b for b in second]
    return [a & ~b for a, b in zip(first, second, strict=True)]


def of_any(sets: Iterable[Masks]) -> Masks:
    """For each peer what is in some of them; nothing where there are none."""
    found: Masks = 0
    for some in sets:
        found = either(found, some)
    return found


def of_all(sets: Iterable[Masks]) -> Masks:
    """For each peer what is in all of them, of which there is at least one."""
    found: Masks = ~0
    for some in sets:
        found = both(found, some)
    return found


def shortened(masks: Sequence[int]) -> Masks:
    """One number, where all are the same."""
    return masks[0] if masks and masks.count(masks[0]) == len(masks) else list(masks)


def at(masks: Masks, index: int) -> int:
    return masks if isinstance(masks, int) else masks[index]
