"""Requests that no API server would send, or that say two things at once: none of them is allowed."""

from typing import Any

import msgspec
import pytest

from tests.admission.client import Value, create, delete, namespace, policy, review, update
from tests.admission.desks import Bench
from verifier.admission.review import BadReview, Request, read
from verifier.admission.ruling import Why

SHOP = namespace("shop")
DENY = policy("shop", "deny", ingress=[])
OPEN_ALL = policy("shop", "open", ingress=[{}])
INGRESS, EGRESS = (policy("shop", way, policyTypes=[way.title()], **{way: [{}]}) for way in ("ingress", "egress"))


def without(asked: dict[str, Any], part: str, side: str = "object") -> dict[str, Any]:
    """The request about an object that does not say that part of its metadata."""
    value = asked[side]
    metadata = {key: each for key, each in value["metadata"].items() if key != part}
    return {**asked, side: {**value, "metadata": metadata}}


@pytest.mark.parametrize("name", [None, "", 7])
@pytest.mark.parametrize("asked", [create(DENY), update(DENY, DENY), delete(DENY)])
def test_an_object_without_a_name_is_refused(asked: dict[str, Any], name: object) -> None:
    """Two of them would be taken for one, and what the first opens, for undone by the second."""
    side = "object" if asked["object"] else "oldObject"
    wrong = without({**asked, "name": ""}, "name", side)
    if name is not None:
        wrong[side]["metadata"]["name"] = name
    bench = Bench((SHOP, DENY))

    ruling = bench.ask(wrong)

    assert (ruling.why, "has no name" in ruling.message) == (Why.INVALID, True)
    bench.desk.let(msgspec.convert(wrong, Request))
    assert bench.desk.unseen == 0


@pytest.mark.parametrize("follows", [True, False])
def test_two_without_a_name_that_open_together_do_not_both_pass(follows: bool) -> None:
    """Each lets a packet through at one of its two ends."""
    closed = (SHOP, policy("shop", "both", policyTypes=["Ingress", "Egress"]))
    bench = Bench(closed, "never shop/* -> shop/*", follows=follows)
    named = [bench.ask(create(each)).allowed for each in (INGRESS, EGRESS)]
    assert not all(named)

    bench = Bench(closed, "never shop/* -> shop/*", follows=follows)
    assert not all(bench.ask(without({**create(each), "name": ""}, "name")).allowed for each in (INGRESS, EGRESS))


def test_an_object_that_names_no_namespace_is_in_that_of_its_request() -> None:
    bench = Bench((SHOP, namespace("default"), DENY))

    ruling = bench.ask(without(create(OPEN_ALL), "namespace"))

    assert ruling.why is Why.FAILS
    assert "closed before by NetworkPolicy shop/deny" in ruling.message


def test_what_closes_there_closes_there_and_not_in_default() -> None:
    bench = Bench((SHOP, namespace("default")), follows=False)
    assert bench.ask(without(create(DENY), "namespace")).why is Why.PASSES

    assert bench.ask(create(policy("default", "open", ingress=[{}]))).why is Why.PASSES
    assert bench.ask(create(OPEN_ALL)).why is Why.FAILS


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({**create(OPEN_ALL), "namespace": "web"}, "different namespaces: `shop` and `web`"),
        ({**create(OPEN_ALL), "name": "x\x1b[2J"}, "different names: `open` and `x"),
        (update(DENY, policy("web", "deny", ingress=[])), "different namespaces: `shop` and `web`"),
        (update(DENY, policy("shop", "other", ingress=[])), "different names: `deny` and `other`"),
        ({**create(OPEN_ALL), "kind": {"version": "v1", "kind": "Secret"}}, "different kinds"),
        ({**create(SHOP), "kind": create(DENY)["kind"]}, "different kinds"),
    ],
)
def test_request_and_objects_say_the_same(asked: Value, told: str) -> None:
    ruling = Bench((SHOP, DENY)).ask(asked)

    assert (ruling.why, told in ruling.message) == (Why.INVALID, True), ruling.message
    assert "\x1b" not in ruling.message


def test_the_namespace_of_a_request_about_a_namespace_is_itself() -> None:
    """An API server says so."""
    old, new = namespace("web"), namespace("web", team="ops")
    bench = Bench((SHOP, old, DENY))

    assert bench.ask({**update(old, new), "namespace": "web"}).why is Why.PASSES


@pytest.mark.parametrize("levels", [251, 900])
def test_what_is_nested_too_deeply_is_refused(levels: int) -> None:
    deep: list[object] = []
    for _ in range(levels):
        deep = [deep]

    ruling = Bench((SHOP, DENY)).ask(create(policy("shop", "deep", ingress=deep)))

    assert (ruling.why, "nested more than" in ruling.message) == (Why.INVALID, True)


@pytest.mark.parametrize("kind", [None, {}, {"kind": "NetworkPolicy"}, {"version": "v1"}])
def test_a_review_that_does_not_say_the_kind_is_none(kind: Value | None) -> None:
    asked = {"uid": "x", "operation": "CREATE"} if kind is None else {**create(DENY), "kind": kind}

    with pytest.raises(BadReview, match="kind"):
        read(msgspec.json.encode(review(asked)))
