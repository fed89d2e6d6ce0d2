"""Calico's selector language (docs/semantics.md 5.4): against the grammar, its own text, the enumeration."""

from collections import Counter
from random import Random

import pytest

from tests.generators.calicostrategies import CalicoDraw
from tests.oracle import calicoselectors
from verifier.errors import InputError
from verifier.manifests.kubernetes.calico.selector import (
    Compared,
    Everything,
    Has,
    Opposite,
    SelectorError,
    Sort,
    parse,
    selects,
    written,
)
from verifier.manifests.kubernetes.load import load_text

DRAWN = 3000
KEYS = ("a", "b.c", "d/e")
VALUES = ("", "x", "xy", "yx", "x y")


class Text(CalicoDraw):
    """Draws selectors with blanks anywhere, both quotes, and every operator."""

    def blank(self) -> str:
        return self.one(("", "", " ", "\t", "  "))

    def value(self) -> str:
        return self.one(('"{}"', "'{}'")).format(self.one(VALUES))

    def leaf(self) -> str:
        key, blank = self.one(KEYS), self.blank
        sort = self.one(("==", "!=", "in", "not in", "notin", "contains", "starts with", "startswith", "ends with",
                         "endswith", "has", "all()"))  # fmt: skip
        if sort == "all()":
            return sort
        if sort == "has":
            return f"has({blank()}{key}{blank()})"
        if sort in ("==", "!="):
            return f"{key}{blank()}{sort}{blank()}{self.value()}"
        words = sort.replace(" ", self.one((" ", "\t ", "  ")))
        if not sort.endswith("in"):
            return f"{key} {words}{blank()}{self.value()}"
        listed = [f"{blank()}{self.value()}{blank()}" for _ in range(self.random.randint(0, 3))]
        comma = "," if listed and self.often(0.3) else ""
        return f"{key} {words}{blank()}{{{','.join(listed)}{comma}{blank()}}}"

    def whole(self, depth: int = 0) -> str:
        chance = self.random.random()
        if depth > 4 or chance < 0.35:
            return self.leaf()
        if chance < 0.5:
            return f"!{self.blank()}{self.whole(depth + 1) if self.often(0.3) else self.leaf()}"
        if chance < 0.7:
            return f"({self.blank()}{self.whole(depth + 1)}{self.blank()})"
        sign = self.one(("&&", "||"))
        return f"{self.whole(depth + 1)}{self.blank()}{sign}{self.blank()}{self.whole(depth + 1)}"

    def labels_of(self) -> dict[str, str]:
        return {key: self.one(VALUES) for key in KEYS if self.often(0.6)}


def test_what_is_written_is_read_again_and_means_what_the_enumeration_says() -> None:
    answers: Counter[bool] = Counter()
    draw = Text(Random("selectors"))
    for _ in range(DRAWN):
        text = draw.whole()
        tree = parse(text)
        assert parse(written(tree)) == tree, text
        for _ in range(4):
            labels = draw.labels_of()
            answer = selects(tree, dict(labels))
            assert calicoselectors.holds(text, labels) == calicoselectors.of(answer is True), (text, labels)
            assert answer is not None
            answers[answer] += 1
    assert min(answers.values()) > answers.total() // 4


def test_what_is_broken_is_refused_by_both_or_means_the_same_to_both() -> None:
    refused = 0
    draw = Text(Random("broken selectors"))
    for _ in range(DRAWN):
        text = list(draw.whole())
        for _ in range(draw.random.randint(1, 2)):
            place = draw.random.randrange(len(text) + 1)
            text[place : place + draw.random.randint(0, 2)] = draw.one(
                ("", "!", "(", ")", "=", "&", "\n", '"', "{", "x")
            )
        broken = "".join(text)
        try:
            tree = parse(broken)
        except SelectorError as error:
            refused += 0 <= error.offset <= len(broken)
            with pytest.raises(calicoselectors.Malformed):
                calicoselectors.holds(broken, {})
            continue
        labels = draw.labels_of()
        assert calicoselectors.holds(broken, labels) == calicoselectors.of(selects(tree, dict(labels)) is True), broken
    assert refused > DRAWN // 3


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", Everything()),
        (" \t", Everything()),
        ("!!has(x)", Has("x")),
        ('x in {"a",}', Compared("x", Sort.IN, frozenset({"a"}))),
        ("x in {}", Compared("x", Sort.IN, frozenset())),
        ('x notin {"a"}', Opposite(Compared("x", Sort.IN, frozenset({"a"})))),
        ('in == "x"', Compared("in", Sort.IN, frozenset({"x"}))),
        ("(" * 500 + "has(a)" + ")" * 500, Has("a")),
        ("!" * 1001 + "has(a)", Opposite(Has("a"))),
    ],
)
def test_selectors_are_read(text: str, tree: object) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("has (x)", 4, "an operator is missing after the label `has`"),
        ("a == b", 5, "a value in quotes is missing"),
        ('a = "b"', 2, "an operator is missing after the label `a`"),
        ('a == "b" && ', 12, "a label is missing: the text ends"),
        ("a\n", 1, "an operator is missing"),
        ("(has(a)", 7, "a `)` is missing"),
        ("has(a))", 6, "`)` where `&&`, `||` or the end should be"),
        ('a in {"b" "c"}', 10, "`,` or `}` is missing in a list of values"),
        ("a in {,}", 6, "a value in quotes is missing"),
        ("has(a", 5, "`has(a` lacks its `)`"),
        ("é == 'x'", 0, "a label is missing: found `é`"),
        ("a" * 513 + " == 'x'", 512, "an operator is missing"),
    ],
)
def test_errors_point_at_the_character(text: str, offset: int, message: str) -> None:
    with pytest.raises(SelectorError) as found:
        parse(text)
    assert found.value.offset == offset
    assert str(found.value).startswith(message)


def test_a_selector_in_a_manifest_is_refused_with_a_caret() -> None:
    text = (
        "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: p}\nspec:\n  selector: a = 'b'\n"
    )
    with pytest.raises(InputError) as refused:
        load_text(text, "p.yaml")
    (found,) = refused.value.diagnostics
    assert str(found) == (
        "p.yaml:5:13: `spec.selector` is no selector: an operator is missing after the label `a`\n"
        "  a = 'b'\n"
        "    ^\n"
        "hint: two of them: `==`"
    )
