"""What a page is made of besides its text: our own style and script, and the library that lays graphs out.

The library is dagre, a package of npm under the MIT licence (docs/decisions.md). `make web-assets` fetches it; it is in
the wheels that are built after that. Without it a page has no picture, and says how to get one.
"""

import hashlib
from functools import cache
from importlib.resources import files

LAYOUT = "vendor/dagre.min.js"
LAYOUT_SHA256 = "b71f223a52acaa96094468442d1888879105060cbae3ff0713ee1d7c8fdb99fb"
"""Of the pinned version (`web/package.json`): a file that is another one is not put into a page."""


@cache
def own(name: str) -> str:
    """The text of `page.css` or `page.js`."""
    return (files("verifier.report.html") / name).read_text(encoding="utf-8")


@cache
def layout() -> str | None:
    """The library; None where this installation has none, or another one."""
    place = files("verifier.report.html") / LAYOUT
    if not place.is_file():
        return None
    found = place.read_bytes()
    return found.decode("utf-8") if hashlib.sha256(found).hexdigest() == LAYOUT_SHA256 else None
