"""Questions to the solver: what is dumped, what is replayed, and that nothing hangs on chance."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import z3
from msgspec.structs import replace

from tests.engine.asking import DENY_ALL, admits, ask, claim, cluster, deployment, policy, universe
from verifier.encoding.decode import Reader
from verifier.engine.check.check import check
from verifier.engine.problem.problem import Context, problem_of
from verifier.engine.problem.switches import settle
from verifier.engine.solve.query import Query
from verifier.errors import ReplayError
from verifier.ir.property import Never, Property
from verifier.ir.universe import OPEN
from verifier.smt.solver import Limits

MANIFESTS = (
    policy("shop", "p", admits("{ipBlock: {cidr: 10.0.0.0/8}}", "{podSelector: {matchLabels: {app: web}}}"))
    + policy("ops", "deny", DENY_ALL)
    + policy("shop", "named", "{podSelector: {}, ingress: [{ports: [{port: web}, {port: dns, protocol: UDP}]}]}")
    + deployment("shop", "web", "{app: web}")
)
CLAIMS = ("never {}/* -> shop/*", "only app=web -> ops/*", "always * -> shop/*", "{isolated: {}}")


@pytest.mark.parametrize(("text", "answer"), [(CLAIMS[0], z3.sat), ("never * -> ops/*", z3.unsat)])
def test_a_dumped_script_asks_the_same_question(tmp_path: Path, text: str, answer: z3.CheckSatResult) -> None:
    """Read by a solver that knows nothing of ours."""
    check(cluster(MANIFESTS), [claim(text)], universe("open"), dump_to=tmp_path)
    [script] = (path for path in tmp_path.iterdir() if "premise" not in path.name)

    solver = z3.Solver()
    solver.from_file(str(script))

    assert script.suffix == ".smt2"
    assert solver.check() == answer
    assert f"; claim: {text}" in script.read_text()


def test_scripts_and_answers_do_not_hang_on_the_hash_seed() -> None:
    """Sets of strings have another order in every process."""
    program = f"""
from tests.engine.asking import claim, cluster, universe
from verifier.engine.check.check import check
from verifier.engine.solve.query import Query
from verifier.engine.problem.switches import settle
from verifier.engine.problem.problem import Context, problem_of
from verifier.ir.universe import OPEN
from verifier.smt.solver import Limits
manifests = cluster({MANIFESTS!r})
for text in {CLAIMS!r}:
    print(Query(problem_of(Context(manifests, OPEN, settle()), claim(text).claim, "")[0], Limits()).text())
    [result] = check(manifests, [claim(text)], universe("open"))
    print(result.verdict, result.witness, result.depends_on, result.notes, result.assumptions, result.suggestions)
"""
    root = Path(__file__).parents[2]
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(outputs) == 1
    assert b"violated" in outputs.pop()


def test_a_witness_that_does_not_replay_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if decoding had made something up."""
    real = Reader.decode

    def forged(self: Reader) -> object:
        found = real(self)
        return replace(found, connection=replace(found.connection, source=found.connection.destination))

    monkeypatch.setattr(Reader, "decode", forged)

    with pytest.raises(ReplayError, match="does not replay"):
        ask(MANIFESTS, CLAIMS[0], ipblock_pods="match")


def test_a_question_can_be_asked_again_and_again() -> None:
    problem = problem_of(Context(cluster(MANIFESTS), OPEN, settle()), claim(CLAIMS[0]).claim, "")[0]
    query = Query(problem, Limits())

    first = [query.ask(query.goals.broken, setting=setting) for setting in query.settings()]
    found = query.witness()

    assert [query.ask(query.goals.broken, setting=setting) for setting in query.settings()] == first
    assert query.witness() == found


def test_settings_are_those_of_the_open_switches_that_matter() -> None:
    problem = problem_of(Context(cluster(MANIFESTS), OPEN, settle("k8s", {"ipblock_pods": "match"})), Never(), "")[0]
    everything = problem_of(Context(cluster(MANIFESTS), OPEN, settle()), Never(), "")[0]

    assert "ipblock_pods" not in Query(problem, Limits()).open_switches()
    assert set(Query(everything, Limits()).open_switches()) >= {"ipblock_pods"}
    assert "local_node_egress" not in Query(everything, Limits()).open_switches()


def test_peers_without_alternatives_mean_nobody() -> None:
    nobody = Property("p", Never(sources=()), "never nobody -> *")

    [result] = check(cluster(MANIFESTS), [nobody])

    assert result.verdict == "vacuous"
