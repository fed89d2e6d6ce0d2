"""An edit as a value: what it does, what it costs, and the text that it leaves."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from verifier.ir.origin import Origin, Path
from verifier.manifests.documents.document import Document
from verifier.manifests.documents.editing import (
    NotEditable,
    emptied,
    replaced,
    with_field,
    with_item,
    with_item_before,
    without_item,
)
from verifier.mending.written import Plain

NARROW, EXCEPT, ADD_RULE = 1, 1, 1
EXCLUDE, ADD_POLICY, RESTRICT, SPLIT = 2, 2, 2, 2
DROP_PEER, NARROW_BEYOND = 3, 3
DROP_RULE, ADD_RULE_FOR_OTHERS = 4, 4
ISOLATE = 6
"""What an edit costs: the less, the sooner a person would make it."""

Change = Callable[[str, Path], str]
"""The text of a document after an edit; the path is that of the policy in it."""


class Edit(Struct, frozen=True):
    """what: the edit in a few words. cost: as above. at: the policy that it changes, and `change` its text; None: there
    is a new one, in `namespace`."""

    what: str
    cost: int
    at: Origin | None = None
    change: Change | None = None
    new: Plain | None = None
    namespace: str = ""


# Changes of the text


def replacing(inner: Path, value: Any) -> Change:
    return lambda text, here: replaced(text, (*here, *inner), value)


def adding(inner: Path, name: str, value: Any) -> Change:
    return lambda text, here: with_field(text, (*here, *inner), name, value)


def appending(inner: Path, value: Any) -> Change:
    return lambda text, here: with_item(text, (*here, *inner), value)


def inserting(inner: Path, value: Any) -> Change:
    return lambda text, here: with_item_before(text, (*here, *inner), value)


def in_turn(changes: Sequence[Change]) -> Change:
    def change(text: str, here: Path) -> str:
        for each in changes:
            text = each(text, here)
        return text

    return change


def dropping(inner: Path) -> Change:
    return lambda text, here: without_item(text, (*here, *inner))


def dropping_rule(inner: Path) -> Change:
    return lambda text, here: _without_rule(text, (*here, *inner))


def _without_rule(text: str, path: Path) -> str:
    """The text without the rule; where it is the only one, with an empty list, which lets nothing through."""
    try:
        return without_item(text, path)
    except NotEditable:
        return emptied(text, path[:-1])


# Places


def object_of(origin: Origin) -> Origin:
    """The policy in which something stands: what is before its `spec`, or `specs`."""
    at = next((place for place, step in enumerate(origin.path) if step in ("spec", "specs")), len(origin.path))
    return Origin(origin.document, origin.path[:at])


def value_at(at: Origin, inner: Path) -> Any:
    """What stands there in the object; None where nothing does."""
    assert isinstance(at.document, Document)
    value: Any = at.document.value
    for step in (*at.path, *inner):
        if value is None or (isinstance(value, dict) and step not in value):
            return None
        value = value[step]
    return value
