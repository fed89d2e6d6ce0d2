"""The command `netpol` and its sub-commands, each in a module that is imported only when it is wanted."""

import importlib
from collections.abc import Mapping

import click

from verifier.version import version

# In the order of the help page. None of these modules imports the solver, pydantic or yaml before it has to run.
COMMANDS: Mapping[str, str] = {
    "check": "verifier.cli.commands.check",
    "diff": "verifier.cli.commands.diff",
    "gate": "verifier.cli.commands.gate",
    "fix": "verifier.cli.commands.fix",
    "serve": "verifier.cli.commands.serve",
    "fleet": "verifier.cli.commands.fleet",
    "explain": "verifier.cli.commands.explain",
    "map": "verifier.cli.commands.map",
    "lint": "verifier.cli.commands.lint",
    "coverage": "verifier.cli.commands.coverage",
    "init": "verifier.cli.commands.init",
    "config": "verifier.cli.commands.config",
    "schema": "verifier.cli.commands.schema",
    "completion": "verifier.cli.commands.completion",
}


class Netpol(click.Group):
    """A group that finds its commands in COMMANDS; each module there has one called `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = importlib.import_module(module).command
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            import difflib

            near = difflib.get_close_matches(name, COMMANDS, 1)
            hint = f"did you mean `{near[0]}`?" if near else f"one of {', '.join(COMMANDS)}"
            raise click.UsageError(f"unknown command `{name}`\nhint: {hint}", ctx)
        return super().resolve_command(ctx, args)


def _show_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        click.echo(f"netpol {version()}")
        ctx.exit()


@click.group(
    cls=Netpol,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version, help="Print the version."
)
@click.pass_context
def netpol(ctx: click.Context) -> None:
    """Proves properties of Kubernetes network policies, or shows the connection that breaks them.

    The answer speaks of every pod that could exist, not only of those the manifests hold today.

    \b
    Examples:
      netpol check k8s/
      netpol check k8s/ -e 'only shop/role=monitoring -> shop/app=api : TCP/5000'
      netpol check k8s/ -p properties/ -o text -o json=report.json
      netpol diff main:k8s k8s
      netpol gate --base main k8s/
      kubectl get networkpolicies,namespaces,pods -A -o yaml | netpol check -

    \b
    Exit codes:
      0  all proved, nothing different, nothing opened
      1  a property is violated, or something is different or opened that must not be
      2  usage or input is at fault, a property is vacuous, or there is nothing to check
      3  undecided: a limit was reached, or the verdict depends on an open switch
      4  internal error          130, 143  interrupted, terminated
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
