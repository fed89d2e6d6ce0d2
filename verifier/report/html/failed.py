"""The page of a run whose input is at fault, so that there is nothing else to report."""

from collections.abc import Sequence

from verifier.errors import Diagnostic
from verifier.ir.prose import number
from verifier.report.findings.findings import errors_in
from verifier.report.html.frame import Page, render
from verifier.report.words.coverage import Coverage
from verifier.report.words.result import about_universe


def failed(command: str, universe: str, diagnostics: Sequence[Diagnostic]) -> str:
    return render(
        Page(
            command=command,
            verdict=("input at fault", "error"),
            headline=number(len(errors_in(diagnostics)), "error"),
            read="",
            verdicts=None,
            tables=None,
            coverage=Coverage(),
            about=about_universe(universe),
            found=diagnostics,
        )
    )
