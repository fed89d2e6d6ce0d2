"""A command as a line to paste: its words quoted for a shell, whatever they hold."""

import os
import shlex
from collections.abc import Iterable, Sequence

import click

from verifier.cli.inputs.grouped import WORDS
from verifier.report.words.unseen import is_seen

_ESCAPED = frozenset("'\\!")


def line_of(words: Iterable[str]) -> str:
    """The words as a line of bash and its like.

    >>> print(line_of(["netpol", "check", "my k8s", "$(x)"]))
    netpol check 'my k8s' '$(x)'
    """
    return " ".join(map(_quoted, words))


def typed_with(*more: str) -> str:
    """The line that runs, with more words; options that can be given once count as they are given last."""
    context = click.get_current_context()
    return line_of(with_words(context.command_path.split(), context.meta[WORDS], more))


def with_words(command: Sequence[str], given: Sequence[str], more: Sequence[str]) -> list[str]:
    """The command as it was typed, with more options; before a `--`, after which there are none."""
    words = list(given)
    end = words.index("--") if "--" in words else len(words)
    return [*command, *words[:end], *more, *words[end:]]


def _quoted(word: str) -> str:
    """One word; in `$'..'`, byte by byte where it has to be, if it holds what nobody sees."""
    if all(map(is_seen, word)):
        return shlex.quote(word)
    shown = "".join(c if is_seen(c) and c not in _ESCAPED else _bytes(c) for c in word)
    return f"$'{shown}'"


def _bytes(character: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(character))
