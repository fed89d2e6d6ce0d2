import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.report.json.values import dump
from verifier.report.words.paint import PLAIN, Paint, visible


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
    left = {unicodedata.category(character) for character in visible(text).replace(" ", "")}
    assert left & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"} == set()


@pytest.mark.parametrize(
    "character",
    [
        *"\u3164\u115f\u1160\uffa0\u2800\u034f\ufe00\ufe0f\U000e0100\U000e01ef\u180b\u180e\u180f\u17b4\u17b5",
        *"\xad\U000e0001\U000e007f\u200b\u2060\ufeff\u061c\U0001d173\U0001d159\ue000\uffff",
    ],
)
def test_what_nobody_sees_is_shown_in_text_and_in_json(character: str) -> None:
    shown = visible(f"a{character}b")

    assert shown.isascii()
    assert len(shown) > 3
    written = dump({"name": f"a{character}b"})
    assert character not in written
    assert json.loads(written) == {"name": f"a{character}b"}


@pytest.mark.parametrize("character", [*"\u2028\u2029\x85\xa0\u3000\u2003\u202f"])
def test_a_separator_that_is_no_blank_is_shown(character: str) -> None:
    assert visible(f"a{character}b").isascii()


def test_marks_and_letters_of_every_script_stay() -> None:
    for text in ("e\u0301", "\u0928\u093f", "\u0e01\u0e33", "\u1112\u1161", "\u2713", "\U0001f512"):
        assert visible(text) == text


def test_plain_paint_adds_nothing() -> None:
    assert PLAIN("PROVED", "green", "bold") == "PROVED"


def test_colour_wraps_the_safe_text() -> None:
    assert Paint(True)("a\x1b", "red") == "\x1b[31ma\\x1b\x1b[0m"
