"""`netpol schema KIND`."""

import json

import click
from click.shell_completion import CompletionItem

from verifier.cli.terminal.streams import write_stdout
from verifier.errors import UsageError

_KINDS = ("properties", "universe", "config", "acceptances", "fleet", "check")


def _complete(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(kind) for kind in _KINDS if kind.startswith(incomplete)]


@click.command("schema", short_help="Print the JSON Schema of a file format.")
@click.argument("kind", metavar="KIND", shell_complete=_complete)
def command(kind: str) -> None:
    """Print the JSON Schema of a file format: properties, universe, config, acceptances, fleet; or of a JSON report:
    check.

    \b
    An editor that knows yaml-language-server checks a file while you type:
      netpol schema properties > properties.schema.json
      # yaml-language-server: $schema=properties.schema.json      (first line of the property file)
    """
    from verifier.manifests.specs.schema import kinds, schema

    if kind not in kinds():
        raise UsageError(f"no schema `{kind}`", f"one of {', '.join(kinds())}")
    write_stdout(json.dumps(schema(kind), indent=2) + "\n")
