"""Changes of YAML by position: what is not touched stays as it was written, and what is, says what was meant."""

import pytest
import yaml

from verifier.manifests.documents.editing import (
    NotEditable,
    dumped,
    emptied,
    replaced,
    with_field,
    with_item,
    with_item_before,
    without_item,
)

BLOCK = """\
# who may come in
spec:
  podSelector: {matchLabels: {app: db}}   # the database
  ingress:
  - from:          # from these
    - podSelector:
        matchLabels:
          app: web    # the shop
    # and the ones that count
    - namespaceSelector: {}
    ports:
    - port: 5432
  - ports: [{port: 9187}]
"""
FLOW = "spec: {ingress: [{from: [{podSelector: {}}, {namespaceSelector: {}}]}]}  # all in one line\n"
PEERS = ("spec", "ingress", 0, "from")


def lines_kept(before: str, after: str) -> int:
    return sum(line in after.split("\n") for line in before.split("\n"))


def test_an_item_goes_with_its_lines_and_no_others() -> None:
    after = without_item(BLOCK, (*PEERS, 0))

    assert after == BLOCK.replace("    - podSelector:\n        matchLabels:\n          app: web    # the shop\n", "")
    assert without_item(BLOCK, (*PEERS, 1)) == BLOCK.replace("    - namespaceSelector: {}\n", "")
    assert without_item(BLOCK, ("spec", "ingress", 1)) == BLOCK.replace("  - ports: [{port: 9187}]\n", "")


def test_an_item_goes_from_brackets() -> None:
    assert without_item(FLOW, (*PEERS, 0)) == FLOW.replace("{podSelector: {}}, ", "")
    assert without_item(FLOW, (*PEERS, 1)) == FLOW.replace(", {namespaceSelector: {}}", "")


def test_the_only_item_does_not_go() -> None:
    with pytest.raises(NotEditable, match="only item"):
        without_item("a: [1]\n", ("a", 0))


def test_an_item_comes_at_the_end_in_the_style_of_its_list() -> None:
    item = {"podSelector": {"matchLabels": {"role": "x"}}}

    assert with_item(BLOCK, PEERS, item) == BLOCK.replace(
        "    - namespaceSelector: {}\n",
        "    - namespaceSelector: {}\n    - podSelector:\n        matchLabels:\n          role: x\n",
    )
    assert with_item(FLOW, PEERS, item) == FLOW.replace(
        "{namespaceSelector: {}}]", "{namespaceSelector: {}}, {podSelector: {matchLabels: {role: x}}}]"
    )


def test_an_item_comes_in_front_of_another_and_of_what_is_said_above_it() -> None:
    item = {"podSelector": {"matchLabels": {"role": "x"}}}
    new = "    - podSelector:\n        matchLabels:\n          role: x\n"
    said = "    # and the ones that count\n"

    assert with_item_before(BLOCK, (*PEERS, 1), item) == BLOCK.replace(said, new + said)
    assert with_item_before(BLOCK, (*PEERS, 0), item) == BLOCK.replace(
        "    - podSelector:\n", f"{new}    - podSelector:\n", 1
    )
    assert with_item_before(FLOW, (*PEERS, 1), item) == FLOW.replace(
        "{namespaceSelector: {}}", "{podSelector: {matchLabels: {role: x}}}, {namespaceSelector: {}}"
    )


@pytest.mark.parametrize("text", ["spec:\n  a: 1\n", "spec:\n  a: 1\n  b: []\n", "spec: {a: 1}\n"])
def test_in_front_of_nothing_an_item_is_the_only_one(text: str) -> None:
    after = with_item_before(text, ("spec", "b", 0), {"c": []})

    assert yaml.safe_load(after) == {"spec": {"a": 1, "b": [{"c": []}]}}


def test_what_is_no_comment_stays_above_what_comes_in_front() -> None:
    """A line of a text that begins like a comment is none."""
    text = "a:\n- |\n  # one\n- 2\n"

    with pytest.raises(NotEditable):
        with_item_before(text, ("a", 1), 3)


@pytest.mark.parametrize(
    "text", ["spec:\n  a: 1\n", "spec:\n  a: 1\n  ingress: []\n", "spec: {a: 1}\n", "spec:\n  a: 1\n  ingress:\n"]
)
def test_a_list_that_is_empty_or_missing_comes_to_have_one(text: str) -> None:
    after = with_item(text, ("spec", "ingress"), {"from": []})

    assert yaml.safe_load(after) == {"spec": {"a": 1, "ingress": [{"from": []}]}}


