"""Warnings that are many and alike, for those who read them at a terminal."""

from collections.abc import Iterable

from verifier.errors import Diagnostic, Severity

_FEW = 3
"""Copies of objects that are named before the rest is only counted."""


def folded(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """The diagnostics; of objects that stand twice with the same meaning only a few, and after these how many more."""
    told = list(found)
    copies = [each for each in told if _is_of_copy(each)]
    if len(copies) <= _FEW + 1:
        return told
    left = copies[_FEW:]
    more = f"{len(left)} more objects stand at two places, with the same meaning (`-v` names them)"
    hidden = set(map(id, left[1:]))
    counted = Diagnostic(left[0].code, more, severity=Severity.WARNING)
    return [counted if each is left[0] else each for each in told if id(each) not in hidden]


def _is_of_copy(each: Diagnostic) -> bool:
    return each.severity is Severity.WARNING and each.message.endswith("too, with the same meaning")
