"""A claim in one line, as reports show it.

Where the one-line notation of `docs/properties.md` has words for a claim the text is in that notation, and reading it
back gives an equivalent claim; else it is a similar text for people.
"""

import re
from typing import assert_never

from verifier.ir.labels import EVERYTHING, NAMESPACE_NAME, Operator, Requirement, Selector, describe, is_dns_label
from verifier.ir.network import PORTS, Protocol
from verifier.ir.pods import PodPeer
from verifier.ir.policy import (
    AddressIn,
    And,
    Direction,
    Formula,
    Hairpin,
    Havoc,
    KindIn,
    NamespaceIn,
    NamespaceLabels,
    Not,
    Or,
    PodLabels,
    PortIn,
    PortNamed,
    SameLabel,
    SameNamespace,
    SameNode,
    SwitchIs,
    WorkloadIn,
)
from verifier.ir.property import (
    AddressPeer,
    Always,
    Claim,
    Confined,
    Exactly,
    ExternalPeer,
    Isolated,
    LabelOf,
    Never,
    NodePeer,
    Only,
    Peer,
    Peers,
    Reach,
    Separate,
    ServicePeer,
    Unlabelled,
)
from verifier.ir.prose import listed

KEYWORDS = frozenset({"external", "node"})
"""Words that are peers of their own, and no label keys, where a peer begins."""

NOTHING = "nothing"
"""What `confined` leaves open where it leaves open no connection at all; no label key there either."""

_MOST = 2
"""Services that are named before the rest is only counted."""

_ADDRESS = re.compile(r"[0-9]+(\.[0-9]+){3}(/[0-9.]*)?\Z|[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*(/[0-9.]*)?\Z")


def reads_as_address(text: str) -> bool:
    """True iff `text` has the shape of an address or a CIDR, valid or not."""
    return _ADDRESS.match(text) is not None


def say(claim: Claim) -> str:
    """The claim in one line. Raises ValueError where its ports are those of Services (`has_plain_ports`)."""
    match claim:
        case Never(sources, destinations, ports):
            return _flow("never", sources, destinations, ports)
        case Always(sources, destinations, ports):
            return _flow("always", sources, destinations, ports)
        case Only(sources, destinations, ports):
            return _flow("only", sources, destinations, ports)
        case Exactly(sources, destinations, ports):
            return _flow("exactly", sources, destinations, ports)
        case Isolated(pods, directions):
            whom = "every pod of declared namespaces" if pods is None else say_peers(pods)
            return f"isolated {whom} for {' and '.join(d for d in Direction if d in directions)}"
        case Confined(pods, reach):
            return f"confined {say_peers(tuple(map(_said_anywhere, pods)))} -> {_reach(reach)}"
        case Separate(key, label_of, unlabelled):
            whose = "namespace" if label_of is LabelOf.NAMESPACE else "pod"
            ignoring = ", ignoring pods without it" if unlabelled is Unlabelled.IGNORE else ""
            return f"separate by {whose} label {key}{ignoring}"


def is_notation(claim: Claim) -> bool:
    """True iff the one-line notation has words for the claim, so that its text can be read back."""
    match claim:
        case Isolated() | Separate():
            return False
        case Confined(pods, reach):
            open_to = (peer for flow in reach for peer in flow.destinations or ())
            return len(pods) == 1 and all(_is_notation(_said_anywhere(peer)) for peer in open_to)
        case _:
            ends = (claim.sources, claim.destinations)
            return all(peers is None or (len(peers) == 1 and _is_notation(peers[0])) for peers in ends)


def has_plain_ports(claim: Claim) -> bool:
    """True iff the ports of the claim are a list of items, as whoever writes claims gives them; those of Services
    differ from pod to pod."""
    match claim:
        case Isolated() | Separate():
            return True
        case Confined(_, reach):
            return all(_are_plain(flow.ports) for flow in reach)
        case _:
            return _are_plain(claim.ports)


