"""Selectors, peers and ports as users write them in their own files: those of a NetworkPolicy, and a little more.

Forms check the shape, the functions below lower a filled form to the ir.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic.config import JsonDict

from verifier.ir.labels import (
    EVERYTHING,
    Operator,
    Requirement,
    Selector,
    is_dns_label,
    is_dns_subdomain,
    is_label_key,
    is_label_value,
    is_port_name,
)
from verifier.ir.network import PORTS, AddressSet, Intervals, Protocol
from verifier.ir.pods import PodPeer
from verifier.ir.policy import TRUE, Formula, Or, PortIn, PortNamed
from verifier.ir.property import AddressPeer, ExternalPeer, NodePeer, Peer, Peers, Reach, ServicePeer
from verifier.manifests.notation.cidr import CidrError, parse_cidr
from verifier.manifests.specs.form import Form, Slip, found, wrong

_NAME = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_SUBDOMAIN = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_LABEL_HINT = "at most 63 letters, digits, `-`, `_` or `.`, the first and last a letter or digit"


def _label_key(text: str) -> str:
    if not is_label_key(text):
        raise wrong(f"invalid label key `{text}`", "a key is `name` or `prefix/name`", "V11", at_name=True)
    return text


def _label_value(text: str) -> str:
    if not is_label_value(text):
        raise wrong(f"invalid label value `{text}`", _LABEL_HINT, "V11")
    return text


def _namespace(text: str) -> str:
    if not is_dns_label(text):
        hint = "at most 63 of a-z, 0-9 and `-`, the first and last no `-`"
        raise wrong(f"invalid namespace name `{text}`", hint, "V12")
    return text


def _service(text: str) -> str:
    if not is_dns_subdomain(text):
        hint = "lower case letters, digits, `-` and `.`, with a letter or digit at both ends"
        raise wrong(f"invalid name of a Service `{text}`", hint, "V12")
    return text


def _cidr(text: str) -> str:
    try:
        parse_cidr(text)
    except CidrError as error:
        raise wrong(str(error), error.hint, "V5" if "bits set" in str(error) else "V3") from None
    return text


def _port(value: object) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise wrong(f"a port must be a number or a name, not {found(value)}", code="type")
    if isinstance(value, int):
        return _port_number(value)
    if not is_port_name(value):
        digits = re.fullmatch("[0-9]+", value)
        hint = "leave the quotes out" if digits else "at most 15 of a-z, 0-9 and `-`, with a letter"
        raise wrong(f"invalid port name `{value}`", hint, "V9")
    return value


def _port_number(value: int) -> int:
    if not 1 <= value <= 65535:
        raise wrong(f"port {value} is out of range", "a port is 1 to 65535", "V7")
    return value


def _protocol(value: object) -> object:
    if isinstance(value, str) and value not in _PROTOCOLS:
        hint = f"did you mean `{value.upper()}`?" if value.upper() in _PROTOCOLS else "one of TCP, UDP, SCTP"
        raise wrong(f"unknown protocol `{value}`", hint, "V6")
    return value


_PROTOCOLS = ("TCP", "UDP", "SCTP")
_PORT_NUMBER = {"type": "integer", "minimum": 1, "maximum": 65535}
_PORT_NAME = {"type": "string", "pattern": "^(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?$"}

LabelKey = Annotated[
    str, AfterValidator(_label_key), Field(json_schema_extra={"pattern": f"^({_SUBDOMAIN}/)?{_NAME}$"})
]
LabelValue = Annotated[str, AfterValidator(_label_value), Field(json_schema_extra={"pattern": f"^({_NAME})?$"})]
NamespaceName = Annotated[
    str,
    AfterValidator(_namespace),
    Field(json_schema_extra={"pattern": "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"}),
]
ServiceName = Annotated[
    str, AfterValidator(_service), Field(json_schema_extra={"pattern": f"^{_SUBDOMAIN}$", "maxLength": 253})
]
Cidr = Annotated[str, AfterValidator(_cidr), Field(json_schema_extra={"pattern": "^[0-9A-Fa-f:.]+/[0-9]+$"})]


class RequirementForm(Form):
    """One of `matchExpressions`."""

    key: LabelKey
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    values: list[LabelValue] = Field(default_factory=list)

    @classmethod
    def slips(cls, fields: Mapping[str, Any]) -> Iterator[Slip]:
        operator, values = fields.get("operator"), fields.get("values", [])
        if operator in ("In", "NotIn") and values == []:
            yield Slip((), f"operator `{operator}` needs `values`", "list at least one", "V11")
        if operator in ("Exists", "DoesNotExist") and values:
            yield Slip(("values",), f"operator `{operator}` takes no values", "leave `values` out", "V11", at_name=True)


class SelectorForm(Form):
    """A label selector, as in Kubernetes; the empty one selects everything."""

    match_labels: dict[LabelKey, LabelValue] = Field(default_factory=dict)
    match_expressions: list[RequirementForm] = Field(default_factory=list)


class BlockForm(Form):
    """Addresses: those of `cidr` but for those of `except`."""

    cidr: Cidr
    except_: list[Cidr] = Field(default_factory=list)

    @classmethod
    def slips(cls, fields: Mapping[str, Any]) -> Iterator[Slip]:
        try:
            block = parse_cidr(fields["cidr"])
            holes = [(i, parse_cidr(hole)) for i, hole in enumerate(fields.get("except", []))]
        except (KeyError, TypeError, ValueError):
            return  # said where the fields are read
        for index, hole in holes:
            inside = hole.version == block.version and AddressSet.block(hole).is_subset(AddressSet.block(block))
            if not inside or hole == block:
                yield Slip(("except", index), f"`{hole}` is no smaller part of `{block}`", code="V4")


class Nothing(Form):
    """An empty mapping, written `{}`."""


_SELECTORS = ("podSelector", "namespaceSelector", "namespaces")
_ALONE = ("ipBlock", "external", "node")
_ALONE_IN_TO = (*_ALONE, "service")


def _alone(names: tuple[str, ...]) -> ConfigDict:
    """A peer says something, and these of its fields stand alone."""
    free: JsonDict = {"not": {"anyOf": [{"required": [name]} for name in names]}}
    return ConfigDict(json_schema_extra={"minProperties": 1, "anyOf": [free, {"maxProperties": 1}]})


class PeerForm(Form):
    """A peer of a NetworkPolicy, or `namespaces: [names]`, `external: {}`, `node: {}`; its fields must all hold."""

    model_config = _alone(_ALONE)
    alone: ClassVar[tuple[str, ...]] = _ALONE

    pod_selector: SelectorForm | None = None
    namespace_selector: SelectorForm | None = None
    namespaces: list[NamespaceName] | None = Field(default=None, min_length=1)
    ip_block: BlockForm | None = None
    external: Nothing | None = None
    node: Nothing | None = None

    @classmethod
    def slips(cls, fields: Mapping[str, Any]) -> Iterator[Slip]:
        if not fields:
            yield Slip((), "a peer must say something", "every pod is `namespaceSelector: {}`", "V1")
        for name in cls.alone:
            others = [other for other in (*_SELECTORS, *cls.alone) if other in fields and other != name]
            if name in fields and others:
                yield Slip((name,), f"`{name}` cannot stand with `{others[0]}`", "write two peers", "V2", at_name=True)
                return


class NamedServiceForm(Form):
    """A Service, by its namespace and its name."""

    namespace: NamespaceName
    name: ServiceName


class OtherwiseForm(Form):
    """What is meant where the input has none of the Services."""

    to: list[PeerForm] = Field(min_length=1)
    ports: "list[PortForm] | None" = Field(default=None, min_length=1)


class ServiceForm(Form):
    """A Service, or those of a list (`anyOf`) that the input has; and what is meant where it has none (`otherwise`)."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["namespace", "name"], "not": {"required": ["anyOf"]}},
                {"required": ["anyOf"], "not": {"anyOf": [{"required": ["namespace"]}, {"required": ["name"]}]}},
            ]
        }
    )

    namespace: NamespaceName | None = None
    name: ServiceName | None = None
    any_of: list[NamedServiceForm] | None = Field(default=None, min_length=1)
    otherwise: OtherwiseForm | None = None

    @classmethod
    def slips(cls, fields: Mapping[str, Any]) -> Iterator[Slip]:
        one = [name for name in ("namespace", "name") if name in fields]
        if "anyOf" in fields and one:
            yield Slip((one[0],), f"`{one[0]}` cannot stand with `anyOf`", "put it into the list", "V2", at_name=True)
        elif "anyOf" not in fields and len(one) < 2:
            yield Slip((), "a Service has a namespace and a name", "or list several under `anyOf`", "missing-field")


