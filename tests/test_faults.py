"""A short `make faults`: the list fits the tree, and a handful of faults is planted and caught."""

from pathlib import Path

import pytest

from tests.mutants import EVERYTHING, Fault
from tests.mutants.__main__ import NEAR, ROOT, SUITES, caught, copy
from tests.mutants.noticed import alive, record, recorded

CASES = (("tests/test_cases.py",),)
HANDFUL = (
    "policyTypes by default: an `egress: []` counts as an egress rule",
    "endPort is read as exclusive",
    "NotIn needs the key to be present (encoder)",
    "egress is forgotten: what the destination lets in is allowed",
)


def named(what: str) -> Fault:
    return next(fault for fault in EVERYTHING if fault.what == what)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy(tmp_path_factory.mktemp("faults") / "tree")


@pytest.mark.parametrize("fault", EVERYTHING, ids=lambda fault: fault.what)
def test_what_a_fault_replaces_stands_in_its_file_exactly_once(fault: Fault) -> None:
    assert fault.fits(ROOT)
    assert fault.bug != fault.anchor


def test_the_page_says_how_many_faults_there_are() -> None:
    assert f"puts {len(EVERYTHING)} bugs, one at a time" in (ROOT / "docs/trust.md").read_text(encoding="utf-8")


def test_faults_are_many_and_told_apart() -> None:
    assert len({fault.what for fault in EVERYTHING}) == len(EVERYTHING) >= 30


def test_the_tests_that_are_tried_exist() -> None:
    """pytest fails where one does not, which would look as if a fault had been caught."""
    tried = [path for suite in (*NEAR.values(), *SUITES) for path in suite]

    assert [path for path in tried if not (ROOT / path.removeprefix("--ignore=")).exists()] == []
    assert [path for path in NEAR if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("what", HANDFUL)
def test_planted_fault_is_caught_and_taken_out_again(what: str, tree: Path) -> None:
    fault = named(what)
    before = (tree / fault.path).read_text()

    assert (caught(fault, tree, CASES) or "").startswith("tests/test_cases.py::test_check_gives_the_verdict[")
    assert (tree / fault.path).read_text() == before


def test_record_holds_tests_by_fault_and_forgets_what_is_gone(tmp_path: Path) -> None:
    first, second = EVERYTHING[1].what, EVERYTHING[0].what
    file = tmp_path / "noticed.tsv"
    record({first: "tests/a.py::b[c d]", "no fault": "tests/a.py::b", second: "tests/a.py::gone"}, file)

    assert list(recorded(file).items()) == [(second, "tests/a.py::gone"), (first, "tests/a.py::b[c d]")]
    assert alive(recorded(file), ["tests/a.py::b", "tests/a.py::b[c d]"]) == {first: "tests/a.py::b[c d]"}
    assert recorded(tmp_path / "none") == {}


def test_every_recorded_fault_is_there() -> None:
    assert recorded().keys() <= {fault.what for fault in EVERYTHING}


def test_change_that_is_no_bug_is_not_caught(tree: Path) -> None:
    harmless = Fault("none", "verifier/ir/policy.py", "TRUE = And(())", "TRUE = And(tuple())")

    assert caught(harmless, tree, (("tests/ir/test_policy.py",),)) is None
