import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from verifier.report.paint import PLAIN, Paint, visible


def test_printable_text_stays_as_it_is() -> None:
    assert visible("role=api, café, 日本 -> [x]") == "role=api, café, 日本 -> [x]"


def test_terminal_escapes_are_shown_instead_of_sent() -> None:
    assert visible("\x1b]0;owned\x07") == "\\x1b]0;owned\\x07"


def test_line_breaks_cannot_start_a_line_of_their_own() -> None:
    assert visible("web\nPROVED  all\r\t") == "web\\nPROVED  all\\r\\t"


def test_marks_that_turn_text_around_are_shown() -> None:
    assert visible("a\u202eb\u2066c") == "a\\u202eb\\u2066c"


@given(st.text(st.characters(exclude_categories=())))
def test_nothing_that_is_left_is_a_control_character(text: str) -> None:
    assert {unicodedata.category(character) for character in visible(text)} & {"Cc", "Cs", "Zl", "Zp"} == set()


def test_plain_paint_adds_nothing() -> None:
    assert PLAIN("PROVED", "green", "bold") == "PROVED"


def test_colour_wraps_the_safe_text() -> None:
    assert Paint(True)("a\x1b", "red") == "\x1b[31ma\\x1b\x1b[0m"
