"""The output formats of `netpol explain`. A renderer is loaded when it is asked for."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from verifier.errors import Diagnostic
from verifier.report.paint import Paint

if TYPE_CHECKING:
    from verifier.engine.explain.explain import Explanation


class Mistaken(Struct, frozen=True):
    """There is no explanation, since the input is at fault."""

    universe: str
    diagnostics: tuple[Diagnostic, ...]


def _text(report: "Explanation | Mistaken", paint: Paint, quiet: bool) -> str:
    from verifier.report.explaintext import explain

    assert not isinstance(report, Mistaken)
    return explain(report, paint, quiet)


def _json(report: "Explanation | Mistaken", _paint: Paint, _quiet: bool) -> str:
    from verifier.report.explainjson import explain, failed

    return failed(report.universe, report.diagnostics) if isinstance(report, Mistaken) else explain(report)


EXPLAIN_FORMATS: Mapping[str, Callable[["Explanation | Mistaken", Paint, bool], str]] = {"text": _text, "json": _json}
