"""What `coverage` gets for an answer: plain data, ready for any report."""

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct, field

from verifier.engine.results.check import Counts, Stats, Verdict
from verifier.engine.results.region import Region
from verifier.errors import Diagnostic
from verifier.ir.cluster import PassedOver
from verifier.ir.mutant import Edit
from verifier.ir.policy import Citation
from verifier.ir.property import Property


class Fate(StrEnum):
    """What becomes of an edit. Equivalent: it changes nothing, and counts for nothing. Undecided: the solver gave up,
    or whether a property breaks hangs on an open switch: it is neither noticed nor missed."""

    NOTICED = "noticed"
    UNNOTICED = "unnoticed"
    EQUIVALENT = "equivalent"
    UNDECIDED = "undecided"


class Effect(Struct, frozen=True):
    """What an edit would open, or close. region: the first of what it would; is_whole: there is no more. both: it would
    do the other, too."""

    opens: bool
    region: Region
    is_whole: bool
    both: bool


class Judged(Struct, frozen=True):
    """An edit, and what becomes of it. by: the properties that notice it. effect: of an unnoticed one; None: it was not
    asked for, or the solver gave up. suggestion: a property that is proved today, and would notice it."""

    edit: Edit
    fate: Fate
    by: tuple[str, ...] = ()
    effect: Effect | None = None
    suggestion: str | None = None


class OfProperty(Struct, frozen=True):
    """What a property notices: how many edits, and how many of these no other one does. Only what is proved notices
    anything."""

    property: Property
    verdict: Verdict
    noticed: int = 0
    alone: int = 0


class OfPolicy(Struct, frozen=True):
    """What becomes of the edits of one policy."""

    policy: Citation
    edits: int
    noticed: int
    undecided: int
    equivalent: int


class Proposal(Struct, frozen=True):
    """A property that is proved today and would notice so many of the edits that none does, and that no proposal before
    it would."""

    text: str
    more: int


class CoverageReport(Struct, frozen=True):
    """A whole run of `coverage`.

    judged: every edit, in the order of reading. policies, properties: what becomes of them, by either. since: the
        revision from which lines have to differ to be looked at; None: all are. fail_under: the share, in percent,
        below which the run fails; None: none does.
    """

    universe: str
    judged: tuple[Judged, ...] = ()
    properties: tuple[OfProperty, ...] = ()
    policies: tuple[OfPolicy, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    counts: Counts = Counts()
    since: str | None = None
    fail_under: float | None = None
    assumptions: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    stats: Stats = field(default_factory=Stats)

    def of(self, *fates: Fate) -> Iterator[Judged]:
        """The edits of which that became."""
        return (each for each in self.judged if each.fate in fates)

    def count(self, *fates: Fate) -> int:
        return sum(1 for _ in self.of(*fates))

    @property
    def edits(self) -> int:
        """How many edits change anything, or may."""
        return len(self.judged) - self.count(Fate.EQUIVALENT)

    @property
    def share(self) -> float | None:
        """The percentage of them that is noticed, at least; None: there are none."""
        return percentage(self.count(Fate.NOTICED), self.edits)

    @property
    def at_most(self) -> float | None:
        """That percentage if everything that is undecided were noticed; of a property of which nobody knows whether it
        is proved, nobody knows either what it would notice."""
        fates = (Fate.UNDECIDED, Fate.UNNOTICED) if self.unknown else (Fate.UNDECIDED,)
        return percentage(self.count(Fate.NOTICED, *fates), self.edits)

    @property
    def unknown(self) -> int:
        """How many properties nobody knows of whether they are proved."""
        return sum(1 for each in self.properties if each.verdict is Verdict.UNKNOWN)

    @property
    def is_known(self) -> bool:
        """True iff nothing that is undecided could make the share larger."""
        return self.share == self.at_most

    @property
    def fails(self) -> bool:
        """True iff the share is surely below what was wanted."""
        return self.fail_under is not None and self.at_most is not None and self.at_most < self.fail_under

    @property
    def may_fail(self) -> bool:
        """True iff it is below that if what is undecided is not noticed."""
        return self.fail_under is not None and self.share is not None and self.share < self.fail_under


def percentage(some: int, of: int) -> float | None:
    return None if of == 0 else 100 * some / of
