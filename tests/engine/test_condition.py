"""Outcomes and the conditions they hang on."""

from collections.abc import Callable, Iterable
from itertools import product

import pytest

from verifier.engine.explain.condition import Setting, When, branches, essential

FORKS = [tuple(Setting(name, value) for value in ("a", "b", "c")) for name in ("x", "y", "z")]
Case = tuple[int, ...]


def cases(outcome: Callable[[Case], object]) -> dict[Case, object]:
    return {chosen: outcome(chosen) for chosen in product(range(3), repeat=3)}


def holding(found: Iterable[tuple[When, object]], chosen: Case) -> list[object]:
    """The outcomes of the branches whose conditions hold for this choice."""
    facts = {fork[i] for fork, i in zip(FORKS, chosen, strict=True)}
    return [outcome for when, outcome in found if all(facts & set(some) for some in when)]


def test_one_outcome_has_no_conditions() -> None:
    assert branches(FORKS, dict.fromkeys(cases(len), "same")) == (((), "same"),)


def test_forks_that_do_not_matter_are_left_out() -> None:
    given = cases(lambda c: c[1] == 1)

    assert essential(given) == (1,)
    assert branches(FORKS, given) == (
        (((Setting("y", "a"), Setting("y", "c")),), False),
        (((Setting("y", "b"),),), True),
    )


@pytest.mark.parametrize(
    "outcome", [lambda c: c[0] == c[1], lambda c: (c[0], c[2]) == (1, 2), lambda c: (c[0] + c[1] * c[2]) % 3]
)
def test_branches_tell_every_case_exactly(outcome: Callable[[Case], object]) -> None:
    given = cases(outcome)
    found = branches(FORKS, given)

    assert all(holding(found, chosen) == [expected] for chosen, expected in given.items())


def test_the_order_of_conditions_makes_few_branches() -> None:
    found = branches(FORKS, cases(lambda c: c[2] == 0 or (c[0] == 1 and c[1] == 1)))

    assert len(found) == 4
    assert (((Setting("z", "a"),),), True) in found


def test_combinations_that_are_not_possible_do_not_matter() -> None:
    found = branches(FORKS, {(0, 0, 0): True, (1, 1, 0): False})

    assert [(len(when), outcome) for when, outcome in found] == [(1, True), (1, False)]
