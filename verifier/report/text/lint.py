"""The report of `lint` for people: each finding with its line, the worst first, what was silenced, and the tally."""

from collections.abc import Iterator

from verifier.engine.results.lint import LintFinding, LintReport, Suppressed
from verifier.errors import Severity
from verifier.ir.prose import number
from verifier.report.findings.lintfinding import sentences, summary
from verifier.report.words.excerpt import excerpt
from verifier.report.words.paint import PLAIN, Paint
from verifier.report.words.result import footer, uncovered
from verifier.report.words.tally import read

_COLOUR = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}


def lint(report: LintReport, paint: Paint = PLAIN, quiet: bool = False) -> str:
    """The whole report; `quiet`: only errors, the tally, and what this run left out."""
    shown = [smell for smell in report.smells if not quiet or smell.severity is Severity.ERROR]
    blocks = [] if quiet else [[paint(read(report.counts, number(len(report.rules), "rule")), "dim")]]
    blocks += [list(_block(smell, paint)) for smell in shown]
    if report.silenced and not quiet:
        blocks.append([line for silenced in report.silenced for line in _silenced(silenced, paint)])
    over = report.passed_over
    whole = footer(report.universe, report.assumptions, report.not_covered, paint, over)
    about = uncovered(report.not_covered, paint, report.assumptions) if quiet else whole
    blocks.append([paint(summary(report), "bold"), *about])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _block(smell: LintFinding, paint: Paint) -> Iterator[str]:
    """The finding; where it stands is shown with the lines around it, of a note only as file and line."""
    first, *rest = sentences(smell)
    word = paint(f"{smell.severity.upper():<8}", _COLOUR[smell.severity], "bold")
    yield f"{word} {paint(smell.rule, 'bold')}  {paint(first)}"
    yield from (f"  {paint(line)}" for line in rest)
    if smell.origin is None:
        return
    lines = excerpt(smell.origin, smell.rule, paint) if smell.severity is not Severity.NOTE else []
    position = smell.origin.position
    yield from lines or [f"   {paint(position.place, 'cyan')}"]


def _silenced(silenced: Suppressed, paint: Paint) -> Iterator[str]:
    smell = silenced.smell
    yield f"{paint('silenced', 'dim')} {paint(smell.rule)}  {paint(f'{smell.about}: {silenced.silence.reason}')}"
