"""`python -m release`: what the release workflow runs, and what a person runs before there is a tag."""

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from release import changelog, channels, project
from release.changelog import Refused
from release.site import versions

ROOT = Path(__file__).parent.parent
_CHANGES, _PROJECT = ROOT / "CHANGELOG.md", ROOT / "pyproject.toml"


def main(arguments: Sequence[str] | None = None) -> int:
    """0: done; 2: refused, and nothing was written."""
    options = _parser().parse_args(arguments)
    try:
        _run(options)
    except Refused as refusal:
        print(f"release: {refusal}", file=sys.stderr)
        return 2
    return 0


def _run(options: argparse.Namespace) -> None:
    changes, stated = _CHANGES.read_text(encoding="utf-8"), _PROJECT.read_text(encoding="utf-8")
    if options.what == "cut":
        cut = changelog.cut(changes, options.version, options.day)
        numbered = project.with_version(stated, options.version)
        _CHANGES.write_text(cut, encoding="utf-8")
        _PROJECT.write_text(numbered, encoding="utf-8")
        print(f"git commit -am 'Release {options.version}' && git tag -s v{options.version}")
    elif options.what == "notes":
        version = changelog.version_of(options.tag)
        if project.stated(stated) != version:
            raise Refused(f"the tag says {version}, pyproject.toml {project.stated(stated)}")
        print(changelog.notes(changes, version), end="")
    elif options.what == "channels":
        for path in channels.write(changelog.version_of(options.tag), options.files, options.out):
            print(path)
    elif options.what == "site":
        for name in versions.put_together(options.archives, options.out):
            print(name)
    else:
        from release import share  # the commands of netpol: nothing else here needs them

        share.write(ROOT / "release" / "share")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="release", description=__doc__)
    commands = parser.add_subparsers(dest="what", required=True)
    cut = commands.add_parser("cut", help="make what is unreleased a version, in CHANGELOG.md and pyproject.toml")
    cut.add_argument("version")
    cut.add_argument("--day", type=date.fromisoformat, default=date.today(), help="YYYY-MM-DD; default: today")  # noqa: DTZ011
    notes = commands.add_parser(
        "notes", help="print what a version brought; refuses a tag that is not of this commit's version"
    )
    notes.add_argument("tag")
    filled = commands.add_parser("channels", help="fill the krew manifest and the Homebrew formula")
    filled.add_argument("tag")
    filled.add_argument("files", type=Path, help="the folder with the files of the release")
    filled.add_argument("out", type=Path)
    site = commands.add_parser("site", help="put the documents of all releases together, a folder each")
    site.add_argument(
        "archives", type=Path, help=f"a folder for each tag, and in it the {versions.ARCHIVE} of its release"
    )
    site.add_argument("out", type=Path)
    commands.add_parser("share", help="write the man page and the completions that wheels install")
    return parser


if __name__ == "__main__":
    sys.exit(main())
