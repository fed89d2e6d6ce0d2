"""The shape of `kind: Acceptances` (docs/acceptances.md)."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag

from verifier.errors import InputError
from verifier.manifests.notation.expression import parse_flow
from verifier.manifests.specs.form import Form, Slip, wrong
from verifier.manifests.specs.propertyform import FlowForm, MetadataForm, Name

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def _flow(text: str) -> str:
    try:
        parse_flow(text)
    except InputError as error:
        [mistake] = error.diagnostics
        raise wrong(mistake.message, mistake.hint or "", mistake.code) from None
    return text


def parse_date(text: str) -> date:
    """The day that `text` names; raises ValueError where it names none."""
    if not _DATE.match(text):
        raise ValueError(f"`{text}` is no date")
    return date.fromisoformat(text)


def _day(text: str) -> str:
    try:
        parse_date(text)
    except ValueError:
        raise wrong(f"`{text}` is no date", "written like 2027-01-31", "date") from None
    return text


def _words(text: str) -> str:
    if not text.strip():
        raise wrong("this says nothing", "whoever reads it next year wants to know")
    return text


Words = Annotated[str, AfterValidator(_words), Field(json_schema_extra={"pattern": r"\S"})]
FlowText = Annotated[str, AfterValidator(_flow), Field(json_schema_extra={"pattern": r"\s->\s"})]


class AcceptedFlowForm(FlowForm):
    """A flow in YAML, as in a property file: what a line has no words for, such as `except`."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    @classmethod
    def slips(cls, fields: Mapping[str, Any]) -> Iterator[Slip]:
        if not fields:
            yield Slip((), "a flow must say something", "`from`, `to`, `ports`; everything is `* -> *`")


def _which(value: object) -> str:
    return "[mapping]" if isinstance(value, dict | AcceptedFlowForm) else "[line]"


FlowItem = Annotated[
    Annotated[FlowText, Tag("[line]")] | Annotated[AcceptedFlowForm, Tag("[mapping]")], Discriminator(_which)
]
"""A line, or a mapping."""
Day = Annotated[str, AfterValidator(_day), Field(json_schema_extra={"pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"})]


class AcceptanceForm(Form):
    """Flows that break the property, or, without one, by which the permitted traffic may grow; and until when."""

    property: Name | None = None
    flows: list[FlowItem] = Field(min_length=1)
    reason: Words
    owner: Words
    expires: Day


class AcceptancesSpec(Form):
    """What is accepted."""

    acceptances: list[AcceptanceForm]


class AcceptancesForm(Form):
    """A file of acceptances."""

    api_version: Literal["netpol-verifier/v1"]
    kind: Literal["Acceptances"]
    metadata: MetadataForm | None = None
    spec: AcceptancesSpec
