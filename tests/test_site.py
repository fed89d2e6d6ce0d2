"""The documents as a site (`make site`): the contents, what is read of the built pages, the folders of versions. What
needs Sphinx is tried by `make site` itself, and by `make test-web` in a browser."""

import re
import tarfile
from io import BytesIO
from pathlib import Path, PurePosixPath

import pytest
import yaml

from release.__main__ import main
from release.changelog import Refused
from release.site import contents
from release.site.pages import POLICY, look_at, read
from release.site.versions import ARCHIVE, adopt_playground, front, ordered, pack, put_together

ROOT = Path(__file__).parent.parent
HEAD = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><title>t</title>'
INDEX = (ROOT / contents.INDEX).read_text(encoding="utf-8")


def pages(folder: Path, **texts: str) -> Path:
    """A folder with these pages: `a__b` is b.html in the folder a."""
    for name, text in texts.items():
        path = folder / f"{name.replace('__', '/')}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD + text, encoding="utf-8")
    return folder


# Contents


def test_the_sidebar_has_every_document_once_and_in_the_order_of_the_index() -> None:
    groups = contents.groups(INDEX)
    listed = [page.as_posix() for group in groups for page in group.pages]
    lint = {page.relative_to(ROOT).as_posix() for page in (ROOT / "docs/lint").glob("*.md")} - {"docs/lint/README.md"}
    documents = {page.relative_to(ROOT).as_posix() for page in (ROOT / "docs").rglob("*.md")} - lint
    examples = {page.relative_to(ROOT).as_posix() for page in (ROOT / "examples").rglob("README.md")}

    assert [group.name for group in groups][:3] == ["to begin with", "what to ask", "examples"]
    assert listed[:2] == ["docs/README.md", "README.md"]
    assert len(listed) == len(set(listed))
    assert documents | examples | {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"} <= set(listed)


def test_the_list_of_rules_has_every_page_about_one() -> None:
    file = PurePosixPath("docs/lint/README.md")

    linked = contents.pages((ROOT / file).read_text(encoding="utf-8"), file)

    assert {ROOT / page for page in linked} >= {*(ROOT / "docs/lint").glob("*.md")} - {ROOT / file}


def test_a_group_is_a_row_and_a_page_stands_in_the_first_that_names_it() -> None:
    text = "| **one** | [a](a.md#x), [up](../B.md), [site](https://h/x.md) |\n| **two** | [a](a.md), [c](c/d.md) |\n"

    one, two = contents.groups(text, PurePosixPath("docs/README.md"))

    assert [str(page) for page in one.pages] == ["docs/README.md", "docs/a.md", "B.md"]
    assert [str(page) for page in two.pages] == ["docs/c/d.md"]
    assert contents.toctree(two.name, two.pages) == ("\n\n```{toctree}\n:hidden:\n:caption: Two\n\n/docs/c/d\n```\n")


# What pages ask for


@pytest.mark.parametrize(
    "markup",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<script src="//cdn.example/x.js"></script>',
        '<script src="/\\cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="http://fonts.example/css">',
        '<link rel="preconnect" href="https://fonts.example">',
        '<img src="a.png" srcset="b.png 1x, https://img.example/c.png 2x">',
        "<p style=\"background: url( 'https://img.example/x' )\">",
        "<style>@import 'https://fonts.example/x.css';</style>",
        "<style>p { background: url(https://img.example/x) }</style>",
        '<form action="https://search.example/"></form>',
        '<iframe src="https://video.example"></iframe>',
        '<svg><use href="https://icons.example/x.svg#a"></use></svg>',
        '<meta http-equiv="refresh" content="0; url=https://elsewhere.example/">',
        '<base href="https://elsewhere.example/">',
        '<a href="b.html" ping="https://count.example/x">b</a>',
        "<script>fetch('https://api.example/x')</script>",
        "<script>new WebSocket(`wss:\\/\\/api.example/x`)</script>",
        "<body onload=\"fetch('https://api.example/x')\">",
    ],
)
def test_a_page_that_asks_another_host_is_found(markup: str, tmp_path: Path) -> None:
    found = look_at(pages(tmp_path, a=markup, b=""))

    assert any(line.startswith("a.html: asks another host for") for line in found.wrong), found.wrong


def test_a_page_may_ask_its_own_host_and_link_to_others(tmp_path: Path) -> None:
    text = (
        '<h1 id="top">a</h1><script src="x.js?v=1"></script><img src="data:image/png;base64,AA">'
        '<link rel="next" href="sub/">'
        '<a href="#top">1</a> <a href="sub/b.html#there">2</a> <a href="https://h.example/">3</a> <a href="sub">4</a>'
    )
    folder = pages(tmp_path, a=text, sub__b='<p id="there">', sub__index='<a href="../a.html">a</a>')
    (folder / "x.js").write_text('const name = "http://www.w3.org/2000/svg"; fetch("y.json")')
    (folder / "x.css").write_text(
        "p { background: url('data:image/svg+xml,<svg xmlns=\"http://www.w3.org/2000/svg\"/>') }"
    )

    found = look_at(folder)

    assert found.wrong == ()
    assert found.external == {"https://h.example/": 1}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("x.js", 'import("https://cdn.example/x.js")', "x.js: mentions https://cdn.example/x.js"),
        ("x.css", "@import url(//fonts.example/x)", "x.css: asks another host for //fonts.example/x"),
    ],
)
def test_a_script_or_a_style_that_asks_another_host_is_found(name: str, text: str, said: str, tmp_path: Path) -> None:
    (pages(tmp_path, a="") / name).write_text(text)

    assert any(line.startswith(said) for line in look_at(tmp_path).wrong)


