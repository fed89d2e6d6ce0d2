"""Outcomes and the conditions they hang on."""

from itertools import product

from verifier.engine.condition import Setting, branches, essential

FORKS = [tuple(Setting(name, value) for value in ("a", "b", "c")) for name in ("x", "y", "z")]


def cases(outcome):  # type: ignore[no-untyped-def]
    return {chosen: outcome(*chosen) for chosen in product(range(3), repeat=3)}


def holding(found, chosen):  # type: ignore[no-untyped-def]
    """The outcomes of the branches whose conditions hold for this choice."""
    facts = {fork[i] for fork, i in zip(FORKS, chosen, strict=True)}
    return [outcome for when, outcome in found if all(facts & set(some) for some in when)]


def test_one_outcome_has_no_conditions() -> None:
    assert branches(FORKS, cases(lambda x, y, z: "same")) == (((), "same"),)


def test_forks_that_do_not_matter_are_left_out() -> None:
    assert essential(cases(lambda x, y, z: y == 1)) == (1,)
    assert branches(FORKS, cases(lambda x, y, z: y == 1)) == (
        (((Setting("y", "a"), Setting("y", "c")),), False),
        (((Setting("y", "b"),),), True),
    )


def test_branches_tell_every_case_exactly() -> None:
    for outcome in (lambda x, y, z: x == y, lambda x, y, z: (x, z) == (1, 2), lambda x, y, z: (x + y * z) % 3):
        given = cases(outcome)
        found = branches(FORKS, given)
        assert all(holding(found, chosen) == [expected] for chosen, expected in given.items())


def test_the_order_of_conditions_makes_few_branches() -> None:
    found = branches(FORKS, cases(lambda x, y, z: z == 0 or (x == 1 and y == 1)))

    assert len(found) == 4
    assert found[0] == (((Setting("z", "a"),),), True) or (((Setting("z", "a"),),), True) in found


def test_combinations_that_are_not_possible_do_not_matter() -> None:
    assert branches(FORKS, {(0, 0, 0): True, (1, 1, 0): False}) in (
        ((((Setting("x", "a"),),), True), (((Setting("x", "b"),),), False)),
        ((((Setting("y", "a"),),), True), (((Setting("y", "b"),),), False)),
    )
