"""The finite abstraction (docs/semantics.md 1.2): what the input can tell apart, plus "other".

Takes the formulas, workloads and universe of one question; gives a `Vocabulary` of finite domains. Two values that no
formula mentions cannot be told apart by any, so two fresh ones for a label key, two anonymous namespaces, and one cell
for every stretch of ports or addresses between two mentioned boundaries stand for all of them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import assert_never

from msgspec import Struct, field
from msgspec.structs import replace

from verifier.ir.endpoint import Namespace
from verifier.ir.labels import NAMESPACE_NAME, Selector, is_dns_label
from verifier.ir.network import ALL_ADDRESSES, PORTS, AddressSet, Intervals
from verifier.ir.policy import (
    AddressIn,
    And,
    Formula,
    Hairpin,
    Havoc,
    KindIn,
    NamespaceIn,
    NamespaceLabels,
    Not,
    Or,
    PodLabels,
    PolicySet,
    PortIn,
    PortNamed,
    SameLabel,
    SameNamespace,
    SameNode,
    SwitchIs,
    Tie,
    WorkloadIn,
)
from verifier.ir.texts import Text, standing_for, texts_of
from verifier.ir.universe import LabelDomain


class Mentions(Struct):
    """Everything that a set of formulas can tell apart. Collects; the one mutable value of this module."""

    pod_labels: dict[str, set[str]] = field(default_factory=dict)
    namespace_labels: dict[str, set[str]] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)
    addresses: set[AddressSet] = field(default_factory=set)
    ports: set[Intervals] = field(default_factory=set)
    port_names: set[str] = field(default_factory=set)
    switches: set[str] = field(default_factory=set)
    unknowns: set[Havoc] = field(default_factory=set)
    compared: set[tuple[str, bool]] = field(default_factory=set)
    """Keys whose values at the two ends are compared with each other, so that unmentioned ones can be told apart, and
    whether the labels are those of namespaces."""
    texts: dict[tuple[str, bool], frozenset[Text]] = field(default_factory=dict)
    """By key, and whether it is one of namespaces, what is looked for inside of its values. Values that stand for all
    others are then among those that are mentioned, but for names of namespaces."""
    _seen: dict[int, Formula] = field(default_factory=dict)

    def add(self, formula: Formula) -> None:
        """Collects what `formula` mentions; a formula object met before costs nothing."""
        if id(formula) in self._seen:
            return
        self._seen[id(formula)] = formula
        match formula:
            case And(items) | Or(items):
                for item in items:
                    if id(item) not in self._seen:
                        self.add(item)
            case Not(item):
                self.add(item)
            case PodLabels(_, selector):
                self._selector(selector, self.pod_labels, of_namespace=False)
            case NamespaceLabels(_, selector):
                self._selector(selector, self.namespace_labels, of_namespace=True)
            case NamespaceIn(_, names):
                self.namespaces |= names
            case SameLabel(key, of_namespace):
                (self.namespace_labels if of_namespace else self.pod_labels).setdefault(key, set())
                self.compared.add((key, of_namespace))
            case AddressIn(_, addresses):
                self.addresses.add(addresses)
            case PortIn(_, ports):
                self.ports.add(ports)
            case PortNamed(name, _):
                self.port_names.add(name)
            case SwitchIs(switch, _):
                self.switches.add(switch)
            case Havoc():
                self.unknowns.add(formula)
            case KindIn() | WorkloadIn() | SameNamespace() | SameNode() | Hairpin():
                pass  # what these tell apart, every question tells apart
            case _:
                assert_never(formula)

    def _selector(self, selector: Selector, keys: dict[str, set[str]], *, of_namespace: bool) -> None:
        for requirement in selector.requirements:
            known = keys.setdefault(requirement.key, set())
            texts = texts_of((requirement,))
            if not texts:
                known.update(requirement.values)
                continue
            place = (requirement.key, of_namespace)
            before = self.texts.get(place, frozenset())
            self.texts[place] = before | texts
            if self.texts[place] != before and place != (NAMESPACE_NAME, True):
                known.update(standing_for(self.texts[place]))

    def unnamed(self, taken: Collection[str]) -> tuple[str, ...]:
        """Names, none of those that are taken, that stand for the names of all namespaces that nobody mentions."""
        texts = self.texts.get((NAMESPACE_NAME, True))
        return standing_for(texts, is_dns_label, taken) if texts else _fresh("other-namespace", taken)

    def add_policies(self, policies: PolicySet) -> None:
        seen = self._seen
        for formula in policy_formulas(policies):
            if id(formula) not in seen:
                self.add(formula)
        if has_ties(policies):
            self.switches.add("same_priority")

    def named_namespaces(self) -> set[str]:
        """Names that stand for a possible namespace: mentioned as such or through the label that carries the name."""
        return {n for n in self.namespaces | self.namespace_labels.get(NAMESPACE_NAME, set()) if is_dns_label(n)}


def has_ties(policies: PolicySet) -> bool:
    """True iff policies of equal priority stand in a policy set."""
    stages = (*policies.ingress.stages, *policies.egress.stages)
    return any(isinstance(part, Tie) for stage in stages for part in stage.body)


def any_may_apply(policies: PolicySet, switches: Mapping[str, str]) -> bool:
    """True iff nobody says which of several policies of equal priority applies."""
    return switches["same_priority"] == "any" and has_ties(policies)


def policy_formulas(policies: PolicySet) -> Iterator[Formula]:
    """Every formula that stands in a policy set."""
    yield from (s.pods for s in policies.idle)
    for pipe in (policies.ingress, policies.egress):
        for stage in pipe.stages:
            yield from (s.pods for s in stage.applies or ())
            for block in stage.blocks():
                for rung in block.rungs:
                    yield rung.guard
                    if rung.selects is not None:
                        yield rung.selects.pods


class Domain(Struct, frozen=True):
    """The values one label key can have, by code; None is "absent". The first `known` codes are absent and what the
    input mentions, the rest are fresh. `possible`: the codes that the universe admits."""

    values: tuple[str | None, ...]
    known: int
    possible: frozenset[int]
    codes: Mapping[str | None, int]

    def code(self, value: str | None) -> int:
        """The code of a label's value. A value nobody mentions is a fresh one."""
        return self.codes.get(value, self.known)


