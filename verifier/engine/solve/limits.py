"""What is said where the solver gave up: which limit it reached, what it had been asked, and what may help."""

from verifier.errors import Undecided
from verifier.smt.solver import Limits


def given_up(undecided: Undecided, limits: Limits, tried: str) -> str:
    """The reason of a verdict that could not be reached, in one sentence."""
    return f"the solver reached {undecided} ({tried}); {_advice(str(undecided), limits)}"


def _advice(limit: str, limits: Limits) -> str:
    if "memory" in limit:
        return "give the process more memory, or ask about fewer manifests at once"
    if "time" in limit:
        return "allow more with --timeout, or ask about fewer manifests or properties at once"
    if limits.rlimit is not None:
        return f"allow more than --rlimit {limits.rlimit}, or ask about fewer manifests at once"
    return "ask about fewer manifests at once"
