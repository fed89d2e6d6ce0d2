"""Typed access to plain data, with a report of everything that is not as it should be.

A `Field` is a value and its path. Asking it for a type gives a harmless stand-in where the type is wrong, and a line in
the report, so that one pass finds every mistake. Null is absent, as it is to Kubernetes (docs/semantics.md 3.1).
"""

import difflib
import hashlib
import json
import re
from collections.abc import Callable, Collection
from typing import TypeVar, cast

from msgspec import Struct, field

from verifier.errors import Severity
from verifier.ir.origin import Path
from verifier.manifests.documents.syntax import unseen_blank, without_blank

_TEMPLATE = re.compile(r"\{\{.*\}\}|\$\{.*\}", re.DOTALL)
_SHOWN = 80
_TOLD = 48
_DIGITS = 32
"""Of the hash of a longer text: as many as nobody finds another text for, who would like two to be the same."""


class Problem(Struct, frozen=True):
    """A finding about the value at `path`, or, if `key`, about the name of that field."""

    code: str
    path: Path
    message: str
    hint: str | None = None
    severity: Severity = Severity.ERROR
    key: bool = False


class Report(Struct):
    """What was found so far, and how strict to be.

    strict_fields: unknown fields are errors; else they are dropped, with a warning (switch `field_validation`).
    strict_cidr: CIDRs that are not canonical are errors; else they are made so, with a warning (switch `strict_cidr`).
    empty_l4, nested_peers: what the switches `kcnp_empty_l4` and `nested_peers` say is not an error.
    """

    strict_fields: bool = True
    strict_cidr: bool = True
    empty_l4: bool = False
    nested_peers: bool = False
    problems: list[Problem] = field(default_factory=list)
    known: dict[object, tuple[object, object]] = field(default_factory=dict)
    """What `once` remembers, and the value that it was read of; reports of one run share it."""


class Field(Struct, frozen=True):
    """The value at `path` of an object; None where there is none."""

    value: object
    path: Path
    report: Report

    def __str__(self) -> str:
        """The path as Kubernetes writes it: `spec.ingress[0].from`."""
        return dotted(self.path)

    def reject(self, code: str, message: str, hint: str | None = None) -> None:
        """Reports an error; a value that is a template is reported as just that."""
        if isinstance(self.value, str) and _TEMPLATE.search(self.value):
            code, message = "template", f"looks like a template: {quoted(self.value)} in `{self}`"
            hint = "render it first: `helm template CHART`, `kubectl kustomize DIR` or `envsubst`, then read the result"
        self.report.problems.append(Problem(code, self.path, message, hint))

    def warn(self, code: str, message: str, hint: str | None = None) -> None:
        self.report.problems.append(Problem(code, self.path, message, hint, Severity.WARNING))

    def note(self, code: str, message: str, hint: str | None = None) -> None:
        self.report.problems.append(Problem(code, self.path, message, hint, Severity.NOTE))

    def get(self, name: str) -> "Field":
        """The field of that name; one without a value where there is none, or where this is no mapping."""
        return Field(self.mapping().get(name), (*self.path, name), self.report)

    def mapping(self) -> dict[str, object]:
        """The fields of a mapping; none where it is null."""
        if self.value is None:
            return {}
        if isinstance(self.value, dict):
            return self.value
        self._mistyped("a mapping")
        return {}

    def fields(self, *known: str, hints: "Hints | None" = None) -> "tuple[Field, ...]":
        """The fields of those names, in that order; any other is reported as unknown (with its hint of `hints`)."""
        value = self.mapping()
        self.restrict(known, hints)
        return tuple(Field(value.get(name), (*self.path, name), self.report) for name in known)

    def restrict(self, known: Collection[str], hints: "Hints | None" = None) -> None:
        """Reports the fields that are none of `known`."""
        for name in self.mapping():
            if name not in known:
                better = hints(self, name, known) if hints is not None else None
                self._unknown(name, _mistyped_name(name) or better or meant(name, known))

    def entries(self) -> "list[Field]":
        """The fields of a mapping whose names are free, like labels."""
        return [Field(item, (*self.path, name), self.report) for name, item in self.mapping().items()]

    def items(self) -> "list[Field]":
        """The elements of a list; none where it is null."""
        if self.value is None:
            return []
        if isinstance(self.value, list):
            return [Field(item, (*self.path, index), self.report) for index, item in enumerate(self.value)]
        self._mistyped("a list")
        return []

    def text(self) -> str | None:
        """The string, or None where it is null or no string."""
        if self.value is None or isinstance(self.value, str):
            return self.value
        self._mistyped("a string")
        return None

    def integer(self) -> int | None:
        """The whole number, or None where it is null or anything else."""
        if isinstance(self.value, float) and self.value.is_integer():
            return int(self.value)
        if self.value is None or (isinstance(self.value, int) and not isinstance(self.value, bool)):
            return self.value
        self._mistyped("a whole number")
        return None

    def boolean(self) -> bool:
        """The boolean; False where it is null or anything else."""
        if self.value is None or isinstance(self.value, bool):
            return bool(self.value)
        self._mistyped("a boolean")
        return False

    def _mistyped(self, wanted: str) -> None:
        found = kind_of(self.value)
        hint = None
        if wanted == "a string" and found in ("a number", "a boolean"):
            hint = "quote it: without quotes YAML reads numbers, and words like `yes`, `on` and `n`, as something else"
        elif wanted == "a whole number" and found == "a string":
            hint = "remove the quotes"
        elif wanted == "a list" and self.value == {}:
            hint = "the empty list is `[]`; a list with one empty item is `[{}]`"
        elif wanted == "a list" and found == "a mapping":
            hint = "put a dash in front of its first field"
        elif isinstance(self.value, str) and wanted in ("a mapping", "a list"):
            hint = _mistyped_name(self.value)
        elif wanted == "a mapping" and found == "a list":
            hint = "remove the dash"
        self.reject("V13", f"`{self}` must be {wanted}, not {found}", hint)

    def _unknown(self, name: str, hint: str) -> None:
        here = f" in `{self}`" if self.path else ""
        strict = self.report.strict_fields
        fate, severity = ("", Severity.ERROR) if strict else (", which is dropped", Severity.WARNING)
        message = f"unknown field {quoted(name)}{here}{fate}"
        self.report.problems.append(Problem("unknown-field", (*self.path, name), message, hint, severity, key=True))


