"""The JSON Schema of the JSON that `netpol check -o json` writes, version 1: new fields may come, none goes."""

from typing import Any


def _object(**fields: Any) -> dict[str, Any]:
    """A mapping with at least these fields."""
    return {"type": "object", "properties": fields, "required": list(fields)}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


def _or_null(item: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [item, {"type": "null"}]}


_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_LINE = {"type": "integer", "minimum": 1}
_PORT = {"type": "integer", "minimum": 1, "maximum": 65535}
_PROTOCOL = {"enum": ["TCP", "UDP", "SCTP", "OTHER"]}
_LABELS = {"type": "object", "additionalProperties": _TEXT}
_VERDICTS = ("proved", "violated", "unknown", "vacuous")

_ORIGIN = _object(file=_TEXT, line=_LINE, column=_LINE)
_ERROR = _object(
    code=_TEXT, message=_TEXT, file=_or_null(_TEXT), line=_or_null(_LINE), column=_or_null(_LINE), hint=_or_null(_TEXT)
)
_ENDPOINT = _object(
    kind={"enum": ["pod", "external", "node"]},
    namespace=_or_null(_TEXT),
    namespaceLabels=_or_null(_LABELS),
    labels=_LABELS,
    ip=_TEXT,
    namedPorts=_list(_object(name=_TEXT, protocol=_PROTOCOL, port=_PORT)),
    workload=_or_null(_TEXT),
)
_STEP = _object(
    stage=_TEXT,
    decision={"enum": ["allow", "deny", "next"]},
    policy=_or_null(_TEXT),
    rule=_or_null(_TEXT),
    origin=_or_null({"$ref": "#/$defs/origin"}),
    because=_TEXT,
)
_WITNESS = _object(
    source=_or_null({"$ref": "#/$defs/endpoint"}),
    destination=_or_null({"$ref": "#/$defs/endpoint"}),
    protocol=_or_null(_PROTOCOL),
    port=_or_null(_PORT),
    allowed={"type": "boolean"},
    hypothetical={"type": "boolean"},
    switches=_LABELS,
)
_RESULT = _object(
    property=_TEXT,
    verdict={"enum": list(_VERDICTS)},
    severity={"enum": ["error", "warning"]},
    dependsOn=_list(_TEXT),
    reason=_or_null(_TEXT),
    notes=_list(_TEXT),
    assumptions=_list(_TEXT),
    origin=_or_null({"$ref": "#/$defs/origin"}),
    witness=_or_null({"$ref": "#/$defs/witness"}),
    trace=_or_null(_object(egress=_list({"$ref": "#/$defs/step"}), ingress=_list({"$ref": "#/$defs/step"}))),
)

CHECK: dict[str, Any] = {
    "description": "The JSON report of netpol check.",
    **_object(
        version={"const": 1},
        command={"const": "check"},
        universe=_TEXT,
        assumptions=_list(_TEXT),
        notCovered=_list(_TEXT),
        errors=_list(_ERROR),
        results=_list({"$ref": "#/$defs/result"}),
        summary=_object(**dict.fromkeys(_VERDICTS, _COUNT)),
    ),
    "$defs": {
        "origin": _ORIGIN,
        "endpoint": _ENDPOINT,
        "step": _STEP,
        "witness": _WITNESS,
        "result": _RESULT,
    },
}
