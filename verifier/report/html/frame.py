"""The page around a report: what the browser may do with it, its style and script, its parts in order.

The page asks nothing of anybody: its policy lets it load nothing, send nothing, and run nothing but the scripts that it
holds, which are known by their hashes.
"""

from collections.abc import Sequence

from msgspec import Struct

from verifier.errors import Diagnostic
from verifier.report.findings.findings import errors_in, warnings_in
from verifier.report.html.assets import layout, own
from verifier.report.html.markup import Child, Markup, data, element, hashed, inline, together
from verifier.report.html.parts import badge, bullets, diagnostics, folded, paragraph, section
from verifier.report.html.picture import Picture, as_data, is_worth_it
from verifier.report.words.coverage import Coverage

_ENTRIES = 12
"""Entries of what is not covered, or assumed, that stand open before they are folded."""

_NO_LAYOUT = (
    "There is no picture, since this netpol was installed without dagre, the library that lays it out. In a checkout: "
    "make web-assets, then install it again. All that a picture shows stands in the tables."
)
_TOO_MUCH = "There is no picture: there is more to draw than anybody could see. All of it stands in the tables."


class Page(Struct, frozen=True):
    """A report, ready to be put into a frame. verdict: what the headline says, and its kind (see `parts.SIGNS`).
    verdicts: the first part; tables: the second; about: the universe, in words."""

    command: str
    verdict: tuple[str, str] | None
    headline: str
    read: str
    verdicts: Child
    tables: Child
    coverage: Coverage
    about: str
    found: Sequence[Diagnostic] = ()
    picture: Picture | None = None
    caption: str = ""
    titles: tuple[str, str] = ("Verdicts", "Connections")


def render(page: Page) -> str:
    """The whole file."""
    picture, drawn = _picture(page)
    wrong, warnings = errors_in(page.found), warnings_in(page.found)
    parts = [
        ("input", "Input at fault" if wrong else "Warnings", diagnostics(wrong, warnings)),
        ("verdicts", page.titles[0], together(page.verdicts)),
        ("coverage", "What this does not say", together(*_coverage(page.coverage, page.about))),
        ("tables", page.titles[1], together(page.tables)),
        ("picture-part", "Picture", together(picture)),
    ]
    if not wrong:  # warnings follow what was found
        parts = [*parts[1:3], parts[0], *parts[3:]]
    shown = [(part, title, section(title, part, body)) for part, title, body in parts if body.source]
    links = (element("li", element("a", title, href=f"#{part}")) for part, title, _ in shown)
    title = " ".join(filter(None, ("netpol", page.command + ":", page.verdict and page.verdict[0], page.headline)))
    body = element(
        "body",
        element("a", "Skip to the report", href="#main", class_="skip"),
        element(
            "header",
            paragraph(f"netpol {page.command}", class_="command"),
            element("h1", badge(*page.verdict) if page.verdict else None, " " if page.verdict else None, page.headline),
            paragraph(page.read, class_="read") if page.read else None,
            element("nav", element("ul", *links), aria_label="Parts of this report"),
        ),
        element("main", *(body for _, _, body in shown), id="main"),
        element("footer", paragraph("One file, complete in itself: it asks nothing of any server.")),
        *drawn,
        inline("script", own("page.js")),
    )
    return f'<!doctype html>\n<html lang="en">\n{_head(title, bool(drawn)).source}\n{body.source}\n</html>\n'


def _head(title: str, draws: bool) -> Markup:
    style, script, library = own("page.css"), own("page.js"), layout()
    scripts = [hashed(script), *([hashed(library)] if draws and library is not None else [])]
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(scripts)}",
            f"style-src {hashed(style)}",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        inline("style", style),
    )


def _picture(page: Page) -> tuple[Child, tuple[Markup, ...]]:
    """What stands in its part, and the scripts that it needs; nothing where there is nothing to draw."""
    if page.picture is None or not any(view.edges for view in page.picture.views):
        return None, ()
    views = tuple(view for view in page.picture.views if is_worth_it(view))
    if not views:
        return paragraph(_TOO_MUCH), ()
    library = layout()
    if library is None:
        return paragraph(_NO_LAYOUT), ()
    drawn = data("picture-data", as_data(Picture(views, page.picture.claims)))
    without = element("noscript", paragraph("A script draws the picture. All that it shows stands in the tables."))
    return together(paragraph(page.caption), without, element("div", id="picture")), (drawn, inline("script", library))


def _coverage(found: Coverage, about: str) -> list[Child]:
    """What the answers do not cover, and what they rest on."""
    parts: list[Child] = [bullets(found.unread, "unread")]
    for title, entries in (("Not covered", found.not_covered), ("Assumed", found.assumptions)):
        if entries:
            rest = entries[_ENTRIES:]
            more = folded(f"and {len(rest)} more", bullets(rest), open_=False) if rest else None
            parts.append(element("div", element("h3", title), bullets(entries[:_ENTRIES]), more))
    return [paragraph("Universe: ", about), element("div", *parts, class_="coverage")]
