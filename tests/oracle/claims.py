"""Properties as plain data: what property files hold (docs/properties.md), and one-liners brought into the same form.

A claim is {kind, from, to, ports} with kind never, always, only or exactly, or {kind: isolated, pods, directions}, or
{kind: confined, from, reach: [{to, ports}]}, `from` being its pods, or {kind: separate, key, of, unlabelled}. Peers are
those of a property file; None: anything. `namespaces` is written into bare selectors where a file has a `namespace` for
them. `accepted`: flows that do not break it, in the form of
claims.
"""

import ipaddress
import re
from typing import Any

from .labels import NAME, requirements

Plain = dict[str, Any]
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")


def read(claim: Plain | str, namespace: str | None = None) -> Plain:
    """The claim of a one-liner, or of one entry of a property file (`namespace`: the file's)."""
    if isinstance(claim, str):
        return _one_line(claim)
    for kind in ("never", "always", "only", "exactly"):
        if kind in claim:
            body = claim[kind] or {}
            peers = {side: _placed(body.get(side), namespace) for side in ("from", "to")}
            return {"kind": kind, **peers, "ports": body.get("ports") or []}
    if "isolated" in claim:
        body = claim["isolated"] or {}
        ways = {"both": ("Ingress", "Egress"), "ingress": ("Ingress",), "egress": ("Egress",)}
        directions = ways[body.get("directions") or "both"]
        return {"kind": "isolated", "pods": _placed(body.get("pods"), namespace), "directions": directions}
    if "confined" in claim:
        body = claim["confined"]
        reach = [{"to": _placed(flow.get("to"), namespace), "ports": flow.get("ports") or []} for flow in body["reach"]]
        return {"kind": "confined", "from": _placed(body["pods"], namespace), "reach": reach}
    body = claim["separate"]
    of = "namespace" if "byNamespaceLabel" in body else "pod"
    key = body["byNamespaceLabel" if of == "namespace" else "byPodLabel"]
    return {"kind": "separate", "key": key, "of": of, "unlabelled": body.get("unlabelled") or "own"}


def _placed(peers: list[Plain] | None, namespace: str | None) -> list[Plain] | None:
    if peers is None or namespace is None:
        return peers
    return [{**peer, "namespaces": [namespace]} if is_bare(peer) else peer for peer in peers]


def flows(claim: Plain) -> list[Plain]:
    """What does not break a claim: what somebody accepted, and what a confined pod may reach, `anywhere`."""
    reach = [{"from": None, **flow, "anywhere": True} for flow in claim.get("reach") or []]
    return [*(claim.get("accepted") or []), *reach]


def lists(claim: Plain) -> list[list[Plain] | None]:
    """Every list of peers that a claim holds."""
    return [*(claim.get(side) for side in ("from", "to", "pods")), *(flow["to"] for flow in claim.get("reach") or [])]


def is_selector(peer: Plain) -> bool:
    return any(peer.get(field) is not None for field in ("podSelector", "namespaceSelector", "namespaces"))


def is_bare(peer: Plain) -> bool:
    return is_selector(peer) and peer.get("namespaceSelector") is None and peer.get("namespaces") is None


def named_namespaces(peer: Plain) -> set[str]:
    """The namespaces that a peer names: listed, or by an In on the label that carries the name."""
    found = set(peer.get("namespaces") or ())
    for key, operator, values in requirements(peer.get("namespaceSelector") or {}):
        if key == NAME and operator == "In":
            found.update(values)
    return found


def selectors(peers: list[Plain] | None) -> tuple[list[Plain], list[Plain]]:
    """The pod selectors and the namespace selectors of peers."""
    listed = peers or []
    by_pod = [peer["podSelector"] for peer in listed if peer.get("podSelector")]
    behind = [w.labels for peer in listed if "listening" in peer for w in peer["listening"]["everyone"]]
    by_pod += [{"matchLabels": labels} for labels in behind]
    by_pod += [{"matchExpressions": [{"key": key, "operator": "Exists"}]} for labels in behind for key in labels]
    return by_pod, [peer["namespaceSelector"] for peer in listed if peer.get("namespaceSelector")]


def _one_line(text: str) -> Plain:
    kind, rest = text.strip().split(None, 1)
    if kind == "confined":
        pods, rest = (part.strip() for part in rest.split(" -> ", 1))
        said = [] if rest == "nothing" else re.split(r"\s\+\s", rest)
        reach = [_one_line(f"never * -> {flow}") for flow in said]
        return {
            "kind": "confined",
            "from": _peers(pods),
            "reach": [{"to": flow["to"], "ports": flow["ports"]} for flow in reach],
        }
    source, rest = (part.strip() for part in rest.split(" -> ", 1))
    target, _, ports = rest.rpartition(" : ") if " : " in rest else (rest, "", "")
    return {"kind": kind, "from": _peers(source), "to": _peers(target.strip()), "ports": _ports(ports.strip())}


def _peers(text: str) -> list[Plain] | None:
    if text == "*":
        return None
    if text in ("external", "node"):
        return [{text: {}}]
    try:
        return [{"ipBlock": {"cidr": str(ipaddress.ip_network(text))}}]
    except ValueError:
        pass
    namespace, slash, rest = text.partition("/") if not text.startswith("{") else text.partition("}/")
    if slash == "}/":
        return [{"namespaceSelector": _selector(namespace[1:]), "podSelector": _selector(rest)}]
    if slash and namespace == "*":
        return [{"namespaceSelector": {}, "podSelector": _selector(rest)}]
    if slash and _DNS_LABEL.match(namespace):
        return [{"namespaces": [namespace], "podSelector": _selector(rest)}]
    return [{"podSelector": _selector(text)}]


def _selector(text: str) -> Plain:
    """kubectl's selector syntax."""
    expressions: list[Plain] = []
    for term in re.findall(r"(?:[^,(]|\([^)]*\))+", "" if text.strip() == "*" else text):
        term = term.strip()
        if found := re.match(r"(\S+)\s+(in|notin)\s*\((.*)\)\Z", term):
            values = [value.strip() for value in found[3].split(",")]
            expressions.append(
                {"key": found[1], "operator": {"in": "In", "notin": "NotIn"}[found[2]], "values": values}
            )
        elif "!=" in term:
            key, value = (part.strip() for part in term.split("!=", 1))
            expressions.append({"key": key, "operator": "NotIn", "values": [value]})
        elif "=" in term:
            key, value = (part.strip() for part in re.split("==?", term, maxsplit=1))
            expressions.append({"key": key, "operator": "In", "values": [value]})
        elif term.startswith("!"):
            expressions.append({"key": term[1:].strip(), "operator": "DoesNotExist"})
        elif term:
            expressions.append({"key": term, "operator": "Exists"})
    return {"matchExpressions": expressions}


def _ports(text: str) -> list[Plain]:
    entries = []
    for item in filter(None, (part.strip() for part in text.split(","))):
        protocol, slash, port = item.partition("/")
        entry: Plain = {"protocol": protocol}
        if slash and (span := re.match(r"(\d+)(?:-(\d+))?\Z", port)):
            entry["port"] = int(span[1])
            if span[2]:
                entry["endPort"] = int(span[2])
        elif slash:
            entry["port"] = port
        entries.append(entry)
    return entries
