"""Reports broken at the width of a terminal."""

import re

import pytest

from tests.report.comparisons import BROKEN, INCOMPARABLE
from tests.report.samples import UNKNOWN, VIOLATED, report
from verifier.report.formats import formats_of
from verifier.report.words.paint import Paint
from verifier.report.words.wrapping import wrapped

RUNS = {"check": report(VIOLATED, UNKNOWN), "diff": INCOMPARABLE, "gate": BROKEN}


def words(text: str) -> list[str]:
    return text.split()


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("width", [40, 80, 100, 1000])
@pytest.mark.parametrize("run", RUNS)
def test_every_line_fits_and_no_word_is_lost(run: str, width: int, colour: bool) -> None:
    shown = formats_of(run)["text"](RUNS[run], Paint(colour), False)
    broken = wrapped(shown, width)

    assert words(broken) == words(shown)
    for line in broken.split("\n"):
        plain = re.sub("\x1b\\[[0-9;]*m", "", line)
        assert len(plain) <= width or len(plain.split()) <= 2 or " | " in plain or "| " in plain, plain
    assert broken == shown or width < 1000
    uncoloured = wrapped(formats_of(run)["text"](RUNS[run], Paint(False), False), width)
    assert re.sub("\x1b\\[[0-9;]*m", "", broken) == uncoloured


def test_what_follows_stands_below_the_text_of_the_line() -> None:
    assert wrapped("     today    one, two, three -> four", 24) == (
        "     today    one, two,\n              three ->\n              four"
    )
    assert wrapped("  note: " + "word " * 6, 20).split("\n") == ["  note: word word", "    word word word", "    word"]


def test_lines_of_source_files_and_rows_of_tables_stay_whole() -> None:
    for line in (
        "   > 14 |     - namespaceSelector: a very long line of some manifest",
        "      |     ^ this dash makes a second, independent peer: all of them",
        "one        proved    VIOLATED   proved    proved     not read",
    ):
        assert wrapped(line, 40) == line


def test_a_word_that_is_too_long_is_not_broken() -> None:
    assert wrapped("a " + "x" * 60 + " b", 40) == "a " + "x" * 60 + "\n  b"


def test_a_line_to_type_stays_one() -> None:
    line = f"  look for a repair: netpol fix {'a/very/long/path ' * 10}"

    assert wrapped(line, 40) == line
    assert wrapped(line.replace("repair: netpol", "repair netpol"), 40) != line
