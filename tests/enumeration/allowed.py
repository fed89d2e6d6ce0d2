"""One concrete connection (docs/semantics.md 1.3 and 3.6), given as plain data.

    {source: END, destination: END, protocol: TCP, port: 80, sameNode: .., itself: .., viaService: .., seen: ADDRESS}
    END = {kind: pod|hostpod|node|external, namespace, namespaceLabels, labels, ip,
           namedPorts: [{name, protocol, port, from: container|sidecar|init}]}

`namespaceLabels` are those of a namespace without a Namespace object; `kind` is pod where a namespace is given and
external otherwise; a missing `ip` is one that no test's block covers.
"""

import ipaddress
from typing import Any

from .labels import NAME
from .rules import (
    EGRESS,
    INGRESS,
    Cluster,
    End,
    Namespace,
    Plain,
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

NOWHERE = {"source": "10.255.0.1", "destination": "10.255.0.2"}


def allowed(manifests: list[Plain], connection: Plain, switches: dict[str, str]) -> bool:
    """allow(c) of 1.3 under a full setting of the switches."""
    cluster = read(manifests)
    source, destination = end(cluster, connection["source"]), end(cluster, connection["destination"])
    itself, service = bool(connection.get("itself")), bool(connection.get("viaService"))
    if itself and not service:
        return True
    hairpin = itself and service and switches["self_via_service"] == "allow"
    same_node = bool(connection.get("sameNode"))
    out = not governed(source, switches)
    out = out or (nodelike(destination, switches) and same_node and switches["local_node_egress"] == "always")
    out = out or _decides(cluster, EGRESS, source, destination, connection, switches, hairpin)
    into = not governed(destination, switches)
    into = into or (nodelike(source, switches) and same_node and switches["local_node_ingress"] == "always")
    into = into or _decides(cluster, INGRESS, destination, source, connection, switches, hairpin)
    return out and into


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
    return End(kind, Namespace(name, labels, 0, name in cluster.namespaces), plain.get("labels") or {}, named)


def _decides(
    cluster: Cluster, way: str, subject: End, peer: End, connection: Plain, setting: Any, hairpin: bool
) -> bool:
    """NP_D(x, y, c) of 3.6, with Next read as Allow."""
    applying = [policy for policy in cluster.policies if way in policy.rules and selects(policy, subject)]
    if not applying or hairpin:
        return True
    role = "source" if way == INGRESS else "destination"
    shown = connection[role].get("ip") or NOWHERE[role]
    if role == "source" and peer.kind == "external" and connection.get("seen"):
        shown = connection["seen"]
    address = ipaddress.ip_address(shown)
    target = subject if way == INGRESS else peer
    protocol, port = connection["protocol"], connection.get("port")
    names = names_at(target, protocol, port, setting)
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
