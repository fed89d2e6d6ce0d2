"""Leaving out policies that cannot bear on a question; never one that could.

A policy is kept for a direction iff the peers of its governed side may select a pod that the policy selects: by
namespace, and by label requirements that contradict each other. What cannot be told is kept.
"""

from collections.abc import Mapping
from typing import assert_never

from verifier.ir.labels import Operator, Selector
from verifier.ir.pods import PodPeer
from verifier.ir.policy import (
    AddressIn,
    And,
    Direction,
    Formula,
    Hairpin,
    Havoc,
    KindIn,
    NamespaceIn,
    NamespaceLabels,
    Not,
    Or,
    Pipe,
    PodLabels,
    PolicySet,
    PortIn,
    PortNamed,
    Role,
    SameLabel,
    SameNamespace,
    SameNode,
    Selects,
    SwitchIs,
    WorkloadIn,
)
from verifier.ir.property import Peers


def slice_policies(policies: PolicySet, governed: Mapping[Direction, Peers]) -> PolicySet:
    """The policies that may govern, in each direction, an endpoint that `governed` describes (None: anything)."""
    return PolicySet(
        _pipe(policies.ingress, governed[Direction.INGRESS]),
        _pipe(policies.egress, governed[Direction.EGRESS]),
        policies.objects,
    )


def _pipe(pipe: Pipe, peers: Peers) -> Pipe:
    if peers is None:
        return pipe
    keep = _Keep(tuple(p for p in peers if isinstance(p, PodPeer)))
    return Pipe(tuple(stage.kept(keep) for stage in pipe.stages), pipe.final)


class _Keep:
    """Whether a policy may select a pod of some peer; remembers what it found of each selection, which a policy's rungs
    share, and of each formula, which policies share."""

    def __init__(self, peers: tuple[PodPeer, ...]) -> None:
        self._peers = tuple(enumerate(peers))
        self._selections: dict[int, bool] = {}
        self._labels: dict[tuple[int, int], bool] = {}

    def __call__(self, who: Selects) -> bool:
        found = self._selections.get(id(who))
        if found is None:
            found = self._selections[id(who)] = self._keeps(who)
        return found

    def _keeps(self, who: Selects) -> bool:
        for number, peer in self._peers:
            here = peer.names is None or not isinstance(who.namespace, str) or who.namespace in peer.names
            if here and self._pods(number, peer, who.pods):
                return True
        return False

    def _pods(self, number: int, peer: PodPeer, pods: Formula) -> bool:
        key = (number, id(pods))
        if key not in self._labels:
            self._labels[key] = not any(contradict(s, peer.pods) for s in _selectors(pods))
        return self._labels[key]


def _selectors(formula: Formula) -> list[Selector]:
    """Selectors that every subject of the formula must meet."""
    match formula:
        case And(items):
            return [s for item in items for s in _selectors(item)]
        case PodLabels(Role.SUBJECT, selector):
            return [selector]
        case (
            Or() | Not() | KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace()
            | SameNode() | SameLabel() | AddressIn() | PortIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            return []
        case _:
            assert_never(formula)


def contradict(one: Selector, other: Selector) -> bool:
    """True only if no labels meet both: two In on one key without a common value."""
    wanted = {r.key: r.values for r in one.requirements if r.operator is Operator.IN}
    return any(
        r.operator is Operator.IN and r.key in wanted and not (wanted[r.key] & r.values) for r in other.requirements
    )
