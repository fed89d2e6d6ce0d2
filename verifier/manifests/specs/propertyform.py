"""The shape of property files (docs/properties.md), and how a filled form becomes properties."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from verifier.ir.notation import say
from verifier.ir.origin import Origin
from verifier.ir.pods import PodPeer
from verifier.ir.policy import Direction
from verifier.ir.property import (
    Always,
    Claim,
    Confined,
    Exactly,
    Isolated,
    LabelOf,
    Never,
    Only,
    Property,
    PropertySeverity,
    Reach,
    Separate,
    Unlabelled,
)
from verifier.manifests.documents.document import Document
from verifier.manifests.specs.form import Form, Slip, fill, wrong
from verifier.manifests.specs.peerform import DestinationForm, LabelKey, NamespaceName, PeerForm, PortForm, peers, ports


def _property_name(text: str) -> str:
    if text != text.strip() or not text or not text.isprintable():
        raise wrong(f"invalid name `{' '.join(text.split())}`", "one line of text, without blanks around it")
    return text


Name = Annotated[str, AfterValidator(_property_name), Field(json_schema_extra={"pattern": r"^\S(.*\S)?$"})]


class MetadataForm(Form):
    """What a file is called; for people only."""

    name: Name | None = None


class FlowForm(Form):
    """Connections: from one of these peers, to one of those, on one of these ports; what is left out is anything."""

    from_: list[PeerForm] | None = Field(default=None, min_length=1)
    to: list[DestinationForm] | None = Field(default=None, min_length=1)
    ports: list[PortForm] | None = Field(default=None, min_length=1)


class IsolatedForm(Form):
    """Pods that a default deny must be in force for; left out: every pod of declared namespaces."""

    pods: list[PeerForm] | None = Field(default=None, min_length=1)
    directions: Literal["both", "ingress", "egress"] = "both"

    @classmethod
    def slips(cls, fields: Mapping[str, Any]) -> Iterator[Slip]:
        yield from _no_pods(fields, "`isolated` speaks of pods")


def _no_pods(fields: Mapping[str, Any], hint: str) -> Iterator[Slip]:
    """The peers among `pods` that are none."""
    pods = fields.get("pods")
    for index, peer in enumerate(pods if isinstance(pods, list) else []):
        for name in ("ipBlock", "external", "node"):
            if isinstance(peer, dict) and name in peer:
                yield Slip(("pods", index, name), f"`{name}` is no pod", hint, at_name=True)


class ReachForm(Form):
    """Connections that `confined` leaves open: to one of these peers, on one of these ports."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    to: list[DestinationForm] | None = Field(default=None, min_length=1)
    ports: list[PortForm] | None = Field(default=None, min_length=1)

    @classmethod
    def slips(cls, fields: Mapping[str, Any]) -> Iterator[Slip]:
        if not fields:
            yield Slip((), "a flow must say something", "`to`, `ports` or both; `reach: []` is nothing at all")


class ConfinedForm(Form):
    """Pods, and all that they may reach; an empty `reach`: nothing at all."""

    pods: list[PeerForm] = Field(json_schema_extra={"minItems": 1})
    reach: list[ReachForm]

    @classmethod
    def slips(cls, fields: Mapping[str, Any]) -> Iterator[Slip]:
        if fields.get("pods") == []:
            yield Slip(("pods",), "`pods` is an empty list", "every pod is `namespaceSelector: {}`")
        yield from _no_pods(fields, "`confined` speaks of pods")


class SeparateForm(Form):
    """The label whose values no connection may join."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["byNamespaceLabel"]}, {"required": ["byPodLabel"]}]}
    )

    by_namespace_label: LabelKey | None = None
    by_pod_label: LabelKey | None = None
    unlabelled: Literal["ignore", "own"] = "own"

    @classmethod
    def slips(cls, fields: Mapping[str, Any]) -> Iterator[Slip]:
        both = [name for name in ("byNamespaceLabel", "byPodLabel") if name in fields]
        if not both:
            yield Slip((), "`separate` needs a label", "`byNamespaceLabel: KEY` or `byPodLabel: KEY`")
        if len(both) > 1:
            yield Slip(("byPodLabel",), "`byPodLabel` cannot stand with `byNamespaceLabel`", at_name=True)


_CLAIMS = ("never", "always", "only", "exactly", "isolated", "confined", "separate")


class PropertyForm(Form):
    """A property: a name and exactly one claim."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [claim]} for claim in _CLAIMS]})

    name: Name
    description: str | None = None
    severity: Literal["error", "warning"] = "error"
    never: FlowForm | None = None
    always: FlowForm | None = None
    only: FlowForm | None = None
    exactly: FlowForm | None = None
    isolated: IsolatedForm | None = None
    confined: ConfinedForm | None = None
    separate: SeparateForm | None = None

    @classmethod
    def slips(cls, fields: Mapping[str, Any]) -> Iterator[Slip]:
        claims = [name for name in fields if name in _CLAIMS]
        if not claims and not set(fields) - {"name", "description", "severity"}:
            yield Slip((), "a property needs a claim", f"one of {', '.join(_CLAIMS)}", "claim")
        for claim in claims[1:]:
            message = f"a second claim `{claim}` in one property, besides `{claims[0]}`"
            yield Slip((claim,), message, "write two properties", "claim", at_name=True)


class PropertiesSpec(Form):
    """The properties, and the namespace that a podSelector alone speaks of (left out: all declared ones)."""

    namespace: NamespaceName | None = None
    properties: list[PropertyForm] = Field(min_length=1)


class PropertiesForm(Form):
    """A file of properties."""

    api_version: Literal["netpol-verifier/v1"]
    kind: Literal["Properties"]
    metadata: MetadataForm | None = None
    spec: PropertiesSpec


def properties_from_document(document: Document) -> tuple[Property, ...]:
    """The properties of a document of kind Properties; raises InputError with every mistake in it."""
    spec = fill(PropertiesForm, document).spec
    return tuple(
        _property(form, spec.namespace, Origin(document, ("spec", "properties", index)))
        for index, form in enumerate(spec.properties)
    )


def _property(form: PropertyForm, namespace: str | None, origin: Origin) -> Property:
    claim = _claim(form, namespace)
    severity = PropertySeverity(form.severity)
    return Property(form.name, claim, say(claim), form.description, severity, origin=origin)


def _claim(form: PropertyForm, namespace: str | None) -> Claim:
    for flow, claim in (
        (form.never, Never),
        (form.always, Always),
        (form.only, Only),
        (form.exactly, Exactly),
    ):
        if flow is not None:
            return claim(peers(flow.from_, namespace), peers(flow.to, namespace), ports(flow.ports))
    if form.isolated is not None:
        chosen = form.isolated.directions
        directions = frozenset(Direction) if chosen == "both" else frozenset({Direction(chosen)})
        return Isolated(peers(form.isolated.pods, namespace), directions)
    if form.confined is not None:
        pods = tuple(peer for peer in peers(form.confined.pods, namespace) or () if isinstance(peer, PodPeer))
        flows = (Reach(peers(flow.to, namespace), ports(flow.ports)) for flow in form.confined.reach)
        return Confined(pods, tuple(flows))
    assert form.separate is not None
    return _separate(form.separate)


def _separate(form: SeparateForm) -> Separate:
    unlabelled = Unlabelled(form.unlabelled)
    if form.by_namespace_label is not None:
        return Separate(form.by_namespace_label, LabelOf.NAMESPACE, unlabelled)
    assert form.by_pod_label is not None
    return Separate(form.by_pod_label, LabelOf.POD, unlabelled)
