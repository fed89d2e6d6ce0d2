"""A fleet on a Dask cluster: what comes back is what comes of it here, or the run says that it is not."""

import importlib.util
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.cli.process import netpol
from tests.fleet.dask import PATIENCE, running, wait_for
from tests.fleet.fleets import claims, write_fleet
from verifier.fleet import remote, scheduler
from verifier.fleet.task import Refusal

FORMATS = ("text", "json", "sarif", "junit", "markdown", "gitlab", "github")

with_dask = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="dask.distributed is not installed (extra `fleet`)"
)


def outputs(folder: Path, name: str) -> list[str]:
    return [part for form in FORMATS for part in ("-o", f"{form}={folder / f'{name}.{form}'}")]


@with_dask
def test_a_worker_that_is_killed_in_a_task_changes_not_a_byte(tmp_path: Path) -> None:
    """Every verdict arrives, and none twice: the reports are those of a run on this machine."""
    (tmp_path / "dask").mkdir()
    write_fleet(tmp_path, 4, claims(3), more=claims(70)[3:])
    here = netpol("fleet", "fleet.yaml", *outputs(tmp_path, "here"), cwd=tmp_path)
    assert here.returncode == 1, here.stderr

    with running(tmp_path / "dask") as dask:
        doomed, other = dask.start_worker(), dask.start_worker()
        run = dask.start_netpol(
            "fleet", "fleet.yaml", "--scheduler", dask.address, *outputs(tmp_path, "there"), cwd=tmp_path
        )
        wait_for("both workers to begin a task", lambda: dask.busy(doomed) and dask.busy(other))
        dask.kill(doomed)
        dask.let_go()
        _, said = run.communicate(timeout=PATIENCE)

        assert run.returncode == 1, said + dask.log()
        assert other.poll() is None

    for form in FORMATS:
        expected = (tmp_path / f"here.{form}").read_bytes()
        assert (tmp_path / f"there.{form}").read_bytes() == expected, form
    found = json.loads((tmp_path / "there.json").read_text())
    asked = [[result["property"] for result in cluster["check"]["results"]] for cluster in found["clusters"]]
    assert asked == [claims(70), claims(3), claims(3), claims(3)]


@with_dask
def test_what_does_not_come_back_is_unknown_and_never_green(tmp_path: Path) -> None:
    (tmp_path / "dask").mkdir()
    write_fleet(tmp_path, 3, ["never x=y -> app=z"])
    with running(tmp_path / "dask") as dask:
        worker = dask.start_worker()
        command = ("fleet", "fleet.yaml", "-o", "json")

        # Another version of netpol is refused before anything is sent.
        older = "from verifier.fleet import parcel; parcel._version = lambda: '0.0'"
        run = dask.start_netpol(*command, cwd=tmp_path, program=f"{older}\nfrom verifier.cli import main; main()")
        _, said = run.communicate(timeout=PATIENCE)
        assert run.returncode == 2, said
        assert "the worker tcp://127.0.0.1:" in said
        assert "has netpol 0.1" in said
        assert "; this is netpol 0.0" in said
        assert not dask.busy(worker)

        # Time runs out while the worker is held.
        run = dask.start_netpol(*command, "--timeout", "1", cwd=tmp_path)
        found, said = run.communicate(timeout=PATIENCE)
        assert run.returncode == 3, said
        assert json.loads(found)["summary"] == {
            "clusters": 3, "notRead": 0, "proved": 0, "violated": 0, "unknown": 3, "vacuous": 0, "accepted": 0,
        }  # fmt: skip

        # The scheduler dies while a second worker is held.
        second = dask.start_worker()
        run = dask.start_netpol(*command, cwd=tmp_path)
        wait_for("a task to begin", lambda: dask.busy(second))
        dask.kill(dask.scheduler)
        found, said = run.communicate(timeout=PATIENCE)
        assert run.returncode == 4, said
        assert f"netpol: the Dask scheduler at {dask.address} was lost" in said
        assert json.loads(found)["summary"]["unknown"] == 3
        assert "Traceback" not in said


@with_dask
def test_a_scheduler_that_does_not_answer_is_an_error_of_usage(tmp_path: Path) -> None:
    write_fleet(tmp_path, 1, ["never x=y -> app=z"])
    with socket.socket() as taken:  # bound, and not listening
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        quick = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"}
        done = netpol("fleet", "fleet.yaml", "--scheduler", address, cwd=tmp_path, **quick)

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[0] == f"error: no Dask scheduler answers at {address}"


