"""The ready-made properties: where `builtin:NAME` finds its file."""

from difflib import get_close_matches
from pathlib import Path

from verifier.errors import UsageError

BUILTIN = "builtin:"
"""What the name of a ready-made property begins with."""

STARTER = ("default-deny", "no-cloud-metadata", "dns-always-works")
"""What is checked when nobody says what to check."""

_PACKAGE = Path(__file__).parents[2]
_PLACES = (_PACKAGE / "builtin", _PACKAGE.parent / "properties")
"""Where an installed package has them, and where the source tree does."""


def builtin_path(name: str) -> Path:
    """The file of the ready-made property `name`; raises UsageError where there is none."""
    names = builtin_names()
    if name not in names:
        close = get_close_matches(name, names, n=1)
        hint = f"did you mean `builtin:{close[0]}`?" if close else f"one of {', '.join(names)}"
        raise UsageError(f"no ready-made property `{name}`", hint)
    return builtin_folder() / f"{name}.yaml"


def builtin_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in builtin_folder().glob("*.yaml")))


def builtin_folder() -> Path:
    """Where the ready-made properties are."""
    return next((place for place in _PLACES if place.is_dir()), _PLACES[0])
