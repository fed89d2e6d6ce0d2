"""The map as an image: what stands in it, and that nothing in it is markup but what we write."""

import re
from xml.etree import ElementTree

import pytest

from tests.engine.asking import DENY_ALL, cluster, deployment, namespace, policy, universe
from tests.report.test_html import HOSTILE, evil_map
from tests.report.test_mapformats import SHOP, drawn, shown
from verifier.engine.map.map import draw
from verifier.engine.map.result import Map, Selection
from verifier.errors import Diagnostic
from verifier.manifests.notation.filter import parse_choice
from verifier.report.formats import Failed, formats_of
from verifier.report.words.grid import grid
from verifier.report.words.mapwords import Words
from verifier.report.words.paint import PLAIN, visible

DENIED = namespace("shop") + deployment("shop", "api", "{app: api}") + policy("shop", "deny", DENY_ALL)
SVG = "{http://www.w3.org/2000/svg}"
TAGS = {"svg", "title", "desc", "style", "text", "line", "g", "rect"}
ATTRIBUTES = {
    *("width", "height", "viewBox", "role", "aria-labelledby", "id", "class", "transform"),
    *("x", "y", "x1", "x2", "y1", "y2"),
}


def image(found: Map) -> ElementTree.Element:
    return ElementTree.fromstring(shown("svg", found))


def texts(of: ElementTree.Element, tag: str = "text") -> list[str]:
    return [each.text or "" for each in of.iter(f"{SVG}{tag}")]


def where(of: ElementTree.Element) -> dict[tuple[float, float], str]:
    """What each cell is marked with, by its place among columns and rows."""
    boxes = [(box, mark) for group in of.iter(f"{SVG}g") for _, box, mark in [tuple(group)]]
    lines = [line.attrib for line in of.iter(f"{SVG}line")]
    left, top = (min(float(line[key]) for line in lines) for key in ("x1", "y1"))
    return {
        ((float(box.attrib["x"]) - left) // 24, (float(box.attrib["y"]) - top) // 24): mark.text or ""
        for box, mark in boxes
    }


@pytest.mark.parametrize("of", ["inventory", "open"])
def test_every_cell_is_marked_as_in_the_matrix_of_text(of: str) -> None:
    found = drawn(of)
    told = grid(found, Words(found))

    assert told.marks
    assert where(image(found)) == {(column, row): mark for (row, column), mark in told.marks.items()}


def test_a_cell_says_who_reaches_whom_and_on_which_ports() -> None:
    said = texts(image(drawn()), "title")

    assert said[0] == "Who may talk to whom"
    assert "web to api: TCP 80" in said
    assert "outside to web: every port" in said
    assert len(said) == 1 + 4


def test_what_is_open_to_all_and_what_is_left_out_are_told() -> None:
    found = image(drawn())

    assert texts(found)[0] == "open to everybody: nobody"
    [about] = texts(found, "desc")
    assert "Not covered: nodes" in about
    assert {"* every port", "b TCP 80", "1 api", "web 2", "Universe: inventory"} <= set(texts(found))


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_is_markup_but_what_we_write(name: str) -> None:
    text = shown("svg", evil_map(name))
    found = ElementTree.fromstring(text)

    assert {each.tag.removeprefix(SVG) for each in found.iter()} == TAGS
    assert {attribute for each in found.iter() for attribute in each.attrib} <= ATTRIBUTES
    assert visible(name) in "".join(texts(found, "desc"))
    assert texts(found, "style") == texts(image(drawn()), "style")
    assert not re.search(r"url\(|@import|javascript:", "".join(texts(found, "style")))
    assert not re.search(r"<[!?]", text)
    assert [c for c in text if c != "\n" and not c.isprintable()] == []


@pytest.mark.parametrize("name", ["a" * 300, "word " * 90, *HOSTILE])
def test_all_of_it_is_within_the_image(name: str) -> None:
    found = image(evil_map(name))
    wide, high = (float(found.attrib[key]) for key in ("width", "height"))

    for each in found.iter(f"{SVG}text"):
        x, y, long = float(each.attrib["x"]), float(each.attrib["y"]), 7.3 * len(each.text or "")
        if "transform" in each.attrib:
            assert y - long >= 0, each.text
        elif each.attrib.get("class") == "at":
            assert x - long >= 0, each.text
        else:
            assert x + long <= wide, each.text
        assert y <= high


def test_a_long_name_is_cut_beside_the_matrix_and_whole_in_its_cells() -> None:
    long = "a" * 300
    found = image(evil_map(long))

    assert any(text.endswith("aaa... 1") for text in texts(found))
    assert max(map(len, texts(found))) < 100
    assert any(long in text for text in texts(found, "title"))


def test_a_choice_draws_what_it_means_and_no_more() -> None:
    only = Selection(destinations=(parse_choice("shop/app=api", ()),))
    found = image(draw(cluster(SHOP), universe("inventory"), selection=only))

    assert where(found) == {(0, 0): "a"}
    assert {"web 2", "1 api"} <= set(texts(found))


def test_where_nothing_is_open_it_says_so() -> None:
    assert "nothing may talk to anything" in texts(image(drawn(manifests=DENIED)))


def test_a_run_that_failed_draws_why() -> None:
    failed = Failed("open", (Diagnostic("rule", "no <policy> & nothing", "p.yaml", 3, 4),))
    found = ElementTree.fromstring(formats_of("map")["svg"](failed, PLAIN, False))

    assert any("no <policy> & nothing" in text for text in texts(found))
