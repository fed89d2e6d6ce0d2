"""A short `make faults`: the list fits the tree, and a handful of faults is planted and caught."""

import ast
from pathlib import Path
from typing import Any

import pytest

from tests.mutants import EVERYTHING, Fault
from tests.mutants.marks import marked
from tests.mutants.noticed import alive, near, record, recorded
from tests.mutants.reaching import line, reached
from tests.mutants.tree import ROOT, caught, copy

CASES = ["tests/test_cases.py"]
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


def test_near_is_what_noticed_other_faults_of_the_file() -> None:
    one, two, three, *_ = (fault for fault in EVERYTHING if fault.path == EVERYTHING[0].path)
    elsewhere = next(fault for fault in EVERYTHING if fault.path != one.path)
    tests = {one.what: "tests/a.py::b", two.what: "tests/c.py::d[e::f]", three.what: "tests/c.py::d"}

    assert near(one, {**tests, elsewhere.what: "tests/e.py::f"}) == ["tests/c.py", "tests/a.py"]
    assert near(elsewhere, tests) == []


def test_every_recorded_fault_is_there() -> None:
    assert recorded().keys() <= {fault.what for fault in EVERYTHING}


def test_change_that_is_no_bug_is_not_caught(tree: Path) -> None:
    harmless = Fault("none", "verifier/ir/policy.py", "TRUE = And(())", "TRUE = And(tuple())")

    assert caught(harmless, tree, ["tests/ir/test_policy.py"]) is None


MODULE = '''
from functools import cache, lru_cache

LIMIT = 3


def few(numbers):
    """How many there are."""
    if not numbers:
        return "none"
    elif len(numbers) < LIMIT:
        return [
            "one",
            "two",
        ][len(numbers) - 1]
    return "many"


@lru_cache(maxsize=2)
def nothing():
    return few([])


@lru_cache
def one():
    return few([1])


@cache
def two():
    return few([1, 2])
'''


@pytest.mark.parametrize(
    ("changed", "reached"),
    [
        ("LIMIT = 3", [[0], [0], [0], [0, 0]]),
        ("def few", [[0], [0], [0], [0]]),
        ("not numbers", [[0], [0], [0], [0]]),
        ('"none"', [[0], [], [], [0]]),
        ("len(numbers) < LIMIT", [[], [0], [0], []]),
        ('"two"', [[], [0], [], []]),
        ('"many"', [[], [], [0], []]),
        ("few([])", [[], [], [], [0]]),
    ],
)
def test_who_comes_to_the_statement_of_a_fault_reaches_it(changed: str, reached: list[list[int]]) -> None:
    fault = Fault("none", "few.py", changed, changed.swapcase())
    code = compile(marked(ast.parse(MODULE), {0: line(fault, MODULE)}), "few.py", "exec")

    def by(call: str) -> list[int]:
        notes: list[int] = []
        names: dict[str, Any] = {"__reached__": notes.append}
        exec(code, names)
        assert names["few"].__doc__ == "How many there are."
        eval(call, names)
        return notes

    assert [by(call) for call in ("few([])", "few([1])", "few([1, 2, 3])", "nothing()")] == reached


def test_line_is_the_first_that_a_fault_changes() -> None:
    text = "a\nb = 1\nc = 2\nd\n"
    bugs = ("b = 0\nc = 2\n", "b = 1\nc = 3\n", "b = 1\n", "b = 1\nc = 2\ne\n")

    assert [line(Fault("none", "a.py", "b = 1\nc = 2\n", bug), text) for bug in bugs] == [2, 3, 3, 3]


def test_tests_of_a_fault_are_those_that_reach_it_and_pass_quickest_first(tmp_path: Path) -> None:
    (tmp_path / "few.py").write_text(MODULE)
    (tmp_path / "test_few.py").write_text(
        "import subprocess, sys, time\nfrom pathlib import Path\nimport pytest\n"
        "from few import few, one, two\n\n"
        "def test_slow():\n    time.sleep(0.2)\n    assert few([1]) == 'one'\n\n"
        "@pytest.mark.parametrize('folder', [str(Path.cwd())])\n"
        "def test_named_after_its_place(folder):\n    assert few([1, 2]) == 'two'\n\n"
        "def test_wrong():\n    assert few([1]) == 'two'\n\n"
        "def test_none():\n    assert few([]) == 'none'\n\n"
        "def test_again():\n    assert few([1]) == one() == 'one' and two() == 'two'\n\n"
        "def test_kept():\n    assert one() == 'one' and two() == 'two'\n\n"
        "def test_quick():\n    assert few([1, 2]) == 'two'\n\n"
        "def test_outside():\n"
        "    program = 'import few; few.few([1])'\n"
        "    subprocess.run([sys.executable, '-c', program], env={'PYTHONPATH': '.'}, check=True)\n"
    )
    two, many = Fault("two", "few.py", '"two"', '"three"'), Fault("many", "few.py", '"many"', '"more"')

    tests = reached(tmp_path, [two, many], jobs=1)

    assert tests[two.what].index("test_few.py::test_quick") < tests[two.what].index("test_few.py::test_slow")
    assert {*tests[two.what][:-1]} == {
        f"test_few.py::test_{name}" for name in ("slow", "quick", "outside", "again", "kept")
    }
    assert tests[two.what][-1] == "test_few.py"
    assert many.what not in tests
