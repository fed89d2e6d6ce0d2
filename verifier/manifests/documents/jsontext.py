"""JSON text to plain data, with the stdlib, and positions inside it, late: by skipping over what is not asked for."""

import json
import re
from collections.abc import Iterator

from msgspec import Struct

from verifier.ir.origin import Path
from verifier.manifests.documents import scalars
from verifier.manifests.documents.spot import MAX_DEPTH

_TOO_DEEP = f"nested more than {MAX_DEPTH} levels deep"
_BLANKS = re.compile(r"[ \t\n\r]*")


class Member(Struct, frozen=True):
    """An element of a list or a field of an object: its index or name, where the name and the value stand."""

    step: str | int
    name: tuple[int, int] | None
    start: int
    end: int


class _Pairs:
    """Collects the fields of objects and remembers whether one stood twice. Of objects, and of lists in them, that say
    the same only the first is kept, and stands for all: most parts of a cluster are copies of each other."""

    def __init__(self) -> None:
        self.repeated = False
        self._known: dict[object, dict[str, object]] = {}
        self._lists: dict[object, list[object]] = {}

    def __call__(self, pairs: list[tuple[str, object]]) -> dict[str, object]:
        result = dict(pairs)
        if len(result) != len(pairs):
            self.repeated = True
        key: list[object] = []
        for name, value in result.items():
            key.append(name)
            kind = type(value)
            if kind is str:
                key.append(value)
            elif kind is dict:
                key.append(id(value))  # INVARIANT: it is the one that is kept, so that its id stays its own
            elif kind is list:
                result[name] = kept = self._listed(value)  # type: ignore[arg-type]
                key.append(id(kept))
            else:
                key.append((kind, repr(value)))
        return self._known.setdefault(tuple(key), result)

    def _listed(self, value: list[object]) -> list[object]:
        key: list[object] = []
        for index, item in enumerate(value):
            kind = type(item)
            if kind is str:
                key.append(item)
            elif kind is dict:
                key.append(id(item))
            elif kind is list:
                value[index] = kept = self._listed(item)  # type: ignore[arg-type]
                key.append(id(kept))
            else:
                key.append((kind, repr(item)))
        return self._lists.setdefault(tuple(key), value)


def _refuse(constant: str) -> object:
    raise ValueError(constant)


def _decoder(pairs: _Pairs) -> json.JSONDecoder:
    """A decoder that takes numbers of any length, which a YAML reader does too."""
    return json.JSONDecoder(object_pairs_hook=pairs, parse_int=scalars.resolve, parse_constant=_refuse)


_SKIP = json.JSONDecoder(parse_int=len)
"""For what is not asked for: numbers of any length, read as something that costs nothing."""


def _depth(value: object) -> int:
    """How many lists and objects lie within each other."""
    level, depth = {id(value): value}, 0
    while level := {number: each for number, each in level.items() if isinstance(each, dict | list)}:
        within = (each.values() if isinstance(each, dict) else each for each in level.values())
        level = {id(inner): inner for some in within for inner in some}
        depth += 1
    return depth


def decode(text: str) -> list[tuple[int, int, object, list[Path]]]:
    """The JSON values that stand one after the other in `text`: start, end, plain data, and the paths of repeated keys.

    Raises ValueError where `text` is anything else, or nests too deeply.
    """
    found = []
    position = _blank(text, 0)
    while position < len(text):
        pairs = _Pairs()
        try:
            value, end = _decoder(pairs).raw_decode(text, position)
        except RecursionError as error:
            raise ValueError(_TOO_DEEP) from error
        if _depth(value) > MAX_DEPTH:
            raise ValueError(_TOO_DEEP)
        repeated = list(_repeated(text, position, ())) if pairs.repeated else []
        found.append((position, end, value, repeated))
        position = _blank(text, end)
    if "\\ud" in text or "\\uD" in text:
        json.dumps([value for _, _, value, _ in found], ensure_ascii=False).encode()
    return found


class Index:
    """Finds places in a text that is known to be JSON, from `start` to `end`: skips what is not asked for, in lists
    goes no further than to what is, and remembers what it saw."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text = text
        self._start = start
        self._end = end
        self._seen: dict[int, tuple[dict[str | int, list[Member]], Iterator[Member]]] = {}

    def find(self, path: Path, *, key: bool) -> tuple[int, int]:
        """Where the value at `path` stands; its nearest ancestor where there is none.

        key: where its name stands instead, if it is a field that does.
        """
        start, end, name = self._start, self._end, None
        for step in path:
            found = self._members(start, step)
            if not found:
                return start, end
            start, end, name = found[-1].start, found[-1].end, found[-1].name
        return name if key and name is not None else (start, end)

    def second_of(self, path: Path) -> int | None:
        """Where the second occurrence of the repeated field at `path` stands."""
        parent, _ = self.find(path[:-1], key=False)
        names = [member.name for member in self._members(parent, path[-1])]
        return names[1][0] if len(names) > 1 and names[1] is not None else None

    def _members(self, start: int, step: str | int) -> list[Member]:
        """The members at this step: of a repeated field all of them, in order."""
        if start not in self._seen:
            self._seen[start] = {}, _members(self._text, start)
        steps, more = self._seen[start]
        if not (isinstance(step, int) and step in steps):
            for member in more:
                steps.setdefault(member.step, []).append(member)
                if member.step == step and isinstance(step, int):
                    break
        return steps.get(step, [])


def _members(text: str, start: int) -> Iterator[Member]:
    """The members of the list or object at `start`; nothing for a scalar."""
    opening = text[start]
    if opening not in "{[":
        return
    position, index = _blank(text, start + 1), 0
    while text[position] not in "]}":
        name: tuple[int, int] | None = None
        step: str | int = index
        if opening == "{":
            step, after = _SKIP.raw_decode(text, position)
            name = (position, after)
            position = _blank(text, _blank(text, after) + 1)
        end = _end(text, position)
        yield Member(step, name, position, end)
        position, index = _blank(text, end), index + 1
        if text[position] == ",":
            position = _blank(text, position + 1)


def _repeated(text: str, start: int, path: Path) -> Iterator[Path]:
    seen: set[str | int] = set()
    for member in _members(text, start):
        if member.step in seen:
            yield (*path, member.step)
        seen.add(member.step)
        yield from _repeated(text, member.start, (*path, member.step))


def _end(text: str, start: int) -> int:
    return _SKIP.raw_decode(text, start)[1]


def _blank(text: str, position: int) -> int:
    return _BLANKS.match(text, position).end()  # type: ignore[union-attr]  # INVARIANT: it matches nothing, too
