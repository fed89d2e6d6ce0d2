"""Asking Z3: answers, models, cores, scopes and limits."""

import time

import pytest

from verifier.smt.script import Script, conj, disj, neg
from verifier.smt.solver import Answer, Limits, Solver


def pigeons(holes: int) -> tuple[Script, str]:
    """One pigeon more than there are holes: hard to refute, whatever the solver."""
    script = Script()
    birds = [script.bits(f"pigeon {n}", holes) for n in range(holes + 1)]
    apart = conj(neg(one.same(other)) for i, one in enumerate(birds) for other in birds[:i])
    return script, script.goal("goal", apart)


def test_answers() -> None:
    script = Script()
    x = script.bits("x", 3)
    yes, no = script.goal("yes", x.equals(2)), script.goal("no", conj((x.equals(1), x.equals(2))))
    solver = Solver(script)

    assert solver.ask([yes]) is Answer.SAT
    assert solver.ask([no]) is Answer.UNSAT
    assert solver.ask([f"!{yes}"]) is Answer.SAT
    assert solver.queries == 3


def test_a_model_has_a_value_for_everything_that_was_declared() -> None:
    script = Script()
    x, free, flag = script.bits("a name", 5), script.bits("free", 9), script.boolean("a flag")
    goal = script.goal("goal", conj((x.equals(3), flag)))
    solver = Solver(script)
    solver.ask([goal])

    model = solver.model()

    assert (model[x.name], model[flag]) == (3, 1)
    assert 0 <= model[free.name] < 9


def test_a_core_names_what_cannot_hold_together() -> None:
    script = Script()
    x = script.bits("x", 3)
    literals = [script.goal(f"is.{n}", x.equals(n)) for n in range(2)]
    idle = script.goal("idle", disj((x.equals(0), neg(x.equals(0)))))
    solver = Solver(script)

    assert solver.ask([*literals, idle]) is Answer.UNSAT
    assert solver.core() == set(literals)


def test_a_bound_is_a_literal_that_holds_iff_the_value_keeps_it() -> None:
    script = Script()
    x, flag = script.bits("the x", 5), script.boolean("flag")
    small = script.goal("small", x.within([(0, 1)]))
    solver = Solver(script)

    assert solver.ask([small, solver.equals(x.name, 4)]) is Answer.UNSAT
    assert solver.ask([small, solver.equals(x.name, 1)]) is Answer.SAT
    assert solver.ask([solver.at_most(x.name, 2), solver.equals(flag, 1)]) is Answer.SAT
    assert solver.model()[x.name] <= 2
    assert solver.model()[flag] == 1
    assert solver.ask([solver.equals(flag, 0), solver.equals(flag, 1)]) is Answer.UNSAT
    assert solver.ask([f"!{solver.at_most(x.name, 2)}", small]) is Answer.UNSAT
    assert solver.ask([f"!{solver.equals(x.name, 0)}", small]) is Answer.SAT
    assert solver.model()[x.name] == 1


def test_a_bound_outlives_the_scope_that_it_was_asked_for_in() -> None:
    script = Script()
    x = script.bits("x", 8)
    solver = Solver(script)

    for _ in range(2):
        solver.push()
        solver.forbid([solver.equals(x.name, 3)])
        assert solver.ask([solver.equals(x.name, 3)]) is Answer.UNSAT
        solver.pop()
        assert solver.ask([solver.equals(x.name, 3)]) is Answer.SAT
        assert solver.model()[x.name] == 3
    assert solver.ask([solver.equals(x.name, 3), solver.equals(x.name, 4)]) is Answer.UNSAT


def test_solvers_of_one_context_do_not_hear_of_each_other() -> None:
    one, other = Script(), Script()
    x, wide = one.bits("x", 4), other.bits("x", 300)
    one.require(x.equals(1))
    first = Solver(one)
    second = Solver(other, beside=first)

    assert second.ask([second.equals(wide.name, 256)]) is Answer.SAT
    assert first.ask([first.equals(x.name, 2)]) is Answer.UNSAT
    assert (first.ask([]), first.model()[x.name]) == (Answer.SAT, 1)


def test_a_resource_limit_gives_unknown_and_no_wrong_answer() -> None:
    script, goal = pigeons(9)

    solver = Solver(script, Limits(rlimit=2000))

    assert solver.ask([goal]) is Answer.UNKNOWN
    assert solver.reason == "the resource limit of a query"


def test_a_resource_limit_holds_for_each_query_anew() -> None:
    script, goal = pigeons(3)
    limits = Limits(rlimit=200_000)
    solver = Solver(script, limits)

    answers = {solver.ask([goal]) for _ in range(30)}

    assert answers == {Answer.UNSAT}


def test_the_same_limit_gives_the_same_answer() -> None:
    def answers() -> list[Answer]:
        found = []
        for rlimit in (10, 100, 1000, 10_000, 100_000):
            script, goal = pigeons(5)
            found.append(Solver(script, Limits(rlimit=rlimit)).ask([goal]))
        return found

    first = answers()

    assert first == answers()
    assert first[0] is Answer.UNKNOWN
    assert set(first) <= {Answer.UNKNOWN, Answer.UNSAT}


@pytest.mark.parametrize("left", [-1.0, 0.0])
def test_after_the_deadline_nothing_is_asked(left: float) -> None:
    script, goal = pigeons(2)

    solver = Solver(script, Limits(deadline=time.monotonic() + left))

    assert solver.ask([goal]) is Answer.UNKNOWN
    assert solver.reason == "the time limit of the run"


def test_a_deadline_far_away_changes_nothing() -> None:
    script, goal = pigeons(2)

    assert Solver(script, Limits(deadline=time.monotonic() + 3600)).ask([goal]) is Answer.UNSAT
