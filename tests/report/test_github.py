import re

from msgspec.structs import replace

from tests.report.comparisons import BROKEN, CHECKS, FAILED_CHECK, INCOMPARABLE
from tests.report.samples import PROVED, VACUOUS, VIOLATED, report
from verifier.engine.results.check import Result, Verdict
from verifier.ir.property import PropertySeverity
from verifier.report.formats import formats_of
from verifier.report.words.paint import PLAIN


def check(*results: Result) -> list[str]:
    return formats_of("check")["github"](report(*results), PLAIN, False).splitlines()


def commands(lines: list[str]) -> list[str]:
    """What the runner hears: everything before the commands are stopped."""
    return lines[: next(n for n, line in enumerate(lines) if line.startswith("::stop-commands::"))]


def test_the_summary_comes_first_and_errors_before_warnings() -> None:
    mild = replace(VIOLATED, property=replace(VIOLATED.property, name="mild", severity=PropertySeverity.WARNING))
    heard = commands(check(VACUOUS, mild, VIOLATED))

    assert [line.split(" ", 1)[0] for line in heard] == ["::error", "::error", "::warning", "::warning"]
    assert heard[0] == "::error title=netpol check::2 violated, 1 vacuous"


def test_a_violation_is_annotated_at_its_lines() -> None:
    assert commands(check(VIOLATED))[1].startswith(
        "::error file=k8s/shop/api.yaml,line=14,endLine=15,title=only-monitoring (violated)::only-monitoring: A pod in"
    )


def test_columns_are_given_on_one_line_and_the_last_one_belongs() -> None:
    heard = commands(formats_of("check")["github"](FAILED_CHECK, PLAIN, False).splitlines())

    assert heard[1] == (
        "::error file=k8s/shop/api.yaml,line=17,endLine=17,col=24,endColumn=24,title=input (V4)"
        "::port 70000 is out of range%0Ahint: 1 to 65535"
    )


def test_a_clean_run_is_a_notice() -> None:
    assert commands(check(PROVED)) == ["::notice title=netpol check::1 proved"]


def test_properties_and_messages_are_escaped() -> None:
    odd = replace(VACUOUS, property=replace(VACUOUS.property, name="50%: a,b\r\n::error::x"))
    heard = commands(check(odd))

    assert "title=50%25%3A a%2Cb\\r%0A%3A%3Aerror%3A%3Ax (vacuous)::50%25: a,b\\r%0A::error::x is vacuous" in heard[1]


def test_the_text_follows_and_no_command_in_it_is_heard() -> None:
    odd = replace(PROVED, notes=("::error::gotcha",))
    lines = check(odd)
    stop = next(n for n, line in enumerate(lines) if line.startswith("::stop-commands::"))
    token = lines[stop].removeprefix("::stop-commands::")

    assert re.fullmatch("[0-9a-f]{64}", token)
    assert lines[-1] == f"::{token}::"
    assert "          note: ::error::gotcha" in lines[stop + 1 : -1]
    assert token not in "\n".join(lines[stop + 1 : -1])


def test_other_text_has_another_token() -> None:
    tokens = {
        line
        for run in CHECKS.values()
        for line in formats_of("check")["github"](run, PLAIN, False).splitlines()
        if "stop-" in line
    }

    assert len(tokens) == len(CHECKS)


def test_quiet_reaches_the_text() -> None:
    assert "PROVED" not in formats_of("check")["github"](report(PROVED, VIOLATED), PLAIN, True)


def test_a_comparison_warns_of_what_it_opens_and_mentions_what_it_closes() -> None:
    heard = commands(formats_of("diff")["github"](INCOMPARABLE, PLAIN, False).splitlines())

    assert [line.split(" ", 1)[0] for line in heard] == ["::warning", "::warning", "::notice", "::notice"]
    assert "Traffic is opened: any pod in namespaces team=ops -> shop pods role=api, TCP 5000." in heard[1]


def test_the_gate_errs_on_what_fails_it() -> None:
    heard = commands(formats_of("gate")["github"](BROKEN, PLAIN, False).splitlines())

    assert [line.split(" ", 1)[0] for line in heard] == ["::error", "::error", "::error", "::notice", "::notice"]
    assert "exit 1: 1 property newly violated" in heard[0]


def test_a_failed_run_shows_its_errors_in_place_of_the_text() -> None:
    lines = formats_of("check")["github"](FAILED_CHECK, PLAIN, False).splitlines()

    assert "k8s/shop/api.yaml:17:24: port 70000 is out of range" in lines
    assert "0 proved" not in "\n".join(lines)


def test_an_unprovable_claim_without_a_file_has_no_place() -> None:
    orphan = Result(replace(PROVED.property, name="orphan"), Verdict.UNKNOWN, reason="the limit was reached")

    assert commands(check(orphan))[1] == (
        "::warning title=orphan (unknown)::orphan is undecided: the limit was reached."
    )
