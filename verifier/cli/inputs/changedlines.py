"""Which lines of the work tree are others than at a revision, for those who ask about a change only.

The texts are compared here, so that no setting of git, and nothing that is committed, says what counts as a change.
"""

import difflib
from collections.abc import Iterable

from verifier.cli.inputs.gitbase import find_revision
from verifier.errors import UsageError
from verifier.ir.mutant import Mutant
from verifier.ir.origin import Position
from verifier.manifests.documents.contexts import context_of
from verifier.manifests.documents.files import STDIN
from verifier.manifests.documents.places import counterpart, place_of
from verifier.manifests.documents.refs import Revision
from verifier.manifests.documents.revision import read_text
from verifier.manifests.documents.source import Source


def on_changed_lines(mutants: Iterable[Mutant], paths: Iterable[str], base: str) -> tuple[list[Mutant], str]:
    """The mutants whose line the revision `base` does not have, and the commit that it is. paths: the manifests. Raises
    InputError where there is no such revision, UsageError where manifests are no files of the work tree."""
    for path in paths:
        if path == STDIN or context_of(path) is not None or not isinstance(place_of(path), str):
            raise UsageError(f"`{path}` is no file of the work tree", "with --changed, name files or directories")
    revision = find_revision(base)
    changed = _Changed(revision)
    return [mutant for mutant in mutants if changed.holds(mutant)], revision.short


class _Changed:
    """Life cycle: made of a revision; reads each file there once."""

    def __init__(self, revision: Revision) -> None:
        self._revision = revision
        self._lines: dict[str, frozenset[int] | None] = {}

    def holds(self, mutant: Mutant) -> bool:
        """True iff one of its lines is new, or another than before. What would be new has no line."""
        origin = mutant.edit.origin
        if origin is None or mutant.edit.is_new:
            return False
        position = origin.position
        lines = self._of(position)
        return lines is None or not lines.isdisjoint(range(position.line, position.end_line + 1))

    def _of(self, position: Position) -> frozenset[int] | None:
        """The changed lines of a file; None: all are."""
        file = position.file
        if file not in self._lines:
            target = counterpart(file, self._revision)
            before = None if target is None else read_text(target)
            self._lines[file] = None if before is None else changed_lines(before.lines, Source.read(file).lines)
        return self._lines[file]


def changed_lines(before: Iterable[str], after: Iterable[str]) -> frozenset[int]:
    """The numbers, from 1, of the lines of `after` that are not in `before`.

    >>> sorted(changed_lines(["a", "b", "c"], ["a", "x", "c", "d"]))
    [2, 4]
    """
    matcher = difflib.SequenceMatcher(None, list(before), list(after), autojunk=False)
    blocks = (range(low + 1, high + 1) for tag, _, _, low, high in matcher.get_opcodes() if tag != "equal")
    return frozenset(number for block in blocks for number in block)
