"""What is said of what somebody accepted."""

from verifier.ir.acceptance import Acceptance
from verifier.ir.prose import number

_MOST = 3
"""Flows that are told before the rest is only counted."""


def said(acceptance: Acceptance) -> str:
    """Who accepted what, and until when."""
    where = ""
    if acceptance.origin is not None:
        position = acceptance.origin.position
        where = f" ({position.place})"
    shown = [flow.text for flow in acceptance.flows[:_MOST]]
    left = len(acceptance.flows) - len(shown)
    flows = "; ".join([*shown, *([f"and {number(left, 'more flow')}"] if left else [])])
    return f"{flows}, until {acceptance.expires.isoformat()}, owner {acceptance.owner}: {acceptance.reason}{where}"
