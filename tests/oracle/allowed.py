"""One concrete connection (docs/semantics.md 1.3 and 3.6), given as plain data.

    {source: END, destination: END, protocol: TCP, port: 80, sameNode: .., itself: .., viaService: .., seen: ADDRESS}
    END = {kind: pod|hostpod|node|external, namespace, namespaceLabels, labels, ip,
           namedPorts: [{name, protocol, port, from: container|sidecar|init}]}

`namespaceLabels` are those of a namespace without a Namespace object; `kind` is pod where a namespace is given and
external otherwise; a missing `ip` is one that no test's block covers.
"""

import ipaddress
from typing import Any

from . import calico, cilium, tiers
from .labels import NAME
from .rules import (
    EGRESS,
    INGRESS,
    Cluster,
    End,
    Namespace,
    Plain,
    Policy,
    blocked_peer,
    governed,
    names_at,
    nodelike,
    peers,
    ports_match,
    read,
    selected_peer,
    selects,
)

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
SURE, NEVER = frozenset({True}), frozenset({False})
NOWHERE = {"source": "10.255.0.1", "destination": "10.255.0.2"}


def allowed(manifests: list[Plain], connection: Plain, switches: dict[str, str]) -> bool:
    """allow(c) of 1.3 under a full setting of the switches: whether the connection is surely allowed."""
    return outcomes(manifests, connection, switches) == {True}


def outcomes(manifests: list[Plain], connection: Plain, switches: dict[str, str]) -> frozenset[bool]:
    """All that can come of the connection: both where that hangs on a tie (4.4), or on what nobody can say (1.5)."""
    into, out = legs(read(manifests), connection, switches)
    return frozenset(a and b for a in out for b in into)


def legs(cluster: Cluster, connection: Plain, switches: dict[str, str]) -> tuple[frozenset[bool], frozenset[bool]]:
    """All that can come of whether the destination lets the connection in, and whether the source lets it out."""
    source, destination = end(cluster, connection["source"]), end(cluster, connection["destination"])
    itself, service = bool(connection.get("itself")), bool(connection.get("viaService"))
    if itself and not service:
        return SURE, SURE
    hairpin = itself and service and switches["self_via_service"] == "allow"
    same_node = bool(connection.get("sameNode"))
    free = not source.podlike
    free = free or (nodelike(destination, switches) and same_node and switches["local_node_egress"] == "always")
    out = SURE if free else _leg(cluster, EGRESS, source, destination, connection, switches, hairpin)
    if source.kind == "pod" and nodelike(destination, switches) and same_node:
        out = NEVER if switches["local_node_egress"] == "policy_then_drop" else out
    free = not destination.podlike
    free = free or (nodelike(source, switches) and same_node and switches["local_node_ingress"] == "always")
    if free:
        return SURE, out
    mesh = _meshed(cluster, source, destination, connection, switches)
    network = _leg(cluster, INGRESS, destination, source, connection, switches, hairpin)
    return frozenset(a and b for a in mesh for b in network), out


def _meshed(cluster: Cluster, source: End, destination: End, connection: Plain, setting: Any) -> frozenset[bool]:
    """What a proxy in front of the destination makes of it (7)."""
    seen = connection.get("seen") if source.kind == "external" else None
    shown = ipaddress.ip_address(seen or connection["source"].get("ip") or NOWHERE["source"])
    own = ipaddress.ip_address(connection["destination"].get("ip") or NOWHERE["destination"])
    caller = cluster.mesh.caller(source, shown.version, int(shown), setting)
    callee = cluster.mesh.callee(destination, own.version, int(own), setting)
    return cluster.mesh.outcomes(caller, callee, connection["protocol"], connection.get("port"), setting)


def side(manifests: list[Plain], connection: Plain, switches: dict[str, str], way: str) -> frozenset[bool]:
    """All that can come of one side, of a pod that is not on the peer's node."""
    cluster = read(manifests)
    ends = end(cluster, connection["source"]), end(cluster, connection["destination"])
    subject, peer = ends if way == EGRESS else ends[::-1]
    return _leg(cluster, way, subject, peer, connection, switches, False) if subject.podlike else SURE


def end(cluster: Cluster, plain: Plain) -> End:
    """The endpoint that plain data describe."""
    kind = plain.get("kind") or ("pod" if "namespace" in plain else "external")
    if kind in ("node", "external"):
        return End(kind)
    name = plain["namespace"]
    labels = cluster.namespaces.get(name) or {**(plain.get("namespaceLabels") or {}), NAME: name}
    named = [
        (port["name"], port.get("protocol") or "TCP", port["port"], port.get("from") or "container")
        for port in plain.get("namedPorts") or []
    ]
    home, own = Namespace(name, labels, 0, name in cluster.namespaces), plain.get("labels") or {}
    return End(kind, home, own, named, hides=cluster.fence.is_there)


