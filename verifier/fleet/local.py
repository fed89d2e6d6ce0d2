"""Answers tasks on this machine: in this process, or in several."""

import gc
import time
from collections.abc import Iterator, Sequence
from functools import cache

from verifier.errors import WorkerDied
from verifier.fleet.result import Failure
from verifier.fleet.task import OUT_OF_TIME, Outcome, Task, answer, texts_of
from verifier.processes.pool import AUTO, processors, run


def answer_here(tasks: Sequence[Task], jobs: int, deadline: float | None) -> Iterator[tuple[Task, Outcome]]:
    """What comes of each task, in their order. deadline: a moment of `time.monotonic()`; tasks that nobody has begun by
    then are unanswered. A worker that dies costs the task that it had, and no other."""
    left = list(tasks)
    while left:
        done = 0
        try:
            # A worker for each from the start: one that dies costs nobody else.
            for outcome in run(answer_files, deadline, left, processors() if jobs == AUTO else jobs):
                yield left[done], outcome
                done += 1
            return
        except WorkerDied as died:
            if died.index is None:
                raise
            lost = left[died.index]
            yield lost, Failure(str(died))
            left = [task for task in left[done:] if task is not lost]


def answer_files(deadline: float | None, task: Task) -> Outcome:
    """What comes of a task whose manifests are files of this machine."""
    seconds = None if deadline is None else deadline - time.monotonic()
    if seconds is not None and seconds <= 0:
        return OUT_OF_TIME
    _keep_clean()
    return answer(task, texts_of(task), seconds)


def _keep_clean() -> None:
    """Collects what the last task left, where nobody else does: the command line runs without the collector."""
    if not gc.isenabled():
        _keep_what_is_there()
        gc.collect()


@cache
def _keep_what_is_there() -> None:
    """What was there before the first task is not looked at again and again."""
    gc.freeze()
