"""What the users' own files (properties, universes, configuration) have in common.

A `Form` is the shape of one mapping. `fill` takes a document and gives the form filled in, or raises InputError with
every mistake, one message each, at its position. Nothing here knows what the fields mean.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Self, TypeVar

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from verifier.errors import Diagnostic, InputError
from verifier.ir.origin import Path
from verifier.manifests.documents.document import Document
from verifier.manifests.kubernetes.misplaced import home_of

API_VERSION = "netpol-verifier/v1"
KINDS = ("Acceptances", "Config", "Fleet", "Properties", "Universe")


class Slip(Struct, frozen=True):
    """A mistake in a mapping: where (below the mapping), what, and a hint. `at_name`: the field's name is at fault."""

    path: Path
    message: str
    hint: str = ""
    code: str = "field"
    at_name: bool = False

    def detail(self) -> InitErrorDetails:
        return InitErrorDetails(type=wrong(self.message, self.hint, self.code, self.at_name), loc=self.path, input=None)


def wrong(message: str, hint: str = "", code: str = "field", at_name: bool = False) -> PydanticCustomError:
    """What a validator raises to refuse a value."""
    context = {"message": message, "hint": hint, "code": code, "at_name": at_name}
    return PydanticCustomError("slip", "{message}", context)


def _alias(name: str) -> str:
    first, *others = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in others)


class Form(BaseModel):
    """A mapping with fixed fields; none other is accepted, and none may be null."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=_alias)

    @classmethod
    def slips(cls, fields: Mapping[str, Any]) -> Iterable[Slip]:  # noqa: ARG003
        """Mistakes that no field shows alone; `fields` are as the user wrote them, of any type."""
        return ()

    @model_validator(mode="wrap")
    @classmethod
    def _all_at_once(cls, value: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Lists the mistakes of the fields and those between them together."""
        found = [*cls._empty(value), *cls.slips(value)] if isinstance(value, dict) else []
        try:
            form = handler(value)
        except ValidationError as error:
            said = {slip.path for slip in found}
            found = [*(_slip(cls, e) for e in error.errors() if e["input"] is not None or e["loc"] not in said), *found]
        if found:
            raise ValidationError.from_exception_data(cls.__name__, [slip.detail() for slip in found])
        return form

    @classmethod
    def _empty(cls, fields: Mapping[str, object]) -> Iterator[Slip]:
        known = _fields(cls)
        for name, value in fields.items():
            if value is None and name in known:
                yield Slip((name,), f"`{name}` has no value", "leave it out, or give it a value", at_name=True)


def _fields(form: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in form.model_fields.items()]


