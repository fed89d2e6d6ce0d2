"""Changes of YAML texts by position: what a change does not touch stays as it was written, comments and layout too.

Takes the text of one document, a path and plain data; gives the text after the change. What it says then is compared
with what it was to say, so that a change that went wrong is none.
"""

import json
import re
from collections.abc import Callable
from copy import deepcopy
from functools import wraps
from typing import Any, ParamSpec

import yaml
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node, SequenceNode

from verifier.errors import NetpolError
from verifier.ir.origin import Path

Plain = Any
"""Maps, lists and scalars."""

Given = ParamSpec("Given")

_WIDTH = 10_000
_AMBIGUOUS = re.compile(r"[yYnN]|[-+]?[.0-9][0-9_.]*(?:[eE][-+]?[0-9]+)?|[-+]?0[xXoObB][0-9a-fA-F_]+")
_LAYOUT = "a layout that cannot be changed by position"


class NotEditable(NetpolError):
    """The text cannot be changed by position; says why."""


def _refusing(change: Callable[Given, str]) -> Callable[Given, str]:
    """The same change, refused where the text, which somebody else wrote, is none to PyYAML: it reads less than what
    the manifests are read with (a tab before a comment, a date that is none)."""

    @wraps(change)
    def refusing(*given: Given.args, **named: Given.kwargs) -> str:
        try:
            return change(*given, **named)
        except (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise NotEditable(_LAYOUT) from error

    return refusing


@_refusing
def replaced(text: str, path: Path, value: Plain) -> str:
    """The text with the value at `path` being this one."""
    node = _at(text, path)
    if _is_flow(node, text):
        start, end = node.start_mark.index, _end(node)
        new = f"{' ' if start == end else ''}{_flow(value)}"
        return _checked(text, _spliced(text, start, end, new), path, value)
    column = node.start_mark.column
    lines = _block(value, column)
    return _checked(text, _spliced(text, node.start_mark.index, _end(node), lines), path, value)


@_refusing
def without_item(text: str, path: Path) -> str:
    """The text without the list item at `path`, which is not the only one."""
    items, number = _at(text, path[:-1]), path[-1]
    assert isinstance(number, int)
    if not isinstance(items, SequenceNode) or len(items.value) < 2:
        raise NotEditable("the only item of its list")
    node = items.value[number]
    if items.flow_style:
        if number + 1 < len(items.value):
            span = node.start_mark.index, items.value[number + 1].start_mark.index
        else:
            span = _end(items.value[number - 1]), _end(node)
        after = text[: span[0]] + text[span[1] :]
    else:
        start = text.rfind("\n", 0, node.start_mark.index) + 1
        end = text.find("\n", _end(node))
        if text[start : node.start_mark.index].strip() != "-":
            raise NotEditable("an item that does not stand on a line of its own")
        after = text[:start] + ("" if end < 0 else text[end + 1 :])
    wanted = _read(text)
    _step(wanted, path[:-1]).pop(number)
    return _as_meant(after, wanted)


@_refusing
def with_item(text: str, path: Path, value: Plain) -> str:
    """The text with one more item at the end of the list at `path`; where there is none, or it is empty, with one of
    it."""
    parent = _at(text, path[:-1])
    here = _field(parent, str(path[-1]))
    if here is None:
        return with_field(text, path[:-1], str(path[-1]), [value])
    if not isinstance(here, SequenceNode) or not here.value:
        return replaced(text, path, [value])
    last = here.value[-1]
    if here.flow_style:
        after = _spliced(text, _end(last), _end(last), f", {_flow(value)}")
    else:
        column = here.value[0].start_mark.column
        start = text.rfind("\n", 0, here.value[0].start_mark.index) + 1
        dash = text.index("-", start) - start
        after = _below(text, _end(last), f"{' ' * dash}-{' ' * (column - dash - 1)}{_block(value, column)}")
    wanted = _read(text)
    _step(wanted, path).append(value)
    return _as_meant(after, wanted)


@_refusing
def with_item_before(text: str, path: Path, value: Plain) -> str:
    """The text with one more item in front of the one at `path`, and of the comments above that; where the list has
    none, with one of it."""
    items, number = _field(_at(text, path[:-2]), str(path[-2])), path[-1]
    assert isinstance(number, int)
    if not isinstance(items, SequenceNode) or not items.value:
        return with_item(text, path[:-1], value)
    node = items.value[number]
    if items.flow_style:
        after = _spliced(text, node.start_mark.index, node.start_mark.index, f"{_flow(value)}, ")
    else:
        column = node.start_mark.column
        start = text.rfind("\n", 0, node.start_mark.index) + 1
        if text[start : node.start_mark.index].strip() != "-":
            raise NotEditable("an item that does not stand on a line of its own")
        dash = text.index("-", start) - start
        while (above := text[:start].rstrip("\n").rsplit("\n", 1)[-1]).lstrip().startswith("#"):
            start = text.rfind(above, 0, start)
        new = f"{' ' * dash}-{' ' * (column - dash - 1)}{_block(value, column)}\n"
        after = _spliced(text, start, start, new)
    wanted = _read(text)
    _step(wanted, path[:-1]).insert(number, value)
    return _as_meant(after, wanted)


@_refusing
def with_field(text: str, path: Path, name: str, value: Plain) -> str:
    """The text with this field in the map at `path`; where it has one of that name, with this value of it."""
    node = _at(text, path)
    if not isinstance(node, MappingNode) or not node.value:
        return replaced(text, path, {name: value})
    if _field(node, name) is not None:
        return replaced(text, (*path, name), value)
    if _is_flow(node, text):
        last = _end(node.value[-1][1])
        after = _spliced(text, last, last, f", {name}: {_flow(value)}")
    else:
        column = node.value[0][0].start_mark.column
        after = _below(text, _end(node), " " * column + _block({name: value}, column))
    wanted = _read(text)
    _step(wanted, path)[name] = value
    return _as_meant(after, wanted)


@_refusing
def emptied(text: str, path: Path) -> str:
    """The text with an empty list in place of the one at `path`. In block style the items go with their lines, and what
    stands behind or below the name of the list stays."""
    items = _at(text, path)
    if not isinstance(items, SequenceNode) or items.flow_style or not items.value:
        return replaced(text, path, [])
    parent = _at(text, path[:-1])
    if not isinstance(parent, MappingNode):
        raise NotEditable("a list inside a list")
    key = next(key for key, _ in parent.value if key.value == path[-1])
    colon = text.index(":", key.end_mark.index) + 1
    start = text.rfind("\n", 0, items.start_mark.index) + 1
    end = text.find("\n", _end(items))
    after = f"{text[:colon]} []{text[colon:start]}{'' if end < 0 else text[end + 1 :]}"
    return _checked(text, after, path, [])


def dumped(value: Plain) -> str:
    """A document in block style."""
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, default_flow_style=False, width=_WIDTH))


