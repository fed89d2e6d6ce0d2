"""However many processes work: every item has its result, in its place, or the run says that it has not."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.processes import work
from verifier.engine.solve.parallel import Elsewhere
from verifier.errors import InputError, InternalError, WorkerDied
from verifier.ir.origin import Origin
from verifier.processes import pool
from verifier.processes.pool import AUTO, run

ROOT = Path(__file__).parent.parent.parent


def gone(pid: int) -> bool:
    """True iff there is no such process (any more), or soon none."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat")
            if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
                return True  # only its parent, who is gone as well, has not been told yet
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("jobs", [AUTO, 1, 2, 3, 9])
def test_results_are_those_of_one_process_in_the_order_of_the_items(jobs: int) -> None:
    assert list(run(work.scaled, 3, range(7), jobs)) == [0, 3, 6, 9, 12, 15, 18]
    assert list(run(work.scaled, 3, [], jobs)) == []
    assert list(run(work.scaled, 3, [4], jobs)) == [12]


def test_the_order_of_finishing_makes_no_difference() -> None:
    done: list[int] = []

    assert list(run(work.slower_first, 4, range(4), 4, finished=lambda index, _result: done.append(index))) == [
        0,
        1,
        2,
        3,
    ]
    assert sorted(done) == [0, 1, 2, 3]


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is left is worth starting workers."""
    monkeypatch.setattr(pool, "_WORTH", -1.0)
    monkeypatch.setattr(pool, "processors", lambda: 2)


def test_by_itself_no_worker_is_started_for_little() -> None:
    assert set(run(work.process, None, range(3), AUTO)) == {os.getpid()}


@pytest.mark.usefixtures("eager")
def test_by_itself_workers_do_what_is_left_of_much() -> None:
    told: list[tuple[str, int]] = []

    first, *others = run(
        work.process, None, range(6), AUTO, started=lambda i: told.append(("started", i)),
        finished=lambda i, _result: told.append(("finished", i)),
    )  # fmt: skip

    assert first == os.getpid()
    assert len(set(others)) == 2
    assert os.getpid() not in others
    assert sorted(told) == [(word, index) for word in ("finished", "started") for index in range(6)]


@pytest.mark.usefixtures("eager")
def test_on_one_processor_no_worker_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "processors", lambda: 1)

    assert set(run(work.process, None, range(3), AUTO)) == {os.getpid()}


@pytest.mark.usefixtures("eager")
def test_by_itself_the_first_error_in_the_order_of_the_items_is_raised() -> None:
    with pytest.raises(ValueError, match=r"\A1(\n|\Z)"):
        list(run(work.failing_late, None, range(5), AUTO))


@pytest.mark.usefixtures("eager")
def test_by_itself_a_worker_that_dies_is_told_with_its_item() -> None:
    with pytest.raises(WorkerDied) as raised:
        list(run(work.dying, "SIGKILL", range(5), AUTO))

    assert raised.value.index == 2


def test_several_processes_work_and_none_is_left() -> None:
    pids = set(run(work.process, None, range(6), 3))

    assert len(pids) == 3
    assert os.getpid() not in pids
    assert all(map(gone, pids))


@pytest.mark.parametrize("jobs", [1, 2])
def test_whoever_watches_is_told_of_every_item_once(jobs: int) -> None:
    told: list[tuple[str, int]] = []
    results: dict[int, int] = {}

    def finished(index: int, result: int) -> None:
        told.append(("finished", index))
        results[index] = result

    begun = run(work.scaled, 2, range(5), jobs, started=lambda i: told.append(("started", i)), finished=finished)

    assert list(begun) == [0, 2, 4, 6, 8]
    assert results == {index: 2 * index for index in range(5)}
    assert sorted(told) == sorted((word, index) for word in ("started", "finished") for index in range(5))
    assert all(told.index(("started", index)) < told.index(("finished", index)) for index in range(5))


def test_what_a_worker_prints_does_not_get_into_the_answers(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(run(work.printing, None, range(4), 2)) == [0, 1, 2, 3]
    assert capfd.readouterr().out == ""


# Errors


@pytest.mark.parametrize("error", work.ERRORS, ids=lambda error: type(error).__name__)
def test_errors_arrive_as_they_were_raised(error: BaseException) -> None:
    number = work.ERRORS.index(error)

    with pytest.raises(type(error)) as raised:
        list(run(work.failing, None, [number] * 2, 2))

    assert str(raised.value) == str(error)
    assert "in failing\n" in "".join(raised.value.__notes__)
    if isinstance(error, InputError):
        assert isinstance(raised.value, InputError)
        assert raised.value.diagnostics == error.diagnostics


def test_of_several_errors_the_first_in_the_order_of_the_items_is_raised() -> None:
    seen = []
    with pytest.raises(ValueError) as raised:  # noqa: PT011
        seen.extend(run(work.failing_late, None, range(4), 2))

    assert (seen, raised.value.args) == ([0], (1,))


@pytest.mark.parametrize(
    ("function", "says"),
    [(work.stubborn, "Stubborn: cannot travel"), (work.unpicklable, "AttributeError: Can't (get|pickle) local object")],
)
def test_what_cannot_travel_is_an_internal_error(function: Callable[..., Any], says: str) -> None:
    with pytest.raises(InternalError, match=says):
        list(run(function, None, range(3), 2))


def test_what_all_share_must_arrive() -> None:
    with pytest.raises(KeyError, match="does not arrive"):
        list(run(work.scaled, work.Lost(), range(3), 2))


# Death


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("SIGKILL", "was ended by SIGKILL; was there enough memory?"),
        ("SIGSEGV", "was ended by SIGSEGV"),
        ("abort", "was ended by SIGABRT"),
        ("0", "ended with code 0"),
        ("1", "ended with code 1"),
        ("half", "ended with code 0"),
    ],
)
def test_a_worker_that_dies_is_an_error_and_never_a_missing_result(how: str, says: str) -> None:
    seen = []
    with pytest.raises(WorkerDied) as raised:
        seen.extend(run(work.dying, how, range(8), 2))

    assert str(raised.value) == f"a worker process {says}"
    assert raised.value.index == 2
    assert seen == list(range(len(seen)))
    assert len(seen) <= 2


def test_a_worker_that_dies_is_not_waited_for() -> None:
    """The item before it would take a minute."""
    with pytest.raises(WorkerDied):
        list(run(work.one_dies, None, range(2), 2))


def test_a_program_that_cannot_be_started_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    with pytest.raises(WorkerDied, match=r"could not be started: FileNotFoundError: .*No such file"):
        list(run(work.scaled, 1, range(3), 2))


def test_signals_that_everybody_hears_are_for_the_parent_to_decide() -> None:
    """Ctrl-C and SIGTERM of a whole group."""
    assert list(run(work.signalled, None, range(4), 2)) == [0, 1, 2, 3]


def test_results_that_nobody_waits_for_any_more_end_the_workers() -> None:
    results = run(work.pid_then_minute, None, range(3), 2)
    pid = next(results)
    results.close()  # type: ignore[attr-defined]

    assert gone(pid)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
def test_no_process_outlives_the_parent(number: signal.Signals) -> None:
    program = (
        "from tests.processes import work\nfrom verifier.processes.pool import run\n"
        "list(run(work.busy, None, range(2), 2))\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.PIPE, text=True) as parent:
        assert parent.stderr is not None
        lines = [parent.stderr.readline().split() for _ in range(2)]
        pids = [int(word) for line in lines for word in line]
        assert len(pids) == 4
        parent.send_signal(number)
        assert parent.wait(timeout=30) != 0

    assert all(map(gone, pids))


def test_code_that_lies_about_is_not_run(tmp_path: Path) -> None:
    for name in ("json", "pickle", "verifier"):
        (tmp_path / f"{name}.py").write_text("import os\nos._exit(7)\n")
    program = (
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from tests.processes import work\nfrom verifier.processes.pool import run\n"
        "print(list(run(work.scaled, 2, range(3), 2)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )

    assert (done.returncode, done.stdout) == (0, "[0, 2, 4]\n")


# What stays at home


class Text:
    """A document that must not travel."""

    def __reduce__(self) -> str:
        raise AssertionError("it travelled")


def test_what_stays_at_home_comes_back_as_the_very_object() -> None:
    text: Any = Text()
    places = tuple(Origin(text, (number,)) for number in range(5))

    found = list(run(work.origins, places, range(5), 2, stays={Origin: Elsewhere}))

    assert [found_at is place for (found_at, _), place in zip(found, places, strict=True)] == [True] * 5
    assert {kind.__name__ for _, kind in found} == {"Elsewhere"}


def test_what_stays_at_home_may_stand_in_items_too() -> None:
    text: Any = Text()
    places = [Origin(text, (number,)) for number in range(5)]

    assert Elsewhere.stand_in(1) == Elsewhere.stand_in(2) == places[0]
    assert hash(Elsewhere.stand_in(1)) == hash(places[0])
    found = list(run(work.doubled, None, places, 2, stays={Origin: Elsewhere}))

    assert all(first is second is place for (first, second), place in zip(found, places, strict=True))
