"""JSON Schemas of what users write, made from the forms that read it.

A document that is read without complaint is valid against the schema of its kind. The reverse does not hold: no schema
says that two names differ, or that an `endPort` is not below its `port`.
"""

from typing import Any

from verifier.manifests.specs.acceptanceform import AcceptancesForm
from verifier.manifests.specs.config import FILE
from verifier.manifests.specs.configform import ConfigForm
from verifier.manifests.specs.fleetform import FleetForm
from verifier.manifests.specs.form import Form
from verifier.manifests.specs.propertyform import PropertiesForm
from verifier.manifests.specs.universeform import UniverseForm

_FORMS: dict[str, type[Form]] = {
    "properties": PropertiesForm,
    "universe": UniverseForm,
    "config": ConfigForm,
    "acceptances": AcceptancesForm,
    "fleet": FleetForm,
}
_TOGETHER = {"config": ("config", "properties", "universe")}
"""The files that may hold documents of several kinds, and these. Editors hold each document against the schema."""


def kinds() -> tuple[str, ...]:
    """What there are schemas of."""
    return tuple(_FORMS)


def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema of a document in a file of `kind`, one of `kinds()`; without `$schema`."""
    together = _TOGETHER.get(kind, (kind,))
    if len(together) == 1:
        return form_schema(kind)
    parts = [form_schema(name) for name in together]
    shared = {name: body for part in parts for name, body in part.pop("$defs", {}).items()}
    return {"description": f"A document of {FILE}, of any of its kinds.", "anyOf": parts, "$defs": shared}


def form_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of a document of that kind."""
    return dict(_tidy(_FORMS[name].model_json_schema()))


def _tidy(node: Any) -> Any:
    """The schema without what pydantic adds for Python: titles, and null where a field may be left out.

    Where keys must fit a pattern, no others are let in.
    """
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    choices = node.get("anyOf", [])
    if isinstance(choices, list) and {"type": "null"} in choices:  # else a field of that name
        others = [choice for choice in choices if choice != {"type": "null"}]
        rest = {key: value for key, value in node.items() if key not in ("anyOf", "default")}
        return _tidy({**rest, **(others[0] if len(others) == 1 else {"anyOf": others})})
    result = {key: _tidy(value) for key, value in node.items() if key != "title" or not isinstance(value, str)}
    if "patternProperties" in result:
        result["additionalProperties"] = False
    return result
