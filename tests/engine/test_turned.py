"""What a change changes besides policies, and which claims are about namespaces that are gone."""

import pytest

from tests.engine.asking import claim, cluster, deployment, namespace, policy
from verifier.engine.diff.turned import is_about_gone, relabelled, what_else
from verifier.engine.problem.declared import World
from verifier.ir.universe import OPEN

SHOP, LEGACY = policy("shop", "p", "{}"), policy("legacy", "p", "{}")


def world(*texts: str) -> World:
    return World(cluster("".join(texts)), OPEN)


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("never * -> legacy/*", True),
        ("always legacy/app=a -> shop/*", True),
        ("never legacy/* -> shop/*", False),
        ("never legacy/* -> *", True),
        ("never legacy/* -> legacy/app=a", True),
        ("only legacy/* -> shop/*", False),
        ("exactly legacy/* -> shop/*", False),
        ("only legacy/* -> legacy/*", True),
        ("only * -> {kubernetes.io/metadata.name=legacy}/app=x", True),
        ("never * -> {kubernetes.io/metadata.name in (legacy,shop)}/*", False),
        ("never * -> shop/*", False),
        ("never * -> */*", False),
        ("never * -> {team=a}/*", False),
        ("never app=a -> app=b", False),
        ("never * -> elsewhere/*", False),
        ("never external -> 10.0.0.0/8", False),
        ("never legacy/* -> node", False),
        ("never node -> legacy/*", False),
        ("always legacy/* -> node", False),
        ("only node -> legacy/*", False),
        ("confined legacy/* -> nothing", True),
        ("confined legacy/* -> shop/*", True),
        ("confined shop/* -> legacy/*", False),
        ("confined legacy/* -> shop/* + node : TCP/443", False),
    ],
)
def test_a_claim_is_about_namespaces_that_are_gone_iff_one_of_its_ends_names_no_others(text: str, gone: bool) -> None:
    before, after = world(SHOP, LEGACY), world(SHOP)

    assert is_about_gone(claim(text).claim, before, after) is gone
    assert not is_about_gone(claim(text).claim, before, before)


def test_nodes_that_changed_are_told() -> None:
    status = "status: {addresses: [{type: InternalIP, address: %s}]}"
    node = f"---\napiVersion: v1\nkind: Node\nmetadata: {{name: %s}}\n{status}\n"
    before = world(SHOP, node % ("a", "10.0.0.1"), node % ("b", "10.0.0.2"))
    after = world(SHOP, node % ("a", "10.0.0.3"), node % ("c", "10.0.0.2"))

    assert what_else(before, after) == ("Node a has other addresses", "Node b is gone", "Node c is new")


def test_what_else_changed_is_told() -> None:
    before = world(SHOP, namespace("shop", "{team: a}"), namespace("old"), deployment("shop", "web", "{app: web}"))
    after = world(SHOP, namespace("shop", "{team: b}"), namespace("new"), deployment("shop", "api", "{app: api}"))

    assert what_else(before, after) == (
        "namespace `new` is declared now",
        "nothing declares namespace `old` any more",
        "namespace `shop` has other labels: `team` was `a`, is `b`",
        "Deployment shop/api is new",
        "Deployment shop/web is gone",
    )
    assert what_else(before, before) == ()
    assert what_else(before, world(SHOP))[-2] == "the labels of namespace `shop` are not known any more"


def test_nodes_are_told_with_the_labels_whether_a_property_turned_or_not() -> None:
    """A Node that a change brings along gives an address to somebody, which claims then believe."""
    status = "status: {addresses: [{type: InternalIP, address: 10.0.0.1}]}"
    node = f"---\napiVersion: v1\nkind: Node\nmetadata: {{name: a}}\n{status}\n"

    assert relabelled(world(SHOP), world(SHOP, node)) == ("Node a is new",)
