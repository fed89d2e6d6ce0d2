"""The output formats, by name: one table for each command. A renderer is loaded when it is asked for."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from verifier.report.paint import Paint

if TYPE_CHECKING:
    from verifier.engine.results.check import CheckReport
    from verifier.engine.results.diff import Difference, GateReport
    from verifier.fleet.result import FleetReport

Renderer = Callable[["CheckReport", Paint, bool], str]
DiffRenderer = Callable[["Difference", Paint, bool], str]
FleetRenderer = Callable[["FleetReport", Paint, bool], str]
GateRenderer = Callable[["GateReport", Paint, bool], str]


def _load(module: str, function: str) -> Callable[..., Any]:
    return getattr(import_module(f"verifier.report.{module}"), function)  # type: ignore[no-any-return]


def _text(module: str, function: str, **more: str) -> Callable[[Any, Paint, bool], str]:
    return lambda report, paint, quiet: _load(module, function)(report, paint, quiet, **more)


def _data(module: str, function: str, **more: str) -> Callable[[Any, Paint, bool], str]:
    return lambda report, _paint, _quiet: _load(module, function)(report, **more)


def _findings(module: str, collect: str, *more: str) -> Callable[[Any, Paint, bool], str]:
    return lambda report, _paint, _quiet: _load(module, "render")(_load("findings", collect)(report, *more))


def _github(collect: str, text: Callable[[Any, Paint, bool], str], *more: str) -> Callable[[Any, Paint, bool], str]:
    """Workflow commands, and the text below them."""
    return lambda report, paint, quiet: _load("github", "render")(
        _load("findings", collect)(report, *more), text(report, paint, quiet)
    )


FORMATS: Mapping[str, Renderer] = {
    "text": _text("text", "check"),
    "json": _data("json", "check"),
    "markdown": _data("markdown", "check"),
    "sarif": _findings("sarif", "of_check"),
    "junit": _data("junit", "check"),
    "github": _github("of_check", _text("text", "check")),
    "gitlab": _findings("gitlab", "of_check"),
    "github-outputs": _data("githuboutputs", "check"),
}

DIFF_FORMATS: Mapping[str, DiffRenderer] = {
    "text": _text("difftext", "diff"),
    "json": _data("json", "diff"),
    "markdown": _data("markdown", "diff"),
    "sarif": _findings("sarif", "of_diff"),
    "junit": _data("junit", "diff"),
    "github": _github("of_diff", _text("difftext", "diff")),
    "gitlab": _findings("gitlab", "of_diff"),
}


FLEET_FORMATS: Mapping[str, FleetRenderer] = {
    "text": _text("fleettext", "fleet"),
    "json": _data("json", "fleet"),
    "markdown": _data("markdown", "fleet"),
    "sarif": _findings("sarif", "of_fleet"),
    "junit": _data("junit", "fleet"),
    "github": _github("of_fleet", _text("fleettext", "fleet")),
    "gitlab": _findings("gitlab", "of_fleet"),
}


def gate_formats(fail_on: str = "added") -> Mapping[str, GateRenderer]:
    """fail_on: which changes of the permitted traffic fail the gate: `added`, `any` or `none`."""
    return {
        "text": _text("gatetext", "gate", fail_on=fail_on),
        "json": _data("json", "gate"),
        "markdown": _data("markdown", "gate", fail_on=fail_on),
        "sarif": _findings("sarif", "of_gate", fail_on),
        "junit": _data("junit", "gate", fail_on=fail_on),
        "github": _github("of_gate", _text("gatetext", "gate", fail_on=fail_on), fail_on),
        "gitlab": _findings("gitlab", "of_gate", fail_on),
        "github-outputs": _data("githuboutputs", "gate"),
    }
