"""Acceptances where there is no base: what they excuse, what breaks a property besides, and which are of no use."""

from datetime import date

import pytest

from tests.engine.asking import claim, cluster
from verifier.cli.inputs.accepted import Asked, with_acceptances
from verifier.engine.check.check import report
from verifier.engine.results.check import CheckReport, Verdict
from verifier.errors import Severity
from verifier.ir.acceptance import Acceptance
from verifier.ir.property import Property
from verifier.ir.universe import OPEN
from verifier.manifests.notation.expression import parse_flow
from verifier.smt.limits import Limits

DAY, LATER, BEFORE = date(2030, 1, 1), date(2030, 1, 2), date(2029, 12, 31)
POLICY = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec:
  podSelector: {matchLabels: {app: api}}
  ingress: [{from: [{podSelector: {matchLabels: {role: web}}}, {podSelector: {matchLabels: {role: debug}}}]}]
"""
ONLY_WEB = "only shop/role=web -> shop/app=api"
DEBUG = "shop/role=debug -> shop/app=api"


def acceptance(*flows: str, of: str | None = ONLY_WEB, until: date = LATER) -> Acceptance:
    return Acceptance(of, tuple(map(parse_flow, flows)), "debt", "@team", until)


def honoured(*acceptances: Acceptance, claimed: str = ONLY_WEB, switches: dict[str, str] | None = None) -> CheckReport:
    read, wanted = cluster(POLICY), claim(claimed)
    assert isinstance(wanted, Property)
    found = report(read, (wanted,), OPEN, switches or {}, limit=5)
    return with_acceptances(found, acceptances, DAY, Asked(read, OPEN, switches or {}, Limits(), 5))


def test_what_breaks_it_within_the_flows_is_accepted() -> None:
    mine = acceptance(DEBUG)

    [result] = honoured(mine).results

    assert (result.verdict, result.accepted) == (Verdict.ACCEPTED, (mine,))
    assert result.witness is not None
    assert len(result.regions) == 1


def test_what_breaks_it_besides_is_shown() -> None:
    mine = acceptance("shop/role=debug -> shop/app=api : TCP/80")

    [result] = honoured(mine).results

    assert (result.verdict, result.accepted) == (Verdict.VIOLATED, ())
    assert result.witness is not None
    assert result.witness.port != 80
    assert result.notes[-1] == "this breaks it besides what is accepted"


@pytest.mark.parametrize("claimed", [ONLY_WEB, "never external -> shop/app=api"])
def test_of_another_property_and_of_growth_nothing_is_excused(claimed: str) -> None:
    others = acceptance("* -> *", of="another"), acceptance("* -> *", of=None)

    found, [plain] = honoured(*others, claimed=claimed), honoured(claimed=claimed).results

    [result] = found.results
    assert (result.verdict, result.witness, result.accepted) == (plain.verdict, plain.witness, ())
    assert found.diagnostics == ()


def test_what_excuses_nothing_is_a_warning() -> None:
    held = honoured(acceptance("* -> *", of="never external -> shop/app=api"), claimed="never external -> shop/app=api")
    spare = honoured(acceptance(DEBUG), acceptance(f"{DEBUG} : TCP/80"))

    assert held.results[0].verdict is Verdict.PROVED
    for found in (held, spare):
        [warning] = found.diagnostics
        assert (warning.code, warning.severity) == ("unused", Severity.WARNING)
    assert len(spare.results[0].accepted) == 1


def test_what_has_expired_excuses_nothing_and_is_an_error_where_it_would() -> None:
    needed = honoured(acceptance(DEBUG, until=BEFORE))
    useless = honoured(acceptance(f"{DEBUG} : TCP/80", until=BEFORE))
    beside = honoured(acceptance(DEBUG, until=BEFORE), acceptance(DEBUG))

    assert [(d.code, d.severity) for d in needed.diagnostics] == [("expired", Severity.ERROR)]
    assert needed.results[0].verdict is Verdict.VIOLATED
    assert (useless.diagnostics, useless.results[0].verdict) == ((), Verdict.VIOLATED)
    assert (beside.diagnostics, beside.results[0].verdict) == ((), Verdict.ACCEPTED)


def test_the_last_day_counts() -> None:
    assert honoured(acceptance(DEBUG, until=DAY)).results[0].verdict is Verdict.ACCEPTED


def test_what_hangs_on_a_switch_is_accepted_only_where_it_holds_under_each() -> None:
    """Whether an ipBlock means pods is open: then pods may break it, and nobody knows."""
    opened = POLICY.replace("ingress: [{from: [", "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}, ")
    read, wanted = cluster(opened), claim(ONLY_WEB)
    switches = {"ipblock_pods": "open"}
    found = report(read, (wanted,), OPEN, switches)
    asked = Asked(read, OPEN, switches, Limits(), 5)

    some, whole = (
        with_acceptances(found, (acceptance(*flows),), DAY, asked).results[0]
        for flows in ((DEBUG,), (DEBUG, "* -> shop/app=api"))
    )

    assert some.verdict is not Verdict.ACCEPTED
    assert whole.verdict is Verdict.ACCEPTED
    assert (whole.depends_on, whole.reason) == ((), None)
