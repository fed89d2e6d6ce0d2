"""Which labels of pods make an identity (docs/semantics.md 6.2): the others no policy sees, those of Kubernetes
included."""

import re
from functools import lru_cache
from typing import assert_never

from msgspec.structs import replace

from verifier.ir.labels import SERVICE_ACCOUNT, WANTING, Requirement, Selector
from verifier.ir.policy import (
    FALSE,
    AddressIn,
    And,
    Block,
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
    Rung,
    SameLabel,
    SameNamespace,
    SameNode,
    Selects,
    Stage,
    SwitchIs,
    Tie,
    WorkloadIn,
)

_INCLUDED = re.compile(
    r"io\.kubernetes\.pod\.namespace|io\.cilium\.k8s\.namespace\.labels|app\.kubernetes\.io"
    r"|io\.cilium\.k8s\.policy\.cluster|io\.cilium\.k8s\.policy\.serviceaccount"
)
_IGNORED = tuple(
    map(
        re.compile,
        (
            r"io\.kubernetes",
            r"kubernetes\.io",
            r"k8s\.io",
            r".*beta\.kubernetes\.io",
            r"statefulset\.kubernetes\.io/pod-name",
            r"apps\.kubernetes\.io/pod-index",
            r"batch\.kubernetes\.io/(job-completion-index|controller-uid)",
            r"pod-template-(generation|hash)",
            r"controller-(revision-hash|uid)",
            r"annotation.*",
            r"etcd_node",
        ),
    )
)


@lru_cache(maxsize=1 << 12)
def is_seen(key: str) -> bool:
    """True iff policies see labels of this key: the longest pattern that includes it is longer than the shortest one
    that ignores it, both from the start of the key; what is in neither list is seen."""
    ignored = [found.end() for pattern in _IGNORED if (found := pattern.match(key)) is not None]
    included = _INCLUDED.match(key)
    return not ignored or (included is not None and included.end() > min(ignored))


@lru_cache(maxsize=1 << 16)
def seen(selector: Selector) -> Selector | None:
    """The selector as those read it who do not see all labels: a key that is not seen is absent. None: nobody meets
    it."""
    kept: set[Requirement] = set()
    for requirement in selector.requirements:
        if requirement.key == SERVICE_ACCOUNT or is_seen(requirement.key):
            kept.add(requirement)
        elif requirement.operator in WANTING:
            return None
    return selector if len(kept) == len(selector.requirements) else Selector(frozenset(kept))


class Filter:
    """Policies as those read them who do not see all labels of pods. Life cycle: used for one policy set, whose equal
    formulas stay one object."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Formula, Formula]] = {}
        self._selects: dict[int, tuple[Selects, Selects]] = {}

    def policies(self, given: PolicySet) -> PolicySet:
        ingress, egress = (Pipe(tuple(map(self._stage, p.stages)), p.final) for p in (given.ingress, given.egress))
        return replace(given, ingress=ingress, egress=egress, idle=tuple(map(self._whom, given.idle)))

    def _stage(self, stage: Stage) -> Stage:
        applies = None if stage.applies is None else tuple(map(self._whom, stage.applies))
        body = tuple(
            Tie(tuple(map(self._block, part.blocks))) if isinstance(part, Tie) else self._block(part)
            for part in stage.body
        )
        return replace(stage, applies=applies, body=body)

    def _block(self, block: Block) -> Block:
        return Block(tuple(map(self._rung, block.rungs)))

    def _rung(self, rung: Rung) -> Rung:
        selects = None if rung.selects is None else self._whom(rung.selects)
        guard = self.formula(rung.guard)
        return rung if selects is rung.selects and guard is rung.guard else replace(rung, selects=selects, guard=guard)

    def _whom(self, who: Selects) -> Selects:
        found = self._selects.get(id(who))
        if found is None:
            pods = self.formula(who.pods)
            found = self._selects[id(who)] = (who, who if pods is who.pods else replace(who, pods=pods))
        return found[1]

    def formula(self, given: Formula) -> Formula:
        """The same object where all is seen."""
        found = self._known.get(id(given))
        if found is None:
            found = self._known[id(given)] = (given, self._read(given))
        return found[1]

    def _read(self, given: Formula) -> Formula:
        match given:
            case And(items) | Or(items):
                read = tuple(map(self.formula, items))
                same = all(one is other for one, other in zip(read, items, strict=True))
                return given if same else type(given)(read)
            case Not(item):
                inner = self.formula(item)
                return given if inner is item else Not(inner)
            case PodLabels(role, selector):
                left = seen(selector)
                return given if left is selector else FALSE if left is None else PodLabels(role, left)
            case (
                KindIn() | WorkloadIn() | NamespaceLabels() | NamespaceIn() | SameNamespace() | SameNode() | SameLabel()
                | AddressIn() | PortIn() | PortNamed() | SwitchIs() | Hairpin() | Havoc()
            ):  # fmt: skip
                return given
            case _:
                assert_never(given)
