"""Values of one kind, against what a script says of each."""

from itertools import product
from random import Random

from verifier.smt.alike import alike
from verifier.smt.script import Script, Told, disj
from verifier.smt.solver import Answer, Solver


def two(script: Script, size: int = 6) -> tuple[Told, Told]:
    return script.told("a", size), script.told("b", size)


def test_values_that_nothing_tells_apart_are_of_one_kind() -> None:
    a, b = two(Script())
    a.among((1, 2))
    b.equals(5)

    assert alike(a, b) == ((0, 3, 4), (1, 2), (5,))


def test_what_is_said_of_the_other_variable_counts_since_they_are_compared() -> None:
    a, b = two(Script())
    a.same(b)
    b.within([(0, 2)])

    assert alike(a, b) == ((0, 1, 2), (3, 4, 5))
    assert alike(a) == tuple((value,) for value in range(6)), "compared with what is not asked about"


def test_terms_of_a_told_variable_are_those_of_any_other() -> None:
    told, plain = Script(), Script()
    mine, other = told.told("a", 6), plain.bits("a", 6)

    assert [mine.equals(2), mine.among((0, 2, 3)), mine.within([(1, 4)]), told.lines] == [
        other.equals(2), other.among((0, 2, 3)), other.within([(1, 4)]), plain.lines,
    ]  # fmt: skip


def test_values_of_one_kind_are_possible_together() -> None:
    """Random scripts over two variables and a Boolean: of each kind all values are possible, or none is."""
    sizes = []
    for seed in range(60):
        draw, script = Random(seed), Script()
        a, b = two(script)
        flag = script.boolean("flag")

        def term(draw: Random = draw, ends: tuple[Told, Told] = (a, b), flag: str = flag) -> str:
            one = draw.choice(ends)
            match draw.randrange(6):
                case 0:
                    return one.same(ends[one is ends[0]])
                case 1:
                    return flag if draw.random() < 0.5 else f"(not {flag})"
                case 2:
                    return f"(not {one.among(draw.sample(range(6), draw.randrange(1, 4)))})"
                case _:
                    return one.within([(low := draw.randrange(6), min(5, low + draw.randrange(4)))])

        for _ in range(draw.randrange(1, 4)):
            script.require(disj(term() for _ in range(draw.randrange(1, 3))))
        goal = script.goal("goal", disj((term(), term())))
        solver = Solver(script)
        for kind, variable in product(alike(a, b), (a, b)):
            assert len({solver.ask((goal, solver.equals(variable.name, value))) for value in kind}) == 1, (seed, kind)
            sizes.append((len(kind), solver.ask((goal, solver.equals(variable.name, kind[0])))))

    assert {answer for size, answer in sizes if size > 1} == {Answer.SAT, Answer.UNSAT}
