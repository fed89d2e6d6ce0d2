"""netpol.yaml as text: the settings, the properties that hold, each with why it is there, and as comments what does
not hold."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from verifier.manifests.specs.config import FILE
from verifier.report.words.paint import visible

if TYPE_CHECKING:
    from verifier.ir.property import Property

_WIDTH = 116
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*\Z")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})


_SCHEMA_FILE = "netpol.schema.json"
SCHEMA = f"# yaml-language-server: $schema={_SCHEMA_FILE}"
"""By what editors check a document; they look for it at the top of each."""

HOW_TO_SCHEMA = f"# Editors check this file by a schema beside it: `netpol schema config > {_SCHEMA_FILE}` writes that."


class Entry(Struct, frozen=True):
    """A property as it stands in the file. `text`: its lines, from `- name:` on."""

    name: str
    why: str
    text: str


def config(settings: Mapping[str, object]) -> str:
    """The document of kind Config."""
    spec = [f"  {key}: {_flow(value)}" for key, value in settings.items()]
    return "\n".join(("apiVersion: netpol-verifier/v1", "kind: Config", *(["spec:", *spec] if spec else ["spec: {}"])))


def entry(name: str, why: str, claim: Mapping[str, object]) -> Entry:
    ((word, body),) = claim.items()
    lines = [f"- name: {_flow(name)}", f"  {word}:", *(f"    {line}" for line in _block(body))]
    return Entry(name, why, "\n".join(lines))


def properties(entries: Sequence[Entry]) -> str:
    """The document of kind Properties, which needs one at least."""
    head = ("apiVersion: netpol-verifier/v1", "kind: Properties", "spec:")
    lines = [line for each in entries for line in (*_comment(each.why), *each.text.splitlines())]
    return "\n".join((*head, "  properties:", *(f"  {line}" for line in lines)))


def read_back(entries: Sequence[Entry]) -> "tuple[Property, ...]":
    """The properties, as they will be read from the file."""
    from verifier.manifests.documents.document import read_documents
    from verifier.manifests.documents.source import Source
    from verifier.manifests.specs.properties import properties_from_document

    if not entries:
        return ()
    (document,) = read_documents(Source.text_of(FILE, properties(entries)))
    return properties_from_document(document)


def broken(reasons: Iterable[tuple[str, str]]) -> list[str]:
    """What does not hold, as comments: the name of each, and why not."""
    found = [line for name, reason in reasons for line in _comment(f"{name}: {reason}", "#   ")]
    return ["# Not held today, so not listed above:", *found] if found else []


def _comment(text: str, mark: str = "# ") -> Iterator[str]:
    """The text as comment lines of some width."""
    line = ""
    for word in visible(text).split():
        if line and len(line) + len(word) > _WIDTH:
            yield f"{mark}{line.rstrip()}"
            line = "  " if len(mark) > 2 else ""
        line += f"{word} "
    if line.strip():
        yield f"{mark}{line.rstrip()}"


def _block(body: object) -> Iterator[str]:
    """A mapping of lists, a line for each item."""
    assert isinstance(body, Mapping)
    for key, value in body.items():
        if isinstance(value, list):
            yield f"{key}:"
            yield from (f"- {_flow(item)}" for item in value)
        else:
            yield f"{key}: {_flow(value)}"


def _flow(value: object) -> str:
    """A value in flow style, strings quoted where they could be read as anything else."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str) and _PLAIN.match(value) and value.lower() not in _WORDS:
        return value
    return json.dumps(value)