@pytest.mark.parametrize("url", ["b.html", "#nowhere", "a.html#nowhere", "sub/", "%62.html"])
def test_a_link_that_leads_nowhere_is_found(url: str, tmp_path: Path) -> None:
    folder = pages(tmp_path, a=f'<a href="{url}">x</a>')
    (folder / "sub").mkdir()

    assert look_at(folder).wrong == (f"a.html: links to {url}, which is not there",)


@pytest.mark.parametrize(
    "policy",
    [
        "",
        "default-src 'self'",
        f"{POLICY}; script-src https:",
        f"{POLICY}; img-src *",
        f"{POLICY}; connect-src h.example",
    ],
)
def test_a_page_states_a_policy_that_lets_it_ask_nobody_else(policy: str, tmp_path: Path) -> None:
    said = f'<meta http-equiv="Content-Security-Policy" content="{policy}">' if policy else ""
    (tmp_path / "a.html").write_text(f"{said}<p>x")

    assert len(look_at(tmp_path).wrong) == 1


def test_the_policy_is_read_as_it_is_written() -> None:
    assert read(HEAD).policies == (POLICY,)


def test_the_playground_has_pages_of_its_own_and_links_to_it_are_followed(tmp_path: Path) -> None:
    folder = pages(tmp_path, v__a='<a href="playground/index.html">p</a>')
    built = tmp_path / "built"
    assert look_at(folder, "v/playground").wrong == ("v/a.html: links to playground/index.html, which is not there",)

    built.mkdir()
    (built / "index.html").write_text("<script src='https://told.elsewhere/'></script>")
    adopt_playground(built, folder / "v")

    assert look_at(folder / "v", "playground").wrong == ()


# Versions


def version(folder: Path, name: str) -> Path:
    return pages(folder / name, index=f"<p>{name}", docs__map='<a href="../index.html">x</a>')


def test_the_newest_version_is_first_and_what_is_not_released_is_last() -> None:
    assert ordered(["1.9.0", "main", "1.10.0", "0.1.0"]) == ["1.10.0", "1.9.0", "0.1.0", "main"]


def test_the_front_leads_to_the_newest_and_lists_all(tmp_path: Path) -> None:
    for name in ("1.9.0", "1.10.0", "main", "notes"):
        version(tmp_path, name)

    assert front(tmp_path) == ["1.10.0", "1.9.0", "main"]

    assert look_at(tmp_path).wrong == ()
    assert read((tmp_path / "index.html").read_text()).links[0] == "1.10.0/index.html"
    assert read((tmp_path / "versions.html").read_text()).links == tuple(
        f"{name}/index.html" for name in ("1.10.0", "1.9.0", "main")
    )


def test_there_is_no_front_without_a_version(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()

    with pytest.raises(Refused):
        front(tmp_path)


def test_the_documents_of_all_releases_are_put_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("0.9.0", "0.10.0"):
        version(tmp_path / "built", name)
        pack(tmp_path / "built", name, tmp_path / f"archives/v{name}" / ARCHIVE)

    assert main(["site", str(tmp_path / "archives"), str(tmp_path / "out")]) == 0

    assert capsys.readouterr().out == "0.10.0\n0.9.0\n"
    assert look_at(tmp_path / "out").wrong == ()
    for name in ("0.9.0/docs/map.html", "0.10.0/index.html"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "built" / name).read_bytes()


@pytest.mark.parametrize("name", ["0.8.0/index.html", "index.html", "0.9.0/../../x", "/etc/x", "../0.9.0/x", ""])
def test_an_archive_that_holds_anything_else_than_its_version_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "archives/v0.9.0").mkdir(parents=True)
    with tarfile.open(tmp_path / "archives/v0.9.0" / ARCHIVE, "w:gz") as packed:
        entry = tarfile.TarInfo(name)
        entry.size = 1
        packed.addfile(entry, BytesIO(b"x"))

    with pytest.raises(Refused):
        put_together(tmp_path / "archives", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_archive_with_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "archives/v0.9.0").mkdir(parents=True)
    with tarfile.open(tmp_path / "archives/v0.9.0" / ARCHIVE, "w:gz") as packed:
        entry = tarfile.TarInfo("0.9.0/docs")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc"
        packed.addfile(entry)

    with pytest.raises(Refused):
        put_together(tmp_path / "archives", tmp_path / "out")


def test_a_release_without_documents_is_refused(tmp_path: Path) -> None:
    (tmp_path / "archives/v0.9.0").mkdir(parents=True)

    assert main(["site", str(tmp_path / "archives"), str(tmp_path / "out")]) == 2


def test_the_workflow_keeps_the_documents_of_a_release_and_collects_those_of_all() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"]
    kept = [
        step["with"] for step in jobs["distributions"]["steps"] if step.get("with", {}).get("name") == "archive-site"
    ]
    fetched = "\n".join(step.get("run", "") for step in jobs["documents"]["steps"])

    assert [each["path"] for each in kept] == [f"build/{ARCHIVE}"]
    assert f'--pattern {ARCHIVE} --dir "archives/$tag"' in fetched
    assert "python3 -m release site archives public" in fetched
    assert (jobs["documents"]["needs"], jobs["pages"]["needs"]) == ("github", "documents")
    assert jobs["pages"]["permissions"] == {"pages": "write", "id-token": "write"}


def test_what_builds_the_site_is_pinned_and_nothing_else_needs_it() -> None:
    pins = (ROOT / "release/site/constraints.txt").read_text().splitlines()
    names = {re.sub(r"[-_.]+", "-", pin.partition("==")[0]).lower() for pin in pins}
    used = (ROOT / "constraints.txt").read_text().lower()

    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in pins)
    assert {"sphinx", "furo", "myst-parser"} <= names
    assert not any(name in used for name in ("sphinx", "furo", "myst"))
