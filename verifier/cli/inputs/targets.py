"""Where the report goes, and in which format: `-o FORMAT[=FILE]`, as often as wanted; `-` is standard output."""

import difflib
from collections.abc import Collection, Iterable
from pathlib import Path

from msgspec import Struct

from verifier.errors import UsageError
from verifier.manifests.documents.there import is_folder

PICTURES = frozenset({"pdf", "png"})
"""What others make of a graph (docs/map.md, "A picture")."""


class Target(Struct, frozen=True):
    """A format and a file; None: standard output."""

    format: str
    file: str | None = None


def parse_targets(texts: Iterable[str], formats: Collection[str]) -> tuple[Target, ...]:
    """The targets that `-o` options name; standard output takes one of them at most."""
    targets = tuple(_parse(text, formats) for text in texts)
    if sum(target.file is None for target in targets) > 1:
        raise UsageError(
            "only one format can go to standard output", "give the others a file: `-o text -o json=report.json`"
        )
    files = [target.file for target in targets if target.file is not None]
    for file in files:
        if files.count(file) > 1:
            raise UsageError(f"two reports cannot go to the same file `{file}`")
    return targets


def _parse(text: str, formats: Collection[str]) -> Target:
    name, equals, file = text.partition("=")
    if name not in formats:
        raise UsageError(f"unknown output format `{name}`", _instead(name, formats))
    if equals and not file:
        raise UsageError(f"`-o {text}` names no file")
    if file and not is_folder(Path(file).absolute().parent):
        raise UsageError(f"cannot write `{file}`: the directory does not exist")
    return Target(name, None if file in ("", "-") else file)


def _instead(name: str, formats: Collection[str]) -> str:
    """What to write for a format that there is not."""
    if name in PICTURES and {"dot", "html"} <= set(formats):
        return f"`-o dot | dot -T{name}` has Graphviz draw it; the page that `-o html` writes has a picture without"
    near = difflib.get_close_matches(name, formats, 1)
    return f"did you mean `{near[0]}`?" if near else _one_of(formats)


def _one_of(formats: Collection[str]) -> str:
    return f"one of {', '.join(formats)}"
