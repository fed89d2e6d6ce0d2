"""Label selectors as plain data (docs/semantics.md 2), and the label sets that a set of selectors can tell apart."""

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Any

Plain = dict[str, Any]
Labels = dict[str, str]
Requirement = tuple[str, str, tuple[str, ...]]

NAME = "kubernetes.io/metadata.name"
_INSIDE: dict[str, Callable[[str, str], bool]] = {
    "Contains": lambda value, some: some in value,
    "StartsWith": str.startswith,
    "EndsWith": str.endswith,
}


def requirements(selector: Plain) -> Iterator[Requirement]:
    """The lines of a selector: key, operator, values. A null value in matchLabels is the empty string (2.2)."""
    for key, value in (selector.get("matchLabels") or {}).items():
        yield key, "In", ("" if value is None else value,)
    for expression in selector.get("matchExpressions") or []:
        yield expression["key"], expression["operator"], tuple(expression.get("values") or ())


def meets(value: str | None, operator: str, values: tuple[str, ...]) -> bool:
    """True iff a label of this value (None: absent) meets the operator: NotIn holds where it is absent (2.1), and
    so do the opposites of what looks inside of a value, which regions are described by (5.4)."""
    if operator == "In":
        return value is not None and value in values
    if operator == "NotIn":
        return value is None or value not in values
    looks = _INSIDE.get(operator.removeprefix("Not"))
    if looks is not None:
        return (value is not None and any(looks(value, some) for some in values)) is not operator.startswith("Not")
    return (value is not None) == {"Exists": True, "DoesNotExist": False}[operator]


def matches(selector: Plain, labels: Labels) -> bool:
    """LS(s, L) of 2.1."""
    return all(meets(labels.get(key), operator, values) for key, operator, values in requirements(selector))


def mentioned(selectors: Iterable[Plain]) -> dict[str, set[str]]:
    """Every key the selectors mention, with the values they hold it against."""
    found: dict[str, set[str]] = {}
    for selector in selectors:
        for key, _, values in requirements(selector):
            found.setdefault(key, set()).update(values)
    return found


def domain(values: Iterable[str], limits: Plain | None) -> list[str | None]:
    """The values worth trying for one key: absent, those mentioned, two fresh ones; `limits`: a universe's."""
    limits = limits or {}
    listed = [*(limits.get("values") or ())]
    absent: list[str | None] = [] if limits.get("required") else [None]
    if limits.get("others") is False:
        return absent + listed
    known = sorted({*values, *listed})
    fresh = [name for name in (f"fresh{i}" for i in range(len(known) + 2)) if name not in known]
    return absent + known + fresh[:2]


def assignments(
    selectors: list[Plain], limits: Plain, apart: str | None = None, extra: Iterable[str] = ()
) -> list[Labels]:
    """One label set for each way in which a label set can meet the selectors; label sets that differ in the value of
    the key `apart` stay apart (`extra`: values of it that objects carry)."""
    lines: dict[str, set[Requirement]] = {}
    for selector in selectors:
        for requirement in requirements(selector):
            lines.setdefault(requirement[0], set()).add(requirement)
    values = mentioned(selectors)
    if apart is not None:
        lines.setdefault(apart, set())
        values[apart] = values.get(apart, set()) | set(extra)
    choices = []
    for key in sorted(lines):
        kept: dict[object, str | None] = {}
        for value in domain(values.get(key, ()), limits.get(key)):
            truth = tuple(meets(value, operator, against) for _, operator, against in sorted(lines[key]))
            kept.setdefault((truth, value if key == apart else None), value)
        choices.append([(key, value) for value in kept.values()])
    found: dict[object, Labels] = {}
    for choice in product(*choices):
        labels = {key: value for key, value in choice if value is not None}
        truth = tuple(matches(selector, labels) for selector in selectors)
        found.setdefault((truth, labels.get(apart) if apart else None), labels)
    return list(found.values())