class _Dumper(yaml.SafeDumper):
    """Quotes what PyYAML reads as text, and other readers as a boolean or a number."""


def _quoted(dumper: yaml.SafeDumper, value: str) -> Node:
    style = "'" if _AMBIGUOUS.fullmatch(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _quoted)


# Places


def _at(text: str, path: Path) -> Node:
    if any(isinstance(e, AliasEvent) or getattr(e, "anchor", None) for e in yaml.parse(text, Loader=yaml.SafeLoader)):
        raise NotEditable("anchors, which may share what would be changed")
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is None:
        raise NotEditable("an empty text")
    node: Node = root
    for step in path:
        is_item = isinstance(node, SequenceNode) and isinstance(step, int)
        found = node.value[step] if is_item else _field(node, str(step))
        if found is None:
            raise NotEditable("a value that does not stand in the text")
        node = found
    return node


def _field(node: Node, name: str) -> Node | None:
    if not isinstance(node, MappingNode):
        return None
    return next((value for key, value in node.value if key.value == name), None)


def _is_flow(node: Node, text: str) -> bool:
    """True iff the value is written on its line: a scalar, or in brackets."""
    start = node.start_mark.index
    return not isinstance(node, SequenceNode | MappingNode) or text[start : start + 1] in "[{"


def _end(node: Node) -> int:
    while isinstance(node, SequenceNode | MappingNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last if isinstance(node, SequenceNode) else last[1]
    return int(node.end_mark.index)


# Texts


def _spliced(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _below(text: str, end: int, new: str) -> str:
    """The text with new lines below the one in which `end` lies."""
    line = text.find("\n", end)
    return f"{text}\n{new}\n" if line < 0 else f"{text[: line + 1]}{new}\n{text[line + 1 :]}"


def _flow(value: Plain) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Plain) -> str:
    """A scalar that reads as itself, also between brackets."""
    bare = isinstance(value, str) and re.fullmatch(r"[A-Za-z/][A-Za-z0-9./_-]*", value)
    if bare and not _AMBIGUOUS.fullmatch(value) and yaml.safe_load(value) == value:
        return str(value)
    return json.dumps(value)


def _block(value: Plain, column: int) -> str:
    """The value in block style, its first line going on where it is put, the others from `column` on."""
    if not isinstance(value, dict | list) or not value:
        return _flow(value)
    lines = dumped(value).rstrip("\n").split("\n")
    return "\n".join([lines[0], *(" " * column + line for line in lines[1:])])


# What it says


def _read(text: str) -> Plain:
    return deepcopy(yaml.safe_load(text))


def _step(value: Plain, path: Path) -> Plain:
    for step in path:
        value = value[step]
    return value


def _checked(before: str, after: str, path: Path, value: Plain) -> str:
    wanted = _read(before)
    if not path:
        return _as_meant(after, value)
    _step(wanted, path[:-1])[path[-1]] = value
    return _as_meant(after, wanted)


def _as_meant(text: str, wanted: Plain) -> str:
    try:
        said = _read(text)
    except yaml.YAMLError as error:
        raise NotEditable(_LAYOUT) from error
    if said != wanted:
        raise NotEditable(_LAYOUT)
    return text
