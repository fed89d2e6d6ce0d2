"""`-n NS` as a suggestion: it may fail, and the verdicts stand."""

from pathlib import Path

import pytest

from tests.cli.process import GOOD
from tests.engine.asking import claim
from verifier.cli.commands import namespacehint
from verifier.cli.inputs.inputs import Question
from verifier.engine.check.check import report
from verifier.engine.results.check import Verdict
from verifier.errors import Undecided
from verifier.ir.universe import OPEN
from verifier.manifests.kubernetes.load import load
from verifier.smt.limits import Limits

HOMELESS = GOOD.replace(", namespace: shop", "").replace("namespace: shop", "")


def test_a_limit_that_is_reached_beside_the_question_leaves_the_verdict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "k8s.yaml").write_text(HOMELESS)
    loaded = load([str(tmp_path / "k8s.yaml")])
    asked = (claim("only shop/role=monitoring -> shop/app=api : TCP/5000"),)
    answer = report(loaded.cluster, asked, OPEN)

    def gives_up(*_arguments: object) -> None:
        raise Undecided("the time limit")

    monkeypatch.setattr(namespacehint, "check", gives_up)
    told = namespacehint.with_homes(answer, Question(asked, OPEN, {}, False, loaded, 0.0), Limits())

    assert loaded.moved is not None
    assert [result.verdict for result in told.results] == [Verdict.VIOLATED]
    assert told == answer
