"""Bugs in the site of the documents: a request to another host that is overlooked, a link that is believed, a version
that is not what it says."""

from tests.mutants.fault import Fault

_PAGES = "release/site/pages.py"
_VERSIONS = "release/site/versions.py"

SITE = (
    Fault(
        "site: an address that begins with // counts as one of the own host",
        _PAGES,
        'return bool(parts.netloc) or parts.scheme not in ("", "data")',
        'return parts.scheme not in ("", "data")',
    ),
    Fault(
        "site: a backslash in an address hides the host",
        _PAGES,
        'urlsplit(url.strip().replace("\\\\", "/"))',
        "urlsplit(url.strip())",
    ),
    Fault("site: what a script in a page asks is not read", _PAGES, 'elif self._within == "script":', "elif False:"),
    Fault("site: what a style in a page fetches is not read", _PAGES, 'if self._within == "style":', "if False:"),
    Fault("site: files of scripts are not read", _PAGES, '*folder.rglob("*.js"))', ")"),
    Fault(
        "site: what is connected to ahead counts as only named",
        _PAGES,
        '"license", "help"})',
        '"license", "help", "preconnect"})',
    ),
    Fault("site: of several images the first is looked at", _PAGES, 'said.get(name, "").split(",") if', "[] if"),
    Fault(
        "site: a heading that a link names need not be there",
        _PAGES,
        "(not anchor or there not in pages or anchor in pages[there].anchors)",
        "(not anchor or there in pages)",
    ),
    Fault(
        "site: a policy that names a host passes", _PAGES, "or any(not word.startswith", "or all(not word.startswith"
    ),
    Fault("site: a page without a policy passes", _PAGES, "[] if page.policies else", "[] if not page.policies else"),
    Fault(
        "site: with a playground no page is read",
        _PAGES,
        "if not (own and path.is_relative_to(folder / own))}",
        "if not own}",
    ),
    Fault("site: versions are ordered as text", _VERSIONS, "else _numbers(name), reverse", "else (name,), reverse"),
    Fault(
        "site: an archive may write into another version",
        _VERSIONS,
        "if not parts or parts[0] != version or",
        "if not parts or",
    ),
    Fault(
        "site: an archive may hold links",
        _VERSIONS,
        "or not (member.isfile() or member.isdir()):",
        "or member.ischr():",
    ),
    Fault(
        "site: any folder is a version",
        _VERSIONS,
        "if name == UNRELEASED or _is_version(name)]",
        "if name]",
    ),
    Fault(
        "site: a page stands in every group that names it",
        "release/site/contents.py",
        "if page not in taken]",
        "if page]",
    ),
    Fault(
        "a picture is offered by a command that has no graph",
        "verifier/cli/inputs/targets.py",
        'if name in PICTURES and {"dot", "html"} <= set(formats):',
        "if name in PICTURES:",
    ),
)
