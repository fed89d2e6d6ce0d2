"""Requests that were allowed, and that the API server may or may not have stored by now."""

from msgspec import Struct

from verifier.admission.objects import Key
from verifier.admission.review import Request
from verifier.admission.stored import Change
from verifier.manifests.documents.source import Source


class Allowed(Struct, frozen=True):
    """An allowed request that was not seen yet. since: on the clock of the desk. made: what it creates."""

    number: int
    change: Change
    since: float
    made: frozenset[Key] = frozenset()


def made_by(request: Request, key: Key) -> frozenset[Key]:
    """What there was not before the request about the object of that key."""
    return frozenset({key} if request.operation == "CREATE" else ())


def text_of(source: Source | None) -> str | None:
    """None: there is no object."""
    return None if source is None else source.text
