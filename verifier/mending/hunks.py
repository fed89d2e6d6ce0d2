"""A change of a file as lines that stand in the place of others: what programs apply, and reviews show."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from io import StringIO

from msgspec import Struct

from verifier.mending.result import Change


class Hunk(Struct, frozen=True):
    """Lines of a file as it is, from `line` on, and what stands there afterwards, each with its line break, if it
    has one. No `before`: the lines come before line `line`. is_new: there is no such file yet."""

    file: str
    line: int
    before: str
    after: str
    is_new: bool = False


def lines_of(text: str) -> list[str]:
    """The lines as a patch knows them: nothing but `\\n` breaks one."""
    return list(StringIO(text, newline="\n"))


def hunks(change: Change) -> Iterator[Hunk]:
    """What a change replaces, from the top of the file down.

    >>> [(h.line, h.before, h.after) for h in hunks(Change("a", "x\\ny\\nz\\n", "x\\nz\\nw\\n"))]
    [(2, 'y\\n', ''), (4, '', 'w\\n')]
    """
    if change.before is None:
        yield Hunk(change.file, 1, "", change.after, is_new=True)
        return
    old, new = lines_of(change.before), lines_of(change.after)
    for tag, first, end, begins, ends in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield Hunk(change.file, first + 1, "".join(old[first:end]), "".join(new[begins:ends]))


def in_place(hunk: Hunk, change: Change) -> Hunk:
    """The same as lines that are replaced, and none that are added between two: what is added takes the line before it
    along, which no other hunk touches. Before the first line there is none."""
    if hunk.is_new or hunk.before or change.before is None or hunk.line == 1:
        return hunk
    line = lines_of(change.before)[hunk.line - 2]
    return Hunk(hunk.file, hunk.line - 1, line, line + hunk.after)
