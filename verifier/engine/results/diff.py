"""What a comparison gets for an answer: plain data, ready for any report."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from verifier.engine.results.check import CheckReport, Stats, Verdict
from verifier.engine.results.region import EndRegion, Region
from verifier.errors import Diagnostic
from verifier.ir.acceptance import Acceptance as Acceptance
from verifier.ir.acceptance import Flow as Flow
from verifier.ir.cluster import PassedOver
from verifier.ir.endpoint import Workload
from verifier.ir.network import Intervals, Protocol
from verifier.ir.origin import Origin
from verifier.ir.property import Property


class Relation(StrEnum):
    """How NEW relates to OLD: it allows the same, more, less, some more and some less."""

    EQUIVALENT = "equivalent"
    WIDER = "wider"
    NARROWER = "narrower"
    INCOMPARABLE = "incomparable"
    UNKNOWN = "unknown"


class Reach(Struct, frozen=True):
    """Whom pods may open connections to, and on which ports.

    switches: the setting under which they may; empty: under every one. same_node: as in a region. sure: whatever is
        true of what the manifests do not say; else there are conditions, which `map` tells.
    """

    destination: EndRegion
    ports: Mapping[Protocol, Intervals]
    switches: Mapping[str, str] = field(default_factory=dict)
    same_node: bool | None = None
    sure: bool = True


class OneSided(Struct, frozen=True):
    """A workload whose like the other side has not, and what it may reach on its own; None: nobody knows, since there
    is more than can be drawn."""

    workload: Workload
    reach: tuple[Reach, ...] | None = None

    def __str__(self) -> str:
        return str(self.workload)


class Apart(Struct, frozen=True):
    """A switch that the sides are judged under otherwise: its value on either, and where that is read; None: only the
    user says so."""

    switch: str
    old: str
    new: str
    old_source: str | None = None
    new_source: str | None = None


class Settings(Struct, frozen=True):
    """The profile of either side, and the switches in which they differ as far as that bears on the comparison."""

    old: str
    new: str
    apart: tuple[Apart, ...] = ()


class Difference(Struct, frozen=True):
    """How two policy sets differ, over one universe.

    complete: the regions are the whole difference (proved at the end). fewest_added, fewest_removed: so many regions
        has every complete list at least; None: nobody knows. reason: why the relation is not known, or, where it is,
        why the solver did not get to the end of it. depends_on: open switches on which the relation hangs.
    changes: where nobody knows, or an open switch decides, what the policies changed: under each setting of the open
        switches whether something is added, and whether something is removed (None: nobody knows).
    added, removed: what the policies changed, for the pods of either side, those that it alone has, too.
    new_workloads, gone_workloads: in an inventory, those that are on one side only, and whose like the other side has
        not; for the relation a new one is more, a gone one less.
    turned_workloads: likewise, those that turn to hostNetwork, or from it; for the relation they are both.
    relabelled: the namespaces whose labels differ: labels of a flow mean one only where it has them on both sides.
    passed_over: what decides about traffic and is not understood, of either side.
    elsewhere: what kustomizations of either side take in that is not in the repository, or that nobody can read.
    settings: what the sides are judged under, where each has its own; None: both under the same.
    """

    relation: Relation
    added: tuple[Region, ...] = ()
    removed: tuple[Region, ...] = ()
    complete: bool = True
    fewest_added: int | None = None
    fewest_removed: int | None = None
    depends_on: tuple[str, ...] = ()
    changes: tuple[tuple[bool | None, bool | None], ...] = ()
    reason: str | None = None
    new_workloads: tuple[OneSided, ...] = ()
    gone_workloads: tuple[OneSided, ...] = ()
    turned_workloads: tuple[Workload, ...] = ()
    relabelled: tuple[str, ...] = ()
    passed_over: tuple[PassedOver, ...] = ()
    elsewhere: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = ()
    accepted: tuple[Flow, ...] = ()
    universe: str = "open"
    diagnostics: tuple[Diagnostic, ...] = ()
    stats: Stats = field(default_factory=Stats)
    settings: Settings | None = None

    @property
    def given_up(self) -> bool:
        """True iff the solver did not get to the end, or could not begin: more may differ than what is listed."""
        return not self.depends_on and (self.relation is Relation.UNKNOWN or self.reason is not None)

    @property
    def workloads_more(self) -> bool:
        """True iff there is more by workloads alone: one is new, or uses another network than before."""
        return bool(self.new_workloads or self.turned_workloads)

    @property
    def workloads_less(self) -> bool:
        """True iff there is less by workloads alone."""
        return bool(self.gone_workloads or self.turned_workloads)

    def surely(self, *, added: bool = False, removed: bool = False) -> bool:
        """True iff, whatever the open switches are, something is added (`added`), or removed (`removed`)."""
        changes = ((added and more is True) or (removed and less is True) for more, less in self.changes)
        return self._counts(added, removed) and all(changes)

    def perhaps(self, *, added: bool = False, removed: bool = False) -> bool:
        """True iff so it is under some of their settings, at least."""
        changes = ((added and more is not False) or (removed and less is not False) for more, less in self.changes)
        return self._counts(added, removed) and (not self.changes or any(changes))

    def _counts(self, added: bool, removed: bool) -> bool:
        return (added and bool(self.added)) or (removed and bool(self.removed))


class Change(StrEnum):
    """What a change did to a property."""

    NEWLY_VIOLATED = "newly violated"
    STILL_VIOLATED = "still violated"
    FIXED = "fixed"
    HOLDS = "holds"
    ACCEPTED = "accepted"
    """Violated, but not outside the accepted flows."""
    UNDECIDED = "undecided"
    GONE = "gone with its namespaces"
    """A property of the base alone, about namespaces that the head neither declares nor holds anything of."""


class Judged(Struct, frozen=True):
    """A property on both sides. `base` is None where the base could not be asked (it had no manifests).

    accepted: the acceptances by which a violation is excused. was_accepted: it was violated at the base, too, but not
    outside what is accepted there. more: it is violated as before, and by connections besides, of which the head's
    result tells.
    """

    property: Property
    change: Change
    base: Verdict | None
    head: Verdict
    accepted: tuple[Acceptance, ...] = ()
    was_accepted: bool = False
    more: bool = False


class TermsOf(StrEnum):
    """Whose terms a change is judged under."""

    BASE = "base"
    HEAD = "head"


class TermChange(Struct, frozen=True):
    """One way in which the terms of the head differ from those of the base. weakens: less may be proved, or what is
    proved may say less; True as well where nobody has looked."""

    text: str
    weakens: bool
    origin: Origin | None = None


class GateReport(Struct, frozen=True):
    """A whole run of `gate`, under the terms (properties, universe, switches, what is read) of one side.

    base_name: the revision as somebody typed it. commit: the beginning of the id of the commit that it stood for.
    difference: between base and head; what is added outside `growth`, the acceptances without a property, fails the
        gate where `fail_on` says so. grew: something was added outside them.
    unused: acceptances that excuse nothing any more. expired: those that something would have needed.
    forgotten: namespaces whose labels only the base says, so that they count as unknown at the head. gone: those that
        the head neither declares nor holds anything of.
    turned_by: what else than policies the change changes, where a property turned although nothing was opened.
    relabelled: namespaces and workloads with other labels than before, and Nodes that are new, gone or elsewhere, so
        that policies and claims may mean others.
    terms: how the terms of the head differ from those of the base; none where they are the same. fail_on_terms: terms
        that are weakened fail the gate.
    under: whose terms these are; None: both sides have the same. other: what the change does under the other side's.
    blocked: why the sides cannot be judged under the other side's terms.
    """

    base_name: str
    base: CheckReport
    head: CheckReport
    difference: Difference
    judged: tuple[Judged, ...]
    grew: bool
    growth: tuple[Acceptance, ...] = ()
    unused: tuple[Acceptance, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    commit: str = ""
    expired: tuple[Acceptance, ...] = ()
    forgotten: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    turned_by: tuple[str, ...] = ()
    relabelled: tuple[str, ...] = ()
    terms: tuple[TermChange, ...] = ()
    fail_on_terms: bool = False
    under: TermsOf | None = None
    other: "GateReport | None" = None
    blocked: tuple[Diagnostic, ...] = ()
