"""One-line properties: `only role=monitoring -> app=apiserver : TCP/5000`.

    CLAIM = (never | always | only | exactly) PEER ' -> ' PEER [' : ' PORTS]
    FLOW  = PEER ' -> ' PEER [' : ' PORTS]
    PEER  = '*' | 'external' | 'node' | ADDRESS | CIDR | [NS '/'] (SELECTOR | '*')     tried in this order
    NS    = DNSLABEL | '*' | '{' [SELECTOR] '}'
    PORTS = ITEM {',' ITEM}        ITEM = PROTO ['/' (N | N-M | name)]

Takes the text, gives a `Property` whose name is the text, or the `Flow` of an acceptance. Every refusal points at the
offending character.
"""

import re
from difflib import get_close_matches

from msgspec.structs import replace

from verifier.errors import InputError
from verifier.ir.acceptance import Flow
from verifier.ir.labels import EVERYTHING, Selector, is_dns_label, is_port_name
from verifier.ir.network import PORTS, AddressSet, Intervals, Protocol
from verifier.ir.notation import reads_as_address
from verifier.ir.origin import Origin
from verifier.ir.pods import PodPeer
from verifier.ir.policy import TRUE, Formula, Or, PortIn, PortNamed
from verifier.ir.property import AddressPeer, Always, Exactly, ExternalPeer, Never, NodePeer, Only, Peers, Property
from verifier.manifests.notation.cidr import CidrError, parse_address, parse_cidr
from verifier.manifests.notation.selector import parse_selector
from verifier.manifests.notation.span import Span, around_arrow, around_colon, has_arrow

_CLAIMS: dict[str, type[Never | Always | Only | Exactly]] = {
    "never": Never,
    "always": Always,
    "only": Only,
    "exactly": Exactly,
}
_IN_FILES = ("isolated", "separate")
_SHAPE = "a property looks like `only role=monitoring -> app=apiserver : TCP/5000`"
_FLOW_SHAPE = "a flow looks like `shop/app=web -> shop/app=api : TCP/8080`"
_NUMBERS = re.compile(r"(0|[1-9][0-9]{0,9})(?:-(0|[1-9][0-9]{0,9}))?\Z")


def reads_as_claim(text: str) -> bool:
    """True iff `text` is meant as a one-line property, right or wrong, and not as the name of a file."""
    word, _, rest = text.strip().partition(" ")
    return has_arrow(text) or (word in (*_CLAIMS, *_IN_FILES) and rest != "")


def parse_expression(text: str, origin: Origin | None = None) -> Property:
    """The property that `text` states; errors stand at the position of `origin`, where there is one."""
    try:
        return _property(Span.of(text), origin)
    except InputError as error:
        raise _at(error, origin) from None


def parse_flow(text: str, origin: Origin | None = None) -> Flow:
    """The connections that `text` describes: a one-line property without its claim."""
    try:
        span = Span.of(text)
        if not str(span):
            span.fail("the flow is empty", _FLOW_SHAPE)
        word, _ = _cut(span)
        if str(word) in _CLAIMS:
            word.fail(f"a flow makes no claim: `{word}`", _FLOW_SHAPE)
        return Flow(*_flow(span, _FLOW_SHAPE), str(span))
    except InputError as error:
        raise _at(error, origin) from None


def parse_peer(text: str, origin: Origin | None = None) -> Peers:
    """The peer that `text` describes; None for `*`, anything."""
    try:
        return _peer(Span.of(text))
    except InputError as error:
        raise _at(error, origin) from None


def parse_ports(text: str, origin: Origin | None = None) -> Formula:
    """The ports that `text` lists."""
    try:
        return _ports(Span.of(text))
    except InputError as error:
        raise _at(error, origin) from None


def _at(error: InputError, origin: Origin | None) -> InputError:
    if origin is None:
        return error
    place = origin.position
    return InputError([replace(d, file=place.file, line=place.line, column=place.column) for d in error.diagnostics])


def _property(span: Span, origin: Origin | None) -> Property:
    text = str(span)
    if not text:
        span.fail("the property is empty", _SHAPE)
    word, rest = _cut(span)
    if (claim := _CLAIMS.get(str(word))) is None:
        word.fail(f"unknown claim `{word}`", _claim_hint(str(word)))
    return Property(text, claim(*_flow(rest, _SHAPE)), text, origin=origin)


