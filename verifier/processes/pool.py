"""A function over many items in worker processes, the results in the order of the items.

`run` takes what can be pickled: a function of a module, what all items share, and the items. However the workers are
scheduled, its results are those of calling the function item by item, and so is the error where one raises. A worker
that dies is an error: no result is ever left out.

Why not `concurrent.futures`: docs/decisions.md.
"""

import gc
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from queue import SimpleQueue
from threading import Lock, Thread
from types import MappingProxyType
from typing import Any, NoReturn, TypeVar

from msgspec import Struct

from verifier.errors import WorkerDied
from verifier.processes.children import child, kill
from verifier.processes.frames import Ended, receive, send
from verifier.processes.pickling import Home
from verifier.processes.worker import Failed

Shared = TypeVar("Shared")
Item = TypeVar("Item")
Result = TypeVar("Result")

_PROGRAM = """\
import json, sys
file = sys.stdin.buffer
sys.path[:] = json.loads(file.read(int.from_bytes(file.read(8), "big")))
from verifier.processes.worker import main
main()
"""


AUTO = 0
"""Of processes: as many as there are processors, and none before it pays to start them."""
_WORTH = 2.0
"""Seconds of work that have to be left for that: starting a few takes some tenths of one."""

_EVERYTHING_GOES: Mapping[type, type] = MappingProxyType({})


def _nothing(*_: object) -> None:
    pass


def run(
    function: Callable[[Shared, Item], Result],
    shared: Shared,
    items: Sequence[Item],
    jobs: int,
    stays: Mapping[type, type] = _EVERYTHING_GOES,
    started: Callable[[int], None] = _nothing,
    finished: Callable[[int, Result], None] = _nothing,
) -> Iterator[Result]:
    """`function(shared, item)` for every item, in their order, as soon as that is known.

    jobs: how many processes work, at most one for each item; 1: this one, and none is started; AUTO. stays: values of
    these very types stay here; a worker gets stand-ins of the class that is given for each
    (`verifier.processes.pickling`), and where a result of its holds one, that is the value again. started, finished:
    are told the index of an item that is begun or done, and its result, as it happens, in the thread that waits for
    results.

    Raises what the function raises for the first item, in their order, for which it does; WorkerDied, at once, where a
    worker dies. All workers have ended when this ends, however it does.
    """
    if jobs == AUTO:
        yield from _once_it_pays(function, shared, items, stays, started, finished)
        return
    if jobs <= 1 or len(items) <= 1:
        for index, item in enumerate(items):
            started(index)
            result = function(shared, item)
            finished(index, result)
            yield result
        return
    home = Home(stays)
    crew = _Crew(
        home.dumps((gc.isenabled(), tuple(stays.values()), function, shared)), [home.dumps(item) for item in items]
    )
    try:
        crew.start(min(jobs, len(items)))
        yield from _in_order(crew, home, len(items), started, finished)
    finally:
        crew.end()


def _once_it_pays(
    function: Callable[[Shared, Item], Result],
    shared: Shared,
    items: Sequence[Item],
    stays: Mapping[type, type],
    started: Callable[[int], None],
    finished: Callable[[int, Result], None],
) -> Iterator[Result]:
    """Item by item here, until those that are left would, like those before, take longer than starting workers."""
    began, most = time.process_time(), processors()
    for index, item in enumerate(items):
        left = len(items) - index
        if index and most > 1 and left > 1 and (time.process_time() - began) / index * left > _WORTH:
            yield from _rest(function, shared, items, index, most, stays, started, finished)
            return
        started(index)
        result = function(shared, item)
        finished(index, result)
        yield result


