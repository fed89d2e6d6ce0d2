"""Values that stand for all others where labels are looked into (docs/semantics.md 1.2, 5.4)."""

from itertools import product
from random import Random

import pytest

from verifier.errors import Undecided
from verifier.ir.labels import (
    TEXTUAL,
    WANTING,
    Operator,
    Requirement,
    Selector,
    compares,
    is_dns_label,
    is_label_value,
    matches,
    opposite,
    satisfies,
    simplest,
)
from verifier.ir.texts import is_within, standing_for, told_apart

POSITIVE = (Operator.CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH)
SEEDS = 60


def met(texts: frozenset[tuple[Operator, str]], value: str) -> tuple[bool, ...]:
    return tuple(compares(value, operator, frozenset({text})) for operator, text in sorted(texts))


def drawn(random: Random) -> frozenset[tuple[Operator, str]]:
    def text() -> str:
        return "".join(random.choice("ab-") for _ in range(random.randint(0, 3)))

    return frozenset((random.choice(POSITIVE), text()) for _ in range(random.randint(1, 4)))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_value_there_is_has_two_that_meet_the_same_texts(seed: int) -> None:
    texts = drawn(Random(seed))
    values = standing_for(texts)
    assert all(map(is_label_value, values))
    ways = [met(texts, value) for value in values]
    for size in range(7):
        for value in filter(is_label_value, map("".join, product("ab-c", repeat=size))):
            assert ways.count(met(texts, value)) == 2, (texts, value)


def test_names_of_namespaces_are_stood_for_by_names_that_nobody_has() -> None:
    texts = frozenset({(Operator.STARTS_WITH, "kube-")})
    before = standing_for(texts, is_dns_label)
    after = standing_for(texts, is_dns_label, taken=set(before))
    assert all(map(is_dns_label, (*before, *after)))
    assert not set(before) & set(after)
    assert sorted(v.startswith("kube-") for v in after) == [False, False, True, True]


def test_too_many_texts_are_given_up() -> None:
    texts = frozenset((Operator.CONTAINS, f"{a}{b}{c}") for a, b, c in product("abc", "def", "gh"))
    with pytest.raises(Undecided, match="too many texts"):
        standing_for(texts)


@pytest.mark.parametrize("operator", [operator for operator in Operator if operator in TEXTUAL])
@pytest.mark.parametrize("value", [None, "", "web", "webby", "a-web"])
def test_a_text_is_looked_for_inside_of_a_label_that_is_there(operator: Operator, value: str | None) -> None:
    found = satisfies({} if value is None else {"app": value}, Requirement("app", operator, frozenset({"web"})))
    inside = {
        Operator.CONTAINS: "web" in (value or ""),
        Operator.STARTS_WITH: (value or "").startswith("web"),
        Operator.ENDS_WITH: (value or "").endswith("web"),
    }[TEXTUAL[operator]]
    assert found is (inside if operator in WANTING else not inside)


def requirement(random: Random) -> Requirement:
    operator = random.choice(tuple(Operator))
    if operator in (Operator.EXISTS, Operator.DOES_NOT_EXIST):
        return Requirement("k", operator)
    values = frozenset(random.choice(("a", "ab", "ba", "b")) for _ in range(random.randint(1, 2)))
    return Requirement("k", operator, values)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_is_simplest_and_within_is_as_labels_have_it(seed: int) -> None:
    random = Random(seed)
    some = Selector(frozenset(requirement(random) for _ in range(random.randint(0, 3))))
    other = Selector(frozenset(requirement(random) for _ in range(random.randint(0, 2))))
    values = told_apart((*some, *other)) | {"other"}
    everything = [{}, *({"k": value} for value in sorted(values))]
    for labels in everything:
        assert matches(labels, simplest(some)) is matches(labels, some), (some, labels)
        assert all(satisfies(labels, r) is not satisfies(labels, opposite(r)) for r in some)
    assert is_within(some, other) is all(matches(labels, other) for labels in everything if matches(labels, some))
