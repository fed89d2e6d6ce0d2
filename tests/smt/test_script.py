"""Terms as text, against a little evaluator and against Z3."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.smt.script import FALSE, TRUE, Script, Var, conj, disj, implies, ite, neg, symbol, xor
from verifier.smt.solver import Answer, Solver

NAMES = ("a", "b", "c")


def value(term: str, setting: dict[str, bool]) -> bool:
    """What a Boolean term over NAMES comes to."""
    return _apply(_parse(term.replace("(", " ( ").replace(")", " ) ").split()), setting)


def _parse(words: list[str]):
    word = words.pop(0)
    if word != "(":
        return word
    items = []
    while words[0] != ")":
        items.append(_parse(words))
    words.pop(0)
    return items


def _apply(tree, setting: dict[str, bool]) -> bool:
    if isinstance(tree, str):
        return {TRUE: True, FALSE: False, **setting}[tree]
    head, *rest = tree
    values = [_apply(item, setting) for item in rest]
    match head:
        case "and":
            return all(values)
        case "or":
            return any(values)
        case "not":
            return not values[0]
        case "xor":
            return values[0] != values[1]
        case "ite":
            return values[1] if values[0] else values[2]
    raise AssertionError(head)


leaves = st.sampled_from([TRUE, FALSE, *NAMES])
terms = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(conj),
        st.lists(inner, max_size=3).map(disj),
        inner.map(neg),
        st.builds(ite, inner, inner, inner),
        st.builds(xor, inner, inner),
    ),
    max_leaves=6,
)
settings = [dict(zip(NAMES, row, strict=True)) for row in product((False, True), repeat=len(NAMES))]


@given(terms, terms, terms)
def test_operators_mean_what_they_say_however_they_simplify(x: str, y: str, z: str) -> None:
    for row in settings:
        a, b, c = (value(t, row) for t in (x, y, z))
        assert value(conj([x, y, z]), row) == (a and b and c)
        assert value(disj([x, y, z]), row) == (a or b or c)
        assert value(neg(x), row) == (not a)
        assert value(implies(x, y), row) == (not a or b)
        assert value(ite(x, y, z), row) == (b if a else c)
        assert value(xor(x, y), row) == (a != b)


def test_the_empty_conjunction_is_true_and_the_empty_disjunction_false() -> None:
    assert (conj([]), disj([])) == (TRUE, FALSE)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 8, 9])
def test_a_variable_takes_just_its_values(size: int) -> None:
    """Z3 is asked for each value, also for those that the bits could hold."""
    script = Script()
    var = script.bits("x", size)
    goals = {n: script.goal(f"is.{n}", var.equals(n)) for n in range(-1, 1 << var.width)}
    solver = Solver(script)

    assert {n for n, goal in goals.items() if solver.ask([goal]) is Answer.SAT} == set(range(size))


ranges = st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 11)), max_size=3)


@given(st.integers(1, 9), ranges)
def test_ranges_hold_what_they_list(size: int, parts: list[tuple[int, int]]) -> None:
    script = Script()
    var = script.bits("x", size)
    inside = script.goal("inside", var.within(parts))
    outside = script.goal("outside", neg(var.within(parts)))
    equals = [script.goal(f"is.{n}", var.equals(n)) for n in range(size)]
    solver = Solver(script)

    for n in range(size):
        wanted = any(low <= n <= high for low, high in parts)
        assert (solver.ask([inside, equals[n]]) is Answer.SAT) is wanted
        assert (solver.ask([outside, equals[n]]) is Answer.SAT) is not wanted


@given(st.integers(1, 9), st.sets(st.integers(0, 12)))
def test_among_is_a_choice_of_values(size: int, values: set[int]) -> None:
    var = Var("x", size)

    assert var.among(values) == var.within((v, v) for v in values)
    assert (var.among(values) == FALSE) == (not values & set(range(size)))


def test_equal_variables_have_equal_values() -> None:
    script = Script()
    one, other = script.bits("x", 3), script.bits("y", 3)
    same = script.goal("same", one.same(other))
    apart = script.goal("apart", disj(conj((one.equals(n), neg(other.equals(n)))) for n in range(3)))

    assert Solver(script).ask([same, apart]) is Answer.UNSAT
    assert Var("x", 1).same(Var("y", 1)) == TRUE


def test_a_name_is_quoted_where_it_must_be() -> None:
    assert symbol("src.label.app.kubernetes.io/name") == "src.label.app.kubernetes.io/name"
    assert symbol("prod/allow ingress[0]") == "|prod/allow ingress[0]|"
    assert symbol("a|b\\c") == "|a!b!c|"
    assert symbol("1st") == "|1st|"
    assert symbol("é") == "|é|"


def test_what_is_defined_twice_has_two_names() -> None:
    script = Script()
    x = script.bits("x", 40)
    long = [disj(x.equals(n) for n in rows) for rows in ((1, 5, 9), (2, 6, 10))]

    names = [script.define("rule", term) for term in long]
    script.require(names[0])
    both = script.goal("both", names[1])

    assert len(set(names)) == 2
    assert Solver(script).ask([both]) is Answer.UNSAT


def test_a_short_term_stays_as_it_is() -> None:
    assert Script().define("rule", "(= x #b1)") == "(= x #b1)"


def test_a_comment_cannot_end_the_comment() -> None:
    script = Script()
    script.comment("one\n(assert false)\r(assert false)\x0b(assert false)\u2028(assert false)\x85(assert false)")
    goal = script.goal("anything", TRUE)

    assert Solver(script).ask([goal]) is Answer.SAT
    assert all(line.startswith(";") for line in script.text().splitlines() if "false" in line)
