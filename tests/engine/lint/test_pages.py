"""The pages in docs/lint are executed: each rule has one, its first manifest gives the report that stands there, and
its second one, which is nearly the same, is not reported."""

import re
from pathlib import Path

import pytest

from verifier.engine.lint.lint import lint
from verifier.engine.lint.rules import RULES
from verifier.engine.results.lint import LintReport
from verifier.manifests.kubernetes.load import load_text
from verifier.manifests.kubernetes.quirks import written
from verifier.report.text.lint import lint as text

PAGES = Path(__file__).parents[3] / "docs" / "lint"


def report(manifest: str, rule: str) -> LintReport:
    loaded = load_text(manifest, "shop.yaml")
    how, faults = written(loaded.objects, "default", RULES)
    assert not faults
    return lint(loaded.cluster, how, rules=[rule])


def blocks(rule: str, language: str) -> list[str]:
    page = (PAGES / f"{rule}.md").read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("rule", RULES)
def test_a_page_shows_the_report_that_comes_out(rule: str) -> None:
    manifest, _ = blocks(rule, "yaml")
    (shown,) = blocks(rule, "text")

    found = report(manifest, rule)

    assert found.smells
    assert {smell.rule for smell in found.smells} == {rule}
    assert text(found) == shown


@pytest.mark.parametrize("rule", RULES)
def test_what_is_nearly_the_same_is_not_reported(rule: str) -> None:
    _, near = blocks(rule, "yaml")

    assert report(near, rule).smells == ()


def test_every_page_is_about_a_rule_and_is_listed() -> None:
    pages = {path.stem for path in PAGES.glob("*.md")} - {"README"}
    listed = re.findall(
        r"^\| \[([a-z-]+)\]\(\1\.md\) \| (\w+) \|", (PAGES / "README.md").read_text("utf-8"), re.MULTILINE
    )

    assert pages == set(RULES)
    assert listed == [(rule.name, str(rule.severity)) for rule in RULES.values()]
