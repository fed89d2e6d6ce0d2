"""`coverage` as a comment on a pull request."""

from collections.abc import Iterator, Sequence

from verifier.engine.results.check import Verdict
from verifier.engine.results.coverage import CoverageReport, Fate, Judged
from verifier.ir.prose import number
from verifier.report.findings.findings import errors_in
from verifier.report.markdown.comment import assemble, told_errors, told_universe, told_unread, told_warnings
from verifier.report.markdown.markup import code, folded, plain, table
from verifier.report.words.coverage import coverage_of
from verifier.report.words.edits import edit, effect, headline, of_property
from verifier.report.words.place import place

_ROWS = 50
"""Rows of a table before the next one begins: what does not fit into a comment is left out a table at a time."""


def coverage(report: CoverageReport, tag: str = "coverage") -> str:
    wrong = errors_in(report.diagnostics)
    head = f"{number(len(wrong), 'error')} in the input" if wrong else plain(headline(report))
    return assemble(
        tag,
        f"### Network policy coverage: {head}",
        [
            *told_errors(wrong),
            *told_unread(report.passed_over),
            *_properties(report),
            *_proposals(report),
            *_edits("not noticed", list(report.of(Fate.UNNOTICED))),
            *_edits("undecided", list(report.of(Fate.UNDECIDED))),
            *_policies(report),
            *told_warnings(report.diagnostics),
        ],
        (told_universe(report.universe),),
        coverage_of(report),
    )


def _properties(report: CoverageReport) -> Iterator[str]:
    rows = [
        (
            code(each.property.name),
            str(each.verdict),
            *((str(each.noticed), str(each.alone)) if each.verdict is Verdict.PROVED else ("", "")),
            plain(of_property(each)),
        )
        for each in report.properties
    ]
    if rows:
        yield table(("property", "verdict", "notices", "alone", ""), rows)


def _policies(report: CoverageReport) -> Iterator[str]:
    rows = [
        (code(str(each.policy)), str(each.edits - each.equivalent), str(each.noticed), str(each.undecided))
        for each in report.policies
    ]
    for some in _cut(rows):
        yield folded(number(len(some), "policy", "policies"), table(("policy", "edits", "noticed", "undecided"), some))


def _edits(title: str, found: Sequence[Judged]) -> Iterator[str]:
    rows = [
        (
            _where(each),
            plain(edit(each)),
            "" if each.effect is None else plain(effect(each.effect)),
            "" if each.suggestion is None else code(each.suggestion),
        )
        for each in found
    ]
    for some in _cut(rows):
        titles = ("where", "edit", "effect", "would be noticed by")
        yield folded(f"{number(len(some), 'edit')} {title}", table(titles, some))


def _where(each: Judged) -> str:
    found = place(each.edit.origin)
    if found is not None:
        return code(f"{found}:{found.column}")
    return "" if each.edit.origin is None else code(str(each.edit.origin.position))


def _proposals(report: CoverageReport) -> Iterator[str]:
    if report.proposals:
        rows = [(code(each.text), f"{each.more:+}") for each in report.proposals]
        yield f"Proved today, and would notice more:\n\n{table(('property', 'edits'), rows)}"


def _cut(rows: Sequence[tuple[str, ...]]) -> Iterator[Sequence[tuple[str, ...]]]:
    yield from (rows[first : first + _ROWS] for first in range(0, len(rows), _ROWS))
