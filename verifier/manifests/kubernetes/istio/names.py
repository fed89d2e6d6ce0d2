"""Patterns of names: of namespaces, service accounts, and principals, which hold both (docs/semantics.md 7).

What a pattern with a wildcard comes to is known for the names that the input has. Among all others some meet it, and
some do not: nobody can say of one that stands for them all.
"""

import re
from collections.abc import Callable

from msgspec import Struct

from verifier.ir.policy import TRUE, And, Formula, Not, Or
from verifier.manifests.kubernetes.istio.unsaid import unsaid

_PARTS = ("*", "ns", "*", "sa", "*")
"""A principal: the trust domain, `ns`, the namespace, `sa`, the service account."""
_FIXED = (1, 3)


class Principal(Struct, frozen=True):
    """A principal as patterns of its parts."""

    domain: str
    namespace: str
    account: str


def parse_principal(pattern: str) -> Principal | None:
    """The pattern by its parts; None: there is no principal that it fits. One `*` at its end or at its beginning stands
    for whatever is left of the text; anywhere else it is a letter like others, which no name has."""
    if pattern == "*":
        return Principal("*", "*", "*")
    if pattern.startswith("*"):
        return _of_end(pattern[1:])
    if pattern.endswith("*"):
        return _of_beginning(pattern[:-1])
    parts = pattern.split("/")
    return _joined(parts) if len(parts) == len(_PARTS) and "*" not in pattern else None


def _of_beginning(text: str) -> Principal | None:
    *whole, cut = text.split("/")
    number = len(whole)
    if number >= len(_PARTS) or "*" in text:
        return None
    if number in _FIXED and not _PARTS[number].startswith(cut):
        return None
    edge = _PARTS[number] if number in _FIXED else f"{cut}*"
    return _joined([*whole, edge, *_PARTS[number + 1 :]])


def _of_end(text: str) -> Principal | None:
    cut, *whole = text.split("/")
    number = len(_PARTS) - len(whole) - 1
    if number < 0 or "*" in text:
        return None
    if number in _FIXED and not _PARTS[number].endswith(cut):
        return None
    edge = _PARTS[number] if number in _FIXED else f"*{cut}"
    return _joined([*_PARTS[:number], edge, *whole])


def _joined(parts: list[str]) -> Principal | None:
    if any(parts[i] != _PARTS[i] for i in _FIXED):
        return None
    return Principal(*(parts[i] for i in range(len(_PARTS)) if i not in _FIXED))


def fits(name: str, pattern: str) -> bool:
    """True iff the name meets the pattern, in which any number of `*` stand for any text."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name) is not None


def meets(pattern: str, known: frozenset[str], among: Callable[[frozenset[str]], Formula], what: str) -> Formula:
    """Iff the name that `among` speaks of meets the pattern: `among` gives the formula that it is one of some names.
    what: the name of something, for what nobody can say."""
    if pattern.strip("*") == "" and pattern:
        return TRUE
    if "*" not in pattern:
        return among(frozenset({pattern}))
    fitting = frozenset(name for name in known if fits(name, pattern))
    one = unsaid(f"whether {what} is one of {{}}", pattern)
    other = And((Not(among(known)), one)) if known else one
    return Or((among(fitting), other)) if fitting else other
