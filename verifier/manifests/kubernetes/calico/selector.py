"""Calico's selector language (docs/semantics.md 5.4): text to a tree and back, and what a tree says of known labels.

What is nested, and how deep, is up to whoever wrote the text, so it is read without recursion, and a tree never holds
a junction of its own kind or a negation of a negation.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import NoReturn, assert_never

from msgspec import Struct

from verifier.manifests.kubernetes.fields import quoted

LONGEST = 1024
"""How many characters a selector may have."""


class Sort(StrEnum):
    """How a label is compared, in the words of the language."""

    IN = "in"
    CONTAINS = "contains"
    STARTS_WITH = "starts with"
    ENDS_WITH = "ends with"


class Everything(Struct, frozen=True):
    """`all()`."""


class Nowhere(Struct, frozen=True):
    """`global()`."""


class Has(Struct, frozen=True):
    """Iff the label is there."""

    key: str


class Compared(Struct, frozen=True):
    """Iff the label is there and one of `values`, or holds, begins or ends with one of them."""

    key: str
    sort: Sort
    values: frozenset[str]


class Opposite(Struct, frozen=True):
    """Iff `item` does not hold; so `!=` and `not in` hold where the label is absent."""

    item: "Tree"


class All(Struct, frozen=True):
    """Iff every item holds; there are at least two."""

    items: tuple["Tree", ...]


class Any(Struct, frozen=True):
    """Iff some item holds; there are at least two."""

    items: tuple["Tree", ...]


Tree = Everything | Nowhere | Has | Compared | Opposite | All | Any


class SelectorError(ValueError):
    """The text is no selector. `message`: why; `offset`: where; `hint`: what would be."""

    def __init__(self, message: str, offset: int, hint: str | None = None) -> None:
        super().__init__(message)
        self.offset, self.hint = offset, hint


_BLANKS = re.compile(r"[ \t]*")
_LABEL = re.compile(r"[A-Za-z0-9_./-]{1,512}")
_STRING = re.compile(r"\"[^\"]*\"|'[^']*'")
_NOT_IN = re.compile(r"not[ \t]+in(?![A-Za-z0-9_./-])|notin(?![A-Za-z0-9_./-])")
_WORDS = {
    Sort.CONTAINS: re.compile(r"contains(?![A-Za-z0-9_./-])"),
    Sort.STARTS_WITH: re.compile(r"starts(?:[ \t]+)?with(?![A-Za-z0-9_./-])"),
    Sort.ENDS_WITH: re.compile(r"ends(?:[ \t]+)?with(?![A-Za-z0-9_./-])"),
}
_IN = re.compile(r"in(?![A-Za-z0-9_./-])")
_OPERATORS = "`==`, `!=`, `in {..}`, `not in {..}`, `contains`, `starts with` or `ends with`"


def parse(text: str) -> Tree:
    """The tree that `text` writes; of the empty text `all()`. Raises SelectorError."""
    return _Parser(text).parsed()


class _Level(Struct):
    """What stands between two parentheses so far. negated: of each open `(` before it, how often it is negated."""

    opened: int
    either: list[Tree]
    both: list[Tree]
    negated: bool = False


class _Parser:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def parsed(self) -> Tree:
        self._blanks()
        if self._at == len(self._text):
            return Everything()
        levels = [_Level(0, [], [])]
        waiting: list[bool] = []
        while True:
            negated = self._negations()
            if self._take("("):
                waiting.append(negated)
                levels.append(_Level(self._at - 1, [], []))
                continue
            levels[-1].both.append(_opposite(self._primary(), negated))
            while len(levels) > 1 and self._take(")"):
                inside = _closed(levels.pop())
                levels[-1].both.append(_opposite(inside, waiting.pop()))
            if self._take("&&"):
                continue
            if not self._take("||"):
                break
            levels[-1].either.append(_joined(All, levels[-1].both))
            levels[-1].both = []
        if len(levels) > 1:
            self._fail("a `)` is missing", f"it closes the `(` at character {levels[-1].opened + 1}")
        if self._at < len(self._text):
            self._stray()
        return _closed(levels[0])

    def _negations(self) -> bool:
        negated = False
        while not self._looks("!=") and self._take("!"):
            negated = not negated
        return negated

    def _primary(self) -> Tree:
        for whole, tree in (("all()", Everything()), ("global()", Nowhere())):
            if self._take(whole):
                return tree
        if self._take("has("):
            key = self._label()
            if not self._take(")"):
                self._fail(f"`has({key}` lacks its `)`")
            return Has(key)
        key = self._label()
        if self._take("=="):
            return Compared(key, Sort.IN, frozenset({self._string()}))
        if self._take("!="):
            return Opposite(Compared(key, Sort.IN, frozenset({self._string()})))
        if self._word(_NOT_IN):
            return Opposite(Compared(key, Sort.IN, self._list()))
        if self._word(_IN):
            return Compared(key, Sort.IN, self._list())
        for sort, word in _WORDS.items():
            if self._word(word):
                return Compared(key, sort, frozenset({self._string()}))
        return self._no_operator(key)

    def _label(self) -> str:
        found = _LABEL.match(self._text, self._at)
        if found is None:
            what = "the text ends" if self._at == len(self._text) else f"found {quoted(self._text[self._at])}"
            self._fail(f"a label is missing: {what}", 'a selector looks like `app == "web" && has(tier)`')
        self._at = found.end()
        self._blanks()
        return found[0]

    def _string(self) -> str:
        found = _STRING.match(self._text, self._at)
        if found is None:
            self._fail("a value in quotes is missing", 'values stand in quotes, as in `app == "web"`')
        self._at = found.end()
        self._blanks()
        return found[0][1:-1]

    def _list(self) -> frozenset[str]:
        if not self._take("{"):
            self._fail("a list of values is missing", 'as in `tier in {"web", "db"}`')
        values = []
        while not self._take("}"):
            values.append(self._string())
            if not self._take(",") and not self._looks("}"):
                self._fail("`,` or `}` is missing in a list of values")
        return frozenset(values)

    def _no_operator(self, key: str) -> NoReturn:
        hint = f"{_OPERATORS} may follow a label; `has({key})` asks whether it is there"
        if self._looks("="):
            hint = "two of them: `==`"
        elif key in ("all", "global", "has"):
            hint = f"no blank may stand in `{key}(`"
        self._fail(f"an operator is missing after the label `{key}`", hint)

    def _stray(self) -> NoReturn:
        self._fail(f"{quoted(self._text[self._at])} where `&&`, `||` or the end should be")

    def _blanks(self) -> None:
        found = _BLANKS.match(self._text, self._at)
        self._at = found.end() if found is not None else self._at

    def _looks(self, sign: str) -> bool:
        return self._text.startswith(sign, self._at)

    def _take(self, sign: str) -> bool:
        if not self._looks(sign):
            return False
        self._at += len(sign)
        self._blanks()
        return True

    def _word(self, word: re.Pattern[str]) -> bool:
        found = word.match(self._text, self._at)
        if found is None:
            return False
        self._at = found.end()
        self._blanks()
        return True

    def _fail(self, message: str, hint: str | None = None) -> NoReturn:
        raise SelectorError(message, self._at, hint)


def _opposite(tree: Tree, negated: bool) -> Tree:
    if not negated:
        return tree
    return tree.item if isinstance(tree, Opposite) else Opposite(tree)


def _joined(kind: type[All] | type[Any], items: list[Tree]) -> Tree:
    """The junction of the items, of which those that are of its kind are taken apart."""
    flat: list[Tree] = []
    for item in items:
        flat += item.items if isinstance(item, kind) else (item,)
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def _closed(level: _Level) -> Tree:
    return _joined(Any, [*level.either, _joined(All, level.both)])


# And back


def written(tree: Tree) -> str:
    """A text that `parse` reads as this tree."""
    match tree:
        case Any(items):
            return " || ".join(_inside(item, Any) for item in items)
        case All(items):
            return " && ".join(_inside(item, Any) for item in items)
        case Opposite(Compared(key, Sort.IN, values)):
            return f"{key} != {_quoted(min(values))}" if len(values) == 1 else f"{key} not in {_listed(values)}"
        case Opposite(item):
            return f"!{_inside(item, Any, All)}"
        case Everything():
            return "all()"
        case Nowhere():
            return "global()"
        case Has(key):
            return f"has({key})"
        case Compared(key, sort, values):
            if sort is Sort.IN and len(values) != 1:
                return f"{key} in {_listed(values)}"
            return f"{key} {'==' if sort is Sort.IN else sort} {_quoted(min(values))}"
        case _:
            assert_never(tree)


def _inside(tree: Tree, *loose: type[All] | type[Any]) -> str:
    return f"({written(tree)})" if isinstance(tree, loose) else written(tree)


def _quoted(value: str) -> str:
    return f'"{value}"' if '"' not in value else f"'{value}'"


def _listed(values: frozenset[str]) -> str:
    return "{" + ", ".join(map(_quoted, sorted(values))) + "}"


# What it says


def compares(value: str, sort: Sort, values: frozenset[str]) -> bool:
    """True iff a label of this value is one of `values`, or holds, begins or ends with one of them."""
    match sort:
        case Sort.IN:
            return value in values
        case Sort.CONTAINS:
            return any(part in value for part in values)
        case Sort.STARTS_WITH:
            return value.startswith(tuple(values))
        case Sort.ENDS_WITH:
            return value.endswith(tuple(values))


def selects(
    tree: Tree, labels: Mapping[str, str | None], unknown: Callable[[str], bool] = lambda _: False
) -> bool | None:
    """True iff the labels meet the selector, where `all()` holds and `global()` does not; None where that hangs on a
    label of which `unknown` holds."""
    match tree:
        case Any(items):
            found = [selects(item, labels, unknown) for item in items]
            return True if True in found else None if None in found else False
        case All(items):
            found = [selects(item, labels, unknown) for item in items]
            return False if False in found else None if None in found else True
        case Opposite(item):
            inner = selects(item, labels, unknown)
            return None if inner is None else not inner
        case Everything():
            return True
        case Nowhere():
            return False
        case Has(key):
            return None if unknown(key) else labels.get(key) is not None
        case Compared(key, sort, values):
            if unknown(key):
                return None
            value = labels.get(key)
            return value is not None and compares(value, sort, values)
        case _:
            assert_never(tree)


def keys(tree: Tree) -> frozenset[str]:
    """The labels that the selector asks for."""
    match tree:
        case Any(items) | All(items):
            return frozenset().union(*(keys(item) for item in items))
        case Opposite(item):
            return keys(item)
        case Has(key) | Compared(key):
            return frozenset({key})
        case Everything() | Nowhere():
            return frozenset()
        case _:
            assert_never(tree)
