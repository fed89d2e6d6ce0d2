"""Numbers that options take."""

import math
from typing import Any

import click


class NumberRange(click.FloatRange):
    """A number within bounds. `nan` is none: it is neither below nor above any bound, so that it would pass both."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        found = super().convert(value, param, ctx)
        if math.isnan(found):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return found
