"""`netpol schema KIND`."""

import json
from collections.abc import Mapping
from typing import Any

import click
from click.shell_completion import CompletionItem

from verifier.cli.terminal.streams import write_stdout
from verifier.errors import UsageError
from verifier.report.formats import TABLE

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FILES = ("properties", "universe", "config", "acceptances", "fleet")
_REPORTS: Mapping[str, str] = {
    f"{command}-report" if command in _FILES else command: command
    for command, formats in TABLE.items()
    if "json" in formats
}
"""By the kind: the command that writes the report. `fleet` is the file that it reads."""

KINDS = (*_FILES, *_REPORTS)


def schema_of(kind: str) -> dict[str, Any]:
    """The JSON Schema of one of `KINDS`."""
    from verifier.manifests.specs.schema import schema
    from verifier.report.json.schema import report_schema

    return {"$schema": _DIALECT, **(report_schema(_REPORTS[kind]) if kind in _REPORTS else schema(kind))}


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(kind) for kind in KINDS if kind.startswith(incomplete)]


@click.command(
    "schema",
    short_help="Print the JSON Schema of a file format.",
    help=f"""Print the JSON Schema of a file format: {", ".join(_FILES)}; or of a JSON report: {", ".join(_REPORTS)}.

    \b
    An editor that knows yaml-language-server checks a file while you type:
      netpol schema properties > properties.schema.json
      # yaml-language-server: $schema=properties.schema.json      (first line of the property file)

    The schema of config holds for each document of netpol.yaml, whichever its kind.
    """,
)
@click.argument("kind", metavar="KIND", shell_complete=_complete)
def command(kind: str) -> None:
    if kind not in KINDS:
        raise UsageError(f"no schema `{kind}`", f"one of {', '.join(KINDS)}")
    write_stdout(json.dumps(schema_of(kind), indent=2) + "\n")