class DestinationForm(PeerForm):
    """A peer among `to`, where what is behind a Service can be meant, too: `service: {namespace, name}`."""

    model_config = _alone(_ALONE_IN_TO)
    alone: ClassVar[tuple[str, ...]] = _ALONE_IN_TO

    service: ServiceForm | None = None


class PortForm(Form):
    """A port of a NetworkPolicy; `endPort` makes it a range."""

    model_config = ConfigDict(
        json_schema_extra={
            "dependentRequired": {"endPort": ["port"]},
            "if": {"required": ["endPort"]},
            "then": {"properties": {"port": {"type": "integer"}}},
        }
    )

    protocol: Annotated[Literal["TCP", "UDP", "SCTP"], BeforeValidator(_protocol)] = "TCP"
    port: Annotated[int | str, PlainValidator(_port), WithJsonSchema({"anyOf": [_PORT_NUMBER, _PORT_NAME]})] | None = (
        None
    )
    end_port: Annotated[int, AfterValidator(_port_number), WithJsonSchema(_PORT_NUMBER)] | None = None

    @classmethod
    def slips(cls, fields: Mapping[str, Any]) -> Iterator[Slip]:
        port, end = fields.get("port"), fields.get("endPort")
        if end is None:
            return
        if port is None:
            yield Slip(("endPort",), "`endPort` without `port`", code="V8", at_name=True)
        elif isinstance(port, str):
            yield Slip(("endPort",), "`endPort` with a named port", code="V8", at_name=True)
        elif isinstance(port, int) and isinstance(end, int) and end < port:
            yield Slip(("endPort",), f"`endPort` {end} is less than `port` {port}", code="V7")


