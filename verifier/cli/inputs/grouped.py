"""Help pages whose options stand in groups: those of the command itself first, then those that several share."""

from collections.abc import Mapping

import click

WORDS = "verifier.words"
"""Where a command keeps, in the `meta` of its context, the words that it was given."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "What is asked": ("properties", "expressions"),
    "What is read, and how": (
        "universe", "namespace", "profile", "switches", "exclude", "skip_unknown", "duplicates",
        "config", "no_config",
    ),
    "Limits": ("timeout", "rlimit", "limit", "jobs"),
    "A second opinion": ("cross_check", "dump"),
    "The report": ("outputs", "quiet", "verbose", "debug", "color"),
}  # fmt: skip
"""By title, the names of the parameters."""


class Grouped(click.Command):
    """A command whose help page has its options in GROUPS; those of none of them are its own."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[WORDS] = tuple(args)
        return super().parse_args(ctx, args)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        shared = {name: title for title, names in GROUPS.items() for name in names}
        rows: dict[str, list[tuple[str, str]]] = {"Options": [], **{title: [] for title in GROUPS}}
        for parameter in self.get_params(ctx):
            row = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if row is not None:
                rows[shared.get(parameter.name or "", "Options")].append(row)
        for title, some in rows.items():
            if some:
                with formatter.section(title):
                    formatter.write_dl(some)
