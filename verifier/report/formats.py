"""The output formats of `check`, by name."""

from collections.abc import Callable, Mapping

from verifier.engine.result import CheckReport
from verifier.report import json, text
from verifier.report.paint import Paint

Renderer = Callable[[CheckReport, Paint, bool], str]

FORMATS: Mapping[str, Renderer] = {
    "text": text.check,
    "json": lambda report, _paint, _quiet: json.check(report),
}
