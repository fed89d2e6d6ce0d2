"""One place of an object, and what stands there instead. The object is plain data, and stays what it is."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from verifier.ir.mutant import Sort
from verifier.ir.origin import Path


class _Gone:
    """Nothing."""


GONE: Final = _Gone()
"""What stands in a place from which the value is taken out: of a list the item, of a mapping the key too."""


class Change(Struct, frozen=True):
    """At `path` of the object there is `value` instead. text: what that is, in a few words."""

    sort: Sort
    path: Path
    text: str
    value: object = GONE


def changed(value: object, path: Path, new: object) -> object:
    """The value with `new` at the path; what lies beside the path is shared. The path exists, but that its last step
    may be a new key."""
    if not path:
        return new
    step, *rest = path
    if isinstance(value, Mapping):
        kept = dict(value)
        if new is GONE and not rest:
            del kept[step]
        else:
            kept[step] = changed(value.get(step), tuple(rest), new)
        return kept
    assert isinstance(value, Sequence)
    assert isinstance(step, int)
    items = list(value)
    if new is GONE and not rest:
        del items[step]
    else:
        items[step] = changed(items[step], tuple(rest), new)
    return items


def mapping(value: object) -> Mapping[str, object]:
    """The fields of a mapping; none where it is something else."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> Sequence[object]:
    """The items of a list; none where it is something else."""
    return value if isinstance(value, list) else ()
