"""The documents say what the code does: commands and programs in the README run, and tables agree with the code."""

import doctest
import re
import shutil
from pathlib import Path

import pytest

from tests.readme import PAGES, blocks, run
from verifier.ir.switches import PROFILES, SWITCHES
from verifier.manifests.notation.expression import parse_expression
from verifier.manifests.specs.builtin import builtin_names

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def rows(file: Path, heading: str) -> list[list[str]]:
    """The rows of the first table under `heading`, its header first; backticks removed."""
    section = file.read_text(encoding="utf-8").split(f"\n{heading}\n", 1)[1].split("\n## ", 1)[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in table]
    return [cells[0], *cells[2:]]


@pytest.mark.skipif(shutil.which("bash") is None, reason="the README is written for bash")
@pytest.mark.parametrize(
    "block",
    [block for page in PAGES for block in blocks(page.read_text(encoding="utf-8"), "console")],
    ids=lambda block: block.partition("\n")[0][2:60],
)
def test_commands_print_what_the_page_shows(block: str) -> None:
    assert run(block) == block


@pytest.mark.parametrize("block", blocks(README, "pycon"), ids=lambda block: block.partition("\n")[0])
def test_readme_programs_run(block: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    test = doctest.DocTestParser().get_doctest(block, {}, "README.md", "README.md", 0)

    assert test.examples
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0


def test_one_line_claims_of_the_readme_are_understood() -> None:
    shown = re.findall(r"^    ((?:never|always|only|exactly) .+?)  +\S", README, re.MULTILINE)

    assert [parse_expression(claim).name for claim in shown] == shown
    assert len(shown) == 3


def test_the_cookbook_asks_what_is_understood() -> None:
    (header, *recipes) = rows(DOCS / "properties.md", "## Cookbook")
    claims = [claim for _, told in recipes for claim in re.findall(r"-e '(.+?)'", told)]
    files = [name for _, told in recipes for name in re.findall(r"-p builtin:([a-z0-9-]+)", told)]

    assert header == ["question", "claim"]
    assert [parse_expression(claim).name for claim in claims] == claims
    assert len(claims) == 8
    assert set(files) <= set(builtin_names())


def test_the_table_of_ready_made_properties_is_that_of_the_files() -> None:
    assert {name for name, _ in rows(DOCS / "properties.md", "## Ready-made properties")[1:]} == set(builtin_names())


def test_the_readme_shows_commands_and_a_program() -> None:
    assert len(blocks(README, "console")) >= 3
    assert blocks(README, "pycon")


def test_the_tests_that_their_page_names_exist() -> None:
    tests = ROOT / "tests"
    named = re.findall(r"`((?:tests/)?[a-z_/]+(?:\.py|/))`", (tests / "README.md").read_text(encoding="utf-8"))

    missing = {n for n in named if not (tests / n.removeprefix("tests/")).exists() and not (ROOT / n).exists()}

    assert len(named) > 30
    assert missing == set()


def test_the_table_of_switches_is_that_of_the_code() -> None:
    _, *table = rows(DOCS / "switches.md", "## The switches")

    assert [(name, tuple(values.split(", ")), default) for name, values, default, _ in table] == [
        (switch.name, switch.words, switch.default) for switch in SWITCHES.values()
    ]


def test_switches_that_cannot_be_open_are_those_that_decide_how_manifests_are_read() -> None:
    _, *table = rows(DOCS / "switches.md", "## The switches")

    said = {name for name, _, _, meaning in table if "cannot be open" in meaning}
    assert said == {switch.name for switch in SWITCHES.values() if switch.at_reading}


def test_the_table_of_profiles_is_that_of_the_code() -> None:
    (_, *profiles), *table = rows(DOCS / "switches.md", "## The profiles")
    columns = {
        profile: {row[0]: row[number] for row in table if row[number]}
        for number, profile in enumerate(profiles, start=1)
    }

    assert columns == {profile: dict(switches) for profile, switches in PROFILES.items()}


def test_the_semantics_speak_of_every_switch() -> None:
    _, *table = rows(DOCS / "semantics.md", "### 1.4 Switches")

    assert [name for name, _ in table] == list(SWITCHES)
    said = {name for name, known in table if "**open**" in known}
    assert said == {switch.name for switch in SWITCHES.values() if switch.default == "open"}


def test_every_corner_case_of_the_semantics_is_a_case() -> None:
    text = (DOCS / "semantics.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| ([A-HKL]\d\d)\b", text, re.MULTILINE))
    kept = {
        match[0].upper()
        for path in (ROOT / "tests/cases").glob("*.yaml")
        if (match := re.match(r"[a-hklA-HKL]\d\d", path.name))
    }

    assert told == kept


def test_documents_link_to_what_exists() -> None:
    broken = [
        (file.name, target)
        for file in (*ROOT.glob("*.md"), *DOCS.glob("*.md"))
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", file.read_text(encoding="utf-8"))
        if not (file.parent / target).exists()
    ]

    assert broken == []


LINK = re.compile(r"\]\(([^)#\s]+)(?:#([^)\s]+))?\)")
GUIDES = [ROOT / "README.md", ROOT / "SECURITY.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]


def links(page: Path) -> list[Path]:
    """The files that a page links to."""
    text = re.sub(r"^(```).*?^\1", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return [(page.parent / target).resolve() for target, _ in LINK.findall(text) if "://" not in target]


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page: Path) -> None:
    assert [target for target in links(page) if not target.exists()] == []


def test_the_index_leads_to_every_document() -> None:
    listed = set(links(DOCS / "README.md")) | set(links(DOCS / "lint" / "README.md"))
    pages = {page.resolve() for page in DOCS.rglob("*.md")} - {(DOCS / "README.md").resolve()}

    assert pages - listed == set()
    assert (DOCS / "README.md").resolve() in links(ROOT / "README.md")


def test_the_glossary_explains_the_words_of_a_report_in_order() -> None:
    entries = re.findall(r"^\*\*([^*]+)\*\*", (DOCS / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert entries == sorted(entries)
    assert {"Verdict", "Witness", "Universe", "Region", "Not covered", "Passed over"} <= set(entries)
