"""What `lint` finds, as plain data."""

from msgspec import Struct, field

from verifier.engine.results.check import Counts, Stats
from verifier.engine.results.witness import Witness
from verifier.errors import Diagnostic, Severity
from verifier.ir.cluster import PassedOver
from verifier.ir.origin import Origin
from verifier.ir.policy import Citation
from verifier.ir.quirk import Suppression


class LintFinding(Struct, frozen=True):
    """One finding. `message`: the whole of it in one sentence, without a final period. `why`: what it was found by, and
    what to do about it, one sentence each.

    about: the object that it is about. guess: what the author meant is guessed; everything else is certain.
    witness: a connection that shows it. fix: what to write instead, where that is known.
    """

    rule: str
    severity: Severity
    message: str
    about: Citation
    origin: Origin | None = None
    why: tuple[str, ...] = ()
    guess: bool = False
    witness: Witness | None = None
    fix: str | None = None


class Suppressed(Struct, frozen=True):
    """A finding that nobody wants to hear of, and who says so."""

    smell: LintFinding
    silence: Suppression


class LintReport(Struct, frozen=True):
    """A whole run of `lint`. `rules`: the names of those that were asked, in the order of the table. `fail_on`: the
    least severity that fails the run; `none`: nothing does. `passed_over`: what decides about traffic and is not
    understood, so that nothing may be said about all policies together. `undecided`: the names of rules of which the
    solver could not say whether they find anything."""

    universe: str
    smells: tuple[LintFinding, ...]
    silenced: tuple[Suppressed, ...] = ()
    rules: tuple[str, ...] = ()
    counts: Counts = field(default_factory=Counts)
    diagnostics: tuple[Diagnostic, ...] = ()
    fail_on: str = "error"
    stats: Stats = field(default_factory=Stats)
    passed_over: tuple[PassedOver, ...] = ()
    assumptions: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()

    def failing(self) -> frozenset[Severity]:
        """The severities that fail the run."""
        if self.fail_on == "none":
            return frozenset()
        return frozenset(tuple(Severity)[: tuple(Severity).index(Severity(self.fail_on)) + 1])

    @property
    def fails(self) -> bool:
        return any(smell.severity in self.failing() for smell in self.smells)
