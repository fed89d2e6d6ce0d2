"""Which pods a peer describes, read concretely."""

from itertools import product

import pytest

from verifier.ir.endpoint import Namespace
from verifier.ir.labels import EVERYTHING, NAMESPACE_NAME, Operator, Requirement, Selector
from verifier.ir.pods import PodPeer, is_in, is_one

SHOP, UNSAID = Namespace("shop", {"team": "a"}), Namespace("shop")
TEAM_A, TEAM_B = Selector.of({"team": "a"}), Selector.of({"team": "b"})
NAMED = Selector.of({NAMESPACE_NAME: "shop"})
BOTH = Selector(NAMED.requirements | TEAM_A.requirements)


@pytest.mark.parametrize(
    ("peer", "known", "unsaid"),
    [
        (PodPeer(), True, True),
        (PodPeer(names=frozenset({"shop"})), True, True),
        (PodPeer(names=frozenset({"ops"}), namespaces=TEAM_A), False, False),
        (PodPeer(namespaces=EVERYTHING), True, True),
        (PodPeer(namespaces=TEAM_A), True, None),
        (PodPeer(namespaces=TEAM_B), False, None),
        (PodPeer(namespaces=NAMED), True, True),
        (PodPeer(namespaces=BOTH), True, None),
        (PodPeer(namespaces=Selector.of({NAMESPACE_NAME: "ops", "team": "a"})), False, False),
        (PodPeer(namespaces=Selector(frozenset({Requirement("team", Operator.DOES_NOT_EXIST)}))), False, None),
    ],
)
def test_what_nobody_has_said_of_a_namespace_is_not_guessed(
    peer: PodPeer, known: bool | None, unsaid: bool | None
) -> None:
    assert is_in(SHOP, peer) is known
    assert is_in(UNSAID, peer) is unsaid


def test_a_pod_with_other_labels_is_none_wherever_it_is() -> None:
    for namespace, selector in product((SHOP, UNSAID), (None, TEAM_A)):
        peer = PodPeer(Selector.of({"app": "web"}), namespaces=selector)
        assert is_one({"app": "db"}, namespace, peer) is False
        assert is_one({"app": "web"}, namespace, peer) is is_in(namespace, peer)
