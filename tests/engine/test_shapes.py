"""Formulas of one shape mean the same, and one that implies another by its form does; so that what is told by forms,
of policy sets and of growth, is what the solver would say."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.encoding.connections import connections, formulas, settings
from verifier import semantics
from verifier.engine.problem.shapes import Shapes
from verifier.ir.endpoint import Connection
from verifier.ir.labels import Selector
from verifier.ir.network import AddressSet, Intervals, Protocol
from verifier.ir.policy import AddressIn, And, Direction, Formula, Not, Or, PodLabels, PortIn, Role, parts_of

Case = tuple[dict[str, str], Connection]
cases = settings.flatmap(lambda setting: st.tuples(st.just(setting), connections(setting)))
small = st.recursive(
    st.one_of(formulas, st.builds(PortIn, st.just(Protocol.TCP), st.sampled_from(((80, 80), (80, 81), (81, 90))).map(
        lambda part: Intervals((part,))))),
    lambda inner: st.one_of(
        inner.map(Not), *(st.lists(inner, max_size=3).map(tuple).map(kind) for kind in (And, Or))
    ),
    max_leaves=6,
)  # fmt: skip


def rewritten(formula: Formula, draw: Random) -> Formula:
    """The same in other words: in another order, in groups, twice, ports and addresses in pieces."""
    match formula:
        case And(items) | Or(items):
            kind = type(formula)
            several = [rewritten(item, draw) for item in items]
            draw.shuffle(several)
            if several and draw.random() < 0.3:
                several.append(several[0])
            if len(several) > 2 and draw.random() < 0.5:
                several = [several[0], kind(tuple(several[1:]))]
            return kind(tuple(several))
        case Not(item):
            return Not(rewritten(item, draw))
        case PortIn(protocol, ports) if ports.size() > 1 and draw.random() < 0.5:
            low, high = ports.parts[0][0], ports.parts[-1][1]
            cut = draw.randint(low, high - 1)
            parts = [ports.intersect(Intervals((part,))) for part in ((low, cut), (cut + 1, high))]
            return Or(tuple(PortIn(protocol, part) for part in parts if not part.is_empty()))
        case _:
            return Not(Not(formula)) if draw.random() < 0.2 else formula


@given(small, st.integers(0, 2**32), cases, st.sampled_from(list(Direction)))
def test_other_words_have_the_same_shape_and_mean_the_same(
    formula: Formula, seed: int, case: Case, way: Direction
) -> None:
    shapes, (setting, connection) = Shapes(), case
    other = rewritten(formula, Random(seed))
    view = semantics.View(connection, way, setting)

    assert shapes.of(formula) == shapes.of(other)
    assert shapes.one(other) == shapes.one(formula)
    assert semantics.holds(other, view) is semantics.holds(formula, view)


@given(small, st.integers(0, 2**32), cases, st.sampled_from(list(Direction)))
def test_what_stands_for_a_shape_means_what_it_stands_for(
    formula: Formula, seed: int, case: Case, way: Direction
) -> None:
    """Whatever else was asked about before: here all parts of a formula and of the same in other words."""
    shapes, (setting, connection) = Shapes(), case
    view = semantics.View(connection, way, setting)
    known = list(_all(formula)) + list(_all(rewritten(formula, Random(seed))))

    for one in known:
        assert semantics.holds(shapes.one(one), view) is semantics.holds(one, view)
        rest, ports = shapes.by_ports(one)
        whole = [shapes._first[number] for number in rest]
        union = [] if ports is None else [Or(tuple(PortIn(p, i) for p, i in ports.items()))]
        assert semantics.holds(And((*whole, *union)), view) is semantics.holds(one, view)


@given(small, small, cases, st.sampled_from(list(Direction)))
def test_what_is_implied_by_form_holds_wherever_the_other_does(
    one: Formula, other: Formula, case: Case, way: Direction
) -> None:
    shapes, (setting, connection) = Shapes(), case
    view = semantics.View(connection, way, setting)

    for stronger, weaker in ((one, other), (And((one, other)), other), (one, Or((other, one))), (other, one)):
        if shapes.implies(stronger, weaker):
            assert semantics.holds(weaker, view) or not semantics.holds(stronger, view)
    assert shapes.implies(And((other, one)), And((one,)))
    assert shapes.implies(one, Or((other, And((one,)))))
    assert shapes.implies(one, one)


EIGHTY, MANY = Intervals(((80, 80),)), Intervals(((1, 90),))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PortIn(Protocol.TCP, EIGHTY), PortIn(Protocol.TCP, MANY)),
        (AddressIn(Role.PEER, AddressSet.of(["10.0.0.0/24"])), AddressIn(Role.PEER, AddressSet.of(["10.0.0.0/8"]))),
        (PodLabels(Role.PEER, Selector.of({"a": "b", "c": "d"})), PodLabels(Role.PEER, Selector.of({"a": "b"}))),
    ],
)
def test_less_implies_more_and_not_the_other_way_round(one: Formula, other: Formula) -> None:
    shapes = Shapes()

    assert shapes.implies(one, other)
    assert shapes.implies(Not(other), Not(one))
    assert not shapes.implies(other, one)
    assert not shapes.implies(Not(one), Not(other))
    assert not shapes.implies(Or((one, other)), one)
    assert not shapes.implies(one, And((one, Not(other))))


def test_what_is_of_other_protocols_or_ends_is_another_shape() -> None:
    shapes = Shapes()
    block = AddressSet.of(["10.0.0.0/24"])
    some = [
        *(PortIn(protocol, EIGHTY) for protocol in (Protocol.TCP, Protocol.UDP)),
        *(AddressIn(role, block) for role in Role),
        *(PodLabels(role, Selector.of({"a": "b"})) for role in Role),
        And(()),
        Or(()),
    ]

    assert len({shapes.of(one) for one in some}) == len(some)
    assert not any(shapes.implies(one, other) for one in some[:6] for other in some[:6] if one is not other)


@pytest.mark.parametrize("way", list(Role))
def test_what_is_of_other_protocols_or_ends_is_not_joined(way: Role) -> None:
    shapes = Shapes()
    one, two = (AddressSet.of([block]) for block in ("10.0.0.0/24", "10.1.0.0/24"))
    both = AddressSet.of(["10.0.0.0/24", "10.1.0.0/24"])

    assert shapes.of(Or((AddressIn(way, one), AddressIn(way, two)))) == shapes.of(AddressIn(way, both))
    mixed = Or((AddressIn(Role.SUBJECT, one), AddressIn(Role.PEER, two)))
    assert shapes.of(mixed) not in {shapes.of(AddressIn(role, both)) for role in Role}
    assert not shapes.implies(mixed, AddressIn(way, both))
    ports = Or((PortIn(Protocol.TCP, EIGHTY), PortIn(Protocol.UDP, Intervals(((81, 81),)))))
    joined = Intervals(((80, 81),))
    assert shapes.of(ports) not in {shapes.of(PortIn(protocol, joined)) for protocol in Protocol}
    assert shapes.by_ports(ports) == (frozenset(), {Protocol.TCP: EIGHTY, Protocol.UDP: Intervals(((81, 81),))})


def _all(formula: Formula) -> list[Formula]:
    return [formula, *(inner for part in parts_of(formula) for inner in _all(part))]
