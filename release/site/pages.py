"""Reads the pages that were built: what a browser would fetch for them from another host, where their links lead."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'"
)
"""What a page may load, as it says to the browser itself: what its own host has."""

MENTIONED = frozenset(
    {
        "http://www.w3.org/2000/svg",  # a name of a kind of element
        "https://developer.mozilla.org/en-US/docs/Web/JavaScript/Guide/Regular_Expressions#escaping",  # in a comment
        "https://snowballstem.org/",  # in a comment
    }
)
"""Addresses that the scripts and styles of Sphinx and of its theme mention, and ask nothing of: each was looked at."""

_FETCHED = {
    "audio": ("src",), "embed": ("src",), "form": ("action",), "frame": ("src",), "iframe": ("src",),
    "image": ("href",), "img": ("src", "srcset"), "input": ("src", "formaction"), "button": ("formaction",),
    "object": ("data",),
    "script": ("src",), "source": ("src", "srcset"), "track": ("src",), "use": ("href", "xlink:href"),
    "video": ("src", "poster"), "body": ("background",), "base": ("href",), "link": ("href",),
}  # fmt: skip
"""Attributes that a browser follows on its own, or sends a form to, by element."""

_ONLY_NAMED = frozenset({"canonical", "next", "prev", "search", "index", "author", "copyright", "license", "help"})
"""Relations of a `link` that nothing is fetched for."""

_ADDRESS = re.compile(r"(?:https?|wss?):(?:\\?/){2}[^\s\"'`<>)\\]+", re.IGNORECASE)
_STYLED = re.compile(r"url\(\s*[\"']?\s*(?P<url>[^\"')\s]+)|@import\s+[\"'](?P<imported>[^\"']+)", re.IGNORECASE)
_EVENT = re.compile(r"^on[a-z]+$")


@dataclass(frozen=True)
class Page:
    """What a page asks for on its own, what it links to, what may be linked to in it, and the policies it states."""

    fetched: tuple[str, ...]
    links: tuple[str, ...]
    anchors: frozenset[str]
    policies: tuple[str, ...]


@dataclass(frozen=True)
class Findings:
    """What is wrong with a folder of pages, one line each, and the addresses elsewhere that its pages link to."""

    wrong: tuple[str, ...]
    external: Mapping[str, int]


def read(html: str) -> Page:
    """What stands in one page."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return Page(tuple(reader.fetched), tuple(reader.links), frozenset(reader.anchors), tuple(reader.policies))


def elsewhere(url: str) -> bool:
    """True iff this address is one of another host, or of another program than the browser; `//host` is one as well."""
    try:
        parts = urlsplit(url.strip().replace("\\", "/"))
    except ValueError:
        return True
    return bool(parts.netloc) or parts.scheme not in ("", "data")


def look_at(folder: Path, own: str = "") -> Findings:
    """All that is wrong with the pages of a site. own: a folder within it whose pages are written elsewhere, under a
    policy of their own; that links to them lead somewhere is looked at all the same."""
    pages = {path: read(path.read_text(encoding="utf-8")) for path in sorted(folder.rglob("*.html"))}
    ours = {path: page for path, page in pages.items() if not (own and path.is_relative_to(folder / own))}
    wrong: list[str] = []
    external: dict[str, int] = {}
    for path, page in ours.items():
        name = path.relative_to(folder).as_posix()
        wrong += [f"{name}: asks another host for {url}" for url in page.fetched if elsewhere(url)]
        wrong += [] if page.policies else [f"{name}: states no Content-Security-Policy"]
        wrong += [f"{name}: its policy lets it ask anybody" for text in page.policies if _is_open(text)]
        for url in page.links:
            if elsewhere(url):
                external[url] = external.get(url, 0) + 1
            elif not _leads_somewhere(path, url, pages):
                wrong.append(f"{name}: links to {url}, which is not there")
    for path in sorted((*folder.rglob("*.css"), *folder.rglob("*.js"))):
        if not (own and path.is_relative_to(folder / own)):
            name, text = path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")
            wrong += [f"{name}: mentions {url}, which nobody has looked at" for url in _mentioned(text)]
            wrong += [f"{name}: asks another host for {url}" for url in _styled(text) if elsewhere(url)]
    return Findings(tuple(wrong), dict(sorted(external.items())))


def _is_open(policy: str) -> bool:
    """True iff a policy has no default, or names a host, a scheme that has hosts, or everybody."""
    sources = [word for part in policy.split(";") for word in part.split()[1:]]
    return "default-src 'none'" not in policy or any(not word.startswith("'") and word != "data:" for word in sources)


def _leads_somewhere(page: Path, url: str, pages: Mapping[Path, Page]) -> bool:
    path, _, anchor = unquote(url).partition("#")
    there = (page.parent / path.partition("?")[0]).resolve() if path else page
    there = there / "index.html" if there.is_dir() else there
    return there.is_file() and (not anchor or there not in pages or anchor in pages[there].anchors)


def _mentioned(text: str) -> Iterator[str]:
    yield from (url for url in _ADDRESS.findall(text) if url not in MENTIONED)


def _styled(text: str) -> Iterator[str]:
    for found in _STYLED.finditer(text):
        yield found["url"] or found["imported"]


class _Reader(HTMLParser):
    """Life cycle: fed one page, then read."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fetched: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.policies: list[str] = []
        self._within: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        self._within = tag if tag in ("script", "style") else self._within
        self.anchors.update(said[name] for name in ("id", "name") if said.get(name))
        if tag in ("a", "area") and "href" in said:
            self.links.append(said["href"])
        if tag == "meta":
            self._meta(said)
        names = _FETCHED.get(tag, ())
        if tag == "link" and said.get("rel", "").lower() in _ONLY_NAMED:
            self.links.append(said.get("href", ""))
            names = ()
        for name in names:
            several = said.get(name, "").split(",") if name == "srcset" else [said.get(name, "")]
            self.fetched += [each.split()[0] for each in several if each.split()]
        self.fetched += _styled(said.get("style", ""))
        self.fetched += [url for name, value in said.items() if _EVENT.match(name) for url in _mentioned(value)]
        self.fetched += said.get("ping", "").split()

    def handle_endtag(self, tag: str) -> None:
        self._within = None if tag == self._within else self._within

    def handle_data(self, data: str) -> None:
        if self._within == "style":
            self.fetched += _styled(data)
        elif self._within == "script":
            self.fetched += _mentioned(data)

    def _meta(self, said: Mapping[str, str]) -> None:
        kind = said.get("http-equiv", "").lower()
        if kind == "content-security-policy":
            self.policies.append(said.get("content", ""))
        elif kind == "refresh":
            _, _, url = said.get("content", "").partition("=")
            self.fetched += [url.strip()] if url.strip() else []
            self.links += [url.strip()] if url.strip() else []