def _flow(span: Span, shape: str) -> tuple[Peers, Peers, Formula]:
    """Both peers and the ports. `shape`: what the whole should look like."""
    source, target = around_arrow(span, shape, "a second peer", "one line, one pair of peers")
    peer, listed = around_colon(target)
    ports = TRUE if listed is None else _ports(listed)
    return _peer(source), _peer(peer), ports


def _cut(span: Span) -> tuple[Span, Span]:
    """The first word, and what follows it."""
    length = len(str(span).split(maxsplit=1)[0])
    return span.part(0, length), span.part(length).strip()


def _claim_hint(word: str) -> str:
    if word.lower() in _IN_FILES:
        return f"`{word.lower()}` is written in a property file"
    close = get_close_matches(word.lower(), _CLAIMS, n=1)
    return f"did you mean `{close[0]}`?" if close else f"one of {', '.join(_CLAIMS)}"


def _peer(span: Span) -> Peers:
    text = str(span)
    if not text or text == ":":
        span.fail("a peer is missing", "`*` means anything, `*/*` every pod")
    match text:
        case "*":
            return None
        case "external":
            return (ExternalPeer(),)
        case "node":
            return (NodePeer(),)
    if reads_as_address(text):
        return (_address(span),)
    if text.startswith("{"):
        return (_in_braces(span),)
    before, slash, _ = text.partition("/")
    if slash and before == "*":
        return (PodPeer(_pods(span.part(2)), namespaces=EVERYTHING),)
    if slash and is_dns_label(before):
        return (PodPeer(_pods(span.part(len(before) + 1)), names=frozenset({before})),)
    return (PodPeer(parse_selector(span)),)


def _in_braces(span: Span) -> PodPeer:
    text = str(span)
    close = text.find("}")
    if close < 0:
        span.fail("`}` is missing", "`{team=ops}/app=web` are pods app=web in namespaces team=ops")
    if text[close + 1 : close + 2] != "/":
        span.part(close + 1).fail("`/` is missing after `}`", "`{team=ops}/*` is every pod of namespaces team=ops")
    inside = span.part(1, close).strip()
    namespaces = parse_selector(inside) if str(inside) else EVERYTHING
    return PodPeer(_pods(span.part(close + 2)), namespaces=namespaces)


def _pods(span: Span) -> Selector:
    span = span.strip()
    if not str(span):
        span.fail("a selector is missing after `/`", "`*` means every pod there")
    return EVERYTHING if str(span) == "*" else parse_selector(span)


def _address(span: Span) -> AddressPeer:
    text = str(span)
    try:
        network = parse_cidr(text) if "/" in text else parse_address(text)
    except CidrError as error:
        span.fail(str(error), error.hint)
    return AddressPeer(AddressSet.block(network), str(network) if "/" in text else str(network.network_address))


def _ports(span: Span) -> Formula:
    if not str(span):
        span.fail("ports are missing after `:`", "as in `TCP/80,UDP/53`, or leave ` : ` out for every port")
    return Or(tuple(_item(item) for item in span.split(",")))


def _item(span: Span) -> Formula:
    word, slash, port = str(span).partition("/")
    if word not in ("TCP", "UDP", "SCTP"):
        hint = f"did you mean `{word.upper()}`?" if word.upper() in ("TCP", "UDP", "SCTP") else "one of TCP, UDP, SCTP"
        span.fail(f"unknown protocol `{word}`" if word else "a protocol is missing", hint)
    protocol = Protocol(word)
    if not slash:
        return PortIn(protocol, PORTS)
    return _port(span.part(len(word) + 1), port, protocol)


def _port(span: Span, port: str, protocol: Protocol) -> Formula:
    if numbers := _NUMBERS.match(port):
        first, last = int(numbers[1]), int(numbers[2] or numbers[1])
        for number, place in ((first, numbers.start(1)), (last, numbers.start(2))):
            if not 1 <= number <= 65535:
                span.part(max(place, 0)).fail(f"port {number} is out of range", "a port is 1 to 65535")
        if last < first:
            span.fail(f"the range {port} ends before it begins", f"did you mean `{protocol}/{last}-{first}`?")
        return PortIn(protocol, Intervals(((first, last),)))
    if not is_port_name(port):
        hint = "a number, a range `80-90`, or a name: at most 15 of a-z, 0-9 and `-`, with a letter"
        span.fail(f"invalid port `{port}`" if port else "a port is missing after `/`", hint)
    return PortNamed(port, protocol)
