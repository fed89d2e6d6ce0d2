import re

import pytest
from msgspec.structs import replace

from tests.report.comparisons import (
    ACCEPTANCE,
    BROKEN,
    CHECKS,
    DEPENDS,
    DIFFS,
    EQUIVALENT,
    FAILED_CHECK,
    FAILED_GATE,
    GATES,
    INCOMPARABLE,
    MOVED,
    PASSED,
    WIDER,
    gated,
    judged,
    region,
)
from tests.report.samples import PROVED, UNKNOWN, VIOLATED, leak, prop, report
from verifier.engine.results.check import Result, Verdict
from verifier.engine.results.diff import Change, Difference, Relation
from verifier.errors import Diagnostic
from verifier.ir.labels import Selector
from verifier.report.markdown import comment, markdown
from verifier.report.markdown.markup import block, code, html, plain

RUNS = (
    [markdown.check(run) for run in CHECKS.values()]
    + [markdown.diff(run) for run in DIFFS.values()]
    + [markdown.gate(run) for run in GATES.values()]
)


@pytest.mark.parametrize("shown", RUNS)
def test_every_comment_can_be_found_again_and_is_closed_properly(shown: str) -> None:
    assert re.match(r"<!-- netpol:comment tag=\w+ -->\n### Network policy ", shown)
    assert shown.count("<details>") == shown.count("</details>")
    assert shown.splitlines()[-1].startswith("<sub>netpol")
    assert_tables_are_even(shown)


def assert_tables_are_even(shown: str) -> None:
    """Every row of a table has as many cells as its head."""
    outside = re.sub(r"(?s)^(```+)text\n.*?\n\1$", "", shown, flags=re.MULTILINE)
    for table in re.findall(r"(?:^\|.*\n)+", outside, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)(?:\\\\)*\|", row)) for row in table.splitlines()}
        assert len(widths) == 1, table


def test_tags_tell_the_comments_of_several_jobs_apart() -> None:
    assert markdown.gate(PASSED, tag="prod").startswith("<!-- netpol:comment tag=prod -->\n")


def test_what_the_change_broke_stands_apart_from_what_was_so_before() -> None:
    old, lenient = (replace(VIOLATED, property=prop(name=name)) for name in ("old", "lenient"))
    shown = markdown.gate(
        gated(
            judged(lenient, Change.ACCEPTED, Verdict.VIOLATED, accepted=(ACCEPTANCE,)),
            judged(old, Change.STILL_VIOLATED, Verdict.VIOLATED),
            judged(VIOLATED, Change.NEWLY_VIOLATED),
            judged(PROVED, Change.FIXED, Verdict.VIOLATED),
            judged(UNKNOWN, Change.UNDECIDED),
            results=(lenient, old, VIOLATED, PROVED, UNKNOWN),
        )
    )

    assert re.findall(r"^\| .* \|$", shown, re.MULTILINE) == [
        "|  | property | verdict | where |",
        "| ❌ | `only-monitoring` | **violated**, holds on `main` | `k8s/shop/api.yaml:14` |",
        "| ❌ | `old` | violated, as on `main` | `k8s/shop/api.yaml:14` |",
        "| ❔ | `blocks` | **unknown** | `k8s/shop/api.yaml:14` |",
        "| ⚠️ | `lenient` | violated; accepted until 2027-01-31 (owner: @\u200bteam-dev) | `k8s/shop/api.yaml:14` |",
        "| ✅ | `no-cloud-metadata` | fixed: proved, violated on `main` |  |",
    ]
    assert "1 property violated by this change, 1 property violated as before, 1 property undecided" in shown


def test_what_opens_and_closes_has_tables_of_its_own() -> None:
    shown = markdown.gate(BROKEN)

    assert (
        "**Opened (1)** - not possible on `main`\n\n"
        "| from | to | ports | by |\n"
        "|---|---|---|---|\n"
        "| any pod in namespaces `team=ops` | `shop` pods `role=api` | TCP 5000 | "
        "NetworkPolicy shop/api-metrics, ingress\\[0].from\\[1] `k8s/shop/api.yaml:14` |\n"
    ) in shown
    assert "**Closed (1)** - possible on `main`\n" in shown
    assert shown.index("**Opened") < shown.index("**Closed") < shown.index("<details>")


def test_a_refactoring_has_a_headline_of_its_own() -> None:
    sentence = "the same connections are allowed for every pod that could exist"

    assert f"### Network policy difference: {sentence}\n" in markdown.diff(EQUIVALENT)
    assert f"### Network policy check: {sentence}\n" in markdown.gate(PASSED)


def test_the_last_line_says_what_was_asked_and_how_it_ended() -> None:
    assert markdown.gate(BROKEN).splitlines()[-1] == (
        "<sub>netpol · universe `open` · base `main` · "
        "exit 1: 1 property newly violated, traffic was opened that nobody accepted"
        "<br>not covered: nodes and hostNetwork pods<br>assumed: pods have private addresses</sub>"
    )


