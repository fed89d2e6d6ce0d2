"""A comparison of which the solver gives up somewhere: what was found stays found, and nothing is green."""

from collections.abc import Iterable, Iterator

import pytest

from tests.engine.asking import DENY_INGRESS, admits, cluster, namespace, policy, universe
from verifier.cli.exits import Exit, of_difference
from verifier.engine.diff import listing
from verifier.engine.diff.compare import compare
from verifier.engine.diff.outcome import of_gate
from verifier.engine.results.check import CheckReport
from verifier.engine.results.diff import Difference, GateReport, Relation
from verifier.errors import Undecided
from verifier.ir.cluster import Cluster
from verifier.report.text.diff import diff
from verifier.smt.solver import Answer, Solver

WEB, OPS, DEV, ALL = (
    *(f"{{podSelector: {{matchLabels: {{app: {app}}}}}}}" for app in ("web", "ops", "dev")),
    "{podSelector: {}}",
)
LEG = policy("shop", "out", "{policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 10.0.0.0/16}}]}]}")
MORE = f"{{ingress: [{{from: [{WEB}]}}, {{from: [{OPS}], ports: [{{port: 80}}]}}, {{from: [{DEV}]}}]}}"
TEAM = policy("ops", "in", "{ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}}]}]}")
CHANGES = {
    "wider": (policy("shop", "in", admits(WEB)), policy("shop", "in", MORE)),
    "narrower": (policy("shop", "in", MORE), policy("shop", "in", admits(WEB))),
    "incomparable": (policy("shop", "in", admits(WEB)), policy("shop", "in", admits(OPS))),
    "of a namespace": (namespace("shop", "{team: a}") + TEAM, namespace("shop", "{team: b}") + TEAM),
    "dependent": (LEG + policy("shop", "in", DENY_INGRESS), LEG + policy("shop", "in", admits(ALL))),
}


def giving_up(monkeypatch: pytest.MonkeyPatch, after: int, only: bool) -> list[int]:
    """Makes solvers give up: on all questions but the first `after`, or on the next one only. Gives a list with the
    number of questions."""
    asked = [0]
    ask = Solver.ask

    def limited(self: Solver, literals: Iterable[str]) -> Answer:
        asked[0] += 1
        if asked[0] == after + 1 or (asked[0] > after and not only):
            self.reason = "the resource limit of a query"
            return Answer.UNKNOWN
        return ask(self, literals)

    monkeypatch.setattr(Solver, "ask", limited)
    return asked


def gated(difference: Difference) -> GateReport:
    report = CheckReport("open", ())
    return GateReport("main", report, report, difference, (), grew=bool(difference.added))


def answers(
    sides: tuple[Cluster, Cluster], only: bool, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[int, Difference]]:
    """What comes of it wherever the solver gives up, and where it does not."""
    whole = False
    after = 0
    while not whole:
        with monkeypatch.context() as patch:
            asked = giving_up(patch, after, only)
            try:
                found = compare(*sides, universe("open"))
            except Undecided:  # before there is anything to compare
                after += 1
                continue
        whole = asked[0] <= after
        yield after, found
        after += 1


@pytest.mark.parametrize("many", [0, 1000], ids=["whole legs", "spelled out"])
@pytest.mark.parametrize("only", [True, False], ids=["once", "for good"])
@pytest.mark.parametrize("name", CHANGES)
def test_wherever_the_solver_gives_up_nothing_is_lost_and_nothing_is_green(
    name: str, only: bool, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "_MANY_ATOMS", many)
    old, new = CHANGES[name]
    sides = cluster(old), cluster(new)
    whole = compare(*sides, universe("open"))
    codes = {fail_on: of_difference(whole, fail_on) for fail_on in ("any", "added", "removed")}
    told = set()
    for after, found in answers(sides, only, monkeypatch):
        seen = {fail_on: of_difference(found, fail_on) for fail_on in codes}
        told.add(seen["any"])

        assert found.relation in (whole.relation, Relation.UNKNOWN), after
        for fail_on, code in codes.items():
            assert seen[fail_on] in ((code, Exit.UNDECIDED) if found.given_up else (code,)), (after, fail_on)
        assert of_gate(gated(found)).code == seen["added"], after
        assert bool(whole.added) or not found.added
        assert bool(whole.removed) or not found.removed
        if found.relation in (Relation.WIDER, Relation.INCOMPARABLE):
            assert found.added, after
        if found.relation in (Relation.NARROWER, Relation.INCOMPARABLE):
            assert found.removed, after
        if not found.complete:
            assert found.reason is not None
            assert found.reason in diff(found)
    assert told >= {codes["any"]} | ({Exit.UNDECIDED} if not only else set())


def test_an_opening_that_was_found_counts_whatever_runs_out_later(monkeypatch: pytest.MonkeyPatch) -> None:
    sides = cluster(CHANGES["wider"][0]), cluster(CHANGES["wider"][1])
    found = [each for _, each in answers(sides, False, monkeypatch)]
    codes = [of_difference(each, "any") for each in found]
    listed = [bool(each.added) for each in found]

    assert (codes, listed) == (sorted(codes, reverse=True), sorted(listed))
    assert set(codes) == {Exit.UNDECIDED, Exit.VIOLATED}
    assert {1, 2} <= {len(each.added) for each in found if not each.complete and of_difference(each, "added") == 1}
