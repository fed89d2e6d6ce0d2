"""Options that several commands share, each defined once, and the words the shells offer for them."""

import math
from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

Function = TypeVar("Function", bound=Callable[..., Any])
Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _words(words: Callable[[], list[str]], files: bool = False) -> Complete:
    """Offers `words`, and file names where none of them fits and `files` are wanted too."""

    def complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        items = [CompletionItem(word) for word in words() if word.startswith(incomplete)]
        return items if items or not files else [CompletionItem(incomplete, type="file")]

    return complete


def _profiles() -> list[str]:
    from verifier.ir.profiles import PROFILES

    return list(PROFILES)


def _settings() -> list[str]:
    from verifier.ir.switches import OPEN, SWITCHES

    return [f"{s.name}={v}" for s in SWITCHES.values() for v in (*s.words, *(() if s.at_reading else (OPEN,)))]


def _properties() -> list[str]:
    from verifier.manifests.specs.builtin import builtin_names

    return [f"builtin:{name}" for name in builtin_names()]


def _formats(command: str) -> list[str]:
    from verifier.report.formats import TABLE

    return list(TABLE[command])


def _positive(_context: click.Context, _parameter: click.Parameter, value: float | None) -> float | None:
    if value is not None and not 0 < value < math.inf:
        raise click.BadParameter(f"`{value}` is not a positive number of seconds")
    return value


def _processes(_context: click.Context, _parameter: click.Parameter, value: str | None) -> int | str | None:
    if value is None or value == "auto":
        return value
    if not (value.isascii() and value.isdigit() and len(value) < 10 and int(value) >= 1):
        raise click.BadParameter(f"`{value}` is neither a number of processes nor `auto`")
    return int(value)


_MANIFESTS = (click.argument("manifests", nargs=-1, metavar="[MANIFEST]...", type=click.Path()),)

_CONFIG = (
    click.option(
        "--config",
        metavar="FILE|REV:PATH",
        type=click.Path(),
        help="The configuration; default: netpol.yaml here, or further up to the git root.",
    ),
    click.option("--no-config", is_flag=True, help="Take no netpol.yaml, whatever lies there."),
)

_READING = (
    click.option(
        "-u",
        "--universe",
        metavar="open|inventory|FILE|REV:PATH",
        help="Which pods may exist; default: open.",
        shell_complete=_words(lambda: ["open", "inventory"], files=True),
    ),
    click.option(
        "-n", "--namespace", metavar="NS", help="What a missing namespace means in manifests; default: default."
    ),
    click.option(
        "--profile",
        metavar="NAME",
        help="Switches as a network plugin sets them: k8s (default), calico, cilium, antrea, ... (docs/plugins.md).",
        shell_complete=_words(_profiles),
    ),
    click.option(
        "--set",
        "switches",
        multiple=True,
        metavar="SWITCH=VALUE|open",
        help="Fix one switch, or leave it open.",
        shell_complete=_words(_settings),
    ),
    click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out what fits, as in a .gitignore."),
    click.option(
        "--skip-unknown",
        is_flag=True,
        help="Warn of policy kinds that are not understood, instead of refusing them.",
    ),
    click.option(
        "--duplicates",
        type=click.Choice(["refuse", "last"]),
        help="Objects of one name that differ: an error (default), or the one that is read last counts.",
    ),
    click.option(
        "--staged",
        is_flag=True,
        help="Read the staged policies of Calico as if they were promoted; in diff, those of NEW.",
    ),
    *_CONFIG,
)

_RENDERING = (
    click.option(
        "--render-with",
        type=click.Choice(["auto", "never"]),
        default="auto",
        show_default=True,
        help="Render kustomizations with kustomize or kubectl, and charts with helm; never: read files as they stand.",
    ),
    click.option(
        "--helm-values",
        multiple=True,
        metavar="FILE",
        type=click.Path(),
        help="Values for the charts that are rendered.",
    ),
    click.option("--helm-set", multiple=True, metavar="K=V", help="One value for the charts that are rendered."),
)

