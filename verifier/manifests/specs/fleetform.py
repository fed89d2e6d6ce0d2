"""The shape of `kind: Fleet` (docs/fleet.md)."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from verifier.errors import InputError
from verifier.manifests.documents.files import STDIN
from verifier.manifests.notation.expression import parse_expression, reads_as_claim
from verifier.manifests.specs.configform import LISTED, ReadingForm, listed
from verifier.manifests.specs.form import Form, Slip, wrong
from verifier.manifests.specs.propertyform import MetadataForm, Name
from verifier.manifests.specs.universeform import namesakes


def _property(text: str) -> str:
    if reads_as_claim(text):
        try:
            parse_expression(text)
        except InputError as error:
            [mistake] = error.diagnostics
            raise wrong(mistake.message, mistake.hint or "", mistake.code) from None
    return text


def _quoted(value: object) -> object:
    """Refuses the mapping that YAML makes of a claim with ports."""
    if isinstance(value, dict) and len(value) == 1:
        [(claim, ports)] = value.items()
        if isinstance(claim, str) and isinstance(ports, str) and reads_as_claim(claim):
            raise wrong("a colon in a text without quotes", f"write '{claim} : {ports}'")
    return value


def _manifest(text: str) -> str:
    if text == STDIN:
        raise wrong("`-`: a fleet is not read from standard input", "name files, directories or git revisions")
    return text


PropertyTexts = Annotated[
    list[Annotated[str, BeforeValidator(_quoted), AfterValidator(_property)]],
    Field(min_length=1),
    BeforeValidator(listed),
    LISTED,
]
ManifestTexts = Annotated[
    list[Annotated[str, AfterValidator(_manifest)]], Field(min_length=1), BeforeValidator(listed), LISTED
]


class SettingsForm(ReadingForm):
    """How a cluster is read, which pods may exist there, and what must hold."""

    properties: PropertyTexts | None = None


def _cluster_name(text: str) -> str:
    if "/" in text:
        raise wrong(f"a `/` in the name of a cluster: `{text}`", "findings are called `cluster/property`")
    return text


ClusterName = Annotated[
    Name, AfterValidator(_cluster_name), Field(json_schema_extra={"pattern": r"^[^\s/]([^/]*[^\s/])?$"})
]


class ClusterForm(SettingsForm):
    """A cluster: where its manifests are, and what holds for it alone."""

    name: ClusterName
    manifests: ManifestTexts


class FleetSpec(SettingsForm):
    """The clusters, and what holds for all of them."""

    clusters: list[ClusterForm] = Field(min_length=1)

    @classmethod
    def slips(cls, fields: Mapping[str, Any]) -> Iterator[Slip]:
        yield from super().slips(fields)
        yield from namesakes(("clusters",), fields.get("clusters"), "cluster")


class FleetForm(Form):
    """A fleet: clusters, and the properties that they have to meet."""

    api_version: Literal["netpol-verifier/v1"]
    kind: Literal["Fleet"]
    metadata: MetadataForm | None = None
    spec: FleetSpec
