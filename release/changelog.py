"""CHANGELOG.md as a release needs it: cut at a version, and the part of one version alone."""

import re
from datetime import date

UNRELEASED = "## [Unreleased]"
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_HEADING = re.compile(r"^## \[(?P<version>[^\]]+)\].*$", re.MULTILINE)


class Refused(Exception):
    """What is asked for makes no release; the message says why."""


def version_of(tag: str) -> str:
    """`v1.2.3` is the tag of 1.2.3.

    Raises:
        Refused: it is not of that form.
    """
    if not tag.startswith("v") or not _VERSION.fullmatch(tag[1:]):
        raise Refused(f"`{tag}` is no tag of a release: v1.2.3")
    return tag[1:]


def cut(changelog: str, version: str, day: date) -> str:
    """The changelog in which what was unreleased is what this version brought, and nothing is unreleased.

    Raises:
        Refused: there is nothing to release, or the version is no version, is there already or is not above all others.
    """
    if not _VERSION.fullmatch(version):
        raise Refused(f"`{version}` is no version: 1.2.3")
    if not notes(changelog, "Unreleased").strip():
        raise Refused("nothing is unreleased")
    later = [there for there in versions(changelog) if _numbers(there) >= _numbers(version)]
    if later:
        raise Refused(f"{version} is not above {later[0]}, which the changelog has")
    return changelog.replace(UNRELEASED, f"{UNRELEASED}\n\n## [{version}] - {day.isoformat()}", 1)


def versions(changelog: str) -> list[str]:
    """The versions that were released, as the changelog has them: the newest first."""
    return [found for found in _HEADING.findall(changelog) if _VERSION.fullmatch(found)]


def notes(changelog: str, version: str) -> str:
    """What stands below the heading of a version, or of `Unreleased`.

    Raises:
        Refused: the changelog has no such heading.
    """
    for heading in _HEADING.finditer(changelog):
        if heading["version"] == version:
            after = _HEADING.search(changelog, heading.end())
            return changelog[heading.end() : after.start() if after else len(changelog)].strip() + "\n"
    raise Refused(f"CHANGELOG.md has no section of {version}")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))
