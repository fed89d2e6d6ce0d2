"""A stretch of a one-line text, and errors that point at it with a caret."""

from typing import NoReturn

from msgspec import Struct

from verifier.errors import Diagnostic, InputError


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
