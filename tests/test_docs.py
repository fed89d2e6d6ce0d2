"""The documents say what the code does: commands and programs in the README run, and tables agree with the code."""

import doctest
import re
from itertools import dropwhile, takewhile
from pathlib import Path

import pytest

from tests.readme import blocks
from verifier.ir.profiles import ASSUMED, PROFILES, SOURCES
from verifier.ir.switches import SWITCHES
from verifier.manifests.notation.expression import parse_expression
from verifier.manifests.specs.builtin import builtin_names
from verifier.report.words.settings import INSTEAD

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text(encoding="utf-8")


def rows(file: Path, heading: str) -> list[list[str]]:
    """The rows of the first table under `heading`, its header first; backticks removed."""
    section = file.read_text(encoding="utf-8").split(f"\n{heading}\n", 1)[1].split("\n## ", 1)[0]
    behind = dropwhile(lambda line: not line.startswith("|"), section.splitlines())
    table = takewhile(lambda line: line.startswith("|"), behind)
    cells = [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in table]
    return [cells[0], *cells[2:]]


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
    page = DOCS / "cookbook.md"
    questions = re.findall(r"^## .*\?$", page.read_text(encoding="utf-8"), re.MULTILINE)
    tables = [rows(page, question) for question in questions]
    recipes = [told for _, *table in tables[:-1] for _, told in table]
    claims = [claim for told in recipes for claim in re.findall(r"-e '(.+?)'", told)]
    files = [name for told in recipes for name in re.findall(r"-p builtin:([a-z0-9-]+)", told)]

    assert len(questions) == page.read_text(encoding="utf-8").count("\n## ")
    assert {tuple(header) for header, *_ in tables[:-1]} == {("question", "claim")}
    assert [parse_expression(claim).name for claim in claims] == claims
    assert len(claims) == 8
    assert len(files) + len(claims) >= len(recipes)
    assert set(files) <= set(builtin_names())


@pytest.mark.parametrize("topic", ["only X reaches Y", "tenants", "sandbox", "metadata", "API server", "DNS"])
def test_the_cookbook_has_the_questions_that_people_come_with(topic: str) -> None:
    headings = re.findall(r"^## (.*)$", (DOCS / "cookbook.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert any(topic.lower().replace("reaches", "reach") in heading.lower() for heading in headings)


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


@pytest.mark.parametrize("profile", [profile for profile, fixed in SOURCES.items() if fixed])
def test_the_tables_of_plugins_are_those_of_the_code(profile: str) -> None:
    _, *table = rows(DOCS / "plugins.md", f"### `{profile}`")

    assert {name: (value, source) for name, value, source in table} == {
        name: (fixed.value, fixed.source) for name, fixed in SOURCES[profile].items()
    }
    assert all(fixed.source for fixed in SOURCES[profile].values())


def test_the_page_on_plugins_says_what_is_assumed_and_what_to_write_instead() -> None:
    _, *assumed = rows(DOCS / "plugins.md", "What every answer under a profile assumes besides, and its report says:")
    _, *better = rows(DOCS / "plugins.md", "## What to write instead")

    assert dict(assumed) == {profile: "; ".join(texts) for profile, texts in ASSUMED.items()}
    assert dict(better) == {switch: text.replace("`", "") for switch, text in INSTEAD.items()}


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
GUIDES = [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md")), *sorted((ROOT / "examples").rglob("*.md"))]


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^(```).*?^\1", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def links(page: Path) -> list[Path]:
    """The files that a page links to."""
    return [(page.parent / target).resolve() for target, _ in LINK.findall(prose(page)) if "://" not in target]


def anchors(page: Path) -> set[str]:
    """What code hosts call the headings of a page."""
    found: list[str] = []
    for heading in re.findall(r"^#+ +(.*?) *$", prose(page), re.MULTILINE):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        name = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        found.append(f"{name}-{found.count(name)}" if name in found else name)
    return set(found)


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_to_a_file(page: Path) -> None:
    assert [target for target in links(page) if not target.exists()] == []


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_to_a_heading_leads_to_one(page: Path) -> None:
    within = re.findall(r"\]\((?![a-z]+:)([^)#\s]*)#([^)\s]+)\)", prose(page))

    assert [(target, name) for target, name in within if name not in anchors(page.parent / (target or page.name))] == []


def test_the_index_leads_to_every_document() -> None:
    listed = set(links(DOCS / "README.md")) | set(links(DOCS / "lint" / "README.md"))
    pages = {page.resolve() for page in DOCS.rglob("*.md")} - {(DOCS / "README.md").resolve()}

    assert pages - listed == set()
    assert (DOCS / "README.md").resolve() in links(ROOT / "README.md")


def test_the_glossary_explains_the_words_of_a_report_in_order() -> None:
    entries = re.findall(r"^\*\*([^*]+)\*\*", (DOCS / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert entries == sorted(entries)
    assert {"Verdict", "Witness", "Universe", "Region", "Not covered", "Passed over"} <= set(entries)
