"""The notation of one-line properties: what it means, what is refused, and where the caret stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifier.errors import InputError
from verifier.ir.labels import EVERYTHING, Operator, Requirement, Selector
from verifier.ir.network import PORTS, AddressSet, Intervals, Protocol
from verifier.ir.notation import is_notation, say
from verifier.ir.pods import PodPeer
from verifier.ir.policy import TRUE, Formula, Or, PortIn, PortNamed
from verifier.ir.property import (
    AddressPeer,
    Always,
    Claim,
    Confined,
    Exactly,
    ExternalPeer,
    Never,
    NodePeer,
    Only,
    Peer,
    Peers,
    Reach,
)
from verifier.manifests.notation.expression import parse_expression, parse_flow, parse_peer, parse_ports


def selector(*requirements: tuple[str, Operator, str]) -> Selector:
    return Selector(frozenset(Requirement(k, o, frozenset(v.split())) for k, o, v in requirements))


def refusal(text: str) -> tuple[str, int, str]:
    """Message, column of the caret (from 0, in the text) and hint."""
    with pytest.raises(InputError) as caught:
        parse_expression(text)
    (diagnostic,) = caught.value.diagnostics
    message, shown, caret = diagnostic.message.split("\n")
    assert shown == f"  {text}"
    assert caret.lstrip(" ") == "^"
    return message, len(caret) - 3, diagnostic.hint or ""


def test_the_example_of_the_documentation_reads_as_it_says() -> None:
    text = "only default/role=monitoring -> default/app=apiserver : TCP/5000"

    property_ = parse_expression(text)

    assert property_.name == property_.text == text
    assert property_.claim == Only(
        (PodPeer(Selector.of({"role": "monitoring"}), names=frozenset({"default"})),),
        (PodPeer(Selector.of({"app": "apiserver"}), names=frozenset({"default"})),),
        Or((PortIn(Protocol.TCP, Intervals(((5000, 5000),))),)),
    )


@pytest.mark.parametrize(
    ("word", "claim"), [("never", Never), ("always", Always), ("only", Only), ("exactly", Exactly)]
)
def test_each_claim_word_makes_its_claim(word: str, claim: type) -> None:
    assert parse_expression(f"{word} * -> *").claim == claim(None, None, TRUE)


@pytest.mark.parametrize(
    ("text", "peers"),
    [
        ("*", None),
        ("external", (ExternalPeer(),)),
        ("node", (NodePeer(),)),
        ("169.254.169.254", (AddressPeer(AddressSet.of(["169.254.169.254/32"]), "169.254.169.254"),)),
        ("10.0.0.0/8", (AddressPeer(AddressSet.of(["10.0.0.0/8"]), "10.0.0.0/8"),)),
        ("2001:db8:0::1", (AddressPeer(AddressSet.of(["2001:db8::1/128"]), "2001:db8::1"),)),
        ("::/0", (AddressPeer(AddressSet.of(["::/0"]), "::/0"),)),
        ("role=x", (PodPeer(Selector.of({"role": "x"})),)),
        ("shop/*", (PodPeer(EVERYTHING, names=frozenset({"shop"})),)),
        ("*/*", (PodPeer(EVERYTHING, namespaces=EVERYTHING),)),
        ("{}/*", (PodPeer(EVERYTHING, namespaces=EVERYTHING),)),
        ("{ }/app=x", (PodPeer(Selector.of({"app": "x"}), namespaces=EVERYTHING),)),
        ("{team=ops}/app=x", (PodPeer(Selector.of({"app": "x"}), namespaces=Selector.of({"team": "ops"})),)),
        ("{a.b/team=ops}/*", (PodPeer(EVERYTHING, namespaces=Selector.of({"a.b/team": "ops"})),)),
        ("app.kubernetes.io/name=x", (PodPeer(Selector.of({"app.kubernetes.io/name": "x"})),)),
        (
            "shop/app.kubernetes.io/name=x",
            (PodPeer(Selector.of({"app.kubernetes.io/name": "x"}), names=frozenset({"shop"})),),
        ),
        ("prefix/key=v", (PodPeer(Selector.of({"key": "v"}), names=frozenset({"prefix"})),)),
        ("*/prefix/key=v", (PodPeer(Selector.of({"prefix/key": "v"}), namespaces=EVERYTHING),)),
        ("a=b,c.d/e=f", (PodPeer(Selector.of({"a": "b", "c.d/e": "f"})),)),
        ("*/external", (PodPeer(selector(("external", Operator.EXISTS, "")), namespaces=EVERYTHING),)),
    ],
)
def test_peers_are_tried_in_the_order_of_the_grammar(text: str, peers: Peers) -> None:
    assert parse_peer(text) == peers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=b", selector(("a", Operator.IN, "b"))),
        ("a==b", selector(("a", Operator.IN, "b"))),
        ("a = b", selector(("a", Operator.IN, "b"))),
        ("a!=b", selector(("a", Operator.NOT_IN, "b"))),
        ("a in (b,c)", selector(("a", Operator.IN, "b c"))),
        ("a in ( b , c )", selector(("a", Operator.IN, "b c"))),
        ("a notin (b,c)", selector(("a", Operator.NOT_IN, "b c"))),
        ("a", selector(("a", Operator.EXISTS, ""))),
        ("!a", selector(("a", Operator.DOES_NOT_EXIST, ""))),
        ("in in (in)", selector(("in", Operator.IN, "in"))),
        ("a in (b,c),d", selector(("a", Operator.IN, "b c"), ("d", Operator.EXISTS, ""))),
        ("a=", Selector.of({"a": ""})),
        ("a in (,b)", Selector(frozenset({Requirement("a", Operator.IN, frozenset({"", "b"}))}))),
    ],
)
def test_selectors_are_kubectls(text: str, expected: Selector) -> None:
    assert parse_peer(text) == (PodPeer(expected),)


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("TCP", [PortIn(Protocol.TCP, PORTS)]),
        ("TCP/80", [PortIn(Protocol.TCP, Intervals(((80, 80),)))]),
        ("TCP/80-90", [PortIn(Protocol.TCP, Intervals(((80, 90),)))]),
        ("TCP/http", [PortNamed("http", Protocol.TCP)]),
        ("UDP/53,TCP/53", [PortIn(Protocol.UDP, Intervals(((53, 53),))), PortIn(Protocol.TCP, Intervals(((53, 53),)))]),
        ("SCTP , UDP/dns", [PortIn(Protocol.SCTP, PORTS), PortNamed("dns", Protocol.UDP)]),
    ],
)
def test_ports_are_items_joined_by_commas(text: str, items: list[Formula]) -> None:
    assert parse_ports(text) == Or(tuple(items))


def test_colons_of_ipv6_are_no_separator_and_the_last_spaced_one_counts() -> None:
    claim = parse_expression("never * -> fd00::1 : TCP/80").claim

    assert claim == Never(
        None,
        (AddressPeer(AddressSet.of(["fd00::1/128"]), "fd00::1"),),
        Or((PortIn(Protocol.TCP, Intervals(((80, 80),))),)),
    )
    assert refusal("never * -> a : TCP : TCP/80")[:2] == ("unexpected `:` after the label key `a`", 13)


@pytest.mark.parametrize(
    ("text", "message", "at", "hint"),
    [
        ("onyl a -> b", "unknown claim `onyl`", "onyl", "did you mean `only`?"),
        ("Never a -> b", "unknown claim `Never`", "Never", "did you mean `never`?"),
        ("isolated a", "unknown claim `isolated`", "isolated", "`isolated` is written in a property file"),
        ("a=b -> c", "unknown claim `a=b`", "a=b", "one of never, always, only, exactly"),
        ("only a->b", "blanks are required around `->`", "->", "only role=monitoring"),
        ("only a b", "` -> ` and a second peer are missing", "", "only role=monitoring"),
        ("only a -> b -> c", "a second `->`", "-> c", "one pair"),
        ("only -> b", "a peer is missing", "-> b", "`*` means anything"),
        ("only a ->", "a peer is missing", "", "`*` means anything"),
        ("only a -> b :", "ports are missing after `:`", "", "leave ` : ` out"),
        ("confined a -> nothing + b", "`nothing` cannot stand here", "nothing", "written `*/nothing`"),
        ("confined a -> b + nothing : TCP/80", "`nothing` cannot stand here", "nothing", "the whole claim"),
        ("confined nothing -> b", "`nothing` cannot stand here", "nothing", "written `*/nothing`"),
        ("confined * -> b", "`*` means more than pods", "* ->", "every pod is `*/*`"),
        ("confined external -> b", "`external` means more than pods", "external", "every pod is `*/*`"),
        ("confined 10.0.0.0/8 -> b", "`10.0.0.0/8` means more than pods", "10", "every pod is `*/*`"),
        ("confined a ->", "a peer is missing", "", "`*` means anything"),
        ("confined a -> b +", "a peer is missing", "", "`*` means anything"),
        ("confined a -> b + : TCP", "a peer is missing", ": TCP", "`*` means anything"),
        ("confined a -> b : TCP + c : tcp", "unknown protocol `tcp`", "tcp", "did you mean `TCP`?"),
        ("confined a b", "` -> ` and a second peer are missing", "", "as in `confined box/*"),
        ("confind a -> b", "unknown claim `confind`", "confind", "did you mean `confined`?"),
        ("only a -> b: TCP", "invalid label key `b:`", "b: TCP", "blanks are required around `:`"),
        ("only a=b: -> c", "invalid label value `b:`", "b: ->", "blanks are required around `:`"),
        ("only a -> b=c d", "unexpected `d` in a selector", "d", "may follow a label key"),
        ("only a not in (b) -> c", "unexpected `not` after the label key `a`", "not", "notin"),
        ("only a in b -> c", "values in parentheses are missing", "b -> c", "as in"),
        ("only a in () -> c", "the list of values is empty", ") ->", "as in"),
        ("only a in (b -> c", "`)` is missing: the text ends", " -> c", ""),
        ("only a, -> c", "a label key is missing: the text ends", " -> c", "a selector looks like"),
        ("only a>3 -> c", "unexpected `>` after the label key `a`", ">3", "no comparison"),
        ("only a=* -> c", "invalid label value `*`", "* ->", "write the key alone"),
        ("only A/b/c=d -> c", "invalid label key `A/b/c`", "A/b", "`prefix/name`"),
        ("only {a=b -> c", "`}` is missing", "{a=b", "{team=ops}"),
        ("only {a=b} -> c", "`/` is missing after `}`", " -> c", "{team=ops}/*"),
        ("only {a=}}/b -> c", "`/` is missing after `}`", "}/b", "{team=ops}/*"),
        ("only shop/ -> c", "a selector is missing after `/`", " -> c", "every pod there"),
        ("only 10.0.0.5/24 -> c", "`10.0.0.5/24` has bits set beyond its prefix", "10", "did you mean `10.0.0.0/24`?"),
        ("only 10.0.0.300 -> c", "`10.0.0.300` is not an address", "10", "192.0.2.1"),
        ("only 010.0.0.1 -> c", "`010.0.0.1` is not an address", "010", "192.0.2.1"),
        ("only 10.0.0.0/33 -> c", "`10.0.0.0/33` is not a CIDR", "10", "at most 32"),
        ("only 10.0.0.0/255.0.0.0 -> c", "`10.0.0.0/255.0.0.0` is not a CIDR", "10", "10.0.0.0/8"),
        (
            "only ::ffff:1.2.3.4 -> c",
            "`::ffff:1.2.3.4` is an IPv4 address inside IPv6",
            "::",
            "did you mean `1.2.3.4`?",
        ),
        ("only a -> b : tcp/80", "unknown protocol `tcp`", "tcp", "did you mean `TCP`?"),
        ("only a -> b : ICMP", "unknown protocol `ICMP`", "ICMP", "one of TCP, UDP, SCTP"),
        ("only a -> b : 80", "unknown protocol `80`", "80", "one of TCP, UDP, SCTP"),
        ("only a -> b : TCP/80,", "a protocol is missing", "", "one of TCP, UDP, SCTP"),
        ("only a -> b : TCP/0", "port 0 is out of range", "0", "1 to 65535"),
        ("only a -> b : TCP/1-65536", "port 65536 is out of range", "65536", "1 to 65535"),
        ("only a -> b : TCP/90-80", "the range 90-80 ends before it begins", "90", "did you mean `TCP/80-90`?"),
        ("only a -> b : TCP/", "a port is missing after `/`", "", "a name"),
        ("only a -> b : TCP/HTTP", "invalid port `HTTP`", "HTTP", "a name"),
        ("only a -> b : TCP/0080", "invalid port `0080`", "0080", "a name"),
        ("only a -> b : TCP/a--b", "invalid port `a--b`", "a--b", "a name"),
    ],
)
def test_a_mistake_is_named_and_pointed_at(text: str, message: str, at: str, hint: str) -> None:
    said, column, hinted = refusal(text)

    assert said == message
    assert text.startswith(at, column)
    assert (column == len(text)) == (at == "")
    assert hint in hinted


def test_line_breaks_and_tabs_do_not_move_the_caret() -> None:
    with pytest.raises(InputError) as caught:
        parse_expression("only\ta\n-> b=? ")

    assert caught.value.diagnostics[0].message == "invalid label value `?`\n  only a -> b=? \n              ^"


keys = st.sampled_from(["a", "b", "external", "node", "x.io/k", "dotless/k", "10.0.0.1", "in"])
values = st.sampled_from(["", "v", "w", "in"])
requirements = st.one_of(
    st.builds(
        Requirement,
        keys,
        st.sampled_from([Operator.IN, Operator.NOT_IN]),
        st.frozensets(values, min_size=1, max_size=3),
    ),
    st.builds(Requirement, keys, st.sampled_from([Operator.EXISTS, Operator.DOES_NOT_EXIST])),
)
selectors = st.builds(Selector, st.frozensets(requirements, max_size=3))
networks = st.sampled_from(["10.0.0.0/8", "0.0.0.0/0", "192.0.2.1", "fd00::/8", "2001:db8::1"])
peers = st.one_of(
    st.none(),
    st.just((ExternalPeer(),)),
    st.just((NodePeer(),)),
    networks.map(lambda text: (AddressPeer(AddressSet.of([text]), text),)),
    selectors.map(lambda pods: (PodPeer(pods),)),
    st.builds(lambda pods, name: (PodPeer(pods, names=frozenset({name})),), selectors, st.sampled_from(["shop", "a"])),
    st.builds(lambda pods, namespaces: (PodPeer(pods, namespaces=namespaces),), selectors, selectors),
)
numbers = st.integers(1, 65535)
ports = st.one_of(
    st.just(TRUE),
    st.lists(
        st.one_of(
            st.builds(
                lambda protocol, a, b: PortIn(protocol, Intervals(((min(a, b), max(a, b)),))),
                st.sampled_from([Protocol.TCP, Protocol.UDP, Protocol.SCTP]),
                numbers,
                numbers,
            ),
            st.just(PortIn(Protocol.TCP, PORTS)),
            st.builds(PortNamed, st.sampled_from(["http", "a-1"]), st.sampled_from([Protocol.TCP, Protocol.UDP])),
        ),
        min_size=1,
        max_size=3,
    ).map(lambda items: Or(tuple(items))),
)


@given(st.sampled_from([Never, Always, Only, Exactly]), peers, peers, ports)
def test_what_is_said_reads_back_as_the_same_claim(
    claim: type, sources: Peers, destinations: Peers, on: Formula
) -> None:
    stated = claim(sources, destinations, on)

    text = say(stated)

    if "of declared namespaces" in text:  # a bare selector that the notation has no words for
        with pytest.raises(InputError):
            parse_expression(text)
    else:
        assert parse_expression(text).claim == stated


nothing = Requirement("nothing", Operator.EXISTS)


@given(
    st.one_of(selectors.map(PodPeer), st.builds(PodPeer, selectors, namespaces=selectors)),
    st.lists(st.builds(Reach, peers, ports), max_size=3),
    st.booleans(),
)
def test_what_is_said_of_confined_pods_reads_back_as_the_same_claim(
    pods: PodPeer, reach: list[Reach], odd: bool
) -> None:
    """A bare selector that the notation has no words for is said to be of all namespaces, which makes no difference."""
    word = (PodPeer(Selector(frozenset({nothing}))),)
    stated = Confined((pods,), (*reach, *([Reach(word)] if odd else [])))

    assert is_notation(stated)
    again = parse_expression(say(stated)).claim
    assert isinstance(again, Confined)
    assert [_anywhere(peer) for peer in again.pods] == [_anywhere(pods)]
    assert [(r.ports, r.destinations and tuple(map(_anywhere, r.destinations))) for r in again.reach] == [
        (r.ports, r.destinations and tuple(map(_anywhere, r.destinations))) for r in stated.reach
    ]


def _anywhere(peer: Peer) -> Peer:
    return PodPeer(peer.pods, namespaces=EVERYTHING) if isinstance(peer, PodPeer) and peer.is_bare else peer


def test_confined_pods_may_reach_several_flows_or_nothing() -> None:
    box, dns, web = (
        PodPeer(names=frozenset({"box"})),
        PodPeer(names=frozenset({"dns"})),
        PodPeer(Selector.of({"a": "b"})),
    )
    on53 = Or((PortIn(Protocol.UDP, Intervals(((53, 53),))),))
    reach = (Reach((dns,), on53), Reach((web,)), Reach(None, on53))

    assert parse_expression("confined box/* -> nothing").claim == Confined((box,))
    assert parse_expression("confined box/* -> dns/* : UDP/53 + a=b + * : UDP/53").claim == Confined((box,), reach)
    marked = parse_expression("confined box/* -> */nothing").claim
    assert marked == Confined((box,), (Reach((PodPeer(Selector(frozenset({nothing})), namespaces=EVERYTHING),)),))


def test_a_flow_makes_no_claim() -> None:
    with pytest.raises(InputError, match="a flow makes no claim: `confined`"):
        parse_flow("confined a -> b")


def verdict(text: str) -> Claim | str:
    """The claim, or the complaint."""
    try:
        return parse_expression(text).claim
    except InputError as error:
        return error.diagnostics[0].message


@given(st.text(alphabet="ab*/={}!,() ->:TCP/80.1in", max_size=40))
def test_any_text_is_read_or_refused_with_a_caret(text: str) -> None:
    found = verdict(f"only {text}")

    if isinstance(found, str):
        assert found.endswith("^")
    else:
        assert verdict(say(found)) == found or "of declared namespaces" in say(found)


def test_a_claim_without_a_one_line_form_is_said_in_similar_words() -> None:
    several = (PodPeer(Selector.of({"a": "b"}), names=frozenset({"x", "y"})), ExternalPeer())

    assert say(Never(several, (PodPeer(),), TRUE)) == (
        "never {kubernetes.io/metadata.name in (x,y)}/a=b or external -> every pod of declared namespaces"
    )
