"""A claim's text in one line, and what the one-line notation makes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.ir.labels import EVERYTHING, NAMESPACE_NAME, Operator, Requirement, Selector
from verifier.ir.network import PORTS, AddressSet, Intervals, Protocol
from verifier.ir.notation import is_notation, say
from verifier.ir.pods import PodPeer
from verifier.ir.policy import TRUE, Direction, Or, PortIn, PortNamed
from verifier.ir.property import (
    AddressPeer,
    Always,
    Confined,
    Exactly,
    ExternalPeer,
    Isolated,
    LabelOf,
    Never,
    NodePeer,
    Only,
    Reach,
    Separate,
    Unlabelled,
)
from verifier.manifests.notation.expression import parse_expression

keys = st.sampled_from(["app", "app.kubernetes.io/name", "external", "node", "in", "shop/x", "10.0.0.1"])
values = st.sampled_from(["web", "db", "", "in", "1.0"])
requirements = st.one_of(
    st.builds(Requirement, keys, st.sampled_from([Operator.IN, Operator.NOT_IN]), st.frozensets(values, min_size=1)),
    st.builds(Requirement, keys, st.sampled_from([Operator.EXISTS, Operator.DOES_NOT_EXIST])),
)
selectors = st.builds(Selector, st.frozensets(requirements, max_size=3))
names = st.none() | st.frozensets(st.sampled_from(["shop", "ops"]), min_size=1)
pods = st.builds(PodPeer, selectors, names, st.none() | selectors)
block = AddressPeer(AddressSet.of(["10.0.0.0/8"]), "10.0.0.0/8")
peers = st.none() | st.tuples(pods | st.sampled_from([ExternalPeer(), NodePeer(), block]))
spans = st.tuples(st.integers(1, 65535), st.integers(1, 65535)).map(lambda p: Intervals.of([(min(p), max(p))]))
ports = st.one_of(
    st.builds(PortIn, st.sampled_from([Protocol.TCP, Protocol.UDP, Protocol.SCTP]), spans | st.just(PORTS)),
    st.builds(PortNamed, st.sampled_from(["http", "dns-tcp"]), st.sampled_from([Protocol.TCP, Protocol.UDP])),
)
port_lists = st.just(TRUE) | ports | st.lists(ports, min_size=2, max_size=3).map(lambda items: Or(tuple(items)))
kinds = st.sampled_from([Never, Always, Only, Exactly])


@given(kinds, peers, peers, port_lists)
def test_a_text_in_the_notation_says_the_same_when_it_is_read(kind, sources, destinations, port) -> None:
    claim = kind(sources, destinations, port)

    if is_notation(claim):
        again = parse_expression(say(claim)).claim
        assert say(again) == say(claim)
        assert [_meaning(p) for p in (claim.sources, claim.destinations)] == [
            _meaning(p) for p in (again.sources, again.destinations)
        ]


def _meaning(peers):
    """The peers with names and labels of namespaces in one form."""
    if peers is None or not isinstance(peers[0], PodPeer):
        return peers
    [peer] = peers
    if peer.is_bare:
        return ("bare", peer.pods)
    named = set() if peer.names is None else {Requirement(NAMESPACE_NAME, Operator.IN, peer.names)}
    return (peer.pods, frozenset(named | (peer.namespaces or EVERYTHING).requirements))


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        (Never(None, (PodPeer(names=frozenset({"shop"})),)), "never * -> shop/*"),
        (Always((PodPeer(namespaces=EVERYTHING),), (ExternalPeer(),)), "always */* -> external"),
        (Only((NodePeer(),), (block,), PortIn(Protocol.UDP, PORTS)), "only node -> 10.0.0.0/8 : UDP"),
    ],
)
def test_texts(claim, text: str) -> None:
    assert say(claim) == text
    assert is_notation(claim)


def test_what_the_notation_has_no_words_for() -> None:
    shop, ops = (PodPeer(names=frozenset({name})) for name in ("shop", "ops"))
    hole = AddressPeer(AddressSet.of(["10.0.0.0/9"]), "10.0.0.0/8 except 10.128.0.0/9")

    assert not is_notation(Never((shop, ops), None))
    assert not is_notation(Never((hole,), None))
    assert not is_notation(Never((PodPeer(),), None))
    assert not is_notation(Confined((shop, ops)))
    assert not is_notation(Confined((shop,), (Reach((hole,)),)))
    assert say(Confined((shop, ops), (Reach((hole, ops)),))) == (
        "confined shop/* or ops/* -> 10.0.0.0/8 except 10.128.0.0/9 + ops/*"
    )
    assert not is_notation(Isolated(None, frozenset(Direction)))
    assert not is_notation(Separate("tenant", LabelOf.POD, Unlabelled.OWN))
