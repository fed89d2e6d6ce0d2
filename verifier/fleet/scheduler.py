"""Lets the workers of a Dask scheduler answer the tasks. The only importer of dask.distributed.

Each task goes with the texts of its manifests, so workers need no files. Where a worker dies, Dask gives its task to
another; tasks change nothing, so that is safe. Only a few tasks more than workers are under way at any time, so neither
this process nor the scheduler holds the whole fleet.
"""

import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar, cast
from uuid import uuid4

from verifier.errors import Diagnostic, InputError, UsageError
from verifier.fleet.parcel import pack, program
from verifier.fleet.remote import OTHER, answer_parcel, outcome_of
from verifier.fleet.result import Failure
from verifier.fleet.task import OUT_OF_TIME, Outcome, Refusal, Stopped, Task, texts_of

if TYPE_CHECKING:
    from distributed import Client, Future

Value = TypeVar("Value")

_ADDRESS = re.compile(r"(?:tcp|tls)://(?:\[[0-9A-Fa-f:.%]+\]|[^\s/:\[\]]+):[0-9]{1,5}\Z")
_HINT = "start the same netpol, with the same z3-solver, on all workers (docs/scale.md)"

CONNECT = 10.0
"""Seconds to wait for a scheduler to answer, at most."""

WORKERLESS = 60.0
"""Seconds for which a run waits where there is no worker, at its start and later."""

FAREWELL = 2.0
"""Seconds for which a run waits for a scheduler of which it wants nothing more."""

_POLL = 0.5
_UNDER_WAY = 3
"""Tasks for each thread of the workers, so that none waits for the next one."""


def answer_there(tasks: Sequence[Task], address: str, deadline: float | None) -> Iterator[tuple[Task, Outcome]]:
    """What comes of each task, in the order in which they are done; each comes once. Raises InputError where the
    scheduler cannot be reached, or its workers are not this program; Stopped where time is up or the scheduler is
    lost."""
    client = _connected(address, deadline)
    try:
        _same_program(client, address, deadline)
        yield from _Run(client, address, tasks, deadline).outcomes()
    finally:
        with suppress(Exception):  # it may be lost already; nothing depends on a good farewell
            within(FAREWELL, lambda: client.close(timeout=FAREWELL))


def within(seconds: float, call: Callable[[], Value]) -> Value:
    """What `call` gives, or raises; TimeoutError where that takes longer. Dask waits for ever for some answers: such a
    call is left alone, in a thread that does not outlive the process."""
    answers: SimpleQueue[tuple[Value, None] | tuple[None, BaseException]] = SimpleQueue()

    def run() -> None:
        try:
            answers.put((call(), None))
        except BaseException as error:
            answers.put((None, error))

    Thread(target=run, daemon=True).start()
    try:
        value, error = answers.get(timeout=seconds)
    except Empty:
        raise TimeoutError(f"no answer within {seconds:.0f} s") from None
    if error is not None:
        raise error
    return cast(Value, value)


def _patience(seconds: float, deadline: float | None) -> float:
    """So many seconds, or what is left of the run's time."""
    return seconds if deadline is None else min(seconds, max(0.1, deadline - time.monotonic()))


def _connected(address: str, deadline: float | None) -> "Client":
    if not _ADDRESS.match(address):
        raise UsageError(f"`{address}` is no address of a scheduler", "it looks like tcp://10.0.0.7:8786")
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        hint = "install the extra: pip install 'netpol-verifier[fleet]'"
        raise UsageError(f"--scheduler needs dask.distributed: {error}", hint) from error
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters is said in our words
    dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GiB"})
    usual = dask.utils.parse_timedelta(dask.config.get("distributed.comm.timeouts.connect"))
    patience = _patience(min(CONNECT, usual), deadline)
    try:
        return within(patience, lambda: Client(address, timeout=patience, set_as_default=False, name="netpol"))
    except Exception as error:  # whatever Dask makes of the words of something that is no scheduler
        hint = "start one with `dask scheduler`, and workers with `dask worker ADDRESS` (docs/scale.md)"
        raise UsageError(f"no Dask scheduler answers at {address}", hint) from error


