"""Label selectors and the syntax of keys and values (docs/semantics.md 2.3, 2.4)."""

from itertools import combinations, product

import pytest

from verifier.ir.labels import (
    EVERYTHING,
    Operator,
    Requirement,
    Selector,
    describe,
    is_dns_label,
    is_dns_subdomain,
    is_label_key,
    is_label_value,
    matches,
    opposite,
    satisfies,
    simplest,
)
from verifier.ir.texts import is_within


@pytest.mark.parametrize(
    "key",
    [
        "a",
        "A",
        "0",
        "app",
        "app.kubernetes.io/name",
        "a-b_c.d",
        "x" * 63,
        "k8s.io/" + "x" * 63,
        ".".join(["x" * 63] * 3) + "/k",
    ],
)
def test_keys_of_the_right_shape(key: str) -> None:
    assert is_label_key(key)


@pytest.mark.parametrize(
    "key",
    ["", "-a", "a-", "a b", "x" * 64, "a/b/c", "/a", "a/", "A.io/b", "k8s_io/b", ".io/b", "é", "a\n", "x" * 254 + "/k"],
)
def test_keys_of_the_wrong_shape(key: str) -> None:
    assert not is_label_key(key)


@pytest.mark.parametrize(("value", "valid"), [("", True), ("a", True), ("A.b_c-1", True), ("x" * 63, True)])
def test_values_of_the_right_shape(value: str, valid: bool) -> None:
    assert is_label_value(value) is valid


@pytest.mark.parametrize("value", ["-", "a/b", "a b", "x" * 64, ".a", "a.", "a\n"])
def test_values_of_the_wrong_shape(value: str) -> None:
    assert not is_label_value(value)


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("shop", True),
        ("a-1", True),
        ("A", False),
        ("a.b", False),
        ("-a", False),
        ("", False),
        ("a\n", False),
        ("x" * 64, False),
    ],
)
def test_names_of_namespaces_are_dns_labels(name: str, valid: bool) -> None:
    assert is_dns_label(name) is valid


def test_subdomains_are_dns_labels_with_dots() -> None:
    assert is_dns_subdomain("a.b-c.d")
    assert not any(is_dns_subdomain(text) for text in ("", ".", "a..b", "a.", "A.b", "x" * 254))


def test_labels_as_a_selector_are_conjoined() -> None:
    assert Selector.of({"b": "2", "a": "1"}) == Selector(
        frozenset({Requirement("a", Operator.IN, frozenset({"1"})), Requirement("b", Operator.IN, frozenset({"2"}))})
    )
    assert Selector.of({}) == EVERYTHING


def test_a_selector_reads_as_kubectl_writes_it() -> None:
    operators = (
        Requirement("a", Operator.IN, frozenset({"x"})),
        Requirement("b", Operator.IN, frozenset({"y", "x"})),
        Requirement("c", Operator.NOT_IN, frozenset({"z"})),
        Requirement("d", Operator.NOT_IN, frozenset({"y", "x"})),
        Requirement("e", Operator.EXISTS),
        Requirement("f", Operator.DOES_NOT_EXIST),
    )

    assert describe(Selector(frozenset(operators))) == "a=x,b in (x,y),c!=z,d notin (x,y),e,!f"
    assert describe(EVERYTHING) == "*"


def test_requirements_come_in_one_order() -> None:
    one, other = Requirement("a", Operator.EXISTS), Requirement("b", Operator.EXISTS)

    assert list(Selector(frozenset({other, one}))) == list(Selector(frozenset({one, other}))) == [one, other]


VALUES = ("a", "b")
REQUIREMENTS = [
    *(Requirement("k", op, frozenset(v)) for op in (Operator.IN, Operator.NOT_IN) for v in ("a", "b", "ab")),
    *(Requirement("k", op) for op in (Operator.EXISTS, Operator.DOES_NOT_EXIST)),
]
SELECTORS = [Selector(frozenset(some)) for n in (0, 1, 2) for some in combinations(REQUIREMENTS, n)]
LABELS = ({}, *({"k": value} for value in (*VALUES, "neither")))


def test_a_selector_is_within_another_iff_that_selects_all_that_it_does() -> None:
    for narrow, wide in product(SELECTORS, repeat=2):
        selected = [labels for labels in LABELS if matches(labels, narrow)]
        assert is_within(narrow, wide) is all(matches(labels, wide) for labels in selected), (narrow, wide)


def test_a_selector_is_within_one_that_asks_for_fewer_keys() -> None:
    both, one = Selector.of({"a": "1", "b": "2"}), Selector.of({"a": "1"})

    assert (is_within(both, one), is_within(one, both)) == (True, False)


SOME_VALUES = [frozenset(values) for size in (1, 2) for values in combinations("abc", size)]
OF_ONE_KEY = (
    *(Requirement("app", operator, values) for operator in (Operator.IN, Operator.NOT_IN) for values in SOME_VALUES),
    *(Requirement("app", operator) for operator in (Operator.EXISTS, Operator.DOES_NOT_EXIST)),
)
WORN = ({}, *({"app": value} for value in "abcd"))


def test_the_opposite_holds_iff_the_requirement_does_not() -> None:
    for requirement, labels in product(OF_ONE_KEY, WORN):
        assert satisfies(labels, opposite(requirement)) is not satisfies(labels, requirement)
        assert opposite(opposite(requirement)) == requirement


def test_the_simplest_selector_selects_the_same_and_has_nothing_to_simplify() -> None:
    for size in range(4):
        for some in combinations(OF_ONE_KEY, size):
            selector = Selector(frozenset({*some, Requirement("role", Operator.EXISTS)}))
            simple = simplest(selector)
            assert all(
                matches({**labels, "role": "x"}, simple) is matches({**labels, "role": "x"}, selector)
                for labels in WORN
            )
            assert simplest(simple) == simple
            assert len(simple.requirements) <= len(selector.requirements)
