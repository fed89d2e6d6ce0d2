"""The page of `gate`: what becomes of the change and why, what it breaks, what it opens and closes."""

from collections.abc import Iterator, Sequence

from verifier.engine.diff import outcome
from verifier.engine.results.check import Verdict
from verifier.engine.results.diff import Change, GateReport, Judged
from verifier.report.html import diff as compared
from verifier.report.html import ofregions
from verifier.report.html.check import block, breaches
from verifier.report.html.frame import Page, render
from verifier.report.html.markup import Child, Markup, element, together
from verifier.report.html.parts import Row, badge, bullets, name, paragraph, table, where
from verifier.report.html.picture import Picture, View
from verifier.report.words import coverage
from verifier.report.words.acceptance import said
from verifier.report.words.gate import TITLES, advice, all_passed_over, by_whose_terms, judged_tally, results_of
from verifier.report.words.headline import headline
from verifier.report.words.result import about_universe, touched

_WORDS = {0: ("passes", "proved"), 1: ("fails", "violated"), 2: ("invalid", "error"), 3: ("undecided", "unknown")}
_KINDS = {
    Change.NEWLY_VIOLATED: "violated",
    Change.STILL_VIOLATED: "violated",
    Change.UNDECIDED: "unknown",
    Change.ACCEPTED: "vacuous",
    Change.FIXED: "proved",
    Change.GONE: "vacuous",
    Change.HOLDS: "proved",
}
_OPEN = (Change.NEWLY_VIOLATED, Change.STILL_VIOLATED, Change.UNDECIDED, Change.ACCEPTED)


def page(report: GateReport, fail_on: str = "added") -> str:
    result = outcome.of_gate(report, fail_on)
    both = [report]
    if report.other is not None:
        both = sorted((report, report.other), key=lambda each: each.under or "")
    return render(
        Page(
            command="gate",
            verdict=_WORDS[result.code],
            headline=result.why(),
            read=f"against {outcome.base_of(report)}; {compared.counted(report.difference)}; exit {result.code}",
            verdicts=together(*_terms(report), *(_judged(each, len(both) > 1) for each in both)),
            tables=together(*_each_once([_tables(each, len(both) > 1) for each in both])),
            coverage=coverage.of_gate(report),
            about=about_universe(report.head.universe, all_passed_over(report)),
            found=outcome.diagnostics(report),
            picture=_picture(both),
            caption=compared.CAPTION,
            titles=("Verdicts", "What changed, as a table"),
        )
    )


def _terms(report: GateReport) -> Iterator[Child]:
    """How the terms of the judgement changed, and what keeps the change from being judged."""
    if report.terms:
        title, judged = f"Terms changed ({len(report.terms)})", by_whose_terms(report)
        yield element("h3", title if judged is None else f"{title}: {judged}")
        weak = badge("weaker", "warning")
        yield bullets(
            together(weak if change.weakens else None, " ", change.text, " ", where(change.origin))
            for change in report.terms
        )
    if report.blocked:
        yield element("h3", "The terms and the manifests have to change one after the other")
        yield bullets(str(diagnostic) for diagnostic in report.blocked)


def _judged(report: GateReport, titled: bool) -> Markup:
    """What comes of the change under the terms of one side."""
    if not report.judged and report.blocked:
        return together()
    results = results_of(report)
    order = {change: count for count, change in enumerate((*TITLES, Change.HOLDS))}
    shown = sorted(report.judged, key=lambda judged: order[judged.change])
    parts: list[Child] = [element("h3", _by(report))] if titled else []
    parts.append(table("All properties", ("verdict", "property", "claim", "before"), [_row(j, report) for j in shown]))
    parts += (block(results[j.property.name]) for j in shown if j.change in _OPEN and j.property.name in results)
    if report.turned_by:
        parts += [paragraph("No connection was opened. What else this change changes:"), bullets(report.turned_by)]
    parts += (paragraph(" ".join(line.strip() for line in lines)) for lines in advice(report))
    for title, some in (
        ("Left out of what was opened", report.growth),
        ("Acceptances no longer needed", report.unused),
    ):
        parts.append(together(element("h3", title), bullets(map(said, some))) if some else None)
    parts.append(paragraph(judged_tally(report), class_="fact"))
    if not outcome.errors(report):
        relation = report.difference.relation
        said_ = together(badge(relation, compared.KINDS[relation]), " ", headline(report.difference))
        parts += [element("h3", "Permitted traffic"), paragraph(said_), compared.told(report.difference)]
    return together(*parts)


def _by(report: GateReport) -> str:
    text = outcome.by_terms(report)
    return f"{text[:1].upper()}{text[1:]}"


def _row(judged: Judged, report: GateReport) -> Row:
    before = f"{judged.base} on {report.base_name}" if judged.base is not None else "not asked"
    kind = _KINDS[judged.change]
    word: Child = badge(str(judged.change), kind)
    if judged.change is Change.UNDECIDED and judged.head is Verdict.VACUOUS:
        word = badge("vacuous")
    result = results_of(report).get(judged.property.name)
    much = touched(result) if result is not None else None
    more = paragraph("and by more than before", class_="fact") if judged.more else None
    accepted = bullets(said(acceptance) for acceptance in judged.accepted)
    claim = together(judged.property.text, paragraph(much, class_="fact") if much else None)
    return Row((together(word, more, accepted), name(judged.property.name), claim, before), kind)


def _tables(report: GateReport, titled: bool) -> Markup:
    broken = [r for r in report.head.results if r.verdict is Verdict.VIOLATED]
    found = together(compared.tables(report.difference), breaches(broken))
    return together(element("h3", _by(report)), found) if titled and found.source else found


def _each_once(parts: Sequence[Markup]) -> list[Markup]:
    return list(dict.fromkeys(part for part in parts if part.source))


def _picture(both: Sequence[GateReport]) -> Picture:
    views: list[View] = []
    for each in both:
        title = _by(each) if len(both) > 1 else "what changed"
        view = ofregions.view(each.difference, title)
        if all((view.nodes, view.edges) != (other.nodes, other.edges) for other in views):
            views.append(view)
    return Picture(tuple(views))
