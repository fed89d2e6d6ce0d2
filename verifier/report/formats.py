"""The output formats, by name: one table for each command."""

from collections.abc import Callable, Mapping
from functools import partial

from verifier.engine.difference import Difference, GateReport
from verifier.engine.result import CheckReport
from verifier.report import difftext, findings, gatetext, github, gitlab, json, junit, markdown, sarif, text
from verifier.report.paint import Paint

Renderer = Callable[[CheckReport, Paint, bool], str]
DiffRenderer = Callable[[Difference, Paint, bool], str]
GateRenderer = Callable[[GateReport, Paint, bool], str]

FORMATS: Mapping[str, Renderer] = {
    "text": text.check,
    "json": lambda report, _paint, _quiet: json.check(report),
    "markdown": lambda report, _paint, _quiet: markdown.check(report),
    "sarif": lambda report, _paint, _quiet: sarif.render(findings.of_check(report)),
    "junit": lambda report, _paint, _quiet: junit.check(report),
    "github": lambda report, paint, quiet: github.render(findings.of_check(report), text.check(report, paint, quiet)),
    "gitlab": lambda report, _paint, _quiet: gitlab.render(findings.of_check(report)),
}

DIFF_FORMATS: Mapping[str, DiffRenderer] = {
    "text": difftext.diff,
    "json": lambda report, _paint, _quiet: json.diff(report),
    "markdown": lambda report, _paint, _quiet: markdown.diff(report),
    "sarif": lambda report, _paint, _quiet: sarif.render(findings.of_diff(report)),
    "junit": lambda report, _paint, _quiet: junit.diff(report),
    "github": lambda report, paint, quiet: github.render(findings.of_diff(report), difftext.diff(report, paint, quiet)),
    "gitlab": lambda report, _paint, _quiet: gitlab.render(findings.of_diff(report)),
}


def gate_formats(fail_on: str = "added") -> Mapping[str, GateRenderer]:
    """fail_on: which changes of the permitted traffic fail the gate: `added`, `any` or `none`."""
    return {
        "text": partial(gatetext.gate, fail_on=fail_on),
        "json": lambda report, _paint, _quiet: json.gate(report),
        "markdown": lambda report, _paint, _quiet: markdown.gate(report, fail_on=fail_on),
        "sarif": lambda report, _paint, _quiet: sarif.render(findings.of_gate(report, fail_on)),
        "junit": lambda report, _paint, _quiet: junit.gate(report, fail_on),
        "github": lambda report, paint, quiet: github.render(
            findings.of_gate(report, fail_on), gatetext.gate(report, paint, quiet, fail_on)
        ),
        "gitlab": lambda report, _paint, _quiet: gitlab.render(findings.of_gate(report, fail_on)),
    }