def _rest(
    function: Callable[[Shared, Item], Result],
    shared: Shared,
    items: Sequence[Item],
    first: int,
    jobs: int,
    stays: Mapping[type, type],
    started: Callable[[int], None],
    finished: Callable[[int, Result], None],
) -> Iterator[Result]:
    try:
        yield from run(
            function,
            shared,
            items[first:],
            jobs,
            stays,
            lambda index: started(first + index),
            lambda index, result: finished(first + index, result),
        )
    except WorkerDied as died:
        raise died if died.index is None else WorkerDied(str(died), first + died.index) from died


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Begun(Struct, frozen=True):
    index: int


class _Done(Struct, frozen=True):
    index: int
    data: bytes


class _Lost(Struct, frozen=True):
    """A worker is no more. index: of the item that it had. how: in a few words."""

    index: int | None
    how: str
    error: BaseException | None = None


def _in_order(
    crew: "_Crew", home: Home, count: int, started: Callable[[int], None], finished: Callable[[int, Any], None]
) -> Iterator[Any]:
    waiting: dict[int, Any] = {}
    for index in range(count):
        while index not in waiting:
            match crew.events.get():
                case _Begun(begun):
                    started(begun)
                case _Done(done, data):
                    waiting[done] = answer = home.loads(data)
                    if not isinstance(answer, Failed):
                        finished(done, answer)
                case _Lost(at, how, error):
                    raise WorkerDied(f"a worker process {how}", at) from error
        answer = waiting.pop(index)
        if isinstance(answer, Failed):
            _raise(answer)
        yield answer


def _raise(failed: Failed) -> NoReturn:
    failed.error.add_note(f"in a worker process:\n{failed.trace}")
    raise failed.error


def _ended(code: int) -> str:
    """How a process ended; `code` as `subprocess` has it."""
    if code >= 0:
        return f"ended with code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    memory = "; was there enough memory?" if -code == 9 else ""
    return f"was ended by {name}{memory}"


class _Crew:
    """The workers of a run, and a thread with each that talks to it.

    Life cycle: made, started, and ended whatever happens; `events` tell what becomes of the items.
    """

    def __init__(self, task: bytes, items: Sequence[bytes]) -> None:
        self.events: SimpleQueue[_Begun | _Done | _Lost] = SimpleQueue()
        self._task, self._items = task, items
        self._left = iter(range(len(items)))
        self._lock = Lock()
        self._ended = False
        self._workers: list[subprocess.Popen[bytes]] = []
        self._threads: list[Thread] = []

    def start(self, workers: int) -> None:
        for _ in range(workers):
            thread = Thread(target=self._attend, name="worker", daemon=True)
            thread.start()
            self._threads.append(thread)

    def end(self) -> None:
        """Ends every worker, in the middle of an item if need be."""
        with self._lock:
            self._ended = True
            for worker in self._workers:
                kill(worker)
        for thread in self._threads:
            thread.join()

    def _attend(self) -> None:
        """The life of one worker."""
        worker: subprocess.Popen[bytes] | None = None
        index: int | None = None
        try:
            # -P: what lies about in the directory that is being checked is no code of ours
            with child([sys.executable, "-P", "-c", _PROGRAM], leads=True) as worker:
                if not self._is_taken_on(worker):
                    return
                assert worker.stdin is not None
                assert worker.stdout is not None
                send(worker.stdin, json.dumps(sys.path).encode())
                send(worker.stdin, self._task)
                while (index := self._next()) is not None:
                    self.events.put(_Begun(index))
                    send(worker.stdin, self._items[index])
                    self.events.put(_Done(index, receive(worker.stdout)))
        except Ended:
            assert worker is not None
            self.events.put(_Lost(index, _ended(worker.returncode)))
        except BaseException as error:
            what = "could not be started" if worker is None else "could not be told or understood"
            self.events.put(_Lost(index, f"{what}: {type(error).__name__}: {error}", error))

    def _is_taken_on(self, worker: "subprocess.Popen[bytes]") -> bool:
        with self._lock:
            self._workers.append(worker)
            return not self._ended

    def _next(self) -> int | None:
        """An item that nobody has begun; None: there is none."""
        with self._lock:
            return None if self._ended else next(self._left, None)
