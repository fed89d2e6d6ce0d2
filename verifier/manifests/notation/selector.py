"""Label selectors in kubectl's notation: `a=b,c!=d,e in (f,g),h,!i`.

Takes a stretch of text, gives a `Selector`, and refuses what kubectl refuses, pointing at the offending character.
"""

import re

from msgspec import Struct

from verifier.ir.labels import Operator, Requirement, Selector, is_label_key, is_label_value
from verifier.manifests.notation.span import Span

_TOKEN = re.compile(r"==|!=|[=!(),<>]|[^\s=!(),<>]+")
_SPECIAL = frozenset({"==", "!=", "=", "!", "(", ")", ",", "<", ">"})
_OPERATORS = "`=`, `==`, `!=`, `in (..)` or `notin (..)`"


class _Tokens(Struct):
    """The tokens of a selector, and how far they have been read."""

    items: list[Span]
    end: Span
    position: int = 0

    @property
    def current(self) -> str:
        """The next token, empty at the end."""
        return str(self.span)

    @property
    def span(self) -> Span:
        return self.items[self.position] if self.position < len(self.items) else self.end

    def take(self) -> Span:
        span = self.span
        self.position += 1
        return span

    def at_word(self) -> bool:
        return self.current != "" and self.current not in _SPECIAL


def parse_selector(span: Span) -> Selector:
    """The selector written in `span`; the empty text is refused."""
    text = str(span)
    tokens = _Tokens(
        [span.part(found.start(), found.end()) for found in _TOKEN.finditer(text)],
        span.part(len(text)),
    )
    requirements = [_requirement(tokens)]
    while tokens.current == ",":
        tokens.take()
        requirements.append(_requirement(tokens))
    if tokens.current:
        tokens.span.fail(f"unexpected `{tokens.current}` in a selector", _hint(tokens.current))
    return Selector(frozenset(requirements))


def _requirement(tokens: _Tokens) -> Requirement:
    if tokens.current == "!":
        tokens.take()
        return Requirement(_key(tokens), Operator.DOES_NOT_EXIST)
    key = _key(tokens)
    match tokens.current:
        case "" | ",":
            return Requirement(key, Operator.EXISTS)
        case "=" | "==":
            tokens.take()
            return Requirement(key, Operator.IN, frozenset({_value(tokens)}))
        case "!=":
            tokens.take()
            return Requirement(key, Operator.NOT_IN, frozenset({_value(tokens)}))
        case "in":
            tokens.take()
            return Requirement(key, Operator.IN, _values(tokens))
        case "notin":
            tokens.take()
            return Requirement(key, Operator.NOT_IN, _values(tokens))
    return tokens.span.fail(f"unexpected `{tokens.current}` after the label key `{key}`", _hint(tokens.current))


def _hint(token: str) -> str:
    match token:
        case "not" | "NotIn" | "!":
            return "write `notin (..)`, or `!=` for one value"
        case "In":
            return "write `in (..)`"
        case "<" | ">":
            return "selectors of pods have no comparison by size"
    return f"{_OPERATORS} may follow a label key, commas join requirements, ` : ` with blanks precedes ports"


def _key(tokens: _Tokens) -> str:
    if not tokens.at_word():
        what = f"found `{tokens.current}`" if tokens.current else "the text ends"
        tokens.span.fail(f"a label key is missing: {what}", "a selector looks like `app=web,tier in (a,b),!legacy`")
    span = tokens.take()
    if not is_label_key(str(span)):
        hint = "blanks are required around `:`" if str(span).endswith(":") else "a key is `name` or `prefix/name`"
        span.fail(f"invalid label key `{span}`", hint)
    return str(span)


def _value(tokens: _Tokens) -> str:
    """The value at this place; nothing at all is the empty value, as in kubectl."""
    if not tokens.at_word():
        return ""
    span = tokens.take()
    if not is_label_value(str(span)):
        span.fail(f"invalid label value `{span}`", _value_hint(str(span)))
    return str(span)


def _value_hint(value: str) -> str:
    if value == "*":
        return "for any value write the key alone"
    if value.endswith(":"):
        return "blanks are required around `:`"
    return "at most 63 letters, digits, `-`, `_` or `.`, the first and last a letter or digit"


def _values(tokens: _Tokens) -> frozenset[str]:
    opening = tokens.take()
    if str(opening) != "(":
        opening.fail("values in parentheses are missing", "as in `tier in (web,db)`")
    if tokens.current == ")":
        tokens.span.fail("the list of values is empty", "as in `tier in (web,db)`")
    values = {_value(tokens)}
    while tokens.current == ",":
        tokens.take()
        values.add(_value(tokens))
    closing = tokens.take()
    if str(closing) != ")":
        found = f"found `{closing}`" if str(closing) else "the text ends"
        closing.fail(f"`)` is missing: {found}")
    return frozenset(values)
