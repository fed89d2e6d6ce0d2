"""Plain YAML scalars, read as kubectl reads them.

kubectl turns YAML into JSON with a fork of Go's yaml.v2. Its rules are neither those of YAML 1.1 nor of 1.2: `yes`,
`on` and `y` are booleans and `0777` is octal, but `1:30` is text and so is every timestamp. The table in
tests/manifests/test_scalars.py was observed from kubectl itself.
"""

import re
from functools import lru_cache

Scalar = str | int | float | bool | None

WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_INTEGER = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)\Z")
_SIGNED_BITS = re.compile(r"0b[-+][01]+\Z")
_BETWEEN = re.compile(r"(?<=[0-9])_(?=[0-9])")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_BASES = {"x": 16, "b": 2, "o": 8}
_SHORT = 7
"""How many characters a number may have that is written the same way with half of a float's digits."""
_MOST_DIGITS = 310
"""No float has more of them before its point."""


@lru_cache(maxsize=1 << 16)
def resolve(text: str) -> Scalar:
    """The value of a plain (unquoted, untagged) scalar.

    >>> [resolve(text) for text in ("yes", "1:30", "0777", "80.0", "1_000", "2001-01-01")]
    [True, '1:30', 511, 80, 1000, '2001-01-01']
    """
    if text in WORDS:
        return WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if text[0] in "123456789" and len(text) < 19 and text.isascii() and text.isdecimal():
        return int(text)
    digits = _BETWEEN.sub("", text) if text[0] == "." else text.replace("_", "")
    if _SIGNED_BITS.match(digits):
        return _integer(digits[2] + "0b" + digits[3:], text)
    if _INTEGER.match(digits):
        return _integer(digits, text)
    if _FLOAT.match(digits):
        return _float(digits, text)
    return text


def _integer(digits: str, text: str) -> Scalar:
    """What 64 bits cannot hold is a float; what no float can hold is text."""
    unsigned = digits.lstrip("+-").lower()
    base = _BASES.get(unsigned[1:2], 8 if unsigned[0] == "0" else 10)
    if base == 10 and len(unsigned) > _MOST_DIGITS:
        return text
    number = int(unsigned[2:] if unsigned[1:2] in _BASES else unsigned, base)
    number = -number if digits[0] == "-" else number
    if -(2**63) <= number < 2**64:
        return number
    try:
        return float(number)
    except OverflowError:
        return text


def _float(digits: str, text: str) -> Scalar:
    """JSON knows one kind of number, so that `80.0` is 80; what no float can hold is text."""
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        return text
    return int(number) if number.is_integer() and abs(number) < 1e21 else number


def tagged(tag: str, text: str) -> Scalar:
    """The value of a scalar with an explicit tag; raises ValueError where the text does not fit the tag."""
    name = tag.removeprefix("tag:yaml.org,2002:")
    value = resolve(text)
    match name:
        case "int" if isinstance(value, int) and not isinstance(value, bool):
            return value
        case "float" if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        case "bool" if isinstance(value, bool):
            return value
        case "null" if value is None:
            return None
        case "binary":
            import base64
            import binascii

            try:
                return base64.b64decode(text, validate=False).decode()
            except (binascii.Error, UnicodeDecodeError) as error:
                raise ValueError("`!!binary` is not base64 of UTF-8 text") from error
        case "int" | "float" | "bool" | "null":
            raise ValueError(f"`{text}` is no `!!{name}`")
        case _:
            return text


def key(value: Scalar) -> str:
    """The name of a field whose key is `value`; raises ValueError for what cannot be one, or is not written the same
    way by everybody."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case None:
            raise ValueError("a field without a name")
        case int() if -(2**63) <= value < 2**63:
            return str(value)
        case float() if 1e-4 <= abs(value) < 1e5 and len(str(value)) <= _SHORT:
            return str(value).removesuffix(".0")
        case _:
            raise ValueError("a number as the name of a field, of which every reader makes another name: quote it")