def test_a_field_comes_at_the_end_of_its_map() -> None:
    after = with_field(BLOCK, (*PEERS, 0), "namespaceSelector", {"matchLabels": {"a.b/c": "yes"}})

    assert after == BLOCK.replace(
        "          app: web    # the shop\n",
        "          app: web    # the shop\n      namespaceSelector:\n        matchLabels:\n          a.b/c: 'yes'\n",
    )
    assert with_field("spec: {a: 1}", ("spec",), "b", ["no", 2]) == 'spec: {a: 1, b: ["no", 2]}'


def test_a_value_is_replaced_where_it_stands() -> None:
    assert replaced(BLOCK, ("spec", "podSelector"), {}) == BLOCK.replace("{matchLabels: {app: db}}", "{}")
    after = replaced(BLOCK, (*PEERS, 0), {"podSelector": {"matchLabels": {"app": "shop"}}})
    assert "          app: shop    # the shop\n" in after
    assert lines_kept(BLOCK, after) == lines_kept(BLOCK, BLOCK) - 1


@pytest.mark.parametrize("text", ["a: &x [1, 2]\nb: *x\n", "a: [1, 2]\nx: &y {k: 1}\nb: {<<: *y}\n"])
def test_what_anchors_may_share_is_not_changed(text: str) -> None:
    with pytest.raises(NotEditable, match="anchors"):
        without_item(text, ("a", 0))


def test_a_layout_that_would_say_something_else_is_not_changed() -> None:
    with pytest.raises(NotEditable):
        without_item("a:\n- 1\n- - 2\n  - 3\n", ("a", 1, 0))
    with pytest.raises(NotEditable):
        replaced("a: 1\n", ("b", "c"), 2)
    with pytest.raises(NotEditable):  # below a text that ends where the next field begins
        with_field("m:\n  a: |\n    x\nn:\n  c: 1\n", ("m",), "b", 2)


def test_a_file_without_a_last_line_break() -> None:
    assert with_item("a:\n- 1", ("a",), 2) == "a:\n- 1\n- 2\n"
    assert without_item("a:\n- 1\n- 2", ("a", 1)) == "a:\n- 1\n"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("s:\n  in:  # who\n  # one\n  - a: 1  # x\n    b: 2\n  out: 3\n", "s:\n  in: []  # who\n  # one\n  out: 3\n"),
        ("s:\n  in:\n    - a: 1", "s:\n  in: []\n"),
        ("s: {in: [{a: 1}]}\n", "s: {in: []}\n"),
    ],
)
def test_the_last_item_of_a_list_leaves_an_empty_one(text: str, after: str) -> None:
    assert emptied(text, ("s", "in")) == after


@pytest.mark.parametrize("text", ["a:\t# tab\n- 1\n- 2\n", "a: [1, 2]\nb: 2026-13-45\n", "a: [1, 2]\nb: !what x\n"])
def test_what_only_other_readers_read_is_refused(text: str) -> None:
    """A scanner's, a constructor's and a converter's mistakes."""
    for change in (
        lambda: without_item(text, ("a", 0)),
        lambda: with_item(text, ("a",), 3),
        lambda: with_item_before(text, ("a", 1), 3),
        lambda: replaced(text, ("a", 0), 3),
        lambda: with_field(text, (), "c", 3),
        lambda: emptied(text, ("a",)),
    ):
        with pytest.raises(NotEditable, match="layout"):
            change()


@pytest.mark.parametrize("value", ["y", "N", "1e3", "0o17", "0x1f", "1_000", ".5", "true", "on", "~", "8080", "10.0"])
def test_a_text_stays_one_for_every_reader(value: str) -> None:
    """PyYAML reads `y`, `1e3` and `0o17` as text, and the readers of Kubernetes do not."""
    flow, block = with_field("m: {a: b}\n", ("m",), "x", value), with_field("m:\n  a: b\n", ("m",), "x", {"k": value})

    for text in (flow, block, dumped({"x": value}), dumped({value: 1})):
        assert f'"{value}"' in text or f"'{value}'" in text
