"""The pages about the rules of `lint`, as they stand in docs/lint."""

from pathlib import Path

from verifier.errors import UsageError

_PACKAGE = Path(__file__).parents[2]
_PLACES = (_PACKAGE / "lintpages", _PACKAGE.parent / "docs" / "lint")
"""Where an installed package has them, and where the source tree does."""


def page(rule: str) -> str:
    """The page about `rule`; raises UsageError where the installation has none."""
    folder = next((place for place in _PLACES if place.is_dir()), _PLACES[0])
    try:
        return (folder / f"{rule}.md").read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"no page about `{rule}`", "this installation has no pages: see docs/lint of the project"
        ) from error
