"""Which of several objects counts that are of one kind, namespace and name (docs/semantics.md 3.7)."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from msgspec import Struct, field
from msgspec.structs import replace

from verifier.errors import Diagnostic, Severity
from verifier.ir.origin import Origin
from verifier.manifests.documents.document import Document
from verifier.manifests.documents.refs import Target

Thing = TypeVar("Thing")

CODE = "duplicate-object"
_OVERWRITES = (
    "on a cluster the second overwrites the first: load variants apart, or give them different names; "
    "`--duplicates last` takes the last that is read"
)
_UNORDERED = (
    "only files are read in the order of the command line, and no file of the work tree before or after what is "
    "rendered, of a revision or of a cluster: write all of it into one stream, `... | netpol check - --duplicates last`"
)


class Settling(Struct):
    """last: of objects that differ the one that is read last counts; else they are refused, or all count.

    Life cycle: asked once for each sort of objects; `overwritten` then holds what those are called that differed.
    """

    last: bool = False
    overwritten: dict[str, None] = field(default_factory=dict)

    def each_once(
        self,
        things: Sequence[Thing],
        key: Callable[[Thing], Hashable],
        says: Callable[[Thing], object],
        place: Callable[[Thing], tuple[str, Origin | None]],
    ) -> tuple[list[Thing], list[Diagnostic]]:
        """The things without copies, of which two that differ are an error unless the last counts. key: None for what
        has no name of its own. says: equal iff the things mean the same. place: what a thing is called, and where it
        stands."""
        kept: list[Thing] = []
        found: list[Diagnostic] = []
        for group in grouped(things, key):
            counts, others = self.chosen(group, says, place, found)
            kept.append(counts)
            for other in others:
                (what, second), (_, first) = place(other), place(counts)
                found.append(_twice(what, second, first, is_copy=says(other) == says(counts)))
        return kept, found

    def chosen(
        self,
        group: Sequence[Thing],
        says: Callable[[Thing], object],
        place: Callable[[Thing], tuple[str, Origin | None]],
        found: list[Diagnostic],
    ) -> tuple[Thing, list[Thing]]:
        """The one that counts, and those of which something is still to be said: but for those that it overwrites,
        of which that is said in `found`."""
        if not self.last:
            return group[0], list(group[1:])
        counts, rest = group[-1], []
        for other in group[:-1]:
            if says(other) == says(counts):
                rest.append(other)
                continue
            (what, origin), (_, winner) = place(other), place(counts)
            if _sort(origin) != _sort(winner):
                message = f"{what} stands at {place_of(winner)} too, otherwise, and which counts is not known"
                found.append(at(origin, CODE, message, _UNORDERED, Severity.ERROR))
                continue
            self.overwritten[what] = None
            message = f"{what} stands at {place_of(winner)} too, with another meaning, which is read last and counts"
            found.append(at(origin, CODE, message))
        return counts, rest


def _sort(origin: Origin | None) -> str:
    """As what an object was read: as rendered, of a cluster, of a revision or of a file. All of one sort are read
    together, whatever stands between them on the command line."""
    source = origin.document.source if origin is not None and isinstance(origin.document, Document) else None
    if source is None:
        return "unknown"
    if source.trace is not None:
        return "rendered"
    return "cluster" if source.is_object else "revision" if isinstance(source.place, Target) else "file"


def grouped(things: Iterable[Thing], key: Callable[[Thing], Hashable]) -> list[list[Thing]]:
    """The things of one key together, in the order of the first; a thing whose key is None stands alone."""
    groups: dict[Hashable, list[Thing]] = {}
    for number, thing in enumerate(things):
        name = key(thing)
        groups.setdefault((number,) if name is None else ("", name), []).append(thing)
    return list(groups.values())


def _twice(what: str, second: Origin | None, first: Origin | None, *, is_copy: bool) -> Diagnostic:
    if is_copy:
        return copy(what, second, first)
    message = f"{what} stands at {place_of(first)} too, with another meaning"
    found = at(second, CODE, message, _OVERWRITES, Severity.ERROR)
    return found if first is None else replace(found, other_file=first.position.file)


def copy(what: str, second: Origin | None, first: Origin | None) -> Diagnostic:
    """The warning about an object that stands at another place too, and means the same there."""
    return at(second, CODE, f"{what} stands at {place_of(first)} too, with the same meaning")


def place_of(origin: Origin | None) -> str:
    """Where an object stands that is written at `origin`."""
    return "another place" if origin is None else str(origin.child("metadata", "name").position)


def at(
    origin: Origin | None, code: str, message: str, hint: str | None = None, severity: Severity = Severity.WARNING
) -> Diagnostic:
    """What is said of the object that is written at `origin`."""
    if origin is None:
        return Diagnostic(code, message, hint=hint, severity=severity)
    place = origin.child("metadata", "name").position
    return Diagnostic(code, message, place.file, place.line, place.column, hint, severity)
