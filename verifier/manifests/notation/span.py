"""A stretch of a one-line text, errors that point at it with a caret, and the signs `->` and `:` between blanks."""

import re
from typing import NoReturn

from msgspec import Struct

from verifier.errors import Diagnostic, InputError

_ARROW = re.compile(r"(?:(?<=\s)|^)->(?=\s|$)")
_COLON = re.compile(r"(?:(?<=\s)|^):(?=\s|$)")


class Span(Struct, frozen=True):
    """The characters `start` (inclusive) to `end` (exclusive) of `whole`."""

    whole: str
    start: int
    end: int

    @classmethod
    def of(cls, text: str) -> "Span":
        return cls(text, 0, len(text)).strip()

    def __str__(self) -> str:
        return self.whole[self.start : self.end]

    def part(self, first: int, last: int | None = None) -> "Span":
        """The stretch between two offsets that count from this one's start."""
        return Span(self.whole, self.start + first, self.end if last is None else self.start + last)

    def strip(self) -> "Span":
        text = str(self)
        return self.part(len(text) - len(text.lstrip()), len(text.rstrip())) if text.strip() else self.part(0, 0)

    def split(self, separator: str) -> list["Span"]:
        """The stripped stretches between single-character separators."""
        parts, first = [], 0
        for item in str(self).split(separator):
            parts.append(self.part(first, first + len(item)).strip())
            first += len(item) + 1
        return parts

    def fail(self, message: str, hint: str | None = None) -> NoReturn:
        """Refuse the text, with a caret under the first character of this stretch."""
        shown = "".join(c if c.isprintable() else " " for c in self.whole)
        picture = f"{message}\n  {shown}\n  {' ' * self.start}^"
        raise InputError(Diagnostic(code="expression", message=picture, hint=hint))


def has_arrow(text: str) -> bool:
    """True iff an arrow stands between blanks."""
    return _ARROW.search(text) is not None


def around_arrow(span: Span, shape: str, missing: str, one: str) -> tuple[Span, Span]:
    """What stands before and after the arrow. shape: what the whole should look like; missing: what there is not where
    there is no arrow; one: why there cannot be two."""
    text = str(span)
    arrows = list(_ARROW.finditer(text))
    if not arrows:
        tight = text.find("->")
        if tight >= 0:
            span.part(tight).fail("blanks are required around `->`", shape)
        span.part(len(text)).fail(f"` -> ` and {missing} are missing", shape)
    if len(arrows) > 1:
        span.part(arrows[1].start()).fail("a second `->`", one)
    return span.part(0, arrows[0].start()).strip(), span.part(arrows[0].end()).strip()


def around_colon(span: Span) -> tuple[Span, Span | None]:
    """What stands before and after the last colon between blanks; None: there is none."""
    colons = list(_COLON.finditer(str(span)))
    if not colons:
        return span, None
    return span.part(0, colons[-1].start()).strip(), span.part(colons[-1].end()).strip()
