"""The output formats, by name: one table for each command."""

from collections.abc import Callable, Mapping
from functools import partial

from verifier.engine.difference import Difference, GateReport
from verifier.engine.result import CheckReport
from verifier.report import difftext, gatetext, json, text
from verifier.report.paint import Paint

Renderer = Callable[[CheckReport, Paint, bool], str]
DiffRenderer = Callable[[Difference, Paint, bool], str]
GateRenderer = Callable[[GateReport, Paint, bool], str]

FORMATS: Mapping[str, Renderer] = {
    "text": text.check,
    "json": lambda report, _paint, _quiet: json.check(report),
}

DIFF_FORMATS: Mapping[str, DiffRenderer] = {
    "text": difftext.diff,
    "json": lambda report, _paint, _quiet: json.diff(report),
}


def gate_formats(fail_on: str = "added") -> Mapping[str, GateRenderer]:
    """fail_on: which changes of the permitted traffic fail the gate: `added`, `any` or `none`."""
    return {
        "text": partial(gatetext.gate, fail_on=fail_on),
        "json": lambda report, _paint, _quiet: json.gate(report),
    }
