"""The page of `coverage`: the share, the lines that no property would miss with what each would open or close, then who
notices what."""

from collections.abc import Iterator, Sequence

from verifier.engine.results.check import Verdict
from verifier.engine.results.coverage import CoverageReport, Fate, Judged
from verifier.ir.prose import listed, number
from verifier.report.findings.findings import errors_in
from verifier.report.html.frame import Page, render
from verifier.report.html.markup import Child, Markup, element, together
from verifier.report.html.parts import Row, badge, bullets, excerpt, folded, name, paragraph, table, where
from verifier.report.words.coverage import coverage_of
from verifier.report.words.edits import edit, effect, headline, of_property, read_of
from verifier.report.words.result import about_universe

_OPEN = 4
"""Edits that stand open, of those of which it is told what they would do."""
_MOST = 5
"""Properties that are named before the rest is only counted."""


def page(report: CoverageReport) -> str:
    faults = errors_in(report.diagnostics)
    return render(
        Page(
            command="coverage",
            verdict=("input at fault", "error") if faults else _verdict(report),
            headline=number(len(faults), "error") if faults else headline(report),
            read="" if faults else read_of(report),
            verdicts=together(*_missed(report), *_undecided(report), *_proposals(report)),
            tables=together(_properties(report), _policies(report), _edits(report)),
            coverage=coverage_of(report),
            about=about_universe(report.universe, report.passed_over),
            found=report.diagnostics,
            titles=("What no property notices", "Who notices what"),
        )
    )


def _verdict(report: CoverageReport) -> tuple[str, str]:
    """Whether there is enough of it, where that was asked. What is not known is never green."""
    if report.fails:
        return "fails", "violated"
    if report.may_fail or (report.fail_under is None and not report.is_known):
        return "undecided", "unknown"
    if report.share is None:
        return "nothing", "note"
    return ("measured", "note") if report.fail_under is None else ("passes", "proved")


def _missed(report: CoverageReport) -> Iterator[Child]:
    """The edits that no property notices: those that open something, those that close something, then the lines of
    those of which nobody asked what they do."""
    missed = list(report.of(Fate.UNNOTICED))
    if not missed:
        yield paragraph("Every edit that surely changes something is noticed." if report.edits else "")
        return
    told = [each for each in missed if each.effect is not None]
    for opens in (True, False):
        some = [each for each in told if each.effect is not None and each.effect.opens is opens]
        if some:
            yield element("h3", f"Would {'open' if opens else 'close'} something ({len(some)})")
            yield from (_told(each, opens, place < _OPEN) for place, each in enumerate(some))
    rest = [each for each in missed if each.effect is None]
    if rest:
        yield element("h3", f"Would change something ({len(rest)})")
        yield paragraph("--limit N tells of more of them what that is.", class_="fact") if told else None
        yield table("What these are", ("where", "policy", "edit"), [Row(_cells(each)) for each in rest])


def _told(each: Judged, opens: bool, open_: bool) -> Markup:
    kind = "opened" if opens else "closed"
    title = together(badge("opens" if opens else "closes", kind), " ", element("strong", edit(each)))
    by = None if each.suggestion is None else together("proved today, and would notice it: ", name(each.suggestion))
    return folded(
        title,
        paragraph(effect(each.effect)) if each.effect is not None else None,
        paragraph(by) if by is not None else None,
        excerpt(each.edit.origin, each.edit.text),
        open_=open_,
        class_=kind,
    )


def _cells(each: Judged) -> tuple[Child, ...]:
    policy = None if each.edit.is_new else name(str(each.edit.policy))
    return together(where(each.edit.origin)), policy, each.edit.text


def _undecided(report: CoverageReport) -> Iterator[Child]:
    rows = [Row(_cells(each), "unknown") for each in report.of(Fate.UNDECIDED)]
    if rows:
        yield element("h3", together(badge("undecided", "unknown"), f" ({len(rows)})"))
        yield paragraph("Whether a property breaks hangs on an open switch, or a limit was reached.")
        yield table("Undecided edits", ("where", "policy", "edit"), rows)


def _proposals(report: CoverageReport) -> Iterator[Child]:
    if report.proposals:
        yield element("h3", "Proved today, and would notice more")
        yield bullets(together(f"{each.more:+}  ", name(each.text)) for each in report.proposals)


def _properties(report: CoverageReport) -> Markup:
    rows = [
        Row(
            (
                badge(each.verdict),
                name(each.property.name),
                *((str(each.noticed), str(each.alone)) if each.verdict is Verdict.PROVED else ("", "")),
                of_property(each),
            ),
            str(each.verdict),
        )
        for each in report.properties
    ]
    return table("By property", ("verdict", "property", "notices", "alone", "remark"), rows)


def _policies(report: CoverageReport) -> Markup:
    rows = [
        Row((name(str(each.policy)), str(each.edits - each.equivalent), str(each.noticed), str(each.undecided)))
        for each in report.policies
        if each.edits > each.equivalent
    ]
    return table("By policy", ("policy", "edits", "noticed", "undecided"), rows)


def _edits(report: CoverageReport) -> Markup:
    """Every edit that changes something, or may."""
    kinds = {Fate.NOTICED: "proved", Fate.UNNOTICED: "warning", Fate.UNDECIDED: "unknown"}
    rows = [
        Row((badge(str(each.fate), kinds[each.fate]), *_cells(each), _by(each.by)), kinds[each.fate])
        for each in report.judged
        if each.fate in kinds
    ]
    return table("All edits", ("fate", "where", "policy", "edit", "noticed by"), rows)


def _by(properties: Sequence[str]) -> str:
    return listed(properties, _MOST)
