"""What Sphinx is told. The documents are read where they stand, and are Markdown as a code host shows it: nothing in
them is there for Sphinx. The environment says which version this is (`SITE_VERSION`), and whether a playground comes
with it.
"""

import os
import shutil
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

from docutils import nodes
from pygments.lexers.lisp import SchemeLexer
from sphinx import addnodes
from sphinx.application import Sphinx

from release.site import contents
from release.site.pages import POLICY

ROOT = Path(__file__).parents[2]
HOME = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Source"]

project = "netpol"
author = "The netpol-verifier authors"
version = release = os.environ.get("SITE_VERSION", "main")
REVISION = version if version == "main" else f"v{version}"

extensions = ["myst_parser"]
root_doc = "README"
include_patterns = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "docs/**.md",
    "examples/*/README.md",
    "tests/README.md",
]
exclude_patterns = [".*", "build", "dist", "node_modules", "web", "tests/[a-z]*", "verifier"]
templates_path = ["templates"]

# Markdown alone, so that what is text on a code host is text here; toctrees are added below.
myst_disable_syntax = ["myst_role", "myst_line_comment", "myst_block_break", "myst_target", "colon_fence"]
myst_heading_anchors = 6
smartquotes = False
highlight_language = "none"

html_theme = "furo"
html_title = f"netpol {version}"
html_copy_source = False
html_use_index = False
html_show_copyright = False
html_show_sphinx = False
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/versions.html",
        "sidebar/scroll-end.html",
    ]
}
html_context = {"policy": POLICY, "has_playground": bool(os.environ.get("SITE_PLAYGROUND")), "home": HOME}


def setup(app: Sphinx) -> None:
    """Sphinx calls this."""
    app.add_lexer("smt2", SchemeLexer)
    app.connect("source-read", _add_contents)
    app.connect("doctree-read", _lead_into_the_repository, priority=100)  # before Sphinx copies what is linked to
    app.connect("build-finished", _name_indexes)


def _add_contents(_app: Sphinx, docname: str, source: list[str]) -> None:
    """The root of the site lists all, in the order of the index; an index of a folder what it links to there."""
    if docname == root_doc:
        index = (ROOT / contents.INDEX).read_text(encoding="utf-8")
        for group in contents.groups(index):
            there = tuple(page for page in group.pages if page != PurePosixPath("README.md"))
            source[0] += contents.toctree(group.name, there)
    elif docname == "docs/lint/README":
        file = PurePosixPath(f"{docname}.md")
        here = [page for page in contents.pages(source[0], file) if page.parent == file.parent]
        source[0] += contents.toctree(None, tuple(here))


def _lead_into_the_repository(app: Sphinx, doctree: nodes.document) -> None:
    """Links to files and folders that are no pages lead to where the repository is shown; to a folder with a README, to
    that."""
    file = app.env.doc2path(app.env.docname)
    for link in [*doctree.findall(addnodes.download_reference), *doctree.findall(addnodes.pending_xref)]:
        there = (Path(file).parent / str(link["reftarget"]).partition("#")[0]).resolve()
        if not there.is_relative_to(ROOT) or not there.exists():
            continue
        path = there.relative_to(ROOT).as_posix()
        if there.is_dir() and f"{path}/README" in app.env.found_docs:
            target: dict[str, Any] = {"refuri": f"{app.builder.get_relative_uri(app.env.docname, f'{path}/README')}"}
        elif there.is_dir() or f"{path.removesuffix('.md')}" not in app.env.found_docs:
            target = {"refuri": f"{HOME}/{'tree' if there.is_dir() else 'blob'}/{REVISION}/{path}"}
        else:
            continue
        link.replace_self(nodes.reference("", "", *link.children, **target))


def _name_indexes(app: Sphinx, failure: Exception | None) -> None:
    """What is asked for a folder gives its README, as on a code host."""
    if failure is None:
        for page in Path(app.outdir).rglob("README.html"):
            shutil.copyfile(page, page.with_name("index.html"))
