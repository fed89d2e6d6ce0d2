"""What a change replaces: put back in place, it is the change."""

from hypothesis import example, given
from hypothesis import strategies as st

from verifier.mending.hunks import Hunk, hunks, in_place, lines_of
from verifier.mending.result import Change

TEXTS = st.lists(st.sampled_from(["a\n", "b\n", "  c\n", "\n", "\x0c\n", "d\u2028e\n"]), max_size=6).map("".join)
ENDS = st.sampled_from(["", "a", "z"])


def applied(before: str, found: list[Hunk]) -> str:
    """The text in which lines stand in the place of others, from the last one up."""
    lines = lines_of(before)
    for hunk in reversed(found):
        old = lines_of(hunk.before)
        first = hunk.line - 1
        assert lines[first : first + len(old)] == old
        lines[first : first + len(old)] = [hunk.after]
    return "".join(lines)


@given(TEXTS, ENDS, TEXTS, ENDS)
@example("a\n", "", "a\nb\n", "")
@example("", "a", "a\nb\n", "")
@example("", "", "b\n", "")
def test_hunks_make_the_change(before: str, end: str, after: str, other: str) -> None:
    change = Change("k8s.yaml", before + end, after + other)

    assert applied(before + end, list(hunks(change))) == after + other


@given(TEXTS, ENDS, TEXTS, ENDS)
@example("a\n", "", "b\na\nb\n", "")
@example("a", "", "a\nb", "")
def test_hunks_in_place_replace_lines_that_are_there_and_make_the_change(
    before: str, end: str, after: str, other: str
) -> None:
    change = Change("k8s.yaml", before + end, after + other)
    whole = [in_place(hunk, change) for hunk in hunks(change)]

    assert all(hunk.before or hunk.line == 1 for hunk in whole)
    assert applied(before + end, whole) == after + other


def test_a_file_that_is_new_has_no_lines_to_replace() -> None:
    change = Change("new.yaml", None, "a\nb\n")

    assert list(hunks(change)) == [Hunk("new.yaml", 1, "", "a\nb\n", is_new=True)]
    assert in_place(Hunk("new.yaml", 1, "", "a\n", is_new=True), change).before == ""
