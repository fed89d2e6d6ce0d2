"""A second opinion: cvc5 is asked what Z3 was asked, and has to say the same.

Takes whole scripts and Z3's answers; gives what both said. Where they disagree one of them is wrong, or we are: that is
an internal error, and the script is kept for whoever looks into it.
"""

import os
import tempfile

from verifier.engine.results.check import Opinion
from verifier.errors import Disagreement
from verifier.smt.second import ask_second_solver
from verifier.smt.solver import Answer, Limits


class CrossCheck:
    """Collects what both solvers say about the questions that a verdict rests on; asks nothing unless `limits` say so.

    Life cycle: made with a question, told of every answer, and read when the verdict is there.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._known: dict[str, Opinion] = {}

    @property
    def is_wanted(self) -> bool:
        return self._limits.cross_check

    @property
    def opinions(self) -> tuple[Opinion, ...]:
        return tuple(self._known.values())

    def confirm(self, question: str, script: str, answer: Answer, seconds: float) -> None:
        """Asks cvc5 the script that Z3 answered; raises Disagreement. One question is asked once."""
        if question in self._known:
            return
        second = ask_second_solver(script, self._limits.deadline)
        self._known[question] = Opinion(question, answer, seconds, second.answer, second.seconds, second.reason)
        if second.answer is not Answer.UNKNOWN and second.answer is not answer:
            raise Disagreement(
                f"to the question `{question}` Z3 says {answer} and cvc5 {second.answer}; the script is {_kept(script)}"
            )


def unconfirmed(opinions: tuple[Opinion, ...]) -> tuple[str, ...]:
    """A note for each question that cvc5 has no answer to."""
    return tuple(
        f"not confirmed by cvc5: `{o.question}`, to which Z3 says {o.answer} ({o.reason})"
        for o in opinions
        if o.second is Answer.UNKNOWN
    )


def _kept(script: str) -> str:
    """Where the script was written."""
    handle, path = tempfile.mkstemp(prefix="netpol-disagreement-", suffix=".smt2")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(script)
    return path
