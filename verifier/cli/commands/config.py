"""`netpol config show`."""

import os
from collections.abc import Iterator
from typing import Any

import click

from verifier.cli.inputs import options
from verifier.cli.inputs.inputs import read_universe
from verifier.cli.inputs.settings import Setting, config_of, settings_of, switches_of
from verifier.cli.terminal.streams import write_stdout
from verifier.report.words.paint import visible

_NAMES = (
    "manifests", "universe", "namespace", "profile", "exclude", "skip_unknown", "duplicates", "helm_values", "helm_set",
    "output", "color", "timeout", "rlimit", "limit", "jobs",
)  # fmt: skip


@click.group("config", short_help="Show the settings and where they come from.")
def command() -> None:
    """Show the settings of a run and where they come from."""


@command.command("show", short_help="Print every setting with its origin.")
@options.manifests
@options.reading
@options.limits
@options.jobs
@options.comparing
@options.reporting("check")
def show(**flags: Any) -> None:
    """Print every setting, its value, and where that comes from.

    A flag beats NETPOL_*, which beats netpol.yaml, which beats the profile (for switches), which beats the default.

    \b
    Examples:
      netpol config show
      NETPOL_PROFILE=cilium netpol config show --set ipblock_pods=match
    """
    settings = settings_of(flags, config_of(flags), os.environ)
    rows = [(name.replace("_", "-"), getattr(settings, name)) for name in _NAMES]
    rows += [(f"set {name}", setting) for name, setting in switches_of(settings, read_universe(settings)).items()]
    write_stdout("\n".join((f"config file: {visible(settings.config.file or 'none')}", *_table(rows))) + "\n")


def _table(rows: list[tuple[str, Setting[Any]]]) -> Iterator[str]:
    shown = [(name, _value(setting.value), setting.origin) for name, setting in rows]
    widths = [max(len(row[column]) for row in shown) for column in (0, 1)]
    for name, value, origin in shown:
        yield f"{name:<{widths[0]}}  {value:<{widths[1]}}  {visible(origin)}"


def _value(value: object) -> str:
    match value:
        case None | ():
            return "-"
        case bool():
            return "yes" if value else "no"
        case tuple():
            return visible(" ".join(str(item) for item in value))
        case _:
            return visible(str(value))