_ASKING = (
    click.option(
        "-p",
        "--property",
        "properties",
        multiple=True,
        metavar="FILE|DIR|REV:PATH|builtin:NAME",
        help="Check the properties of a file, or ready-made ones.",
        shell_complete=_words(_properties, files=True),
    ),
    click.option(
        "-e", "--expr", "expressions", multiple=True, metavar="TEXT", help="Check a property given in one line."
    ),
)

_LIMITS = (
    click.option(
        "--timeout",
        type=float,
        callback=_positive,
        metavar="SECONDS",
        help="Give up after so long, for the whole run.",
    ),
    click.option(
        "--rlimit",
        type=click.IntRange(1, 2**32 - 1),
        metavar="N",
        help="Give up on a query after N of the solver's steps; the same on every machine.",
    ),
)

_JOBS = (
    click.option(
        "--jobs",
        "-j",
        metavar="N|auto",
        callback=_processes,
        help="Ask about properties in N processes; auto: one for each processor, once that pays. Default: 1.",
        shell_complete=_words(lambda: ["auto"]),
    ),
)

_TRUST = (
    click.option(
        "--cross-check",
        is_flag=True,
        help="Ask a second solver, cvc5, too whatever a verdict rests on (extra `cross`).",
    ),
    click.option(
        "--dump-smt2",
        "dump",
        metavar="DIR",
        type=click.Path(file_okay=False),
        help="Write the questions that a verdict rests on as SMT-LIB 2 scripts into DIR.",
    ),
)

_COMPARING = (
    click.option(
        "--limit",
        type=click.IntRange(1),
        metavar="N",
        help="Look for N regions at most of what was opened, and of what was closed; default: 100.",
    ),
)
_TO = (
    click.option(
        "--to-profile",
        metavar="NAME",
        help="The network plugin under which NEW is judged, where it is another one.",
        shell_complete=_words(_profiles),
    ),
    click.option(
        "--to-set",
        "to_switches",
        multiple=True,
        metavar="SWITCH=VALUE|open",
        help="Fix one switch for NEW, or leave it open there.",
        shell_complete=_words(_settings),
    ),
)
_TELLING = (
    click.option(
        "--limit",
        type=click.IntRange(1),
        metavar="N",
        help="Tell what breaks a property in N regions at most; default: 100.",
    ),
)

_SAYING = (
    click.option(
        "-q",
        "--quiet",
        is_flag=True,
        help="Only violations, why others are undecided, what was left out, and the tally.",
    ),
    click.option("-v", "--verbose", is_flag=True, help="More in the text; sizes and timings, on stderr."),
    click.option("--debug", is_flag=True, help="A traceback where the run fails."),
    click.option("--color", type=click.Choice(["auto", "always", "never"]), help="Colours in the text report."),
)


def _all(*options: Callable[[Any], Any]) -> Callable[[Function], Function]:
    def decorate(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


manifests = _all(*_MANIFESTS)
config = _all(*_CONFIG)
reading = _all(*_READING)
rendering = _all(*_RENDERING)
rendering_alone = _all(*_RENDERING[:1])
asking = _all(*_ASKING)
limits = _all(*_LIMITS)
jobs = _all(*_JOBS)
trust = _all(*_TRUST)
comparing = _all(*_COMPARING)
to = _all(*_TO)
telling = _all(*_TELLING)


def reporting(command: str) -> Callable[[Function], Function]:
    """Where and how the report of a command is written; it offers the formats that the command has."""
    default, *others = _formats(command)
    names = ", ".join((f"{default} (default)", *others[:-1]))
    output = click.option(
        "-o",
        "--output",
        "outputs",
        multiple=True,
        metavar="FORMAT[=FILE]",
        help=f"{names} or {others[-1]}; repeatable, all but one with a FILE.",
        shell_complete=_words(lambda: _formats(command)),
    )
    return _all(output, *_SAYING)
