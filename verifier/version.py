"""Which version of the program this is."""

import re

UNKNOWN = "unknown (not installed)"
WRITTEN = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,2}")
"""How a version is asked for: `1`, `1.2` or `1.2.3`."""
_BEFORE = re.compile(r"\.?(a|b|rc|dev)")
"""How the rest of a version begins that comes before the release of these numbers (PEP 440)."""


def version() -> str:
    """That of the installed distribution, else UNKNOWN."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("netpol-verifier")
    except PackageNotFoundError:
        return UNKNOWN


def is_at_least(here: str, wanted: str) -> bool:
    """True iff the version `here` is `wanted` or a later one; what comes before a release (`1.2.0rc1`) is older.

    >>> is_at_least("1.10.0", "1.9"), is_at_least("1.2.0rc1", "1.2"), is_at_least("2.0.0rc1", "1.9")
    (True, False, True)
    >>> is_at_least("1.2.post1", "1.2"), is_at_least("1.2.0.dev3", "1.2"), is_at_least(UNKNOWN, "1")
    (True, False, False)
    """
    found = WRITTEN.match(here)
    if found is None:
        return False
    mine, asked = _numbers(found[0]), _numbers(wanted)
    return mine > asked or (mine == asked and not _BEFORE.match(here[found.end() :]))


def _numbers(text: str) -> tuple[int, ...]:
    numbers = [int(part) for part in text.split(".")]
    return tuple(numbers + [0] * (3 - len(numbers)))
