"""The folders of the site: one for each version, and in front of them a page that leads to the newest and one that
lists all. A version is put there as it was built: nothing in it changes afterwards.
"""

import shutil
import tarfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

from release.changelog import Refused, version_of

ARCHIVE = "netpol-site.tar.gz"
"""What a release keeps its documents in: a file of the release, with one folder that is called by the version."""

UNRELEASED = "main"

PLAYGROUND = "playground"
"""The folder of a version in which its playground is."""

_FRAME = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
{head}<title>netpol: {title}</title>
<style>body {{ font: 1rem/1.6 system-ui, sans-serif; margin: 3rem auto; max-width: 40rem; padding: 0 1rem }}</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def ordered(names: Sequence[str]) -> list[str]:
    """The newest first; what is not released at the end."""
    return sorted(names, key=lambda name: () if name == UNRELEASED else _numbers(name), reverse=True)


def front(folder: Path) -> list[str]:
    """Writes the pages in front of the versions that a folder holds, and gives these, the newest first."""
    there = [path.name for path in folder.iterdir() if path.is_dir() and (path / "index.html").is_file()]
    names = ordered([name for name in there if name == UNRELEASED or _is_version(name)])
    if not names:
        raise Refused(f"{folder} holds no version of the documents")
    first = f"{names[0]}/index.html"
    listed = "\n".join(f'<li><a href="{name}/index.html">{escape(_title(name))}</a></li>' for name in names)
    more = '<p><a href="versions.html">Other versions</a></p>'
    _write(folder / "versions.html", "versions of the documents", f"<ul>\n{listed}\n</ul>")
    _write(
        folder / "index.html",
        "documents",
        f'<p><a href="{first}">{escape(_title(names[0]))}</a></p>\n{more}',
        f'<meta http-equiv="refresh" content="0; url={first}">\n',
    )
    return names


def put_together(archives: Path, out: Path) -> list[str]:
    """The site of all releases: `archives` holds a folder for each tag, and in it what that release keeps.

    Raises:
        Refused: a folder is called by no tag, its file is missing, or holds something else than that version; nothing
            is written.
    """
    tags = sorted(path.name for path in archives.iterdir())
    if out.exists():
        raise Refused(f"{out} is there already")
    for tag in tags:
        _look_into(archives / tag / ARCHIVE, version_of(tag))
    out.mkdir(parents=True)
    for tag in tags:
        with tarfile.open(archives / tag / ARCHIVE) as archive:
            archive.extractall(out, filter="data")
    return front(out)


def pack(site: Path, version: str, archive: Path) -> None:
    """Writes one version of a site into an archive; the same site gives the same names in the same order."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, "w:gz") as packed:
        for path in sorted((site / version).rglob("*")):
            if path.is_file():
                packed.add(path, path.relative_to(site).as_posix())


def adopt_playground(built: Path, site: Path) -> None:
    """Puts the playground that was built in a folder into a version of the site."""
    shutil.copytree(built, site / PLAYGROUND, dirs_exist_ok=True)


def _look_into(archive: Path, version: str) -> None:
    if not archive.is_file():
        raise Refused(f"no file {archive.name} of {version}")
    with tarfile.open(archive) as packed:
        for member in packed:
            parts = Path(member.name).parts
            if not parts or parts[0] != version or ".." in parts or not (member.isfile() or member.isdir()):
                raise Refused(f"{archive.name} of {version} holds {member.name}")


def _write(path: Path, title: str, body: str, head: str = "") -> None:
    path.write_text(_FRAME.format(title=escape(title), body=body, head=head), encoding="utf-8")


def _title(name: str) -> str:
    return "what is not released yet" if name == UNRELEASED else name


def _is_version(name: str) -> bool:
    try:
        return bool(version_of(f"v{name}"))
    except Refused:
        return False


def _numbers(name: str) -> tuple[int, ...]:
    return tuple(int(number) for number in name.split("."))
