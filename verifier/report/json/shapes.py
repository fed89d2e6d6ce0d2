"""What JSON Schemas are made of: mappings, lists, maps, choices, references; and texts, flags and numbers."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

Schema = Mapping[str, Any]


def mapping(optional: Schema | None = None, /, **fields: Schema) -> dict[str, Any]:
    """A mapping with at least these fields, and perhaps the optional ones."""
    return {"type": "object", "properties": {**fields, **(optional or {})}, "required": list(fields)}


def listing(item: Schema) -> dict[str, Any]:
    return {"type": "array", "items": item}


def mapping_of(value: Schema) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": value}


def or_null(item: Schema) -> dict[str, Any]:
    return {"anyOf": [item, NULL]}


def one_of(words: type[StrEnum]) -> dict[str, Any]:
    return {"enum": [str(word) for word in words]}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


NULL = {"type": "null"}
TEXT = {"type": "string"}
FLAG = {"type": "boolean"}
COUNT = {"type": "integer", "minimum": 0}
LINE = {"type": "integer", "minimum": 1}
PORT = {"type": "integer", "minimum": 1, "maximum": 65535}
TEXTS = listing(TEXT)
LABELS = mapping_of(TEXT)
NONE: Schema = {"type": "array", "maxItems": 0}