def _leg(
    cluster: Cluster, way: str, subject: End, peer: End, connection: Plain, setting: Any, hairpin: bool
) -> frozenset[bool]:
    """pipeline_D(c) of 1.3: all that can come of one side."""
    address = _shown(peer, connection, "source" if way == INGRESS else "destination")
    target = subject if way == INGRESS else peer
    protocol, port = connection["protocol"], connection.get("port")
    names = names_at(target, protocol, port, setting)

    def fires(policy: tiers.Tiered, rule: tiers.Rule) -> str:
        if not tiers.governs(policy, subject):
            return tiers.NO
        if rule.everything:
            return tiers.YES
        if rule.ports is not None and not any(tiers.port_fits(e, protocol, port, names) for e in rule.ports):
            return tiers.NO
        fits = {tiers.peer_fits(p, peer, address.version, int(address), cluster.nodes, setting) for p in rule.peers}
        return next(answer for answer in (tiers.YES, tiers.PERHAPS, tiers.NO) if answer in fits)

    if cluster.calico.is_used:
        ends = {"source": peer, "destination": subject} if way == INGRESS else {"source": subject, "destination": peer}
        packet = calico.Packet(
            *(_placed(ends[role], connection, role) for role in ("source", "destination")),
            protocol,
            port,
            frozenset(names),
            setting["external_source"] == "node",
        )
        where = (way, peer, address, protocol, port, names, setting)
        namespaced = [
            (policy.name, policy.namespace, True, _lets([policy], *where))
            for policy in cluster.policies
            if governed(subject, setting) and selects(policy, subject) and way in policy.rules
        ]
        wide = [
            (policy, tiers.governs(policy, subject), [(rule.action, fires(policy, rule)) for rule in policy.rules[way]])
            for policy in cluster.tiers
        ]
        return calico.pipeline(cluster.calico, way, packet, namespaced, wide, setting, hairpin)
    tie = setting["same_priority"] if cluster.tiers else ""
    admin, baseline = (tiers.staged(cluster.tiers, tier, fires, way, tie) for tier in ("Admin", "Baseline"))
    mine = [policy for policy in cluster.policies if governed(subject, setting) and selects(policy, subject)]
    applying = [policy for policy in mine if way in policy.rules]
    namespaced = tiers.PASS
    if applying and not hairpin:
        lets = _lets(applying, way, peer, address, protocol, port, names, setting)
        namespaced = tiers.ALLOW if lets else tiers.DENY
    finality = setting["np_finality"] if cluster.tiers else ""
    said = {namespaced}
    if cluster.fence.is_there and setting["cilium_mode"] == "never":
        return SURE
    if cluster.fence.is_there and not hairpin:
        said = _fenced(cluster.fence, way, subject, peer, address, connection, names, namespaced, setting)
    ends = (tiers.piped(admin, each, len(mine) > len(applying), baseline, finality) for each in said)
    return frozenset().union(*ends)


def _fenced(
    fence: cilium.Fence,
    way: str,
    subject: End,
    peer: End,
    address: IPAddress,
    connection: Plain,
    names: set[str],
    namespaced: str,
    setting: Any,
) -> set[str]:
    """What the stages of Cilium come to."""
    same_node, packet = bool(connection.get("sameNode")), (connection["protocol"], connection.get("port"), names)

    def fires(arm: cilium.Arm) -> str:
        place = (peer, address.version, int(address), same_node, setting)
        fits = cilium.peer_fits(arm, fence, *place), cilium.port_fits(arm, *packet)
        return cilium.least((cilium.governs(arm.rule, subject), *fits))

    isolated = cilium.isolated(fence, way, subject, namespaced != tiers.PASS, setting)
    arms = [(arm, fires(arm)) for arm in fence.arms(way)]
    return cilium.judged(arms, namespaced == tiers.ALLOW, isolated)


def _shown(end: End, connection: Plain, role: str) -> IPAddress:
    """The address of an end as policies see it."""
    shown = connection[role].get("ip") or NOWHERE[role]
    if role == "source" and end.kind == "external" and connection.get("seen"):
        shown = connection["seen"]
    return ipaddress.ip_address(shown)


def _placed(end: End, connection: Plain, role: str) -> calico.Side:
    address = _shown(end, connection, role)
    return calico.Side(end, address.version, int(address))


def _lets(
    applying: list[Policy],
    way: str,
    peer: End,
    address: IPAddress,
    protocol: str,
    port: int | None,
    names: set[str],
    setting: Any,
) -> bool:
    """Whether some rule of 3.6 of the policies that isolate the subject lets the connection through."""
    for policy in applying:
        for rule in policy.rules[way]:
            listed = peers(rule, way)
            if not listed and ports_match(rule, protocol, port, names, setting):
                return True
            for item in listed:
                block = "ipBlock" in item
                if block:
                    fits = blocked_peer(item, peer, address.version, int(address), setting)
                else:
                    fits = selected_peer(item, policy, peer, setting)
                if fits and ports_match(rule, protocol, port, names, setting, block and way == EGRESS):
                    return True
    return False
