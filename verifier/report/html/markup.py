"""HTML as values: the one place in which text becomes a part of a page.

A child or attribute that is a `str` is text, whoever wrote it, and is escaped; only what `element` gives is markup. So
nothing that comes from manifests can begin a tag, end one, or name an attribute, and what nobody sees is shown as an
escape, as in every other format.
"""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html import escape

from msgspec import Struct

from verifier.report.words.paint import visible

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_VOID = frozenset({"meta", "input"})
_LINKS = re.compile(r"#[a-z][a-z0-9-]*")
"""Where a link may lead: to another part of the page, and nowhere else."""


class Markup(Struct, frozen=True):
    """Markup that is finished."""

    source: str


Child = Markup | str | None
"""None: nothing."""

NOTHING = Markup("")


def element(tag: str, /, *children: Child, **attributes: str | bool | None) -> Markup:
    """One element. An attribute is written `class_` or `data_x` for `class` and `data-x`; True: it has no value; False
    and None: it is not there. Raises ValueError for an attribute that could run or fetch something.

    >>> element("p", "a < b", element("b", "c"), class_="x", hidden=True).source
    '<p class="x" hidden>a &lt; b<b>c</b></p>'
    """
    if not _NAME.fullmatch(tag):
        raise ValueError(f"no name of an element: {tag!r}")
    words = [tag]
    for key, value in attributes.items():
        attribute = key.rstrip("_").replace("_", "-")
        if not _NAME.fullmatch(attribute) or attribute.startswith("on") or attribute in ("style", "src", "srcdoc"):
            raise ValueError(f"no attribute of a report: {attribute!r}")
        if attribute == "href" and not _LINKS.fullmatch(str(value)):
            raise ValueError(f"a report links to its own parts only, not to {value!r}")
        if value is True:
            words.append(attribute)
        elif value is not None and value is not False:
            words.append(f'{attribute}="{text(value)}"')
    start = f"<{' '.join(words)}>"
    return Markup(start if tag in _VOID else f"{start}{together(*children).source}</{tag}>")


def together(*children: Child) -> Markup:
    """Several, one after the other."""
    return Markup("".join(text(c) if isinstance(c, str) else c.source for c in children if c is not None))


def text(said: str) -> str:
    """The text as it stands between tags and inside of quotes.

    >>> text("</script>\\u202e'")
    '&lt;/script&gt;\\\\u202e&#x27;'
    """
    return escape(visible(said), quote=True)


def data(name: str, value: object) -> Markup:
    """JSON for the script of the page: nothing in it can end the element that it stands in, or begin a comment.

    >>> data("x", {"a": "</script><!--"}).source
    '<script type="application/json" id="x">{"a":"\\\\u003c/script\\\\u003e\\\\u003c!--"}</script>'
    """
    said = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    safe = said.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("#", "\\u0023")
    return Markup(f'<script type="application/json" id="{text(name)}">{safe}</script>')


def inline(name: str, source: str) -> Markup:
    """A script or a style of our own, as it is. Raises ValueError where it would end early."""
    if f"</{name}" in source.lower() or "<!--" in source:
        raise ValueError(f"this {name} does not fit into a page")
    return Markup(f"<{name}>{source}</{name}>")


def hashed(source: str) -> str:
    """By what a Content-Security-Policy knows a script or a style that it lets run."""
    return f"'sha256-{b64encode(sha256(source.encode('utf-8')).digest()).decode('ascii')}'"
