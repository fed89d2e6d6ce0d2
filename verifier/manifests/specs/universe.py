"""Universes by name: `open`, `inventory`, or the file that describes one."""

from difflib import get_close_matches

from verifier.errors import Diagnostic, InputError
from verifier.ir.universe import INVENTORY, OPEN, Universe
from verifier.manifests.documents.document import Document
from verifier.manifests.documents.places import Place, place_of
from verifier.manifests.documents.source import shown
from verifier.manifests.documents.there import is_there

_NAMED = {"open": OPEN, "inventory": INVENTORY}


def load_universe(name_or_place: Place) -> Universe:
    """The universe of this name, or that of the one document of kind Universe in this file (`REV:PATH`: of a git
    revision)."""
    if isinstance(name_or_place, str):
        if name_or_place in _NAMED:
            return _NAMED[name_or_place]
        name_or_place = place_of(name_or_place)
    if isinstance(name_or_place, str) and not is_there(name_or_place):
        close = get_close_matches(name_or_place, _NAMED, n=1)
        hint = f"did you mean `{close[0]}`?" if close else "a universe is `open`, `inventory` or a file"
        raise InputError(Diagnostic("path", "no such file", shown(name_or_place), hint=hint))
    from verifier.manifests.specs.universefile import read_universe  # lazily: it brings pydantic

    return read_universe(name_or_place)


def universe_from_document(document: Document, place: Place | None = None) -> Universe:
    """The universe of a document of kind Universe in the file at `place` (None: at the name of its source); raises
    InputError with every mistake in it."""
    from verifier.manifests.specs.universefile import to_universe

    return to_universe(document, place)
