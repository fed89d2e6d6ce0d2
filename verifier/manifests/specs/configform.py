"""The shape of `kind: Config` in netpol.yaml (docs/config.md); environment variables are checked by it as well."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from verifier.ir.profiles import PROFILES
from verifier.manifests.specs.form import Form, Slip, unknown, wrong
from verifier.manifests.specs.peerform import NamespaceName
from verifier.manifests.specs.propertyform import MetadataForm
from verifier.manifests.specs.universeform import SwitchesField, switch_slips
from verifier.version import WRITTEN


def listed(value: object) -> object:
    """A text alone as the list of it."""
    return [value] if isinstance(value, str) else value


def _seconds(value: float) -> float:
    if not 0 < value < float("inf"):
        raise wrong("a time limit must be more than 0 seconds")
    return value


def _count(value: int) -> int:
    if value < 1:
        raise wrong(f"a limit must be at least 1, not {value}")
    return value


LISTED = WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]})
"""The schema of a list of texts, for which a text alone may stand."""

Strings = Annotated[list[str], Field(min_length=1), BeforeValidator(listed), LISTED]
AUTO = "auto"
"""As many processes as there are processors."""


def _jobs(value: object) -> object:
    """A field of two kinds, of which pydantic would report the mistakes twice."""
    if value == AUTO or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    raise wrong(f"a number of processes is 1 or more, or `{AUTO}`, not `{value}`")


Jobs = Annotated[
    Any,
    BeforeValidator(_jobs),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"const": AUTO}]}),
]
Count = Annotated[int, AfterValidator(_count), Field(json_schema_extra={"minimum": 1})]


class LintForm(Form):
    """What `netpol lint` looks for, and what fails it."""

    rules: Strings | None = None
    no_rules: Strings | None = None
    fail_on: Literal["error", "warning", "note", "none"] | None = None


class ReadingForm(Form):
    """How manifests are read, and which pods may exist."""

    universe: str | None = None
    namespace: NamespaceName | None = None
    profile: Annotated[str, Field(json_schema_extra={"enum": list(PROFILES)})] | None = None
    switches: SwitchesField | None = None
    exclude: Strings | None = None
    skip_unknown: bool | None = None
    duplicates: Literal["refuse", "last"] | None = None
    helm_values: Strings | None = None
    helm_set: Strings | None = None

    @classmethod
    def slips(cls, fields: Mapping[str, Any]) -> Iterator[Slip]:
        yield from switch_slips(("switches",), fields.get("switches"))
        profile = fields.get("profile")
        if isinstance(profile, str) and profile not in PROFILES:
            yield unknown(("profile",), profile, PROFILES)


def _version(text: str) -> str:
    if not WRITTEN.fullmatch(text):
        raise wrong(f"`{text}` is no version", "written like 1.2 or 1.2.3, in quotes")
    return text


Version = Annotated[str, AfterValidator(_version), Field(json_schema_extra={"pattern": f"^{WRITTEN.pattern}$"})]


class ConfigSpec(ReadingForm):
    """Defaults for the command line; a flag or an environment variable beats them. min_version: what must be installed
    at least."""

    min_version: Version | None = None
    manifests: Strings | None = None
    output: Strings | None = None
    color: Literal["auto", "always", "never"] | None = None
    timeout: Annotated[float, AfterValidator(_seconds), Field(json_schema_extra={"exclusiveMinimum": 0})] | None = None
    rlimit: Count | None = None
    limit: Count | None = None
    jobs: Jobs | None = None
    lint: LintForm | None = None


class ConfigForm(Form):
    """Settings of a project."""

    api_version: Literal["netpol-verifier/v1"]
    kind: Literal["Config"]
    metadata: MetadataForm | None = None
    spec: ConfigSpec
