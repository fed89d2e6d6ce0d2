"""What is wrong with an object of the input, and where it stands."""

from verifier.errors import Diagnostic
from verifier.ir.origin import Origin


def located(origin: Origin | None, code: str, message: str, hint: str | None = None) -> Diagnostic:
    """The error at the position of `origin`, where it has one."""
    place = origin.position if origin is not None else None
    if place is None:
        return Diagnostic(code, message, hint=hint)
    return Diagnostic(code, message, place.file, place.line, place.column, hint)