def _same_program(client: "Client", address: str, deadline: float | None) -> None:
    """Raises InputError unless there is a worker, and all of them are this very program."""
    patience = _patience(WORKERLESS, deadline)
    try:
        within(patience + _POLL, lambda: client.wait_for_workers(1, timeout=patience))
        found = within(patience, lambda: client.run(program, on_error="return"))
    except TimeoutError as error:
        raise UsageError(f"no worker at {address}", f"start some: `dask worker {address} --nthreads 1`") from error
    except OSError as error:
        raise UsageError(f"the Dask scheduler at {address} hung up: {error}") from error
    others = [(worker, said) for worker, said in sorted(found.items()) if said != program()]
    if others:
        raise InputError([_other(worker, said) for worker, said in others])


def _other(worker: str, said: object) -> Diagnostic:
    """The complaint about a worker that is another program, or none."""
    what = f"has {said}" if isinstance(said, str) else f"cannot load netpol ({type(said).__name__}: {said})"
    return Diagnostic("worker-version", f"the worker {worker} {what}; this is {program()}", hint=_HINT)


class _Run:
    """Tasks under way. Life cycle: made, then `outcomes` is gone through once."""

    def __init__(self, client: "Client", address: str, tasks: Sequence[Task], deadline: float | None) -> None:
        self._client, self._address, self._deadline = client, address, deadline
        self._left = iter(enumerate(tasks))
        self._name = uuid4().hex
        """Nothing that an earlier run left at the scheduler may be taken for an answer of this one."""
        self._under_way: dict[str, tuple[Task, Future]] = {}
        self._done: SimpleQueue[Future] = SimpleQueue()
        self._last_seen = time.monotonic()
        """When there was a worker."""

    def outcomes(self) -> Iterator[tuple[Task, Outcome]]:
        try:
            self._hand_out()
            while self._under_way:
                future = self._next()
                if future is not None and future.key in self._under_way:
                    task, _ = self._under_way.pop(future.key)
                    yield task, self._outcome(future)
                    self._hand_out()
        finally:
            with suppress(Exception):
                futures = [future for _, future in self._under_way.values()]
                within(FAREWELL, lambda: self._client.cancel(futures, force=True))

    def _hand_out(self) -> None:
        """Sends tasks until enough are under way."""
        while len(self._under_way) < max(2, _UNDER_WAY * self._threads()):
            number, task = next(self._left, (0, None))
            if task is None:
                return
            key = f"netpol-{self._name}-{number}"
            parcel = pack((task, texts_of(task)))
            with self._reaching():
                future = self._client.submit(answer_parcel, parcel, program(), self._seconds(), key=key, pure=False)
            self._under_way[key] = task, future
            future.add_done_callback(self._done.put)

    def _next(self) -> "Future | None":
        """A task that is done; None: not yet."""
        seconds = self._seconds()
        try:
            return self._done.get(timeout=_POLL if seconds is None else min(_POLL, seconds))
        except Empty:
            self._threads()
            return None

    def _seconds(self) -> float | None:
        """What is left of the run's time; raises Stopped where that is nothing."""
        if self._deadline is None:
            return None
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise Stopped(OUT_OF_TIME)
        return seconds

    def _threads(self) -> int:
        """Of all workers; raises Stopped where there has been none for long."""
        with self._reaching():
            found = within(_patience(WORKERLESS, self._deadline), self._client.nthreads)
            threads = sum(int(threads) for threads in found.values())
        now = time.monotonic()
        if threads:
            self._last_seen = now
        elif now - self._last_seen > WORKERLESS:
            raise Stopped(Failure(f"the Dask scheduler at {self._address} has had no worker for {WORKERLESS:.0f} s"))
        return threads

    def _outcome(self, future: "Future") -> Outcome:
        """What a task that is done came to."""
        while True:
            with self._reaching():
                if future.status == "error":
                    return _broken(future.exception(timeout=_POLL))
                try:
                    word, said = future.result(timeout=_POLL)
                    break
                except TimeoutError:  # whoever had the answer died with it: another one works it out again
                    self._seconds()
            self._threads()
        if word == OTHER:
            return Refusal((_other("that came later", said),))
        return outcome_of(word, said)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        """Whatever goes wrong with the scheduler ends the run, and is told as that unless time is up."""
        try:
            yield
        except Stopped:
            raise
        except Exception as error:
            self._seconds()
            why = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise Stopped(Failure(f"the Dask scheduler at {self._address} was lost: {why}")) from error


def _broken(error: Any) -> Outcome:
    """What became of a task that Dask could not bring to an end."""
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        times = error.allowed_failures + 1
        return Failure(f"all {times} workers that had this task died; was there enough memory?")
    if isinstance(error, ImportError | AttributeError):
        return Refusal((_other("that came later", error),))
    return Failure(f"a Dask worker failed: {type(error).__name__}: {error}")
