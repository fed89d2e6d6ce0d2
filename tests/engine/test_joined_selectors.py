"""Boxes that differ in the values of one label only: every way to join them, tried on every label."""

from itertools import chain, combinations, product

import pytest

from verifier.engine.region.box import Box
from verifier.engine.region.merging import join
from verifier.engine.results.region import EndRegion
from verifier.ir.endpoint import Kind
from verifier.ir.labels import Operator, Requirement, Selector, matches
from verifier.ir.network import PORTS, Protocol

VALUES = ("a", "b", "c")
SETS = tuple(map(frozenset, chain.from_iterable(combinations(VALUES, size) for size in (1, 2, 3))))
LABELS = ({}, *({"app": value} for value in (*VALUES, "other")))
PODS = frozenset({Kind.POD})


def box(operator: Operator, values: frozenset[str]) -> Box:
    selector = Selector(frozenset({Requirement("app", operator, values)}))
    return Box(EndRegion(PODS, pod_selector=selector), EndRegion(PODS), {Protocol.TCP: PORTS})


@pytest.mark.parametrize("operators", list(product((Operator.IN, Operator.NOT_IN), repeat=2)), ids="-".join)
def test_joined_selector_selects_what_either_does(operators: tuple[Operator, Operator]) -> None:
    for mine, theirs in product(SETS, SETS):
        one, other = box(operators[0], mine), box(operators[1], theirs)
        union = join(one, other)

        assert union is not None
        for labels in LABELS:
            either = any(matches(labels, b.source.pod_selector) for b in (one, other))
            assert matches(labels, union.source.pod_selector) is either, (mine, theirs, labels)
