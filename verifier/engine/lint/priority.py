"""conflicting-priority: two policies of one tier and priority that disagree about some connection.

The API leaves open which of them applies. Asked of the solver (`verifier.engine.conflicts`); two that never disagree
are harmless, and nothing is said of them.
"""

from collections.abc import Iterator

from verifier.engine.conflicts import Conflict, Grade, conflicts
from verifier.engine.lint.reading import Look
from verifier.engine.lint.smell import Smell
from verifier.engine.lint.tiers import whole_rule
from verifier.errors import Severity
from verifier.ir.policy import Action, Rung

_SEVERITIES = {Grade.VERDICT: Severity.ERROR, Grade.WORDS: Severity.WARNING, Grade.PERHAPS: Severity.WARNING}
VERBS = {Action.ALLOW: "allows", Action.DENY: "denies", Action.NEXT: "passes on"}


def smells(look: Look) -> Iterator[Smell]:
    for found in conflicts(look.ground, look.limits):
        _, second = found.policies
        yield Smell(
            "conflicting-priority", _SEVERITIES[found.grade], message(found), second,
            whole_rule(found.rungs[1].citation), tuple(_why(found, look.ground.switches["same_priority"])),
            witness=found.example.witness,
        )  # fmt: skip


def message(found: Conflict) -> str:
    """`A and B, both of priority 10, disagree: ingress[0] of the first allows what ingress[0] of the second denies`."""
    (one, other), (first, second) = found.policies, found.rungs
    can = "can disagree" if found.grade is Grade.PERHAPS else "disagree"
    said = (
        f"{_rule(first)} of the first {VERBS[first.action]} what {_rule(second)} of the second {VERBS[second.action]}"
    )
    return f"{one} and {other}, both of {other.detail}, {can}: {said}"


def _rule(rung: Rung) -> str:
    return (rung.citation.rule or "").partition(".")[0]


def _why(found: Conflict, by: str) -> Iterator[str]:
    first = found.rungs[0].citation.origin
    if first is not None:
        yield f"{_rule(found.rungs[0])} of the first stands at {first.position.file}:{first.position.line}"
    if found.grade is Grade.WORDS:
        yield "today that makes no difference, since what comes after says the same"
    elif found.grade is Grade.PERHAPS:
        yield f"that hangs on {' and '.join(found.unknown) or 'rules before them of which nobody can say'}"
    if by in ("any", "open"):
        yield "nobody can know which one applies: give them different priorities"
    else:
        yield f"here same_priority is {by}; elsewhere the other may apply: give them different priorities"
