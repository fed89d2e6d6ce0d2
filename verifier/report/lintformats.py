"""The output formats of `lint`, by name."""

from collections.abc import Callable, Mapping

from verifier.engine.results.lint import LintReport
from verifier.report import findings, github, gitlab, json, junit, linttext, markdown, sarif
from verifier.report.paint import Paint

LintRenderer = Callable[[LintReport, Paint, bool], str]

LINT_FORMATS: Mapping[str, LintRenderer] = {
    "text": linttext.lint,
    "json": lambda report, _paint, _quiet: json.lint(report),
    "markdown": lambda report, _paint, _quiet: markdown.lint(report),
    "sarif": lambda report, _paint, _quiet: sarif.render(findings.of_lint(report)),
    "junit": lambda report, _paint, _quiet: junit.lint(report),
    "github": lambda report, paint, quiet: github.render(findings.of_lint(report), linttext.lint(report, paint, quiet)),
    "gitlab": lambda report, _paint, _quiet: gitlab.render(findings.of_lint(report)),
}
