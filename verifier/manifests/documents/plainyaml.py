"""The YAML that clusters and most people write, read without a YAML parser: block mappings and lists of plain words.

What is not surely of that kind is left to libyaml (`yamltext`): anchors, tags, block scalars, comments behind values,
flow mappings, escapes, tabs, anything but ASCII. For what is, the value is the one that libyaml and our builder give.
Most texts of a cluster are copies of each other: a text that was read before, with its indentation, is not read again.
"""

import re
from typing import Final

from verifier.manifests.documents import scalars

_MAX_INDENT = 100
_MAX_KNOWN = 4_000
"""How long a text may be that is remembered, in characters."""

_WORD = r"[!-\"$-9;-~]"
_PLAIN = rf"(?:[A-Za-z0-9_/]|:(?=[!-~])){_WORD}*+(?:(?: {_WORD}|:(?=[!-~])){_WORD}*+)*+"
_QUOTED = r"\"[ !#-\[\]-~]*+\"|'[ -&(-~]*+'"
_FLOW = r"\{\}|\[\]|\[[A-Za-z][A-Za-z0-9]*+(?:, ?[A-Za-z][A-Za-z0-9]*+)*+\]"
_VALUE = rf"{_PLAIN}|{_QUOTED}|{_FLOW}"
_LINES = r"[^\n]*+\n"
_NAME = r"[A-Za-z_][A-Za-z0-9_./-]{0,200}+"
_FIELDS = re.compile(rf"( *+)({_NAME}):(?: ++({_VALUE}))?\n((?:\1(?: |- ){_LINES})*+)|[\s\S]++")
_ITEMS = re.compile(rf"(( *+)- [^\n]++\n(?:\2 {_LINES})*+)|[\s\S]++")
"""Both find parts that follow each other without a gap, then, without a name, all that is none."""
_SMALL = re.compile(
    rf"( *+)- ({_NAME}): ++({_VALUE})\n\1  ({_NAME}): ++({_VALUE})\n(?:\1  ({_NAME}): ++({_VALUE})\n)?\Z"
)
"""An item of two or three words, like most ports; taken out at once, since there are so many of them."""
_SCALAR = re.compile(rf"(?:{_VALUE})\Z")
_IDLE = re.compile(r"^ *(?:#[ -~]*)?\n", re.MULTILINE)

_NO_NAMES = frozenset(scalars.WORDS)

_NEW: Final = object()


class _NotPlain(Exception):
    """The text may mean something else than it seems to."""


class PlainTexts:
    """Reads plain texts, and remembers them. What it gives is shared by all texts that say it: nobody may change it."""

    def __init__(self) -> None:
        self._blocks: dict[str, object] = {}
        self._items: dict[str, object] = {}
        self._scalars: dict[str, object] = {}

    def read(self, text: str) -> dict[str, object] | None:
        """The mapping that is the only document of `text`; None where that is for a YAML parser to say."""
        text = text.removeprefix("---\n")
        if text[-1:] != "\n":
            text += "\n"
        if "#" in text or "\n\n" in text or text[0] in " \n":
            text = _IDLE.sub("", text)
        try:
            return self._mapping(text, "") if text else None
        except _NotPlain:
            return None

    def _block(self, text: str) -> object:
        """What stands in whole lines, of which the first is indented least."""
        value = self._blocks.get(text, _NEW)
        if value is _NEW:
            indent = text[: len(text) - len(text.lstrip(" "))]
            if len(indent) > _MAX_INDENT:
                raise _NotPlain
            value = self._list(text, indent) if text[len(indent)] == "-" else self._mapping(text, indent)
            if len(text) <= _MAX_KNOWN:
                self._blocks[text] = value
        return value

    def _mapping(self, text: str, indent: str) -> dict[str, object]:
        result: dict[str, object] = {}
        known = self._scalars
        for found, name, plain, below in _FIELDS.findall(text):
            if found != indent or not name or name in result:
                raise _NotPlain
            if not plain:
                result[name] = self._block(below) if below else None
            elif below:
                raise _NotPlain
            else:
                value = known.get(plain, _NEW)
                result[name] = self._scalar(plain) if value is _NEW else value
        if not _NO_NAMES.isdisjoint(result):
            raise _NotPlain
        return result

    def _list(self, text: str, indent: str) -> list[object]:
        result: list[object] = []
        known = self._items
        for whole, found in _ITEMS.findall(text):
            if found != indent or not whole:
                raise _NotPlain
            value = known.get(whole, _NEW)
            if value is _NEW:
                value = self._item(whole, indent)
                if len(whole) <= _MAX_KNOWN:
                    known[whole] = value
            result.append(value)
        return result

    def _item(self, text: str, indent: str) -> object:
        small = _SMALL.match(text)
        if small is not None:
            return self._small(small)
        if text.find("\n") == len(text) - 1:
            only = text[len(indent) + 2 : -1]
            if _SCALAR.match(only):
                return self._scalar(only)
        return self._mapping(text.replace("- ", "  ", 1), f"{indent}  ")

    def _small(self, item: re.Match[str]) -> dict[str, object]:
        known = self._scalars
        _, one, first, two, second, three, third = item.groups()
        result = {
            one: known[first] if first in known else self._scalar(first),
            two: known[second] if second in known else self._scalar(second),
        }
        if three is not None:
            result[three] = known[third] if third in known else self._scalar(third)
        if len(result) != (2 if three is None else 3) or not _NO_NAMES.isdisjoint(result):
            raise _NotPlain
        return result

    def _scalar(self, plain: str) -> object:
        value: object
        match plain[0]:
            case "'" | '"':
                value = plain[1:-1]
            case "{":
                value = {}
            case "[":
                value = [scalars.resolve(word.strip()) for word in plain[1:-1].split(",") if word]
            case _:
                value = scalars.resolve(plain)
        self._scalars[plain] = value
        return value
