"""The shape of universe files (docs/universe.md)."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue

from verifier.ir.labels import NAMESPACE_NAME
from verifier.ir.origin import Path
from verifier.ir.switches import OPEN, SWITCHES, Switch
from verifier.ir.universe import RESERVED
from verifier.manifests.specs.form import Form, Slip, found, unknown, wrong
from verifier.manifests.specs.peerform import Cidr, LabelKey, LabelValue, NamespaceName, SelectorForm
from verifier.manifests.specs.propertyform import MetadataForm, Name


class DomainForm(Form):
    """The values a label may have; `others`: further ones too; `required`: it is never absent."""

    values: list[LabelValue] = Field(default_factory=list)
    others: bool = True
    required: bool = False


class KnownForm(Form):
    """A namespace that exists, with exactly these labels."""

    name: NamespaceName
    labels: dict[LabelKey, LabelValue] = Field(default_factory=dict)

    @classmethod
    def slips(cls, fields: Mapping[str, Any]) -> Iterator[Slip]:
        labels, name = fields.get("labels"), fields.get("name")
        if isinstance(labels, dict) and isinstance(labels.get(NAMESPACE_NAME), str) and labels[NAMESPACE_NAME] != name:
            hint = "every namespace carries its own name in this label; leave it out"
            yield Slip(("labels", NAMESPACE_NAME), f"`{NAMESPACE_NAME}` must be `{name}`", hint)


class NamespacesForm(Form):
    """Which namespaces may exist."""

    known: list[KnownForm] = Field(default_factory=list)
    others: bool = True
    labels: dict[LabelKey, DomainForm] = Field(default_factory=dict)

    @classmethod
    def slips(cls, fields: Mapping[str, Any]) -> Iterator[Slip]:
        return namesakes(("known",), fields.get("known"), "namespace")


class PodsForm(Form):
    """Which pods may exist; without `others`, only those of the manifests."""

    others: bool = True
    labels: dict[LabelKey, DomainForm] = Field(default_factory=dict)


class WhereForm(Form):
    """Pods: by their labels, the labels of their namespace, or its name; what is given must all hold."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    pod_selector: SelectorForm | None = None
    namespace_selector: SelectorForm | None = None
    namespaces: list[NamespaceName] | None = Field(default=None, min_length=1)

    @classmethod
    def slips(cls, fields: Mapping[str, Any]) -> Iterator[Slip]:
        if not fields:
            yield Slip((), "this says nothing about pods", "every pod is `podSelector: {}`")


class InvariantForm(Form):
    """Pods like these are found only there."""

    name: Name
    pods: WhereForm
    only_in: WhereForm


def _any(value: object) -> object:
    if isinstance(value, str) and value != "any":
        raise wrong(f"`{value}` is no list of addresses", "write `any`, or a list of CIDRs")
    return ["0.0.0.0/0", "::/0"] if value == "any" else value


_CIDRS = {"type": "array", "items": {"type": "string"}, "minItems": 1}


_Anywhere = Annotated[
    list[Cidr], Field(min_length=1), BeforeValidator(_any), WithJsonSchema({"anyOf": [{"const": "any"}, _CIDRS]})
]


class AddressesForm(Form):
    """Where the cluster has its addresses; a list restricts only the families it contains."""

    pods: _Anywhere | None = None
    nodes: _Anywhere | None = None
    services: list[Cidr] | None = Field(default=None, min_length=1)


_BOOLEANS = {True: ("yes", "on"), False: ("no", "off")}


def _words(switch: Switch) -> tuple[str, ...]:
    """What a switch may be set to; one with a single value, or that is asked for while reading, cannot be left open."""
    return switch.words if switch.at_reading or len(switch.values) == 1 else (*switch.words, OPEN)


def _switch_schema(switch: Switch) -> JsonSchemaValue:
    """YAML reads `yes`, `no`, `on` and `off` as booleans, so that these stand for them."""
    words = _words(switch)
    booleans = [value for value, texts in _BOOLEANS.items() if set(texts) & set(words)]
    return {"enum": [*words, *booleans], "description": switch.about}


SwitchesField = Annotated[
    dict[str, Any],
    WithJsonSchema(
        {
            "type": "object",
            "properties": {switch.name: _switch_schema(switch) for switch in SWITCHES.values()},
            "additionalProperties": False,
        }
    ),
]


def switch_slips(path: Path, settings: object) -> Iterator[Slip]:
    """Mistakes in a mapping of switches to values."""
    for name, value in settings.items() if isinstance(settings, dict) else ():
        switch = SWITCHES.get(name)
        if switch is None:
            close = unknown(("switch",), name, SWITCHES)
            yield Slip((*path, name), close.message, close.hint, close.code, at_name=True)
        elif value == OPEN and switch.at_reading:
            hint = f"it decides how manifests are read: {' or '.join(switch.values)}"
            yield Slip((*path, name), f"switch `{name}` cannot be left open", hint)
        elif switch_value(name, value) not in _words(switch):
            hint = f"one of {', '.join(_words(switch))}"
            yield Slip((*path, name), f"switch `{name}` cannot be {found(value)}", hint, "unknown-value")


def switch_value(name: str, value: object) -> object:
    """The value of a switch as its table has it: YAML reads `yes`, `no`, `on` and `off` as booleans."""
    if not isinstance(value, bool):
        return value
    return next((text for text in _BOOLEANS[value] if text in SWITCHES[name].values), value)


def namesakes(path: Path, items: object, what: str) -> Iterator[Slip]:
    """Complaints about items of a list whose name one before them has."""
    seen: set[str] = set()
    for index, item in enumerate(items if isinstance(items, list) else ()):
        name = item.get("name") if isinstance(item, dict) else None
        if not isinstance(name, str):
            continue
        if name in seen:
            yield Slip((*path, index, "name"), f"a second {what} named `{name}`")
        seen.add(name)


class UniverseSpec(Form):
    """What may exist; what is left out is as in the universe `open`."""

    namespaces: NamespacesForm = Field(default_factory=NamespacesForm)
    pods: PodsForm = Field(default_factory=PodsForm)
    invariants: list[InvariantForm] = Field(default_factory=list)
    new_namespaces_get: list[str] = Field(default_factory=list)
    nodes: bool = False
    families: list[Literal[4, 6]] | None = Field(default=None, min_length=1)
    addresses: AddressesForm = Field(default_factory=AddressesForm)
    switches: SwitchesField = Field(default_factory=dict)

    @classmethod
    def slips(cls, fields: Mapping[str, Any]) -> Iterator[Slip]:
        yield from switch_slips(("switches",), fields.get("switches"))
        yield from namesakes(("invariants",), fields.get("invariants"), "invariant")


class UniverseMetadata(MetadataForm):
    """What the universe is called in reports."""

    @classmethod
    def slips(cls, fields: Mapping[str, Any]) -> Iterator[Slip]:
        if fields.get("name") in RESERVED:
            yield Slip(("name",), f"`{fields['name']}` names a universe of its own", "choose another name")


class UniverseForm(Form):
    """A universe: which pods, namespaces and addresses may exist."""

    api_version: Literal["netpol-verifier/v1"]
    kind: Literal["Universe"]
    metadata: UniverseMetadata | None = None
    spec: UniverseSpec
