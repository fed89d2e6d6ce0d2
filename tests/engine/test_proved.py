"""`proved` says of a property what `check` says, without the rest; on random clusters."""

from collections import Counter
from pathlib import Path

import pytest

from tests import packaged
from tests.engine.asking import claim, cluster
from tests.engine.test_extent import SHOP
from tests.generators.strategies import example
from verifier.engine.check.check import check
from verifier.engine.check.proved import proved
from verifier.engine.precheck.prepare import Given, Pods, prepare
from verifier.engine.results.check import Verdict
from verifier.engine.solve.query import Query
from verifier.errors import InputError
from verifier.ir.universe import OPEN
from verifier.manifests.kubernetes.load import load_text
from verifier.smt.solver import Answer, Limits

FURTHER = ("never * -> app=nobody", "never external -> a/*", "only a/* -> */*", "always a/* -> b/*")
CLAIMS = [claim(text) for text in FURTHER]


def test_what_is_proved_is_what_check_calls_proved(tmp_path: Path) -> None:
    met = Counter[Verdict]()
    for seed in range(40):
        given = example(seed)
        of = load_text(packaged.dumped(given.manifests), "cluster.yaml", packaged.options(given.switches)).cluster
        universe = packaged.universe_of(given.universe, tmp_path)
        claims = [packaged.property_of(given.claim, given.namespace), *CLAIMS]
        try:
            results = check(of, claims, universe, given.switches)
        except InputError:
            continue  # a universe that forbids an object
        [context] = prepare((Given(of),), universe, given.switches, Limits(), Pods.EACH, by_services=True)
        found = proved(context, claims, Limits())
        assert found == tuple(result.verdict is Verdict.PROVED for result in results), seed
        met.update(result.verdict for result in results)

    assert min(met[verdict] for verdict in Verdict if verdict is not Verdict.ACCEPTED) >= 5


def test_what_is_given_up_is_not_proved() -> None:
    [context] = prepare((Given(cluster(SHOP)),), OPEN, None, Limits(), Pods.EACH, by_services=True)
    held = claim("never external -> b/*")

    assert proved(context, (held,), Limits()) == (True,)
    assert proved(context, (held, held), Limits(deadline=0.0)) == (False, False)


def test_what_the_solver_cannot_say_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    [context] = prepare((Given(cluster(SHOP)),), OPEN, {}, Limits(), Pods.EACH, by_services=True)
    claims = [claim("never * -> app=nobody-at-all"), *CLAIMS]

    def unknown(query: Query, goal: str) -> Answer:
        return Answer.UNKNOWN if goal == query.goals.broken else Answer.SAT

    monkeypatch.setattr(Query, "ask", unknown)

    assert proved(context, claims, Limits()) == (False,) * len(claims)
