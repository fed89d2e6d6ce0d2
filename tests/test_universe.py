"""The finite abstraction (docs/semantics.md 1.2): domains of labels, cells of addresses and ports, namespaces."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.ir.endpoint import Namespace
from verifier.ir.labels import NAMESPACE_NAME, Operator, Requirement, Selector
from verifier.ir.network import AddressSet, Intervals, Protocol
from verifier.ir.policy import (
    AddressIn,
    And,
    Formula,
    NamespaceIn,
    NamespaceLabels,
    Not,
    Or,
    PodLabels,
    PortIn,
    PortNamed,
    Role,
    SameLabel,
    SwitchIs,
)
from verifier.ir.universe import LabelDomain
from verifier.vocabulary import Cells, Mentions, Vocabulary, domain, vocabulary

TOP = 60
spans = st.tuples(st.integers(0, TOP), st.integers(0, TOP)).map(lambda pair: (min(pair), max(pair)))
intervals = st.lists(spans, max_size=4).map(Intervals.of)


@given(intervals.filter(lambda span: not span.is_empty()), st.lists(intervals, max_size=5))
def test_cells_are_the_coarsest_that_the_sets_can_tell_apart(span: Intervals, sets: list[Intervals]) -> None:
    cells = Cells.cut({0: span}, ({0: some} for some in sets)).cells

    numbers = [n for cell in cells for n in range(cell.low, cell.high + 1)]
    assert numbers == [n for low, high in span for n in range(low, high + 1)]
    for cell in cells:
        assert all(len({n in some for n in range(cell.low, cell.high + 1)}) == 1 for some in sets)
        assert cell.size == cell.high - cell.low + 1
    for before, after in pairwise(cells):
        touching = after.low == before.high + 1
        assert not touching or any(after.low in bounds(some) for some in sets)


def bounds(some: Intervals) -> set[int]:
    """Where the set begins, and where what follows it does."""
    return {bound for low, high in some for bound in (low, high + 1)}


@given(st.lists(intervals, min_size=1, max_size=4))
def test_ranges_of_cells_are_the_set_itself(sets: list[Intervals]) -> None:
    cells = Cells.cut({4: Intervals(((0, TOP),)), 6: Intervals(((0, TOP),))}, ({4: s, 6: Intervals()} for s in sets))

    for some in sets:
        chosen = [i for low, high in cells.ranges(some, 4) for i in range(low, high + 1)]
        assert {n for i in chosen for n in range(cells.cells[i].low, cells.cells[i].high + 1)} == {
            n for n in range(TOP + 1) if n in some
        }
        assert all(cells.cells[i].family == 4 for i in chosen)
    assert cells.ranges(Intervals(((0, TOP),)), 5) == []
    assert cells.cells[cells.first(6)].family == 6


def test_a_domain_is_absent_what_is_mentioned_and_two_fresh_values() -> None:
    of = domain({"web", "db"}, None)

    assert of.values[:3] == (None, "db", "web")
    assert len(of.values) == 5
    assert of.possible == frozenset(range(5))
    assert (of.code(None), of.code("db"), of.code("web")) == (0, 1, 2)
    assert of.code("whatever") == of.known == 3


def test_fresh_values_are_not_those_that_are_mentioned() -> None:
    of = domain({"other", "other-2", ""}, None)

    assert len(set(of.values)) == len(of.values) == 6


@pytest.mark.parametrize(
    ("spec", "possible"),
    [
        (LabelDomain(("a",), others=False), {None, "a"}),
        (LabelDomain(("a",), others=False, required=True), {"a"}),
        (LabelDomain(("a",), others=True, required=True), {"a", "b", "other", "other-2"}),
        (LabelDomain((), others=False), {None}),
        (LabelDomain((), others=False, required=True), set()),
        (LabelDomain(), {None, "b", "other", "other-2"}),
    ],
)
def test_a_universe_closes_and_requires_values(spec: LabelDomain, possible: set[str | None]) -> None:
    of = domain({"b"}, spec)

    assert {of.values[code] for code in of.possible} == possible


def mentions(*formulas: Formula) -> Mentions:
    found = Mentions()
    for formula in formulas:
        found.add(formula)
    return found


def carries(key: str, *values: str) -> Selector:
    return Selector(frozenset({Requirement(key, Operator.NOT_IN, frozenset(values))}))


def test_everything_that_a_formula_looks_at_is_mentioned() -> None:
    block = AddressSet.of(["10.0.0.0/8"])
    found = mentions(
        Not(And((PodLabels(Role.PEER, carries("app", "a")), Or((PodLabels(Role.SUBJECT, carries("app", "b")),))))),
        NamespaceLabels(Role.PEER, carries("team", "x")),
        NamespaceIn(Role.SUBJECT, frozenset({"shop"})),
        AddressIn(Role.PEER, block),
        PortIn(Protocol.TCP, Intervals(((80, 90),))),
        PortNamed("http", Protocol.TCP),
        SwitchIs("endport", "yes"),
        SameLabel("tenant", False),
        SameLabel("zone", True),
    )

    assert found.pod_labels == {"app": {"a", "b"}, "tenant": set()}
    assert found.namespace_labels == {"team": {"x"}, "zone": set()}
    assert found.namespaces == {"shop"}
    assert found.addresses == {block}
    assert found.ports == {Intervals(((80, 90),))}
    assert found.port_names == {"http"}
    assert found.switches == {"endport"}


def test_a_name_is_mentioned_by_the_label_that_carries_it_too() -> None:
    found = mentions(
        NamespaceLabels(Role.PEER, carries(NAMESPACE_NAME, "ops", "No-Name")), NamespaceIn(Role.PEER, frozenset({"a"}))
    )

    assert found.named_namespaces() == {"a", "ops"}


def words(found: Mentions, *declared: Namespace, others: bool = True) -> Vocabulary:
    return vocabulary(found, declared, others, (4, 6), {}, {})


def test_namespaces_are_the_declared_the_mentioned_and_two_anonymous_ones() -> None:
    found = words(mentions(NamespaceIn(Role.PEER, frozenset({"ops", "shop"}))), Namespace("shop", {}))

    assert [n.name for n in found.namespaces[:2]] == ["shop", "ops"]
    assert [n.unnamed for n in found.namespaces] == [False, False, True, True]
    assert found.declared == 1
    assert len({n.name for n in found.namespaces}) == 4
    assert [found.index[n.name] for n in found.namespaces] == [0, 1, 2, 3]


def test_anonymous_namespaces_have_names_that_nobody_uses() -> None:
    found = words(mentions(NamespaceIn(Role.PEER, frozenset({"other-namespace-2"}))), Namespace("other-namespace", {}))

    assert len({n.name for n in found.namespaces}) == 4


def test_without_others_there_are_only_the_declared_ones() -> None:
    found = words(mentions(NamespaceIn(Role.PEER, frozenset({"ops"}))), Namespace("shop", {}), others=False)

    assert [n.name for n in found.namespaces] == ["shop"]


def test_the_name_label_is_no_label_of_its_own() -> None:
    found = words(mentions(NamespaceLabels(Role.PEER, carries(NAMESPACE_NAME, "ops"))))

    assert NAMESPACE_NAME not in found.namespace_labels


def test_a_value_of_the_name_label_in_the_universe_is_a_possible_namespace() -> None:
    spec = {NAMESPACE_NAME: LabelDomain(("lab", "Not_A_Name"), others=False)}

    found = vocabulary(Mentions(), (), True, (4,), {}, spec)

    assert [n.name for n in found.namespaces if not n.unnamed] == ["lab"]


def test_keys_that_only_the_universe_restricts_are_labels_too() -> None:
    found = vocabulary(Mentions(), (), True, (4,), {"role": LabelDomain(("a",))}, {"team": LabelDomain(("b",))})

    assert found.pod_labels["role"].values[:2] == (None, "a")
    assert found.namespace_labels["team"].values[:2] == (None, "b")
    assert {cell.family for cell in found.addresses.cells} == {4}