def domain(mentioned: Iterable[str], spec: LabelDomain | None) -> Domain:
    """The domain of a key: absent, what is mentioned, and two fresh values (two, since labels of two ends may
    be compared)."""
    known = sorted({*mentioned, *(spec.values if spec else ())})
    fresh = _fresh("other", set(known))
    values: tuple[str | None, ...] = (None, *known, *fresh)
    possible = set(range(len(values)))
    if spec is not None and not spec.others:
        possible = {values.index(v) for v in spec.values} | {0}
    if spec is not None and spec.required:
        possible.discard(0)
    return Domain(values, len(known) + 1, frozenset(possible), {v: i for i, v in enumerate(values)})


def _fresh(stem: str, taken: Collection[str]) -> tuple[str, str]:
    """Two values that are not taken."""
    found: list[str] = []
    number = 1
    while len(found) < 2:
        candidate = stem if number == 1 else f"{stem}-{number}"
        if candidate not in taken:
            found.append(candidate)
        number += 1
    return found[0], found[1]


class Cell(Struct, frozen=True):
    """A stretch of addresses of one family, or of ports (family 0), that nothing in the question can tell apart."""

    family: int
    low: int
    high: int

    @property
    def size(self) -> int:
        return self.high - self.low + 1


class Cells(Struct, frozen=True):
    """Cells in ascending order, one family after the other; an index stands for a cell."""

    cells: tuple[Cell, ...]
    _lows: Mapping[int, tuple[int, ...]]
    _start: Mapping[int, int]

    @classmethod
    def cut(cls, families: Mapping[int, Intervals], sets: Iterable[Mapping[int, Intervals]]) -> "Cells":
        """The coarsest cells of each family's span such that every one of `sets` is a union of cells."""
        starts = {family: {low for low, _ in span} for family, span in families.items()}
        for intervals in sets:
            for family in families:
                for low, high in intervals[family]:
                    starts[family].update((low, high + 1))
        cells: list[Cell] = []
        lows, first = {}, {}
        for family, span in families.items():
            first[family] = len(cells)
            for low, high in span:
                inside = sorted(s for s in starts[family] if low <= s <= high)
                ends = [s - 1 for s in inside[1:]] + [high]
                cells += [Cell(family, a, b) for a, b in zip(inside, ends, strict=True)]
            lows[family] = tuple(c.low for c in cells[first[family] :])
        return cls(tuple(cells), lows, first)

    def ranges(self, intervals: Intervals, family: int) -> list[tuple[int, int]]:
        """The cells inside `intervals`, a union of cells, as inclusive ranges of indices."""
        if family not in self._lows:
            return []
        lows, start = self._lows[family], self._start[family]
        spans = [(bisect_left(lows, low) + start, bisect_left(lows, high + 1) + start - 1) for low, high in intervals]
        return [(a, b) for a, b in spans if a <= b]

    def first(self, family: int) -> int:
        return self._start[family]

    def at(self, number: int, family: int) -> int | None:
        """The cell that holds an address; None where there is no such family."""
        if family not in self._lows:
            return None
        return bisect_right(self._lows[family], number) - 1 + self._start[family]