def _are_plain(ports: Formula) -> bool:
    match ports:
        case And(items):
            return not items
        case Or(items):
            return bool(items) and all(map(_are_plain, items))
        case PortIn() | PortNamed():
            return True
        case (
            Not() | KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn()
            | SameNamespace() | SameNode() | SameLabel() | AddressIn() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            return False
        case _:
            assert_never(ports)


def _is_notation(peer: Peer) -> bool:
    match peer:
        case AddressPeer(_, text):
            return " " not in text
        case ServicePeer():
            return False
        case PodPeer(pods) if peer.is_bare:
            return _bare(pods) == describe(pods) and pods != EVERYTHING
        case _:
            return True


def _flow(word: str, sources: Peers, destinations: Peers, ports: Formula) -> str:
    ends = f"{word} {say_peers(sources)} -> {say_peers(destinations)}"
    said = say_ports(ports)
    return f"{ends} : {said}" if said else ends


def _reach(reach: tuple[Reach, ...]) -> str:
    """What `confined` leaves open, a flow for each peer."""
    said = []
    for flow in reach:
        ports = say_ports(flow.ports)
        words = ["*"] if flow.destinations is None else [_peer(_said_anywhere(p)) for p in flow.destinations]
        said += [f"{who} : {ports}" if ports else who for who in words]
    return " + ".join(said) or NOTHING


def _said_anywhere(peer: Peer) -> Peer:
    """A peer of `confined`, where a bare selector that has no words of its own may as well say: of all namespaces."""
    if not isinstance(peer, PodPeer) or not peer.is_bare:
        return peer
    plain = _is_notation(peer) and describe(peer.pods).split()[0] != NOTHING
    return peer if plain else PodPeer(peer.pods, namespaces=EVERYTHING)


def say_peers(peers: Peers) -> str:
    return "*" if peers is None else " or ".join(_peer(peer) for peer in peers)


def _peer(peer: Peer) -> str:
    match peer:
        case AddressPeer(_, text):
            return text
        case ExternalPeer():
            return "external"
        case NodePeer():
            return "node"
        case ServicePeer(any_of, otherwise):
            named = f"Service {listed([f'{namespace}/{name}' for namespace, name in any_of], _MOST)}"
            return named if otherwise is None else f"{named} (else {_reach((otherwise,))})"
        case PodPeer(pods, names, namespaces):
            if peer.is_bare:
                return _bare(pods)
            if names is not None and len(names) == 1 and namespaces in (None, EVERYTHING):
                return f"{min(names)}/{describe(pods)}"
            chosen = _named(names, namespaces or EVERYTHING)
            return f"{{{describe(chosen)}}}/{describe(pods)}" if chosen.requirements else f"*/{describe(pods)}"


def _named(names: frozenset[str] | None, namespaces: Selector) -> Selector:
    """The selector of namespaces that meet `namespaces` and have one of `names`."""
    if names is None:
        return namespaces
    return Selector(namespaces.requirements | {Requirement(NAMESPACE_NAME, Operator.IN, names)})


def _bare(pods: Selector) -> str:
    if pods == EVERYTHING:
        return "every pod of declared namespaces"
    text = describe(pods)
    prefix, slash, _ = text.partition("/")
    if text in KEYWORDS or reads_as_address(text) or (slash and is_dns_label(prefix)):
        return f"pods {text} of declared namespaces"
    return text


def say_ports(ports: Formula) -> str:
    """The ports as a list of items; empty iff there is no restriction. Raises ValueError where they are no such list
    (`has_plain_ports`)."""
    match ports:
        case And(()):
            return ""
        case Or(items) if items:
            return ",".join(say_ports(item) for item in items)
        case PortIn(protocol, numbers) if numbers == PORTS:
            return str(protocol)
        case PortIn(protocol, numbers):
            return ",".join(f"{protocol}/{low}" if low == high else f"{protocol}/{low}-{high}" for low, high in numbers)
        case PortNamed(name, protocol):
            return f"{protocol or Protocol.TCP}/{name}"
        case (
            And() | Or() | Not() | KindIn() | PodLabels() | WorkloadIn() | NamespaceLabels() | NamespaceIn()
            | SameNamespace() | SameNode() | SameLabel() | AddressIn() | SwitchIs() | Hairpin() | Havoc()
        ):  # fmt: skip
            raise ValueError(f"no formula over ports: {ports}")
        case _:
            assert_never(ports)