def selector(form: SelectorForm) -> Selector:
    """The selector that holds iff all its labels and expressions do."""
    labels = Selector.of(form.match_labels).requirements
    expressions = {Requirement(e.key, Operator(e.operator), frozenset(e.values)) for e in form.match_expressions}
    return Selector(labels | expressions)


OtherwiseForm.model_rebuild()


def peers(forms: Sequence[PeerForm] | None, namespace: str | None = None) -> Peers:
    """The peers; `namespace` is what a podSelector alone speaks of, None: the declared namespaces."""
    return None if forms is None else tuple(_peer(form, namespace) for form in forms)


def _peer(form: PeerForm, namespace: str | None) -> Peer:
    if isinstance(form, DestinationForm) and form.service is not None:
        return _of_services(form.service, namespace)
    if form.external is not None:
        return ExternalPeer()
    if form.node is not None:
        return NodePeer()
    if form.ip_block is not None:
        return _block(form.ip_block)
    pods = EVERYTHING if form.pod_selector is None else selector(form.pod_selector)
    names = None if form.namespaces is None else frozenset(form.namespaces)
    namespaces = None if form.namespace_selector is None else selector(form.namespace_selector)
    if names is None and namespaces is None and namespace is not None:
        return PodPeer(pods, names=frozenset({namespace}))
    return PodPeer(pods, names, None if names is not None and namespaces == EVERYTHING else namespaces)


def _of_services(form: ServiceForm, namespace: str | None) -> ServicePeer:
    named = [(each.namespace, each.name) for each in form.any_of or ()]
    if form.namespace is not None and form.name is not None:
        named = [(form.namespace, form.name)]
    otherwise = form.otherwise
    meant = None if otherwise is None else Reach(peers(otherwise.to, namespace), ports(otherwise.ports))
    return ServicePeer(tuple(named), meant)


def _block(form: BlockForm) -> AddressPeer:
    block, holes = parse_cidr(form.cidr), [parse_cidr(hole) for hole in form.except_]
    but = f" except {','.join(str(hole) for hole in holes)}" if holes else ""
    return AddressPeer(AddressSet.block(block, holes), f"{block}{but}")


def ports(forms: list[PortForm] | None) -> Formula:
    """The formula that holds iff one of the ports is met; true where none are given."""
    return TRUE if forms is None else Or(tuple(_port_formula(form) for form in forms))


def _port_formula(form: PortForm) -> Formula:
    protocol = Protocol(form.protocol)
    match form.port:
        case None:
            return PortIn(protocol, PORTS)
        case int(first):
            last = first if form.end_port is None else form.end_port
            return PortIn(protocol, Intervals(((first, last),)))
        case name:
            return PortNamed(name, protocol)
