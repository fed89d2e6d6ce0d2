"""Classes of possible pods: every pod is in exactly one, and each has a pod."""

from itertools import product
from random import Random

import pytest

from verifier.engine.map.podclasses import plain_classes, pod_classes
from verifier.engine.problem.labelsearch import find
from verifier.ir.labels import Operator, Requirement, Selector, matches

DOMAINS = {"app": (None, "a", "b", "other"), "role": (None, "x", "other")}
PODS = [
    {k: v for k, v in (("app", app), ("role", role)) if v is not None}
    for app, role in product(DOMAINS["app"], DOMAINS["role"])
]


def selector(random: Random) -> Selector:
    found = []
    for _ in range(random.randint(1, 2)):
        key = random.choice(list(DOMAINS))
        operator = random.choice(list(Operator))
        values = frozenset(v for v in DOMAINS[key] if v not in (None, "other") and random.random() < 0.7)
        found.append(Requirement(key, operator, values if operator in (Operator.IN, Operator.NOT_IN) else frozenset()))
    return Selector(frozenset(found))


@pytest.mark.parametrize("seed", range(40))
def test_every_pod_is_in_exactly_one_class(seed: int) -> None:
    random = Random(seed)
    selectors = [selector(random) for _ in range(random.randint(0, 4))]
    laws = [(selector(random), random.choice([None, selector(random)])) for _ in range(random.randint(0, 1))]
    classes = pod_classes(selectors, DOMAINS, laws)
    assert classes is not None

    kept = [pod for pod in PODS if all(not matches(pod, a) or (b is not None and matches(pod, b)) for a, b in laws)]
    truths = {tuple(matches(pod, s) for s in selectors) for pod in kept}
    assert len(classes) == len(truths)
    for some in classes:
        assert some.labels in kept
        assert tuple(matches(some.labels, s) for s in selectors) in truths
        assert all(matches(some.labels, s) for s in some.met)
        assert not any(matches(some.labels, s) for s in some.unmet)


def test_labels_that_are_not_possible_are_not_found() -> None:
    app = Selector.of({"app": "a"})

    assert find((app,), (), DOMAINS) == {"app": "a"}
    assert find((app,), (app,), DOMAINS) is None
    assert find((app, Selector.of({"app": "b"})), (), DOMAINS) is None


def test_too_many_classes_are_not_drawn() -> None:
    keys = [f"k{i}" for i in range(12)]
    domains = dict.fromkeys(keys, (None, "a"))

    assert pod_classes([Selector.of({key: "a"}) for key in keys], domains, []) is None


@pytest.mark.parametrize("seed", range(40))
def test_the_plain_classes_are_some_of_all(seed: int) -> None:
    """Each is one of them, to the letter; and those of the pods that are named are among them, and that of nobody's."""
    random = Random(seed)
    selectors = list(dict.fromkeys(selector(random) for _ in range(random.randint(0, 4))))
    laws = [(selector(random), random.choice([None, selector(random)])) for _ in range(random.randint(0, 1))]
    named = random.sample(PODS, 3)
    everything = pod_classes(selectors, DOMAINS, laws)
    assert everything is not None

    plain = plain_classes(selectors, DOMAINS, laws, named)

    cells = {(frozenset(some.met), frozenset(some.unmet)) for some in everything}
    assert {(frozenset(some.met), frozenset(some.unmet)) for some in plain} <= cells
    assert len({some.met for some in plain}) == len(plain) <= len(selectors) + len(named) + 1
    for some in plain:
        assert all(matches(some.labels, s) for s in some.met)
        assert not any(matches(some.labels, s) for s in some.unmet)
    met = {some.met for some in plain}
    kept = [pod for pod in PODS if all(not matches(pod, a) or (b is not None and matches(pod, b)) for a, b in laws)]
    assert all(tuple(s for s in selectors if matches(pod, s)) in met for pod in named if pod in kept)
    for each in selectors:
        assert any(each in some.met for some in plain) == any(matches(pod, each) for pod in kept)