Hints = Callable[[Field, str, Collection[str]], str | None]
"""A hint for an unknown field of a mapping, whose known fields are those; None where there is no better one than the
name that looks most like it."""


def _mistyped_name(text: str) -> str | None:
    """A hint where a blank is missing in or before a name, or one that only looks like a blank is there."""
    glued = without_blank(text)
    return unseen_blank(text) or (f"a blank is missing after the colon of `{glued}:`" if glued is not None else None)


_T = TypeVar("_T")


def once(read: Callable[[Field], _T], field: Field) -> _T:
    """`read(field)`; values with nothing wrong are remembered, since most parts of most policies are copies, and copies
    are one object where texts are read as plain YAML."""
    report = field.report
    key = (read, id(field.value))
    found = report.known.get(key)
    if found is not None:
        return cast(_T, found[1])
    before = len(report.problems)
    value = read(field)
    if len(report.problems) == before:
        report.known[key] = (field.value, value)  # INVARIANT: an id in the table is that of a live object
    return value


def each_once(
    read: Callable[[Field], _T], field: Field, plain: Callable[[object], _T | None] = lambda _: None
) -> tuple[_T, ...]:
    """`read` of each element of a list; what is remembered costs no more than looking. plain: what `read` gives of a
    value with which, plain to see, nothing is wrong; else None."""
    if not isinstance(field.value, list):
        return tuple(once(read, item) for item in field.items())
    known = field.report.known
    read_ones: list[_T] = []
    for index, value in enumerate(field.value):
        key = (read, id(value))
        found = known.get(key)
        if found is not None:
            read_ones.append(cast(_T, found[1]))
            continue
        seen = plain(value)
        if seen is None:
            read_ones.append(once(read, Field(value, (*field.path, index), field.report)))
        else:
            known[key] = (value, seen)
            read_ones.append(seen)
    return tuple(read_ones)


def meant(word: str, known: Collection[str]) -> str:
    """A hint for a word that is none of `known`: the one that looks most like it, or all of them."""
    exact = [name for name in known if name.lower() == word.lower()]
    close = exact or difflib.get_close_matches(word, known, 1, 0.6)
    return f"did you mean `{close[0]}`?" if close else f"one of {', '.join(known)}"


def dotted(path: Path) -> str:
    """A path as Kubernetes writes it.

    >>> dotted(("spec", "ingress", 0, "from"))
    'spec.ingress[0].from'
    """
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return text.removeprefix(".")


def quoted(text: str) -> str:
    """User text for a message: in backticks, printable, and not too long."""
    shown = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."
    return "`" + "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown) + "`"


def told(value: object) -> str:
    """What is written, short and in characters that print, and of two that are written differently never the same."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str).replace("`", "\\u0060")
    if len(text) <= _TOLD:
        return text
    return f"{text[:_TOLD]}.. {hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}"


def kind_of(value: object) -> str:
    """The type of a value in YAML's words."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "a mapping"
