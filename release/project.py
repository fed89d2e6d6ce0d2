"""The version that pyproject.toml states."""

import re
import tomllib

from release.changelog import Refused

_LINE = re.compile(r'^version = "[^"]*"$', re.MULTILINE)


def stated(pyproject: str) -> str:
    """The version of the project."""
    version: str = tomllib.loads(pyproject)["project"]["version"]
    return version


def with_version(pyproject: str, version: str) -> str:
    """The same text with another version of the project.

    Raises:
        Refused: there is not exactly one line of a version.
    """
    text, count = _LINE.subn(f'version = "{version}"', pyproject)
    if count != 1:
        raise Refused(f"pyproject.toml has {count} lines of a version")
    return text
