"""What the peers, ports and selectors of Cilium's policies mean, as formulas (docs/semantics.md 6.2)."""

from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from verifier.ir.endpoint import NODELIKE, Kind
from verifier.ir.labels import (
    NAMESPACE_NAME,
    SERVICE_ACCOUNT,
    Operator,
    Requirement,
    Selector,
    describe,
    matches,
    opposite,
)
from verifier.ir.network import ALL_ADDRESSES, PORTS, AddressSet, Intervals, Protocol
from verifier.ir.policy import (
    FALSE,
    TRUE,
    AddressIn,
    And,
    Formula,
    Havoc,
    KindIn,
    NamespaceIn,
    NamespaceLabels,
    Not,
    Or,
    PodLabels,
    PortIn,
    PortNamed,
    Role,
    SameNamespace,
    SameNode,
    SwitchIs,
)
from verifier.manifests.kubernetes.cilium.spec import (
    ACCOUNT_KEY,
    ANY,
    CLUSTER_KEY,
    K8S,
    NAMESPACE_KEY,
    NAMESPACE_LABELS,
    RESERVED,
    Block,
    CIDRGroup,
    Entity,
    Group,
    Identities,
    Line,
    Named,
    Numbers,
    Peer,
    Port,
    Ports,
    ServiceName,
    Unknown,
)
from verifier.manifests.kubernetes.facts.behind import NOTHING_BEHIND, Behind

_POD = frozenset({Kind.POD})
_OUTSIDE = KindIn(Role.PEER, frozenset({Kind.EXTERNAL}))
_ON_NODE = KindIn(Role.PEER, NODELIKE)
"""hostNetwork pods are their node, whatever `host_network` says: they have no identity of their own."""
_OWN_NODE = And((_ON_NODE, SameNode()))
_OTHER_NODE = And((_ON_NODE, Not(SameNode())))
_APISERVER = Havoc("the addresses of the `kube-apiserver`")
_BLOCKS_HOLD_PODS = SwitchIs("ipblock_pods", "match")
_BLOCK_KINDS = Or(
    (
        _OUTSIDE,
        And((KindIn(Role.PEER, _POD), _BLOCKS_HOLD_PODS)),
        And((_ON_NODE, SwitchIs("ipblock_nodes", "match"))),
    )
)
"""What CIDRs speak of (`policy-cidr-match-mode`)."""
_BEHIND_KINDS = Or((KindIn(Role.PEER, _POD), _BLOCK_KINDS))
"""What can be behind a Service: pods by their labels, and whatever CIDRs speak of."""
_OWN_KEYS = (NAMESPACE_KEY, "io.cilium.")
"""What labels of Cilium's own begin with, which no Service asks for: nobody says what it means there."""
_ENTITIES: dict[str, Formula] = {
    "all": TRUE,
    "world": _OUTSIDE,
    "host": _OWN_NODE,
    "remote-node": _OTHER_NODE,
    "cluster": Or((KindIn(Role.PEER, frozenset({Kind.POD, *NODELIKE})), And((_OUTSIDE, _APISERVER)))),
    "kube-apiserver": And((KindIn(Role.PEER, frozenset({Kind.EXTERNAL, *NODELIKE})), _APISERVER)),
}
"""The entities that somebody of the model is."""
_FAMILIES = (
    AddressSet(v4=ALL_ADDRESSES.family(4)),
    AddressSet(v6=ALL_ADDRESSES.family(6)),
)
_IDENTITIES: dict[str, Formula] = {
    "world": _OUTSIDE,
    "world-ipv4": And((_OUTSIDE, AddressIn(Role.PEER, _FAMILIES[0]))),
    "world-ipv6": And((_OUTSIDE, AddressIn(Role.PEER, _FAMILIES[1]))),
    "host": _OWN_NODE,
    "remote-node": _OTHER_NODE,
    "kube-apiserver": _ENTITIES["kube-apiserver"],
}
"""Who has which label of the source `reserved`."""
_PORTED = (Protocol.TCP, Protocol.UDP, Protocol.SCTP)
_OTHER = Not(Or(tuple(PortIn(protocol, PORTS) for protocol in _PORTED)))
LOOKUPS: Formula = And(
    (
        Or(tuple(PortIn(protocol, Intervals(((53, 53),))) for protocol in _PORTED)),
        Havoc("what this version of Cilium lets through so that `toFQDNs` can be looked up"),
    )
)
"""What is let through so that names can be looked up, perhaps."""


