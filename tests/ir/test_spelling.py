import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.ir.spelling import SHORTEST, Slip, slip_between

words = st.text(st.sampled_from("abA1"), max_size=6)


@pytest.mark.parametrize(
    ("one", "other", "slip"),
    [
        ("carts", "cart", Slip.LETTER),
        ("carts", "cards", Slip.LETTER),
        ("arts", "carts", Slip.LETTER),
        ("Web", "web", Slip.LETTER),
        ("WEB", "web", Slip.CASE),
        ("database", "databaes", Slip.SWAPPED),
        ("abc", "bac", Slip.SWAPPED),
        ("web", "web", None),
        ("web", "cart", None),
        ("monitoring", "monitor", None),
        ("monitoring", "nonitorinq", None),
        ("kitten", "sitting", None),
        ("database-1", "databaes-2", None),
        ("abc", "cba", None),
        ("abcd", "badc", None),
        ("db", "dc", None),
        ("db", "DB", None),
        ("db", "dbs", None),
    ],
)
def test_one_slip_makes_one_name_out_of_the_other(one: str, other: str, slip: Slip | None) -> None:
    assert slip_between(one, other) is slip_between(other, one) is slip


def test_numbers_at_the_end_tell_siblings_apart() -> None:
    assert slip_between("db-1", "db-2") is None
    assert slip_between("web1", "web") is None
    assert slip_between("1-web", "2-web") is Slip.LETTER


def edited(word: str) -> set[str]:
    """All that one letter more, less or other makes of a word."""
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    return {
        *(a + b[1:] for a, b in cuts if b),
        *(a + c + b for a, b in cuts for c in "abA1"),
        *(a + c + b[1:] for a, b in cuts if b for c in "abA1"),
    }


@given(words, words)
def test_the_rule_is_that_of_all_edits(one: str, other: str) -> None:
    swapped = {one[:i] + one[i + 1] + one[i] + one[i + 2 :] for i in range(len(one) - 1)}
    near = other in edited(one) or other in swapped or one.lower() == other.lower()
    siblings = one.rstrip("0123456789") == other.rstrip("0123456789")

    found = slip_between(one, other) is not None

    assert found is (near and not siblings and min(len(one), len(other)) >= SHORTEST)
