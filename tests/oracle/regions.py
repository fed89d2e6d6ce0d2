"""Sets of connections as plain data, as a comparison describes what it added and removed.

    {source: END, destination: END, ports: {TCP: [(low, high)]}, portNames: {TCP/web: true}, sameNamespace, sameNode,
     switches: {SWITCH: [VALUE]}, supposing: {WHAT NOBODY CAN SAY: true}, provided: [Ingress],
     excluding: [the same, but for `excluding`]}
    END = {kinds, namespaces, notNamespaces, namespaceSelector, podSelector, workloads,
           addresses: [(family, low, high)], own: [(family, low, high)], was: [(family, low, high)]}

None stands for anything. All conditions of a region hold together, and those of nothing that it excludes.
"""

from collections.abc import Mapping
from typing import Any

from .labels import Labels, matches
from .rules import End, Plain


def holds_end(region: Plain, end: End) -> bool:
    """True iff the endpoint is one that this end of a region describes, but for its address."""
    names, barred, workloads = region["namespaces"], region["notNamespaces"], region["workloads"]
    name = end.namespace.name if end.namespace is not None else None
    return (
        end.kind in region["kinds"]
        and (names is None or name in names)
        and name not in barred
        and _selected(region["namespaceSelector"], end.namespace.labels if end.namespace is not None else None)
        and _selected(region["podSelector"], end.labels if end.podlike else None)
        and (workloads is None or end.title in workloads)
    )


def _selected(selector: Plain, labels: Labels | None) -> bool:
    """Only a pod has labels; the empty selector asks for none."""
    return not selector.get("matchExpressions") or (labels is not None and matches(selector, labels))


def holds_address(region: Plain, family: int, address: int, field: str = "addresses") -> bool:
    """`field`: `addresses`, as ipBlocks see them, `own`, or `was`, the address before the change."""
    spans = region[field]
    return spans is None or any(version == family and low <= address <= high for version, low, high in spans)


def holds_port(region: Plain, protocol: str, port: int | None, names: set[str]) -> bool:
    """True iff the region's ports hold this one; `names`: what the destination calls it."""
    if protocol not in region["ports"]:
        return False
    if port is not None and not any(low <= port <= high for low, high in region["ports"][protocol]):
        return False
    for written, wanted in region["portNames"].items():
        of, _, name = written.rpartition("/")
        if (name in names and of in ("", protocol)) is not wanted:
            return False
    return True


def holds_relation(
    region: Plain, same_namespace: bool, same_node: bool, setting: Any, supposing: Mapping[str, bool]
) -> bool:
    return (
        region["sameNamespace"] in (None, same_namespace)
        and region["sameNode"] in (None, same_node)
        and all(setting[switch] in values for switch, values in region["switches"].items())
        and all(supposing[about] is value for about, value in region["supposing"].items())
    )
