"""What stands in the sidebar of the site, and in which order: that of docs/README.md, which leads to every document.

Nothing here needs Sphinx, so that `make test` holds the index to the documents without it.
"""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

INDEX = PurePosixPath("docs/README.md")
"""The document whose table is the table of contents: a row a group, its first cell the name."""

_ROW = re.compile(r"^\| \*\*(?P<name>[^*]+)\*\* \| (?P<rest>.*) \|$", re.MULTILINE)
_LINK = re.compile(r"\]\((?P<target>[^):#\s]+\.md)(?:#[^)\s]*)?\)")


@dataclass(frozen=True)
class Group:
    """Pages that stand together, by the paths of their files below the root of the repository."""

    name: str
    pages: tuple[PurePosixPath, ...]


def groups(index: str, file: PurePosixPath = INDEX) -> list[Group]:
    """The groups of an index, each page in the first that names it; the index itself is the first page of all."""
    found: list[Group] = []
    taken: set[PurePosixPath] = set()
    for row in _ROW.finditer(index):
        fresh = [page for page in pages(row["rest"], file) if page not in taken]
        if not found:
            fresh.insert(0, file)
        taken.update(fresh)
        found.append(Group(row["name"], tuple(fresh)))
    return found


def pages(text: str, file: PurePosixPath) -> list[PurePosixPath]:
    """The pages that a text in this file links to, each once, without the file itself."""
    found = [_normal(file.parent / link["target"]) for link in _LINK.finditer(text)]
    return [page for page in dict.fromkeys(found) if page != file]


def toctree(name: str | None, pages: tuple[PurePosixPath, ...]) -> str:
    """What tells Sphinx so, unseen on the page itself."""
    caption = [f":caption: {name[0].upper()}{name[1:]}"] if name else []
    entries = [f"/{page.with_suffix('')}" for page in pages]
    return "\n".join(("", "", "```{toctree}", ":hidden:", *caption, "", *entries, "```", ""))


def _normal(path: PurePosixPath) -> PurePosixPath:
    """Without `..`."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        else:
            parts.append(part)
    return PurePosixPath(*parts)
