"""Every corner case of docs/semantics.md 11 in three readings: the package, its evaluator for one connection,
and the enumeration."""

import re
from collections.abc import Iterator, Mapping
from itertools import product

import pytest
import yaml

from tests import oracle, packaged
from tests.casefile import Case, Line, read_cases
from tests.oracle.allowed import outcomes
from verifier.engine.problem.switches import settle
from verifier.errors import InputError, Severity
from verifier.ir.switches import OPEN, SWITCHES
from verifier.manifests.kubernetes.load import load_text

ROWS = {"A": 18, "B": 10, "C": 12, "D": 19, "E": 9, "F": 5, "G": 5, "H": 23, "I": 30, "J": 30, "K": 16}
CASES = {case.name: case for case in read_cases()}
READ = [case for case in CASES.values() if all(line.kind != "error" for line in case.lines)]


def lines(kind: str) -> list[Line]:
    return [line for case in CASES.values() for line in case.lines if line.kind == kind]


def expected(line: Line) -> oracle.Answer:
    if line.expected.startswith("depends on "):
        return oracle.Answer("unknown", tuple(sorted(re.split(", ?", line.expected.removeprefix("depends on ")))))
    return oracle.Answer(line.expected)


def settings(switches: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Every full setting of what is open."""
    settled = settle("k8s", switches)
    choices = [SWITCHES[name].values if value == OPEN else (value,) for name, value in settled.items()]
    for values in product(*choices):
        yield dict(zip(settled, values, strict=True))


OUTCOMES = {frozenset({True}): "allowed", frozenset({False}): "denied", frozenset({True, False}): "either"}


def judged(line: Line, answers: Mapping[tuple[tuple[str, str], ...], frozenset[bool]]) -> str:
    """Allowed, denied or either, where every setting agrees, else the switches it depends on."""
    if len(set(answers.values())) == 1:
        return OUTCOMES[next(iter(answers.values()))]
    hang = [
        name
        for name in SWITCHES
        if any(
            answers.get(tuple((n, value if n == name else v) for n, v in setting), answer) != answer
            for setting, answer in answers.items()
            for value in SWITCHES[name].values
        )
    ]
    return f"depends on {', '.join(hang)}" if hang else f"undecided: {line}"


@pytest.mark.parametrize("line", lines("check"), ids=str)
def test_check_gives_the_verdict(line: Line) -> None:
    case = CASES[line.case]
    asked = (line.asked, line.universe, line.switches)
    assert packaged.verdict(case.text, *asked, accepted=line.accepted) == expected(line)


@pytest.mark.parametrize("line", lines("check"), ids=str)
def test_enumeration_gives_the_verdict(line: Line) -> None:
    case = CASES[line.case]
    asked = (line.asked, line.universe, line.switches)
    assert oracle.verdict(case.manifests, *asked, accepted=line.accepted) == expected(line)


@pytest.mark.parametrize("line", lines("connection"), ids=str)
def test_semantics_decides_the_connection(line: Line) -> None:
    cluster = load_text(CASES[line.case].text, options=packaged.options(line.switches)).cluster
    answers = {
        tuple(setting.items()): packaged.outcomes(cluster, line.asked, setting) for setting in settings(line.switches)
    }
    assert judged(line, answers) == line.expected


@pytest.mark.parametrize("line", lines("connection"), ids=str)
def test_enumeration_decides_the_connection(line: Line) -> None:
    manifests = CASES[line.case].manifests
    answers = {tuple(setting.items()): outcomes(manifests, line.asked, setting) for setting in settings(line.switches)}
    assert judged(line, answers) == line.expected


@pytest.mark.parametrize("line", lines("error"), ids=str)
def test_manifests_are_refused_with_these_errors(line: Line) -> None:
    with pytest.raises(InputError) as refused:
        load_text(CASES[line.case].text, "case.yaml", packaged.options(line.switches))
    assert sorted((d.code, d.line) for d in refused.value.diagnostics) == sorted(line.expected)


@pytest.mark.parametrize("line", lines("warning"), ids=str)
def test_manifests_are_read_with_these_warnings(line: Line) -> None:
    found = load_text(CASES[line.case].text, "case.yaml", packaged.options(line.switches)).diagnostics
    assert [(d.code, d.line) for d in found if d.severity is Severity.WARNING] == line.expected


def test_every_row_has_a_case() -> None:
    rows = {f"{letter}{number:02}" for letter, count in ROWS.items() for number in range(1, count + 1)}
    assert rows <= {name.partition("-")[0] for name in CASES}


@pytest.mark.parametrize("case", CASES.values(), ids=lambda case: case.name)
def test_case_opens_with_a_sentence_and_expects_something(case: Case) -> None:
    assert re.match(r"# [A-Z0-9a-z].*\.\n", case.text)
    assert case.lines


@pytest.mark.parametrize("case", READ, ids=lambda case: case.name)
def test_order_of_documents_is_irrelevant(case: Case) -> None:
    backwards = yaml.safe_dump_all(case.manifests[::-1])
    for settings in {frozenset(line.switches.items()): line.switches for line in case.lines}.values():
        how = packaged.options(settings)
        assert load_text(backwards, options=how).cluster == load_text(case.text, options=how).cluster
