"""The explanation for programs: JSON, version 1 (docs/explain.md), written out field by field."""

from collections.abc import Sequence

from verifier.engine.explain.condition import Setting, When
from verifier.engine.explain.nearmiss import NearMiss
from verifier.engine.explain.result import Case, Explanation, Side
from verifier.errors import Diagnostic
from verifier.ir.policy import Citation
from verifier.report.json.values import (
    VERSION,
    Value,
    dump,
    endpoint,
    errors,
    origin_of,
    passed_over,
    step_of,
    steps,
    warnings,
)
from verifier.report.words.conditions import about, conditions


def explain(explanation: Explanation) -> str:
    first = explanation.cases[0]
    return dump(
        {
            "version": VERSION,
            "command": "explain",
            "universe": explanation.universe,
            "connection": explanation.query.text,
            "allowed": explanation.allowed,
            "dependsOn": list(explanation.depends_on),
            "unknowns": list(dict.fromkeys(noun for when, _ in explanation.outcomes for noun in about(when))),
            "source": endpoint(first.connection.source),
            "destination": endpoint(first.connection.destination),
            "protocol": str(first.connection.protocol),
            "port": first.connection.port,
            "trace": _trace(first),
            "nearMisses": _near_misses(first),
            "outcomes": [
                {"allowed": outcome, "switches": _switches(when), "when": conditions(when)}
                for when, outcome in explanation.outcomes
            ],
            "cases": [_case(case) for case in explanation.cases],
            "notes": list(explanation.notes),
            "assumptions": list(explanation.assumptions),
            "notCovered": list(explanation.not_covered),
            "errors": errors(explanation.diagnostics),
            "warnings": warnings(explanation.diagnostics),
            "passedOver": passed_over(explanation.passed_over),
        }
    )


def failed(universe: str, diagnostics: Sequence[Diagnostic]) -> str:
    """The report of a run whose input is at fault."""
    return dump(
        {
            "version": VERSION, "command": "explain", "universe": universe, "connection": None, "allowed": None,
            "dependsOn": [], "unknowns": [], "trace": None, "assumptions": [], "notCovered": [],
            "errors": errors(diagnostics), "warnings": warnings(diagnostics), "passedOver": [],
        }
    )  # fmt: skip


def _case(case: Case) -> Value:
    return {
        "when": conditions(case.when),
        "allowed": case.allowed,
        "source": endpoint(case.connection.source),
        "destination": endpoint(case.connection.destination),
        "trace": _trace(case),
        "selecting": {"egress": _citations(case.egress), "ingress": _citations(case.ingress)},
        "otherwise": {"egress": _steps(case.egress), "ingress": _steps(case.ingress)},
        "nearMisses": _near_misses(case),
    }


def _steps(side: Side) -> Value:
    """What the stages after the deciding one would have said."""
    return [step_of(step) for step in side.otherwise]


def _trace(case: Case) -> Value:
    return {"egress": steps(case.egress.leg), "ingress": steps(case.ingress.leg)}


def _citations(side: Side) -> Value:
    return [str(citation) for citation in side.selecting]


def _near_misses(case: Case) -> Value:
    return [_near(near, name) for name, side in _sides(case) for near in side.near]


def _sides(case: Case) -> tuple[tuple[str, Side], ...]:
    return ("egress", case.egress), ("ingress", case.ingress)


def _near(near: NearMiss, direction: str) -> Value:
    rule: Citation | None = near.rule if near.selection else near.citation
    return {
        "direction": direction,
        "policy": str(near.citation),
        "rule": rule.rule if rule is not None else None,
        "selects": not near.selection,
        "because": near.lack.what,
        "hint": near.lack.hint,
        "origin": origin_of(near.citation.origin),
    }


def _switches(when: When) -> Value:
    """The values that each switch can have."""
    settings = [[c for c in fork if isinstance(c, Setting)] for fork in when]
    return {some[0].switch: [c.value for c in some] for some in settings if some}
