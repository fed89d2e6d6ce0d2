"""What `netpol fix` gives for an answer: plain data, ready for any report."""

from msgspec import Struct

from verifier.engine.results.check import Result
from verifier.engine.results.diff import Difference
from verifier.errors import Diagnostic
from verifier.ir.cluster import PassedOver
from verifier.ir.property import Property


class Change(Struct, frozen=True):
    """A file before (None: there is none) and after. patched: how a patch names it, where not as it is called."""

    file: str
    before: str | None
    after: str
    patched: str = ""


class Repair(Struct, frozen=True):
    """A repair, proved from the text that it leaves. edits: in words. changes: from the files as they are to that text.
    proved: the names of the properties that hold then. difference: what it closes and opens, each list of 20 regions at
    most. cost: of its edits. builds_on: the properties whose repairs, made before it, are among the changes; the
    difference is one to what these left."""

    edits: tuple[str, ...]
    changes: tuple[Change, ...]
    proved: tuple[str, ...]
    difference: Difference
    cost: int = 0
    builds_on: tuple[str, ...] = ()


class Outcome(Struct, frozen=True):
    """What became of a property. found: what was said of it in the files as they are. repair: what mends it; None:
    nothing does, and `why`, unless it holds. alternatives: what else would, dearer or as dear. repaired_with: it holds
    only since these properties were repaired before it. undecided: only since a limit was reached, or it hangs on an
    open switch. places: what would have to be changed and cannot be, each with the reason. vacuous: it says nothing
    here, which no edit mends. assumptions, not_covered: what `check` says so of the property, in the texts that the
    outcome is about."""

    property: Property
    holds: bool = False
    repair: Repair | None = None
    why: str = ""
    undecided: bool = False
    places: tuple[str, ...] = ()
    vacuous: bool = False
    assumptions: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()
    found: Result | None = None
    alternatives: tuple[Repair, ...] = ()
    repaired_with: tuple[str, ...] = ()

    def repairs(self) -> tuple[Repair, ...]:
        """All that mend it, in the order of their cost."""
        return () if self.repair is None else (self.repair, *self.alternatives)


class FixReport(Struct, frozen=True):
    """A whole run. changes: all repairs together. applied: the files were written. wanted: so many repairs of each
    property were looked for."""

    universe: str
    outcomes: tuple[Outcome, ...]
    changes: tuple[Change, ...] = ()
    applied: bool = False
    assumptions: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    wanted: int = 1
