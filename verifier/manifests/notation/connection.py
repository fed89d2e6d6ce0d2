"""The connection that `netpol explain` is asked about: `shop/web -> shop/deployment/db : TCP/5432`.

    CONNECTION = END ' -> ' END ' : ' PROTO '/' (N | name)
    END        = ADDRESS | 'node' [':' NAME] | NS '/' NAME | NS '/' KIND '/' NAME | NS '/' LABELS
    LABELS     = KEY '=' VALUE {',' KEY '=' VALUE} | '{}'

A name is that of a workload of the manifests (KIND in any case); labels are those of a pod that need not exist, and
`{}` is a pod without any. `node` is a process on some node, `node:NAME` one on the Node of that name. Takes the text,
the workloads and the nodes, gives a `ConnectionQuery`; every refusal points at the offending character.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import chain

from verifier.ir.connectionquery import (
    AddressEnd,
    ConnectionQuery,
    InquiryEnd,
    LabelledEnd,
    NodeEnd,
    ServiceEnd,
    WorkloadEnd,
)
from verifier.ir.endpoint import WORKLOADS, Workload
from verifier.ir.labels import Operator, is_dns_label, is_port_name
from verifier.ir.network import IPAddress, Protocol
from verifier.ir.node import Node
from verifier.ir.notation import reads_as_address
from verifier.ir.service import Service
from verifier.manifests.notation.cidr import CidrError, parse_address
from verifier.manifests.notation.selector import parse_selector
from verifier.manifests.notation.span import Span, around_arrow, around_colon

_SHAPE = "a connection looks like `shop/web -> shop/deployment/db : TCP/5432`"
_END = (
    "an end is an address, `node`, `ns/NAME`, `ns/KIND/NAME`, `ns/service/NAME`, or `ns/key=value` for a pod with just "
    "these labels"
)
_NODE, _NODE_NAMED = "node", "node:"
_SERVICES = ("service", "svc")
_PROTOCOLS = ("TCP", "UDP", "SCTP")
_KINDS = {kind.lower(): kind for kind in WORKLOADS}
_SHORT = {
    "po": "Pod", "deploy": "Deployment", "ds": "DaemonSet", "sts": "StatefulSet", "rs": "ReplicaSet",
    "rc": "ReplicationController", "cj": "CronJob",
}  # fmt: skip
"""The abbreviations of kubectl."""


def parse_connection_query(
    text: str,
    workloads: Sequence[Workload] | None,
    nodes: Sequence[Node] | None = (),
    owned: Sequence[Workload] = (),
    services: Sequence[Service] | None = (),
) -> ConnectionQuery:
    """The connection that `text` asks about; names are looked up among `workloads`, what these own, `nodes` and
    `services`. None: nobody can say which there are; then it is only seen whether the text can be about any, and what
    is given is none to be asked about."""
    workloads = workloads if workloads is None else (*workloads, *owned)
    span = Span.of(text)
    if not str(span):
        span.fail("the connection is empty", _SHAPE)
    first, rest = around_arrow(span, _SHAPE, "a destination", "one connection has one source and one destination")
    source = _end(first, workloads, nodes, services)
    if isinstance(source, ServiceEnd):
        named = f"{source.address} is {source}, and " if source.address is not None else ""
        first.fail(f"{named}a Service opens no connection", "name one of its pods: `ns/NAME`")
    to, behind = around_colon(rest)
    if behind is None:
        rest.part(len(str(rest))).fail(
            "` : ` and a port are missing", "as in ` : TCP/5432`; for every port at once see `netpol map`"
        )
    destination = _end(to, workloads, nodes, services)
    if not any(_can_be_pod(end, workloads) for end in (source, destination)):
        outside = isinstance(source, AddressEnd) and isinstance(destination, AddressEnd)
        what = "two outside addresses" if outside else "a node and what is no pod"
        to.fail("no end is a pod", f"policies say nothing about connections between {what}")
    protocol, port = _port(behind, destination)
    return ConnectionQuery(str(span), source, destination, protocol, port)


def _can_be_pod(end: InquiryEnd, workloads: Sequence[Workload] | None) -> bool:
    """True iff the end is more than an address or a node: an address may be that of a Pod of the manifests."""
    if isinstance(end, AddressEnd):
        return workloads is None or any(end.address in w.addresses and not w.host_network for w in workloads)
    return not isinstance(end, NodeEnd)


def _end(
    span: Span,
    workloads: Sequence[Workload] | None,
    nodes: Sequence[Node] | None,
    services: Sequence[Service] | None,
) -> InquiryEnd:
    text = str(span)
    if not text:
        span.fail("an end is missing", _END)
    if text == _NODE:
        return NodeEnd()
    if text.startswith(_NODE_NAMED):
        return NodeEnd(_node(span.part(len(_NODE_NAMED)), nodes))
    if reads_as_address(text):
        address = _address(span)
        found = tuple(service for service in services or () if address in service.addresses)
        return ServiceEnd(found, address) if found else AddressEnd(address)
    namespace, slash, rest = text.partition("/")
    if not slash or "=" in namespace:
        near = [w for w in workloads or () if w.name == text]
        hint = f"did you mean `{near[0].namespace}/{text}`?" if near else _END
        span.fail(f"`{text}` names no namespace", hint)
    if not is_dns_label(namespace):
        span.fail(f"`{namespace}` is no name of a namespace", _END)
    inside = span.part(len(namespace) + 1).strip()
    if not rest:
        inside.fail("a name or labels are missing after `/`", _END)
    if rest == "{}":
        return LabelledEnd(namespace, {})
    if "=" in rest or "!" in rest or " in " in rest or " notin " in rest:
        return LabelledEnd(namespace, _labels(inside))
    kind, slash, _ = rest.partition("/")
    if slash and kind.lower() in _SERVICES:
        return ServiceEnd(_services(namespace, inside.part(len(kind) + 1), services))
    return WorkloadEnd(_named(namespace, inside, workloads, services))


def _services(namespace: str, span: Span, services: Sequence[Service] | None) -> tuple[Service, ...]:
    """The definitions of the Service of that name; none where nobody knows."""
    name = str(span)
    if not name:
        span.fail("the name of a Service is missing", "as in `shop/service/web`")
    here = [service for service in services or () if service.namespace == namespace]
    found = tuple(service for service in here if service.name == name)
    if not found and services is not None:
        close = get_close_matches(name, [service.name for service in here], 1)
        elsewhere = [service for service in services if service.name == name]
        near = [f"{namespace}/service/{n}" for n in close] + [f"{s.namespace}/service/{name}" for s in elsewhere]
        some = "it must be among the manifests: without it nobody can say where it leads"
        span.fail(f"no Service `{name}` in namespace `{namespace}`", f"did you mean `{near[0]}`?" if near else some)
    return found


def _node(span: Span, nodes: Sequence[Node] | None) -> Node | None:
    """The node of that name; none where nobody knows."""
    name = str(span)
    if not name:
        span.fail("the name of a Node is missing after `node:`", "`node` alone is any node")
    if nodes is None:
        return None
    found = {node.name: node for node in nodes}
    if name not in found:
        close = get_close_matches(name, found, 1)
        some = "`node` alone is any node" if found else "no manifest is a Node: `node` alone is any node"
        span.fail(f"no Node `{name}`", f"did you mean `node:{close[0]}`?" if close else some)
    return found[name]


def _address(span: Span) -> IPAddress:
    if "/" in str(span):
        span.fail("an end is one address, not a block", "for all of a block see `netpol map`, or `netpol check -e`")
    try:
        return parse_address(str(span)).network_address
    except CidrError as error:
        span.fail(str(error), error.hint)


def _labels(span: Span) -> dict[str, str]:
    labels = {}
    for part in span.split(","):
        selector = parse_selector(part if str(part) else span)
        (requirement,) = selector.requirements
        if requirement.operator is not Operator.IN or "=" not in str(part):
            part.fail("a pod has labels, not conditions", "list the labels that it has: `shop/app=web,tier=front`")
        if requirement.key in labels:
            part.fail(f"the label `{requirement.key}` stands here twice")
        (labels[requirement.key],) = requirement.values
    return labels


def _named(
    namespace: str, span: Span, workloads: Sequence[Workload] | None, services: Sequence[Service] | None
) -> tuple[Workload, ...]:
    """The definitions of the workload with that name, of that kind where one is given; none where nobody knows."""
    first, slash, last = str(span).partition("/")
    kind = None
    if slash:
        kind = _KINDS.get(first.lower()) or _SHORT.get(first.lower())
        if kind is None:
            close = get_close_matches(first.lower(), (*_KINDS, "service"), 1)
            hint = f"did you mean `{close[0]}`?" if close else f"one of {', '.join((*_KINDS, 'service'))}"
            span.fail(f"unknown kind `{first}`", hint)
    if workloads is None:
        return ()
    name = span.part(len(first) + 1) if slash else span
    here = [w for w in workloads if w.namespace == namespace]
    found = [w for w in here if w.name == (last if slash else first) and kind in (None, w.kind)]
    kinds = sorted({w.kind for w in found})
    if len(kinds) > 1:
        listed = " or ".join(f"`{namespace}/{k.lower()}/{first}`" for k in kinds)
        name.fail(f"`{namespace}/{first}` is a {' and a '.join(kinds)}", f"say {listed}")
    if not found:
        what = f"no {kind} `{last}`" if kind is not None else f"no workload `{first}`"
        if kind is None and any((s.namespace, s.name) == (namespace, first) for s in services or ()):
            name.fail(
                f"{what} in namespace `{namespace}`", f"the Service of that name is `{namespace}/service/{first}`"
            )
        name.fail(f"{what} in namespace `{namespace}`", _meant(namespace, kind, last if slash else first, workloads))
    return tuple(found)


def _meant(namespace: str, kind: str | None, name: str, workloads: Sequence[Workload]) -> str:
    """What may have been meant by a name that nothing has; else how to ask about a pod that does not exist."""
    same = [w for w in workloads if w.name == name and w.namespace == namespace]
    elsewhere = [w for w in workloads if w.name == name]
    here = {w.name: w for w in workloads if w.namespace == namespace and kind in (None, w.kind)}
    close = [here[match] for match in get_close_matches(name, here, 1)]
    for workload in chain(same, elsewhere, close):
        return f"did you mean `{workload.namespace}/{workload.kind.lower()}/{workload.name}`?"
    return f"a pod that need not exist is given by its labels: `{namespace}/app={name}`"


def _port(span: Span, destination: InquiryEnd) -> tuple[Protocol, int]:
    text = str(span)
    if not text:
        span.fail("a port is missing after `:`", "as in ` : TCP/5432`")
    word, slash, port = text.partition("/")
    if word not in _PROTOCOLS:
        hint = f"did you mean `{word.upper()}`?" if word.upper() in _PROTOCOLS else f"one of {', '.join(_PROTOCOLS)}"
        span.fail(f"unknown protocol `{word}`", hint)
    protocol = Protocol(word)
    behind = span.part(min(len(word) + 1, len(text)))
    if not slash or not port:
        behind.fail("a port is missing", f"as in `{word}/80`; for every port at once see `netpol map`")
    if re.fullmatch(r"0|[1-9][0-9]*", port):
        if len(port) > 5 or not 1 <= int(port) <= 65535:
            behind.fail(f"port {port} is out of range", "a port is 1 to 65535")
        if isinstance(destination, ServiceEnd):
            _check_service_port(behind, protocol, int(port), destination)
        return protocol, int(port)
    return protocol, _resolved(behind, protocol, destination)


def _resolved(span: Span, protocol: Protocol, destination: InquiryEnd) -> int:
    """The number of a port that is given by its name."""
    name = str(span)
    if not is_port_name(name):
        span.fail(f"invalid port `{name}`", "one connection has one port: a number, or the name of a container port")
    if isinstance(destination, ServiceEnd):
        return _service_port(span, protocol, destination)
    if not isinstance(destination, WorkloadEnd):
        span.fail(f"nobody can say which port `{name}` is", "only workloads of the manifests have named ports")
    if not destination.definitions:
        return 1  # whichever it is
    declared = [p for w in destination.definitions for p in w.named_ports]
    numbers = sorted({p.port for p in declared if (p.name, p.protocol) == (name, protocol)})
    if len(numbers) > 1:
        span.fail(f"`{name}` is more than one port", f"one of {', '.join(map(str, numbers))}")
    if not numbers:
        names = sorted({f"{p.protocol}/{p.name}" for p in declared})
        hint = f"it has {', '.join(names)}" if names else "it names no port: give a number"
        span.fail(f"{destination.definitions[0]} has no {protocol} port `{name}`", hint)
    return numbers[0]


def _service_port(span: Span, protocol: Protocol, destination: ServiceEnd) -> int:
    """The number of a port of a Service that is given by its name."""
    if not destination.definitions:
        return 1  # whichever it is
    name = str(span)
    ports = [port for service in destination.definitions for port in service.ports]
    found = [port.port for port in ports if (port.name, port.protocol) == (name, protocol)]
    if not found:
        span.fail(f"{destination} has no {protocol} port `{name}`", _ports_of(destination))
    return found[0]


def _check_service_port(span: Span, protocol: Protocol, number: int, destination: ServiceEnd) -> None:
    """Refuses a port that the Service does not have; whatever is asked for reaches the pods of a headless one, and one
    that is another name for a host has none."""
    services = [s for s in destination.definitions if not s.headless and s.external_name is None]
    ports = [port for service in services for port in service.ports]
    if services and not any((port.port, port.protocol) == (number, protocol) for port in ports):
        span.fail(f"{destination} has no port {protocol}/{number}", _ports_of(destination))


def _ports_of(destination: ServiceEnd) -> str:
    ports = [port for service in destination.definitions for port in service.ports]
    said = (f"{port} to {port.target}" for port in ports)
    return f"it has {', '.join(dict.fromkeys(said))}" if ports else "it has no ports"