def test_details_show_the_text_report_of_each_violation() -> None:
    shown = markdown.check(report(VIOLATED, PROVED))

    assert "<details><summary>Violated: only-monitoring</summary>\n\n```text\nVIOLATED  only-monitoring" in shown
    assert "Proved: no-cloud-metadata" not in shown


def test_input_errors_are_a_table_and_nothing_else_is_claimed() -> None:
    for shown in (markdown.check(FAILED_CHECK), markdown.gate(FAILED_GATE)):
        assert "### Network policy check: 1 error in the input\n" in shown
        assert "| port 70000 is out of range<br>hint: 1 to 65535 | `k8s/shop/api.yaml:17` |" in shown
        assert "proved" not in shown
        assert "same connections" not in shown


def test_what_hangs_on_a_switch_says_how_to_decide_it() -> None:
    shown = markdown.diff(DEPENDS)

    assert "### Network policy difference: depends on \\`ipblock\\_pods\\`: wider where" in shown
    assert "--set ipblock\\_pods=match\\|never" in shown
    assert "TCP 5000, where `ipblock_pods` = `match` |" in shown


def test_workloads_that_are_new_or_gone_are_named() -> None:
    shown = markdown.diff(MOVED)

    assert "**New workloads and what they may reach (2)**" in shown
    assert "| `Deployment shop/mute` | nothing |" in shown
    assert "| `Deployment shop/proxy` | uses its node's network now |" in shown


def test_a_list_that_was_cut_says_so() -> None:
    assert "The lists are not complete" in markdown.diff(replace(WIDER, complete=False))


def many(count: int) -> Difference:
    regions = tuple(
        region(source=replace(region().source, namespace_selector=Selector.of({"team": f"t{n}"}))) for n in range(count)
    )
    return Difference(Relation.INCOMPARABLE, added=regions, removed=INCOMPARABLE.removed)


def test_a_comment_within_the_budget_is_whole() -> None:
    shown = markdown.diff(many(100))

    assert shown.count("any pod in namespaces `team=") == 100
    assert "left out" not in shown


def test_over_the_budget_whole_sections_go_and_the_rest_says_so() -> None:
    shown = markdown.diff(many(2000))

    assert len(shown) <= comment.BUDGET
    assert "any pod in namespaces `team=" not in shown
    assert "**Closed (1)**" in shown
    assert "*2 sections left out: this comment would be too long. The text report has everything.*" in shown
    assert_tables_are_even(shown)


def test_details_are_the_first_to_go() -> None:
    wordy = Result(prop(name="wordy"), Verdict.VIOLATED, leak(), notes=tuple(f"note {n}" * 9 for n in range(900)))
    shown = markdown.check(report(wordy, VIOLATED))

    assert len(shown) <= comment.BUDGET
    assert "| ❌ | `wordy` |" in shown
    assert "<summary>Violated: wordy" not in shown
    assert "<summary>Violated: only-monitoring" in shown


def test_names_cannot_end_a_cell_or_mention_anybody_or_bring_html() -> None:
    evil = replace(VIOLATED, property=prop(name="a|b`c @team <img src=x>\n| x | y |"))
    shown = markdown.check(report(evil))

    assert_tables_are_even(shown)
    table = next(line for line in shown.splitlines() if line.startswith("| ❌"))
    assert "<img" not in table
    summary = next(line for line in shown.splitlines() if "<summary>" in line)
    assert "<img" not in summary
    assert "@team" not in summary


def test_plain_text_has_no_markup_left() -> None:
    assert plain("a|b `c` *d* _e_ [f](g) <h> @i & \\j") == (
        "a\\|b \\`c\\` \\*d\\* \\_e\\_ \\[f](g) \\<h> @\u200bi \\& \\\\j"
    )
    assert html("<b> & @x") == "&lt;b&gt; &amp; @\u200bx"


def test_code_is_code_whatever_is_in_it() -> None:
    assert code("role=api") == "`role=api`"
    assert code("a`b") == "<code>a&#96;b</code>"
    assert code("a\\|b") == "<code>a&#92;&#124;b</code>"
    assert code("") == "<code></code>"


def test_no_line_can_end_a_block() -> None:
    assert block("a\n```\nb") == "````text\na\n```\nb\n````"
    assert block("a") == "```text\na\n```"


def test_notes_about_a_comparison_are_told() -> None:
    assert "- note: shop/api was renamed\n" in markdown.diff(INCOMPARABLE)


def test_what_has_to_change_first_is_told() -> None:
    blocked = Diagnostic("unknown-kind", "`Firewall` is not understood", "k8s/a.yaml", 3, 1)
    shown = markdown.gate(replace(gated(judged(PROVED, Change.HOLDS), results=(PROVED,)), blocked=(blocked,)))

    assert "| the terms and the manifests have to change one after the other | where |" in shown
    assert "| \\`Firewall\\` is not understood | `k8s/a.yaml:3` |" in shown
