"""Asking cvc5, the second solver, what Z3 was asked: takes a whole script, gives an answer of its own."""

import importlib.util
import subprocess
import sys
import time
from pathlib import Path

from msgspec import Struct

from verifier.errors import UsageError
from verifier.processes.children import child
from verifier.smt.solver import Answer

RESOURCES = 1_000_000
"""cvc5's resource units for each question, which are none of Z3's: a minute or two."""

_PROGRAM = Path(__file__).with_name("cvc5program.py")


class SecondAnswer(Struct, frozen=True):
    """What cvc5 says. `reason`: why it does not know."""

    answer: Answer
    seconds: float
    reason: str = ""


def require_second_solver() -> None:
    """Raises UsageError iff cvc5 is not installed."""
    if importlib.util.find_spec("cvc5") is None:
        hint = "it comes with the extra `cross`: pip install 'netpol-verifier[cross]'"
        raise UsageError("a cross-check needs cvc5, which is not installed", hint)


def ask_second_solver(script: str, deadline: float | None = None, resources: int = RESOURCES) -> SecondAnswer:
    """cvc5's answer to a script with one question. deadline: `time.monotonic()` at which the run ends.

    Raises UsageError where cvc5 is not installed.
    """
    require_second_solver()
    started = time.monotonic()
    left = None if deadline is None else deadline - started
    if left is not None and left <= 0:
        return SecondAnswer(Answer.UNKNOWN, 0.0, "the time limit of the run")
    # -P: a `cvc5.py` in the directory that is being checked is none of ours
    command = [sys.executable, "-P", str(_PROGRAM), str(resources)]
    with child(command, stderr=subprocess.PIPE) as process:
        try:
            output, errors = process.communicate(script.encode(), timeout=left)
        except subprocess.TimeoutExpired:
            return SecondAnswer(Answer.UNKNOWN, time.monotonic() - started, "the time limit of the run")
    seconds = time.monotonic() - started
    said = output.decode("utf-8", "replace").strip()
    if process.returncode == 0 and said in (Answer.SAT, Answer.UNSAT):
        return SecondAnswer(Answer(said), seconds)
    if process.returncode == 0 and said.startswith(Answer.UNKNOWN):
        limited = "RESOURCE" in said
        return SecondAnswer(Answer.UNKNOWN, seconds, "its resource limit" if limited else said)
    complaint = errors.decode("utf-8", "replace").strip().rpartition("\n")[2]
    return SecondAnswer(Answer.UNKNOWN, seconds, complaint or f"its process ended with {process.returncode}")
