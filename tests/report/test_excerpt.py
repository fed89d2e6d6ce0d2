from tests.report.samples import PAGE, PEER, Page
from verifier.ir.origin import Origin
from verifier.report.words.excerpt import excerpt
from verifier.report.words.paint import PLAIN


def show(text: str, place: tuple[int, int, int, int]) -> list[str]:
    return excerpt(Origin(Page("a.yaml", text, {("x",): place}), ("x",)), "here", PLAIN)


def test_guilty_lines_are_marked_and_the_caret_stands_under_the_dash() -> None:
    assert excerpt(Origin(PAGE, PEER), "here", PLAIN) == [
        "   k8s/shop/api.yaml:14",
        "     11 |   - from:",
        "     12 |     - podSelector:",
        "     13 |         matchLabels: {role: monitoring}",
        "   > 14 |     - namespaceSelector:",
        "   > 15 |         matchLabels: {team: ops}",
        "        |     ^ here",
        "     16 |     ports:",
        "     17 |     - {protocol: TCP, port: 5000}",
    ]


def test_an_end_before_the_next_token_does_not_mark_the_lines_between() -> None:
    lines = show("a:\n  b: 1\n\n# comment\nc: 2\n", (2, 3, 5, 1))

    assert [line for line in lines if line.startswith("   >")] == ["   > 2 |   b: 1"]


def test_a_long_value_is_cut_in_the_middle() -> None:
    text = "".join(f"k{n}: v\n" for n in range(30))

    lines = show(text, (1, 1, 31, 1))

    assert len(lines) < 14
    assert "(23 more lines)" in lines[-3]
    assert lines[-2].startswith("   > 30 | k29")
    assert lines[-1].endswith("| ^ here")


def test_a_very_long_line_shows_the_part_that_matters() -> None:
    line = "x" * 5000 + "GUILTY" + "y" * 5000

    lines = show(line, (1, 5001, 1, 5007))

    assert max(map(len, lines)) < 200
    assert "GUILTY" in lines[1]
    assert lines[2].index("^") == lines[1].index("GUILTY")


def test_a_tab_takes_one_column() -> None:
    lines = show("\tx: 1", (1, 2, 1, 6))

    assert lines[2].index("^") == lines[1].index("x: 1")


def test_a_place_outside_the_file_shows_nothing() -> None:
    assert show("", (1, 1, 1, 1)) == []


def test_lines_of_the_neighbouring_documents_are_left_out() -> None:
    lines = show("a: 1\n---\nb: 2\n--- # next\nc: 3\n", (3, 1, 3, 5))

    assert lines == ["   a.yaml:3", "   > 3 | b: 2", "       | ^ here"]
