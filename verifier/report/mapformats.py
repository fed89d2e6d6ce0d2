"""The output formats of `netpol map`. A renderer is loaded when it is asked for."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from msgspec import Struct

from verifier.errors import Diagnostic
from verifier.report.paint import Paint

if TYPE_CHECKING:
    from verifier.engine.map.result import Map


class Mistaken(Struct, frozen=True):
    """There is no map, since the input is at fault."""

    universe: str
    diagnostics: tuple[Diagnostic, ...]


Render = Callable[["Map | Mistaken", Paint, bool], str]


def _drawn(module: str, function: str, *dressed: str) -> Render:
    """A renderer of maps alone; dressed: of what of paint and quietness it is told."""

    def render(report: "Map | Mistaken", paint: Paint, quiet: bool) -> str:
        if isinstance(report, Mistaken):
            return "".join(f"error: {diagnostic}\n" for diagnostic in report.diagnostics)
        told = {"paint": paint, "quiet": quiet}
        text: str = getattr(import_module(f"verifier.report.{module}"), function)(report, *(told[d] for d in dressed))
        return text

    return render


def _json(report: "Map | Mistaken", _paint: Paint, _quiet: bool) -> str:
    from verifier.report.mapjson import draw, failed

    return failed(report.universe, report.diagnostics) if isinstance(report, Mistaken) else draw(report)


MAP_FORMATS: Mapping[str, Render] = {
    "text": _drawn("maptext", "draw", "paint", "quiet"),
    "json": _json,
    "csv": _drawn("maptable", "csv"),
    "markdown": _drawn("maptable", "markdown"),
    "mermaid": _drawn("mapgraph", "mermaid"),
    "dot": _drawn("mapgraph", "dot"),
    "matrix": _drawn("maptable", "matrix", "paint"),
}
