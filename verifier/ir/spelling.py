"""When one name is likely a slip for another: the one rule of `lint` (docs/lint/near-miss.md) and of `explain`."""

from enum import StrEnum

SHORTEST = 3
"""Names that are shorter differ in too much where they differ in one letter."""


class Slip(StrEnum):
    """In what two names differ, the likeliest slip first."""

    LETTER = "one letter"
    """A letter more, less, or other."""
    CASE = "upper and lower case"
    SWAPPED = "two letters that are swapped"
    """They stand beside each other."""


def slip_between(one: str, other: str) -> Slip | None:
    """The one slip that makes one name out of the other; None where they are the same or take more, or are too short
    for that to mean something. Numbers at the end tell siblings apart: `db-1` is no slip for `db-2`.

    >>> slip_between("cart", "carts"), slip_between("database", "databaes"), slip_between("db-1", "db-2")
    (<Slip.LETTER: 'one letter'>, <Slip.SWAPPED: 'two letters that are swapped'>, None)
    """
    if min(len(one), len(other)) < SHORTEST or one == other or _stem(one) == _stem(other):
        return None
    if _differ_in_a_letter(one, other):
        return Slip.LETTER
    if one.lower() == other.lower():
        return Slip.CASE
    return Slip.SWAPPED if _are_swapped(one, other) else None


def _stem(name: str) -> str:
    return name.rstrip("0123456789")


def _differ_in_a_letter(one: str, other: str) -> bool:
    """True iff one letter is other, or one has one more. They are not the same."""
    shorter, longer = sorted((one, other), key=len)
    at = next((i for i, letter in enumerate(shorter) if letter != longer[i]), len(shorter))
    return longer[at + 1 :] == (shorter[at + 1 :] if len(one) == len(other) else shorter[at:])


def _are_swapped(one: str, other: str) -> bool:
    """True iff they differ in two letters that stand beside each other. They are not the same."""
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    return one[at + 1 : at + 2] + one[at : at + 1] + one[at + 2 :] == other[at:]