HTTP = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
FRAMES = (2).to_bytes(8, "little") + (5).to_bytes(8, "little") * 2 + b"hello" * 9


@contextmanager
def answering(words: bytes | None) -> Iterator[str]:
    """The address of something that is no scheduler: it says `words` to whoever comes, or hangs up (None)."""
    held = []

    def answer() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                held.append(connection)
                if words is None:
                    connection.close()
                else:
                    connection.sendall(words)

    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=answer, daemon=True).start()
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"
    for connection in held:
        connection.close()


@with_dask
@pytest.mark.parametrize(
    "words", [b"", HTTP, FRAMES, b"\xff" * 64, None], ids=["nothing", "HTTP", "frames", "rubbish", "goodbye"]
)
def test_what_is_no_scheduler_is_not_waited_for(tmp_path: Path, words: bytes | None) -> None:
    write_fleet(tmp_path, 1, ["never x=y -> app=z"])
    with answering(words) as address:
        for limit in ({"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"}, {"NETPOL_TIMEOUT": "1"}):
            done = netpol("fleet", "fleet.yaml", "--scheduler", address, cwd=tmp_path, **limit)

            assert (done.returncode, done.stdout) == (2, ""), done.stderr
            assert done.stderr.splitlines()[0] == f"error: no Dask scheduler answers at {address}"


def test_a_call_that_does_not_come_back_is_left_alone() -> None:
    never = Event()
    with pytest.raises(TimeoutError):
        scheduler.within(0.01, never.wait)
    never.set()

    assert scheduler.within(60, lambda: 3) == 3
    with pytest.raises(KeyError):
        scheduler.within(60, lambda: {}["missing"])


@pytest.mark.parametrize("address", ["10.0.0.7:8786", "http://a:1", "tcp://a", "tcp://a:b", "tcp://a:1/x", ""])
def test_what_is_no_address_is_refused(tmp_path: Path, address: str) -> None:
    write_fleet(tmp_path, 1, ["never x=y -> app=z"])
    done = netpol("fleet", "fleet.yaml", "--scheduler", address, cwd=tmp_path)

    assert done.returncode == 2
    assert f"`{address}` is no address of a scheduler" in done.stderr


def test_without_the_extra_it_is_said_how_to_get_it(tmp_path: Path) -> None:
    write_fleet(tmp_path, 1, ["never x=y -> app=z"])
    program = "import sys; sys.modules['distributed'] = None\nfrom verifier.cli import main; main()"
    done = netpol("fleet", "fleet.yaml", "--scheduler", "tcp://a:1", cwd=tmp_path, program=("-c", program))

    assert done.returncode == 2
    assert "--scheduler needs dask.distributed" in done.stderr
    assert "hint: install the extra: pip install 'netpol-verifier[fleet]'" in done.stderr


def test_jobs_are_for_this_machine(tmp_path: Path) -> None:
    write_fleet(tmp_path, 1, ["never x=y -> app=z"])
    done = netpol("fleet", "fleet.yaml", "--scheduler", "tcp://a:1", "--jobs", "2", cwd=tmp_path)

    assert done.returncode == 2
    assert "--jobs and --scheduler exclude each other" in done.stderr


class Done:
    """A task that Dask has brought to an end."""

    def __init__(self, answer: tuple[str, object]) -> None:
        self.status, self._answer = "finished", answer

    def result(self, timeout: float) -> tuple[str, object]:
        assert timeout > 0
        return self._answer


def test_a_worker_that_comes_later_and_is_another_program_is_refused() -> None:
    run = scheduler._Run(None, "tcp://a:1", (), None)
    outcome = run._outcome(Done((remote.OTHER, "netpol 0.0")))

    assert isinstance(outcome, Refusal)
    assert outcome.diagnostics[0].message.startswith("the worker that came later has netpol 0.0; this is netpol ")


def test_what_cannot_be_loaded_there_is_another_program_too() -> None:
    outcome = scheduler._other("tcp://w:1", ModuleNotFoundError("No module named 'verifier'"))

    assert outcome.message.startswith("the worker tcp://w:1 cannot load netpol (ModuleNotFoundError: No module named")
