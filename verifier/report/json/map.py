"""The map for programs: JSON, version 1 (docs/map.md), written out field by field."""

from collections.abc import Iterator, Sequence

from verifier.engine.explain.condition import Setting
from verifier.engine.map.classes import Member
from verifier.engine.map.result import Map, Node, Opening
from verifier.errors import Diagnostic
from verifier.ir.network import Protocol
from verifier.report.json.values import VERSION, Value, cidrs_of, dump, errors, passed_over, selector_of, warnings
from verifier.report.words.conditions import conditions
from verifier.report.words.mapwords import labels_of


def draw(drawn: Map) -> str:
    nodes = [_node(node, drawn) for node in drawn.nodes]
    return dump(
        {
            "version": VERSION,
            "command": "map",
            "universe": drawn.universe,
            "dependsOn": list(drawn.depends_on),
            "assumptions": list(drawn.assumptions),
            "notCovered": list(drawn.not_covered),
            "errors": errors(drawn.diagnostics),
            "warnings": warnings(drawn.diagnostics),
            "passedOver": passed_over(drawn.passed_over),
            "complete": drawn.complete,
            "kinds": [{"drawn": list(kind.drawn), "namespaces": list(kind.names)} for kind in drawn.kinds],
            "nodes": nodes,
            "connections": [
                {
                    "source": nodes[link.source],
                    "destination": nodes[link.destination],
                    "ports": list(_ports(opening)),
                    "notNamed": list(_spared(opening)),
                    "surely": opening.surely,
                    "when": conditions(opening.when),
                    "switches": {
                        fork[0].switch: [c.value for c in fork if isinstance(c, Setting)]
                        for fork in opening.when
                        if isinstance(fork[0], Setting)
                    },
                }
                for link in drawn.links
                for opening in link.openings
            ],
        }
    )


def failed(universe: str, diagnostics: Sequence[Diagnostic]) -> str:
    """The report of a run whose input is at fault."""
    return dump(
        {
            "version": VERSION, "command": "map", "universe": universe, "assumptions": [], "notCovered": [],
            "errors": errors(diagnostics), "warnings": warnings(diagnostics), "passedOver": [],
            "complete": False, "kinds": [], "nodes": [], "connections": [],
        }
    )  # fmt: skip


def _node(node: Node, drawn: Map) -> Value:
    """A node; what it says of pods is null where its members differ in it."""
    members = [_member(member) for member in node.members]
    names = [workload.title for member in node.members for workload in member.workloads]
    first = members[0] if len(members) == 1 else dict.fromkeys(members[0])
    single = node.kind == "workload" and len(names) == 1
    return {
        **first,
        "kind": node.kind,
        "workload": names[0] if single else None,
        "workloads": names,
        "services": _services(node, drawn),
        "isolated": sorted(node.isolated),
        "members": members if len(members) > 1 else [],
    }


def _services(node: Node, drawn: Map) -> Value:
    """The ports of Services that lead to pods of the node, each once."""
    workloads = (str(workload) for member in node.members for workload in member.workloads)
    ports = dict.fromkeys(port for name in workloads for port in drawn.services.get(name, ()))
    return [{"service": each.service, "port": each.port, "targetPort": each.number} for each in ports]


def _member(member: Member) -> dict[str, Value]:
    cidrs, excepts = cidrs_of(member.addresses)
    is_class = member.kind == "class"
    return {
        "namespace": member.namespace,
        "declared": member.declared if member.kind in ("class", "workload") else None,
        "which": member.which,
        "namespaceSelector": selector_of(labels_of(member.place)) if is_class and member.place else None,
        "podSelector": selector_of(member.pods) if is_class else None,
        "podSelectorsNot": [selector_of(selector) for selector in member.but_not],
        "hostNetwork": member.host_network if member.kind in ("class", "workload") else None,
        "cidrs": cidrs,
        "except": excepts,
        "workloads": [workload.title for workload in member.workloads],
    }


def _ports(opening: Opening) -> Iterator[Value]:
    for protocol, ports in opening.ports.numbers.items():
        if protocol is Protocol.OTHER:
            yield _range(protocol, None, None)
        yield from (_range(protocol, low, high) for low, high in ports)
    for protocol, name, ports in opening.ports.named:
        yield from (_range(protocol, low, high, name) for low, high in ports)


def _spared(opening: Opening) -> Iterator[Value]:
    for protocol, name, ports in opening.ports.spared:
        yield from (_range(protocol, low, high, name) for low, high in ports)


def _range(protocol: Protocol, low: int | None, high: int | None, name: str | None = None) -> Value:
    """`name`: only such of these ports as the pod calls so."""
    found: dict[str, Value] = {"protocol": str(protocol), "from": low, "to": high}
    return {**found, "name": name} if name is not None else found
