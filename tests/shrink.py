"""Makes an example that fails smaller, so that a person can read it."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

from tests.generators.strategies import Example


def shrunk(failing: Example, fails: Callable[[Example], bool]) -> Example:
    """A smaller example that still fails: parts are left out, one after the other, for as long as that is possible."""
    progress = True
    while progress:
        progress = False
        for smaller in _smaller_examples(failing):
            if fails(smaller):
                failing, progress = smaller, True
                break
    return failing


def _smaller_examples(whole: Example) -> Iterator[Example]:
    for each in fields(whole):
        value = getattr(whole, each.name)
        if each.name == "universe" and value != "open":
            yield replace(whole, universe="open")
        if each.name == "namespace" and value is not None:
            yield replace(whole, namespace=None)
        for smaller in _smaller(value):
            yield replace(whole, **{each.name: smaller})


def _smaller(value: Any) -> Iterator[Any]:
    """`value` with one part left out, somewhere inside it."""
    if isinstance(value, list):
        for i in range(len(value)):
            yield value[:i] + value[i + 1 :]
        for i, item in enumerate(value):
            for smaller in _smaller(item):
                yield [*value[:i], smaller, *value[i + 1 :]]
    elif isinstance(value, dict):
        for key in value:
            yield {k: v for k, v in value.items() if k != key}
        for key, item in value.items():
            for smaller in _smaller(item):
                yield {**value, key: smaller}
