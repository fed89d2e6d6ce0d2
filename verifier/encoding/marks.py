"""Several policy sets in one: a variable says which of them is meant, and marks in guards say in which a line is there.

A mark is a `Havoc` of a name that no manifest can bring about; in a world that has marks it is no unknown, but holds of
certain numbers of the variable. Number 0 is the policies as they are.
"""

from collections.abc import Mapping

from msgspec import Struct

from verifier.ir.policy import Havoc
from verifier.smt.script import Script, Var

_MARK = "(in some versions) "


class Marks(Struct, frozen=True):
    """How many versions there are besides the one that is, and for each mark in which it holds: ranges of numbers."""

    versions: int
    held: Mapping[str, tuple[tuple[int, int], ...]]

    def only(self, names: frozenset[str]) -> "Marks":
        """The marks of these names, whichever others there are."""
        return Marks(self.versions, {about: ranges for about, ranges in self.held.items() if about in names})

    @property
    def versions_told(self) -> frozenset[int]:
        """Those that a mark tells from the policies as they are."""
        return frozenset(n for ranges in self.held.values() for low, high in ranges for n in range(low, high + 1))

    def declare(self, script: Script) -> tuple[Var, Mapping[str, str]]:
        """The variable that chooses the version, and the term of each mark."""
        version = script.bits("version", self.versions + 1)
        return version, {about: script.define(about, version.within(ranges)) for about, ranges in self.held.items()}


class Marking:
    """Gives out marks. Life cycle: asked for any number of them, then `marks` is what they mean."""

    def __init__(self, versions: int) -> None:
        self._versions = versions
        self._found: dict[tuple[tuple[int, int], ...], Havoc] = {}

    def mark(self, versions: frozenset[int]) -> Havoc:
        """What holds of these versions alone."""
        ranges = _ranges(versions)
        if ranges not in self._found:
            self._found[ranges] = Havoc(f"{_MARK}{len(self._found)}")
        return self._found[ranges]

    @property
    def marks(self) -> Marks:
        return Marks(self._versions, {mark.about: ranges for ranges, mark in self._found.items()})


def _ranges(versions: frozenset[int]) -> tuple[tuple[int, int], ...]:
    """Ascending, inclusive ranges, none of which touch."""
    found: list[tuple[int, int]] = []
    for number in sorted(versions):
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return tuple(found)
