"""The simplest model is the same whether labels are tried together or one by one."""

from collections.abc import Sequence

import pytest

from tests import packaged
from tests.generators.changes import pair
from verifier.engine.solve import minimize
from verifier.errors import InputError
from verifier.manifests.kubernetes.load import load_text
from verifier.smt.script import Var
from verifier.smt.solver import Model, Solver


def told(seed: int) -> object:
    """The witnesses of a comparison, with all that is said of their ends."""
    given = pair(seed)
    found = packaged.difference(given.old, given.new, switches=given.switches)
    return [region.witness for side in (found.added, found.removed) for region in side]


def one_by_one(_solver: Solver, _goals: Sequence[str], _labels: Sequence[Var], model: Model) -> tuple[int, Model]:
    return 0, model


def test_labels_that_are_tried_together_are_absent_as_they_would_be_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    together = {}
    for seed in range(920_000, 920_030):
        try:
            together[seed] = told(seed)
        except InputError:
            continue
    monkeypatch.setattr(minimize, "_empty", one_by_one)

    assert sum(bool(found) for found in together.values()) > 12
    for seed, found in together.items():
        assert told(seed) == found, seed


def deny(number: int) -> str:
    return (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        f"metadata: {{name: deny-{number}, namespace: shop}}\n"
        f"spec: {{podSelector: {{matchLabels: {{k{number}: v}}}}, policyTypes: [Ingress, Egress]}}\n"
    )


def test_one_of_many_distinct_policies_that_goes_takes_few_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of the others is a label that the witnesses do not have, and a condition on the regions that fails."""
    asked = 0
    before = Solver.ask

    def counted(self: Solver, literals: Sequence[str]) -> object:
        nonlocal asked
        asked += 1
        return before(self, literals)

    monkeypatch.setattr(Solver, "ask", counted)
    old, new = (load_text("---\n".join(map(deny, numbers))).cluster for numbers in (range(201), range(1, 201)))

    from verifier.engine.diff.compare import compare

    found = compare(old, new)

    assert found.complete
    assert len(found.added) == 4
    assert asked < 600
