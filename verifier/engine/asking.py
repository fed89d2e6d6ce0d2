"""Many properties asked one by one, in this process or in several."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from verifier.engine.result import Result
from verifier.engine.watcher import Watcher
from verifier.errors import WorkerDied
from verifier.ir.acceptance import Flow
from verifier.ir.origin import Origin
from verifier.ir.property import Property
from verifier.processes.pool import run

Shared = TypeVar("Shared")


@dataclass(frozen=True, slots=True)
class Task:
    """A property to be asked. side: of which of several clusters. accepted: flows that do not break it.

    title: what those who wait read.
    """

    claimed: Property
    title: str
    side: int = 0
    dump_to: Path | None = None
    accepted: tuple[Flow, ...] = ()


def ask_all(
    answer: Callable[[Shared, Task], Result], shared: Shared, tasks: Sequence[Task], jobs: int, watcher: Watcher
) -> tuple[Result, ...]:
    """The answer to each of `tasks`, in their order, whatever the number of processes.

    Workers get the policies, and not the documents that these came from: nobody there has to cite a line.
    """
    watcher.asks([task.title for task in tasks])
    answers = run(answer, shared, tasks, jobs, (Origin,), watcher.started, watcher.finished)
    try:
        return tuple(replace(a, property=task.claimed) for a, task in zip(answers, tasks, strict=True))
    except WorkerDied as died:
        if died.index is None:
            raise
        raise WorkerDied(f"{died} (it was asked about `{tasks[died.index].title}`)") from died
