"""Whom a reader of a map picks out."""

import pytest

from tests.engine.asking import cluster, deployment
from verifier.errors import InputError
from verifier.ir.pods import PodPeer
from verifier.ir.property import AddressPeer, ExternalPeer
from verifier.manifests.notation.filter import parse_choice, parse_numbers

WORKLOADS = cluster(deployment("shop", "web", "{app: web}") + deployment("shop", "api", "{app: api}")).workloads


@pytest.mark.parametrize("text", ["web", "shop/web", "shop/deployment/web", "w*", "shop/*b", "*/web"])
def test_a_name_is_that_of_workloads(text: str) -> None:
    assert parse_choice(text, WORKLOADS).pattern == text


@pytest.mark.parametrize(
    ("text", "kind"),
    [("shop/*", PodPeer), ("shop/app=web", PodPeer), ("{team=ops}/*", PodPeer), ("shop/!app", PodPeer),
     ("app in (a,b)", PodPeer), ("external", ExternalPeer), ("10.0.0.0/8", AddressPeer)],
)  # fmt: skip
def test_anything_else_is_a_peer(text: str, kind: type) -> None:
    assert isinstance(parse_choice(text, WORKLOADS).peer, kind)


def test_a_star_is_anything() -> None:
    found = parse_choice("*", WORKLOADS)

    assert (found.pattern, found.peer) == (None, None)


def test_a_name_that_nothing_has_is_refused_with_what_was_meant() -> None:
    with pytest.raises(InputError, match="no workload is called `shop/wbe`") as caught:
        parse_choice("shop/wbe", WORKLOADS)

    assert caught.value.diagnostics[0].hint == "did you mean `shop/web`?"


def test_a_port_name_is_refused() -> None:
    parse_numbers("TCP/80,UDP")
    with pytest.raises(InputError, match="a port name is not one port"):
        parse_numbers("TCP/80,TCP/http")


def test_where_nobody_knows_the_workloads_any_name_may_be_one() -> None:
    assert parse_choice("shop/web", None).pattern == "shop/web"
    with pytest.raises(InputError, match="nothing is named"):
        parse_choice(" ", None)
