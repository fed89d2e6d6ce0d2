"""What is accepted, in every format: who reads it is told by whom and until when, and no format calls it proved."""

import json

import pytest

from tests.report.samples import ACCEPTED, PROVED, report
from verifier.engine.results.check import CheckReport
from verifier.report.formats import formats_of
from verifier.report.words.paint import PLAIN

NAMES = ("text", "json", "markdown", "html", "sarif", "junit", "github", "gitlab")


def shown(name: str, found: CheckReport, *, quiet: bool = False, verbose: bool = False) -> str:
    more = {"verbose": True} if verbose else {}
    return str(formats_of("check", **more)[name](found, PLAIN, quiet))


@pytest.mark.parametrize(("name", "quiet"), [*((name, False) for name in NAMES), ("text", True)])
def test_who_accepted_it_and_until_when_is_told(name: str, quiet: bool) -> None:
    told = shown(name, report(ACCEPTED), quiet=quiet).replace("&#x27;", "'").replace("\u200b", "")

    assert "@team-ops" in told
    assert "2027-01-31" in told
    assert "1 proved" not in told


def test_it_is_told_in_short_unless_more_is_wanted() -> None:
    short, long = shown("text", report(ACCEPTED)), shown("text", report(ACCEPTED), verbose=True)

    assert short.startswith(
        "4 policies, 3 workloads, 2 namespaces, 1 property\n\n"
        "ACCEPTED  only-monitoring  netpol.yaml:9\n"
        "          only role=monitoring -> role=api : TCP/5000\n"
        "          ops-1/* -> role=api, until 2027-01-31, owner @team-ops: a <b>migration</b> (netpol.yaml:9)\n\n"
        "1 accepted\n"
    )
    assert "api-metrics" not in short
    assert "api-metrics" in long


def test_it_fails_nothing() -> None:
    found = shown("junit", report(ACCEPTED, PROVED))
    levels = [each["level"] for each in json.loads(shown("sarif", report(ACCEPTED)))["runs"][0]["results"]]

    assert 'failures="0" errors="0"' in found
    assert levels == ["note"]
    assert [each["severity"] for each in json.loads(shown("gitlab", report(ACCEPTED)))][:1] == ["info"]
    assert "::error" not in shown("github", report(ACCEPTED))


def test_what_somebody_wrote_stays_text() -> None:
    assert "<b>migration" not in shown("html", report(ACCEPTED))
    assert json.loads(shown("json", report(ACCEPTED)))["results"][0]["accepted"][0]["flows"] == ["ops-1/* -> role=api"]
