"""Calico's selector language (docs/semantics.md 5.4), read and evaluated from its text alone."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from itertools import product

Truth = str
NO, PERHAPS, YES = "no", "perhaps", "yes"
_STRENGTH = (NO, PERHAPS, YES)
Lookup = Callable[[str], "str | None"]
UNKNOWN = "?"
"""What a lookup gives of a label that nobody has said; no label has this value."""

_TOKEN = re.compile(
    r"""[ \t]*(?:
    (?P<string>"[^"]*"|'[^']*')
  | (?P<sign>&&|\|\||==|!=|[!(){},])
  | (?P<whole>all\(\)|global\(\))
  | (?P<has>has\()
  | (?P<word>[A-Za-z0-9_./-]{1,512})
  )""",
    re.VERBOSE,
)


class Malformed(ValueError):
    pass


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = text.rstrip(" \t")
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Malformed(text[at:])
        kind = str(match.lastgroup)
        found.append((kind, match.group(kind)))
        at = match.end()
    return found


def either(*truths: Truth) -> Truth:
    return max(truths, key=_STRENGTH.index, default=NO)


def both(*truths: Truth) -> Truth:
    return min(truths, key=_STRENGTH.index, default=YES)


def negated(truth: Truth) -> Truth:
    return _STRENGTH[2 - _STRENGTH.index(truth)]


def of(holds: bool) -> Truth:
    return YES if holds else NO


Meaning = Callable[[Lookup], Truth]


@lru_cache(maxsize=1 << 12)
def meaning(text: str, prefix: str = "", everybody: str = "") -> Meaning:
    """What a selector says of labels. prefix: stands before every key; everybody: the key that `all()` asks for, and
    `global()` asks to be missing; none: all() holds always."""
    tokens = _tokens(text)
    if not tokens:
        return lambda _: YES
    found, rest = _or(tokens, prefix, everybody)
    if rest:
        raise Malformed(text)
    return found


def holds(text: str, labels: Mapping[str, str], prefix: str = "", everybody: str = "") -> Truth:
    return meaning(text, prefix, everybody)(labels.get)


_Parsed = tuple[Meaning, list[tuple[str, str]]]


def _or(tokens: list[tuple[str, str]], prefix: str, everybody: str) -> _Parsed:
    first, tokens = _and(tokens, prefix, everybody)
    items = [first]
    while tokens[:1] == [("sign", "||")]:
        item, tokens = _and(tokens[1:], prefix, everybody)
        items.append(item)
    return lambda get: either(*(item(get) for item in items)), tokens


def _and(tokens: list[tuple[str, str]], prefix: str, everybody: str) -> _Parsed:
    first, tokens = _not(tokens, prefix, everybody)
    items = [first]
    while tokens[:1] == [("sign", "&&")]:
        item, tokens = _not(tokens[1:], prefix, everybody)
        items.append(item)
    return lambda get: both(*(item(get) for item in items)), tokens


def _not(tokens: list[tuple[str, str]], prefix: str, everybody: str) -> _Parsed:
    if tokens[:1] == [("sign", "!")]:
        item, tokens = _not(tokens[1:], prefix, everybody)
        return lambda get: negated(item(get)), tokens
    return _primary(tokens, prefix, everybody)


def _primary(tokens: list[tuple[str, str]], prefix: str, everybody: str) -> _Parsed:
    if not tokens:
        raise Malformed("the end")
    (kind, text), rest = tokens[0], tokens[1:]
    if (kind, text) == ("sign", "("):
        inside, rest = _or(rest, prefix, everybody)
        return inside, _after(rest, ")")
    if kind == "whole":
        wanted = text == "all()"
        if not everybody:
            return (lambda _: of(wanted)), rest
        return (lambda get: of((get(everybody) is not None) is wanted)), rest
    if kind == "has":
        if not rest or rest[0][0] != "word":
            raise Malformed("has")
        return _about(prefix + rest[0][1], lambda _: True, absent=False), _after(rest[1:], ")")
    if kind != "word":
        raise Malformed(text)
    return _compared(prefix + text, rest)


def _compared(key: str, tokens: list[tuple[str, str]]) -> _Parsed:
    if not tokens:
        raise Malformed(key)
    (kind, word), rest = tokens[0], tokens[1:]
    if kind == "sign" and word in ("==", "!="):
        against, rest = _string(rest)
        return _about(key, lambda value: (value == against) is (word == "=="), absent=word == "!="), rest
    words = [word] if kind == "word" else []
    if words and rest and rest[0][0] == "word" and word in ("not", "starts", "ends"):
        words, rest = [word, rest[0][1]], rest[1:]
    match " ".join(words):
        case "in":
            listed, rest = _list(rest)
            return _about(key, lambda value: value in listed, absent=False), rest
        case "not in" | "notin":
            listed, rest = _list(rest)
            return _about(key, lambda value: value not in listed, absent=True), rest
        case "contains":
            against, rest = _string(rest)
            return _about(key, lambda value: against in value, absent=False), rest
        case "starts with" | "startswith":
            against, rest = _string(rest)
            return _about(key, lambda value: value.startswith(against), absent=False), rest
        case "ends with" | "endswith":
            against, rest = _string(rest)
            return _about(key, lambda value: value.endswith(against), absent=False), rest
    raise Malformed(key)


def _about(key: str, test: Callable[[str], bool], absent: bool) -> Meaning:
    def said(get: Lookup) -> Truth:
        value = get(key)
        if value == UNKNOWN:
            return PERHAPS
        return of(absent if value is None else test(value))

    return said


def _string(tokens: list[tuple[str, str]]) -> tuple[str, list[tuple[str, str]]]:
    if not tokens or tokens[0][0] != "string":
        raise Malformed("a string")
    return tokens[0][1][1:-1], tokens[1:]


def _list(tokens: list[tuple[str, str]]) -> tuple[list[str], list[tuple[str, str]]]:
    tokens, found = _after(tokens, "{"), []
    while tokens[:1] != [("sign", "}")]:
        value, tokens = _string(tokens)
        found.append(value)
        if tokens[:1] != [("sign", "}")]:
            tokens = _after(tokens, ",")
    return found, tokens[1:]


def _after(tokens: list[tuple[str, str]], sign: str) -> list[tuple[str, str]]:
    if tokens[:1] != [("sign", sign)]:
        raise Malformed(sign)
    return tokens[1:]


Looked = tuple[str, str]
"""How a label is looked into (is, contains, starts, ends), and for what."""


def mentioned(text: str, prefix: str = "") -> dict[str, set[Looked]]:
    """The keys of a selector, each with what it is looked at for."""
    found: dict[str, set[Looked]] = {}
    key = how = ""
    words = _tokens(text)
    for index, (kind, word) in enumerate(words):
        before = words[index - 1] if index else ("", "")
        if kind == "word" and word in _LOOKS and before[0] == "word":
            how = _LOOKS[word] or how
        elif kind == "word":
            key, how = prefix + word, "is"
            found.setdefault(key, set())
        elif kind == "string":
            found[key].add((how, word[1:-1]))
    return found


_LOOKS = {
    "in": "is", "not": "is", "notin": "is", "contains": "contains", "starts": "starts", "startswith": "starts",
    "ends": "ends", "endswith": "ends", "with": "",
}  # fmt: skip


def values_of(looked: Iterable[Looked]) -> set[str]:
    """Values that what is looked for tells apart: those that are named, and two others for each way of holding texts,
    of which some other selector may name one."""
    exact = {text for how, text in looked if how == "is"}
    texts = sorted((how, text) for how, text in looked if how != "is")
    if not texts:
        return exact
    parts = sorted({text for _, text in texts} | {"", "-", "0"})
    found: dict[object, list[str]] = {}
    for pieces in product(parts, repeat=4):
        value = "".join(pieces)
        if _VALUE.match(value) and len(value) < 60 and value not in exact:
            tests = {"contains": value.__contains__, "starts": value.startswith, "ends": value.endswith}
            alike = found.setdefault(tuple(tests[how](text) for how, text in texts), [])
            if value not in alike and len(alike) < _EACH:
                alike.append(value)
    return exact.union(*found.values())


_EACH = 2
_VALUE = re.compile(r"([a-z0-9]([-a-z0-9]*[a-z0-9])?)?\Z")
