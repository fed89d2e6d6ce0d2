"""The figure for the shortest list of regions: no list is shorter, and it says something."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests import packaged
from tests.engine.asking import cluster, namespace, policy
from tests.generators.strategies import example
from tests.generators.tierstrategies import tiered_example
from verifier.engine.check import breaches
from verifier.engine.check.check import check
from verifier.engine.region.boxes import Boxes
from verifier.engine.results.check import Result
from verifier.errors import InputError
from verifier.manifests.notation.expression import parse_expression
from verifier.report.words.region import line

Drawing = Callable[[int], Any]

HOMES = namespace("shop") + namespace("lab")


def admitting(name: str, subject: str, peer: str, port: int, home: str = "shop") -> str:
    ingress = f"[{{from: [{peer}], ports: [{{port: {port}}}]}}]"
    return policy(home, name, f"{{podSelector: {{matchLabels: {{{subject}}}}}, ingress: {ingress}}}")


def asked(*objects: str, claim: str = "never */* -> shop/*") -> Result:
    [result] = check(cluster("".join(objects)), [parse_expression(claim)], limit=None)
    assert result.complete
    return result


OWN = "{podSelector: {}, ingress: [{from: [{podSelector: {}}], ports: [{port: 80}, {port: 90}]}]}"
CLOSED = policy("shop", "closed", "{podSelector: {}}") + policy("lab", "closed", "{podSelector: {}}")


@pytest.mark.parametrize(
    ("objects", "claim", "regions", "fewest"),
    [
        ((admitting("a", "app: a", "{podSelector: {}}", 80),), "never */* -> shop/*", 1, 1),
        (
            (admitting("a", "app: a", "{podSelector: {matchLabels: {x: 'y'}}}", 80),
             admitting("b", "app: b", "{podSelector: {matchLabels: {x: z}}}", 81)),
            "never */* -> shop/*", 2, 2,
        ),
        (  # labels of two keys: no list of values says both
            (admitting("a", "app: a", "{podSelector: {matchLabels: {x: 'y'}}}", 80),
             admitting("b", "app: a", "{podSelector: {matchLabels: {v: w}}}", 80)),
            "never */* -> shop/*", 2, 2,
        ),
        (  # one namespace, whichever: what joins the ends is no mixture
            (policy("shop", "own", "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}"),
             policy("lab", "own", "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}")),
            "never */* -> {kubernetes.io/metadata.name in (lab,shop)}/*", 1, 1,
        ),
        (  # labels of what is no pod mean nothing
            (policy("shop", "a", "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}, "
                    "{podSelector: {matchExpressions: [{key: x, operator: NotIn, values: ['y']}]}}]}]}"),),
            "never * -> shop/*", None, None,
        ),
    ],
)  # fmt: skip
def test_a_list_is_as_short_as_the_figure_says(
    objects: tuple[str, ...], claim: str, regions: int | None, fewest: int | None
) -> None:
    result = asked(HOMES, CLOSED, *objects, claim=claim)

    assert result.fewest is not None
    assert result.fewest <= len(result.regions)
    if regions is not None:
        assert (len(result.regions), result.fewest) == (regions, fewest), [line(region) for region in result.regions]


@pytest.mark.parametrize(
    ("objects", "claim"),
    [
        (
            (policy("shop", "a", "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {x: 'y'}}}, "
                    "{podSelector: {matchLabels: {x: z}}}], ports: [{port: 80}, {port: 90}]}]}"),),
            "never */* -> shop/*",
        ),
        (
            (policy("shop", "own", OWN),
             policy("lab", "own", OWN)),
            "never */* -> {kubernetes.io/metadata.name in (lab,shop)}/*",
        ),
    ],
)  # fmt: skip
def test_what_one_region_says_is_one_however_many_are_told(
    objects: tuple[str, ...], claim: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaches, "shortened", lambda _asked, found: [(one.box, one) for one in found])

    result = asked(HOMES, CLOSED, *objects, claim=claim)

    assert len(result.regions) > 1
    assert result.fewest == 1


def lists(drawing: Drawing, seed: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Result]:
    """What is said of one drawn input where literals are dropped in other orders, so that other boxes are found."""
    given = drawing(seed)
    what = given.manifests, given.claim, given.universe, given.switches, given.namespace
    for order in range(3):
        with monkeypatch.context() as patched:
            if order:
                by = random.Random(order)
                patched.setattr(Boxes, "_how_dear", lambda _self, name, by=by: (by.random(), 0, name))
            try:
                yield packaged.result(*what, limit=None)
            except (InputError, AssertionError):
                return  # bad input, or a universe that needs files


@pytest.mark.parametrize("drawing", [example, tiered_example])
def test_no_list_that_is_found_in_another_order_is_shorter(drawing: Drawing, monkeypatch: pytest.MonkeyPatch) -> None:
    said = 0
    for seed in range(15):
        found = [each for each in lists(drawing, seed, monkeypatch) if each.regions and each.complete]
        found = [each for each in found if not any(region.excluding for region in each.regions)]
        for one in found:
            assert one.fewest is not None
            assert one.fewest <= min(len(other.regions) for other in found), seed
            said += one.fewest > 1

    assert said >= 3
