"""What a comparison gets for an answer: plain data, ready for any report."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from verifier.engine.results.check import CheckReport, Stats, Verdict, Witness
from verifier.errors import Diagnostic
from verifier.ir.acceptance import Acceptance as Acceptance
from verifier.ir.acceptance import Flow as Flow
from verifier.ir.cluster import PassedOver
from verifier.ir.endpoint import Kind, Workload
from verifier.ir.labels import EVERYTHING, Selector
from verifier.ir.network import AddressSet, Intervals, Protocol
from verifier.ir.origin import Origin
from verifier.ir.policy import Direction
from verifier.ir.property import Property
from verifier.semantics import Step


class Relation(StrEnum):
    """How NEW relates to OLD: it allows the same, more, less, some more and some less."""

    EQUIVALENT = "equivalent"
    WIDER = "wider"
    NARROWER = "narrower"
    INCOMPARABLE = "incomparable"
    UNKNOWN = "unknown"


class EndRegion(Struct, frozen=True):
    """The endpoints at one end of a region: all conditions hold together.

    kinds: pods, external addresses, nodes: those that are possible.
    namespaces: in one of these (None: in any). not_namespaces: in none of these.
    namespace_selector, pod_selector: what labels meet. addresses: where the address lies (None: anywhere), the one that
        ipBlocks see. own: where its own lies, if that is to be told apart (switch `external_source`).
    workloads: the pods of these workloads, as `Kind ns/name` (None: of any); in an inventory, those that changed.
    was: where the address of such a workload lay before, if it turned to hostNetwork, or from it.
    address_of: whose the one address is that `addresses` holds, as the input says.
    """

    kinds: frozenset[Kind]
    namespaces: frozenset[str] | None = None
    not_namespaces: frozenset[str] = frozenset()
    namespace_selector: Selector = EVERYTHING
    pod_selector: Selector = EVERYTHING
    addresses: AddressSet | None = None
    own: AddressSet | None = None
    workloads: frozenset[str] | None = None
    was: AddressSet | None = None
    address_of: str | None = None


class Part(Struct, frozen=True):
    """What is taken out of a region: the connections that meet all of these conditions, which mean what they mean in a
    Region; those of an empty mapping, and None, hold anywhere."""

    source: EndRegion
    destination: EndRegion
    ports: Mapping[Protocol, Intervals]
    port_names: Mapping[str, bool] = field(default_factory=dict)
    same_namespace: bool | None = None
    same_node: bool | None = None
    switches: Mapping[str, str] = field(default_factory=dict)
    supposing: Mapping[str, bool] = field(default_factory=dict)
    provided: frozenset[Direction] = frozenset()


class Region(Struct, frozen=True):
    """A set of connections, all added or all removed.

    ports: by protocol, the ports (a protocol that is missing has none; OTHER has no ports to list).
    port_names: the destination has (True) or has not (False) a container port of that name, written `TCP/http`, or
        `http` whatever its protocol, which is the connection's.
    same_namespace: both ends are in one namespace, or in two; None: either. same_node: likewise of nodes.
    switches: the setting under which it differs; empty: under every one.
    supposing: whether conditions that nobody can say hold, by what they are about (`what `example.com` resolves to`):
        whether the destination is among that.
    provided: only what the policies of the source let out (egress), or those of the destination let in (ingress), which
        are the same on both sides: where spelling them out would drown the change.
    witness: one of its connections, as the side that allows it has it. before, after: what decided it on either side,
        the deciding step of each leg that matters.
    sources, destinations: the workloads of today that fall into it.
    new, gone: in an inventory, the workloads of the new, or the old, side alone, where nobody else can be at one of its
        ends.
    excluding: what is taken out of it, where that says it in fewer words than many regions would.
    """

    source: EndRegion
    destination: EndRegion
    ports: Mapping[Protocol, Intervals]
    witness: Witness
    port_names: Mapping[str, bool] = field(default_factory=dict)
    same_namespace: bool | None = None
    same_node: bool | None = None
    switches: Mapping[str, str] = field(default_factory=dict)
    supposing: Mapping[str, bool] = field(default_factory=dict)
    provided: frozenset[Direction] = frozenset()
    before: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()
    sources: tuple[Workload, ...] = ()
    destinations: tuple[Workload, ...] = ()
    new: tuple[Workload, ...] = ()
    gone: tuple[Workload, ...] = ()
    excluding: tuple[Part, ...] = ()


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


class Difference(Struct, frozen=True):
    """How two policy sets differ, over one universe.

    complete: the regions are the whole difference (proved at the end). reason: why the relation is not known, or, where
        it is, why the solver did not get to the end of it. depends_on: open switches on which the relation hangs.
    changes: where nobody knows, or an open switch decides, what the policies changed: under each setting of the open
        switches whether something is added, and whether something is removed (None: nobody knows).
    added, removed: what the policies changed, for the pods of either side, those that it alone has, too.
    new_workloads, gone_workloads: in an inventory, those that are on one side only, and whose like the other side has
        not; for the relation a new one is more, a gone one less.
    turned_workloads: likewise, those that turn to hostNetwork, or from it; for the relation they are both.
    relabelled: the namespaces whose labels differ: labels of a flow mean one only where it has them on both sides.
    passed_over: what decides about traffic and is not understood, of either side.
    elsewhere: what kustomizations of either side take in that is not in the repository, or that nobody can read.
    """

    relation: Relation
    added: tuple[Region, ...] = ()
    removed: tuple[Region, ...] = ()
    complete: bool = True
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

    accepted: the acceptances by which a violation is excused.
    """

    property: Property
    change: Change
    base: Verdict | None
    head: Verdict
    accepted: tuple[Acceptance, ...] = ()


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