@lru_cache(maxsize=1 << 12)
def icmps(given: tuple[str, ...]) -> Formula:
    """What entries with `icmps` speak of: nothing of TCP, UDP and SCTP."""
    found = tuple(Havoc(f"the ICMP messages {each}") for each in given)
    return And((_OTHER, found[0] if len(found) == 1 else Or(found)))


@lru_cache(maxsize=1 << 16)
def subject(who: Identities, *, of_cluster: bool) -> Formula:
    """Whom a rule governs, its namespace apart, which is forced on whatever label says another."""
    forced = [line for line in who.lines if of_cluster or not _is_forced(line)]
    return _pods(Role.SUBJECT, forced, implied=None)


def _is_forced(line: Line) -> bool:
    return line.is_of_pods and line.key == NAMESPACE_KEY and line.is_label


@lru_cache(maxsize=1 << 16)
def identities(who: Identities, *, of_cluster: bool) -> Formula:
    """Whom a peer means. In a policy of a namespace the own one is implied, else that it is a pod of some namespace;
    nothing is where a label of the source `reserved` is asked for."""
    if any(line.source == RESERVED for line in who.lines):
        return And(tuple(map(_of_anybody, who.lines)))
    own = not of_cluster and not any(line.is_of_namespace for line in who.lines)
    return _pods(Role.PEER, who.lines, implied=SameNamespace() if own else None)


def _pods(role: Role, lines: Sequence[Line], implied: Formula | None) -> Formula:
    namespaces, pods, more = set[Requirement](), set[Requirement](), list[Formula]()
    for line in lines:
        requirement = _requirement(line)
        if not line.is_of_pods:
            more += [FALSE] if line.operator in (Operator.IN, Operator.EXISTS) else []
        elif line.key == CLUSTER_KEY:
            more.append(_cluster(line))
        elif line.is_of_namespace:
            namespaces.add(requirement)
        else:
            pods.add(requirement)
    items: list[Formula] = [KindIn(role, _POD), *([implied] if implied is not None else [])]
    items += [NamespaceLabels(role, Selector(frozenset(namespaces)))] if namespaces else []
    items += [PodLabels(role, Selector(frozenset(pods)))] if pods else []
    return And((*items, *more))


def _requirement(line: Line) -> Requirement:
    key = {NAMESPACE_KEY: NAMESPACE_NAME, ACCOUNT_KEY: SERVICE_ACCOUNT}.get(line.key)
    return Requirement(key or line.key.removeprefix(NAMESPACE_LABELS), line.operator, line.values)


def _cluster(line: Line) -> Formula:
    """Nobody says how the cluster is called, nor whether pods carry that."""
    names = " or ".join(f"`{name}`" for name in sorted(line.values))
    called = Havoc(f"the pods of a cluster called {names}" if names else "the pods of a cluster that has a name")
    return called if line.operator in (Operator.IN, Operator.EXISTS) else Not(called)


def _of_anybody(line: Line) -> Formula:
    """A line that may mean what is no pod, too."""
    positive = line.operator in (Operator.IN, Operator.EXISTS)
    wanted = line if positive else _opposite(line)
    found: list[Formula] = []
    if line.is_of_pods:
        found.append(_pods(Role.PEER, [wanted], None))
    if line.source in (ANY, RESERVED) and (wanted.operator is Operator.EXISTS or "" in wanted.values):
        found += [_IDENTITIES[line.key]] if line.key in _IDENTITIES else []
    has = found[0] if len(found) == 1 else Or(tuple(found))
    return has if positive else Not(has)


def _opposite(line: Line) -> Line:
    said = opposite(Requirement(line.key, line.operator, line.values))
    return Line(line.source, line.key, said.operator, said.values)


class Facts(Struct, frozen=True):
    """What the input says of whom peers can mean."""

    groups: tuple[CIDRGroup, ...] = ()
    behind: Behind = NOTHING_BEHIND


def peer(given: Peer, facts: Facts, *, of_cluster: bool) -> Formula:
    """Whom a peer means."""
    match given:
        case Identities():
            return identities(given, of_cluster=of_cluster)
        case Entity(name):
            return _ENTITIES.get(name, FALSE)
        case Block(addresses):
            return _block(addresses)
        case Group():
            return _group(given, facts.groups)
        case ServiceName():
            return _service(given, facts.behind)
        case Unknown():
            return _unknown(given, facts.behind.written(given.home) if given.sort == "Services" else "")


