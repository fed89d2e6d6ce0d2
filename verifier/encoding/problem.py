"""What a question ranges over, before it is turned into a script: the two sides, the universe, the switches, and what
is demanded of the connection."""

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct

from verifier.encoding.marks import Marks
from verifier.ir.endpoint import Kind, Workload
from verifier.ir.labels import Labels
from verifier.ir.policy import FALSE, Direction, Formula, PolicySet
from verifier.ir.residents import NOBODY, Residents
from verifier.ir.universe import Universe
from verifier.vocabulary import Vocabulary

Workloads = tuple[Workload, ...] | None
"""Which pods there are: those of these workloads; None: any the universe admits."""


class Side(Struct, frozen=True):
    """What can stand at one end of the connection. `pods` and `hostpods` matter only where `kinds` has their kind."""

    kinds: frozenset[Kind]
    pods: Workloads = None
    hostpods: Workloads = ()


class Outcome(Enum):
    ALLOWED = "allowed"
    DENIED = "denied"
    NO_INGRESS_ISOLATION = "not isolated for ingress"
    NO_EGRESS_ISOLATION = "not isolated for egress"


NOT_ISOLATED = {Direction.INGRESS: Outcome.NO_INGRESS_ISOLATION, Direction.EGRESS: Outcome.NO_EGRESS_ISOLATION}


class Obligation(Struct, frozen=True):
    """One way to break a property: a connection that meets all these formulas and has this outcome.

    source, destination: over SUBJECT, the end in question.
    both: over SUBJECT, the destination, and PEER, the source.
    exempt: as `both`: what the property lets through; not part of the premise.
    accepted: as `both`: what somebody accepted; not part of the premise either.
    """

    source: Formula
    destination: Formula
    both: Formula
    outcome: Outcome
    exempt: Formula | None = None
    accepted: Formula | None = None


class Problem(Struct, frozen=True):
    """A whole question.

    policies: those that bear on it. all_policies: what witnesses are replayed against. firing: a policy set and
        the same without rungs that cannot fire for a connection that meets a premise, or is in `reached`.
    switches: a value, or "open", for every switch. reached: over SUBJECT, the destination (goal `reached`).
    residents: whose addresses are known.
    translated: over SUBJECT, the destination: where outside clients may come with the address of a node; None:
        everywhere where they may at all (switch `external_source`).
    settled: labels of pods that there are, each with its namespace, of those whose labels nobody has said: by the
        invariants of the universe these are such that the pods can be there.
    free_labels: pods of a kind that is not known may have labels besides those of their template.
    marks: what the marks in `policies` mean, which are then several versions in one; None: there are none.
    """

    vocabulary: Vocabulary
    universe: Universe
    sources: Side
    destinations: Side
    policies: PolicySet
    all_policies: PolicySet
    obligations: tuple[Obligation, ...]
    switches: Mapping[str, str]
    reached: Formula = FALSE
    title: str = ""
    residents: Residents = NOBODY
    translated: Formula | None = None
    settled: tuple[tuple[str, Labels], ...] = ()
    free_labels: bool = True
    marks: Marks | None = None
    firing: tuple[PolicySet, PolicySet] | None = None

    @property
    def spoken(self) -> PolicySet:
        """What the script says of outcomes: the policies without these rungs, as long as it is these policies."""
        return self.firing[1] if self.firing is not None and self.firing[0] is self.policies else self.policies
