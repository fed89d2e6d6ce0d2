"""What each end of a connection brings to the verdict: under one setting of the switches, the endpoints of a world that
behave alike are one `Row`."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, combinations
from typing import Any, NamedTuple

from . import calico, cilium, claims, tiers
from .addresses import span
from .budget import Budget
from .calicosides import Judge
from .fences import Fences, Mask
from .labels import Labels, matches
from .ladders import Ladders
from .mesh import Callee, Caller
from .rules import (
    EGRESS,
    INGRESS,
    End,
    Plain,
    Workload,
    governed,
    kind_ok,
    names_at,
    nodelike,
    peers,
    port_matches,
    ports,
    ports_match,
    selected_peer,
    selects,
)
from .world import World, places


class Arm(NamedTuple):
    """One way a policy lets traffic in or out: one peer of one rule. `peer` None: the rule names none."""

    policy: int
    rule: Plain
    peer: Plain | None

    @property
    def by_address(self) -> bool:
        return self.peer is not None and "ipBlock" in self.peer


class Row(NamedTuple):
    """Endpoints that behave alike on one side. Sets of arms are bit masks.

    on_node: it has the address of its node; nodelike: policies take it for its node.
    isolated: some policy governs it on its side; arms: those of the policies that do. offered: the arms on the other
    side whose peer it is. counted: it can break the property; scoped: its end is in the property's scope.
    bars: of cluster-scoped policies whose subject it is; meant: those on the other side whose peer it is, perhaps and
    surely. elsewhere: a NetworkPolicy governs it on the other side only. accepted: the flows that mean it.
    supposed: with labels that it perhaps has. calico: what Calico's policies can tell of it; seen: and of the address
    that they see; governing: the NetworkPolicies that isolate it on its side, where Calico is used.
    guards: the arms of Cilium's rules whose subject it is; visits: those on
    the other side whose peer it is, on another node and on its own; fenced: whether it is isolated there.
    meshed: what proxies can tell of it (7).
    """

    podlike: bool
    on_node: bool
    nodelike: bool
    family: int
    isolated: bool
    arms: int
    offered: int
    counted: bool
    scoped: bool
    group: str | None
    names: object
    bars: int
    meant: tuple[int, int]
    elsewhere: bool
    accepted: int
    supposed: bool
    shows: bool = False
    """It shows the address of a node."""
    serves: int = 0
    """Of what may be reached under such an address, where that is limited, what it is."""
    calico: object = None
    governing: tuple[int, ...] = ()
    guards: Mask = Mask()
    visits: tuple[Mask, Mask] = (Mask(), Mask())
    fenced: str = ""
    meshed: Caller | Callee | None = None
    parts: int | None = None
    """The parts of the claim that mean it, where that has some."""


class Who(NamedTuple):
    """An endpoint behind a row, with addresses that stand for all it may have there. `homes`: for each address the node
    that it is then on, where the input says."""

    end: End
    addresses: tuple[int, ...]
    seen: tuple[int, ...] = ()
    homes: tuple[str | None, ...] = ()


Rows = dict[Row, list[Who]]


class Point(NamedTuple):
    """A protocol and port, the names the destination has for it, and the arms, bars and flows whose ports they meet."""

    protocol: str
    port: int | None
    names: frozenset[str]
    inward: int
    outward: int
    bars_inward: int
    bars_outward: int
    accepted: int
    served: int = 0
    arms_inward: Mask = Mask()
    arms_outward: Mask = Mask()
    calico: object = None
    meshed: object = None
    parts: int = 0


ROW = 30
"""What a row costs, in pairs (`Budget`)."""
BEHIND = "? behind a Service"
"""What is no pod, and nobody that the input tells of."""


@dataclass(frozen=True)
class Somewhere:
    """A pod of a namespace of which nothing else is known."""

    namespace: str


@dataclass
class Stage:
    """A world and a claim about it, with all that does not hang on switches computed once."""

    world: World
    claim: Plain
    budget: Budget = field(default_factory=Budget)
    arms: dict[str, list[Arm]] = field(init=False)
    blocks: list[Plain] = field(init=False)
    ladders: Ladders = field(init=False)
    judge: Judge = field(init=False)
    fences: Fences = field(init=False)
    served: list[tuple[Plain, Plain]] | None = None
    """Pods, as a peer, and a port of theirs that outside clients may reach under the address of a node; None: any."""
    _places: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.arms = {
            way: [
                Arm(i, rule, peer)
                for i, policy in enumerate(self.world.policies)
                for rule in policy.rules.get(way, ())
                for peer in peers(rule, way) or [None]
            ]
            for way in (INGRESS, EGRESS)
        }
        said = (self.claim, *claims.flows(self.claim))
        rows = [peer for claim in said for side in claims.lists(claim) for peer in side or []]
        self.blocks = [arm.peer["ipBlock"] for way in self.arms.values() for arm in way if arm.peer and arm.by_address]
        self.blocks += [peer["ipBlock"] for peer in rows if "ipBlock" in peer]
        self.ladders = Ladders(self.world)
        self.blocks += self.ladders.blocks()
        self.judge = Judge(self.world.calico, self.world.tiers)
        self.blocks += [{"cidr": cidr} for cidr in calico.cidrs(self.world.calico)]
        self.fences = Fences(self.world)
        self.blocks += [{"cidr": cidr} for cidr in cilium.cidrs(self.world.fence)]
        self.blocks += [{"cidr": cidr} for cidr in self.world.mesh.cidrs()]

    def places(self, end: End) -> list[tuple[int, frozenset[int], tuple[int, ...]]]:
        key = f"{end.kind} {end.workload.key if end.workload is not None else ''}"
        if key not in self._places:
            self._places[key] = places(self.world, end, self.blocks)
        return self._places[key]  # type: ignore[no-any-return]

    def who(self, end: End, family: int, addresses: tuple[int, ...], seen: tuple[int, ...] = ()) -> "Who":
        key, single = (end.workload.key, end.workload.is_told) if end.workload is not None else (None, False)
        homes = (self.world.residents.place(end.kind, key, single, family, address) for address in addresses)
        return Who(end, addresses, seen, tuple(homes))

    def in_block(self, block: Plain, hit: frozenset[int]) -> bool:
        return any(block is self.blocks[i] for i in hit)

    def fits(self, peer: Plain, end: End, hit: frozenset[int], setting: Any, anywhere: bool = False) -> bool:
        """True iff the endpoint is one that a property's peer speaks of; `node: {}` speaks of whatever counts as its
        node. `anywhere`: it is what `only` exempts or a confined pod may reach, wherever that runs and whoever uses the
        address."""
        if "external" in peer:
            return end.kind == "external"
        if "node" in peer:
            return nodelike(end, setting)
        if "ipBlock" in peer and not anywhere and (owner := self.owner(peer["ipBlock"])) is not None:
            if owner == BEHIND:
                who = end.kind == "external" or (nodelike(end, setting) and not self.world.residents.complete)
                return who and self.in_block(peer["ipBlock"], hit)
            if isinstance(owner, Somewhere):
                alike = end.kind == "pod" and end.namespace is not None and end.namespace.name == owner.namespace
                return alike and self.in_block(peer["ipBlock"], hit)
            if isinstance(owner, str):
                return nodelike(end, setting) and self.in_block(peer["ipBlock"], hit)
            alike = end.kind == "pod" and any(self._is_like(end, workload) for workload in owner)
            return alike and self.in_block(peer["ipBlock"], hit)
        if "ipBlock" in peer:
            given = (self.world.universe.get("addresses") or {}).get("pods") is not None
            who = end.kind == "external" or anywhere or (end.kind == "pod" and given)
            return who and self.in_block(peer["ipBlock"], hit)
        if end.namespace is None:
            return False
        return (
            matches(peer.get("podSelector") or {}, end.labels)
            and matches(peer.get("namespaceSelector") or {}, end.namespace.labels)
            and (peer.get("namespaces") is None or end.namespace.name in peer["namespaces"])
            and (anywhere or end.namespace.declared or not claims.is_bare(peer))
            and ("listening" not in peer or self._listens(end, **peer["listening"]))
        )

    def _listens(self, end: End, mine: set[str], everyone: list[Workload], surely: bool) -> bool:
        """True iff a pod behind a Service is asked on a number on which some of its workloads listen, or is surely one
        of theirs that does; or, where these are none, surely no workload's (1.6)."""
        every = [w for w in self.world.workloads if w.key in {one.key for one in everyone}]
        if not surely:
            asked = any(self._is_like(end, w) for w in every if w.key in mine)
            return asked or not any(self._is_surely(end, w) for w in every)
        known = not mine or any(self._is_surely(end, w) for w in every if w.key in mine)
        return known and not any(self._is_like(end, w) for w in every if w.key not in mine)

    def _is_surely(self, end: End, workload: Workload) -> bool:
        """True iff it is like one of a workload, of which controllers of unknown kinds add no label."""
        return self._is_like(end, replace(workload, foreign=False))

    def starts(self, kind: str, peer: Plain, end: End, hit: frozenset[int], setting: Any) -> bool:
        """True iff a peer of the sources speaks of the endpoint. Of who may `never` do a thing a bare selector speaks
        wherever they run; whoever has an address of a block is not meant by that."""
        wherever = kind == "only" or (kind == "never" and claims.is_selector(peer))
        return self.fits(peer, end, hit, setting, wherever)

    def owner(self, block: Plain) -> "str | list[Workload] | Somewhere | None":
        """Whose the address is that is all of a block: a node's, by its name, a pod's of one of some workloads or of
        one of a namespace, or that of what is no pod."""
        version, low, high = span(block["cidr"])
        if low != high or block.get("except"):
            return None
        if (node := self.world.residents.nodes.get((version, low))) is not None:
            return node
        if (version, low) in self.world.residents.behind:
            return BEHIND
        if (home := self.world.residents.strange.get((version, low))) is not None:
            return Somewhere(home)
        pods = self.world.residents.pods.get((version, low), ())
        return [w for w in self.world.workloads if w.key in pods] or None

    def _is_like(self, end: End, workload: Workload) -> bool:
        """True iff the endpoint is a pod of the workload, or one that nothing tells from it."""
        if end.workload is not None and end.workload.key == workload.key and not end.workload.foreign:
            return True
        free = {key: each for key, each in workload.free.items() if key in self.world.keys}
        more = end.labels.keys() - workload.labels.keys() if workload.foreign else set()
        keys = (end.labels.keys() | (workload.labels.keys() & self.world.keys)) - free.keys() - more
        return (
            end.namespace is not None
            and end.namespace.name == workload.namespace
            and all(each.admits(end.labels.get(key)) for key, each in free.items())
            and all(end.labels.get(key) == workload.labels.get(key) for key in keys)
        )

    def candidates(self, side: list[Plain] | None, setting: Any, exempt: bool = False) -> Iterator[End]:
        """The endpoints on one side: pods, external ones, and nodes and hostNetwork pods where the universe or a peer
        covers them; else those hostNetwork workloads that a selector there matches. exempt: the peers are those that
        `only` lets through, of whom an address says nothing of other nodes."""
        yield from self.world.ends
        if self.covers_nodes(side, exempt):
            yield from self.world.hosts
            return
        chosen = [peer for peer in side or [] if claims.is_selector(peer)]
        for guest in self.world.guests:
            if any(self.fits(peer, guest, frozenset(), setting) for peer in chosen):
                yield guest

    def covers_nodes(self, side: list[Plain] | None, exempt: bool = False) -> bool:
        named = (peer for peer in side or [] if "node" in peer or (not exempt and self._is_of_node(peer)))
        return bool(self.world.universe.get("nodes")) or any(named)

    def _is_of_node(self, peer: Plain) -> bool:
        owner = self.owner(peer["ipBlock"]) if "ipBlock" in peer else None
        return isinstance(owner, str) and (owner != BEHIND or not self.world.residents.complete)

    def scoped(self, side: list[Plain] | None, end: End, hit: frozenset[int], setting: Any) -> bool:
        """True iff the endpoint, a pod to be protected, is in a declared namespace or in one that its peer names."""
        if end.namespace is None:
            return False
        return end.namespace.declared or any(
            self.fits(peer, end, hit, setting) and end.namespace.name in claims.named_namespaces(peer)
            for peer in side or []
        )

    def governing(self, way: str, end: End, setting: Any) -> tuple[bool, int]:
        """Whether the endpoint is isolated, and the arms of the policies that isolate it."""
        if not end.podlike:
            return False, 0
        policies = self.world.policies
        applying = {i for i, policy in enumerate(policies) if way in policy.rules and selects(policy, end)}
        if not applying or not governed(end, setting):
            return False, 0
        return True, sum(1 << i for i, arm in enumerate(self.arms[way]) if arm.policy in applying)

    def applying(self, way: str, end: End, setting: Any) -> tuple[int, ...]:
        """The policies that isolate the endpoint, where Calico's stand among them."""
        if not self.world.calico.is_used or not end.podlike:
            return ()
        found = [i for i, p in enumerate(self.world.policies) if way in p.rules and selects(p, end)]
        return tuple(found) if found and governed(end, setting) else ()

    def told(self, end: End, family: int, address: int, seen: int) -> object:
        """What Calico's policies can tell of an endpoint at its own address, and at the one they see."""
        if not self.world.calico.is_used:
            return None
        return self.judge.of_end(end, family, address), self.judge.of_end(end, family, seen)

    def is_isolated(self, way: str, end: End, setting: Any) -> str:
        """Whether the endpoint is isolated, by whatever policy."""
        if self.world.calico.is_used:
            return calico.isolated(self.world.calico, way, end, self.governing(way, end, setting)[0])
        return self.fences.asking(way, end, self.governing(way, end, setting)[0], setting)

    def elsewhere(self, way: str, end: End, setting: Any) -> bool:
        """True iff some NetworkPolicy selects the endpoint that does not govern this direction."""
        other = [policy for policy in self.world.policies if way not in policy.rules]
        return bool(self.world.tiers) and any(selects(p, end) for p in other) and governed(end, setting)

    def offered(self, way: str, end: End, hit: frozenset[int], setting: Any) -> int:
        """The arms whose peer the endpoint is."""
        mask = 0
        for i, arm in enumerate(self.arms[way]):
            if arm.peer is None:
                fit = True
            elif arm.by_address:
                fit = self.in_block(arm.peer["ipBlock"], hit) and kind_ok(end, setting)
            else:
                fit = selected_peer(arm.peer, self.world.policies[arm.policy], end, setting)
            mask |= fit << i
        return mask

    def accepted(self, side: str, end: End, hit: frozenset[int], setting: Any) -> int:
        """The flows that mean the endpoint on this side."""
        return sum(
            (flow[side] is None or any(self._lets(flow, side, peer, end, hit, setting) for peer in flow[side])) << i
            for i, flow in enumerate(claims.flows(self.claim))
        )

    def _lets(self, flow: Plain, side: str, peer: Plain, end: End, hit: frozenset[int], setting: Any) -> bool:
        """What excuses a property speaks of sources as the property does."""
        if side == "from":
            return self.starts("never" if self.claim["kind"] == "never" else "", peer, end, hit, setting)
        return self.fits(peer, end, hit, setting, flow.get("anywhere", False))

    def group(self, end: End) -> str | None:
        if self.claim["kind"] != "separate" or end.namespace is None:
            return None
        labels: Labels = end.namespace.labels if self.claim["of"] == "namespace" else end.labels
        return labels.get(self.claim["key"])

    def sources(self, kind: str, setting: Any) -> Rows:
        listed = self.claim.get("from")
        rows: Rows = {}
        for end in self.candidates(listed, setting, exempt=kind == "only"):
            if kind == "only" and end in self.world.guests and not self.covers_nodes(listed, exempt=True):
                continue
            isolated, arms = self.governing(EGRESS, end, setting)
            node = nodelike(end, setting)
            for family, hit, addresses in self.places(end):
                fits = listed is None or any(self.starts(kind, peer, end, hit, setting) for peer in listed)
                if kind != "only" and not fits:
                    continue
                scoped = self.scoped(listed if kind != "only" else None, end, hit, setting)
                seen = [(hit, ())]
                if end.kind == "external" and setting["external_source"] == "node":
                    seen += [(shown, by) for other, shown, by in self.places(End("node")) if other == family]
                self.budget.spend(ROW * len(seen))
                for shown, by in seen:
                    row = Row(
                        end.podlike, end.on_node, node, family, isolated, arms,
                        self.offered(INGRESS, end, shown, setting),
                        not (kind == "only" and fits), scoped, self.group(end), None,
                        self.ladders.governing(EGRESS, end),
                        self.ladders.meant(INGRESS, end, family, addresses[0], setting),
                        self.elsewhere(EGRESS, end, setting),
                        self.accepted("from", end, hit, setting),
                        end.supposed,
                        bool(by),
                        0,
                        self.told(end, family, addresses[0], by[0] if by else addresses[0]),
                        self.applying(EGRESS, end, setting),
                        self.fences.governing(EGRESS, end),
                        self.fences.meant(INGRESS, end, family, (by or addresses)[0], setting),
                        self.fences.asking(EGRESS, end, isolated, setting),
                        self.world.mesh.caller(end, family, (by or addresses)[0], setting),
                    )  # fmt: skip
                    rows.setdefault(row, []).append(self.who(end, family, addresses, by))
        return rows

    def destinations(self, setting: Any) -> Rows:
        listed = self.claim.get("to")
        named = [peer for flow in self.claim.get("reach") or [] for peer in flow["to"] or [] if "node" in peer]
        rows: Rows = {}
        for end in self.candidates(listed or named or None, setting):
            isolated, arms = self.governing(INGRESS, end, setting)
            node = nodelike(end, setting)
            names: object = "any" if end.named is None else (id(end.workload) if end.workload and end.named else None)
            for family, hit, addresses in self.places(end):
                if listed is None or any(self.fits(peer, end, hit, setting) for peer in listed):
                    self.budget.spend(ROW)
                    row = Row(
                        end.podlike, end.on_node, node, family, isolated, arms,
                        self.offered(EGRESS, end, hit, setting),
                        True, self.scoped(listed, end, hit, setting), self.group(end), names,
                        self.ladders.governing(INGRESS, end),
                        self.ladders.meant(EGRESS, end, family, addresses[0], setting),
                        self.elsewhere(INGRESS, end, setting),
                        self.accepted("to", end, hit, setting),
                        end.supposed,
                        False,
                        self.serves(end),
                        self.told(end, family, addresses[0], addresses[0]),
                        self.applying(INGRESS, end, setting),
                        self.fences.governing(INGRESS, end),
                        self.fences.meant(EGRESS, end, family, addresses[0], setting),
                        self.fences.asking(INGRESS, end, isolated, setting),
                        self.world.mesh.callee(end, family, addresses[0], setting),
                        self.parts(end, hit, setting),
                    )  # fmt: skip
                    rows.setdefault(row, []).append(self.who(end, family, addresses))
        return rows

    def parts(self, end: End, hit: frozenset[int], setting: Any) -> int | None:
        """Which parts of the claim mean the endpoint; None where it has none."""
        parts = self.claim.get("parts")
        return parts and sum(self.fits(peer, end, hit, setting) << i for i, (peer, _) in enumerate(parts))

    def serves(self, end: End) -> int:
        """Of what may be reached under the address of a node, whose pods the endpoint is one of."""
        peers = [peer for peer, _ in self.served or ()]
        return sum(
            (end.namespace is not None and self.fits(peer, end, frozenset(), None, anywhere=True)) << i
            for i, peer in enumerate(peers)
        )

    def points(self, end: End, setting: Any) -> list[Point]:
        """The protocols and ports of the property at this destination, one for each way in which the arms' ports may
        meet them."""
        entries = ports(self.claim)
        flows = [ports(flow) for flow in claims.flows(self.claim)]
        served = [port for _, port in self.served or ()]
        every = [e for way in self.arms.values() for arm in way for e in ports(arm.rule)] + sum(flows, entries) + served
        every += [entry for _, entry in self.claim.get("parts") or ()]
        tiered = self.ladders.entries()
        numbers = [n for e in every for n in (e.get("port"), e.get("endPort")) if isinstance(n, int)]
        names_of_tiers = {name for e in tiered for name in (e.get("namedPort"), e.get("destinationNamedPort")) if name}
        numbers += [
            n for e in tiered if not {"namedPort", "destinationNamedPort"} & e.keys() for n in tiers.numbers(e)[1:]
        ]
        of_calico = calico.port_words(self.world.calico)
        numbers += of_calico[0]
        names_of_tiers |= of_calico[1]
        of_cilium = cilium.ports(self.world.fence)
        numbers += of_cilium[0]
        known = chain(self.world.ends, self.world.hosts, self.world.guests)
        numbers += self.world.mesh.ports()
        numbers += [number for known_end in known for _, _, number, _ in known_end.named or ()]
        starts = sorted({1, *(n for n in numbers if n), *(n + 1 for n in numbers if n < 65535)})
        choices: list[tuple[str, int | None]] = [(proto, n) for proto in ("TCP", "UDP") for n in starts]
        if setting["sctp"] == "yes":
            choices += [("SCTP", n) for n in starts]
        if setting["other_protocols"] == "on":
            choices.append(("OTHER", None))
        wanted = sorted({e["port"] for e in every if isinstance(e.get("port"), str)} | names_of_tiers | of_cilium[1])
        found: dict[object, Point] = {}
        for protocol, port in choices:
            if end.named is None and port is not None:
                options = [frozenset(c) for size in range(len(wanted) + 1) for c in combinations(wanted, size)]
            else:
                options = [frozenset(names_at(end, protocol, port, setting))]
            for names in options:
                if not of_property(entries, protocol, port, names):
                    continue
                masks = [
                    sum(
                        ports_match(arm.rule, protocol, port, set(names), setting, arm.by_address and way == EGRESS)
                        << i
                        for i, arm in enumerate(self.arms[way])
                    )
                    for way in (INGRESS, EGRESS)
                ]
                masks += [self.ladders.ported(way, protocol, port, names) for way in (INGRESS, EGRESS)]
                masks.append(sum(of_property(each, protocol, port, names) << i for i, each in enumerate(flows)))
                masks.append(sum(of_property([each], protocol, port, names) << i for i, each in enumerate(served)))
                fences = [self.fences.ported(way, protocol, port, names) for way in (INGRESS, EGRESS)]
                told = self.judge.of_point(protocol, port, names)
                of_parts = [([entry] if entry else []) for _, entry in self.claim.get("parts") or ()]
                parts = sum(of_property(each, protocol, port, names) << i for i, each in enumerate(of_parts))
                told_apart = (*masks, *fences, told, self.world.mesh.ported(protocol, port), parts)
                found.setdefault(told_apart, Point(protocol, port, names, *told_apart))
        return list(found.values())


def of_property(entries: list[Plain], protocol: str, port: int | None, names: frozenset[str]) -> bool:
    """True iff a property means the port; in one endPort is simply the range, and no entries mean every port."""
    return not entries or any(port_matches(e, protocol, port, set(names), {"endport": "yes"}) for e in entries)
