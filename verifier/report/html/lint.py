"""The page of `lint`: each finding with its line, the worst first."""

from verifier.engine.results.lint import LintFinding, LintReport
from verifier.errors import Severity
from verifier.ir.prose import number
from verifier.report.findings.findings import errors_in
from verifier.report.findings.lintfinding import sentences, summary
from verifier.report.html.frame import Page, render
from verifier.report.html.markup import Markup, element, together
from verifier.report.html.parts import Row, badge, bullets, excerpt, folded, name, paragraph, table, where
from verifier.report.words.coverage import coverage_of
from verifier.report.words.result import about_universe
from verifier.report.words.tally import read


def page(report: LintReport) -> str:
    faults = errors_in(report.diagnostics)
    worst = min((s.severity for s in report.smells), key=tuple(Severity).index, default=None)
    verdict = ("input at fault", "error") if faults else (str(worst), str(worst)) if worst else ("nothing", "proved")
    clean = paragraph(f"None of the {number(len(report.rules), 'rule')} that were asked found anything.")
    rows = [
        Row((badge(s.severity), name(s.rule), s.message, together(where(s.origin))), str(s.severity))
        for s in report.smells
    ]
    silenced = [
        together(name(each.smell.rule), f" {each.smell.about}: {each.silence.reason}") for each in report.silenced
    ]
    return render(
        Page(
            command="lint",
            verdict=verdict,
            headline=number(len(faults), "error") if faults else summary(report),
            read="" if faults else read(report.counts, number(len(report.rules), "rule")),
            verdicts=together(*map(_finding, report.smells)) if report.smells or faults else clean,
            tables=together(
                table("All findings", ("severity", "rule", "finding", "where"), rows),
                folded(f"Suppressed ({len(silenced)})", bullets(silenced)) if silenced else None,
            ),
            coverage=coverage_of(report),
            about=about_universe(report.universe, report.passed_over),
            found=report.diagnostics,
            titles=("Findings", "All findings, as a table"),
        )
    )


def _finding(smell: LintFinding) -> Markup:
    first, *rest = sentences(smell)
    title = together(badge(smell.severity), " ", element("strong", smell.rule), " ", first)
    fix = [paragraph("instead: ", name(smell.fix))] if smell.fix is not None else []
    open_ = smell.severity is not Severity.NOTE
    return folded(
        title, bullets(rest), *fix, excerpt(smell.origin, smell.rule), open_=open_, class_=str(smell.severity)
    )