@lru_cache(maxsize=1 << 16)
def _block(addresses: AddressSet) -> Formula:
    return And((AddressIn(Role.PEER, addresses), _BLOCK_KINDS))


def _group(given: Group, groups: tuple[CIDRGroup, ...]) -> Formula:
    """Of a group that is not in the input nobody knows the addresses."""
    if given.selector is None:
        chosen, told = [group for group in groups if group.name == given.name], str(given.name)
    else:
        selector = given.selector
        chosen, told = [group for group in groups if matches(group.labels, selector)], describe(selector)
    if not chosen:
        left = ALL_ADDRESSES.subtract(given.holes)
        return And((AddressIn(Role.PEER, left), _BLOCK_KINDS, Havoc(f"the addresses of CiliumCIDRGroup `{told}`")))
    addresses = AddressSet()
    for group in chosen:
        addresses = addresses.union(group.addresses)
    return _block(addresses.subtract(given.holes))


def _service(given: ServiceName, behind: Behind) -> Formula:
    """The pods of a Service that selects, and the addresses of one that does not, which are outside as CIDRs are. Of a
    name without namespace nobody knows what else is called so: in namespaces of which the input has no such Service,
    and, but for pods, outside of them."""
    unknown = And((_BEHIND_KINDS, Havoc(f"{given.about}{behind.unclear(given.namespace, given.name)}")))
    if given.namespace is not None:
        known = _behind(behind, given.namespace, given.name)
        return unknown if known is None else known
    homes = behind.homes(given.name)
    found = [_behind(behind, home, given.name) or unknown for home in homes]
    if not homes:
        return unknown
    told = And((KindIn(Role.PEER, _POD), NamespaceIn(Role.PEER, frozenset(homes)), Not(_BLOCKS_HOLD_PODS)))
    return Or((*found, And((Not(told), *unknown.items))))


def _behind(behind: Behind, namespace: str, name: str) -> Formula | None:
    """Whom one Service means; None where nobody can say."""
    service = behind.service(namespace, name)
    if service is None or any(key.startswith(_OWN_KEYS) for key in service.selector):
        return None
    if service.selector:
        lines = [Line(ANY, key, Operator.IN, frozenset({value})) for key, value in sorted(service.selector.items())]
        lines.append(Line(K8S, NAMESPACE_KEY, Operator.IN, frozenset({namespace})))
        return _pods(Role.PEER, lines, None)
    ready, others = AddressSet(), AddressSet()
    for backend in behind.listed(service):
        address = AddressSet.single(int(backend.address), backend.address.version)
        ready, others = (ready.union(address), others) if backend.ready else (ready, others.union(address))
    others = others.subtract(ready)
    doubtful = And((_block(others), Havoc(f"the addresses behind {service} that are not ready")))
    return _block(ready) if others.is_empty() else Or((_block(ready), doubtful))


@lru_cache(maxsize=1 << 12)
def _unknown(given: Unknown, beside: str) -> Formula:
    """beside: what else of the input it hangs on."""
    havoc = Havoc(f"{given.about}{beside}", given.domain)
    match given.sort:
        case "Nodes":
            return And((_OTHER_NODE, havoc))
        case "Services":
            return And((_BEHIND_KINDS, havoc))
        case _:
            return And((_OUTSIDE, havoc))


@lru_cache(maxsize=1 << 16)
def ports(given: tuple[Ports, ...]) -> Formula:
    """True iff one of the items holds, whatever stands above its ports."""
    found = tuple(_item(each.ports) for each in given)
    return found[0] if len(found) == 1 else Or(found)


@lru_cache(maxsize=1 << 16)
def _item(given: tuple[Port, ...]) -> Formula:
    if not given:
        return Havoc("what an item of `toPorts` without ports means")
    found = tuple(formula for port in given for formula in _port(port))
    return found[0] if len(found) == 1 else Or(found)


def _port(port: Port) -> Sequence[Formula]:
    match port:
        case Named(protocol, name):
            return (PortNamed(name, protocol),)
        case Numbers(protocol, low, high):
            numbers = Intervals(((low, high),))
            return [PortIn(each, numbers) for each in (_PORTED if protocol is None else (protocol,))]


def narrowing(about: tuple[str, ...]) -> Formula:
    """What is met, or not, above the ports."""
    found = tuple(Havoc(each) for each in about)
    return found[0] if len(found) == 1 else And(found)
