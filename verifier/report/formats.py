"""The output formats: one table, by command and name. A renderer is loaded when it is asked for.

`--help`, completion and docs/formats.md come from this table.
"""

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import Any

from msgspec import Struct

from verifier.errors import Diagnostic
from verifier.report.words.paint import Paint

Renderer = Callable[..., str]
"""Takes a report of its command, the paint and whether it is to be quiet; of `gate` also `fail_on`, and text of `check`
and `gate` whether it is to be `verbose`."""


class Failed(Struct, frozen=True):
    """There is no report, since the input is at fault."""

    universe: str
    diagnostics: tuple[Diagnostic, ...]


def _load(place: str) -> Renderer:
    """The function of that name, written `module:function`, the module below this package."""
    module, _, function = place.partition(":")
    return getattr(import_module(f"verifier.report.{module}"), function)  # type: ignore[no-any-return]


def _text(place: str, report: Any, paint: Paint, quiet: bool, **more: str | bool) -> str:
    return _load(place)(report, paint, quiet, **more)


def _data(place: str, report: Any, _paint: Paint, _quiet: bool, verbose: bool = False, **more: str) -> str:  # noqa: ARG001
    return _load(place)(report, **more)


def _fixed(place: str, report: Any, _paint: Paint, _quiet: bool, **_more: str | bool) -> str:
    """Data that takes no notice of what fails a run."""
    return _load(place)(report)


def _findings(
    renderer: str,
    collect: str,
    report: Any,
    _paint: Paint,
    _quiet: bool,
    verbose: bool = False,  # noqa: ARG001
    **more: str,
) -> str:
    return _load(renderer)(_load(collect)(report, **more))


def _github(collect: str, text: str, report: Any, paint: Paint, quiet: bool, verbose: bool = False, **more: str) -> str:
    """Workflow commands, and the text below them."""
    shown = _load(text)(report, paint, quiet, **more, **({"verbose": True} if verbose else {}))
    return _load("findings.github:render")(_load(collect)(report, **more), shown)


def _drawn(place: str, *dressed: str) -> Renderer:
    """A renderer of maps alone; dressed: of what of paint and quietness it is told."""

    def render(report: Any, paint: Paint, quiet: bool) -> str:
        if isinstance(report, Failed):
            return "".join(f"error: {diagnostic}\n" for diagnostic in report.diagnostics)
        told = {"paint": paint, "quiet": quiet}
        return _load(place)(report, *(told[name] for name in dressed))

    return render


def _picture(place: str) -> Renderer:
    """A renderer of maps that draws the errors, too."""

    def render(report: Any, _paint: Paint, _quiet: bool) -> str:
        if isinstance(report, Failed):
            lines = [f"error: {' '.join(str(diagnostic).split())}" for diagnostic in report.diagnostics]
            return _load(f"{place}_of_errors")(lines)
        return _load(place)(report)

    return render


def _or_failed(place: str, report: Any, _paint: Paint, _quiet: bool) -> str:
    """JSON of a command whose report cannot say that the input is at fault."""
    if isinstance(report, Failed):
        return _load(f"{place.partition(':')[0]}:failed")(report.universe, report.diagnostics)
    return _load(place)(report)


def _page(
    command: str,
    report: Any,
    _paint: Paint,
    _quiet: bool,
    verbose: bool = False,  # noqa: ARG001
    **more: Any,
) -> str:
    """The page of a command, or that of a run whose input is at fault. Of `check`, more: the map beside the answers."""
    if isinstance(report, Failed):
        return _load("html.failed:failed")(command, report.universe, report.diagnostics)
    return _load(f"html.{command}:page")(report, **more)


def _listing(command: str) -> Mapping[str, Renderer]:
    """The formats of a command whose report can be told as a list of findings."""
    text, collect = f"text.{command}:{command}", f"findings.findings:of_{command}"
    markdown = _data if command == "gate" else _fixed
    pages = {} if command == "fleet" else {"html": partial(_page, command)}
    return {
        "text": partial(_text, text),
        "json": partial(_fixed, f"json.run:{command}"),
        "markdown": partial(markdown, f"markdown.markdown:{command}"),
        **pages,
        "sarif": partial(_findings, "findings.sarif:render", collect),
        "junit": partial(markdown, f"findings.junit:{command}"),
        "github": partial(_github, collect, text),
        "gitlab": partial(_findings, "findings.gitlab:render", collect),
    }


def _with_outputs(command: str) -> Mapping[str, Renderer]:
    return {**_listing(command), "github-outputs": partial(_fixed, f"findings.githuboutputs:{command}")}


TABLE: Mapping[str, Mapping[str, Renderer]] = {
    "check": _with_outputs("check"),
    "diff": _listing("diff"),
    "gate": _with_outputs("gate"),
    "fleet": _listing("fleet"),
    "lint": _listing("lint"),
    "fix": {
        "text": partial(_text, "text.fix:fix"),
        "json": partial(_fixed, "json.fix:fix"),
        "markdown": partial(_fixed, "markdown.fix:fix"),
        "sarif": partial(_findings, "findings.sarif:render", "findings.fixfinding:of_fix"),
        "patch": partial(_fixed, "text.fix:patch"),
    },
    "coverage": {
        "text": partial(_text, "text.coverage:coverage"),
        "json": partial(_fixed, "json.coverage:coverage"),
        "markdown": partial(_fixed, "markdown.coverage:coverage"),
        "html": partial(_page, "coverage"),
        "sarif": partial(_findings, "findings.sarif:render", "findings.coveragefinding:of_coverage"),
        "lcov": partial(_fixed, "lcov:coverage"),
    },
    "explain": {
        "text": partial(_text, "text.explain:explain"),
        "json": partial(_or_failed, "json.explain:explain"),
        "html": partial(_page, "explain"),
    },
    "map": {
        "text": _drawn("text.map:draw", "paint", "quiet"),
        "json": partial(_or_failed, "json.map:draw"),
        "html": partial(_page, "map"),
        "csv": _drawn("markdown.maptable:csv"),
        "markdown": _drawn("markdown.maptable:markdown"),
        "mermaid": _picture("graph:mermaid"),
        "dot": _picture("graph:dot"),
        "matrix": _drawn("markdown.maptable:matrix", "paint"),
        "svg": _picture("svg:matrix"),
    },
}
"""By command and format. The first format of a command is its default."""


def formats_of(command: str, **more: str | bool) -> Mapping[str, Renderer]:
    """The formats of a command. more: of `check` and `gate` whether they are to be `verbose`; of `gate` `fail_on`,
    which changes of the permitted traffic fail it: `added` (default), `new-workloads`, `any` or `none`."""
    table = TABLE[command]
    return {name: partial(render, **more) for name, render in table.items()} if more else table