_EXPECTED = {
    "string_type": "a string",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_LEFT_OUT = {"from": "anything", "to": "anything", "pods": "every pod", "ports": "every port", "namespaces": "any"}


def _slip(form: type[BaseModel], error: ErrorDetails) -> Slip:
    """pydantic's finding in our words."""
    path: Path = tuple(step for step in error["loc"] if not _is_tag(step))
    kind, value, context = error["type"], error["input"], error.get("ctx", {})
    name = _called(path)
    if kind == "slip":
        return Slip(path, context["message"], context["hint"], context["code"], context["at_name"])
    if kind == "extra_forbidden":
        known = f"one of {', '.join(sorted(_fields(form)))}" if _fields(form) else "it takes none: `{}`"
        name_of_other = home_of(str(path[-1])) if _fields(form) else None
        hint = _did_you_mean(str(path[-1]), _fields(form)) or name_of_other or known
        return Slip(path, f"unknown field {name}", hint, "unknown-field", at_name=True)
    if kind == "missing":
        return Slip(path[:-1], f"{name} is missing", code="missing-field")
    if kind in _EXPECTED:
        quote = "quote it" if kind == "string_type" and isinstance(value, int | float) else ""
        must_be = f"{name} must be" if path else "expected"
        return Slip(path, f"{must_be} {_EXPECTED[kind]}, not {found(value)}", quote, "type")
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", context["expected"]) or re.findall(r"[0-9]+", context["expected"])
        return unknown(path, value, choices)
    if kind == "too_short":
        meaning = _LEFT_OUT.get(str(path[-1]))
        return Slip(path, f"{name} is an empty list", f"leave it out for {meaning}" if meaning else "list at least one")
    return Slip(path, f"{name}: {error['msg'].lower()}")


def _is_tag(step: object) -> bool:
    """True iff the step leads nowhere in the document: it says which of several forms a value was taken for."""
    return isinstance(step, str) and step.startswith("[") and step.endswith("]")


def unknown(path: Path, value: object, choices: Iterable[str]) -> Slip:
    """The value at `path` is none of `choices`."""
    if not isinstance(value, str | int) or isinstance(value, bool):
        return Slip(path, f"{_called(path)} must be one of {', '.join(choices)}, not {found(value)}", code="type")
    hint = _did_you_mean(str(value), choices) or f"one of {', '.join(choices)}"
    if isinstance(path[-1], int):
        return Slip(path, f"`{value}` cannot stand in {_called(path[:-1])}", hint, "unknown-value")
    return Slip(path, f"unknown {path[-1]} `{value}`", hint, "unknown-value")


def _did_you_mean(word: str, choices: Iterable[str]) -> str:
    names = {choice.lower(): choice for choice in choices}
    close = get_close_matches(word.lower(), names, n=1, cutoff=0.7)
    return f"did you mean `{names[close[0]]}`?" if close else ""


def _called(path: Path) -> str:
    """The last field of a path with the indices that follow it: `values[0]`."""
    text: str = ""
    for step in path:
        text = f"{text}[{step}]" if isinstance(step, int) else str(step)
    return f"`{text}`"


def found(value: object) -> str:
    """What a value is, in words of YAML."""
    match value:
        case None:
            return "null"
        case bool():
            return f"the boolean {str(value).lower()}"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the string `{value}`"
        case list():
            return "a list"
        case _:
            return "a mapping"


F = TypeVar("F", bound=Form)


def attempt(form: type[F], value: object) -> F | list[Slip]:
    """The form that `value` fills, or its mistakes."""
    try:
        return form.model_validate(value)
    except ValidationError as error:
        return [_slip(form, e) for e in error.errors()]


def fill(form: type[F], document: Document) -> F:
    """The form that `document` holds; raises InputError with all its mistakes."""
    filled = attempt(form, document.value)
    if isinstance(filled, Form):
        return filled
    mistakes = [_diagnostic(document, slip) for slip in filled]
    raise InputError(sorted(mistakes, key=lambda mistake: (mistake.line or 0, mistake.column or 0)))


def _diagnostic(document: Document, slip: Slip) -> Diagnostic:
    return complaint(document, slip.path, slip.message, slip.hint or None, slip.code, at_name=slip.at_name)


def complaint(
    document: Document, path: Path, message: str, hint: str | None = None, code: str = "field", *, at_name: bool = False
) -> Diagnostic:
    """A diagnostic about the value at `path`, or about its name."""
    place = document.locate_key(path) if at_name else document.locate(path)
    return Diagnostic(code, message, place.file, place.line, place.column, hint)


def kind_of(document: Document) -> str | None:
    """Which of KINDS the document is; None iff it is not ours. One that is ours and of no such kind is refused."""
    value = document.value
    if not isinstance(value, dict) or str(value.get("apiVersion")).partition("/")[0] != "netpol-verifier":
        return None
    hidden = document.hidden_break()
    if hidden is not None:
        raise InputError(hidden)
    nul = _nul(document)
    if nul is not None:
        raise InputError(complaint(document, nul, "a text with a NUL character, which nothing is called", code="nul"))
    kind = value.get("kind")
    if kind in KINDS:
        return str(kind)
    slip = (
        unknown(("kind",), kind, KINDS)
        if "kind" in value
        else Slip((), "`kind` is missing", f"one of {', '.join(KINDS)}")
    )
    raise InputError(_diagnostic(document, slip))


def _nul(document: Document) -> Path | None:
    """Where a text of the document has one, which no path, name or argument of a program can hold. It is written as an
    escape."""
    if "\\" not in document.source.text:
        return None
    waiting: list[tuple[Path, object]] = [((), document.value)]
    seen: set[int] = set()
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str) and "\0" in value:
            return path
        if isinstance(value, dict | list) and id(value) not in seen:
            seen.add(id(value))
            entries = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += reversed([((*path, name), each) for name, each in entries])
    return None


def foreign(document: Document, kind: str) -> Diagnostic:
    """The complaint about a document that is not one of ours where one of this kind is expected."""
    hint = f"it begins with `apiVersion: {API_VERSION}` and `kind: {kind}`"
    path = ("apiVersion",) if isinstance(document.value, dict) and "apiVersion" in document.value else ()
    return complaint(document, path, "not a document of netpol-verifier", hint, "kind")
