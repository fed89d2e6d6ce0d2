"""Words about numbers of things, for whoever writes a sentence."""

from collections.abc import Iterable


def number(count: int, one: str, many: str | None = None) -> str:
    """`1 policy`, `2 policies`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def listed(items: Iterable[str], most: int, comma: str = ", ", whole: str | None = None, of: int | None = None) -> str:
    """The items, joined; of more than `most` one less than that, and how many there are besides, which is never one.

    whole: what joins them where none is left out, if not a comma. of: how many there are, where `items` are only the
    first, `most` at least.

    >>> listed(("a", "b", "c"), 3), listed(("a", "b", "c", "d"), 3), listed(("a", "b"), 3, whole=" and ")
    ('a, b, c', 'a, b and 2 more', 'a and b')
    """
    found = list(items)
    count = len(found) if of is None else of
    if count <= most:
        return (comma if whole is None else whole).join(found)
    return f"{comma.join(found[: most - 1])} and {count - most + 1} more"
