"""Universes by name: `open`, `inventory`, or the file that describes one."""

from difflib import get_close_matches
from pathlib import Path

from verifier.errors import Diagnostic, InputError
from verifier.ir.universe import INVENTORY, OPEN, Universe
from verifier.manifests.document import Document
from verifier.manifests.source import shown

_NAMED = {"open": OPEN, "inventory": INVENTORY}


def load_universe(name_or_path: str) -> Universe:
    """The universe of this name, or that of the one document of kind Universe in this file."""
    if name_or_path in _NAMED:
        return _NAMED[name_or_path]
    if not Path(name_or_path).exists():
        close = get_close_matches(name_or_path, _NAMED, n=1)
        hint = f"did you mean `{close[0]}`?" if close else "a universe is `open`, `inventory` or a file"
        raise InputError(Diagnostic("path", "no such file", shown(name_or_path), hint=hint))
    from verifier.manifests.universefile import read_universe  # lazily: it brings pydantic

    return read_universe(name_or_path)


def universe_from_document(document: Document) -> Universe:
    """The universe of a document of kind Universe; raises InputError with every mistake in it."""
    from verifier.manifests.universefile import to_universe

    return to_universe(document)
