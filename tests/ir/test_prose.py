"""Numbers of things, and lists of them, in words."""

import pytest

from verifier.ir.prose import listed, number


def test_one_thing_is_not_many() -> None:
    assert [number(n, "policy", "policies") for n in (0, 1, 2)] == ["0 policies", "1 policy", "2 policies"]
    assert number(2, "query", "queries") == "2 queries"


@pytest.mark.parametrize("most", [2, 3, 7])
def test_a_list_never_leaves_one_out_and_never_names_more_than_it_may(most: int) -> None:
    for count in range(12):
        names = [f"n{n}" for n in range(count)]
        told = listed(names, most)
        named = [name for name in names if name in told.replace(" and", ",").split(", ")]
        assert named == names[: len(named)]
        assert len(named) <= most
        assert (f"and {count - len(named)} more" in told) is (len(named) < count)
        assert count - len(named) != 1
