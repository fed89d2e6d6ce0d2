"""A solver that gives up is never green, whatever it was asked."""

from collections.abc import Iterable

import pytest

from verifier.engine.check.check import check
from verifier.engine.results.check import Verdict
from verifier.manifests.kubernetes.load import load_text
from verifier.manifests.notation.expression import parse_expression
from verifier.smt.solver import Answer, Solver

DENY = load_text("""
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}}
""").cluster
CLAIMS = ("never * -> shop/*", "always shop/* -> external", "only shop/* -> shop/*", "exactly * -> shop/*")


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("answers", range(4))
def test_solver_that_gives_up_leaves_the_verdict_unknown(
    claim: str, answers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a few answers it gives none any more; what is decided by then may stand, and is then what it always is."""
    (without_limit,) = check(DENY, [parse_expression(claim)])
    real, asked = Solver.ask, iter(range(1000))

    def tired(self: Solver, literals: Iterable[str]) -> Answer:
        if next(asked) < answers:
            return real(self, literals)
        self.reason = "weariness"
        return Answer.UNKNOWN

    monkeypatch.setattr(Solver, "ask", tired)
    (result,) = check(DENY, [parse_expression(claim)])

    assert result.verdict in (Verdict.UNKNOWN, without_limit.verdict)
    if answers == 0:
        assert result.verdict is Verdict.UNKNOWN
        assert "weariness" in (result.reason or "")
