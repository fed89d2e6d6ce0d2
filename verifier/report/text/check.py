"""The report for people: claim, witness, both legs, the guilty line, then what was assumed and what is not covered."""

from collections.abc import Iterable

from verifier.engine.results.check import CheckReport, Verdict
from verifier.ir.prose import number
from verifier.report.words.paint import PLAIN, Paint
from verifier.report.words.result import REGIONS, block_of, brief, footer, own_assumptions, uncovered
from verifier.report.words.tally import read, tally


def check(report: CheckReport, paint: Paint = PLAIN, quiet: bool = False, verbose: bool = False) -> str:
    """The whole report; `quiet`: only violations, why others are neither proved nor violated, the tally, and what
    this run left out. `verbose`: all regions of what breaks a property."""
    most = None if verbose else REGIONS
    shown = [r for r in report.results if not quiet or r.verdict is not Verdict.PROVED]
    blocks = (
        [] if quiet else [[paint(read(report.counts, number(len(report.results), "property", "properties")), "dim")]]
    )
    for result in shown:
        whole = not quiet or result.verdict is Verdict.VIOLATED
        block = list(block_of(result, paint, own_assumptions(result, report), most) if whole else brief(result, paint))
        if result is not shown[0] and "" not in blocks[-1] and "" not in block:
            blocks[-1] = [*blocks[-1], *block]  # verdicts without a witness stand together
        else:
            blocks.append(block)
    about = _about(report, paint, quiet)
    blocks.append([paint(tally(report), "bold"), *about])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _about(report: CheckReport, paint: Paint, quiet: bool) -> Iterable[str]:
    if quiet:
        return uncovered(report.not_covered, paint, report.assumptions)
    return footer(report.universe, report.assumptions, report.not_covered, paint, report.passed_over)
