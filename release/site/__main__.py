"""`python -m release.site VERSION`: what `make site` does once Sphinx has built a version into build/site.

Puts the playground into it that `SITE_PLAYGROUND` names, if any, writes the pages in front, and reads what was built.
"""

import os
import sys
from pathlib import Path

from release.site.pages import look_at
from release.site.versions import ARCHIVE, PLAYGROUND, UNRELEASED, adopt_playground, front, pack

BUILD = Path(__file__).parents[2] / "build"


def main(version: str) -> int:
    """0: the site is as it ought to be; 1: it is not, and each line on standard error says why."""
    site = BUILD / "site"
    built = os.environ.get("SITE_PLAYGROUND")
    if built:
        adopt_playground(Path(built), site / version)
    front(site)
    found = look_at(site, f"{version}/{PLAYGROUND}" if built else "")
    for line in found.wrong:
        print(f"site: {line}", file=sys.stderr)
    listing = BUILD / "site-external-links.txt"
    listing.write_text("".join(f"{count:5} {url}\n" for url, count in found.external.items()), encoding="utf-8")
    print(f"{listing.relative_to(BUILD.parent)}: {len(found.external)} addresses elsewhere, none of which was asked")
    if found.wrong:
        return 1
    ours = site / version
    pages = sum(1 for page in ours.rglob("*.html") if not page.is_relative_to(ours / PLAYGROUND))
    print(f"{site.relative_to(BUILD.parent)}/{version}: {pages} pages, which ask nothing of another host")
    if version != UNRELEASED:
        pack(site, version, BUILD / ARCHIVE)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
