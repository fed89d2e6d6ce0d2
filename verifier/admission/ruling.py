"""What is said of a request: plain data."""

from enum import StrEnum

from msgspec import Struct

from verifier.engine.results.diff import GateReport


class Why(StrEnum):
    """How it came to that."""

    PASSES = "passes"
    FAILS = "fails"
    """As a gate: exit code 1."""
    INVALID = "invalid"
    """As a gate: exit code 2."""
    UNDECIDED = "undecided"
    """As a gate: exit code 3."""
    FREE = "no bearing"
    """Nothing that is judged hangs on it."""
    LIMIT = "limit"
    """A limit was reached, or the state is not known: it was not judged."""
    ERROR = "error"
    """Our bug, or the solver's."""


class Ruling(Struct, frozen=True):
    """message: for whoever sent the request, some lines; empty where there is nothing to say. report: where it was
    judged. allowed: what mode `deny` answers."""

    why: Why
    message: str = ""
    report: GateReport | None = None

    @property
    def allowed(self) -> bool:
        return self.why in (Why.PASSES, Why.FREE)
