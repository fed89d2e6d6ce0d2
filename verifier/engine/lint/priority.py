"""conflicting-priority: two policies of one tier and priority that disagree about some connection.

The API leaves open which of them applies. Asked of the solver (`verifier.engine.precheck.conflicts`); two that never
disagree are harmless, and nothing is said of them.
"""

from collections.abc import Iterator

from verifier.encoding.reach import rule_of, whole_rule
from verifier.engine.lint.reading import LintContext
from verifier.engine.precheck.conflicts import Conflict, Grade, conflicts, says
from verifier.engine.results.lint import LintFinding
from verifier.errors import Severity

_SEVERITIES = {Grade.VERDICT: Severity.ERROR, Grade.WORDS: Severity.WARNING, Grade.PERHAPS: Severity.WARNING}


def smells(look: LintContext) -> Iterator[LintFinding]:
    for found in conflicts(look.context, look.limits, look.asked):
        _, second = found.policies
        yield LintFinding(
            "conflicting-priority", _SEVERITIES[found.grade], says(found), second,
            whole_rule(found.rungs[1].citation), tuple(_why(found, look.context.switches["same_priority"])),
            witness=found.example.witness,
        )  # fmt: skip


def _why(found: Conflict, by: str) -> Iterator[str]:
    first = found.rungs[0].citation.origin
    if first is not None:
        yield f"{rule_of(found.rungs[0])} of the first stands at {first.position.place}"
    if found.grade is Grade.WORDS:
        yield "today that makes no difference, since what comes after says the same"
    elif found.grade is Grade.PERHAPS:
        yield f"that hangs on {' and '.join(found.unknown) or 'rules before them of which nobody can say'}"
    if by in ("any", "open"):
        yield "nobody can know which one applies: give them different priorities"
    else:
        yield f"here same_priority is {by}; elsewhere the other may apply: give them different priorities"
