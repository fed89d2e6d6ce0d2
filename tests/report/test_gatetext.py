import re

from msgspec.structs import replace

from tests.report.comparisons import ACCEPTANCE, BROKEN, FAILED_GATE, INCOMPARABLE, PASSED, WIDER, gated, judged
from tests.report.samples import ADMITTED, PROVED, RULE, UNKNOWN, UNPROTECTED, VIOLATED, leak, prop
from verifier.engine.results.check import Result, Verdict
from verifier.engine.results.diff import Change
from verifier.report.text.gate import gate

OLD = replace(VIOLATED, property=prop(name="old"))
LENIENT = replace(VIOLATED, property=prop(name="lenient"))
EVERYTHING = gated(
    judged(PROVED, Change.FIXED, Verdict.VIOLATED),
    judged(LENIENT, Change.ACCEPTED, Verdict.VIOLATED, accepted=(ACCEPTANCE,)),
    judged(UNKNOWN, Change.UNDECIDED),
    judged(OLD, Change.STILL_VIOLATED, Verdict.VIOLATED),
    judged(VIOLATED, Change.NEWLY_VIOLATED),
    results=(PROVED, LENIENT, UNKNOWN, OLD, VIOLATED),
    difference=INCOMPARABLE,
    grew=True,
    growth=(replace(ACCEPTANCE, property=None),),
    unused=(replace(ACCEPTANCE, reason="long gone"),),
)


def headings(shown: str) -> list[str]:
    return re.findall(r"^[A-Z][A-Za-z ,]*(?= \(\d+\)$| with main$)", shown, re.MULTILINE)


def test_what_the_change_broke_comes_before_what_was_so_before() -> None:
    assert headings(gate(EVERYTHING)) == [
        "Permitted traffic, compared",
        "Opened",
        "Closed",
        "Newly violated",
        "Violated as before",
        "Undecided",
        "Accepted",
        "Fixed",
    ]


def test_the_last_line_is_the_exit_code_and_why() -> None:
    assert gate(EVERYTHING).splitlines()[-1] == (
        "exit 1: 1 property newly violated, 1 property still violated, traffic was opened that nobody accepted"
    )
    assert gate(PASSED).splitlines()[-1] == "exit 0: nothing newly violated, nothing opened"
    assert gate(BROKEN, fail_on="none").splitlines()[-1] == "exit 1: 1 property newly violated"
    assert gate(FAILED_GATE).splitlines()[-1] == "exit 2: 1 error in the input"


def test_acceptances_say_until_when_and_whose_they_are() -> None:
    shown = gate(EVERYTHING)
    said = "dev/* -> 169.254.169.254, until 2027-01-31, owner @team-dev"

    assert f"  lenient  violated, was violated\n    {said}: the old agent needs it (k8s/shop/api.yaml:1)\n" in shown
    assert f"Left out of what was opened, by 1 acceptance:\n  {said}" in shown
    assert f"Acceptance no longer needed: {said}: long gone" in shown


def test_violations_are_shown_with_their_witness() -> None:
    shown = gate(EVERYTHING)

    assert shown.count("packet TCP 10.244.7.9 -> 10.244.3.4:5000") == 3
    assert "> 14 |     - namespaceSelector:" in shown


def test_the_tally_counts_every_sort_of_change() -> None:
    assert (
        "1 newly violated, 1 violated as before, 1 undecided, 1 accepted, 1 fixed, 0 proved (against main)"
    ) in gate(EVERYTHING)


def test_an_equivalent_change_says_so() -> None:
    assert "EQUIVALENT  the same connections are allowed for every pod that could exist" in gate(PASSED)


def test_quiet_leaves_what_fails_the_gate_and_the_last_line() -> None:
    shown = gate(EVERYTHING, quiet=True)

    assert headings(shown)[3:] == ["Newly violated", "Violated as before", "Undecided"]
    assert "Fixed (1)" not in shown
    assert "Universe" not in shown
    assert "no longer needed" not in shown
    assert shown.splitlines()[-1].startswith("exit 1")


def test_a_property_that_the_base_was_not_asked_says_so() -> None:
    fresh = Result(prop(name="fresh"), Verdict.PROVED)

    assert "  fresh  proved, not asked before\n" in gate(gated(judged(fresh, Change.FIXED, None), results=(fresh,)))


def test_nothing_is_compared_where_the_input_is_wrong() -> None:
    assert "compared with" not in gate(FAILED_GATE)


def test_the_first_line_is_what_one_needs() -> None:
    first, second, *_ = gate(EVERYTHING).splitlines()

    assert first.startswith(("FAILS  ", "INVALID  "))
    assert second.startswith("1 region opened, 1 closed; ")
    assert gate(PASSED).startswith(
        "PASSES  nothing newly violated, nothing opened\n0 regions opened, 0 closed; 1 property;"
    )
    assert gate(gated(judged(UNKNOWN, Change.UNDECIDED), results=(UNKNOWN,))).startswith(
        "UNDECIDED  1 property undecided"
    )
    cut = gated(difference=replace(WIDER, complete=False), grew=True)
    assert "1 region opened, 0 closed, or more; " in gate(cut).splitlines()[1]


def test_properties_that_the_same_rules_break_are_told_once_in_full() -> None:
    twin = replace(VIOLATED, property=replace(VIOLATED.property, name="twin"))
    other = replace(VIOLATED, property=replace(VIOLATED.property, name="other"), witness=leak(ingress=UNPROTECTED))
    rule = replace(RULE, name="another")
    leg = replace(ADMITTED, steps=(replace(ADMITTED.steps[0], citation=rule),))
    third = replace(VIOLATED, property=replace(VIOLATED.property, name="third"), witness=leak(ingress=leg))
    found = (VIOLATED, twin, other, third)
    shown = gate(gated(*(judged(each, Change.NEWLY_VIOLATED) for each in found), results=found))

    assert shown.count("  packet") == shown.count("     packet") == 3
    assert "  1 more that the same rules decide (-v: in full):\n    twin  A pod in ops-1 can reach" in shown
    assert "VIOLATED  other" in shown
    assert "VIOLATED  third" in shown