def address_cells(told: Iterable[AddressSet], families: Iterable[int]) -> Cells:
    """The addresses of these families, as far as they can be told apart by sets of them."""
    spans = {family: ALL_ADDRESSES.family(family) for family in sorted(families)}
    return Cells.cut(spans, ({4: a.v4, 6: a.v6} for a in told))


class Vocabulary(Struct, frozen=True):
    """The finite domains of one question.

    namespaces: by index: the declared ones, then those that are only mentioned, then two anonymous ones.
    declared: how many of them are declared.
    """

    pod_labels: Mapping[str, Domain]
    namespace_labels: Mapping[str, Domain]
    namespaces: tuple[Namespace, ...]
    declared: int
    addresses: Cells
    ports: Cells
    port_names: tuple[str, ...]
    switches: tuple[str, ...]
    index: Mapping[str, int]


def vocabulary(
    mentions: Mentions,
    declared: Iterable[Namespace],
    others: bool,
    families: Iterable[int],
    pod_specs: Mapping[str, LabelDomain],
    namespace_specs: Mapping[str, LabelDomain],
    known_namespaces: frozenset[str] | None = None,
) -> Vocabulary:
    """The vocabulary of a question: `declared` in the order in which they are to be numbered; `others`: undeclared
    namespaces may exist too. known_namespaces: the names of namespaces that are not new (None: whatever has a name)."""

    def is_new(name: str) -> bool:
        return known_namespaces is not None and name not in known_namespaces

    known = tuple(replace(n, new=True) if is_new(n.name) else n for n in declared)
    names = {n.name for n in known}
    undeclared: list[Namespace] = []
    if others:
        listed = namespace_specs[NAMESPACE_NAME].values if NAMESPACE_NAME in namespace_specs else ()
        mentioned = sorted((mentions.named_namespaces() | {n for n in listed if is_dns_label(n)}) - names)
        undeclared += [Namespace(name, new=is_new(name)) for name in mentioned]
        anonymous = mentions.unnamed(names | set(mentioned))
        undeclared += [Namespace(n, unnamed=True, new=True) for n in anonymous]
    namespaces = (*known, *undeclared)
    pod_keys = {**{k: set[str]() for k in pod_specs}, **mentions.pod_labels}
    namespace_keys = {**{k: set[str]() for k in namespace_specs}, **mentions.namespace_labels}
    namespace_keys.pop(NAMESPACE_NAME, None)
    return Vocabulary(
        pod_labels={k: domain(v, pod_specs.get(k)) for k, v in sorted(pod_keys.items())},
        namespace_labels={k: domain(v, namespace_specs.get(k)) for k, v in sorted(namespace_keys.items())},
        namespaces=namespaces,
        declared=len(known),
        addresses=address_cells(mentions.addresses, families),
        ports=Cells.cut({0: PORTS}, ({0: p} for p in mentions.ports)),
        port_names=tuple(sorted(mentions.port_names)),
        switches=tuple(sorted(mentions.switches)),
        index={n.name: i for i, n in enumerate(namespaces)},
    )
