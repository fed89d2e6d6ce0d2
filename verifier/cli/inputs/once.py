"""What a run reads once, however often it looks at it: standard input, and what live clusters hold."""

from collections.abc import Callable
from typing import TypeVar, cast

import click

Read = TypeVar("Read")

_HELD = "netpol.once"


def once(what: str, read: Callable[[], Read]) -> Read:
    """What `read` gave the first time in this run that it was asked for `what`; nothing is held where it raises."""
    context = click.get_current_context(silent=True)
    if context is None:
        return read()
    held: dict[str, object] = context.meta.setdefault(_HELD, {})
    if what not in held:
        held[what] = read()
    return cast(Read, held[what])
